"""Adaptive tasks keep the rules, depend on answers and seed alone, and teach more than chance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.domain.answered_task import AnsweredTask
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.configuration import Configuration
from counterflow.domain.design_settings import DesignSettings
from counterflow.domain.errors import InputError
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.survey.adaptive.adaptive_tasks import AdaptiveTasks
from counterflow.survey.adaptive.prior_normal import prior_normal
from counterflow.survey.design.specification import DesignSpecification
from strategies.field_interviews import asked_programme

PROGRAMME = asked_programme()
BAYESIAN = AdaptiveTasks.of_programme(PROGRAMME)
ELLIPSOIDAL = AdaptiveTasks.of_programme(PROGRAMME, method="ellipsoidal")
methods = pytest.mark.parametrize("tasks", [BAYESIAN, ELLIPSOIDAL], ids=["bayesian", "ellipsoidal"])


def _answered(tasks, choices, seed=1):
    answered = ()
    for chosen in choices:
        answered = (*answered, AnsweredTask(tasks.next_task(answered, seed), chosen))
    return answered


some_choices = st.lists(st.sampled_from([0, 1, 2, None]), max_size=7)


@methods
@settings(max_examples=15)
@given(choices=some_choices, seed=st.integers(0, 2**60))
def test_every_task_keeps_the_rules(tasks, choices, seed):
    answered = _answered(tasks, choices, seed)
    for profiles in [*(task.alternatives for task in answered), tasks.next_task(answered, seed)]:
        assert len(set(profiles)) == 3
        for profile in profiles:
            product = dict(profile)
            assert list(product) == list(PROGRAMME.attributes)
            configuration = Configuration.of({n: product[n] for n in PROGRAMME.configurable})
            assert all(rule.allows(configuration) for rule in PROGRAMME.rules)
        codes = tasks._codes(profiles)
        assert tasks.specification.task_rules.admits(codes[None]).all()


@methods
def test_the_next_task_depends_on_answers_and_seed_and_on_nothing_else(tasks):
    answered = _answered(tasks, [0, None, 2])
    first = tasks.next_task(answered, 5)
    tasks.next_task((), 9)
    again = AdaptiveTasks(tasks.specification, method=tasks.method)
    assert again.next_task(answered, 5) == first
    assert tasks.next_task(answered, 6) != first


@methods
def test_an_answer_changes_what_is_asked_next(tasks):
    first = tasks.next_task((), 3)
    after = {tasks.next_task((AnsweredTask(first, chosen),), 3) for chosen in (0, 1, 2, None)}
    assert len(after) > 1


@methods
def test_answers_draw_the_posterior_to_what_was_preferred(tasks):
    answered = _answered(tasks, [None] * 6)
    outside = tasks.specification.coding.labels.index("outside")
    before, after = tasks.posterior(()), tasks.posterior(answered)
    assert after.mean[outside] > before.mean[outside] + 0.5
    assert (np.linalg.eigvalsh(before.covariance - after.covariance) > -1e-9).all()


@methods
def test_a_level_that_may_stand_once_a_task_stands_once(tasks):
    document = PROGRAMME.model_dump(mode="json", exclude_none=True)
    document["survey"]["design"]["once_a_task"] = ["colour", "trim"]
    bound = AdaptiveTasks(
        DesignSpecification.of_programme(Programme.model_validate(document)), method=tasks.method
    )
    for task in _answered(bound, [0, 1, None]):
        for name in ("colour", "trim"):
            assert len({dict(profile)[name] for profile in task.alternatives}) == 3


def test_a_programme_without_priors_can_be_asked_about_too():
    document = PROGRAMME.model_dump(mode="json", exclude_none=True)
    del document["survey"]["simulated"]
    tasks = AdaptiveTasks.of_programme(Programme.model_validate(document))
    prior = tasks.posterior(())
    np.testing.assert_array_equal(prior.mean, 0.0)
    assert len(tasks.next_task((), 1)) == 3


def test_earlier_part_worths_are_where_it_starts():
    coding = UtilityCoding.of(PROGRAMME.attributes, has_outside=True)
    draws = np.random.default_rng(0).normal(2.0, 0.5, size=(1, 300, len(coding.labels)))
    earlier = PartWorths(
        draws=draws,
        coding=coding,
        respondent_ids=tuple(map(str, range(300))),
        weights=np.ones(300),
    )
    tasks = AdaptiveTasks.of_programme(PROGRAMME, prior=earlier)
    prior = tasks.posterior(())
    np.testing.assert_allclose(prior.mean, 2.0, atol=0.2)
    np.testing.assert_allclose(np.sqrt(np.diag(prior.covariance)), 0.5, atol=0.15)


def test_rules_that_leave_no_task_are_an_error_and_not_an_endless_search():
    document = PROGRAMME.model_dump(mode="json", exclude_none=True)
    document["survey"]["questionnaire"]["n_alternatives"] = 4
    document["survey"]["design"]["once_a_task"] = ["trim"]  # three trims, four products
    with pytest.raises(InputError):
        AdaptiveTasks.of_programme(Programme.model_validate(document))


def test_partial_profiles_are_refused():
    document = PROGRAMME.model_dump(mode="json", exclude_none=True)
    document["survey"]["design"]["n_shown"] = 3
    with pytest.raises(InputError, match="show every attribute"):
        AdaptiveTasks.of_programme(Programme.model_validate(document))


def test_a_coefficient_of_which_nothing_is_known_is_worth_a_logit_over_what_is_shown():
    rows = np.array([[0.0, 100.0], [1.0, 300.0]])
    found = prior_normal(np.zeros((1, 2)), rows)
    # Rows lie 0.5 and 100 from their means: sds of 2 and 0.01.
    np.testing.assert_allclose(found.covariance, np.diag([2.0, 0.01]))


@pytest.fixture(scope="module")
def bikes():
    """Return tasks of two bikes by motor, load and price, about which little is known."""
    beliefs = {"motor[hub]": 2.0, "motor[mid]": 2.0, "load": 0.05, "light[yes]": 2.0, "price": 2.0}
    return DesignSpecification.of(
        {
            "motor": ["none", "hub", "mid"],
            "load": [80, 120, 160],
            "light": ["no", "yes"],
            "price": [1, 2, 3, 4],
        },
        n_tasks=8,
        n_alternatives=2,
        outside_option=False,
        settings=DesignSettings.model_validate(
            {
                "priors": {label: {"mean": 0.0, "sd": sd} for label, sd in beliefs.items()},
                "avoid_dominance": False,
            }
        ),
    )


@pytest.mark.parametrize("method", ["bayesian_d", "ellipsoidal"])
def test_adaptive_tasks_recover_part_worths_better_than_random_ones(bikes, method):
    tasks = AdaptiveTasks(bikes, method=method, n_draws=32, n_candidates=48, n_starts=1)
    mean, root = tasks._prior
    random = np.random.default_rng(4)
    n, errors = 80, {"adaptive": [], "random": []}
    for person in range(n):
        z = random.normal(size=len(mean))
        noise = random.gumbel(size=(8, 2))
        for kind, found in errors.items():
            answered = ()
            for k in range(8):
                shown = (
                    tasks.next_task(answered, person)
                    if kind == "adaptive"
                    else _at_random(tasks, random)
                )
                rows = tasks._design_rows(tasks._codes(shown))
                chosen = int(np.argmax(rows @ (mean + root @ z) + noise[k]))
                answered = (*answered, AnsweredTask(shown, chosen))
            known = np.linalg.solve(root, tasks.posterior(answered).mean - mean)
            found.append(np.square(known - z).mean())
    ratio = np.mean(errors["adaptive"]) / np.mean(errors["random"])
    # Over six other groups of 50 people the ratios had a mean of 0.83 and lay below 0.98. Who is
    # asked nothing has an error of 1, the variance of the prior.
    assert ratio < 0.95
    assert np.mean(errors["adaptive"]) < 0.5


def _at_random(tasks, random):
    products = tasks.specification.products.codes
    return tuple(map(tasks._profile, products[random.choice(len(products), 2, replace=False)]))
