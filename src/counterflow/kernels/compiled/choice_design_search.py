"""Compiled loops of `kernels.choice_design_search`: exchanges, swaps and annealing.

A design is changed in place, with the information on the desk that goes with it.
"""

from typing import NamedTuple

import numba as nb
import numpy as np

from counterflow.kernels.compiled.choice_design import fill_columns, fill_row
from counterflow.kernels.compiled.choice_information import (
    add_task,
    changed_error,
    make_change,
    set_change,
    set_out,
    take_task,
    take_tasks,
    whole_error,
)
from counterflow.kernels.compiled.options import LOOP, PART
from counterflow.kernels.compiled.random_tasks import draw_task
from counterflow.kernels.compiled.random_words import below, uniform
from counterflow.kernels.compiled.task_rules import fits, is_repeated, is_task_allowed

LEVELS, PROFILES = 0, 1
"""What an exchange replaces: one level (coordinate exchange), or the profile (modified Fedorov)."""
NEXT, SETTLED = 0, 1
"""How far work has come: the next task, and how many in a row were left as they were."""

_LEAST_GAIN = 1e-7
"""Share that an exchange must gain, so that rounding cannot make a cycle."""


class Designed(NamedTuple):
    """A design, tasks numbered through all versions."""

    codes: np.ndarray
    """(V, T, J, A)"""
    columns: np.ndarray
    """(V T, J, K)"""
    error: np.ndarray
    """(1,): its criterion."""


@nb.njit(**LOOP)
def take_design(terms, aim, desk, design):
    """Set columns, information and criterion of a design from its codes."""
    n_tasks = design.codes.shape[1]
    for v in range(design.codes.shape[0]):
        fill_columns(terms, design.codes[v], design.columns[v * n_tasks : (v + 1) * n_tasks])
    take_tasks(aim, desk, design.columns)
    design.error[0] = whole_error(aim, desk)


@nb.njit(**LOOP)
def error_of(aim, desk, information):
    """Return the criterion of an information, which is then the one on the desk."""
    desk.information[:] = information
    return whole_error(aim, desk)


@nb.njit(**LOOP)
def exchange(terms, rules, aim, desk, design, move, course, is_idle, n_visits):
    """Make the best exchange at each place of one task after the other, until none helps.

    Work ends after `n_visits` tasks, to go on with the next call, or when as many in a row as there
    are were left as they were. A task that is idle counts as left; with `is_idle` of no tasks, none
    ever is, else a task becomes so when nothing helps it. (Bentley, ORSA Journal on Computing 4,
    1992, of tours: do not look at what was just found to be settled.)
    """
    n_all, n_tasks = design.columns.shape[0], design.codes.shape[1]
    for _ in range(n_visits):
        q, is_better = course[NEXT], False
        if len(is_idle) == 0 or not is_idle[q]:
            is_better = _exchange_in_task(
                terms, rules, aim, desk, design, q // n_tasks, q % n_tasks, move
            )
        _go_on(course, is_idle, is_better, n_all)
        if course[SETTLED] >= n_all:
            return


@nb.njit(**LOOP)
def swap(terms, rules, aim, desk, design, course, is_idle, n_visits):
    """Do as `exchange`, by exchanges of levels between alternatives."""
    n_all, n_tasks = design.columns.shape[0], design.codes.shape[1]
    for _ in range(n_visits):
        q, is_better = course[NEXT], False
        if len(is_idle) == 0 or not is_idle[q]:
            is_better = _swap_in_task(terms, rules, aim, desk, design, q // n_tasks, q % n_tasks)
        _go_on(course, is_idle, is_better, n_all)
        if course[SETTLED] >= n_all:
            return


@nb.njit(**LOOP)
def _go_on(course, is_idle, is_better, n_all):
    q = course[NEXT]
    if len(is_idle) > 0:
        is_idle[q] = not is_better
    course[SETTLED] = 0 if is_better else course[SETTLED] + 1
    course[NEXT] = (q + 1) % n_all


@nb.njit(**LOOP)
def replace_task(rules, state, codes):
    """Draw a task anew at random; if none is found it stays as it is."""
    v, t = below(state, codes.shape[0]), below(state, codes.shape[1])
    before = codes[v, t].copy()
    if not draw_task(rules, state, codes[v], t, np.zeros(codes.shape[3], np.int64)):
        codes[v, t] = before


@nb.njit(**LOOP)
def swap_at_random(rules, state, codes):
    """Exchange a few levels within a version, by the rules."""
    v = below(state, codes.shape[0])
    tasks = codes[v]
    n_tasks, n_places, n_attributes = tasks.shape
    n_left = 2 * n_places
    for _ in range(100 * n_left):
        t, other = below(state, n_tasks), below(state, n_tasks)
        i, j, a = below(state, n_places), below(state, n_places), below(state, n_attributes)
        if _swap_codes(rules, tasks, t, i, other, j, a):
            n_left -= 1
            if n_left == 0:
                return


@nb.njit(**LOOP)
def _swap_codes(rules, tasks, t, i, other, j, a):
    """Exchange the levels of an attribute at two places if they differ and the rules allow it."""
    x, y = tasks[t, i, a], tasks[other, j, a]
    if x == y or x < 0 or y < 0:
        return False
    if not (rules.is_level_at[i, a, y] and rules.is_level_at[j, a, x]):
        return False
    tasks[t, i, a], tasks[other, j, a] = y, x
    if is_task_allowed(rules, tasks, t) and is_task_allowed(rules, tasks, other):
        return True
    tasks[t, i, a], tasks[other, j, a] = x, y
    return False


@nb.njit(**PART)
def _exchange_in_task(terms, rules, aim, desk, design, v, t, move):
    """Make the best exchange at each place of a task; return whether any helped."""
    columns = design.columns[v * design.codes.shape[1] + t]
    take_task(aim, desk, columns)
    add_task(desk, -1.0)
    before = set_out(aim, desk)
    design.error[0] = before
    tasks = design.codes[v]
    n_groups = 1 if move == PROFILES else tasks.shape[2]
    for j in range(columns.shape[0]):
        for group in range(n_groups):
            _exchange_at(terms, rules, aim, desk, design, tasks, t, j, move, group)
    add_task(desk, 1.0)
    is_better = design.error[0] < before
    if is_better:
        columns[:] = desk.rows[: columns.shape[0]]
    return is_better


@nb.njit(**PART)
def _exchange_at(terms, rules, aim, desk, design, tasks, t, j, move, group):
    """Put the level of an attribute, or the profile, that helps most in the place of another."""
    profile = tasks[t, j]
    kept = profile.copy()
    best, least = -1, design.error[0] * (1.0 - _LEAST_GAIN)
    for i in range(_n_proposals(rules, j, move, group)):
        if _propose(rules, profile, kept, j, move, group, i):
            # Rules are asked about last: few exchanges help, most are allowed.
            found = _error_with(terms, aim, desk, profile, j)
            if found < least and _is_allowed(rules, tasks, t, j):
                best, least = i, found
    profile[:] = kept
    if best >= 0:
        _propose(rules, profile, kept, j, move, group, best)
        _error_with(terms, aim, desk, profile, j)
        make_change(desk, j)
        design.error[0] = least


@nb.njit(**LOOP)
def _n_proposals(rules, j, move, group):
    if move == PROFILES:
        return rules.first_profile[j + 1] - rules.first_profile[j]
    return rules.n_levels_at[j, group]


@nb.njit(**LOOP)
def _propose(rules, profile, kept, j, move, group, i):
    """Set `profile` to proposal i; return whether that is another one that may be shown there."""
    if move == PROFILES:
        profile[:] = rules.profiles[rules.first_profile[j] + i]
        is_new = False
        for a in range(profile.shape[0]):
            if (profile[a] < 0) != (kept[a] < 0):
                return False
            is_new = is_new or profile[a] != kept[a]
        return is_new
    profile[group] = rules.levels[j, group, i]
    return kept[group] >= 0 and profile[group] != kept[group]


@nb.njit(**PART)
def _error_with(terms, aim, desk, profile, j):
    fill_row(terms, profile, j, desk.new_row)
    return changed_error(aim, desk, j, set_change(desk, j))


@nb.njit(**LOOP)
def _is_allowed(rules, tasks, t, j):
    """Return whether the alternative at place j breaks no rule, nor its task."""
    if not fits(rules, tasks[t], j):
        return False
    return not (rules.has_distinct_tasks and is_repeated(rules, tasks, t))


@nb.njit(**LOOP)
def anneal(terms, rules, aim, desk, design, kept, state, temperature, n_visits):
    """Visit random tasks and try random levels there; keep the best design.

    A level that multiplies the criterion by 1 + d is taken with probability exp(-d / temperature),
    1 at most (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983). Return the share of levels taken.
    """
    n_versions, n_tasks, n_places, n_attributes = design.codes.shape
    n_tried, n_taken = 0, 0
    for _ in range(n_visits):
        v, t = below(state, n_versions), below(state, n_tasks)
        columns = design.columns[v * n_tasks + t]
        take_task(aim, desk, columns)
        add_task(desk, -1.0)
        design.error[0] = set_out(aim, desk)
        for _ in range(n_places * n_attributes):
            j, a = below(state, n_places), below(state, n_attributes)
            before = design.codes[v, t, j, a]
            if before < 0:
                continue
            level = rules.levels[j, a, below(state, rules.n_levels_at[j, a])]
            if level != before:
                n_tried += 1
                most = 1.0 - temperature * np.log(1.0 - uniform(state))
                n_taken += _try_level(terms, rules, aim, desk, design, v, t, j, a, level, most)
                if design.error[0] < kept.error[0]:
                    kept.error[0] = design.error[0]
                    kept.codes[:] = design.codes
        add_task(desk, 1.0)
        columns[:] = desk.rows[:n_places]
    return n_taken / max(n_tried, 1)


@nb.njit(**PART)
def _try_level(terms, rules, aim, desk, design, v, t, j, a, level, most):
    """Take a level if the criterion is then below `most` times what it was; return whether."""
    tasks = design.codes[v]
    before = tasks[t, j, a]
    tasks[t, j, a] = level
    found = _error_with(terms, aim, desk, tasks[t, j], j)
    if found < most * design.error[0] and _is_allowed(rules, tasks, t, j):
        make_change(desk, j)
        design.error[0] = found
        return True
    tasks[t, j, a] = before
    return False


@nb.njit(**PART)
def _swap_in_task(terms, rules, aim, desk, design, v, t):
    """Exchange levels between this task's alternatives and those of its version's later tasks.

    Each exchange that helps is made, and so is each of two labels throughout a column of the
    version (relabelling). So levels stay as balanced as they were (Huber and Zwerina, Journal of
    Marketing Research 33, 1996; Sandor and Wedel 2001). Return whether any helped.
    """
    before = design.error[0]
    before_moves = np.empty_like(desk.information)
    for other in range(t, design.codes.shape[1]):
        for i in range(design.codes.shape[2]):
            for j in range(design.codes.shape[2]):
                for a in range(design.codes.shape[3]):
                    if _swap_codes(rules, design.codes[v], t, i, other, j, a):
                        before_moves[:] = desk.information
                        if not _is_better_moved(terms, aim, desk, design, v, t, other + 1):
                            desk.information[:] = before_moves
                            _exchange_codes(design.codes[v], t, i, other, j, a)
    if t == 0:
        _relabel(terms, rules, aim, desk, design, v, before_moves)
    return design.error[0] < before


@nb.njit(**LOOP)
def _exchange_codes(tasks, t, i, other, j, a):
    x, y = tasks[t, i, a], tasks[other, j, a]
    tasks[t, i, a], tasks[other, j, a] = y, x


@nb.njit(**LOOP)
def _is_better_moved(terms, aim, desk, design, v, first, end):
    """Set the information to what the codes of a version say; take over columns if it is better.

    `columns` has what stood there before; tasks from `first` to `end` may have moved.
    """
    n_tasks = design.codes.shape[1]
    moved = np.empty_like(design.columns[first:end])
    fill_columns(terms, design.codes[v, first:end], moved)
    columns = design.columns[v * n_tasks + first : v * n_tasks + end]
    for t in range(end - first):
        if (columns[t] != moved[t]).any():
            take_task(aim, desk, columns[t])
            add_task(desk, -1.0)
            take_task(aim, desk, moved[t])
            add_task(desk, 1.0)
    found = whole_error(aim, desk)
    if found >= design.error[0] * (1.0 - _LEAST_GAIN):
        return False
    columns[:] = moved
    design.error[0] = found
    return True


@nb.njit(**PART)
def _relabel(terms, rules, aim, desk, design, v, before_moves):
    """Exchange two labels throughout an attribute of the alternatives at one place.

    Only if both come there equally often, or the exchange swaps how often they come in all.
    """
    tasks = design.codes[v]
    n_tasks, n_places, n_attributes = tasks.shape
    for j in range(n_places):
        for a in range(n_attributes):
            for one in range(rules.n_levels_at[j, a]):
                for other in range(one):
                    x, y = rules.levels[j, a, one], rules.levels[j, a, other]
                    if not _keeps_balance(tasks, j, a, x, y):
                        continue
                    _exchange_labels(tasks, j, a, x, y)
                    if _are_allowed(rules, tasks):
                        before_moves[:] = desk.information
                        if _is_better_moved(terms, aim, desk, design, v, 0, n_tasks):
                            continue
                        desk.information[:] = before_moves
                    _exchange_labels(tasks, j, a, x, y)


@nb.njit(**LOOP)
def _keeps_balance(tasks, j, a, x, y):
    more_here, more_in_all = 0, 0
    for t in range(tasks.shape[0]):
        for i in range(tasks.shape[1]):
            more = int(tasks[t, i, a] == x) - int(tasks[t, i, a] == y)
            more_in_all += more
            if i == j:
                more_here += more
    return more_here == 0 or more_here == more_in_all


@nb.njit(**LOOP)
def _exchange_labels(tasks, j, a, x, y):
    for t in range(tasks.shape[0]):
        if tasks[t, j, a] == x:
            tasks[t, j, a] = y
        elif tasks[t, j, a] == y:
            tasks[t, j, a] = x


@nb.njit(**LOOP)
def _are_allowed(rules, tasks):
    are_allowed = True
    for t in range(tasks.shape[0]):
        are_allowed = are_allowed and is_task_allowed(rules, tasks, t)
    return are_allowed
