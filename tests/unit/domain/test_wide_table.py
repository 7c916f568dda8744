"""A table in wide form says the same as the long one, or is refused by column and row."""

from typing import Any

import numpy as np
import pytest

from counterflow.domain.attributes import Attribute
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError

COLUMNS: dict[str, list[Any]] = {
    "id": ["ada", "bo", "ada"],
    "price_bus": [3, 4, 5],
    "price_car": [9, 8, 7],
    "car_has_wifi": ["yes", "no", "no"],
    "bus_runs": [1, 0, 1],
    "choice": [1, 2, 3],
}
ROLES: dict[str, Any] = {
    "respondent": "id",
    "chosen": "choice",
    "alternatives": {"bus": 1, "car": 2, "stay": 3},
    "outside_alternative": "stay",
    "attributes": {
        "price": "price_{alternative}",
        "wifi": {"bus": "bus_wifi", "car": "car_has_wifi"},
    },
    "availability": {"bus": "bus_runs"},
}
LONG: dict[str, list[Any]] = {
    "id": ["ada"] * 3 + ["bo"] * 2 + ["ada"] * 3,
    "task": [1] * 5 + [2] * 3,
    "mode": ["bus", "car", "stay", "car", "stay", "bus", "car", "stay"],
    "price": [3, 9, None, 8, None, 5, 7, None],
    "wifi": ["no", "yes", None, "no", None, "no", "no", None],
    "taken": [1, 0, 0, 1, 0, 0, 0, 1],
}


def _read(*, roles: dict[str, Any] | None = None, **changed: list[Any]) -> ChoiceData:
    table = {**COLUMNS, "bus_wifi": ["no"] * 3, **changed}
    return ChoiceData.from_wide(table, **{**ROLES, **(roles or {})})


def _problems(**arguments: Any) -> list[str]:
    with pytest.raises(InputError) as refused:
        _read(**arguments)
    return [str(problem) for problem in refused.value.problems]


def test_wide_and_long_say_the_same():
    long = ChoiceData.from_long(
        LONG,
        respondent="id",
        task="task",
        alternative="mode",
        outside_alternative="stay",
        chosen="taken",
        attributes=["price", "wifi"],
    )
    assert _read().content_hash == long.content_hash


def test_rows_of_a_respondent_are_numbered_as_tasks_or_named_by_a_column():
    assert _read().task_ids.names() == ("1", "2", "1")
    data = _read(roles={"task": "trip"}, trip=["out", "out", "home"])
    assert data.task_ids.names() == ("out", "home", "out")


def test_without_a_respondent_column_each_row_is_somebody_else():
    assert _read(roles={"respondent": None}).respondent_ids == ("1", "2", "3")


def test_a_number_holds_for_an_alternative_in_all_rows():
    attributes = {"price": {"bus": 2.5, "car": "price_car"}}
    np.testing.assert_array_equal(
        _read(roles={"attributes": attributes}).columns["price"].values,
        [2.5, 9.0, np.nan, 2.5, 7.0, np.nan, 8.0, np.nan],
    )


def test_what_is_not_available_may_be_empty():
    assert _read(price_bus=[3, None, 5]).content_hash == _read().content_hash


def test_levels_may_be_enforced():
    raw = {"label": "any", "kind": "feature", "coding": "categorical", "levels": ["yes", "no"]}
    roles = {"definitions": {"wifi": Attribute.model_validate(raw)}}
    assert _read(roles=roles).columns["wifi"].levels == ("yes", "no")
    assert _problems(roles=roles, car_has_wifi=["yes", "maybe", "no"]) == [
        'source: car_has_wifi, row 2: expected one of "yes", "no", found "maybe".'
    ]


def test_wrong_cells_are_told_by_the_column_in_which_they_stand():
    assert _problems(price_bus=["?", 4, 5], price_car=[9, 8, "many"], choice=[1, 2, 7]) == [
        'source: choice, row 3: expected one of "1", "2", "3", found "7".',
        'source: price_bus, row 1: expected a number, found "?". '
        "If these are names of levels, give an Attribute that lists them.",
        'source: price_car, row 3: expected a number, found "many". '
        "If these are names of levels, give an Attribute that lists them.",
    ]


def test_a_choice_of_what_was_not_available_is_refused():
    assert _problems(choice=[1, 1, 3]) == [
        "source: choice, row 2: expected the choice of an alternative that was available, "
        "found one that was not."
    ]


def test_a_task_named_twice_is_refused():
    said = _problems(roles={"task": "trip"}, trip=["out", "out", "out"])
    assert said == [
        "source: choice, rows 1, 3: expected one chosen row in each task, "
        'found 2 in task "out" of respondent "ada".',
        "source: choice, rows 1, 3: expected each alternative once in a task, "
        'found "bus", "car", "stay".',
    ]


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (
            {"alternatives": ["car"], "outside_alternative": None, "availability": None},
            "alternatives: expected two alternatives or more",
        ),
        ({"alternatives": {"bus": 1, "car": 1, "stay": 3}}, "alternatives: expected a distinct"),
        ({"outside_alternative": "home"}, "outside_alternative: expected one of"),
        ({"attributes": {}}, "attributes: expected an attribute"),
        ({"attributes": {"price": {"bus": 1.0}}}, 'attributes.price: .* none for "car"'),
        ({"attributes": {"price": {"bus": 1.0, "car": 1.0, "cab": 1.0}}}, 'found "cab"'),
        ({"attributes": {"price": "prices_{alternative}"}}, 'price.bus: .* mean "price_bus"'),
        ({"availability": {"cab": "bus_runs"}}, 'availability: .* found "cab"'),
        (
            {"ignore": ["bus_wifi"], "attributes": {"price": "price_{alternative}"}},
            'columns: expected only columns that are used.*"car_has_wifi"',
        ),
    ],
)
def test_arguments_that_do_not_fit_the_table_are_refused(roles, said):
    with pytest.raises(InputError, match=said):
        _read(roles=roles)
