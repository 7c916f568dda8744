"""Compiled loops that lay out tasks at random, by the rules, with levels balanced or not."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP
from counterflow.kernels.compiled.random_words import below, shuffle
from counterflow.kernels.compiled.task_rules import (
    do_clash,
    is_profile_allowed,
    is_repeated,
    is_task_allowed,
    n_conflicts,
)

_TRIES_OF_PROFILE = 100
_TRIES_OF_TASK = 1_000
_TRIES_OF_EVENING = 20_000


@nb.njit(**LOOP)
def draw_design(rules, state, codes):
    """Fill a design (V, T, J, A) at random; return whether tasks were found for all places."""
    counts = np.zeros(codes.shape[3], np.int64)
    for v in range(codes.shape[0]):
        counts[:] = 0
        for t in range(codes.shape[1]):
            if not draw_task(rules, state, codes[v, : t + 1], t, counts):
                return False
    return True


@nb.njit(**LOOP)
def draw_task(rules, state, tasks, t, counts):
    """Fill task t of a version at random, so that it fits those in `tasks`.

    `counts` says how often each attribute was shown so far; where tasks show a few of them, the
    least shown come next.
    """
    is_shown = np.ones(tasks.shape[2], np.bool_)
    for _ in range(_TRIES_OF_TASK):
        if rules.n_shown < tasks.shape[2]:
            _choose_shown(rules.n_shown, state, counts, is_shown)
        if _fill_task(rules, state, tasks[t], is_shown) and not (
            rules.has_distinct_tasks and is_repeated(rules, tasks, t)
        ):
            for a in range(is_shown.shape[0]):
                counts[a] += is_shown[a]
            return True
    return False


@nb.njit(**LOOP)
def _choose_shown(n_shown, state, counts, is_shown):
    order = np.arange(counts.shape[0])
    shuffle(state, order)
    is_shown[:] = False
    for _ in range(n_shown):
        least = -1
        for a in order:
            if not is_shown[a] and (least < 0 or counts[a] < counts[least]):
                least = a
        is_shown[least] = True


@nb.njit(**LOOP)
def _fill_task(rules, state, task, is_shown):
    for j in range(task.shape[0]):
        if rules.keys.shape[0] > 0:
            found = _draw_listed(rules, state, task, j, is_shown)
        else:
            found = _draw_levels(rules, state, task, j, is_shown)
        if not found:
            return False
    return True


@nb.njit(**LOOP)
def _draw_listed(rules, state, task, place, is_shown):
    """Draw from the list; if a hundred draws do not fit, take the next in the list that does."""
    first = rules.first_profile[place]
    n = rules.first_profile[place + 1] - first
    if n == 0:
        return False
    for _ in range(_TRIES_OF_PROFILE):
        task[place] = rules.profiles[first + below(state, n)]
        if _fits_so_far(rules, task, place, is_shown):
            return True
    begin = below(state, n)
    for i in range(n):
        task[place] = rules.profiles[first + (begin + i) % n]
        if _fits_so_far(rules, task, place, is_shown):
            return True
    return False


@nb.njit(**LOOP)
def _draw_levels(rules, state, task, place, is_shown):
    for _ in range(_TRIES_OF_PROFILE):
        for a in range(task.shape[1]):
            n = rules.n_levels_at[place, a]
            task[place, a] = -1
            if is_shown[a] and n > 0:
                task[place, a] = rules.levels[place, a, below(state, n)]
        if is_profile_allowed(rules, task[place], place) and _fits_so_far(
            rules, task, place, is_shown
        ):
            return True
    return False


@nb.njit(**LOOP)
def _fits_so_far(rules, task, place, is_shown):
    """Return whether a profile clashes with none before it and shows what the task shows."""
    for a in range(task.shape[1]):
        if (task[place, a] >= 0) != (is_shown[a] and rules.n_levels_at[place, a] > 0):
            return False
    do_fit = True
    for j in range(place):
        do_fit = do_fit and not do_clash(rules, task[place], task[j])
    return do_fit


@nb.njit(**LOOP)
def draw_balanced(rules, state, codes, overlap_cost, n_tries):
    """Fill a design so that each version shows each level as often as the others, or once more.

    Levels are laid out evenly and shuffled; then random exchanges of two levels of an attribute,
    which keep the balance, are made unless they break more rules. With `overlap_cost` above 0
    they also lessen how often a level stands twice in a task. Return whether no rule is broken.
    """
    for v in range(codes.shape[0]):
        _lay_out(rules, state, codes[v])
        if not _repair(rules, state, codes[v], overlap_cost, n_tries):
            return False
    return True


@nb.njit(**LOOP)
def draw_near_balance(rules, state, codes, n_tries):
    """Do as `draw_balanced`; where a version keeps not to the rules so, balance it as they allow.

    Then tasks are drawn by the rules, and levels that come often give way to others, one by one.
    Return how many versions are balanced, -1 where no tasks were found that keep the rules.
    """
    n_balanced = 0
    for v in range(codes.shape[0]):
        _lay_out(rules, state, codes[v])
        if _repair(rules, state, codes[v], 0, n_tries):
            n_balanced += 1
            continue
        # If one version cannot be balanced, most others cannot either.
        n_tries = max(n_tries // 4, 100)
        if not draw_design(rules, state, codes[v : v + 1]):
            return -1
        _even_out(rules, state, codes[v])
    return n_balanced


@nb.njit(**LOOP)
def _even_out(rules, state, tasks):
    """Replace levels at random by others that come less often, by the rules."""
    n_tasks, n_places, n_attributes = tasks.shape
    counts = np.zeros((n_attributes, rules.n_levels.max()), np.int64)
    for t in range(n_tasks):
        for j in range(n_places):
            for a in range(n_attributes):
                if tasks[t, j, a] >= 0:
                    counts[a, tasks[t, j, a]] += 1
    for _ in range(_TRIES_OF_EVENING):
        t, j, a = below(state, n_tasks), below(state, n_places), below(state, n_attributes)
        x = tasks[t, j, a]
        if x < 0:
            continue
        y = rules.levels[j, a, below(state, rules.n_levels_at[j, a])]
        # Also a level that comes once less: such a step makes room for others.
        if counts[a, y] < counts[a, x]:
            tasks[t, j, a] = y
            if is_task_allowed(rules, tasks, t):
                counts[a, x] -= 1
                counts[a, y] += 1
            else:
                tasks[t, j, a] = x


@nb.njit(**LOOP)
def _lay_out(rules, state, tasks):
    """Fill each attribute with its levels in turn, in random order, at places that are alike."""
    n_tasks, n_places, n_attributes = tasks.shape
    shown = np.ones((n_tasks, n_attributes), np.bool_)
    if rules.n_shown < n_attributes:
        counts = np.zeros(n_attributes, np.int64)
        for t in range(n_tasks):
            _choose_shown(rules.n_shown, state, counts, shown[t])
            for a in range(n_attributes):
                counts[a] += shown[t, a]
    at = np.empty((n_tasks * n_places, 2), np.int64)
    for a in range(n_attributes):
        is_done = np.zeros(n_places, np.bool_)
        for first in range(n_places):
            if is_done[first]:
                continue
            n = 0
            for j in range(first, n_places):
                if _has_same_levels(rules, a, first, j):
                    is_done[j] = True
                    for t in range(n_tasks):
                        tasks[t, j, a] = -1
                        if shown[t, a] and rules.n_levels_at[j, a] > 0:
                            at[n, 0], at[n, 1] = t, j
                            n += 1
            order = np.arange(n)
            shuffle(state, order)
            # Which levels come once more than others is left to chance.
            turn = below(state, max(rules.n_levels_at[first, a], 1))
            for i in range(n):
                t, j = at[order[i], 0], at[order[i], 1]
                tasks[t, j, a] = rules.levels[first, a, (turn + i) % rules.n_levels_at[first, a]]


@nb.njit(**LOOP)
def _has_same_levels(rules, attribute, one, other):
    for level in range(rules.is_level_at.shape[2]):
        if rules.is_level_at[one, attribute, level] != rules.is_level_at[other, attribute, level]:
            return False
    return True


@nb.njit(**LOOP)
def _repair(rules, state, tasks, overlap_cost, n_tries):
    n_tasks, n_places, n_attributes = tasks.shape
    cost = np.empty(n_tasks, np.int64)
    for t in range(n_tasks):
        cost[t] = _cost(rules, tasks, t, overlap_cost)
    for _ in range(n_tries):
        if cost.sum() == 0:
            return True
        # One end of the exchange where something is wrong, the other anywhere.
        t = below(state, n_tasks)
        while cost[t] == 0:
            t = (t + 1) % n_tasks
        other = below(state, n_tasks)
        i, j, a = below(state, n_places), below(state, n_places), below(state, n_attributes)
        x, y = tasks[t, i, a], tasks[other, j, a]
        if x == y or x < 0 or y < 0:
            continue
        if not (rules.is_level_at[i, a, y] and rules.is_level_at[j, a, x]):
            continue
        tasks[t, i, a], tasks[other, j, a] = y, x
        new, new_other = _cost(rules, tasks, t, overlap_cost), 0
        before = cost[t]
        if other != t:
            before += cost[other]
            new_other = _cost(rules, tasks, other, overlap_cost)
        if new + new_other <= before:
            cost[t] = new
            if other != t:
                cost[other] = new_other
        else:
            tasks[t, i, a], tasks[other, j, a] = x, y
    are_allowed = True
    for t in range(n_tasks):
        are_allowed = are_allowed and is_task_allowed(rules, tasks, t)
    return are_allowed


@nb.njit(**LOOP)
def _cost(rules, tasks, t, overlap_cost):
    """Return rules broken in a task, a thousand each, and levels that stand twice in it."""
    found = 1_000 * n_conflicts(rules, tasks[t])
    if rules.has_distinct_tasks and is_repeated(rules, tasks, t):
        found += 1_000
    if overlap_cost > 0:
        found += overlap_cost * _overlap(rules, tasks[t])
    return found


@nb.njit(**LOOP)
def _overlap(rules, task):
    """Return how many pairs of alternatives share a level, beyond what few levels make needful."""
    found = 0
    for a in range(task.shape[1]):
        n = 0
        for j in range(task.shape[0]):
            n += task[j, a] >= 0
            for i in range(j):
                found += task[i, a] >= 0 and task[i, a] == task[j, a]
        n_levels = rules.n_levels[a]
        each, more = n // n_levels, n % n_levels
        found -= n_levels * each * (each - 1) // 2 + more * each
    return found
