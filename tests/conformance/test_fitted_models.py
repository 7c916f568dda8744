"""What holds for every choice model, whatever its kind: the laws that answers are built on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from counterflow.choice.answers.holdout import holdout_of
from counterflow.choice.answers.predict import predict, shares
from counterflow.choice.answers.responses import diversion_ratios, elasticities
from counterflow.choice.answers.welfare import welfare_change
from counterflow.choice.constraints import Constraints
from counterflow.choice.cross_nested_logit import CrossNestedLogit
from counterflow.choice.fitted_model import FittedModel
from counterflow.choice.hierarchical_bayes import HierarchicalBayes
from counterflow.choice.inference.bootstrap import bootstrap
from counterflow.choice.inference.wald import wald_test
from counterflow.choice.latent_class import LatentClassLogit
from counterflow.choice.mixed_logit import MixedLogit
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.choice.nested_logit import NestedLogit
from counterflow.choice.validation import cross_validate, holdout_known, split_last_tasks
from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric
from counterflow.domain.errors import InputError
from counterflow.domain.utility import ScaledBy
from counterflow.formats.fitted_model import load_model, save_model
from counterflow.runners.threads import ThreadRunner
from reference.conditional_logit import ConditionalLogit
from strategies.markets import car_choices


@dataclass(frozen=True)
class Case:
    """A model that the laws are tried on."""

    name: str
    specification: Callable[[], Any]
    knows_people: bool = False
    """Whether choices of one person go together in it."""
    has_maximum: bool = True
    """Whether it is fitted by maximum likelihood, rather than by Markov chains."""
    is_ours: bool = True
    refits_quickly: bool = True
    """Whether it does so even while every array's shape is checked."""

    def __str__(self) -> str:
        return self.name


CASES = (
    Case(
        "a model of one's own",
        lambda: ConditionalLogit(attributes=("price", "range", "fee")),
        is_ours=False,
    ),
    Case("multinomial", MultinomialLogit),
    Case(
        "multinomial, with a bend and scales",
        lambda: MultinomialLogit(
            ScaledBy(
                utility={"price": "price", "fee": "fee", "range": "box_cox(range / 100, bend)"},
                group="region",
            )
        ),
        refits_quickly=False,
    ),
    Case("nested", lambda: NestedLogit(nests={"small": ("city", "sport"), "big": ("family",)})),
    Case(
        "cross-nested",
        lambda: CrossNestedLogit(
            nests={"small": ("city", "sport"), "homely": ("city", "family")},
            allocations={"city": {"small": 0.5, "homely": 0.5}},
            one_lambda_for="all",
        ),
    ),
    Case(
        "mixed",
        lambda: MixedLogit(
            random={"range": "normal", "price": "negative lognormal"}, correlated=True, n_draws=64
        ),
        knows_people=True,
    ),
    Case(
        "mixed, in willingness to pay",
        lambda: MixedLogit(
            random={"range": "normal"},
            willingness_to_pay_of="price",
            covariates={"range": ["region"]},
            n_draws=64,
        ),
        knows_people=True,
    ),
    Case(
        "latent class",
        lambda: LatentClassLogit(
            n_classes=2, shared=("price", "fee"), membership=("region",), n_starts=4, n_finished=2
        ),
        knows_people=True,
    ),
    Case(
        "hierarchical Bayes",
        lambda: HierarchicalBayes(
            signs={"price": "negative"}, n_burn_in=100, n_sweeps=300, n_draws=60, seed=1
        ),
        knows_people=True,
        has_maximum=False,
    ),
)


@pytest.fixture(scope="module")
def data() -> ChoiceData:
    return car_choices(80, 5, spread=0.008)


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request) -> Case:
    return request.param


@pytest.fixture(scope="module")
def fit(case, data):
    return case.specification().fit(data)


def _of_tasks(data, values):
    return np.add.reduceat(values, data.task_starts[:-1])


def test_a_fitted_model_keeps_to_the_protocol(case, fit, data):
    assert isinstance(fit, FittedModel)
    assert fit.status == "converged" or not case.has_maximum
    assert (fit.n_respondents, fit.n_tasks) == (data.n_respondents, data.n_tasks)
    assert fit.data_hash == data.content_hash
    assert fit.null_log_likelihood == pytest.approx(-data.n_tasks * np.log(3.0))
    assert fit.null_log_likelihood < fit.log_likelihood < 0.0
    assert len(fit.summary()) > 20
    assert len(fit.parameters.labels) == len(fit.parameters.values)


def test_probabilities_sum_to_one_in_each_task(fit, data):
    p = fit.probabilities(data)
    assert ((p > 0.0) & (p < 1.0)).all()
    np.testing.assert_allclose(_of_tasks(data, p), 1.0, rtol=1e-12)
    np.testing.assert_array_equal(p, fit.predict_proba(data))


def test_no_parameters_stand_for_the_estimate(case, fit, data):
    if case.has_maximum:
        theta = fit.parameters.values
        np.testing.assert_array_equal(fit.probabilities(data), fit.probabilities(data, theta))
        np.testing.assert_array_equal(
            fit.person_log_likelihoods(data), fit.person_log_likelihoods(data, theta)
        )


def test_the_score_is_the_mean_of_the_persons_log_likelihoods(case, fit, data):
    by_person = fit.person_log_likelihoods(data)
    assert by_person.shape == (data.n_respondents,)
    assert fit.score(data) == pytest.approx(by_person.sum() / data.n_tasks)
    if case.has_maximum:
        assert by_person.sum() == pytest.approx(fit.log_likelihood, abs=0.5)
    chosen = np.log(fit.probabilities(data)[data.chosen_rows])
    apart = np.add.reduceat(chosen, data.respondent_starts[:-1])
    if case.knows_people:
        # What is common to the choices of a person makes them likelier together than apart.
        assert by_person.sum() > apart.sum()
    else:
        np.testing.assert_allclose(by_person, apart)


def test_other_people_do_not_change_a_persons_probabilities(fit, data):
    some = data.take_respondents([7, 3])
    rows = np.concatenate([np.arange(7 * 15, 8 * 15), np.arange(3 * 15, 4 * 15)])
    np.testing.assert_allclose(fit.probabilities(some), fit.probabilities(data)[rows], rtol=1e-10)


def test_the_order_of_alternatives_does_not_matter(fit, data):
    turned = np.arange(data.n_rows).reshape(-1, 3)[:, ::-1].ravel()
    reversed_ = replace(
        data,
        columns={name: column.take(turned) for name, column in data.columns.items()},
        chosen_rows=np.argsort(turned)[data.chosen_rows],
        alternative_names=data.alternative_names.take(turned),
    )
    np.testing.assert_allclose(
        fit.probabilities(reversed_), fit.probabilities(data)[turned], rtol=1e-9
    )


def test_a_price_rise_for_all_changes_no_probability_and_costs_everybody_its_amount(fit, data):
    dearer = _with_price(data, 1.5)
    np.testing.assert_allclose(fit.probabilities(dearer), fit.probabilities(data), rtol=1e-8)
    surplus = fit.consumer_surplus(dearer, "price") - fit.consumer_surplus(data, "price")
    np.testing.assert_allclose(surplus, -1.5, rtol=1e-6)
    assert float(welfare_change(fit, data, dearer, "price", n_draws=3).mean.value) == pytest.approx(
        -1.5, rel=1e-6
    )


def test_a_slip_of_the_pen_in_the_price_is_refused_with_the_name_that_was_meant(case, fit, data):
    if not case.is_ours:
        pytest.skip("models of others refuse in words of their own")
    with pytest.raises(InputError, match='found "prize"\\. Did you mean "price"'):
        fit.consumer_surplus(data, "prize")


def test_an_extra_alternative_raises_the_logsum(fit, data):
    fewer = _without(data, "sport")
    assert fit.logsums(data).shape == (data.n_tasks,)
    assert (fit.logsums(data) > fit.logsums(fewer)).all()


def test_the_logsum_rises_with_an_attribute_by_probability_times_coefficient(fit, data):
    # McFadden (1981): the derivative of the expected maximum of utility is the probability; where
    # the coefficient of the price is the same for all, surplus falls by probability times price.
    sport = np.asarray(data.alternative_names.names()) == "sport"
    change = 1e-3 * sport
    surplus = [fit.consumer_surplus(_with_price(data, s * change), "price") for s in (1, -1)]
    slope = (surplus[0] - surplus[1]) / 2e-3
    np.testing.assert_allclose(slope, -fit.probabilities(data)[sport], rtol=1e-5)


def test_demand_falls_with_the_own_price_and_goes_to_the_others(fit, data):
    table = elasticities(fit, data, "price", n_draws=0).table.value
    own = np.eye(3, dtype=bool)
    assert (table[own] < 0.0).all()
    assert (table[~own] > 0.0).all()
    diversion = diversion_ratios(fit, data, "price", n_draws=0).table.value
    np.testing.assert_allclose(diversion.sum(axis=1), 1.0, rtol=1e-6)
    assert (diversion[~own] > 0.0).all()


def test_predictions_and_shares_have_intervals_around_them(fit, data):
    some = data.take_respondents(range(10))
    found = predict(fit, some, n_draws=20, level=0.99)
    assert (found.low <= found.high).all()
    assert np.mean((found.low <= found.probabilities) & (found.probabilities <= found.high)) > 0.8
    total = shares(fit, some, n_draws=20).shares
    np.testing.assert_allclose(total.draws.sum(axis=1), 1.0)


def test_a_saved_model_predicts_the_same_to_the_bit(case, fit, data, tmp_path):
    if not case.is_ours:
        pytest.skip("models of others are not written to our files")
    path = save_model(fit, tmp_path / "fitted.model")
    again = load_model(path)
    assert type(again) is type(fit)
    for ask in ("probabilities", "person_log_likelihoods", "logsums"):
        assert getattr(again, ask)(data).tobytes() == getattr(fit, ask)(data).tobytes(), ask
    assert again.summary() == fit.summary()
    assert again.model.get_params().keys() == fit.model.get_params().keys()
    np.testing.assert_array_equal(again.parameters.draws(5, 1), fit.parameters.draws(5, 1))
    assert save_model(again, tmp_path / "again.model").read_bytes() == path.read_bytes()


def test_a_clone_fits_the_same_bits_on_threads_and_the_original_knows_nothing_of_it(case, data):
    if not case.refits_quickly:
        pytest.skip("it takes its time")
    specification = case.specification()
    few = data.take_respondents(range(40))
    first = clone(specification).fit(few)
    second = clone(specification).fit(few, map_blocks=ThreadRunner(2).map)
    assert first.parameters.values.tobytes() == second.parameters.values.tobytes()
    with pytest.raises(AttributeError, match="not fitted"):
        specification.predict_proba(data)
    assert specification.fit(few) is specification.latest
    np.testing.assert_array_equal(specification.predict_proba(few), first.predict_proba(few))


def test_a_model_with_every_parameter_fixed_is_its_likelihood_there(case, fit, data):
    if not case.has_maximum:
        pytest.skip("nothing is fixed in a posterior")
    specification = case.specification()
    # What classes share is tied, and a parameter is tied or fixed.
    untied = {"shared": ()} if "shared" in specification.get_params() else {}
    fixed = Constraints(fixed=fit.parameters.as_dict())
    again = specification.copy(constraints=fixed, **untied).fit(data)
    assert (again.status, again.parameters.free_labels) == ("converged", ())
    np.testing.assert_array_equal(again.parameters.values, fit.parameters.values)
    # Draws that follow the posteriors lie elsewhere, as they were moved another number of times.
    assert again.log_likelihood == pytest.approx(fit.log_likelihood, abs=0.05)
    assert not again.parameters.standard_errors().any()
    assert len(again.summary()) > 20


def test_the_unit_of_an_attribute_changes_coefficients_and_nothing_else(case, fit, data):
    if not (case.has_maximum and case.refits_quickly):
        pytest.skip("chains are the same only up to their noise; others take their time")
    cents = _times_price(data, 100.0)
    other = case.specification().fit(cents)
    assert other.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-2)
    np.testing.assert_allclose(other.probabilities(cents), fit.probabilities(data), atol=1e-3)


def test_a_bootstrap_refits_and_a_fold_is_predicted(case, data):
    if not (case.has_maximum and case.refits_quickly):
        pytest.skip("a posterior has intervals of its own; others take their time")
    found = bootstrap(case.specification(), data, n_replications=2, seed=1)
    assert len(found.replications) + len(found.failures) == 2
    assert found.replications.shape[1] == len(found.labels)
    validation = cross_validate(case.specification(), data, n_folds=2)
    assert validation.total.n_tasks == data.n_tasks
    assert validation.total.log_likelihood < 0.0


def test_who_is_known_is_predicted_better_than_a_stranger(case):
    if not case.knows_people:
        pytest.skip("people are alike in this model")
    data = car_choices(60, 8, spread=0.02)
    known, fitted = holdout_known(case.specification(), data, n_last=2)
    earlier, later = split_last_tasks(data, 2)
    stranger = holdout_of(fitted.probabilities(later), later)
    assert known.log_score > stranger.log_score
    p = fitted.probabilities_of_known(later, earlier)
    np.testing.assert_allclose(_of_tasks(later, p), 1.0, rtol=1e-9)


def test_a_hypothesis_can_be_put_to_the_parameters(fit):
    label = next(label for label in fit.parameters.free_labels if "price" in label)
    found = wald_test(fit.parameters, {label: 0})
    assert found.p_value < 0.05


def _with_price(data: ChoiceData, change: Any) -> ChoiceData:
    price = Numeric(data.columns["price"].values + change)
    return replace(data, columns={**data.columns, "price": price})


def _times_price(data: ChoiceData, factor: float) -> ChoiceData:
    price = Numeric(data.columns["price"].values * factor)
    return replace(data, columns={**data.columns, "price": price})


def _without(data: ChoiceData, name: str) -> ChoiceData:
    """Return the tasks without one of three alternatives; what was chosen no longer counts."""
    kept = np.flatnonzero(np.asarray(data.alternative_names.names()) != name)
    names = data.alternative_names.take(kept)
    return replace(
        data,
        columns={label: column.take(kept) for label, column in data.columns.items()},
        is_outside=data.is_outside[kept],
        task_starts=np.arange(data.n_tasks + 1) * 2,
        chosen_rows=np.arange(data.n_tasks) * 2,
        alternative_names=Categorical(names.codes, names.levels),
    )
