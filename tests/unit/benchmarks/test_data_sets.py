"""Data of benchmarks: arrays that are told apart by task and person, simulated at any size."""

import numpy as np
import pytest

from benchmarks.choice_data import choice_data
from benchmarks.choices import Choices, last_tasks, without_last_tasks
from benchmarks.data_sets import is_present, load, path_of
from benchmarks.simulated_choices import LABELS, MEANS, simulated_choices
from counterflow.choice.multinomial_logit import MultinomialLogit

SIZES = {
    "car100": (100, 1_484, 4_452, 7),
    "cars_china": (448, 6_720, 20_160, 16),
    "electricity": (361, 4_308, 17_232, 6),
    "swissmetro": (6_768, 6_768, 19_143, 4),
}
"""People, tasks, rows, columns, by the data's README and biogeme's example b05a."""


@pytest.mark.parametrize("name", SIZES)
def test_a_data_set_has_the_size_that_its_source_states(name):
    if not is_present(name):
        pytest.skip(f"{path_of(name)} is absent")
    choices = load(name)
    assert (choices.n_people, choices.n_tasks, *choices.design.shape) == SIZES[name]
    assert choices.chosen.sum() == choices.n_tasks


def test_a_smaller_survey_is_the_beginning_of_a_larger_one():
    small, large = simulated_choices(40), simulated_choices(90)
    again = large.where(large.people < 40)
    assert small.labels == again.labels == LABELS
    for one, other in zip(small[1:], again[1:], strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(small.design, simulated_choices(40, seed=2).design)


def test_simulated_people_choose_as_their_part_worths_say():
    fitted = MultinomialLogit().fit(choice_data(simulated_choices(1_000)))
    # Spread over people shrinks the coefficients of a multinomial logit, all of them alike.
    scale = fitted.coefficients @ MEANS / (MEANS @ MEANS)
    assert 0.5 < scale < 1.0
    np.testing.assert_allclose(fitted.coefficients / scale, MEANS, atol=0.25)


def test_the_last_tasks_of_everybody_are_held_out():
    # Ada has three tasks, Bo two; each of two rows.
    choices = Choices(
        labels=("price",),
        design=np.arange(10.0)[:, None],
        chosen=np.tile([True, False], 5),
        tasks=np.repeat(np.arange(5), 2),
        people=np.array([0] * 6 + [1] * 4),
    )
    shown, held_out = without_last_tasks(choices, 1), last_tasks(choices, 1)
    assert shown.design[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0, 6.0, 7.0]
    assert shown.people.tolist() == [0, 0, 0, 0, 1, 1]
    assert held_out.design[:, 0].tolist() == [4.0, 5.0, 8.0, 9.0]
    assert held_out.tasks.tolist() == [0, 0, 1, 1]
    assert without_last_tasks(choices, 0) is choices
    assert choices.people_of_tasks.tolist() == [0, 0, 0, 1, 1]


def test_choice_data_holds_the_same_choices_without_a_copy_of_the_design():
    choices = simulated_choices(3)
    data = choice_data(choices)
    assert (data.n_respondents, data.n_tasks, data.n_rows) == (3, 24, 72)
    np.testing.assert_array_equal(data.chosen_rows, np.flatnonzero(choices.chosen))
    assert np.shares_memory(data.columns["price"].values, choices.design)
