"""Rules of tasks: designs drawn by them at random, and whether a design keeps them."""

from __future__ import annotations

import itertools
import math

import numpy as np
from jaxtyping import Bool, Int16

from counterflow.kernels.choice_design import Codes, DesignProblem, TaskRules
from counterflow.kernels.compiled import random_tasks, task_rules
from counterflow.kernels.compiled.task_rules import PackedRules

MOST_LISTED = 2**16
"""Profiles up to which all that there may be are listed."""
_MOST_KEYS = 2**62
_TRIES_OF_BALANCE = 200_000
"""Exchanges a version; a dozen tasks of three with prohibitions take some hundreds."""


class NoDesignError(ValueError):
    """The rules leave no design of this size, or none that was found."""


def n_broken(problem: DesignProblem, codes: Codes) -> int:
    """Return how many times a design breaks the problem's rules.

    Examples
    --------
    A level twice in a task where it may stand only once:

    >>> from counterflow.kernels.choice_design import Term
    >>> rules = TaskRules(once_a_task=np.array([True]), distinct_profiles=False)
    >>> problem = DesignProblem((2,), (Term(np.eye(2)[:, 1:], (0,)),), np.zeros((1, 1)),
    ...     rules=rules)
    >>> n_broken(problem, np.array([[[[1], [1]], [[0], [1]]]], dtype=np.int16))
    1
    """
    return int(task_rules.n_broken(pack_rules(problem, codes.shape[2]), codes))


def random_design(
    problem: DesignProblem, *, n_tasks: int, n_alternatives: int, n_versions: int = 1, seed: int = 0
) -> Codes:
    """Return a design drawn at random by the rules.

    Raises
    ------
    NoDesignError
        If a task was not found.
    """
    codes = np.empty((n_versions, n_tasks, n_alternatives, len(problem.n_levels)), dtype=np.int16)
    if not random_tasks.draw_design(
        pack_rules(problem, n_alternatives), random_state(seed, 0), codes
    ):
        raise no_design(codes)
    return codes


def balanced_design(
    problem: DesignProblem,
    *,
    n_tasks: int,
    n_alternatives: int,
    n_versions: int = 1,
    minimal_overlap: bool = False,
    seed: int = 0,
) -> Codes:
    """Return a random design in which each version shows each level as often as the others.

    Where the number of places is no multiple of the number of levels, some come once more. With
    `minimal_overlap` levels also stand in one task as seldom as their number allows.

    Raises
    ------
    NoDesignError
        If none was found that keeps the rules.
    """
    codes = np.empty((n_versions, n_tasks, n_alternatives, len(problem.n_levels)), dtype=np.int16)
    rules = pack_rules(problem, n_alternatives)
    state = random_state(seed, 0)
    if not random_tasks.draw_balanced(rules, state, codes, int(minimal_overlap), _TRIES_OF_BALANCE):
        raise no_design(codes, balanced=True)
    return codes


def no_design(codes: Codes, *, balanced: bool = False) -> NoDesignError:
    """Return the error that says what was asked for in vain."""
    n_versions, n_tasks, n_alternatives, _ = codes.shape
    return NoDesignError(
        f"found no {'level-balanced ' if balanced else ''}design that keeps all rules: "
        f"{n_versions} versions of {n_tasks} tasks with {n_alternatives} alternatives each. Ask for"
        " fewer alternatives or tasks, or drop a rule: a level once a task, no dominance, distinct "
        "tasks, prohibited combinations."
    )


def random_state(seed: int, start: int) -> np.ndarray:
    """Return the state of random numbers that belongs to a start: a word of Philox."""
    key = np.array([seed % 2**64, start], dtype=np.uint64)
    return np.random.Philox(key=key).random_raw(1).astype(np.uint64)


def pack_rules(problem: DesignProblem, n_alternatives: int) -> PackedRules:
    """Return the rules as arrays for compiled loops, with all profiles listed if they are few."""
    rules, n_levels = problem.rules, np.array(problem.n_levels, dtype=np.int64)
    n_attributes, most = len(n_levels), int(n_levels.max())
    if math.prod((n_levels + 1).tolist()) > _MOST_KEYS:
        raise ValueError(
            f"attributes have too many levels to tell all profiles apart: {n_levels.tolist()}"
        )
    is_level = np.arange(most) < n_levels[:, None]
    is_level_at = np.broadcast_to(is_level, (n_alternatives, n_attributes, most)).copy()
    if rules.levels_at is not None:
        is_level_at &= rules.levels_at
    n_levels_at = is_level_at.sum(axis=2)
    strides = np.cumprod([1, *(n_levels[:-1] + 1)])
    listed = _listed(rules, is_level_at)
    keys = [((profiles.astype(np.int64) + 1) * strides).sum(axis=1) for profiles in listed]
    orders = [np.argsort(key, kind="stable") for key in keys]
    packed = PackedRules(
        n_levels=n_levels,
        levels=np.argsort(~is_level_at, axis=2, kind="stable"),
        n_levels_at=n_levels_at,
        is_level_at=is_level_at,
        profiles=np.concatenate([p[o] for p, o in zip(listed, orders, strict=True)]),
        keys=np.concatenate([k[o] for k, o in zip(keys, orders, strict=True)]),
        first_profile=np.cumsum([0, *map(len, listed)]),
        has_only_listed=rules.profiles is not None,
        strides=strides,
        forbidden=_or_empty(rules.forbidden, (0, n_attributes)),
        is_once=_flags(rules.once_a_task, n_attributes),
        at_least=np.zeros((n_attributes, most, most), dtype=np.bool_)
        if rules.at_least is None
        else np.ascontiguousarray(rules.at_least),
        has_order=rules.at_least is not None,
        has_distinct_profiles=rules.distinct_profiles,
        has_distinct_tasks=rules.distinct_tasks,
        n_shown=n_attributes if rules.n_shown is None else rules.n_shown,
    )
    return packed if rules.profiles is not None else _without_forbidden(packed)


def _listed(
    rules: TaskRules, is_level_at: Bool[np.ndarray, "J A L"]
) -> list[Int16[np.ndarray, "M A"]]:
    """Return the profiles of each place; none where they are too many to list."""
    n_attributes = is_level_at.shape[1]
    if rules.profiles is not None:
        shown = _projected(rules.profiles, rules.n_shown or n_attributes)
        if rules.profiles_at is None:
            return [shown] * len(is_level_at)
        return [
            _projected(rules.profiles[at], rules.n_shown or n_attributes)
            for at in rules.profiles_at
        ]
    empty = np.empty((0, n_attributes), dtype=np.int16)
    counts = np.maximum(is_level_at.sum(axis=2), 1).prod(axis=1, dtype=float)
    if counts.max() > MOST_LISTED or rules.n_shown not in (None, n_attributes):
        return [empty] * len(is_level_at)
    return [_every_profile(levels) for levels in is_level_at]


def _every_profile(is_level: Bool[np.ndarray, "A L"]) -> Int16[np.ndarray, "M A"]:
    choices = [np.flatnonzero(levels) if levels.any() else np.array([-1]) for levels in is_level]
    grid = np.meshgrid(*choices, indexing="ij")
    return np.stack(grid, axis=-1).reshape(-1, len(choices)).astype(np.int16)


def _projected(profiles: Int16[np.ndarray, "M A"], n_shown: int) -> Int16[np.ndarray, "S A"]:
    """Return the profiles with all but `n_shown` attributes hidden, in every way, each once."""
    n_attributes = profiles.shape[1]
    if n_shown == n_attributes:
        return np.asarray(profiles, dtype=np.int16)
    found = []
    for shown in itertools.combinations(range(n_attributes), n_shown):
        hidden = np.full_like(profiles, -1, dtype=np.int16)
        hidden[:, shown] = profiles[:, shown]
        found.append(np.unique(hidden, axis=0))
    return np.concatenate(found)


def _without_forbidden(packed: PackedRules) -> PackedRules:
    """Return the rules with only those profiles listed that they allow."""
    bounds = list(itertools.pairwise(packed.first_profile.tolist()))
    keep = [
        np.array(
            [
                task_rules.is_profile_allowed(packed, profile, j)
                for profile in packed.profiles[first:end]
            ],
            dtype=np.bool_,
        )
        if len(packed.forbidden)
        else np.ones(end - first, dtype=np.bool_)
        for j, (first, end) in enumerate(bounds)
    ]
    if len(packed.keys) and not all(allowed.any() for allowed in keep):
        raise NoDesignError("the forbidden combinations leave no profile at all: drop some of them")
    kept = np.concatenate(keep)
    return packed._replace(
        profiles=packed.profiles[kept],
        keys=packed.keys[kept],
        first_profile=np.cumsum([0, *(int(allowed.sum()) for allowed in keep)]),
    )


def _or_empty(values: np.ndarray | None, shape: tuple[int, ...]) -> Int16[np.ndarray, "C A"]:
    if values is None:
        return np.empty(shape, dtype=np.int16)
    return np.ascontiguousarray(values, dtype=np.int16)


def _flags(values: np.ndarray | None, n: int) -> Bool[np.ndarray, " n"]:
    return np.zeros(n, dtype=np.bool_) if values is None else np.asarray(values, dtype=np.bool_)
