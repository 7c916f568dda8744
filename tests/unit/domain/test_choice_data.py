"""Choice data check themselves, and two that say the same have the same hash."""

from typing import Any

import numpy as np
import pytest

from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric


def _parts(**changed: Any) -> dict[str, Any]:
    """Return the parts of two respondents: ada with tasks of 2 and 3 rows, bo with one of 2."""
    parts = {
        "columns": {
            "price": Numeric(np.array([9.0, 7.0, 9.0, 8.0, np.nan, 7.0, 8.0])),
            "trim": Categorical(np.array([0, 1, 1, 0, -1, 1, 1]), ("base", "plus")),
        },
        "is_outside": np.array([False] * 4 + [True] + [False] * 2),
        "task_starts": np.array([0, 2, 5, 7]),
        "respondent_starts": np.array([0, 2, 3]),
        "chosen_rows": np.array([1, 4, 5]),
        "respondent_ids": ("ada", "bo"),
        "task_ids": Categorical(np.array([0, 1, 0]), ("1", "2")),
        "alternative_names": Categorical(np.array([0, 1, 0, 1, 2, 0, 1]), ("a", "b", "none")),
        "weights": np.array([1.0, 2.0]),
    }
    return {**parts, **changed}


def test_the_counts_follow_from_the_starts():
    data = ChoiceData(**_parts())
    assert (data.n_respondents, data.n_tasks, data.n_rows) == (2, 3, 7)
    assert data.has_outside


def test_without_weights_every_respondent_weighs_one():
    data = ChoiceData(**_parts(weights=np.ones(0)))
    np.testing.assert_array_equal(data.weights, [1.0, 1.0])


def test_tasks_without_names_are_numbered_within_their_respondent():
    parts = _parts()
    del parts["task_ids"]
    assert ChoiceData(**parts).task_ids.names() == ("1", "2", "1")


def test_alternatives_may_be_without_names():
    assert ChoiceData(**_parts(alternative_names=None)).alternative_names is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"task_starts": np.array([0, 2, 6, 7])}, "tasks of two rows or more"),
        ({"task_starts": np.array([0, 2, 5, 8])}, "must cut all rows"),
        ({"task_starts": np.array([0]), "respondent_starts": np.array([0])}, "respondent is need"),
        ({"respondent_starts": np.array([0, 3, 3])}, "each respondent needs a task"),
        ({"respondent_starts": np.array([0, 2])}, "must cut all tasks"),
        ({"chosen_rows": np.array([1, 5, 5])}, "one row of each task"),
        ({"chosen_rows": np.array([1, 4])}, "one row of each task"),
        ({"is_outside": np.array([False] * 3 + [True] * 2 + [False] * 2)}, "one outside option"),
        ({"respondent_ids": ("ada",)}, "respondent_ids needs 2 entries, got 1"),
        ({"respondent_ids": ("ada", "ada")}, "respondent_ids must be distinct"),
        ({"weights": np.array([1.0, 0.0])}, "above 0"),
        ({"weights": np.array([1.0, np.inf])}, "finite"),
        ({"task_ids": Categorical(np.array([0, 0, 0]), ("1",))}, "within a respondent"),
        ({"task_ids": Categorical(np.array([0, -1, 0]), ("1",))}, "task_ids has missing values"),
        ({"alternative_names": Categorical(np.zeros(7, dtype=int), ("a",))}, "within a task"),
        ({"columns": {"price": Numeric(np.full(7, np.nan))}}, "column price has values that"),
        ({"columns": {"price": Numeric(np.full(7, np.inf))}}, "column price has values that"),
        ({"columns": {"price": Numeric(np.zeros(6))}}, "price needs 7 entries, got 6"),
        ({"columns": {"x": Categorical(np.full(7, 2), ("a", "b"))}}, "codes without a level"),
        ({"columns": {"x": Categorical(np.full(7, -1), ("a", "b"))}}, "x has missing values"),
        ({"columns": {"x": Categorical(np.full(7, 0), ("a", "a"))}}, "x has a level twice"),
        ({"columns": {"x": Categorical(np.full(7, 0), ("a", ""))}}, "one without a name"),
        ({"respondent_ids": ("ada", "")}, "not empty"),
        ({"task_starts": np.array([0, 2, 6, 7])}, "task 3 of 3 has 1"),
        ({"about_respondents": {"age": Numeric(np.ones(3))}}, "age needs 2 entries, got 3"),
        ({"about_respondents": {"age": Numeric(np.array([1.0, np.nan]))}}, "missing"),
        ({"about_respondents": {"price": Numeric(np.ones(2))}}, "which is an attribute already"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        ChoiceData(**_parts(**changed))


def test_arrays_cannot_be_written_to():
    data = ChoiceData(**_parts())
    with pytest.raises(ValueError, match="read-only"):
        data.columns["price"].values[0] = 1.0


def test_the_hash_ignores_the_order_of_columns_and_the_width_of_integers():
    parts = _parts()
    columns = dict(reversed(parts["columns"].items()))
    starts = parts["task_starts"].astype(np.int32)
    other = ChoiceData(**_parts(columns=columns, task_starts=starts))
    assert other.content_hash == ChoiceData(**parts).content_hash


def test_the_hash_ignores_in_which_order_the_names_of_alternatives_were_listed():
    names = Categorical(np.array([2, 1, 2, 1, 0, 2, 1]), ("none", "b", "a", "unused"))
    other = ChoiceData(**_parts(alternative_names=names))
    assert other.content_hash == ChoiceData(**_parts()).content_hash


def test_the_hash_ignores_the_sign_of_zero():
    plus, minus = (ChoiceData(**_parts(columns={"x": Numeric(np.full(7, z))})) for z in (0.0, -0.0))
    assert plus.content_hash == minus.content_hash


def test_the_hash_ignores_what_attributes_hold_in_rows_of_the_outside_option():
    columns = {
        "price": Numeric(np.array([9.0, 7.0, 9.0, 8.0, 0.0, 7.0, 8.0])),
        "trim": Categorical(np.array([0, 1, 1, 0, 1, 1, 1]), ("base", "plus")),
    }
    assert ChoiceData(**_parts(columns=columns)).content_hash == ChoiceData(**_parts()).content_hash


@pytest.mark.parametrize(
    "changed",
    [
        {"respondent_ids": ("ada", "cy")},
        {"chosen_rows": np.array([0, 4, 5])},
        {"weights": np.array([1.0, 3.0])},
        {"alternative_names": None},
        {"task_ids": Categorical(np.array([0, 1, 0]), ("1", "3"))},
        {"columns": {"price": Numeric(np.arange(7.0))}},
        {"about_respondents": {"age": Numeric(np.array([30.0, 40.0]))}},
        {"columns": {"trim": Categorical(np.array([0, 1, 1, 0, -1, 1, 1]), ("plus", "base"))}},
    ],
)
def test_the_hash_tells_different_data_apart(changed):
    assert ChoiceData(**_parts(**changed)).content_hash != ChoiceData(**_parts()).content_hash


def test_respondents_taken_twice_keep_their_answers_and_get_names_of_their_own():
    about = {"age": Numeric(np.array([30.0, 40.0]))}
    data = ChoiceData(**_parts(about_respondents=about))
    taken = data.take_respondents(np.array([1, 0, 1]))
    assert taken.respondent_ids == ("bo", "ada", "bo (2)")
    np.testing.assert_array_equal(taken.respondent_starts, [0, 1, 3, 4])
    np.testing.assert_array_equal(taken.task_starts, [0, 2, 4, 7, 9])
    np.testing.assert_array_equal(taken.chosen_rows, [0, 3, 6, 7])
    np.testing.assert_array_equal(
        taken.columns["price"].values, [7.0, 8.0, 9.0, 7.0, 9.0, 8.0, np.nan, 7.0, 8.0]
    )
    np.testing.assert_array_equal(taken.weights, [2.0, 1.0, 2.0])
    np.testing.assert_array_equal(taken.about_respondents["age"].values, [40.0, 30.0, 40.0])
    assert taken.task_ids.names() == ("1", "1", "2", "1")


def test_the_name_of_one_taken_again_is_nobody_elses():
    data = ChoiceData(**_parts(respondent_ids=("bo (2)", "bo")))
    assert data.take_respondents([1, 0, 1, 1]).respondent_ids == (
        "bo",
        "bo (2)",
        "bo (3)",
        "bo (4)",
    )


def test_taking_everybody_in_order_changes_nothing():
    data = ChoiceData(**_parts())
    assert data.take_respondents([0, 1]).content_hash == data.content_hash


@pytest.mark.parametrize("indices", [[2], [-1]])
def test_respondents_who_are_not_there_cannot_be_taken(indices):
    with pytest.raises(IndexError, match=rf"expected respondents from 0 to 1, found {indices[0]}"):
        ChoiceData(**_parts()).take_respondents(indices)
