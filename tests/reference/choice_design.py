"""Choice designs from the formula: information task by task, and rules pair by pair."""

import itertools

import numpy as np


def columns_of(problem, profile, place):
    """Return the columns of a profile at a place, term by term."""
    parts = []
    for term in problem.terms:
        levels = tuple(int(profile[a]) for a in term.attributes)
        is_there = term.places is None or place in term.places
        none = np.zeros(term.rows.shape[-1])
        parts.append(term.rows[levels] if is_there and min(levels, default=0) >= 0 else none)
    return np.concatenate(parts)


def information(problem, codes, coefficients):
    """Return the sum over tasks of X' (diag p - p p') X, divided by the number of versions."""
    total = np.zeros((len(coefficients), len(coefficients)))
    for task in codes.reshape(-1, *codes.shape[2:]):
        rows = [columns_of(problem, profile, j) for j, profile in enumerate(task)]
        if problem.outside is not None:
            rows.append(problem.outside)
        x = np.array(rows)
        odds = np.exp(x @ coefficients)
        p = odds / odds.sum()
        total += x.T @ (np.diag(p) - np.outer(p, p)) @ x
    return total / len(codes)


def criterion_of(problem, codes):
    """Return the mean over draws of the problem's criterion."""
    found = 0.0
    for weight, coefficients in zip(problem.draw_weights, problem.draws, strict=True):
        i = information(problem, codes, coefficients)
        if np.linalg.matrix_rank(i, hermitian=True) < len(i):
            return np.inf
        variances = np.diag(np.linalg.inv(i))
        if problem.criterion == "d":
            found += weight * np.linalg.det(i) ** (-1.0 / len(i))
        elif problem.criterion == "a":
            found += weight * variances.mean()
        else:
            known = coefficients != 0.0
            found += weight * (1.96**2 * variances[known] / coefficients[known] ** 2).max()
    return found


def n_broken(problem, codes):
    """Return how many times the tasks break a rule."""
    return sum(
        _n_broken_in(problem.rules, version[t])
        + (problem.rules.distinct_tasks and _is_repeated(version, t))
        for version in codes
        for t in range(len(version))
    )


def _n_broken_in(rules, task):
    alone = sum(not _is_allowed(rules, profile, j) for j, profile in enumerate(task))
    return alone + sum(_do_clash(rules, *pair) for pair in itertools.combinations(task, 2))


def _is_allowed(rules, profile, place):
    shown = profile >= 0
    if rules.levels_at is not None and not all(
        rules.levels_at[place, a, profile[a]] for a in np.flatnonzero(shown)
    ):
        return False
    if rules.forbidden is not None and any(
        ((clause < 0) | (clause == profile)).all() for clause in rules.forbidden
    ):
        return False
    if rules.profiles is None:
        return True
    listed = (
        rules.profiles if rules.profiles_at is None else rules.profiles[rules.profiles_at[place]]
    )
    return bool((listed == profile)[:, shown].all(axis=1).any())


def _do_clash(rules, one, other):
    if rules.once_a_task is not None and ((one == other) & (one >= 0))[rules.once_a_task].any():
        return True
    if (one == other).all():
        return rules.distinct_profiles
    return rules.at_least is not None and (
        _is_at_least(rules, one, other) or _is_at_least(rules, other, one)
    )


def _is_at_least(rules, one, other):
    return all(
        x == y or (x >= 0 and y >= 0 and rules.at_least[a, x, y])
        for a, (x, y) in enumerate(zip(one, other, strict=True))
    )


def _is_repeated(version, t):
    tasks = [sorted(map(tuple, task.tolist())) for task in version]
    return tasks.count(tasks[t]) > 1
