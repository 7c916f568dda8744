"""The majorant of a line, person by person and candidate by candidate."""

import numpy as np


def scores(problem, runs, counts, mean, mu):
    """Return each candidate's score, given mu of each person at the least and at the most y.

    `runs` are the candidates of each box, `counts` how many of each a line has.
    """
    found = np.zeros(len(problem.group))
    for n, weight in enumerate(problem.weights):
        odds, earnings = problem.odds[n].astype(float), problem.earnings[n].astype(float)
        least = _of_boxes(odds, problem.group, runs, counts, min)
        most = _of_boxes(odds, problem.group, runs, counts, max)
        ends = 1.0 / (1.0 + sum(map(sum, most))), 1.0 / (1.0 + sum(map(sum, least)))
        mean_odds, mean_earnings = odds @ mean, earnings @ mean
        for box, (run, count) in enumerate(zip(runs, counts, strict=True)):
            part = odds[run] @ mean[run] / mean_odds
            a = part / count
            b = (earnings[run] @ mean[run] - part * mean_earnings) / count
            for i in run:
                first = max(ends[0], 1.0 / (1.0 + _others(most, box) + odds[i]))
                last = min(ends[1], 1.0 / (1.0 + _others(least, box) + odds[i]))
                y = np.linspace(first, last, 20_001)
                phi = (earnings[i] - b) * y - _mu(mu[n], ends, y) * (odds[i] * y - a * (1.0 - y))
                found[i] += weight * phi.max()
    return found


def _mu(at_ends, ends, y):
    """Return mu: linear between its values at both ends of y, or constant if these meet."""
    width = ends[1] - ends[0]
    if width <= 0.02 * ends[1]:
        return at_ends[0]
    return at_ends[0] + (at_ends[1] - at_ends[0]) * (y - ends[0]) / width


def _of_boxes(odds, group, runs, counts, best):
    """Return the odds of the best `count` candidates of each box, one a group, best first."""
    found = []
    for run, count in zip(runs, counts, strict=True):
        of_groups = [best(odds[i] for i in run if group[i] == g) for g in set(group[run].tolist())]
        found.append(sorted(of_groups, reverse=best is max)[:count])
    return found


def _others(odds_of_boxes, box):
    """Return the odds of a line's other offers, beside one of the box."""
    return sum(sum(odds[:-1] if b == box else odds) for b, odds in enumerate(odds_of_boxes))
