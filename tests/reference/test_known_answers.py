"""Answers whose figures are published: standard errors and willingness to pay of yogurt buyers."""

import csv
from pathlib import Path

import numpy as np
import pytest

from counterflow.choice.answers.worth import marginal_worth
from counterflow.choice.inference.functions import krinsky_robb
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_data import ChoiceData

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "choice" / "yogurt.csv"
pytestmark = pytest.mark.skipif(not SOURCE.is_file(), reason=f"no {SOURCE.name} beside the project")

# logitr 1.2.0, articles/mnl_models: the model in preference space ...
ERRORS = {"price": 0.024366, "feat": 0.120063, "hiland": 0.145419, "weight": 0.054498}
# ... and in willingness-to-pay space, of which the delta method has the standard errors exactly.
WORTH = {
    "feat": (1.3405736, 0.355865),
    "hiland": (-10.1357273, 0.576083),
    "weight": (-1.7490766, 0.179897),
    "yoplait": (2.0038253, 0.142377),
}
# By simulation from the preference space (its `wtp`), with fewer draws than here.
SIMULATED = {"feat": 0.359042, "hiland": 0.585141, "weight": 0.181301, "yoplait": 0.143049}


@pytest.fixture(scope="module")
def estimates():
    with SOURCE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = {name: [row[name] for row in rows] for name in rows[0]}
    brands = ("dannon", "hiland", "weight", "yoplait")
    dummies = {
        brand: {name: float(name == brand) for name in brands}
        for brand in brands
        if brand != "dannon"
    }
    data = ChoiceData.from_wide(
        table,
        respondent="id",
        chosen="choice",
        alternatives=brands,
        attributes={"price": "price.{alternative}", "feat": "feat.{alternative}", **dummies},
    )
    return MultinomialLogit().fit(data).parameters


def test_standard_errors_are_the_published_ones(estimates):
    found = dict(zip(estimates.labels, estimates.standard_errors("classical"), strict=True))
    assert {name: found[name] for name in ERRORS} == pytest.approx(ERRORS, abs=1e-6)


def test_willingness_to_pay_has_the_published_values_and_standard_errors(estimates):
    found = marginal_worth(estimates, "price", labels=list(WORTH), kind="classical")
    np.testing.assert_allclose(found.values, [x[0] for x in WORTH.values()], atol=1e-5)
    np.testing.assert_allclose(found.standard_errors, [x[1] for x in WORTH.values()], atol=1e-6)


def test_simulated_standard_errors_are_near_the_published_ones(estimates):
    def worth(b):
        return np.array([-b[label] / b["price"] for label in WORTH])

    found = krinsky_robb(estimates, worth, kind="classical", n_draws=40_000)
    np.testing.assert_allclose(found.standard_errors, list(SIMULATED.values()), rtol=0.02)
