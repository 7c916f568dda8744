"""The likelihood test: random responders are caught at the stated level, honest ones pass."""

import numpy as np
import pytest

from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.domain.coding import LinearTerm, UtilityCoding
from counterflow.survey.quality.random_answers import likelihood_test

UTILITY = UtilityCoding((LinearTerm("a"), LinearTerm("b"), LinearTerm("c")))


def _tasks(n, n_tasks=8, size=3, n_versions=10, seed=0):
    """Return what n people see: attributes by respondent, task and alternative."""
    shown = np.random.default_rng(seed).normal(size=(n_versions, n_tasks, size, 3))
    return shown[np.arange(n) % n_versions]


def _data(shown, chosen):
    n, t, j, _ = shown.shape
    return ChoiceData(
        columns={name: Numeric(shown[..., k].ravel()) for k, name in enumerate("abc")},
        is_outside=np.zeros(n * t * j, dtype=bool),
        task_starts=np.arange(0, n * t * j + 1, j),
        respondent_starts=np.arange(0, n * t + 1, t),
        chosen_rows=np.arange(0, n * t * j, j) + chosen.ravel(),
        respondent_ids=tuple(map(str, range(n))),
    )


def _people(n, seed):
    return np.array([2.0, -1.5, 0.0]) + np.random.default_rng(seed).normal(size=(n, 3))


def _answers(shown, people, seed, n_random=0):
    random = np.random.default_rng(seed)
    utilities = np.einsum("ntjk,nk->ntj", shown, people) + random.gumbel(size=shown.shape[:3])
    chosen = utilities.argmax(axis=2)
    chosen[:n_random] = random.integers(shown.shape[2], size=chosen[:n_random].shape)
    return _data(shown, chosen)


def _tested(data, level=0.05, **options):
    return likelihood_test(data, UTILITY, _people(512, 99), level=level, seed=3, **options)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
def test_the_stated_share_of_random_responders_is_let_through(level):
    shown = _tasks(4000)
    found = _tested(_answers(shown, _people(4000, 1), 2, n_random=4000), level=level)
    passed = 1.0 - found.is_flagged.mean()
    # Three standard errors of a share of 4,000, and of the 999 simulated for each set of tasks.
    slack = 3.0 * np.sqrt(level * (1.0 - level) * (1 / 4000 + 1 / (10 * 999)))
    assert passed == pytest.approx(level, abs=slack)


def test_honest_respondents_pass_as_often_as_the_test_says():
    shown = _tasks(3000)
    found = _tested(_answers(shown, _people(3000, 1), 2))
    # What the test says comes from 256 people: three standard errors of a share of 0.1 are 0.056.
    assert found.is_flagged.mean() == pytest.approx(found.honest_flagged, abs=0.056)
    assert found.is_flagged.mean() < 0.16
    assert found.share_random < 0.02
    assert (found.probability > 0.5).mean() < 0.01


def test_the_share_of_random_responders_is_found():
    shown = _tasks(3000)
    found = _tested(_answers(shown, _people(3000, 1), 2, n_random=600))
    assert found.share_random == pytest.approx(0.2, abs=0.03)
    assert (found.probability[:600] > 0.5).mean() > 0.8
    assert (found.probability[600:] > 0.5).mean() < 0.05
    assert found.as_dict()["n_flagged"] == found.is_flagged.sum()


def test_all_ways_to_answer_few_tasks_are_gone_through():
    # Two tasks of two: four ways, each with probability a quarter; p-values are quarters.
    shown = _tasks(40, n_tasks=2, size=2)
    found = _tested(_answers(shown, _people(40, 1), 2))
    np.testing.assert_allclose(found.p_values * 4, np.round(found.p_values * 4))
    assert found.p_values.min() >= 0.25


def test_p_values_of_all_ways_to_answer_are_their_ranks():
    # One person sees the same two tasks in each of the four ways to answer them.
    shown = np.repeat(_tasks(1, n_tasks=2, size=2), 4, axis=0)
    ways = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    found = _tested(_data(shown, ways))
    assert sorted(found.p_values.tolist()) == [0.25, 0.5, 0.75, 1.0]


def test_neither_the_order_of_tasks_nor_of_alternatives_changes_a_verdict():
    shown = _tasks(30, n_tasks=3)
    data = _answers(shown, _people(30, 1), 2)
    chosen = np.asarray(data.chosen_rows).reshape(30, 3) % 3
    turned = _data(shown[:, ::-1, ::-1], 2 - chosen[:, ::-1])
    np.testing.assert_allclose(_tested(turned).p_values, _tested(data).p_values)


def test_a_verdict_does_not_depend_on_who_else_answered():
    data = _answers(_tasks(60), _people(60, 1), 2)
    alone = data.take_respondents([7, 31])
    np.testing.assert_array_equal(_tested(alone).p_values, _tested(data).p_values[[7, 31]])


def test_the_same_seed_gives_the_same_verdicts():
    data = _answers(_tasks(60), _people(60, 1), 2)
    np.testing.assert_array_equal(_tested(data).p_values, _tested(data).p_values)
    other = likelihood_test(data, UTILITY, _people(512, 99), level=0.05, seed=4)
    assert (other.p_values != _tested(data).p_values).any()


def test_people_of_different_length_of_interview_are_judged_each_by_their_own():
    data = _answers(_tasks(20), _people(20, 1), 2)
    first = data.take_respondents(range(10))
    short = _answers(_tasks(10, n_tasks=3), _people(10, 1), 2)
    both = _joined(first, short)
    np.testing.assert_array_equal(_tested(both).p_values[:10], _tested(first).p_values)


def _joined(one, other):
    offset, tasks = one.n_rows, one.n_tasks
    return ChoiceData(
        columns={
            name: Numeric(np.concatenate([one.columns[name].values, other.columns[name].values]))
            for name in one.columns
        },
        is_outside=np.concatenate([one.is_outside, other.is_outside]),
        task_starts=np.concatenate([one.task_starts, other.task_starts[1:] + offset]),
        respondent_starts=np.concatenate(
            [one.respondent_starts, other.respondent_starts[1:] + tasks]
        ),
        chosen_rows=np.concatenate([one.chosen_rows, other.chosen_rows + offset]),
        respondent_ids=(*one.respondent_ids, *(f"short {name}" for name in other.respondent_ids)),
    )
