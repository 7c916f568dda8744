"""Compiled loops of `kernels.line_bound`.

`pairs[g, c, 0]` and `pairs[g, c, 1]` are the odds and the earnings of candidate c for each person
of group g. People are innermost, so that loops over candidates vectorise in boxes of any size; a
group's candidates lie side by side, so that a box is one run of memory; and odds and earnings are
one array, as the compiler gives up on a loop over many arrays that might overlap.
"""

import numba as nb
import numpy as np

# Rows of `form`, the majorant of each person. In the words of `kernels.line_bound`:
Z = 0  # z
OTHERS = 1  # 1 + least odds of the other offers
PER_MOST = 2  # 1 / Dmax
SLOPE = 3  # z / D0^2
CEILING = 4  # z (2 D0 - 1) / D0^2

_ONE = np.float32(1.0)
_OUTER = {"error_model": "numpy", "nogil": True, "cache": True}
_INNER = {"error_model": "numpy", "inline": "never", "cache": True}


@nb.njit(**_OUTER)
def majorise(pairs, weights, lows, highs, counts, references, boxes, scores, spread):
    """Set `scores` of the candidates of a node, and `spread` of its boxes; return the constant.

    `references[j, i]` is a candidate of reference line j and `boxes[j, i]` the box that it is in.
    """
    n_boxes, size = lows.shape[0], pairs.shape[3]
    scores[:] = 0.0
    spread[:] = 0.0
    constant = 0.0
    least = np.empty((n_boxes, size), np.float32)
    most = np.empty((n_boxes, size), np.float32)
    form = np.empty((5, size), np.float32)
    for g in range(pairs.shape[0]):
        least_odds = np.ones(size, np.float32)
        most_odds = np.ones(size, np.float32)
        for b in range(n_boxes):
            least[b] = np.inf
            most[b] = 0.0
            _extremes(pairs, g, lows[b], highs[b], least[b], most[b])
            least_odds += counts[b] * least[b]
            most_odds += counts[b] * most[b]
        others = least_odds - least
        form[PER_MOST] = _ONE / most_odds
        tangent_constant, tangent_value = _choose_tangent(pairs, g, references, form)
        form[Z] = _best_z(pairs, g, references, boxes, others, form[PER_MOST], tangent_value)
        form[SLOPE] *= form[Z]
        form[CEILING] *= form[Z]
        constant += (weights[g] * form[Z] * tangent_constant).sum()
        for b in range(n_boxes):
            form[OTHERS] = others[b]
            _add_scores(pairs, g, lows[b], highs[b], form, weights[g], scores)
            varies = (most[b] - least[b]) * counts[b] * form[PER_MOST]
            spread[b] += (weights[g] * form[Z] * varies).sum()
    return constant


@nb.njit(**_OUTER)
def contribution(pairs, weights, line):
    """Return what a line earns from all people."""
    total = 0.0
    for g in range(pairs.shape[0]):
        odds = np.ones(pairs.shape[3])
        earnings = np.zeros(pairs.shape[3])
        for i in range(line.shape[0]):
            odds += pairs[g, line[i], 0]
            earnings += pairs[g, line[i], 1]
        total += (weights[g] * earnings / odds).sum()
    return total


@nb.njit(**_OUTER)
def _choose_tangent(pairs, g, references, form):
    """Set slope and ceiling for z = 1, of the D0 that is best on the reference lines.

    Return the tangent's constant, and its sum over the reference lines.
    """
    n_lines, size = references.shape[0], form.shape[1]
    # At first D0 is infinite: a constant, no slope.
    best_constant = _ONE - form[PER_MOST]
    best_value = n_lines * best_constant
    form[SLOPE] = 0.0
    form[CEILING] = 0.0
    for touched in range(n_lines):
        at = np.ones(size, np.float32)
        for i in range(references.shape[1]):
            at += pairs[g, references[touched, i], 0]
        slope = _ONE / (at * at)
        ceiling = (at + at - _ONE) * slope
        constant = (_ONE - _ONE / at) ** 2
        value = n_lines * constant
        for j in range(n_lines):
            for i in range(references.shape[1]):
                value += np.minimum(pairs[g, references[j, i], 0] * slope, ceiling)
        for n in range(size):
            if value[n] < best_value[n]:
                best_value[n] = value[n]
                best_constant[n] = constant[n]
                form[SLOPE, n] = slope[n]
                form[CEILING, n] = ceiling[n]
    return best_constant, best_value


@nb.njit(**_OUTER)
def _best_z(pairs, g, references, boxes, others, per_most, tangent_value):
    """Return, of 0 and the margins on the reference lines, the z that is best on these lines."""
    size = per_most.shape[0]
    best = np.zeros(size, np.float32)
    z = np.zeros(size, np.float32)
    least = np.zeros(size, np.float32)
    _add_surplus(pairs, g, references, boxes, z, others, per_most, least)
    for j in range(references.shape[0]):
        for i in range(references.shape[1]):
            c = references[j, i]
            for n in range(size):
                odds, earnings = pairs[g, c, 0, n], pairs[g, c, 1, n]
                z[n] = earnings / odds if odds > 0.0 and earnings > 0.0 else 0.0
            value = z * tangent_value
            _add_surplus(pairs, g, references, boxes, z, others, per_most, value)
            for n in range(size):
                if value[n] < least[n]:
                    least[n] = value[n]
                    best[n] = z[n]
    return best


@nb.njit(**_OUTER)
def _add_surplus(pairs, g, references, boxes, z, others, per_most, value):
    for j in range(references.shape[0]):
        for i in range(references.shape[1]):
            _add_surplus_of(pairs, g, references[j, i], z, others[boxes[j, i]], per_most, value)


@nb.njit(**_INNER)
def _add_surplus_of(pairs, g, c, z, others, per_most, value):
    for n in range(value.shape[0]):
        odds = pairs[g, c, 0, n]
        surplus = pairs[g, c, 1, n] - z[n] * odds
        value[n] += surplus * (_ONE / (others[n] + odds) if surplus > 0.0 else per_most[n])


@nb.njit(**_INNER)
def _extremes(pairs, g, low, high, least, most):
    for c in range(low, high):
        for n in range(least.shape[0]):
            odds = pairs[g, c, 0, n]
            least[n] = min(least[n], odds)
            most[n] = max(most[n], odds)


# Reassociation splits the sum over people into lanes; the same ones on every run.
@nb.njit(fastmath=True, **_INNER)
def _add_scores(pairs, g, low, high, form, weights, scores):
    for c in range(low, high):
        score = 0.0
        for n in range(weights.shape[0]):
            odds = pairs[g, c, 0, n]
            surplus = pairs[g, c, 1, n] - form[Z, n] * odds
            share = _ONE / (form[OTHERS, n] + odds) if surplus > 0.0 else form[PER_MOST, n]
            earned = surplus * share + min(odds * form[SLOPE, n], form[CEILING, n])
            score += weights[n] * np.float64(earned)
        scores[c] += score
