"""The multinomial logit: figures that can be checked by hand, and what goes wrong."""

import json

import numpy as np
import pytest

from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.domain.errors import NotIdentifiedError
from strategies.choice_sets import choices


def cheap_or_dear(n_cheap: int, n_dear: int) -> ChoiceData:
    """Return tasks of two alternatives of price 1 and 2, one a respondent."""
    n = n_cheap + n_dear
    return ChoiceData(
        columns={"price": Numeric(np.tile([1.0, 2.0], n))},
        is_outside=np.zeros(2 * n, dtype=bool),
        task_starts=np.arange(n + 1) * 2,
        respondent_starts=np.arange(n + 1),
        chosen_rows=np.arange(n) * 2 + np.repeat([0, 1], [n_cheap, n_dear]),
        respondent_ids=tuple(map(str, range(n))),
    )


@pytest.fixture(scope="module")
def fit():
    # Three in four take the cheap one: odds of 3, so the coefficient is -ln 3 and the information
    # 400 x 3/4 x 1/4 = 75.
    return MultinomialLogit().fit(cheap_or_dear(300, 100))


def test_the_estimate_reproduces_the_odds(fit):
    assert fit.status == "converged"
    assert fit.is_converged
    assert fit.labels == ("price",)
    assert fit.coefficients[0] == pytest.approx(-np.log(3.0))
    assert fit.log_likelihood == pytest.approx(300 * np.log(0.75) + 100 * np.log(0.25))
    assert fit.null_log_likelihood == pytest.approx(-400 * np.log(2.0))
    assert fit.hit_rate == 0.75
    assert fit.gradient_norm < 1e-6
    assert (fit.n_respondents, fit.n_tasks, fit.n_alternatives) == (400, 400, 800)


def test_standard_errors_are_those_of_a_share(fit):
    assert fit.standard_errors("classical")[0] == pytest.approx(75.0**-0.5)
    # With one task a respondent the sandwich is the same, but for N / (N - 1).
    assert fit.standard_errors()[0] == pytest.approx((75.0 * 399 / 400) ** -0.5)


def test_respondents_who_repeat_themselves_count_once_in_the_clustered_error():
    data = cheap_or_dear(300, 100)
    fivefold = ChoiceData(
        columns={"price": Numeric(np.tile([1.0, 2.0], 2000))},
        is_outside=np.zeros(4000, dtype=bool),
        task_starts=np.arange(2001) * 2,
        respondent_starts=np.arange(401) * 5,
        chosen_rows=np.arange(2000) * 2 + np.repeat([0, 1], [1500, 500]),
        respondent_ids=data.respondent_ids,
    )
    once, often = MultinomialLogit().fit(data), MultinomialLogit().fit(fivefold)
    assert often.coefficients == pytest.approx(once.coefficients)
    assert often.standard_errors("clustered") == pytest.approx(once.standard_errors("clustered"))
    assert often.standard_errors("classical") == pytest.approx(
        once.standard_errors("classical") / np.sqrt(5.0)
    )


def test_probabilities_of_other_data_are_those_of_the_model(fit):
    p = fit.probabilities(cheap_or_dear(1, 1))
    np.testing.assert_allclose(p, [0.75, 0.25, 0.75, 0.25])


def test_part_worths_spread_like_the_estimator(fit):
    part_worths = fit.part_worths(4000, seed=5)
    draws = part_worths.draws[:, 0, 0]
    assert part_worths.respondent_ids == ("",)
    assert draws.mean() == pytest.approx(fit.coefficients[0], abs=0.01)
    assert draws.std() == pytest.approx(fit.standard_errors()[0], rel=0.05)
    assert part_worths.provenance["covariance"] == "clustered"
    assert part_worths.provenance["status"] == "converged"
    json.dumps(dict(part_worths.provenance))
    again, other = fit.part_worths(4000, seed=5), fit.part_worths(4000, seed=6)
    assert again.draws.tobytes() == part_worths.draws.tobytes()
    assert other.draws.tobytes() != part_worths.draws.tobytes()


def test_part_worths_are_correlated_like_the_estimator():
    fit = MultinomialLogit().fit(choices(4, n_persons=200, most_tasks=6).data())
    draws = fit.part_worths(20_000, seed=1).draws[:, 0]
    correlation = fit.covariance() / np.outer(fit.standard_errors(), fit.standard_errors())
    np.testing.assert_allclose(np.corrcoef(draws.T), correlation, atol=0.03)


def test_fewer_respondents_than_coefficients_draw_from_the_classical_covariance():
    data = choices(4, n_persons=3, most_tasks=60).data()
    part_worths = MultinomialLogit().fit(data).part_worths(20, seed=1)
    assert part_worths.provenance["covariance"] == "classical"


def test_the_table_has_the_90_percent_interval(fit):
    (price,) = fit.coefficient_table()
    half = 1.6448536 * fit.standard_errors()[0]
    assert (price.label, price.sd_over_people) == ("price", 0.0)
    assert price.low == pytest.approx(fit.coefficients[0] - half)
    assert price.high == pytest.approx(fit.coefficients[0] + half)


def test_the_summary_says_how_it_went(fit):
    text = fit.summary()
    assert "Multinomial logit: converged" in text
    assert "400 respondents, 400 tasks, 800 alternatives" in text
    assert "rho2 0.1887" in text
    assert "-1.099" in text


def test_choices_that_follow_a_rule_are_separated_and_the_rule_is_named():
    fit = MultinomialLogit().fit(cheap_or_dear(50, 0))
    assert fit.status == "separated"
    assert not fit.is_converged
    assert fit.separating == {"price": -1.0}
    assert "separated by -1.00 price" in fit.summary()
    assert np.isfinite(fit.part_worths(20, seed=1).draws).all()


def test_a_level_that_nobody_chose_separates_and_the_others_are_found():
    made = choices(7, n_persons=80, most_tasks=8, n_coefficients=2)
    repulsive = np.random.default_rng(0).random(len(made.design)) < 0.3
    repulsive[made.chosen_rows] = False
    data = made.data()
    columns = {**data.columns, "repulsive": Numeric(repulsive.astype(float))}
    fit = MultinomialLogit().fit(
        ChoiceData(
            columns=columns,
            is_outside=data.is_outside,
            task_starts=data.task_starts,
            respondent_starts=data.respondent_starts,
            chosen_rows=data.chosen_rows,
            respondent_ids=data.respondent_ids,
        )
    )
    assert fit.status == "separated"
    assert set(fit.separating) == {"repulsive"}
    assert np.abs(fit.coefficients[:2] - made.coefficients).max() < 0.5


def test_good_predictions_alone_are_not_separation():
    made = choices(7, n_persons=200, most_tasks=8, scale=6.0)
    fit = MultinomialLogit().fit(made.data())
    assert fit.status == "converged"
    assert fit.rho_squared > 0.7


def test_running_out_of_iterations_is_a_status():
    fit = MultinomialLogit(max_iterations=1).fit(choices(7, n_persons=50).data())
    assert fit.status == "iteration_limit"
    assert fit.gradient_norm > 1e-6


def test_what_choices_cannot_tell_apart_is_an_error():
    data = cheap_or_dear(3, 2)
    columns = {**data.columns, "price_cents": Numeric(data.columns["price"].values * 100.0)}
    with pytest.raises(NotIdentifiedError, match="price"):
        MultinomialLogit().fit(
            ChoiceData(
                columns=columns,
                is_outside=data.is_outside,
                task_starts=data.task_starts,
                respondent_starts=data.respondent_starts,
                chosen_rows=data.chosen_rows,
                respondent_ids=data.respondent_ids,
            )
        )


def test_progress_is_reported():
    told = []
    MultinomialLogit().fit(cheap_or_dear(30, 10), report=lambda *args: told.append(args))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert min(shares) >= 0.0
    assert max(shares) < 1.0
    assert "standard errors to go" in told[0][1]
