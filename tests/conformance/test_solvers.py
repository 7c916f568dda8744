"""Every solver gives the known answers, and says infeasible and unbounded in the same words."""

import numpy as np
import pytest
from hypothesis import given

from conformance.scipy_solver import ScipySolver
from counterflow.solvers.highs import HighsSolver
from strategies.linear_programmes import feasible_programmes, linear_programme

SOLVERS = [HighsSolver(), ScipySolver()]

each_solver = pytest.mark.parametrize("solver", SOLVERS, ids=lambda s: type(s).__name__)


def _solve(solver, problem):
    return solver.solve(problem, time_limit_s=60.0)


def _farmer():
    """Birge and Louveaux, Introduction to Stochastic Programming, 2nd ed. 2011, section 1.1.

    500 acres of wheat, corn and sugar beets; yields 20 % above, at and 20 % below the mean, each
    with probability 1/3. First the acres, then for each yield: wheat and corn bought, wheat, corn,
    beets sold at the good price, beets sold at the poor one.
    """
    planting, n_scenarios = [-150.0, -230.0, -260.0], 3
    trade = np.array([-238.0, -210.0, 170.0, 150.0, 36.0, 10.0]) / n_scenarios
    objective = np.concatenate([planting, np.tile(trade, n_scenarios)])
    rows, row_lower, row_upper = [np.r_[np.ones(3), np.zeros(18)]], [-np.inf], [500.0]
    upper = np.full(21, np.inf)
    for s, factor in enumerate((1.2, 1.0, 0.8)):
        wheat, corn, beets = np.zeros((3, 21))
        start = 3 + 6 * s
        wheat[[0, start, start + 2]] = 2.5 * factor, 1.0, -1.0
        corn[[1, start + 1, start + 3]] = 3.0 * factor, 1.0, -1.0
        beets[[2, start + 4, start + 5]] = 20.0 * factor, -1.0, -1.0
        rows += [wheat, corn, beets]
        row_lower += [200.0, 240.0, 0.0]
        row_upper += [np.inf] * 3
        upper[start + 4] = 6000.0
    return linear_programme(
        objective, np.array(rows), row_lower=row_lower, row_upper=row_upper, upper=upper
    )


def _transport():
    """Dantzig, Linear Programming and Extensions, 1963, section 3-3: two plants, three markets."""
    thousand_miles = np.array([2.5, 1.7, 1.8, 2.5, 1.8, 1.4])
    supply = np.kron(np.eye(2), np.ones((1, 3)))
    demand = np.kron(np.ones((1, 2)), np.eye(3))
    return linear_programme(
        -90.0 * thousand_miles / 1000.0,
        np.vstack([supply, demand]),
        row_lower=[-np.inf, -np.inf, 325.0, 300.0, 275.0],
        row_upper=[350.0, 600.0, np.inf, np.inf, np.inf],
    )


KNOWN = {
    # Hillier and Lieberman, Introduction to Operations Research, Wyndor Glass: doors 2, windows 6.
    "wyndor": (
        linear_programme([3, 5], [[1, 0], [0, 2], [3, 2]], row_upper=[4, 12, 18]),
        36.0,
    ),
    "transport": (_transport(), -153.675),
    "farmer": (_farmer(), 108_390.0),
    # Beale 1955: the simplex method with the largest coefficient rule cycles at the degenerate 0.
    "beale": (
        linear_programme(
            [0.75, -150.0, 0.02, -6.0],
            [[0.25, -60.0, -0.04, 9.0], [0.5, -90.0, -0.02, 3.0], [0.0, 0.0, 1.0, 0.0]],
            row_upper=[0.0, 0.0, 1.0],
        ),
        0.05,
    ),
    # Klee and Minty 1972: a simplex method can visit all eight corners.
    "klee-minty": (
        linear_programme(
            [100, 10, 1], [[1, 0, 0], [20, 1, 0], [200, 20, 1]], row_upper=[1, 100, 10_000]
        ),
        10_000.0,
    ),
    "no rows": (linear_programme([1, -1], np.zeros((0, 2)), lower=-1.0, upper=2.0), 3.0),
    "no variables": (
        linear_programme([], np.zeros((1, 0)), row_lower=[-1.0], row_upper=[1.0]),
        0.0,
    ),
    "nothing at all": (linear_programme([], np.zeros((0, 0))), 0.0),
    "an equation": (
        linear_programme([1, 2], [[1, 1]], row_lower=[3.0], row_upper=[3.0], upper=2.0),
        5.0,
    ),
    "a free variable": (
        linear_programme([-1], [[1]], row_lower=[-7.0], lower=-np.inf),
        7.0,
    ),
    "many best points": (linear_programme([1, 1], [[1, 1]], row_upper=[1.0]), 1.0),
}

INFEASIBLE = {
    "rows against each other": linear_programme(
        [1], [[1], [1]], row_lower=[2, -9], row_upper=[9, 1]
    ),
    "a row against the bounds": linear_programme([1, 1], [[1, 1]], row_lower=[5.0], upper=2.0),
    "bounds against each other": linear_programme([1], [[1]], lower=2.0, upper=1.0),
    "without variables": linear_programme([], np.zeros((1, 0)), row_lower=[1.0]),
}

UNBOUNDED = {
    "no rows": linear_programme([1], np.zeros((0, 1))),
    "along a ray": linear_programme([1, 1], [[1, -1]], row_lower=[-1], row_upper=[1]),
    "downwards": linear_programme([-1], np.zeros((0, 1)), lower=-np.inf, upper=0.0),
}


@each_solver
@pytest.mark.parametrize("name", KNOWN)
def test_a_known_problem_has_its_known_optimum(solver, name):
    problem, optimum = KNOWN[name]
    solution = _solve(solver, problem)
    assert solution.status == "optimal"
    assert solution.gap == 0.0
    assert solution.objective == pytest.approx(optimum, rel=1e-7, abs=1e-7)
    assert problem.objective @ solution.x == pytest.approx(optimum, rel=1e-7, abs=1e-7)


@each_solver
@pytest.mark.parametrize("name", INFEASIBLE)
def test_what_cannot_be_met_is_infeasible_and_has_no_point(solver, name):
    solution = _solve(solver, INFEASIBLE[name])
    assert solution.status == "infeasible"
    assert solution.x.size == 0


@each_solver
@pytest.mark.parametrize("name", UNBOUNDED)
def test_what_has_no_best_point_is_unbounded_and_has_no_point(solver, name):
    solution = _solve(solver, UNBOUNDED[name])
    assert solution.status == "unbounded"
    assert solution.x.size == 0


@each_solver
@given(case=feasible_programmes())
def test_the_point_is_feasible_and_no_worse_than_one_that_is_known(solver, case):
    arguments, point = case
    problem = linear_programme(**arguments)
    solution = _solve(solver, problem)
    assert solution.status == "optimal"
    reached = arguments["rows"] @ solution.x
    assert (reached >= problem.row_lower - 1e-6).all()
    assert (reached <= problem.row_upper + 1e-6).all()
    assert ((solution.x >= -1e-6) & (solution.x <= 10.0 + 1e-6)).all()
    assert solution.objective >= problem.objective @ point - 1e-6


@given(case=feasible_programmes())
def test_all_solvers_agree(case):
    problem = linear_programme(**case[0])
    values = [_solve(solver, problem).objective for solver in SOLVERS]
    np.testing.assert_allclose(values, values[0], rtol=1e-6, atol=1e-6)


@each_solver
def test_the_same_problem_has_the_same_point_to_the_bit(solver):
    problem, _ = KNOWN["many best points"]
    first, second = _solve(solver, problem), _solve(solver, problem)
    assert first.x.tobytes() == second.x.tobytes()
