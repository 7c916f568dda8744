"""Numbers that respondents gave of themselves stay theirs, whatever carries them."""

from dataclasses import replace

import numpy as np
import pytest

from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.domain.own_numbers import OwnNumbers
from counterflow.formats.choice_data import read_choice_data, write_choice_data
from counterflow.formats.part_worths import read_part_worths, write_part_worths
from strategies.rented_bikes import QUESTION, riders

TABLE = {
    "who": ["ada", "ada", "bo", "bo"],
    "took": [1, 0, 0, 1],
    "price": [9.0, 7.0, 9.0, 8.0],
    "age": [30, 30, 40, 40],
}


def _data() -> ChoiceData:
    data = ChoiceData.from_long(
        TABLE, respondent="who", chosen="took", attributes=["price"], about_respondent=["age"]
    )
    return replace(data, partly_known={QUESTION: Numeric(np.array([np.nan, 2400.0]))})


def test_all_numbers_of_choice_data_are_known_with_and_without_gaps():
    own = OwnNumbers.of_data(_data())
    np.testing.assert_array_equal(own.of(["bo", "ada"], "age"), [40.0, 30.0])
    np.testing.assert_array_equal(own.of(["bo", "ada"], QUESTION), [2400.0, np.nan])


def test_who_was_not_asked_and_what_was_not_asked_have_no_number():
    own = OwnNumbers.of_data(_data())
    np.testing.assert_array_equal(own.of(["cy"], "age"), [np.nan])
    np.testing.assert_array_equal(own.of(["ada"], "income"), [np.nan])


def test_numbers_follow_their_respondents():
    taken = _data().take_respondents([1, 0])
    np.testing.assert_array_equal(taken.partly_known[QUESTION].values, [2400.0, np.nan])


def test_numbers_with_gaps_are_part_of_what_identifies_the_answers():
    data = _data()
    other = replace(data, partly_known={QUESTION: Numeric(np.array([1.0, 2400.0]))})
    without = replace(data, partly_known={})
    assert len({x.content_hash for x in (data, other, without)}) == 3


def test_a_number_is_known_of_all_or_of_some():
    with pytest.raises(ValueError, match="partly_known has age, which is known of all already"):
        replace(_data(), partly_known={"age": Numeric(np.array([np.nan, 1.0]))})


def test_choice_data_are_read_back_with_their_gaps(tmp_path):
    data = _data()
    write_choice_data(data, tmp_path / "answers.parquet")
    read = read_choice_data(tmp_path / "answers.parquet")
    assert read.content_hash == data.content_hash
    np.testing.assert_array_equal(read.partly_known[QUESTION].values, [np.nan, 2400.0])


def test_part_worths_are_read_back_with_what_people_said(tmp_path):
    part_worths = riders({"ada": 1200.0, "bo": None})
    write_part_worths(part_worths, tmp_path / "part_worths.parquet")
    read = read_part_worths(tmp_path / "part_worths.parquet")
    assert read.own_numbers.respondent_ids == ("ada", "bo")
    np.testing.assert_array_equal(read.own_numbers.weights, part_worths.weights)
    np.testing.assert_array_equal(read.own_numbers.answers[QUESTION], [1200.0, np.nan])


def test_part_worths_without_numbers_do_not_speak_of_them(tmp_path):
    part_worths = replace(riders({"ada": 1.0}), own_numbers=OwnNumbers())
    write_part_worths(part_worths, tmp_path / "part_worths.parquet")
    assert b"own_numbers" not in (tmp_path / "part_worths.parquet").read_bytes()
    assert read_part_worths(tmp_path / "part_worths.parquet").own_numbers.answers == {}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"respondent_ids": ("ada", "ada")}, "expected 2 distinct respondents"),
        ({"weights": np.array([1.0, 0.0])}, "above 0"),
        ({"answers": {QUESTION: np.array([1.0, np.inf])}}, "2 numbers, finite or NaN"),
    ],
)
def test_numbers_that_fit_nobody_are_refused(wrong, message):
    fitting = {"respondent_ids": ("ada", "bo"), "weights": np.ones(2), "answers": {}}
    with pytest.raises(ValueError, match=message):
        OwnNumbers(**{**fitting, **wrong})
