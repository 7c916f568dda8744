"""Tasks at random: every task that may be shown is as likely, and no version shows one twice."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int16

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.random_streams import random_stream
from counterflow.survey.design.products import Products
from counterflow.survey.design.specification import DesignSpecification
from counterflow.survey.design.task_rules import TaskRules
from counterflow.survey.simulate import distinct_picks

_ROUNDS = 60
_TRIES = 200


def random_codes(spec: DesignSpecification) -> Int16[np.ndarray, "V T J A"]:
    """Return random tasks for every version of a specification.

    Raises
    ------
    InputError
        If no task, or not enough different tasks, can be put together.
    """
    n_versions, t, j = spec.settings.n_versions, spec.n_tasks, spec.n_alternatives
    stream = random_stream(spec.settings.seed, "design: random tasks")
    codes = np.empty((n_versions, t, j, len(spec.levels)), dtype=np.int16)
    wrong = np.ones((n_versions, t), dtype=bool)
    for _ in range(_ROUNDS):
        codes[wrong] = _drawn(spec, int(wrong.sum()), stream)
        wrong = ~spec.task_rules.admits(codes) | repeated_tasks(codes)
        if not wrong.any():
            return codes
    for v, k in np.argwhere(wrong):
        codes[v, k] = new_task(spec, codes[v, ~wrong[v]], stream)
        wrong[v, k] = False
    return codes


def shown_attributes(
    spec: DesignSpecification, n: int, stream: np.random.Generator
) -> Bool[np.ndarray, "n A"]:
    """Return which attributes each of n tasks shows, each subset as likely."""
    n_attributes = len(spec.levels)
    n_shown = spec.settings.n_shown or n_attributes
    order = stream.random((n, n_attributes)).argsort(axis=1)
    return order < n_shown


def repeated_tasks(codes: Int16[np.ndarray, "*V T J A"]) -> Bool[np.ndarray, "*V T"]:
    """Return whether an earlier task of the version has the same products, in whatever order.

    Examples
    --------
    >>> repeated_tasks(np.array([[[[0], [1]], [[1], [0]], [[0], [2]]]], dtype=np.int16))
    array([[False,  True, False]])
    """
    *outer, t, j, a = codes.shape
    flat = np.ascontiguousarray(codes.reshape(-1, j, a) + 1).astype(">i2")
    as_bytes = flat.view(f"S{2 * a}")[..., 0] if a else np.zeros((len(flat), j), dtype="S1")
    ordered = np.sort(as_bytes, axis=1)
    _, number = np.unique(ordered, axis=0, return_inverse=True)
    tasks = number.reshape(-1, t)
    found = np.zeros(tasks.shape, dtype=bool)
    for k in range(1, t):
        found[:, k] = (tasks[:, :k] == tasks[:, [k]]).any(axis=1)
    return found.reshape(*outer, t)


def new_task(
    spec: DesignSpecification,
    others: Int16[np.ndarray, "t J A"],
    stream: np.random.Generator,
) -> Int16[np.ndarray, "J A"]:
    """Return one more task, put together product by product so that it fits.

    Raises
    ------
    InputError
        If none is found.
    """
    for _ in range(_TRIES):
        shown = np.flatnonzero(shown_attributes(spec, 1, stream)[0])
        products = spec.products.showing(shown) if spec.settings.n_shown else spec.products
        task = _fitting(products, spec.task_rules, stream)
        if task is not None and not repeated_tasks(np.concatenate([others, task[None]]))[-1]:
            return task
    raise InputError([_no_task(spec, len(others))])


def _fitting(
    products: Products, rules: TaskRules, stream: np.random.Generator
) -> Int16[np.ndarray, "J A"] | None:
    task: list[np.ndarray] = []
    for place in range(len(products.may_stand)):
        fits = products.may_stand[place].copy()
        for one in task:
            fits &= rules.compatible(one, products.codes)
        choices = np.flatnonzero(fits)
        if not len(choices):
            return None
        task.append(products.codes[stream.choice(choices)])
    return np.stack(task)


def _drawn(
    spec: DesignSpecification, n: int, stream: np.random.Generator
) -> Int16[np.ndarray, "n J A"]:
    """Return n tasks of products drawn at random, which may yet break a rule."""
    j = spec.n_alternatives
    u = stream.random((n, j))
    if spec.settings.labelled_by is None:
        picks = distinct_picks(u, len(spec.products))
    else:
        places = [spec.products.at(place) for place in range(j)]
        picks = np.stack(
            [at[(u[:, i] * len(at)).astype(np.int64)] for i, at in enumerate(places)], axis=1
        )
    codes = spec.products.codes[picks]
    if spec.settings.n_shown is not None:
        codes = np.where(shown_attributes(spec, n, stream)[:, None, :], codes, np.int16(-1))
    return codes


def _no_task(spec: DesignSpecification, n_others: int) -> Problem:
    settings = spec.settings
    wishes = [
        "no product stands twice in a task",
        *(f"no level of {name} stands twice" for name in settings.once_a_task),
        *(["no product dominates another"] if settings.avoid_dominance else []),
        *(["no task comes twice in a version"] if n_others else []),
    ]
    return Problem(
        expected=f"tasks of {spec.n_alternatives} products in which {', '.join(wishes)}",
        found=f"{n_others} such tasks, and no further one"
        if n_others
        else f"none among {len(spec.products):,} products",
        key="design",
        advice="Show fewer alternatives or tasks, or drop once_a_task or avoid_dominance.",
    )
