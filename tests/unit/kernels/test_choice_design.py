"""Criteria of designs: those of the formula, and unchanged by what makes no difference."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from counterflow.kernels.choice_design import criterion_of, informations
from counterflow.kernels.task_rules import random_design
from reference import choice_design as reference
from strategies.choice_designs import design_problems

SEEDS = st.integers(0, 2**32 - 1)


def drawn(problem, seed, n_tasks=8, n_versions=1):
    size = {"n_tasks": n_tasks, "n_alternatives": 2, "n_versions": n_versions}
    return random_design(problem, **size, seed=seed)


@given(design_problems(with_rules=False), SEEDS)
def test_the_criterion_is_that_of_the_formula(problem, seed):
    codes = drawn(problem, seed)
    assert criterion_of(problem, codes) == pytest.approx(
        reference.criterion_of(problem, codes), rel=1e-6
    )


@given(design_problems(with_rules=False), SEEDS)
def test_order_of_tasks_versions_and_draws_makes_no_difference(problem, seed):
    codes = drawn(problem, seed, n_tasks=6, n_versions=2)
    random = np.random.default_rng(seed)
    order = random.permutation(len(problem.draws))
    moved = problem._replace(draws=problem.draws[order], weights=problem.draw_weights[order])
    shuffled = random.permutation(codes.reshape(12, *codes.shape[2:])).reshape(codes.shape)
    assert criterion_of(moved, shuffled) == pytest.approx(criterion_of(problem, codes), rel=1e-6)


@given(design_problems(with_rules=False), SEEDS, st.floats(-100.0, 100.0))
def test_columns_that_all_alternatives_share_make_no_difference(problem, seed, shift):
    """Where there is no none option, only differences between alternatives tell anything."""
    problem = problem._replace(outside=None)
    first = problem.terms[0]
    moved = problem._replace(terms=(first._replace(rows=first.rows + shift), *problem.terms[1:]))
    codes = drawn(problem, seed)
    before = criterion_of(problem, codes)
    assume(before < 1e3)
    assert criterion_of(moved, codes) == pytest.approx(before, rel=1e-4)


@given(design_problems(with_rules=False), SEEDS)
def test_the_information_of_versions_is_the_mean_of_theirs(problem, seed):
    codes = drawn(problem, seed, n_versions=3)
    alone = [informations(problem, codes[v : v + 1]) for v in range(3)]
    np.testing.assert_allclose(informations(problem, codes), np.mean(alone, axis=0), atol=1e-12)


@given(design_problems(criteria=("d", "a"), with_rules=False), SEEDS)
def test_more_tasks_never_raise_the_error(problem, seed):
    codes = drawn(problem, seed, n_tasks=10)
    fewer = criterion_of(problem, codes[:, :8])
    assert criterion_of(problem, codes) <= fewer * (1.0 + 1e-9)
