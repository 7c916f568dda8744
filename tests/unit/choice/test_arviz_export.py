"""Export to ArviZ: the draws, by chain, with the names of what they are about."""

import sys

import numpy as np
import pytest

from counterflow.choice.arviz_export import to_arviz
from counterflow.choice.hierarchical_bayes import HierarchicalBayes
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.errors import LabelMismatchError
from strategies.markets import car_choices

pytest.importorskip("arviz", reason="the extra 'arviz' is not installed")


@pytest.fixture(scope="module")
def data():
    return car_choices(25, 6, spread=0.005)


@pytest.fixture(scope="module")
def posterior(data):
    model = HierarchicalBayes(n_chains=2, n_burn_in=50, n_sweeps=100, n_draws=41, seed=1)
    return model.fit(data)


def test_chains_keep_their_draws_people_and_coefficients(posterior, data):
    found = to_arviz(posterior, data)
    group = found.posterior
    assert dict(group.sizes) == {
        "chain": 2,
        "draw": 20,
        "latent": 3,
        "other": 3,
        "respondent": 25,
        "coefficient": 3,
    }
    assert list(group["coefficient"].values) == ["price", "range", "fee"]
    # 41 draws: 20 of the first chain and 21 of the second, which begins after them.
    one = group["part_worths"].sel(chain=1, draw=0, respondent="r7", coefficient="range")
    assert float(one) == posterior.draws[20, 7, 1]
    np.testing.assert_allclose(
        group["correlation"].sel(latent="fee", other="fee").values, 1.0, rtol=1e-9
    )
    assert found.attrs["model"] == "HierarchicalBayes"


def test_log_likelihoods_are_of_each_person_at_each_draw(posterior, data):
    found = to_arviz(posterior, data)
    # By hand: the utilities of one person's tasks at one draw.
    design = np.stack([column.values for column in data.columns.values()], axis=1)
    person, draw = 3, 20
    rows = slice(*data.task_starts[data.respondent_starts[[person, person + 1]]])
    utility = (design[rows] @ posterior.draws[draw, person].astype(float)).reshape(-1, 3)
    chosen = data.chosen_rows[data.respondent_starts[person] : data.respondent_starts[person + 1]]
    taken = utility[np.arange(6), chosen % 3]
    expected = float((taken - np.log(np.exp(utility).sum(axis=1))).sum())
    value = found.log_likelihood["choices"].sel(chain=1, draw=0, respondent="r3")
    assert float(value) == pytest.approx(expected)
    lp = found.sample_stats["lp"].sel(chain=1, draw=0)
    assert float(lp) == pytest.approx(
        float(found.log_likelihood["choices"].sel(chain=1, draw=0).sum())
    )


def test_maximum_likelihood_gives_draws_of_its_estimator(data):
    fit = MultinomialLogit().fit(data)
    found = to_arviz(fit, data, n_draws=50, seed=4)
    assert dict(found.posterior.sizes) == {"chain": 1, "draw": 50, "parameter": 3}
    np.testing.assert_array_equal(
        found.posterior["parameters"].values[0], fit.parameters.draws(50, 4)
    )
    assert found.log_likelihood["choices"].shape == (1, 50, 25)
    assert "log_likelihood" not in to_arviz(fit, n_draws=5).groups()


def test_other_people_are_refused(posterior, data):
    with pytest.raises(LabelMismatchError, match="respondents"):
        to_arviz(posterior, data.take_respondents(range(20)))


def test_without_arviz_the_error_says_what_to_install(posterior, monkeypatch):
    monkeypatch.setitem(sys.modules, "arviz", None)
    with pytest.raises(ModuleNotFoundError, match=r"counterflow\[arviz\]"):
        to_arviz(posterior)
