"""The latent class logit recovers what was simulated, and says what it cannot find."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone

from counterflow.choice.constraints import Constraints
from counterflow.choice.latent_class import LatentClassLogit
from counterflow.choice.latent_class_count import choose_n_classes
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_data import Categorical, ChoiceData
from counterflow.domain.errors import InputError, LabelMismatchError
from counterflow.runners.threads import ThreadRunner
from strategies.latent_classes import LABELS, two_kinds


@pytest.fixture(scope="module")
def made():
    return two_kinds(1, income_matters=1.5)


@pytest.fixture(scope="module")
def fit(made):
    return LatentClassLogit(membership=("income",)).fit(made.data)


def test_one_class_is_the_multinomial_logit(made):
    one = LatentClassLogit(n_classes=1, use_weights=True).fit(made.data)
    logit = MultinomialLogit(use_weights=True).fit(made.data)
    assert one.status == "converged"
    assert one.log_likelihood == pytest.approx(logit.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(one.probabilities(made.data), logit.probabilities(made.data))
    for kind in ("classical", "clustered"):
        np.testing.assert_allclose(
            one.of_class(1).standard_errors(kind), logit.standard_errors(kind), rtol=1e-5
        )


def test_two_kinds_of_people_are_found_with_who_they_are(made, fit):
    assert fit.status == "converged"
    assert fit.class_shares[0] > fit.class_shares[1]
    for number, true in enumerate(made.coefficients, start=1):
        estimates = fit.of_class(number)
        z = (estimates.values - true) / estimates.standard_errors()
        assert np.abs(z).max() < 3.5
    assert fit.parameters["member 2: income"] == pytest.approx(1.5, abs=0.7)
    memberships = fit.memberships(made.data)
    np.testing.assert_allclose(memberships.sum(axis=1), 1.0)
    assert np.mean((memberships[:, 1] > 0.5) == made.is_second) > 0.9
    assert fit.class_shares.sum() == pytest.approx(1.0)
    assert 0.5 < fit.entropy_r2 < 1.0


def test_income_tells_the_class_of_people_whose_choices_are_unknown(made, fit):
    shares = fit.shares_of(made.data)[:, 1]
    income = made.data.about_respondents["income"].values
    assert np.corrcoef(shares, made.is_second)[0, 1] > 0.4
    assert (np.diff(shares[np.argsort(income)]) > 0.0).all()


def test_errors_of_class_shares_are_those_of_the_logit_of_membership(made):
    found = LatentClassLogit().fit(made.data)
    share = found.class_shares[1]
    # share = 1 / (1 + exp(-g)): d share / dg = share (1 - share).
    error = found.parameters.standard_errors()[-1] * share * (1.0 - share)
    np.testing.assert_allclose(found.class_share_standard_errors(), [error, error], rtol=1e-9)


def test_the_answer_is_the_same_to_the_bit_on_any_number_of_threads(made, fit):
    model = LatentClassLogit(membership=("income",))
    threaded = model.fit(made.data, map_blocks=ThreadRunner(3).map)
    np.testing.assert_array_equal(threaded.parameters.values, fit.parameters.values)
    assert threaded.log_likelihood == fit.log_likelihood


def test_the_best_maximum_does_not_depend_on_the_starts(made, fit):
    other = LatentClassLogit(membership=("income",), seed=9, n_starts=6, n_finished=2)
    again = other.fit(made.data)
    np.testing.assert_allclose(again.parameters.values, fit.parameters.values, rtol=1e-5)
    assert (again.search.n_starts, len(again.search.maxima)) == (6, 2)


def test_the_order_of_respondents_does_not_matter(made, fit):
    backwards = made.data.take_respondents(np.arange(made.data.n_respondents)[::-1])
    again = LatentClassLogit(membership=("income",)).fit(backwards)
    np.testing.assert_allclose(again.parameters.values, fit.parameters.values, rtol=1e-5)
    np.testing.assert_allclose(again.memberships(made.data), fit.memberships(made.data), atol=1e-6)


def test_a_weight_of_two_is_a_respondent_twice():
    data = two_kinds(3, n_persons=60).data
    counts = np.where(np.arange(60) % 3 == 0, 2, 1)
    weighted = replace(data, weights=counts.astype(float))
    repeated = data.take_respondents(np.repeat(np.arange(60), counts))
    once = LatentClassLogit(use_weights=True, n_starts=5).fit(weighted)
    twice = LatentClassLogit(n_starts=5).fit(repeated)
    assert once.log_likelihood == pytest.approx(twice.log_likelihood, rel=1e-9)
    np.testing.assert_allclose(once.parameters.values, twice.parameters.values, rtol=1e-4)
    np.testing.assert_allclose(once.class_shares, twice.class_shares, rtol=1e-5)


def test_only_relative_weights_matter():
    data = two_kinds(3, n_persons=60).data
    model = LatentClassLogit(use_weights=True, n_starts=4, n_finished=2)
    ours, theirs = (model.fit(replace(data, weights=w * data.weights)) for w in (1.0, 4096.0))
    np.testing.assert_allclose(theirs.parameters.values, ours.parameters.values, rtol=1e-5)
    np.testing.assert_allclose(theirs.search.maxima, 4096.0 * ours.search.maxima, rtol=1e-8)


def test_units_of_attributes_only_rescale_coefficients(made):
    metres = two_kinds(1, income_matters=1.5).data
    columns = {**metres.columns, "range": replace(metres.columns["range"])}
    columns["range"] = type(columns["range"])(1000.0 * columns["range"].values)
    ours = LatentClassLogit(n_starts=5).fit(made.data)
    theirs = LatentClassLogit(n_starts=5).fit(replace(metres, columns=columns))
    assert theirs.log_likelihood == pytest.approx(ours.log_likelihood, rel=1e-10)
    np.testing.assert_allclose(theirs.coefficients * [1000.0, 1.0], ours.coefficients, rtol=1e-5)


def test_shared_coefficients_are_one_parameter(made):
    found = LatentClassLogit(shared=("price",), n_starts=5).fit(made.data)
    assert found.coefficients[0, 1] == found.coefficients[1, 1]
    assert found.parameters.n_free == 4
    assert found.of_class(2).free_labels == LABELS


def test_a_bound_on_a_coefficient_holds_in_every_class(made):
    bounded = Constraints(upper={"price": -1.0})
    found = LatentClassLogit(constraints=bounded, n_starts=5).fit(made.data)
    assert (found.coefficients[:, 1] <= -1.0).all()
    assert found.parameters.at_bound == ("class 2: price",)
    assert found.status == "converged"
    assert found.of_class(2).at_bound == ("price",)


def test_constraints_on_one_class_keep_the_order_of_classes(made):
    # The smaller class is put first.
    constraints = Constraints(lower={"class 1: range": 1.0}, upper={"class 2: range": 1.0})
    found = LatentClassLogit(constraints=constraints, n_starts=8).fit(made.data)
    assert found.class_shares[0] < found.class_shares[1]


def test_a_start_is_followed_and_keeps_the_order_of_classes(made, fit):
    order = fit.layout.reordered(fit.parameters.values, np.array([1, 0]))
    start = dict(zip(fit.parameters.labels, order, strict=True))
    again = LatentClassLogit(membership=("income",), start=start).fit(made.data)
    np.testing.assert_allclose(again.class_shares, fit.class_shares[::-1], rtol=1e-6)
    with pytest.raises(InputError, match="start: expected a value for each of class 1: range"):
        LatentClassLogit(start={"class 1: range": 0.0}).fit(made.data)


def test_a_class_that_never_errs_is_named():
    data = two_kinds(2, n_persons=120, never_errs=True).data
    found = LatentClassLogit(n_starts=8).fit(data)
    assert found.status == "separated"
    assert found.message.startswith("class 2 (about ")
    assert "always chooses by +1.00 range" in found.message
    assert found.message in found.summary()
    bounded = LatentClassLogit(n_starts=8, constraints=Constraints(upper={"range": 8.0}))
    assert bounded.fit(data).status == "converged"


def test_a_trait_that_tells_the_class_for_sure_is_named():
    made = two_kinds(1, n_persons=100, n_tasks=20)
    kind = Categorical(made.is_second.astype(int), ("frugal", "far"))
    data = replace(made.data, about_respondents={"kind": kind})
    found = LatentClassLogit(membership=("kind",), n_starts=3, n_finished=1).fit(data)
    assert found.status == "separated"
    assert found.message.startswith("who belongs to class 2 is told for sure by")
    assert "kind[far]" in found.message


def test_nothing_is_drawn_from_errors_that_are_not_known(made, fit):
    unknown = np.full_like(fit.parameters.covariance(), np.nan)
    lost = replace(
        fit,
        status="separated",
        message="class 1 never errs",
        parameters=fit.parameters.with_covariance("clustered", unknown),
    )
    with pytest.raises(ValueError, match="found one that is separated: class 1 never errs"):
        lost.part_worths(made.data, 3, seed=1)


def test_more_classes_than_there_are_kinds_are_told():
    alike = two_kinds(0, n_persons=80, n_tasks=6, share_of_second=1e-9).data
    found = LatentClassLogit(n_classes=3, n_starts=4, n_finished=2).fit(alike)
    assert found.status == "not_identified"
    assert found.message.startswith("classes 1 and 2 have the same coefficients")


def test_a_class_for_nobody_is_told():
    found = LatentClassLogit(n_classes=6, n_starts=4, n_finished=1).fit(
        two_kinds(1, n_persons=5).data
    )
    assert found.status == "empty_class"
    assert "Ask for 5." in found.message


def test_a_search_that_was_cut_short_says_so(made):
    model = LatentClassLogit(n_starts=3, n_finished=1, max_iterations=1, tolerance=0.0)
    found = model.fit(made.data)
    assert found.status == "iteration_limit"
    assert "standard errors from the maximum" in found.message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_classes": 0}, "n_classes: expected a whole number, 1 or more, found 0"),
        ({"n_starts": 0}, "n_starts: expected a whole number, 1 or more, found 0"),
        ({"shared": ("speed",)}, "shared: expected labels of coefficients .range, price., found"),
        ({"membership": ("age",)}, "expected a column about respondents .income, town., found age"),
        ({"membership": ("income", "income")}, "found income, told by constant, income"),
        ({"constraints": Constraints(fixed={"class 3: price": 0.0})}, "found class 3: price"),
    ],
)
def test_wrong_options_are_named(made, options, message):
    with pytest.raises(InputError, match=message):
        LatentClassLogit(**options).fit(made.data)


def test_people_without_the_traits_of_the_model_are_refused(made, fit):
    with pytest.raises(InputError, match="expected a column about respondents"):
        fit.probabilities(replace(made.data, about_respondents={}))
    town = LatentClassLogit(membership=("town",), n_starts=2, n_finished=1).fit(made.data)
    levels = replace(made.data.about_respondents["town"], levels=("small", "vast"))
    with pytest.raises(LabelMismatchError, match=r"town\[large\]"):
        town.probabilities(replace(made.data, about_respondents={"town": levels}))


def test_probabilities_are_shares_of_each_task(made, fit):
    for found in (
        fit.probabilities(made.data),
        fit.probabilities_of_known(made.data, made.data),
        fit.predict_proba(made.data),
    ):
        by_task = np.add.reduceat(found, made.data.task_starts[:-1])
        np.testing.assert_allclose(by_task, 1.0)
    assert fit.score(made.data) == pytest.approx(fit.log_likelihood / made.data.n_tasks)


def test_whoever_is_known_is_predicted_better(made, fit):
    tasks = made.data.chosen_rows
    of_known = np.log(fit.probabilities_of_known(made.data, made.data)[tasks]).sum()
    of_others = np.log(fit.probabilities(made.data)[tasks]).sum()
    assert of_known > of_others + 50.0
    nobody = made.data.take_respondents([0])
    strangers = ChoiceData(**{**vars(nobody), "respondent_ids": ("stranger",)})
    np.testing.assert_array_equal(
        fit.probabilities_of_known(made.data, strangers), fit.probabilities(made.data)
    )


def test_the_logsum_rises_with_every_utility_and_surplus_is_money(made, fit):
    dearer = dict(made.data.columns)
    dearer["price"] = replace(dearer["price"], values=dearer["price"].values + 0.1)
    raised = replace(made.data, columns=dearer)
    assert (fit.logsums(raised) < fit.logsums(made.data)).all()
    # All prices 0.1 higher: everybody is 0.1 worse off, whatever the class.
    change = fit.consumer_surplus(raised, "price") - fit.consumer_surplus(made.data, "price")
    np.testing.assert_allclose(change, -0.1, rtol=1e-9)


def test_classes_that_are_given_the_same_coefficients_are_not_told_apart(made):
    same = Constraints(fixed=dict.fromkeys(made.data.columns, -0.1))
    fit = LatentClassLogit(n_classes=2, n_starts=2, constraints=same).fit(made.data)
    assert fit.status == "not_identified"
    assert "same coefficients" in fit.message


def test_surplus_is_refused_where_a_price_does_not_deter(made, fit):
    theta = fit.parameters.values.copy()
    theta[fit.parameters.position("class 2: price")] = 0.2
    with pytest.raises(InputError, match=r"found 0\.2 in class 2"):
        fit.consumer_surplus(made.data, "price", theta)
    with pytest.raises(InputError, match='found "speed"'):
        fit.consumer_surplus(made.data, "speed")


def test_scores_of_persons_are_derivatives_of_their_likelihoods(made, fit):
    theta, step = fit.parameters.values, 1e-6
    scores = fit.person_scores(made.data).scores
    for p, unit in enumerate(np.eye(len(theta))):
        ahead, behind = (
            fit.person_log_likelihoods(made.data, theta + sign * step * unit) for sign in (1, -1)
        )
        np.testing.assert_allclose(scores[:, p], (ahead - behind) / (2.0 * step), atol=1e-5)


def test_individual_part_worths_lie_between_the_classes(made, fit):
    people = fit.individual(made.data, n_draws=400, seed=3)
    low, high = fit.coefficients.min(axis=0), fit.coefficients.max(axis=0)
    assert ((people.mean >= low - 1e-12) & (people.mean <= high + 1e-12)).all()
    np.testing.assert_allclose(people.memberships @ fit.coefficients, people.mean)
    np.testing.assert_allclose(people.draws.mean(axis=0), people.mean, atol=0.35)
    np.testing.assert_allclose(people.draws.std(axis=0), people.sd, atol=0.35)
    assert people.labels == LABELS


def test_draws_of_part_worths_carry_both_uncertainties(made, fit):
    worths = fit.part_worths(made.data, n_draws=100, seed=4)
    assert worths.draws.shape == (100, 300, 2)
    assert worths.labels == LABELS
    people = fit.individual(made.data)
    np.testing.assert_allclose(worths.draws.mean(axis=0), people.mean, atol=0.6)
    # Of somebody whose class is certain, what is left is the error of the estimate.
    sure = int(np.argmax(people.memberships[:, 0]))
    spread = worths.draws[:, sure].std(axis=0)
    np.testing.assert_allclose(spread, fit.of_class(1).standard_errors(), rtol=0.35)
    again = fit.part_worths(made.data, n_draws=100, seed=4, map_blocks=ThreadRunner(2).map)
    np.testing.assert_array_equal(again.draws, worths.draws)


def test_the_table_of_means_over_people_has_the_mean_of_classes(made, fit):
    table = fit.coefficient_table()
    mean = fit.class_shares @ fit.coefficients
    assert [row.mean for row in table] == pytest.approx(mean.tolist())
    assert all(row.low < row.mean < row.high and row.sd_over_people > 0.0 for row in table)


def test_bic_and_people_left_out_choose_the_number_of_classes_that_was_simulated():
    data = two_kinds(7, n_persons=150).data
    model = LatentClassLogit(n_starts=6, n_finished=2)
    found = choose_n_classes(data, (1, 2, 3), model, n_folds=4)
    assert found.best().n_classes == 2
    assert found.best("caic").n_classes == 2
    assert found.best("holdout_log_likelihood").n_classes == 2
    one, two, three = found.counts
    assert one.log_likelihood < two.log_likelihood < three.log_likelihood
    assert (one.n_parameters, two.n_parameters, three.n_parameters) == (2, 5, 8)
    assert one.bic == pytest.approx(-2.0 * one.log_likelihood + 2.0 * np.log(150))
    assert two.caic == pytest.approx(two.bic + 5.0)
    assert "left out" in found.summary()


def test_what_was_not_asked_for_cannot_choose():
    data = two_kinds(7, n_persons=40).data
    model = LatentClassLogit(n_starts=2, n_finished=1)
    found = choose_n_classes(data, (1,), model, n_folds=0)
    assert np.isnan(found.counts[0].holdout_log_likelihood)
    with pytest.raises(ValueError, match="expected a holdout_log_likelihood"):
        found.best("holdout_log_likelihood")
    with pytest.raises(InputError, match="n_folds: expected 0, or 2 to 40 parts"):
        choose_n_classes(data, (1,), model, n_folds=41)


def test_scikit_learn_clones_the_specification(made):
    model = LatentClassLogit(n_classes=3, shared=["price"], n_starts=2)
    assert clone(model).get_params() == model.get_params()
    small = made.data.take_respondents(np.arange(50))
    model.set_params(n_classes=1).fit(small)
    assert model.score(small) == pytest.approx(model.latest.log_likelihood / small.n_tasks)
