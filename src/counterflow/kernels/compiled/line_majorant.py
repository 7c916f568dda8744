"""Compiled loops of `kernels.line_majorant`, in its words.

`pairs[g, c, 0]` and `pairs[g, c, 1]` are the odds and the earnings of candidate c for each person
of group g. People are innermost, so that loops over candidates vectorise in boxes of any size; and
odds and earnings are one array, as the compiler gives up on a loop over many arrays that might
overlap.
"""

import numba as nb
import numpy as np

# Rows of `form`, the majorant of each person; those from A on are of one box.
FIRST = 0  # least y of the node
LAST = 1  # most y of the node
MU = 2  # mu at the least y
SLOPE = 3  # by how much mu grows with y
A = 4
B = 5
LEAST = 6  # 1 + least odds of the other offers
MOST = 7  # 1 + most odds of the other offers
N_ROWS = 8

_ONE = np.float32(1.0)
_KNOWN = np.float32(0.02)
"""Where y is known to this share, mu is a constant: a steep slope would enlarge what is rounded."""

_OUTER = {"error_model": "numpy", "nogil": True, "cache": True}
_INNER = {"error_model": "numpy", "inline": "never", "cache": True}
# Reassociation splits the sum over people into lanes; the same ones on every run.
_SUM = {"fastmath": {"reassoc", "nsz", "contract"}, **_INNER}


@nb.njit(**_OUTER)
def majorise(
    pairs, weights, members, ends, starts, counts, mean, boxes, mass, steps, mu, scores, spread
):
    """Set the `scores` of a node's members and the `spread` of its boxes.

    `members[starts[b] : starts[b + 1]]` are the candidates of box b, those of a group side by
    side, and `ends` is true at the last one of each group. The mean line has `mass[j]` of candidate
    `mean[j]`, which is in box `boxes[j]`. `mu` is where to begin, if it is a number, and where it
    ended. Return what rounding is a share of.
    """
    n_boxes, size = counts.shape[0], pairs.shape[3]
    scores[:] = 0.0
    spread[:] = 0.0
    rounded = 0.0
    least = np.empty((n_boxes, 2, size), np.float32)
    most = np.empty((n_boxes, 2, size), np.float32)
    form = np.empty((n_boxes, N_ROWS, size), np.float32)
    largest = np.empty(size, np.float32)
    for g in range(pairs.shape[0]):
        largest[:] = 0.0
        for b in range(n_boxes):
            run = slice(starts[b], starts[b + 1])
            _note_extremes(pairs[g], members[run], ends[run], counts[b], least[b], most[b], largest)
        _set_ranges(least, most, form)
        worth = _set_parts(pairs[g], mean, boxes, mass, counts, form)
        _choose_mu(pairs[g], mean, boxes, mass, steps, worth, mu[g], form)
        rounded += _size(counts, weights[g], largest, form)
        for b in range(n_boxes):
            for i in range(starts[b], starts[b + 1]):
                scores[members[i]] += _score(pairs[g], members[i], form[b], weights[g])
        _add_spread(pairs[g], mean, boxes, mass, worth, weights[g], form, spread)
    return rounded


@nb.njit(**_OUTER)
def contributions(pairs, weights, lines):
    """Return what each line earns from all people."""
    totals = np.zeros(lines.shape[0])
    odds, earnings = np.empty(pairs.shape[3]), np.empty(pairs.shape[3])
    for g in range(pairs.shape[0]):
        for i in range(lines.shape[0]):
            odds[:] = 1.0
            earnings[:] = 0.0
            for j in range(lines.shape[1]):
                _join(pairs[g], lines[i, j], odds, earnings)
            totals[i] += _earned(odds, earnings, weights[g])
    return totals


@nb.njit(**_INNER)
def _join(pairs, c, odds, earnings):
    for n in range(odds.shape[0]):
        odds[n] += pairs[c, 0, n]
        earnings[n] += pairs[c, 1, n]


@nb.njit(**_SUM)
def _earned(odds, earnings, weights):
    total = 0.0
    for n in range(odds.shape[0]):
        total += weights[n] * earnings[n] / odds[n]
    return total


@nb.njit(**_OUTER)
def _note_extremes(pairs, members, ends, count, least, most, largest):
    """Set least[0] and most[0] to the odds that `count` members of a box have, one a group.

    least[1] and most[1] are those of one fewer. Raise `largest` to what members earn alone.
    """
    size = largest.shape[0]
    lows = np.full((count, size), np.inf, np.float32)
    highs = np.zeros((count, size), np.float32)
    low = np.full(size, np.inf, np.float32)
    high = np.zeros(size, np.float32)
    for i in range(members.shape[0]):
        _note_member(pairs, members[i], low, high, largest)
        if ends[i]:
            for j in range(count):
                _put_in_order(lows[j], low)
                _put_in_order(high, highs[j])
            low[:] = np.inf
            high[:] = 0.0
    least[:] = 0.0
    most[:] = 0.0
    for j in range(count):
        least[0] += lows[j]
        most[0] += highs[j]
        if j < count - 1:
            least[1] += lows[j]
            most[1] += highs[j]


@nb.njit(**_INNER)
def _note_member(pairs, c, low, high, largest):
    for n in range(low.shape[0]):
        odds, alone = pairs[c, 0, n], abs(pairs[c, 1, n]) / (_ONE + pairs[c, 0, n])
        low[n] = odds if odds < low[n] else low[n]
        high[n] = odds if odds > high[n] else high[n]
        largest[n] = alone if alone > largest[n] else largest[n]


@nb.njit(**_INNER)
def _put_in_order(smaller, larger):
    for n in range(smaller.shape[0]):
        first, second = smaller[n], larger[n]
        smaller[n] = first if first < second else second
        larger[n] = second if first < second else first


@nb.njit(**_OUTER)
def _set_ranges(least, most, form):
    """Set the range of y, and what the other offers of a line have beside one of each box."""
    for b in range(form.shape[0]):
        form[b, LEAST] = _ONE + least[b, 1]
        form[b, MOST] = _ONE + most[b, 1]
        # Summed over the others: what is left of a total may be rounding.
        for other in range(form.shape[0]):
            if other != b:
                form[b, LEAST] += least[other, 0]
                form[b, MOST] += most[other, 0]
    total_least = np.ones(form.shape[2], np.float32)
    total_most = np.ones(form.shape[2], np.float32)
    for b in range(form.shape[0]):
        total_least += least[b, 0]
        total_most += most[b, 0]
    for b in range(form.shape[0]):
        form[b, FIRST] = _ONE / total_most
        form[b, LAST] = _ONE / total_least


@nb.njit(**_OUTER)
def _set_parts(pairs, mean, boxes, mass, counts, form):
    """Set a and b of each box to those of the mean line; return what the mean line earns."""
    # In double precision: b is the small difference of what may be large.
    size = form.shape[2]
    odds, earnings = np.zeros((counts.shape[0], size)), np.zeros((counts.shape[0], size))
    for j in range(mean.shape[0]):
        odds[boxes[j]] += mass[j] * pairs[mean[j], 0]
        earnings[boxes[j]] += mass[j] * pairs[mean[j], 1]
    all_odds, all_earnings = odds.sum(axis=0), earnings.sum(axis=0)
    for b in range(counts.shape[0]):
        for n in range(size):
            is_liked = all_odds[n] > 0.0
            part = odds[b, n] / all_odds[n] if is_liked else counts[b] / counts.sum()
            form[b, A, n] = part / counts[b]
            form[b, B, n] = (earnings[b, n] - part * all_earnings[n]) / counts[b]
    return (all_earnings / (1.0 + all_odds)).astype(np.float32)


@nb.njit(**_OUTER)
def _choose_mu(pairs, mean, boxes, mass, steps, worth, mu, form):
    """Choose mu such that the majorant of the mean line is least, or nearly.

    The ellipsoid method with deep cuts, in the two dimensions of mu at both ends of y.
    """
    ellipse = np.zeros((3, worth.shape[0]))
    ellipse[0] = _largest_margins(pairs, mean, worth) ** 2
    if np.isnan(mu[0, 0]):
        mu[:] = worth
    else:
        # From the mu of a mean line that is not far from this one.
        ellipse[0] *= 0.04
    ellipse[2] = ellipse[0]
    centre = mu.copy()
    least_value = np.full(worth.shape[0], np.inf)
    value = np.empty(worth.shape[0], np.float32)
    falls = np.empty((2, worth.shape[0]), np.float32)
    for _ in range(steps):
        _set_mu(centre, form)
        value[:] = 0.0
        falls[:] = 0.0
        for j in range(mean.shape[0]):
            _add_to_mean(pairs, mean[j], mass[j], form[boxes[j]], value, falls)
        _cut(value, falls, form[0], ellipse, centre, mu, least_value)
    _set_mu(mu, form)


@nb.njit(**_OUTER)
def _largest_margins(pairs, mean, worth):
    largest = np.abs(worth)
    for j in range(mean.shape[0]):
        for n in range(worth.shape[0]):
            odds, earnings = pairs[mean[j], 0, n], abs(pairs[mean[j], 1, n])
            if earnings > largest[n] * odds and odds > 0.0:
                largest[n] = earnings / odds
    return largest


@nb.njit(**_OUTER)
def _set_mu(mu, form):
    for b in range(form.shape[0]):
        for n in range(mu.shape[1]):
            width = form[b, LAST, n] - form[b, FIRST, n]
            slope = (mu[1, n] - mu[0, n]) / width
            form[b, MU, n] = mu[0, n]
            form[b, SLOPE, n] = slope if width > _KNOWN * form[b, LAST, n] else 0.0


@nb.njit(error_model="numpy", cache=True)
def _highest(odds, earnings, first, last, mu, slope, a, b, least, most):
    """Return the largest phi of a candidate, and the y where it is."""
    low, high = _ONE / (odds + most), _ONE / (odds + least)
    low = low if low > first else first
    high = high if high < last else last
    joint, beyond = odds + a, earnings - b
    twice = np.float32(2.0) * slope * joint
    peak = beyond - (mu - slope * first) * joint + slope * a
    peak /= twice if twice != 0.0 else _ONE
    # Clipped to the range, it does no harm where phi is convex. A peak that is not a number fails
    # the first comparison.
    peak = peak if peak > low else low
    peak = peak if peak < high else high
    at_low = beyond * low - (mu + slope * (low - first)) * (joint * low - a)
    at_high = beyond * high - (mu + slope * (high - first)) * (joint * high - a)
    at_peak = beyond * peak - (mu + slope * (peak - first)) * (joint * peak - a)
    phi = at_low if at_low > at_high else at_high
    y = low if at_low > at_high else high
    return (at_peak, peak) if at_peak > phi else (phi, y)


@nb.njit(**_SUM)
def _score(pairs, c, form, weights):
    score = 0.0
    for n in range(weights.shape[0]):
        phi, _ = _highest(
            *(pairs[c, 0, n], pairs[c, 1, n], form[FIRST, n], form[LAST, n], form[MU, n]),
            *(form[SLOPE, n], form[A, n], form[B, n], form[LEAST, n], form[MOST, n]),
        )
        score += weights[n] * np.float64(phi)
    return score


@nb.njit(**_INNER)
def _add_to_mean(pairs, c, mass, form, value, falls):
    """Add a candidate of the mean line, and by how much it falls with mu and its slope."""
    for n in range(value.shape[0]):
        phi, y = _highest(
            *(pairs[c, 0, n], pairs[c, 1, n], form[FIRST, n], form[LAST, n], form[MU, n]),
            *(form[SLOPE, n], form[A, n], form[B, n], form[LEAST, n], form[MOST, n]),
        )
        paid = mass * ((pairs[c, 0, n] + form[A, n]) * y - form[A, n])
        value[n] += mass * phi
        falls[0, n] += paid
        falls[1, n] += paid * (y - form[FIRST, n])


@nb.njit(**_OUTER)
def _cut(value, falls, form, ellipse, centre, mu, least_value):
    """Keep the best mu, and the part of each ellipse that may hold a better one."""
    for n in range(value.shape[0]):
        if value[n] < least_value[n]:
            least_value[n] = value[n]
            mu[0, n] = centre[0, n]
            mu[1, n] = centre[1, n]
        width = form[LAST, n] - form[FIRST, n]
        # From mu and its slope to mu at both ends.
        second = falls[1, n] / width if width > _KNOWN * form[LAST, n] else 0.0
        first = falls[0, n] - second
        p, q, r = ellipse[0, n], ellipse[1, n], ellipse[2, n]
        step, other = p * first + q * second, q * first + r * second
        length = first * step + second * other
        if not length > 0.0:
            continue
        length = np.sqrt(length)
        step, other = step / length, other / length
        depth = min((value[n] - least_value[n]) / length, 0.9)
        far = (1.0 + 2.0 * depth) / 3.0
        centre[0, n] += far * step
        centre[1, n] += far * other
        wider = 4.0 / 3.0 * (1.0 - depth * depth)
        flatter = 2.0 * far / (1.0 + depth)
        ellipse[0, n] = wider * (p - flatter * step * step)
        ellipse[1, n] = wider * (q - flatter * step * other)
        ellipse[2, n] = wider * (r - flatter * other * other)


@nb.njit(**_OUTER)
def _size(counts, weights, largest, form):
    """Return how large the terms of a person's majorant can be, over all people."""
    size = 0.0
    for n in range(weights.shape[0]):
        terms = largest[n] + abs(form[0, MU, n]) + abs(form[0, SLOPE, n]) * form[0, LAST, n]
        for b in range(counts.shape[0]):
            terms += counts[b] * abs(form[b, B, n]) * form[b, LAST, n]
        size += weights[n] * terms
    return size


@nb.njit(**_OUTER)
def _add_spread(pairs, mean, boxes, mass, worth, weights, form, spread):
    """Add by how much the odds of the mean line's candidates vary within each box."""
    odds = np.zeros(worth.shape[0], np.float32)
    for j in range(mean.shape[0]):
        odds += mass[j] * pairs[mean[j], 0]
    for j in range(mean.shape[0]):
        apart = np.abs(pairs[mean[j], 0] - form[boxes[j], A] * odds) / (_ONE + odds)
        spread[boxes[j]] += mass[j] * (weights * np.abs(worth) * apart).sum()
