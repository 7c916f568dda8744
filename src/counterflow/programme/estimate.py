"""Estimate: what people want, as draws of part-worths."""

from __future__ import annotations

from counterflow.domain.estimate import Estimate
from counterflow.programme.answers import dump, obtain_answers
from counterflow.programme.chain import Chain, Step


def estimate_part_worths(chain: Chain) -> Step[Estimate]:
    """Return the fitted choice model of the programme's answers."""
    workspace, programme = chain.workspace, chain.workspace.programme
    answers = obtain_answers(chain)
    return chain.step(
        "estimate",
        "Estimating part-worths",
        settings={
            "attributes": dump(programme, "attributes"),
            "estimation": dump(programme, "estimation"),
            "seed": programme.seeds.estimation,
        },
        needs=(answers,),
        make=lambda report: _fit(programme, answers.value(), workspace.runner, report),
    )
