"""Compiled loops of `kernels.task_rules`: whether an alternative may stand where it stands."""

from typing import NamedTuple

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP
from counterflow.kernels.compiled.random_words import next_word


class PackedRules(NamedTuple):
    """Rules as arrays; those that do not hold are empty or False."""

    n_levels: np.ndarray
    levels: np.ndarray
    """(J, A, L): the levels that may stand at a place, ascending."""
    n_levels_at: np.ndarray
    """(J, A): how many of them there are."""
    is_level_at: np.ndarray
    """(J, A, L)"""
    profiles: np.ndarray
    """(profiles, A): listed profiles place by place, by ascending key; empty if not listed."""
    keys: np.ndarray
    """(profiles,)"""
    first_profile: np.ndarray
    """(J + 1,)"""
    has_only_listed: bool
    """Whether profiles that are not listed are forbidden."""
    strides: np.ndarray
    """(A,): of a profile's key."""
    forbidden: np.ndarray
    """(C, A), -1 for any level."""
    is_once: np.ndarray
    """(A,)"""
    at_least: np.ndarray
    """(A, L, L)"""
    has_order: bool
    has_distinct_profiles: bool
    has_distinct_tasks: bool
    n_shown: int


@nb.njit(**LOOP)
def profile_key(rules, codes):
    """Return a number that only this profile has."""
    key = 0
    for a in range(codes.shape[0]):
        key += (codes[a] + 1) * rules.strides[a]
    return key


@nb.njit(**LOOP)
def is_profile_allowed(rules, codes, place):
    """Return whether a profile may stand at a place, whatever else is in the task."""
    for a in range(codes.shape[0]):
        if codes[a] >= 0 and not rules.is_level_at[place, a, codes[a]]:
            return False
    for c in range(rules.forbidden.shape[0]):
        matches = True
        for a in range(codes.shape[0]):
            level = rules.forbidden[c, a]
            if level >= 0 and level != codes[a]:
                matches = False
                break
        if matches:
            return False
    if rules.has_only_listed:
        first, end = rules.first_profile[place], rules.first_profile[place + 1]
        key = profile_key(rules, codes)
        at = first + np.searchsorted(rules.keys[first:end], key)
        return at < end and rules.keys[at] == key
    return True


@nb.njit(**LOOP)
def do_clash(rules, one, other):
    """Return whether two alternatives may not stand in one task."""
    return _do_clash(
        rules.is_once, rules.at_least, rules.has_order, rules.has_distinct_profiles, one, other
    )


@nb.njit(**LOOP)
def _do_clash(is_once, at_least, has_order, has_distinct_profiles, one, other):
    is_same, is_over, is_under = True, has_order, has_order
    for a in range(one.shape[0]):
        x, y = one[a], other[a]
        if x == y:
            if x >= 0 and is_once[a]:
                return True
            continue
        is_same = False
        # What is shown of only one of two labelled alternatives cannot be compared.
        is_comparable = has_order and x >= 0 and y >= 0
        is_over = is_over and is_comparable and at_least[a, x, y]
        is_under = is_under and is_comparable and at_least[a, y, x]
    return has_distinct_profiles if is_same else is_over or is_under


@nb.njit(**LOOP)
def fits(rules, task, place):
    """Return whether the alternative at a place breaks no rule."""
    for j in range(task.shape[0]):
        if j != place and do_clash(rules, task[place], task[j]):
            return False
    return is_profile_allowed(rules, task[place], place)


@nb.njit(**LOOP)
def n_conflicts(rules, task):
    """Return how many rules a task breaks."""
    found = 0
    for j in range(task.shape[0]):
        if not is_profile_allowed(rules, task[j], j):
            found += 1
        for i in range(j):
            if do_clash(rules, task[i], task[j]):
                found += 1
    return found


@nb.njit(**LOOP)
def task_key(rules, task):
    """Return a number that tasks share that differ only in the order of alternatives."""
    total = np.uint64(0)
    state = np.empty(1, np.uint64)
    for j in range(task.shape[0]):
        state[0] = np.uint64(profile_key(rules, task[j]))
        total += next_word(state)
    return total


@nb.njit(**LOOP)
def is_repeated(rules, tasks, t):
    """Return whether another task of the version is the same as task t."""
    key = task_key(rules, tasks[t])
    for other in range(tasks.shape[0]):
        if other != t and task_key(rules, tasks[other]) == key:
            return True
    return False


@nb.njit(**LOOP)
def is_task_allowed(rules, tasks, t):
    """Return whether task t of a version breaks no rule."""
    if n_conflicts(rules, tasks[t]) > 0:
        return False
    return not (rules.has_distinct_tasks and is_repeated(rules, tasks, t))


@nb.njit(**LOOP)
def n_broken(rules, codes):
    """Return how many rules a design (V, T, J, A) breaks."""
    found = 0
    for v in range(codes.shape[0]):
        for t in range(codes.shape[1]):
            found += n_conflicts(rules, codes[v, t])
            if rules.has_distinct_tasks and is_repeated(rules, codes[v], t):
                found += 1
    return found
