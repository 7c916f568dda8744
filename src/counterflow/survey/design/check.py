"""Whether a design from wherever keeps what a specification asks; everything wrong is listed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.errors import InputError, Problem
from counterflow.survey.design.balance import tasks_with_copies
from counterflow.survey.design.random_tasks import repeated_tasks
from counterflow.survey.design.specification import DesignSpecification

_MOST_LISTED = 20


def check_design(design: ChoiceDesign, spec: DesignSpecification) -> None:
    """Refuse a design that shows what may not be shown, or is not of the asked-for shape.

    Raises
    ------
    InputError
        With levels, alternatives and outside option that differ, else with every task (of each
        kind of problem the first 20) that shows a product that the rules forbid or at a place where
        it may not stand, a product twice, or products that may not stand together.
    """
    check_same_levels(design, spec)
    problems = [
        *_of_shape(design, spec),
        *_listed(_forbidden(design, spec)),
        *_listed(_together(design, spec)),
    ]
    if problems:
        raise InputError(problems)


def check_same_levels(design: ChoiceDesign, spec: DesignSpecification) -> None:
    """Refuse a design whose attributes or levels are others than those of the specification."""
    problems = []
    for name in sorted(design.levels.keys() ^ spec.levels.keys()):
        has, lacks = ("specification", "design")
        if name in design.levels:
            has, lacks = lacks, has
        problems.append(Problem(f"{name} in both", f"in the {has}, not in the {lacks}", "design"))
    for name in design.levels.keys() & spec.levels.keys():
        if tuple(design.levels[name]) != tuple(spec.levels[name]):
            problems.append(
                Problem(
                    expected=", ".join(spec.levels[name]),
                    found=", ".join(design.levels[name]),
                    where="design",
                    key=name,
                )
            )
    if not problems and list(design.levels) != list(spec.levels):
        problems.append(
            Problem(
                expected=f"attributes in the order {', '.join(spec.levels)}",
                found=", ".join(design.levels),
                where="design",
            )
        )
    if problems:
        raise InputError(problems)


def _of_shape(design: ChoiceDesign, spec: DesignSpecification) -> Iterator[Problem]:
    if tuple(design.alternatives) != spec.alternatives:
        expected = f"alternatives {', '.join(spec.alternatives)}"
        yield Problem(expected, ", ".join(design.alternatives), where="design")
    if design.has_outside != spec.has_outside:
        words = {True: "an outside option", False: "no outside option"}
        yield Problem(words[spec.has_outside], words[design.has_outside], where="design")
    if design.n_tasks != spec.n_tasks:
        yield Problem(f"{spec.n_tasks} tasks a version", str(design.n_tasks), where="design")


def _forbidden(design: ChoiceDesign, spec: DesignSpecification) -> Iterator[Problem]:
    if design.n_alternatives != spec.n_alternatives:
        return
    known: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
    shown = design.codes >= 0
    for v, t, j in np.ndindex(design.codes.shape[:3]):
        row = tuple(design.codes[v, t, j].tolist())
        allowed = _allowed(spec, known, j, tuple(np.flatnonzero(shown[v, t].any(axis=0)).tolist()))
        if row not in allowed:
            levels = ", ".join(f"{a}={level}" for a, level in design.task(v, t)[j].items())
            expected = f"a product that may stand at place {spec.alternatives[j]}"
            yield Problem(expected, levels or "nothing", where="design", key=_place(v, t))


def _allowed(
    spec: DesignSpecification,
    known: dict[tuple[int, ...], set[tuple[int, ...]]],
    place: int,
    shown: tuple[int, ...],
) -> set[tuple[int, ...]]:
    """Return the products that a place may show when a task shows these attributes."""
    is_partial = spec.settings.n_shown is not None
    key = (place, *shown) if is_partial else (place,)
    if key not in known:
        products = (
            spec.products.showing(np.array(shown, dtype=int)) if is_partial else spec.products
        )
        known[key] = set(map(tuple, products.codes[products.at(place)].tolist()))
    return known[key]


def _together(design: ChoiceDesign, spec: DesignSpecification) -> Iterator[Problem]:
    copies, repeated = tasks_with_copies(design.codes), repeated_tasks(design.codes)
    admitted = spec.task_rules.admits(design.codes)
    for v, t in np.argwhere(~admitted | repeated).tolist():
        if copies[v, t]:
            expected, found = "products that differ", "one of them twice"
        elif not admitted[v, t]:
            expected, found = (
                "products that may stand together",
                "one that dominates another, or a level of once_a_task twice",
            )
        else:
            expected, found = "tasks that differ within a version", "the products of an earlier one"
        yield Problem(expected, found, where="design", key=_place(v, t))


def _place(version: int, task: int) -> str:
    return f"version {version + 1}, task {task + 1}"


def _listed(problems: Iterator[Problem]) -> Iterator[Problem]:
    for n, problem in enumerate(problems):
        if n == _MOST_LISTED:
            yield Problem("no further problem", "more like these", where="design")
            return
        yield problem
