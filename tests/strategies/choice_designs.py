"""Hypothesis strategies for design problems, small enough to be searched in milliseconds."""

import numpy as np
from hypothesis import strategies as st

from counterflow.kernels.choice_design import DesignProblem, TaskRules, Term


def effects(n_levels):
    return np.vstack((np.eye(n_levels - 1), -np.ones(n_levels - 1)))


def dummies(n_levels):
    return np.vstack((np.zeros(n_levels - 1), np.eye(n_levels - 1)))


def ranks(n_levels, directed):
    """Return which level is at least as good: the higher one of those attributes, else equals."""
    most = max(n_levels)
    higher = np.tril(np.ones((most, most), dtype=bool))
    return np.array(
        [higher if is_directed else np.eye(most, dtype=bool) for is_directed in directed]
    )


@st.composite
def task_rules(draw, n_levels):
    """Rules that leave designs of three tasks of two alternatives."""
    n_attributes, most = len(n_levels), max(n_levels)
    once = np.zeros(n_attributes, dtype=bool)
    if draw(st.booleans()):
        once[draw(st.integers(0, n_attributes - 1))] = True
    directed = draw(
        st.none() | st.lists(st.booleans(), min_size=n_attributes, max_size=n_attributes)
    )
    if directed is not None and sum(directed) < 2:
        directed = None
    forbidden = None
    if draw(st.booleans()):
        clause = np.full((1, n_attributes), -1, dtype=np.int16)
        clause[0, :2] = [draw(st.integers(0, n - 1)) for n in n_levels[:2]]
        forbidden = clause
    levels_at = None
    if draw(st.booleans()):
        levels_at = np.ones((2, n_attributes, most), dtype=bool)
        levels_at[1, -1, : n_levels[-1] - 1] = draw(st.booleans())
    return TaskRules(
        levels_at=levels_at,
        forbidden=forbidden,
        once_a_task=once,
        at_least=None if directed is None else ranks(n_levels, directed),
        distinct_tasks=draw(st.booleans()),
    )


@st.composite
def design_problems(draw, criteria=("d", "a", "s"), with_rules=True):
    """Three or four attributes of two to four levels, effects or dummy coded, perhaps with more."""
    n_levels = tuple(draw(st.lists(st.integers(2, 4), min_size=3, max_size=4)))
    coding = draw(st.sampled_from((effects, dummies)))
    terms = [Term(coding(n), (a,)) for a, n in enumerate(n_levels)]
    if draw(st.booleans()):
        pair = np.einsum("ix,jy->ijxy", coding(n_levels[0])[:, :1], coding(n_levels[1])[:, :1])
        terms.append(Term(pair[..., 0], (0, 1)))
    if draw(st.booleans()):
        terms.append(Term(np.ones(1), places=(0,)))
    n_columns = sum(term.rows.shape[-1] for term in terms)
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    draws = random.normal(size=(draw(st.sampled_from((1, 3, 9))), n_columns))
    return DesignProblem(
        n_levels=n_levels,
        terms=tuple(terms),
        draws=draws,
        weights=random.dirichlet(np.ones(len(draws))) if draw(st.booleans()) else None,
        outside=draw(st.none() | st.just(np.zeros(n_columns))),
        criterion=draw(st.sampled_from(criteria)),
        rules=draw(task_rules(n_levels)) if with_rules else TaskRules(),
    )
