"""Maximum likelihood through scores by person: constraints, statuses and covariances."""

import numpy as np
import pytest

from counterflow.choice.constraints import Constraints
from counterflow.choice.maximum_likelihood import (
    PanelSlope,
    information_by_differences,
    maximise_likelihood,
)
from counterflow.choice.parameter_estimates import estimates_of
from counterflow.domain.errors import InputError


class Normals:
    """Draws from a normal with unknown mean and variance v; a third label does nothing."""

    def __init__(self, values, labels=("mean", "v")):
        self.values, self.labels = np.asarray(values, float), labels

    def slope(self, theta):
        mean, v = theta[:2]
        if v <= 0.0:
            return PanelSlope(np.full(len(self.values), np.nan), np.zeros((len(self.values), 2)))
        error = self.values - mean
        by_person = -0.5 * (np.log(2.0 * np.pi * v) + error**2 / v)
        scores = np.zeros((len(error), len(self.labels)))
        scores[:, 0], scores[:, 1] = error / v, 0.5 * (error**2 / v - 1.0) / v
        return PanelSlope(by_person, scores)

    def information(self, theta, weights):
        return information_by_differences(self, theta, weights)


HEIGHTS = np.random.default_rng(1).normal(170.0, 9.0, 400)
START = np.array([150.0, 30.0])


def fitted(likelihood=None, weights=None, **known):
    likelihood = likelihood or Normals(HEIGHTS)
    weights = np.ones(len(likelihood.values)) if weights is None else weights
    start = np.append(START, [0.0] * (len(likelihood.labels) - 2))
    return maximise_likelihood(likelihood, start, weights=weights, constraints=Constraints(**known))


def test_the_normal_has_its_closed_form_and_its_textbook_errors():
    fit = fitted()
    assert fit.status == "converged"
    assert fit.point == pytest.approx([HEIGHTS.mean(), HEIGHTS.var()], rel=1e-7)
    errors = estimates_of(fit, np.ones(400)).standard_errors("classical")
    v = HEIGHTS.var()
    assert errors == pytest.approx([np.sqrt(v / 400), v * np.sqrt(2 / 400)], rel=1e-4)


def test_the_sandwich_of_a_mean_is_the_sample_variance():
    estimates = estimates_of(fitted(), np.ones(400))
    assert estimates.standard_errors("clustered")[0] == pytest.approx(
        HEIGHTS.std(ddof=1) / 20.0, rel=1e-4
    )


def test_weights_count_as_copies_in_the_estimate():
    weights = np.arange(400) % 3 + 1.0
    fit = fitted(weights=weights)
    copies = np.repeat(HEIGHTS, weights.astype(int))
    assert fit.point == pytest.approx([copies.mean(), copies.var()], rel=1e-7)


def test_fixed_parameters_stay_and_have_no_error():
    fit = fitted(fixed={"mean": 160.0})
    estimates = estimates_of(fit, np.ones(400))
    assert estimates["mean"] == 160.0
    assert estimates["v"] == pytest.approx(((HEIGHTS - 160.0) ** 2).mean(), rel=1e-7)
    assert estimates.standard_errors()[0] == 0.0
    assert estimates.n_free == 1


def test_tied_parameters_share_one_value():
    fit = fitted(tied=[("mean", "v")])
    assert fit.point[0] == fit.point[1]
    assert fit.space.free_labels == ("mean",)


def test_a_bound_that_holds_is_named():
    fit = fitted(upper={"mean": 165.0})
    assert (fit.status, fit.at_bound, fit.point[0]) == ("converged", ("mean",), 165.0)
    assert estimates_of(fit, np.ones(400)).standard_errors()[0] == 0.0


def test_a_parameter_that_changes_nothing_is_named():
    fit = fitted(Normals(HEIGHTS, ("mean", "v", "idle")))
    assert fit.status == "not_identified"
    assert fit.flat == {"idle": 1.0}


def test_too_few_iterations_are_a_status():
    fit = maximise_likelihood(Normals(HEIGHTS), START, weights=np.ones(400), max_iterations=1)
    assert fit.status == "iteration_limit"
    assert fit.gradient_norm > 1e-6


def test_every_wrong_constraint_is_told_at_once():
    with pytest.raises(InputError) as caught:
        fitted(
            fixed={"men": 1.0, "v": 1.0},
            tied=[("mean", "v")],
            lower={"mean": 2.0},
            upper={"mean": 1.0, "w": 0.0},
        )
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "constraints.fixed: " in text
    assert "constraints.upper: " in text


def test_contradictions_between_constraints_are_told():
    with pytest.raises(InputError) as caught:
        fitted(fixed={"v": 1.0}, tied=[("mean", "v")], lower={"mean": 2.0}, upper={"mean": 1.0})
    assert {problem.key for problem in caught.value.problems} == {
        "constraints.tied",
        "constraints.lower",
    }


def test_draws_have_the_covariance_they_are_drawn_from():
    estimates = estimates_of(fitted(), np.ones(400))
    draws = estimates.draws(20_000, seed=3)
    assert np.cov(draws.T) == pytest.approx(estimates.covariance(), rel=0.05, abs=0.1)
    assert (draws == estimates.draws(20_000, seed=3)).all()


def test_the_same_is_not_worked_out_twice_running():
    class Counted(Normals):
        asked: list[bytes] = []

        def information(self, theta, weights):
            self.asked.append(theta.tobytes())
            return super().information(theta, weights)

    fit = fitted(Counted(HEIGHTS))
    assert Counted.asked[-1] == fit.point.tobytes()
    assert len(set(Counted.asked)) == len(Counted.asked)
