"""A table in long form is read as it stands, or refused with everything that is wrong with it."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from counterflow.domain.attributes import Attribute
from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric
from counterflow.domain.errors import InputError
from counterflow.domain.survey import AnswerColumn

COLUMNS: dict[str, list[Any]] = {
    "person": ["ada", "ada", "ada", "bo", "bo", "ada", "ada"],
    "task": [1, 1, 1, 1, 1, 2, 2],
    "car": ["a", "b", "none", "a", "b", "a", "none"],
    "taken": [0, 1, 0, 1, 0, 0, 1],
    "price": [9.0, 7.5, None, 9.0, 8.0, 8.5, None],
    "trim": ["plus", "base", None, "base", "plus", "plus", None],
}
ROLES: dict[str, Any] = {
    "respondent": "person",
    "task": "task",
    "alternative": "car",
    "chosen": "taken",
    "outside_alternative": "none",
    "attributes": ["price", "trim"],
}


def _read(*, roles: dict[str, Any] | None = None, **changed: list[Any]) -> ChoiceData:
    return ChoiceData.from_long({**COLUMNS, **changed}, **{**ROLES, **(roles or {})})


def _problems(**arguments: Any) -> list[str]:
    with pytest.raises(InputError) as refused:
        _read(**arguments)
    return [str(problem) for problem in refused.value.problems]


def _categorical(*levels: str | int) -> Attribute:
    raw = {"label": "any", "kind": "feature", "coding": "categorical", "levels": levels}
    return Attribute.model_validate(raw)


def _numeric(*levels: Any, continuous: bool = False, unit: str = "kEUR") -> Attribute:
    raw = {"label": "any", "kind": "feature", "coding": "linear", "unit": unit, "levels": levels}
    return Attribute.model_validate({**raw, "continuous": continuous})


def test_respondents_tasks_and_rows_come_in_order_of_first_appearance():
    data = _read()
    assert data.respondent_ids == ("ada", "bo")
    assert data.task_ids.names() == ("1", "2", "1")
    assert data.alternative_names.names() == ("a", "b", "none", "a", "none", "a", "b")
    np.testing.assert_array_equal(data.task_starts, [0, 3, 5, 7])
    np.testing.assert_array_equal(data.respondent_starts, [0, 2, 3])
    np.testing.assert_array_equal(data.chosen_rows, [1, 4, 5])
    np.testing.assert_array_equal(np.flatnonzero(data.is_outside), [2, 4])
    np.testing.assert_array_equal(data.columns["price"].values[:4], [9.0, 7.5, np.nan, 8.5])


def test_without_a_task_column_each_respondent_has_one_task():
    assert _read(roles={"task": None}, person=list("aaabbcc")).n_tasks == 3


def test_numbers_are_numbers_and_text_is_levels_in_alphabetical_order():
    columns = _read().columns
    assert isinstance(columns["price"], Numeric)
    assert columns["trim"].levels == ("base", "plus")


def test_numbers_written_as_text_are_numbers():
    texts = ["9", "7.5", "", "9.0", " 8 ", "8.5e0", ""]
    assert _read(price=texts).content_hash == _read().content_hash


@pytest.mark.parametrize(
    "trim",
    [
        pd.Categorical(COLUMNS["trim"], categories=["plus", "base", "max"], ordered=True),
        pl.Series(COLUMNS["trim"], dtype=pl.Enum(["plus", "base", "max"])),
    ],
)
def test_an_order_of_levels_that_the_table_states_is_kept(trim):
    frame = pd if isinstance(trim, pd.Categorical) else pl
    data = ChoiceData.from_long(frame.DataFrame({**COLUMNS, "trim": trim}), **ROLES)
    assert data.columns["trim"].levels == ("plus", "base", "max")
    assert data.columns["trim"].names()[:3] == ("plus", "base", "")


def test_categories_of_a_table_are_levels_though_they_look_like_numbers():
    table = pa.table(
        {**COLUMNS, "trim": pa.array(["2", "1", None, "1", "2", "2", None]).dictionary_encode()}
    )
    assert ChoiceData.from_long(table, **ROLES).columns["trim"].levels == ("1", "2")


def test_rows_that_were_not_available_are_left_out():
    offered = [1, 1, 1, 1, 1, 1, 1]
    offered[0] = 0
    data = _read(roles={"available": "offered"}, offered=offered, price=["?", *[8] * 6])
    assert data.n_rows == 6
    np.testing.assert_array_equal(data.chosen_rows, [0, 3, 4])


def test_the_attributes_of_the_outside_option_are_not_read():
    trim = ["plus", "base", "no car at all", "base", "plus", "plus", "?"]
    assert _read(trim=trim).content_hash == _read().content_hash


def test_a_column_may_say_which_rows_are_outside():
    roles = {"outside": "out", "outside_alternative": None}
    out = [0, 0, 1, 0, 0, 0, 1]
    assert _read(roles=roles, out=out).content_hash == _read().content_hash


def test_weights_belong_to_respondents():
    data = _read(roles={"weights": "w"}, w=[2, 2, 2, 0.5, 0.5, 2, 2])
    np.testing.assert_array_equal(data.weights, [2.0, 0.5])


def test_whole_numbers_of_any_length_tell_respondents_apart():
    one = 2**60
    person = [one, one, one, one + 1, one + 1, one, one]
    assert _read(person=person).respondent_ids == (str(one), str(one + 1))


def test_levels_and_their_order_are_those_of_the_attribute():
    roles = {"attributes": {"trim": _categorical("max", "plus", "base"), "price": _numeric(7, 9)}}
    columns = _read(roles=roles, price=[9, 7, "", 9, 9, 7, ""]).columns
    assert columns["trim"].levels == ("max", "plus", "base")
    np.testing.assert_array_equal(columns["price"].values[:2], [9.0, 7.0])


def test_levels_called_by_numbers_are_found_however_the_number_is_written():
    roles = {"attributes": {"trim": _categorical(1, 2)}}
    trim = ["2.0", "1", "", "1e0", "2", "2.00", ""]
    assert _read(roles=roles, trim=trim).columns["trim"].names()[:4] == ("2", "1", "", "2")


def test_a_numeric_level_may_be_called_by_its_name():
    small, large = {"name": "small", "value": 40.0}, {"name": "large", "value": 60.0}
    roles = {"attributes": {"trim": _numeric(small, large, unit="kWh")}}
    trim = ["small", "large", "", "40", "60.0", "small", ""]
    np.testing.assert_array_equal(
        _read(roles=roles, trim=trim).columns["trim"].values[[0, 1, 3]], [40.0, 60.0, 40.0]
    )


def test_a_unit_is_converted_once_and_levels_are_met_after_rounding():
    """0.1 x 3 is not 0.3 in binary; the level is."""
    roles = {
        "attributes": {"price": _numeric(0.3, 0.6)},
        "columns": {"price": AnswerColumn(column="tenths", multiply_by=0.1)},
    }
    data = _read(roles=roles, tenths=[3, 6, 0, 3, 3, 6, 0])
    assert set(data.columns["price"].values[~data.is_outside]) == {0.3, 0.6}


def test_dummies_are_gathered_into_one_attribute():
    roles = {
        "attributes": {"trim": _categorical("base", "plus", "max")},
        "columns": {"trim": AnswerColumn(dummies={"plus": "is_plus", "max": "is_max"})},
    }
    dummies = {"is_plus": [1, 0, 0, 0, 0, 1, 0], "is_max": [0, 0, 0, 0, 1, 0, 0]}
    data = _read(roles=roles, **dummies)
    assert data.columns["trim"].names() == ("plus", "base", "", "plus", "", "base", "max")


def test_several_dummies_in_one_row_are_refused_by_their_columns():
    roles = {
        "attributes": {"trim": _categorical("base", "plus", "max")},
        "columns": {"trim": AnswerColumn(dummies={"plus": "is_plus", "max": "is_max"})},
    }
    dummies = {"is_plus": [1, 0, 0, 2, 0, 1, 0], "is_max": [1, 0, 0, 0, 1, 0, 0]}
    assert _problems(roles=roles, **dummies) == [
        'source: is_plus, row 4: expected 1 where the level holds, else 0, found "2".',
        "source: is_plus, is_max, row 1: expected 1 in one of these columns at most, "
        "found several.",
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"taken": [0, 0, 0, 1, 1, 0, 1]},
            [
                "source: taken, rows 1, 2, 3, 4, 5: expected one chosen row in each task, found "
                '0 in task "1" of respondent "ada", 2 in task "1" of respondent "bo".'
            ],
        ),
        (
            {"taken": [0, 1, 0, 1, 0, "yes", 1]},
            [
                "source: taken, row 6: expected 1 in the row that was chosen, 0 in the others, "
                'found "yes".'
            ],
        ),
        (
            {"car": ["a", "a", "none", "a", "b", "a", "none"]},
            ['source: car, rows 1, 2: expected each alternative once in a task, found "a".'],
        ),
        (
            {"price": [9, "cheap", None, 9, None, float("inf"), None]},
            [
                "source: price, rows 2, 5, 6: expected a number, "
                'found "cheap", nothing, "inf". '
                "If these are names of levels, give an Attribute that lists them."
            ],
        ),
        (
            {"person": ["ada", "ada", "ada", "bo", "bo", "ada", None]},
            ["source: person, row 7: expected the name of a respondent, found nothing."],
        ),
        (
            {"trim": ["plus", "base", None, "", "plus", "plus", None]},
            ["source: trim, row 4: expected the name of a level, found nothing."],
        ),
        (
            {
                "person": ["ada", "ada", "ada", "bo", "bo", "cy", "cy"],
                "task": [1, 1, 1, 1, 2, 1, 1],
            },
            [
                'source: taken, row 5: expected one chosen row in each task, found 0 in task "2" '
                'of respondent "bo".',
                "source: task, rows 4, 5: expected two available alternatives or more in each "
                'task, found 1 in task "1" of respondent "bo", 1 in task "2" of respondent "bo". '
                "Leave out tasks without a choice: they say nothing.",
            ],
        ),
    ],
)
def test_what_is_wrong_is_said_by_column_and_row(changed, said):
    assert _problems(**changed) == said


def test_values_outside_the_levels_are_refused_with_the_level_that_was_meant():
    attributes = {
        "trim": _categorical("base", "plus"),
        "price": _numeric(7, 9, continuous=True),
        "range": _numeric(400, 500, unit="km"),
    }
    trim = ["plus", "pluss", None, "base", "Base", "plus", None]
    km = [400, 500, None, 450, 400, 500, None]
    said = _problems(
        roles={"attributes": attributes}, trim=trim, range=km, price=[9, 9.5, 0, 8, 7, 6, 0]
    )
    assert said == [
        'source: trim, rows 2, 5: expected one of "base", "plus", found "pluss", "Base". '
        'Did you mean "plus"?',
        'source: price, rows 2, 6: expected a number from 7 to 9 kEUR, found "9.5", "6".',
        'source: range, row 4: expected one of "400", "500", found "450".',
    ]


def test_unavailable_choices_and_strange_flags_are_refused():
    said = _problems(roles={"available": "offered"}, offered=[1, 0, 1, 1, 1, "no", 1])
    assert said == [
        "source: offered, row 6: expected 1 where the alternative could be chosen, else 0, "
        'found "no".',
        "source: taken, row 2: expected the choice of an alternative that was available, "
        "found one that was not.",
    ]


def test_what_describes_respondents_is_kept_as_numbers_or_levels():
    roles = {"about_respondent": ["age", "home"]}
    age, home = [30, 30, 30, "41", "41", 30, 30], [*["town"] * 3, *["land"] * 2, *["town"] * 2]
    data = _read(roles=roles, age=age, home=home)
    np.testing.assert_array_equal(data.about_respondents["age"].values, [30.0, 41.0])
    assert data.about_respondents["home"].names() == ("town", "land")
    assert data.about_respondents["home"].levels == ("land", "town")


def test_ages_that_are_not_all_numbers_are_levels():
    age = [*["65+"] * 3, *["41"] * 2, *["65+"] * 2]
    data = _read(roles={"about_respondent": ["age"]}, age=age)
    assert data.about_respondents["age"].levels == ("41", "65+")


def test_what_describes_respondents_must_not_vary_within_them_or_be_an_attribute():
    said = _problems(roles={"about_respondent": ["age"]}, age=[3, 3, 4, 3, None, 3, 3])
    assert said == [
        "source: age, row 5: expected a value, found nothing.",
        "source: age, rows 1, 2, 3, 6, 7: expected one value in all rows of a respondent, "
        'found "3", "4".',
    ]
    (said,) = _problems(roles={"about_respondent": ["price"]})
    assert 'about_respondent: expected a name that no attribute has, found "price"' in said


def test_weights_that_vary_or_are_not_positive_are_refused():
    said = _problems(roles={"weights": "w"}, w=[2, 2, 3, 0, -1, 2, 2])
    assert said == [
        'source: w, rows 4, 5: expected a weight above 0, found "0", "-1". '
        "Leave out the rows of respondents who are not to count.",
        "source: w, rows 1, 2, 3, 4, 5, 6, 7: expected one weight in all rows of a respondent, "
        'found "2", "3", "0" and others.',
    ]


def test_alternatives_outside_the_list_are_refused():
    said = _problems(roles={"alternatives": ["a", "bb"]})
    assert said == [
        'source: car, rows 2, 5: expected one of "a", "bb", "none", found "b". Did you mean "bb"?'
    ]


def test_an_outside_alternative_that_never_appears_is_refused():
    said = _problems(roles={"outside_alternative": "nothing"}, price=[9] * 7, trim=["plus"] * 7)
    assert said == [
        'source: car: expected "nothing" in some rows, as `outside_alternative` says, '
        'found only one of "a", "b", "none".'
    ]


def test_two_rows_outside_in_one_task_are_refused():
    roles = {"outside": "out", "outside_alternative": None, "alternative": None}
    assert _problems(roles=roles, out=[0, 1, 1, 0, 0, 0, 1]) == [
        "source: task, rows 2, 3: expected one outside option in a task, found several."
    ]


def test_columns_that_are_missing_or_not_expected_are_all_told():
    said = _problems(roles={"chosen": "token", "attributes": ["price", "trims"], "ignore": []})
    assert [line.split(", found ")[1] for line in said] == [
        '"token". Did you mean "taken"?',
        '"trims". Did you mean "trim"?',
        '"taken", "trim".',
    ]
    assert _read(roles={"attributes": ["price"], "ignore": ["trim"]}).n_rows == 7


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ({"attributes": []}, "attributes: expected an attribute of the alternatives, found none."),
        (
            {"attributes": ["price", "taken"]},
            "attributes.taken: expected a column of the product, known before the choice, "
            'found "taken", which says what was chosen.',
        ),
        (
            {"alternative": None},
            "outside_alternative: expected the column `alternative`, in which these names stand, "
            "found no such column.",
        ),
        (
            {"outside": "taken"},
            "outside: expected either `outside` or `outside_alternative`, found both.",
        ),
        (
            {"columns": {"prise": "price"}},
            'columns: expected one of "price", "trim", found "prise". Did you mean "price"?',
        ),
        (
            {"columns": {"trim": AnswerColumn(dummies={"plus": "trim"})}},
            "attributes.trim: expected an Attribute that names the level of rows where all "
            "dummies are 0, found a name alone.",
        ),
        (
            {
                "attributes": {"trim": _categorical("base", "plus", "max")},
                "columns": {"trim": AnswerColumn(dummies={"plus": "trim"})},
            },
            'columns.trim.dummies: expected a column for each level but the base, "base", '
            'found none for "max".',
        ),
        (
            {
                "attributes": {"trim": _categorical("base", "plus")},
                "columns": {"trim": AnswerColumn(column="trim", multiply_by=2.0)},
            },
            "columns.trim.multiply_by: expected no factor on an attribute that is not a number, "
            "found 2.",
        ),
    ],
)
def test_arguments_that_contradict_one_another_are_refused(roles, said):
    assert _problems(roles=roles) == [f"source: {said}"]


def test_a_table_without_rows_is_refused():
    assert _problems(**{name: [] for name in COLUMNS}) == [
        "source: expected rows of answers, found none. Only the header is there."
    ]


def test_dates_are_neither_numbers_nor_levels():
    dates = pa.array([18_000] * 7, pa.date32())
    with pytest.raises(InputError, match=r"trim: expected a column of numbers or text, .* Date"):
        ChoiceData.from_long(pa.table({**COLUMNS, "trim": dates}), **ROLES)


def test_only_the_first_twenty_rows_are_listed():
    n = 60
    table = {
        "person": [str(i // 2) for i in range(n)],
        "taken": [0, 1] * (n // 2),
        "price": ["x" if i < 25 else "1" for i in range(n)],
    }
    with pytest.raises(InputError) as refused:
        ChoiceData.from_long(table, respondent="person", chosen="taken", attributes=["price"])
    listed = ", ".join(str(row) for row in range(1, 21))
    assert refused.value.problems[0].key == f"price, rows {listed} and 5 more"


def test_a_single_attribute_may_be_named_without_a_list():
    assert list(_read(roles={"attributes": "price"}).columns) == ["price"]


def _pandas(**changed: Any) -> pd.DataFrame:
    return pd.DataFrame({**COLUMNS, **changed})


def _polars(name: str, dtype: Any) -> pl.DataFrame:
    return pl.DataFrame(COLUMNS).with_columns(pl.col(name).cast(dtype))


@pytest.mark.parametrize(
    "source",
    [
        _pandas().convert_dtypes(),
        _pandas().convert_dtypes(dtype_backend="pyarrow"),
        _pandas().astype(object).where(_pandas().notna(), pd.NA),
        _pandas().set_index(pd.Index([5, 5, 6, 7, 8, 9, 10])),
        _pandas(taken=np.array(COLUMNS["taken"], dtype=bool)),
        _pandas(person=pd.Categorical(COLUMNS["person"], categories=["zoe", "bo", "ada"])),
        _polars("trim", pl.Categorical),
        _polars("price", pl.Decimal(10, 3)),
        _polars("price", pl.Float32),
        _polars("task", pl.UInt8),
        {name: np.array(cells, dtype=object) for name, cells in COLUMNS.items()},
        {name: pl.Series(cells) for name, cells in COLUMNS.items()},
    ],
    ids=[
        *("pandas nullable", "pandas arrow", "pandas NA", "pandas index", "booleans"),
        *("categories in another order", "polars categories", "decimals", "float32", "uint8"),
        *("objects", "series"),
    ],
)
def test_the_types_of_columns_do_not_matter(source):
    assert ChoiceData.from_long(source, **ROLES).content_hash == _read().content_hash


def test_numbers_too_large_for_a_float_are_refused():
    assert (
        'price, rows 1, 2, 4, 5, 6: expected a number, found "1e999"'
        in _problems(price=["1e999"] * 7)[0]
    )


def test_long_cells_are_shortened_in_messages():
    assert f'found "{"x" * 37}...".' in _problems(price=[9, "x" * 50, *[9] * 5])[0]


def test_data_do_not_change_with_the_dataframe_that_they_were_read_from():
    frame = pd.DataFrame({"who": [1, 1], "price": [9.0, 7.0], "taken": [0, 1]})
    data = ChoiceData.from_long(frame, respondent="who", chosen="taken", attributes=["price"])
    frame.loc[:, "price"] = 0.0
    np.testing.assert_array_equal(data.columns["price"].values, [9.0, 7.0])


def test_levels_are_kept_in_few_bytes():
    column = _read().columns["trim"]
    assert isinstance(column, Categorical)
    assert column.codes.dtype == np.int8
