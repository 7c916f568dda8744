"""Check: what a programme file asks for, once it is known to be right."""

from __future__ import annotations

from typing import Any

from counterflow.definition.candidates import (
    all_candidates,
    buildable_configurations,
    candidates,
)
from counterflow.definition.feasibility.conflict import check_some_line
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.mismatch import dotted
from counterflow.programme.answers import obtain_answers
from counterflow.programme.chain import Chain


def check(chain: Chain) -> dict[str, Any]:
    """Return what the programme comes to, after reading its answers where they are a file."""
    programme = chain.workspace.programme
    survey = programme.survey
    if survey.simulated is not None:
        has_outside = survey.simulated.outside_option
        answers = f"{survey.simulated.n_respondents:,} respondents, to be simulated"
    elif survey.answers is None and survey.questionnaire is not None:
        has_outside = survey.questionnaire.outside_option
        answers = "to be asked: counterflow serve"
    else:
        data = obtain_answers(chain).value()
        has_outside = data.has_outside
        answers = f"{data.n_respondents:,} respondents, {data.n_tasks:,} choice tasks"
    configurations = buildable_configurations(programme)
    check_some_line(programme, all_candidates(programme, configurations))
    coding = UtilityCoding.of(programme.attributes, has_outside=has_outside)
    return {
        "programme": programme.programme.name,
        "version": programme.version,
        "n_configurations": len(configurations),
        "n_candidates": len(candidates(programme, configurations)),
        "coefficients": list(coding.labels),
        "answers": answers,
        "texts_missing": {
            language: [dotted(key) for key in missing]
            for language, missing in chain.workspace.missing_texts().items()
        },
    }
