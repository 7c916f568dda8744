"""Make a design: one method out of several, by one specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Int16

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.progress import Report
from counterflow.kernels.blocks import MapBlocks
from counterflow.survey.design.balanced_tasks import balanced_codes
from counterflow.survey.design.check import check_design
from counterflow.survey.design.criteria import criteria_of
from counterflow.survey.design.full_factorial import full_codes
from counterflow.survey.design.random_tasks import random_codes
from counterflow.survey.design.search import searched_codes
from counterflow.survey.design.specification import DesignSpecification

BALANCED_OVERLAP = 0.25
"""Share of attributes whose overlap is let be: it leaves about half the overlap of random tasks."""


def make_design(
    spec: DesignSpecification,
    *,
    report: Report | None = None,
    map_blocks: MapBlocks = map,
    n_starts: int | None = None,
) -> ChoiceDesign:
    """Return a design of the specification, by the method that its settings name.

    Its provenance says how it was made: method, seed, prior, every criterion, and for a search how
    many starts there were and whether it was ended by the time.

    Parameters
    ----------
    spec
        What the design is for.
    report
        Told the share done, and what is being done.
    map_blocks
        Runs blocks of the search, in threads for instance.
    n_starts
        Starts of a search; as many as there is time for if left out. With it, the same seed gives
        the same design, if the time suffices.

    Raises
    ------
    InputError
        If no design keeps the rules, or none tells all coefficients apart.

    Examples
    --------
    >>> spec = DesignSpecification.of(
    ...     {"trim": ["base", "plus"], "price": [10, 12, 14]}, n_tasks=6, n_alternatives=2)
    >>> design = make_design(spec.searched(method="random", n_versions=4))
    >>> design.codes.shape
    (4, 6, 2, 2)
    """
    provenance: dict[str, Any] = {}
    match spec.settings.method:
        case "random":
            codes = random_codes(spec)
        case "full":
            codes = full_codes(spec)
        case "minimal_overlap":
            codes = balanced_codes(spec, overlap=0.0, report=report)
        case "balanced_overlap":
            codes = balanced_codes(spec, overlap=BALANCED_OVERLAP, report=report)
        case _:
            codes, provenance = searched_codes(
                spec, report=report, map_blocks=map_blocks, n_starts=n_starts
            )
    return _told(spec, codes, provenance)


def adopt_design(design: ChoiceDesign, spec: DesignSpecification) -> ChoiceDesign:
    """Return a design from elsewhere as one of the specification, with every criterion told.

    Raises
    ------
    InputError
        If it breaks a rule, is of another shape, or does not tell all coefficients apart.

    Examples
    --------
    >>> spec = DesignSpecification.of(
    ...     {"trim": ["base", "plus"], "price": [10, 12, 14]}, n_tasks=6, n_alternatives=2)
    >>> design = make_design(spec.searched(method="random", n_versions=4))
    >>> adopt_design(design, spec).content_hash == design.content_hash
    True
    """
    check_design(design, spec)
    return _told(spec, design.codes, {**design.provenance, "seed": None})


def _told(
    spec: DesignSpecification, codes: Int16[np.ndarray, "V T J A"], provenance: Mapping[str, Any]
) -> ChoiceDesign:
    criteria = criteria_of(spec, codes)
    if not np.isfinite(criteria["d_zero"]):
        raise InputError([_not_identified(spec, n_tasks=codes.shape[0] * codes.shape[1])])
    return spec.design(
        codes,
        {**provenance, "criteria": {name: _plain(value) for name, value in criteria.items()}},
    )


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _not_identified(spec: DesignSpecification, *, n_tasks: int) -> Problem:
    k = spec.coding.n_coefficients
    return Problem(
        expected=f"tasks that tell {k} coefficients apart",
        found=f"{n_tasks} tasks of {spec.n_alternatives} that do not",
        key="design",
        advice="Ask for more tasks or versions, fewer interactions or levels, or loosen a rule "
        "that ties attributes to one another.",
    )
