"""Choice designs as arrays: what a design is judged by, and what may stand together in a task."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int16

from counterflow.kernels.compiled import choice_design as compiled
from counterflow.kernels.compiled.choice_design import PackedTerms
from counterflow.kernels.compiled.choice_information import (
    A_ERROR,
    D_ERROR,
    S_ERROR,
    Aim,
    desk_for,
    take_tasks,
)

Criterion = Literal["d", "a", "s"]
Codes = Int16[np.ndarray, "V T J A"]
"""Level of each attribute that an alternative shows; -1 where it does not show the attribute."""

_CRITERIA = {"d": D_ERROR, "a": A_ERROR, "s": S_ERROR}
Z_95 = 1.96
"""The value that a t-ratio must reach, as designs are judged in the literature."""


class Term(NamedTuple):
    """Columns of utility that no attribute, one, or two together add.

    `rows` has the shape (columns,) for a constant, (levels, columns) for one attribute, and
    (levels, levels, columns) for an interaction. Where an alternative does not show one of the
    attributes, or stands at another place than `places` says, the columns are 0.
    """

    rows: Float[np.ndarray, "*levels columns"]
    attributes: tuple[int, ...] = ()
    places: tuple[int, ...] | None = None
    """Of which alternatives: labelled alternatives may each have coefficients; all if None."""


class TaskRules(NamedTuple):
    """What may stand in a task; each rule is absent where it is None or False."""

    levels_at: Bool[np.ndarray, "J A L"] | None = None
    """Levels that may stand at each place; a place that may have none does not show it."""
    profiles: Int16[np.ndarray, "M A"] | None = None
    """The only profiles there may be."""
    profiles_at: Bool[np.ndarray, "J M"] | None = None
    """Which of `profiles` may stand at each place; all at each if None."""
    forbidden: Int16[np.ndarray, "C A"] | None = None
    """Combinations of levels that no profile may have; -1 stands for any level."""
    once_a_task: Bool[np.ndarray, " A"] | None = None
    """Attributes of which no level may stand twice in a task."""
    at_least: Bool[np.ndarray, "A L L"] | None = None
    """Whether a level is at least as good as another, attribute by attribute. No alternative of a
    task may be at least as good as another in all of them; where nobody knows which level is
    better, only equal levels are."""
    distinct_profiles: bool = True
    """Whether alternatives of a task must differ."""
    distinct_tasks: bool = False
    """Whether tasks of a version must differ, the order of their alternatives apart."""
    n_shown: int | None = None
    """Attributes that each task shows (partial profiles); all if None."""


class DesignProblem(NamedTuple):
    """What a design is to tell: coefficients of which columns, under which priors, by which rules.

    The columns of the terms lie side by side, in order; K of them.
    """

    n_levels: tuple[int, ...]
    """Levels of each of the A attributes."""
    terms: tuple[Term, ...]
    draws: Float[np.ndarray, "R K"]
    """Coefficients that people may have: one row of zeros for D_0, one of means for D_p, draws
    from a prior for Bayesian criteria."""
    weights: Float[np.ndarray, " R"] | None = None
    """Of the draws, summing to 1; all equal if None."""
    outside: Float[np.ndarray, " K"] | None = None
    """Columns of the none option, often all 0; None where the criterion counts no such option."""
    criterion: Criterion = "d"
    rules: TaskRules = TaskRules()

    @property
    def n_columns(self) -> int:
        """Return K."""
        return sum(term.rows.shape[-1] for term in self.terms)

    @property
    def draw_weights(self) -> Float[np.ndarray, " R"]:
        """Return the weights of the draws."""
        if self.weights is None:
            return np.full(len(self.draws), 1.0 / len(self.draws))
        return self.weights


class Criteria(NamedTuple):
    """What a design is judged by; of each, less is better. Infinite where nothing is identified."""

    d: float
    """Mean over draws of det(I)^(-1/K)."""
    a: float
    """Mean over draws of trace(I^-1) / K."""
    s: float
    """Mean over draws of the respondents that the least certain coefficient needs for t = 1.96."""


def columns_of(problem: DesignProblem, codes: Codes) -> Float[np.ndarray, "V T J K"]:
    """Return the columns of every alternative.

    Examples
    --------
    Two attributes of two levels in effects coding, and their interaction:

    >>> main = np.array([[1.0], [-1.0]])
    >>> both = np.einsum("ix,jy->ijxy", main, main).reshape(2, 2, 1)
    >>> terms = (Term(main, (0,)), Term(main, (1,)), Term(both, (0, 1)))
    >>> problem = DesignProblem((2, 2), terms, np.zeros((1, 3)))
    >>> columns_of(problem, np.array([[[[0, 1], [1, 1]]]], dtype=np.int16)).tolist()
    [[[[1.0, -1.0, -1.0], [-1.0, -1.0, 1.0]]]]
    """
    columns = np.empty((*codes.shape[:-1], problem.n_columns))
    compiled.fill_columns(
        pack_terms(problem, codes.shape[2]),
        codes.reshape(-1, *codes.shape[2:]),
        columns.reshape(-1, *columns.shape[2:]),
    )
    return columns


def informations(problem: DesignProblem, codes: Codes) -> Float[np.ndarray, "R K K"]:
    """Return the information of one respondent under each draw, averaged over versions.

    Notes
    -----
    I(b) = sum over tasks of X' (diag p - p p') X with p the probabilities of the logit at b
    (McFadden 1974; Sandor and Wedel, Journal of Marketing Research 38, 2001). With V versions the
    information of all is added up (Sandor and Wedel, Journal of Marketing Research 42, 2005), and
    divided by V so that designs of more or fewer versions compare.
    """
    columns = columns_of(problem, codes)
    aim = pack_aim(problem._replace(criterion="d"), len(codes))
    n_rows = codes.shape[2] + len(aim.outside)
    desk = desk_for(n_rows, problem.n_columns, len(problem.draws))
    take_tasks(aim, desk, columns.reshape(-1, *columns.shape[2:]))
    lower = np.moveaxis(desk.information, 2, 0) / len(codes)
    return np.tril(lower) + np.swapaxes(np.tril(lower, -1), 1, 2)


def criteria(problem: DesignProblem, codes: Codes) -> Criteria:
    """Return all criteria of a design, for one respondent.

    Notes
    -----
    D: det(I)^(-1/K). A: trace(I^-1) / K. S: the largest of (1.96 se_k / b_k)^2 over coefficients
    other than 0 (Bliemer and Rose, 2005), infinite where all are 0. Of draws from a prior, the mean
    of the criterion, not the criterion of the mean information (Kessels, Jones, Goos and
    Vandebroek, Journal of Business and Economic Statistics 27, 2009).

    Examples
    --------
    Two attributes of two levels, effects coded; one task with the level against the other in both,
    one with the first alone: the information is half the cross product of differences,
    ((2, 2)(2, 2)' + (2, 0)(2, 0)') / 4 = ((2, 1), (1, 1)), of determinant 1.

    >>> main = np.array([[1.0], [-1.0]])
    >>> problem = DesignProblem((2, 2), (Term(main, (0,)), Term(main, (1,))), np.zeros((1, 2)))
    >>> codes = np.array([[[[0, 0], [1, 1]], [[0, 0], [1, 0]]]], dtype=np.int16)
    >>> [round(value, 6) for value in criteria(problem, codes)]
    [1.0, 1.5, inf]
    """
    weights, n_columns = problem.draw_weights, problem.n_columns
    information = informations(problem, codes)
    if np.linalg.matrix_rank(information, hermitian=True).min() < n_columns:
        return Criteria(np.inf, np.inf, np.inf)
    log_determinant = np.linalg.slogdet(information)[1]
    variances = np.diagonal(np.linalg.inv(information), axis1=1, axis2=2)
    return Criteria(
        d=float(weights @ np.exp(-log_determinant / n_columns)),
        a=float(weights @ variances.mean(axis=1)),
        s=float(weights @ _respondents_needed(problem.draws, variances)),
    )


def criterion_of(problem: DesignProblem, codes: Codes) -> float:
    """Return the problem's own criterion of a design."""
    return float(getattr(criteria(problem, codes), problem.criterion))


def pack_terms(problem: DesignProblem, n_alternatives: int) -> PackedTerms:
    """Return the terms as arrays for compiled loops."""
    terms = problem.terms
    widths = [term.rows.shape[-1] for term in terms]
    sizes = [term.rows.size for term in terms]
    attributes = np.full((len(terms), 2), -1, dtype=np.int64)
    is_at = np.ones((len(terms), n_alternatives), dtype=np.bool_)
    for s, term in enumerate(terms):
        attributes[s, : len(term.attributes)] = term.attributes
        if term.places is not None:
            is_at[s] = np.isin(np.arange(n_alternatives), term.places)
    return PackedTerms(
        attributes=attributes,
        is_at=is_at,
        n_second=np.array([_n_second(term) for term in terms], dtype=np.int64),
        first_column=np.cumsum([0, *widths]),
        first_number=np.cumsum([0, *sizes]),
        numbers=np.concatenate([np.asarray(term.rows, dtype=float).ravel() for term in terms]),
    )


def pack_aim(problem: DesignProblem, n_versions: int) -> Aim:
    """Return the criterion as arrays for compiled loops; that of one respondent.

    Raises
    ------
    ValueError
        If the S criterion is asked for without priors.
    """
    draws = np.ascontiguousarray(problem.draws.T, dtype=float)
    if problem.criterion == "s":
        with np.errstate(divide="ignore"):
            needed = np.where(draws == 0.0, 0.0, Z_95**2 / draws**2)
        if not needed.any(axis=0).all():
            raise ValueError(
                "the S criterion asks how many respondents tell coefficients from 0: each draw "
                "must have one other than 0. Use d or a without priors."
            )
    else:
        needed = np.full_like(draws, 1.0 / len(draws))
    outside = np.empty((0, len(draws))) if problem.outside is None else problem.outside[None]
    return Aim(
        draws=draws,
        weights=problem.draw_weights * n_versions,
        criterion=_CRITERIA[problem.criterion],
        needed=needed,
        outside=np.ascontiguousarray(outside, dtype=float),
    )


def _n_second(term: Term) -> int:
    return term.rows.shape[1] if len(term.attributes) == 2 else 1


def _respondents_needed(
    draws: Float[np.ndarray, "R K"], variances: Float[np.ndarray, "R K"]
) -> Float[np.ndarray, " R"]:
    with np.errstate(divide="ignore"):
        needed = np.where(draws == 0.0, -np.inf, Z_95**2 * variances / draws**2)
    worst = needed.max(axis=1)
    return np.where(np.isinf(worst), np.inf, worst)
