"""What commands that set prices are told: costs of rivals, and over how many draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import typer

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import quoted

RivalCosts = Annotated[
    list[str] | None,
    typer.Option(
        "--rival-cost",
        metavar="NAME=COST",
        help="What a vehicle costs a rival, in place of its unit_cost. May be given again.",
        show_default=False,
    ),
]
PriceDraws = Annotated[
    int,
    typer.Option(
        "--draws", min=1, help="Draws in which prices are set, for their intervals, at most."
    ),
]


def costs_of(texts: Sequence[str]) -> dict[str, float]:
    """Return the costs by rival.

    Raises
    ------
    InputError
        With every text that is not NAME=COST.

    Examples
    --------
    >>> costs_of(["hatch_a=71000", "hatch_b=5e4"])
    {'hatch_a': 71000.0, 'hatch_b': 50000.0}
    """
    costs, problems = {}, []
    for text in texts:
        name, _, cost = text.partition("=")
        costs[name] = _number(cost)
        if not (name and 0.0 <= costs[name] < math.inf):
            expected = "NAME=COST with a cost of at least 0, e.g. hatch_a=71000"
            problems.append(Problem(expected, quoted(text), where="--rival-cost"))
    if problems:
        raise InputError(problems)
    return costs


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
