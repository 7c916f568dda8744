"""Rules of tasks: designs drawn by them break none, and levels are balanced where asked for."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from counterflow.kernels.choice_design import DesignProblem, TaskRules, Term
from counterflow.kernels.task_rules import (
    NoDesignError,
    balanced_design,
    n_broken,
    random_design,
)
from reference import choice_design as reference
from strategies.choice_designs import design_problems, effects

SEEDS = st.integers(0, 2**32 - 1)
SIZE = {"n_tasks": 4, "n_alternatives": 2}


@given(design_problems(), SEEDS)
def test_as_many_rules_are_broken_as_one_counts_pair_by_pair(problem, seed):
    lawless = random_design(
        problem._replace(rules=TaskRules(distinct_profiles=False)), **SIZE, seed=seed
    )
    assert n_broken(problem, lawless) == reference.n_broken(problem, lawless)


@given(design_problems(), SEEDS)
def test_random_designs_break_no_rule(problem, seed):
    try:
        codes = random_design(problem, **SIZE, n_versions=2, seed=seed)
    except NoDesignError:
        assume(False)
    assert reference.n_broken(problem, codes) == 0


@given(st.integers(2, 5), st.integers(0, 2**32 - 1), st.booleans())
def test_balanced_designs_show_levels_equally_often_but_for_one(n_levels, seed, minimal_overlap):
    terms = tuple(Term(effects(n_levels), (a,)) for a in range(3))
    problem = DesignProblem((n_levels,) * 3, terms, np.zeros((1, 3 * (n_levels - 1))))
    codes = balanced_design(
        problem,
        n_tasks=8,
        n_alternatives=3,
        n_versions=2,
        minimal_overlap=minimal_overlap,
        seed=seed,
    )
    for version in codes:
        for a in range(3):
            counts = np.bincount(version[..., a].ravel(), minlength=n_levels)
            assert counts.max() - counts.min() <= 1
    if minimal_overlap and n_levels >= 3:
        assert all(len(set(task[:, 0])) == 3 for task in codes.reshape(-1, 3, 3))


def test_partial_profiles_show_so_many_attributes_and_each_about_as_often():
    terms = tuple(Term(effects(3), (a,)) for a in range(5))
    problem = DesignProblem((3,) * 5, terms, np.zeros((1, 10)), rules=TaskRules(n_shown=3))
    codes = random_design(problem, n_tasks=10, n_alternatives=3)
    shown = codes[0] >= 0
    assert (shown.sum(axis=2) == 3).all()
    assert (shown == shown[:, :1]).all()
    # 10 tasks of 3 attributes: each of 5 is shown 6 times.
    assert (shown[:, 0].sum(axis=0) == 6).all()


def test_only_listed_profiles_are_drawn_where_they_may_stand():
    profiles = np.array([[0, 0], [0, 1], [1, 1], [2, 0]], dtype=np.int16)
    at = np.array([[True, True, False, False], [False, False, True, True]])
    rules = TaskRules(profiles=profiles, profiles_at=at)
    terms = (Term(effects(3), (0,)), Term(effects(2), (1,)))
    problem = DesignProblem((3, 2), terms, np.zeros((1, 3)), rules=rules)
    codes = random_design(problem, n_tasks=20, n_alternatives=2)
    assert set(map(tuple, codes[0, :, 0].tolist())) == {(0, 0), (0, 1)}
    assert set(map(tuple, codes[0, :, 1].tolist())) == {(1, 1), (2, 0)}


def test_rules_that_leave_no_task_are_an_error_that_says_so():
    rules = TaskRules(once_a_task=np.array([True]))
    problem = DesignProblem((2,), (Term(effects(2), (0,)),), np.zeros((1, 1)), rules=rules)
    with pytest.raises(NoDesignError, match="2 tasks with 3 alternatives"):
        random_design(problem, n_tasks=2, n_alternatives=3)
    with pytest.raises(NoDesignError, match="level-balanced"):
        balanced_design(problem, n_tasks=2, n_alternatives=3)


def test_forbidden_combinations_that_leave_nothing_are_an_error():
    rules = TaskRules(forbidden=np.array([[0], [1]], dtype=np.int16))
    problem = DesignProblem((2,), (Term(effects(2), (0,)),), np.zeros((1, 1)), rules=rules)
    with pytest.raises(NoDesignError, match="no profile at all"):
        random_design(problem, n_tasks=2, n_alternatives=2)
