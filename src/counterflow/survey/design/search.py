"""Search for an efficient design: the kernel's search, asked by a specification."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from jaxtyping import Int16

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.progress import Report
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.choice_design import DesignProblem, Term
from counterflow.kernels.choice_design_search import search_design
from counterflow.kernels.choice_design_start import Method
from counterflow.kernels.task_rules import NoDesignError
from counterflow.survey.design.criteria import problem_of
from counterflow.survey.design.specification import DesignSpecification

_ENOUGH_TO_COMPILE = 600.0


def searched_codes(
    spec: DesignSpecification,
    *,
    report: Report | None = None,
    map_blocks: MapBlocks = map,
    n_starts: int | None = None,
) -> tuple[Int16[np.ndarray, "V T J A"], dict[str, Any]]:
    """Return the best design that the search finds, and how it was found.

    Raises
    ------
    InputError
        If nothing is known of the coefficients that the criterion needs, or no design keeps the
        rules.
    """
    settings = spec.settings
    _check_searchable(spec)
    method = cast("Method", settings.method)
    compile_search(method)

    def tell(done: float, least: float, n_begun: int) -> None:
        if report is not None:
            report(done, f"{n_begun:,} starts, {settings.criterion} {least:.5g}")

    try:
        found = search_design(
            problem_of(spec),
            n_tasks=spec.n_tasks,
            n_alternatives=spec.n_alternatives,
            n_versions=settings.n_versions,
            method=method,
            n_starts=n_starts,
            seconds=settings.seconds,
            seed=settings.seed,
            report=tell,
            map_blocks=map_blocks,
        )
    except NoDesignError as error:
        problem = Problem(
            expected=f"{settings.n_versions:,} versions of {spec.n_tasks} tasks with "
            f"{spec.n_alternatives} products each, by all rules",
            found="none in many tries",
            key="design",
            advice="Show fewer products or tasks, or drop once_a_task or avoid_dominance.",
        )
        raise InputError([problem]) from error
    return found.codes, {
        "criterion": settings.criterion,
        "n_starts": found.n_starts,
        "ended_by_time": found.was_stopped,
        "is_settled": found.is_settled,
        "seconds": settings.seconds,
        **({"is_balanced": found.is_balanced} if method == "swap" else {}),
    }


def compile_search(method: Method) -> None:
    """Search a design of next to nothing: the time given is for searching, not for compiling.

    Not a part of the design that is wanted: of so few tasks its coefficients could not be told
    apart, and the modified Fedorov algorithm exchanges such profiles until its time is over.
    """
    yes = np.array([[0.0], [1.0]])
    problem = DesignProblem((2, 2), (Term(yes, (0,)), Term(yes, (1,))), np.zeros((1, 2)))
    search_design(
        problem, n_tasks=4, n_alternatives=2, method=method, n_starts=1, seconds=_ENOUGH_TO_COMPILE
    )


def _check_searchable(spec: DesignSpecification) -> None:
    problems = []
    if spec.settings.method == "fedorov" and spec.settings.n_shown is not None:
        problems.append(
            Problem(
                expected='another method than "fedorov", which exchanges whole products',
                found="partial profiles",
                key="method",
                advice='Take "exchange" or "annealing".',
            )
        )
    if spec.settings.criterion == "s" and spec.prior.is_zero:
        problems.append(
            Problem(
                expected='a prior, by which criterion "s" says when a coefficient differs from 0',
                found="none",
                key="priors",
                advice='State priors, or take criterion "d_zero".',
            )
        )
    if problems:
        raise InputError(problems)
