"""Where data or wishes are extreme, the multinomial logit is right or says why it cannot be."""

from collections.abc import Mapping

import numpy as np
import pytest
from sklearn.base import clone

from counterflow.choice.constraints import Constraints
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.domain.errors import InputError, NotIdentifiedError
from counterflow.domain.utility import ScaledBy

TRUE = {"price": -1.0, "range": 0.5}


def survey(
    n_respondents: int = 300,
    n_tasks: int = 4,
    n_alternatives: int = 3,
    *,
    more: Mapping[str, np.ndarray] | None = None,
    money: float = 1.0,
    group_scale: float = 1.0,
) -> ChoiceData:
    """Return simulated choices; `money` is what one unit of the price is called."""
    random = np.random.default_rng(1)
    n_rows = n_respondents * n_tasks * n_alternatives
    price, reach = random.uniform(3.0, 7.0, n_rows), random.normal(size=n_rows)
    group = np.arange(n_respondents) % 2
    scale = np.repeat(np.where(group == 1, group_scale, 1.0), n_tasks * n_alternatives)
    utility = scale * (TRUE["price"] * price + TRUE["range"] * reach)
    utility += random.gumbel(size=n_rows)
    starts = np.arange(n_respondents * n_tasks + 1) * n_alternatives
    columns = {"price": price * money, "range": reach, **(more or {})}
    return ChoiceData(
        columns={name: Numeric(values) for name, values in columns.items()},
        is_outside=np.zeros(n_rows, dtype=bool),
        task_starts=starts,
        respondent_starts=np.arange(n_respondents + 1) * n_tasks,
        chosen_rows=utility.reshape(-1, n_alternatives).argmax(axis=1) + starts[:-1],
        respondent_ids=tuple(map(str, range(n_respondents))),
        about_respondents={"group": Numeric(group.astype(float))},
    )


@pytest.mark.parametrize(
    "model",
    [
        MultinomialLogit(),
        MultinomialLogit("price + range", constraints=Constraints(upper={"price": 0.0})),
        MultinomialLogit({"price": "box_cox(price)", "range": "range"}),
        MultinomialLogit(ScaledBy(utility="price + range", group="group")),
    ],
    ids=["plain", "bounded", "bent", "scaled"],
)
def test_a_price_in_raw_currency_units_gives_the_same_model(model):
    small, large = model.fit(survey(100)), model.fit(survey(100, money=1e9))
    assert small.status == large.status == "converged"
    assert large.log_likelihood == pytest.approx(small.log_likelihood, abs=1e-8)
    same = [i for i, label in enumerate(small.labels) if label != "price"]
    np.testing.assert_allclose(large.coefficients[same], small.coefficients[same], rtol=1e-5)
    errors = [fit.standard_errors("classical")[same] for fit in (small, large)]
    np.testing.assert_allclose(*errors, rtol=1e-3)


def test_an_exponent_is_found_in_few_steps_whatever_the_unit():
    fits = [
        MultinomialLogit({"price": "box_cox(price)", "range": "range"}).fit(survey(money=money))
        for money in (0.1, 1.0, 1e6)
    ]
    assert max(fit.n_iterations for fit in fits) < 10
    exponents = [fit.parameters["lambda(price)"] for fit in fits]
    np.testing.assert_allclose(exponents, exponents[0], rtol=1e-6)


@pytest.mark.parametrize("money", [1e-6, 1e12])
def test_numbers_that_rounding_would_bend_are_refused(money):
    with pytest.raises(InputError, match=r"of about 1 to bend, found .* Divide it by .* within"):
        MultinomialLogit({"price": "box_cox(price)"}).fit(survey(money=money))


def test_ten_thousand_alternatives_in_a_task():
    fit = MultinomialLogit().fit(survey(60, 1, 10_000))
    assert fit.status == "converged"
    for label, value in TRUE.items():
        error = fit.standard_errors("classical")[fit.labels.index(label)]
        assert abs(fit.parameters[label] - value) < 4.0 * error
    assert fit.probabilities(survey(60, 1, 10_000)).sum() == pytest.approx(60.0)


def test_two_attributes_that_are_the_same_are_named():
    twin = survey().columns["range"].values
    with pytest.raises(NotIdentifiedError) as raised:
        MultinomialLogit().fit(survey(more={"twin": twin.copy()}))
    assert raised.value.combination == {"range": -1.0, "twin": 1.0}


def test_what_is_not_told_apart_may_be_fixed_or_tied():
    twin = survey().columns["range"].values
    data, plain = survey(more={"twin": twin.copy()}), MultinomialLogit().fit(survey())
    fixed = MultinomialLogit(constraints=Constraints(fixed={"twin": 0.0})).fit(data)
    assert fixed.parameters["range"] == pytest.approx(plain.parameters["range"], abs=1e-6)
    tied = MultinomialLogit(constraints=Constraints(tied=[("range", "twin")])).fit(data)
    assert tied.parameters["twin"] == pytest.approx(plain.parameters["range"] / 2.0, abs=1e-6)
    assert tied.log_likelihood == pytest.approx(plain.log_likelihood)


def test_an_attribute_that_never_differs_is_named():
    with pytest.raises(NotIdentifiedError) as raised:
        MultinomialLogit().fit(survey(more={"wheels": np.full(3600, 4.0)}))
    assert raised.value.combination == {"wheels": 1.0}


def test_a_column_of_respondents_alone_is_named():
    with pytest.raises(NotIdentifiedError) as raised:
        MultinomialLogit("price + group").fit(survey())
    assert raised.value.combination == {"group": 1.0}


def test_choices_that_follow_a_rule_are_separated_under_constraints_too():
    data = survey(50, 1)
    cheapest = data.columns["price"].values.reshape(-1, 3).argmin(axis=1) + np.arange(50) * 3
    ruled = ChoiceData(
        columns=data.columns,
        is_outside=data.is_outside,
        task_starts=data.task_starts,
        respondent_starts=data.respondent_starts,
        chosen_rows=cheapest,
        respondent_ids=data.respondent_ids,
    )
    free = MultinomialLogit().fit(ruled)
    held = MultinomialLogit(constraints=Constraints(fixed={"range": 0.0})).fit(ruled)
    bounded = MultinomialLogit(constraints=Constraints(lower={"price": -2.0})).fit(ruled)
    assert free.status == held.status == "separated"
    assert set(held.separating) == {"price"}
    assert bounded.status == "converged"
    assert bounded.parameters.at_bound == ("price",)


def test_one_task_a_person_gives_the_errors_of_independent_choices():
    fit = MultinomialLogit().fit(survey(1200, 1))
    ratio = fit.standard_errors("clustered") / fit.standard_errors("classical")
    np.testing.assert_allclose(ratio, 1.0, atol=0.15)


def test_a_bound_that_binds_is_reported_and_has_no_error():
    fit = MultinomialLogit(constraints=Constraints(upper={"range": 0.2})).fit(survey())
    assert fit.parameters["range"] == 0.2
    assert fit.parameters.at_bound == ("range",)
    assert fit.standard_errors()[fit.labels.index("range")] == 0.0
    assert fit.log_likelihood < MultinomialLogit().fit(survey()).log_likelihood


def test_constraints_on_what_is_no_parameter_are_refused():
    with pytest.raises(InputError, match="prize"):
        MultinomialLogit(constraints=Constraints(fixed={"prize": 0.0})).fit(survey())


def test_scales_of_groups_are_found():
    fit = MultinomialLogit(ScaledBy(utility="price + range", group="group")).fit(
        survey(2000, group_scale=0.4)
    )
    error = fit.standard_errors()[fit.labels.index("log_scale[1]")]
    assert abs(fit.parameters["log_scale[1]"] - np.log(0.4)) < 3.0 * error
    assert error < 0.1


def test_an_exponent_without_a_coefficient_is_not_identified():
    constraints = Constraints(fixed={"price": 0.0})
    fit = MultinomialLogit(
        {"price": "box_cox(price)", "range": "range"}, constraints=constraints
    ).fit(survey())
    assert fit.status == "not_identified"
    assert set(fit.flat) == {"lambda(price)"}
    assert "not identified along +1.00 lambda(price)" in fit.summary()


def test_taking_people_twice_is_weighing_them_twice():
    data = survey(60)
    doubled = data.take_respondents([*range(60), *range(20)])
    weights = np.where(np.arange(60) < 20, 2.0, 1.0)
    weighted = data.take_respondents(range(60))
    object.__setattr__(weighted, "weights", weights)
    found = MultinomialLogit().fit(doubled)
    expected = MultinomialLogit(use_weights=True).fit(weighted)
    assert found.log_likelihood == pytest.approx(expected.log_likelihood)
    np.testing.assert_allclose(found.coefficients, expected.coefficients, rtol=1e-6)


def test_the_exponent_of_what_does_not_count_is_not_identified():
    utility = {"price": "box_cox(price, bend)", "range": "range"}
    fit = MultinomialLogit(utility, constraints=Constraints(fixed={"price": 0.0})).fit(survey())
    assert (fit.status, dict(fit.flat)) == ("not_identified", {"bend": 1.0})


def test_surplus_is_the_logsum_in_money():
    data = survey(4)
    fit = MultinomialLogit().fit(survey())
    price = fit.parameters["price"]
    utilities = fit.coefficients @ np.stack([data.columns[x].values for x in fit.labels])
    expected = np.log(np.exp(utilities).reshape(-1, 3).sum(axis=1))
    np.testing.assert_allclose(fit.logsums(data), expected)
    np.testing.assert_allclose(fit.consumer_surplus(data, "price"), expected / -price)
    with pytest.raises(InputError, match="a coefficient of range below 0"):
        fit.consumer_surplus(data, "range")
    with pytest.raises(InputError, match='Did you mean "price"'):
        fit.consumer_surplus(data, "prize")


def test_surplus_of_groups_counts_their_scale():
    data = survey(2)
    fit = MultinomialLogit(ScaledBy(utility="price + range", group="group")).fit(survey())
    scale = np.repeat([1.0, np.exp(fit.parameters["log_scale[1]"])], 4)
    expected = fit.logsums(data) / (-fit.parameters["price"] * scale)
    np.testing.assert_allclose(fit.consumer_surplus(data, "price"), expected)


def test_likelihoods_of_people_add_up_and_follow_from_probabilities():
    data, fit = survey(), MultinomialLogit().fit(survey())
    by_person = fit.person_log_likelihoods(data)
    assert by_person.sum() == pytest.approx(fit.log_likelihood)
    chosen = np.log(fit.probabilities(data)[data.chosen_rows])
    np.testing.assert_allclose(by_person, chosen.reshape(-1, 4).sum(axis=1))
    assert fit.score(data) == pytest.approx(fit.log_likelihood / data.n_tasks)
    np.testing.assert_array_equal(fit.predict_proba(data), fit.probabilities(data))
    halved = fit.coefficients / 2.0
    assert fit.person_log_likelihoods(data, halved).sum() < fit.log_likelihood
    np.testing.assert_allclose(np.abs(fit.person_scores(data).scores.sum(axis=0)), 0.0, atol=1e-6)


def test_a_specification_is_cloned_like_any_of_scikit_learn():
    model = MultinomialLogit({"price": "price"}, constraints=Constraints(upper={"price": 0.0}))
    copy = clone(model)
    assert copy == model
    assert copy.fit(survey()).log_likelihood == model.fit(survey()).log_likelihood
    assert model.predict_proba(survey()).shape == (3600,)


def test_part_worths_need_attributes_that_are_coded():
    with pytest.raises(TypeError, match="need a UtilityCoding"):
        MultinomialLogit("price + range").fit(survey()).part_worths(10, seed=1)
