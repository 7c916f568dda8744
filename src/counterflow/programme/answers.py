"""Obtain the answers: read them, or simulate respondents where the programme says so."""

from __future__ import annotations

from typing import Any

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.programme import Programme
from counterflow.programme.chain import Chain, Step
from counterflow.survey.simulate import simulate_answers


def obtain_answers(chain: Chain) -> Step[ChoiceData]:
    """Return the programme's choice data."""
    programme = chain.workspace.programme
    if programme.survey.answers is not None:
        return chain.source(
            "answers",
            settings={
                "survey": programme.survey.model_dump(mode="json"),
                "attributes": dump(programme, "attributes"),
            },
            version=chain.workspace.answers_version,
            read=chain.workspace.load_answers,
        )
    return simulate(chain)


def simulate(chain: Chain) -> Step[ChoiceData]:
    """Return choice data of respondents who answer from the programme's stated preferences.

    Raises InputError if the programme states none.
    """
    programme = chain.workspace.programme
    if programme.survey.simulated is None:
        problem = Problem(
            expected="[survey.simulated] with the preferences to answer from",
            found="[survey.answers], answers that are real",
            key="survey",
            advice="Simulate from a programme that states preferences.",
        )
        raise InputError([problem])
    return chain.step(
        "answers",
        "Simulating respondents",
        settings={
            **{part: dump(programme, part) for part in ("attributes", "rules", "survey")},
            "prices": dump(programme, "search")["prices"],
            "signs": dump(programme, "estimation").get("signs", {}),
            "seed": programme.seeds.simulation,
        },
        needs=(),
        make=lambda report: simulate_answers(programme, report=report),
    )


def dump(programme: Programme, section: str) -> Any:
    """Return a section of the programme as JSON values."""
    return programme.model_dump(mode="json", include={section})[section]
