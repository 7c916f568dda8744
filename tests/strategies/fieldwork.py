"""Surveys in the field without files: a programme, a random choice design, the in-memory store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np

from conformance.field_store_twin import FieldStoreTwin
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.columns import Numeric
from counterflow.domain.programme import Programme
from counterflow.formats.texts import load_texts
from counterflow.programme.field.field import Field
from counterflow.survey.questionnaire.arrangement import arrangement_of
from counterflow.survey.questionnaire.pages import questionnaire_of
from counterflow.survey.questionnaire.shown_task import ShownTask, task_of_design
from counterflow.survey.showable_products import showable_products
from strategies.workspaces import EXAMPLES, example

NATIONAL_CAR = EXAMPLES / "national-car"
START = datetime(2026, 1, 1, tzinfo=UTC)


def random_design(programme: Programme, *, n_versions: int = 3, seed: int = 1) -> ChoiceDesign:
    """Return a design of showable products at random, as the questionnaire wants it."""
    asked = questionnaire_of(programme)
    products, attributes = showable_products(programme), programme.attributes
    codes = np.column_stack(
        [
            np.searchsorted(np.sort(attributes[name].values), column.values)
            if isinstance(column, Numeric)
            else column.codes
            for name, column in products.columns.items()
        ]
    )
    assert all(not a.is_numeric or sorted(a.values) == [*a.values] for a in attributes.values())
    shape = (n_versions, asked.n_tasks, asked.n_alternatives)
    drawn = np.random.default_rng(seed).integers(len(products), size=shape)
    return ChoiceDesign(
        levels={name: attribute.level_names for name, attribute in attributes.items()},
        codes=codes[drawn].astype(np.int16),
        alternatives=tuple(str(j + 1) for j in range(asked.n_alternatives)),
        has_outside=asked.outside_option,
        provenance={"method": "random", "seed": seed},
    )


def first_task(programme: Programme) -> ShownTask:
    """Return a choice task as the questionnaire wants it, as somebody sees it."""
    design = random_design(programme, n_versions=1)
    arrangement = arrangement_of(
        n_tasks=design.n_tasks,
        n_alternatives=design.n_alternatives,
        attributes=tuple(design.levels),
        price=programme.price_attribute,
        seed=1,
    )
    return task_of_design(design, 0, arrangement, 0)


def field_in_memory(programme: Programme | None = None, **further: Any) -> Field:
    """Return a survey in the field: of the national car, if nothing else is asked for."""
    programme = programme or example("national-car")
    store = FieldStoreTwin(wall=lambda: START)
    folder = further.pop("folder", NATIONAL_CAR)
    field = Field(
        programme=programme,
        design=further.pop("design", None) or random_design(programme),
        store=further.pop("store", store),
        texts=load_texts(programme, folder).texts,
        folder=folder,
        clock=further.pop("clock", None) or ticking().__next__,
        secret=b"a key for tests",
        random_bytes=further.pop("random_bytes", Random(7).randbytes),
        **further,
    )
    field.store.open_fieldwork(field.fieldwork)
    return field


def ticking(seconds: float = 1.0) -> Iterator[datetime]:
    """Yield the time, later by some seconds whenever it is asked for."""
    now = START
    while True:
        yield now
        now += timedelta(seconds=seconds)


def asking(**asked: Any) -> Programme:
    """Return the national car with other settings of the questionnaire."""

    def change(raw: dict[str, Any]) -> None:
        raw["survey"]["questionnaire"].update(asked)
        _drop_what_nobody_is_asked(raw)
        if not raw["survey"]["questionnaire"]["outside_option"]:
            raw["survey"]["simulated"]["outside_option"] = False
            del raw["survey"]["simulated"]["preferences"]["outside"]
            raw["market"]["outside_option"] = {"kind": "calibrated", "share": 0.5}

    return changed(change)


def _drop_what_nobody_is_asked(raw: dict[str, Any]) -> None:
    """Leave out what names a question that there is no more."""
    asked = raw["survey"]["questionnaire"]["background"]
    numbers = raw["survey"]["simulated"].get("numbers", {})
    for name in numbers.keys() - asked.keys():
        del numbers[name]
    if raw["market"].get("distance", {}).get("question") not in {None, *asked}:
        raw["market"]["distance"] = {"mean_km_per_year": 18_000.0, "relative_sd": 0.0}


def changed(change: Callable[[dict[str, Any]], object]) -> Programme:
    """Return the national car with its document changed."""
    raw = example("national-car").model_dump(mode="json", exclude_unset=True)
    change(raw)
    return Programme.model_validate(raw)


def with_next_task(field: Field, next_task: Any) -> Field:
    """Return the field with tasks that are made for the respondent."""
    return replace(field, next_task=next_task)


ADMITTED = {"licence": ["yes"], "age": ["from_18"], "intends": ["this_year"]}
BACKGROUND = {"home": ["other"], "household": ["two"], "yearly_distance": ["12,000"]}
