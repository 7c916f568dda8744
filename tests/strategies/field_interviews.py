"""Interviews as the field store yields them: of people who answer with care, or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.interview import Interview, PageAnswer
from counterflow.domain.programme import Programme
from counterflow.survey.questionnaire.arrangement import arrangement_of
from counterflow.survey.questionnaire.shown_task import ShownTask, task_of_design
from strategies.workspaces import example

START = datetime(2026, 1, 5, 9, tzinfo=UTC)

QUESTIONNAIRE: Mapping[str, Any] = {
    "consent": {"version": "2026-01", "controller": "Cars, cars@example.org"},
    "n_tasks": 8,
    "n_alternatives": 3,
    "test_drive": False,
    "screening": {
        "licence": {
            "label": "Have you a licence?",
            "answers": [
                {"name": "yes", "label": "Yes"},
                {"name": "no", "label": "No", "screens_out": True},
            ],
        },
        "region": {
            "label": "Where do you live?",
            "answers": [{"name": "city", "label": "City"}, {"name": "country", "label": "Country"}],
        },
    },
    "background": {
        "age": {"label": "Your age", "kind": "number", "unit": "years", "least": 16, "most": 99},
        "household": {
            "label": "Who lives with you?",
            "kind": "multiple",
            "required": False,
            "answers": [{"name": "partner", "label": "P"}, {"name": "children", "label": "C"}],
        },
        "income": {
            "label": "Income",
            "required": False,
            "answers": [{"name": "low", "label": "Low"}, {"name": "high", "label": "High"}],
        },
        "remark": {"label": "Anything else?", "kind": "text", "required": False},
    },
}


def asked_programme(**questionnaire: Any) -> Programme:
    """Return the national car with a questionnaire, and changes to it as named."""
    document = example("national-car").model_dump(mode="json", exclude_none=True)
    document["survey"]["questionnaire"] = {**QUESTIONNAIRE, **questionnaire}
    # Nobody is asked how far they drive.
    document["survey"]["simulated"]["numbers"] = {}
    document["market"]["distance"] = {"mean_km_per_year": 15_000.0, "relative_sd": 0.6}
    return Programme.model_validate(document)


def interviews(
    programme: Programme,
    design: ChoiceDesign,
    coefficients: np.ndarray,
    *,
    random: Sequence[int] = (),
    seconds: float = 9.0,
    seed: int = 0,
    **changed: Any,
) -> Iterator[Interview]:
    """Yield one complete interview for each row of coefficients; those in `random` do not look."""
    utilities = _utilities_of(programme, design)
    noise = np.random.default_rng(seed)
    careless = set(random)
    for n, beta in enumerate(coefficients):
        version = n % design.n_versions
        arrangement = arrangement_of(
            n_tasks=design.n_tasks,
            n_alternatives=design.n_alternatives,
            attributes=tuple(design.levels),
            price=programme.price_attribute,
            seed=n,
        )
        pages = [page("screening", {"licence": "yes", "region": "city" if n % 3 else "country"})]
        for k in range(design.n_tasks):
            shown = task_of_design(design, version, arrangement, k)
            worth = utilities(shown) @ (beta * (n not in careless))
            choice = _choice(shown, worth, noise)
            pages.append(task_page(k, shown, choice, seconds=seconds))
        pages.append(page("chance", {"chance": int(noise.integers(11))}))
        pages.append(page("background", {"age": 20.0 + n % 50, "household": ["partner"]}))
        yield interview(n + 1, design, pages, design_version=version, **changed)


def interview(
    number: int, design: ChoiceDesign, pages: Sequence[PageAnswer], **changed: Any
) -> Interview:
    """Return an interview, complete unless said otherwise."""
    return Interview(
        **{
            "id": f"secret-{number}",
            "number": number,
            "programme_version": "v1",
            "design_hash": design.content_hash,
            "language": "en",
            "seed": number,
            "status": "complete",
            "started_at": START,
            "ended_at": START + timedelta(minutes=5),
            "answers": tuple(pages),
            **changed,
        }
    )


def page(name: str, answers: Mapping[str, Any], **more: Any) -> PageAnswer:
    """Return a page that was handed in."""
    return PageAnswer(page=name, answers=answers, received_at=START, **more)


def task_page(k: int, shown: ShownTask, choice: str, *, seconds: float | None = 9.0) -> PageAnswer:
    """Return the page of task k, from 0, with the choice that was made."""
    return page(f"task-{k + 1}", {"choice": choice}, shown=shown.record(), seconds=seconds)


def _utilities_of(programme: Programme, design: ChoiceDesign) -> Callable[[ShownTask], np.ndarray]:
    """Return what gives the design rows of a task, each product coded once."""
    coding = UtilityCoding.of(programme.attributes, has_outside=design.has_outside)
    coded: dict[tuple[str, ...], np.ndarray] = {}

    def rows(shown: ShownTask) -> np.ndarray:
        found = []
        for alternative in shown.alternatives:
            key = tuple(alternative.levels.values())
            if key not in coded:
                coded[key] = coding.rows([alternative.levels])[0]
            found.append(coded[key])
        outside = np.eye(len(coding.labels))[-1:] if coding.has_outside else []
        return np.array([*found, *outside])

    return rows


def _choice(shown: ShownTask, utilities: np.ndarray, noise: np.random.Generator) -> str:
    names = [*map(str, shown.places), *(["none"] if len(utilities) > len(shown.places) else [])]
    return names[int(np.argmax(utilities + noise.gumbel(size=len(utilities))))]
