"""The front of lines: what more of one quantity costs in another."""

from __future__ import annotations

from dataclasses import replace

from counterflow.definition.front import LineFront, line_front
from counterflow.domain.settings import Quantity
from counterflow.programme.answers import notes_on_answers
from counterflow.programme.chain import Chain
from counterflow.programme.estimate import estimate_part_worths


def front_of_lines(chain: Chain, quantities: tuple[Quantity, Quantity]) -> LineFront:
    """Return the Pareto front of two quantities over the lines of the programme."""
    estimate = estimate_part_worths(chain).value()
    workspace = chain.workspace
    with workspace.at_work("front", "Searching the front of lines") as report:
        found = line_front(
            workspace.programme,
            estimate.part_worths,
            quantities,
            map_blocks=workspace.runner.map,
            report=report,
        )
    return replace(found, notes=(*notes_on_answers(workspace), *found.notes))
