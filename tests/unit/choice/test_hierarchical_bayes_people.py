"""Hierarchical Bayes finds how people differ: by what is known of them, in kinds, and in order."""

import numpy as np
import pytest

from counterflow.choice.hierarchical_bayes import HierarchicalBayes
from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric
from counterflow.domain.errors import InputError

N, T, J = 250, 10, 3


def answers(people, design, *, known=None, columns=None):
    """Return what people choose who have these coefficients of these design columns."""
    n, t, j, k = design.shape
    random = np.random.default_rng(5)
    utility = np.einsum("ntjk,nk->ntj", design, people) + random.gumbel(size=(n, t, j))
    rows = design.reshape(-1, k)
    return ChoiceData(
        columns=columns or {f"x{i}": Numeric(rows[:, i].copy()) for i in range(k)},
        is_outside=np.zeros(len(rows), dtype=bool),
        task_starts=np.arange(0, n * t * j + 1, j),
        respondent_starts=np.arange(0, n * t + 1, t),
        chosen_rows=np.arange(n * t) * j + utility.argmax(axis=2).ravel(),
        respondent_ids=tuple(map(str, range(n))),
        about_respondents=known or {},
    )


@pytest.fixture(scope="module")
def by_covariates():
    random = np.random.default_rng(1)
    income = random.normal(50.0, 10.0, N)
    town = random.integers(0, 2, N)
    slopes = np.array([[0.06, 0.0], [0.0, -1.0]])
    known = np.column_stack([income - 50.0, town])
    people = np.array([0.5, 1.0]) + known @ slopes + random.normal(0.0, 0.6, (N, 2))
    about = {
        "income": Numeric(income),
        "town": Categorical(town.astype(np.int32), ("no", "yes")),
    }
    data = answers(people, random.normal(size=(N, T, J, 2)), known=about)
    model = HierarchicalBayes(
        covariates=("income", "town"), n_burn_in=500, n_sweeps=1500, n_draws=400, seed=1
    )
    return data, slopes, model.fit(data)


def test_slopes_by_covariates_are_found_in_the_units_of_the_covariates(by_covariates):
    _, truth, fit = by_covariates
    assert fit.is_converged
    draws = fit.population.slopes
    assert (np.abs(draws.mean(axis=0) - truth) < 3.5 * draws.std(axis=0)).all()
    assert draws.std(axis=0)[0].max() < 0.02
    assert draws.std(axis=0)[1].max() < 0.3
    assert "x0 by income" in fit.summary()
    assert "x1 by town[yes]" in fit.convergence.names


def test_new_people_are_predicted_by_what_is_known_of_them(by_covariates):
    data, _, fit = by_covariates
    some = data.take_respondents(np.arange(60))
    plain = HierarchicalBayes(n_burn_in=400, n_sweeps=800, n_draws=200, seed=1).fit(data)
    assert fit.score(some) > plain.score(some)
    known = fit.probabilities_of_known(some, data)
    assert np.log(known[some.chosen_rows]).mean() > fit.score(some)


def test_a_covariate_that_says_nothing_new_is_refused(by_covariates):
    data, _, _ = by_covariates
    about = dict(data.about_respondents) | {"one": Numeric(np.ones(N))}
    constant = ChoiceData(**{**vars_of(data), "about_respondents": about})
    with pytest.raises(InputError, match="covariates"):
        HierarchicalBayes(covariates=("one",)).fit(constant)
    with pytest.raises(InputError, match="wealth"):
        HierarchicalBayes(covariates=("wealth",)).fit(data)


def test_a_mixture_finds_two_kinds_of_people_where_one_normal_cannot():
    random = np.random.default_rng(2)
    kind = random.random(N) < 0.35
    people = np.where(kind[:, None], [2.5, -2.0], [-1.5, 1.0]) + random.normal(0, 0.3, (N, 2))
    data = answers(people, random.normal(size=(N, T, J, 2)))
    settings = {"n_burn_in": 600, "n_sweeps": 1200, "n_draws": 200, "seed": 3}
    two = HierarchicalBayes(n_components=2, **settings).fit(data)
    one = HierarchicalBayes(**settings).fit(data)
    means = two.population.means.mean(axis=0)
    np.testing.assert_allclose(means, people.mean(axis=0), atol=0.25)
    np.testing.assert_allclose(two.population.sds.mean(axis=0), people.std(axis=0), atol=0.3)
    share = np.sort(two.population.shares, axis=1).mean(axis=0)[0]
    assert share == pytest.approx(kind.mean(), abs=0.06)
    # People of a mixture are nearer to theirs than those pulled towards one normal.
    error = [((fit.person_means - people) ** 2).mean() for fit in (two, one)]
    assert error[0] < 0.8 * error[1]
    assert two.score(data) > one.score(data)
    assert "mixture of 2 normals" in two.summary()
    theta = two.parameters.draws(1, 0)[0]
    sums = np.add.reduceat(two.probabilities(data, theta), data.task_starts[:-1])
    np.testing.assert_allclose(sums, 1.0)


def test_ordered_levels_hold_for_every_person_and_the_population_is_found():
    random = np.random.default_rng(4)
    level = random.integers(0, 3, (N, T, J))
    price = random.normal(size=(N, T, J))
    steps = np.exp(random.normal([-0.3, -1.0], 0.4, (N, 2)))
    people = np.column_stack([steps[:, 0], steps.sum(axis=1), random.normal(-1.0, 0.5, N)])
    design = np.stack([level == 1, level == 2, price], axis=-1).astype(float)
    columns = {
        "range": Categorical(level.ravel().astype(np.int32), ("300", "400", "500")),
        "price": Numeric(price.ravel().copy()),
    }
    data = answers(people, design, columns=columns)
    fit = HierarchicalBayes(
        order={"range": ("300", "400", "500")},
        signs={"price": "negative"},
        n_burn_in=500,
        n_sweeps=1000,
        n_draws=200,
        seed=2,
    ).fit(data)
    assert fit.labels == ("range[400]", "range[500]", "price")
    assert (fit.draws[:, :, 0] > 0.0).all()
    assert (fit.draws[:, :, 1] > fit.draws[:, :, 0]).all()
    assert (fit.draws[:, :, 2] < 0.0).all()
    means = fit.population.coefficient_means()
    assert (np.abs(means.mean(axis=0) - people.mean(axis=0)) < 4.0 * means.std(axis=0)).all()
    np.testing.assert_allclose(fit.draws.mean(axis=0), fit.person_means, atol=0.5)
    with pytest.raises(InputError, match="signs"):
        HierarchicalBayes(order={"range": ("300", "400")}, signs={"range[400]": "negative"}).fit(
            data
        )


def vars_of(data):
    return {name: getattr(data, name) for name in type(data).__dataclass_fields__}
