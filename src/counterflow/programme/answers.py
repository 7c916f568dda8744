"""Obtain the answers: read them, simulate respondents, or take those of the field, cleaned."""

from __future__ import annotations

from typing import Any, Literal

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.content_hash import content_hash
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.programme import Programme
from counterflow.programme.chain import Chain, Step
from counterflow.programme.clean import clean_answers
from counterflow.programme.field_store import FieldStore
from counterflow.programme.workspace import Workspace
from counterflow.survey.simulate import simulate_answers

Source = Literal["file", "simulation", "field", "rehearsal"]
"""Where answers come from; a rehearsal is a field in which everybody is simulated."""


def obtain_answers(chain: Chain) -> Step[ChoiceData]:
    """Return the programme's choice data."""
    programme = chain.workspace.programme
    match source_of_answers(chain.workspace):
        case "field" | "rehearsal":
            return _answers_of_field(chain)
        case "simulation":
            return simulate(chain)
        case "file":
            return chain.source(
                "answers",
                settings={
                    "survey": programme.survey.model_dump(mode="json"),
                    "attributes": dump(programme, "attributes"),
                },
                version=chain.workspace.answers_version,
                read=chain.workspace.load_answers,
            )


def source_of_answers(workspace: Workspace) -> Source:
    """Return where answers come from: the field, if it is asked for or there is nothing else.

    Beside a rehearsal they are those that went through the pages, as that is what it was held for.

    Raises InputError if the field is asked for and the programme has no questionnaire.
    """
    survey = workspace.programme.survey
    if workspace.from_field and survey.questionnaire is None:
        problem = Problem(
            expected="[survey.questionnaire], by which people were asked",
            found="none",
            key="survey",
            advice="Without --from-field, answers are those that [survey] names.",
        )
        raise InputError([problem])
    if workspace.is_rehearsal:
        return "rehearsal"
    if workspace.from_field or (survey.answers is None and survey.simulated is None):
        return "field"
    return "file" if survey.answers is not None else "simulation"


def notes_on_answers(workspace: Workspace) -> tuple[str, ...]:
    """Return what a reader of any figure must know of the answers behind it."""
    if source_of_answers(workspace) in ("simulation", "rehearsal"):
        return (
            "respondents are simulated: figures follow from the preferences that the programme "
            "supposes, not from what people said",
        )
    return ()


def version_of_answers(workspace: Workspace) -> str:
    """Return what identifies the answers that were collected; empty where they are simulated."""
    match source_of_answers(workspace):
        case "field" | "rehearsal":
            with workspace.open_field_store() as store:
                return _version_of_field(store)
        case "file":
            return workspace.answers_version()
        case "simulation":
            return ""


def _answers_of_field(chain: Chain) -> Step[ChoiceData]:
    """Return the cleaned, weighted answers of complete interviews, anew where there are more."""
    workspace, programme = chain.workspace, chain.workspace.programme

    def clean() -> ChoiceData:
        with workspace.open_field_store() as store:
            cleaned = clean_answers(
                programme, store.design, store.interviews(), software=workspace.software
            )
        return cleaned.data

    return chain.step(
        "answers",
        "Cleaning the answers of the field",
        settings={
            **{part: dump(programme, part) for part in ("attributes", "survey")},
            "field": version_of_answers(workspace),
        },
        needs=(),
        make=lambda _: clean(),
    )


def _version_of_field(store: FieldStore) -> str:
    """Return a hash that changes with every interview that is completed.

    Complete interviews never change: the first one tells one database from another, and how many
    there are tells how far it has come.
    """
    first, counts = next(store.interviews(), None), store.counts()
    return content_hash(
        {
            "first": first.id if first is not None else None,
            "complete": counts.by_status.get("complete", 0),
            "by_flag": dict(counts.by_flag),
        }
    )


def simulate(chain: Chain) -> Step[ChoiceData]:
    """Return choice data of respondents who answer from the programme's stated preferences.

    Raises InputError if the programme states none.
    """
    programme = chain.workspace.programme
    if programme.survey.simulated is None:
        problem = Problem(
            expected="[survey.simulated] with the preferences to answer from",
            found="answers that are real",
            key="survey",
            advice="Simulate from a programme that states preferences.",
        )
        raise InputError([problem])
    return chain.step(
        "answers",
        "Simulating respondents",
        settings={
            **{part: dump(programme, part) for part in ("attributes", "rules")},
            "simulated": programme.survey.simulated.model_dump(mode="json"),
            "prices": dump(programme, "search")["prices"],
            "signs": dump(programme, "estimation").get("signs", {}),
            "seed": programme.seeds.simulation,
            **_questions_about_numbers(programme),
        },
        needs=(),
        make=lambda report: simulate_answers(programme, report=report),
    )


def _questions_about_numbers(programme: Programme) -> dict[str, Any]:
    """Return the questions that simulated respondents answer in numbers, if there are any."""
    survey = programme.survey
    if survey.simulated is None or survey.questionnaire is None or not survey.simulated.numbers:
        return {}
    asked = survey.questionnaire.questions
    return {"numbers": {n: asked[n].model_dump(mode="json") for n in survey.simulated.numbers}}


def dump(programme: Programme, section: str) -> Any:
    """Return a section of the programme as JSON values."""
    return programme.model_dump(mode="json", include={section})[section]
