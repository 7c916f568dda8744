"""Validation: who is predicted by whom, and what is compared."""

from dataclasses import dataclass

import numpy as np
import pytest

from counterflow.choice.validation import (
    compare,
    cross_validate,
    folds_of,
    holdout_known,
    split_last_tasks,
)
from counterflow.runners.threads import ThreadRunner
from reference.conditional_logit import ConditionalLogit, ConditionalLogitResult
from strategies.markets import car_choices

FULL = ("price", "range", "fee")


@pytest.fixture(scope="module")
def data():
    return car_choices(60)


def test_everybody_is_in_one_fold_and_folds_repeat_with_their_seed():
    folds = folds_of(23, n_folds=5, seed=3)
    assert sorted(np.concatenate(folds).tolist()) == list(range(23))
    assert {len(fold) for fold in folds} == {4, 5}
    again, other = folds_of(23, n_folds=5, seed=3), folds_of(23, n_folds=5, seed=4)
    assert all(a.tolist() == b.tolist() for a, b in zip(folds, again, strict=True))
    assert folds[0].tolist() != other[0].tolist()
    with pytest.raises(ValueError, match="2 to 23 folds"):
        folds_of(23, n_folds=24, seed=1)


def test_each_fold_is_predicted_by_a_fit_to_the_others(data):
    found = cross_validate(ConditionalLogit(attributes=FULL), data, n_folds=4, seed=1)
    fold = folds_of(60, n_folds=4, seed=1)[0]
    others = data.take_respondents(np.setdiff1d(np.arange(60), fold))
    fit = ConditionalLogit(attributes=FULL).fit(others)
    assert found.folds[0].per_task == pytest.approx(fit.score(data.take_respondents(fold)))
    assert found.total.n_tasks == data.n_tasks
    assert found.is_converged
    assert "fold 4" in str(found)


def test_prediction_of_others_is_worse_than_fit(data):
    found = cross_validate(ConditionalLogit(attributes=FULL), data)
    fit = ConditionalLogit(attributes=FULL).fit(data)
    assert found.total.log_likelihood < fit.log_likelihood


def test_threads_change_nothing(data):
    model = ConditionalLogit(attributes=FULL)
    told = []
    here = cross_validate(model, data, report=lambda share, words: told.append(share))
    there = cross_validate(model, data, map_blocks=ThreadRunner(2).map)
    assert here == there
    assert told == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_the_model_that_leaves_out_what_matters_predicts_worse(data):
    models = {
        "price": ConditionalLogit(attributes=("price",)),
        "all": ConditionalLogit(attributes=FULL),
    }
    found = compare(models, data, n_folds=3)
    assert found.best == "all"
    rows = {row["model"]: row for row in found.rows()}
    assert rows["all"]["aic"] == pytest.approx(6.0 - 2.0 * found.fits["all"].log_likelihood)
    assert rows["all"]["bic"] == pytest.approx(
        3.0 * np.log(60) - 2.0 * found.fits["all"].log_likelihood
    )
    assert "out of sample per task" in str(found)


def test_the_last_tasks_of_each_person_are_set_aside(data):
    earlier, later = split_last_tasks(data, 1)
    assert earlier.respondent_ids == later.respondent_ids == data.respondent_ids
    assert (earlier.n_tasks, later.n_tasks) == (180, 60)
    assert set(later.task_ids.names()) == {"4"}
    last = data.task_starts[3]
    np.testing.assert_array_equal(
        later.columns["price"].values[:3], data.columns["price"].values[last : last + 3]
    )
    assert later.chosen_rows[0] == data.chosen_rows[3] - last
    with pytest.raises(ValueError, match="more than 4 tasks"):
        split_last_tasks(data, 4)


def test_people_with_too_few_tasks_are_left_out():
    data = car_choices(4, 1)
    with pytest.raises(ValueError, match="at most 1"):
        split_last_tasks(data)


def test_a_model_that_knows_people_is_asked_about_their_last_tasks(data):
    found, fitted = holdout_known(_Remembers(attributes=FULL), data, n_last=2)
    assert (found.n_tasks, fitted.n_tasks) == (120, 120)
    assert found.log_score == pytest.approx(np.log(1 / 3))


@dataclass(frozen=True, kw_only=True)
class _Remembers(ConditionalLogit):
    def fit(self, data, report=None, map_blocks=map):
        return _Remembered(**vars(super().fit(data)))


class _Remembered(ConditionalLogitResult):
    def probabilities_of_known(self, data, history):
        assert history.respondent_ids == data.respondent_ids
        return np.full(data.n_rows, 1 / 3)
