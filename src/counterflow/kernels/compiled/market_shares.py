"""Compiled loops of `kernels.market_shares`: people side by side, in tiles that stay in cache."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp
from counterflow.kernels.compiled.options import LOOP, REDUCE, VECTOR
from counterflow.kernels.compiled.philox import fill_words_of_units, normals_of
from counterflow.kernels.compiled.unowned import unowned
from counterflow.kernels.compiled.weighted_sums import weighted_sums


@nb.njit(**LOOP)
def add_shares(part_worths, weights, market, errors, room, first_draw, first, last, shares):
    """Add what people `first` to `last` take to shares[s, m, a], in the draws from `first_draw`."""
    market, room = unowned(market), unowned(room)
    for i in range(shares.shape[0]):
        s = first_draw + i
        offsets = market.offsets[min(s, market.offsets.shape[0] - 1)]
        members = market.members[min(s, market.members.shape[0] - 1)]
        sizes = market.sizes[min(s, market.sizes.shape[0] - 1)]
        for start in range(first, last, room.weights.shape[0]):
            end = min(start + room.weights.shape[0], last)
            load(part_worths[s], weights[s], start, end, errors.n_repeats, room)
            for r in range(errors.n_repeats):
                if errors.n_levels > 0:
                    draw_errors(errors, s, r, start, room)
                for m in range(offsets.shape[0]):
                    weighted_sums(
                        offsets[m],
                        room.coefficients,
                        market.places[m],
                        market.values[m],
                        market.ends[m],
                        room.utilities,
                    )
                    for e in range(market.set_weights.shape[0]):
                        add_set(
                            members[m, e, : sizes[m, e]],
                            market.set_weights[e],
                            market.tie_weights[m],
                            market.is_first_choice,
                            room,
                            shares[i, m],
                        )


@nb.njit(**LOOP)
def load(part_worths, weights, start, end, n_repeats, room):
    """Turn people into columns; where there are no more people, columns of no weight."""
    n = end - start
    room.weights[:n] = weights[start:end] / n_repeats
    room.weights[n:] = 0.0
    for i in range(n):
        person = part_worths[start + i]
        for k in range(person.shape[0]):
            room.coefficients[k, i] = person[k]
    room.coefficients[: part_worths.shape[1], n:] = 0.0


@nb.njit(**LOOP)
def draw_errors(errors, s, r, start, room):
    """Draw the errors of levels: each person has their own at counters (r, person, draw, 0)."""
    words = room.words
    for i in range(room.units.shape[0]):
        room.units[i] = start + i
    n_blocks = (words.shape[0] + 3) // 4
    fill_words_of_units(
        errors.key, np.uint64(r * n_blocks), room.units, np.uint64(s), np.uint64(0), words
    )
    drawn = room.coefficients[room.coefficients.shape[0] - errors.n_levels :]
    for h in range(words.shape[0]):
        pair_of_normals(words[h], drawn[h], drawn[words.shape[0] + h])


@nb.njit(**VECTOR)
def pair_of_normals(words, sines, cosines):
    """Fill two rows of normals from one of words."""
    for i in range(words.shape[0]):
        sines[i], cosines[i] = normals_of(words[i])


@nb.njit(**LOOP)
def add_set(members, set_weight, tie_weights, is_first_choice, room, shares):
    """Add what people take of the alternatives in `members`, were these all."""
    odds = room.odds
    fill_best(room.utilities, members, room.best)
    room.totals[:] = 0.0
    if is_first_choice:
        are_best(room.utilities, members, room.best, tie_weights, odds, room.totals)
    else:
        to_odds(room.utilities, members, room.best, odds, room.totals)
    divide(room.weights, set_weight, room.totals)
    for j in range(members.shape[0]):
        shares[members[j]] += product(odds[j], room.totals)


@nb.njit(**VECTOR)
def fill_best(utilities, members, best):
    """Set each person's highest utility."""
    row = utilities[members[0]]
    for i in range(best.shape[0]):
        best[i] = row[i]
    for j in range(1, members.shape[0]):
        row = utilities[members[j]]
        for i in range(best.shape[0]):
            best[i] = max(best[i], row[i])


@nb.njit(**VECTOR)
def to_odds(utilities, members, best, odds, totals):
    """Set odds against the best alternative, and their sum."""
    for j in range(members.shape[0]):
        row, out = utilities[members[j]], odds[j]
        for i in range(best.shape[0]):
            out[i] = exp(row[i] - best[i])
            totals[i] += out[i]


@nb.njit(**VECTOR)
def are_best(utilities, members, best, tie_weights, odds, totals):
    """Set the weight of the alternatives that are as good as the best, zero for others."""
    for j in range(members.shape[0]):
        row, out, weight = utilities[members[j]], odds[j], tie_weights[members[j]]
        for i in range(best.shape[0]):
            out[i] = weight if row[i] == best[i] else 0.0
            totals[i] += out[i]


@nb.njit(**VECTOR)
def divide(weights, set_weight, totals):
    """Replace totals by what an alternative's odds are multiplied by."""
    for i in range(totals.shape[0]):
        totals[i] = set_weight * weights[i] / totals[i]


@nb.njit(**REDUCE)
def product(left, right):
    """Return the sum of products."""
    total = 0.0
    for i in range(left.shape[0]):
        total += left[i] * right[i]
    return total
