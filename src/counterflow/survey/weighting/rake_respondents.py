"""Weight respondents to the margins that a questionnaire states of its population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from counterflow.domain.columns import Categorical, Column
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import one_of, quoted
from counterflow.kernels.raking import design_effect, rake

_SLACK = 5e-3
"""Shares printed with two digits may sum to 0.99 or 1.01; they are divided by their sum."""


@dataclass(frozen=True, kw_only=True)
class RakingOptions:
    """How far weights may go, and when they are good enough.

    Parameters
    ----------
    least, most
        Bounds on weights, relative to their mean. Without an upper bound, a handful of respondents
        in a rare corner may speak for a tenth of the population.
    tolerance
        Largest difference between a share reached and its target.
    """

    least: float = 0.0
    most: float = 5.0
    tolerance: float = 1e-6
    max_iterations: int = 1_000

    def __post_init__(self) -> None:
        if not 0.0 <= self.least < 1.0 < self.most:
            raise ValueError(
                f"expected least below 1 and most above 1, found {self.least:g} and {self.most:g}"
            )


@dataclass(frozen=True, kw_only=True)
class MarginCell:
    """One answer of a margin: its share in the population, and among respondents."""

    question: str
    answer: str
    n: int
    target: float
    before: float
    after: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Weighting:
    """Weights with mean 1, how they were found, and what they cost in precision.

    `status` is "converged", or "not_converged" where bounds or combinations that nobody has keep
    the margins apart: `cells` then shows which are missed.
    """

    weights: Float[np.ndarray, " N"]
    status: Literal["converged", "not_converged"]
    n_iterations: int
    deviation: float
    cells: tuple[MarginCell, ...]
    n_at_bound: int

    @property
    def design_effect(self) -> float:
        """Return by how much unequal weights raise the variance of a mean (Kish)."""
        return design_effect(self.weights)

    @property
    def effective_sample(self) -> float:
        """Return the size of an unweighted sample that would be as precise."""
        return len(self.weights) / self.design_effect

    def as_dict(self) -> dict[str, Any]:
        """Return all but the weights as JSON values."""
        return {
            "status": self.status,
            "n_iterations": self.n_iterations,
            "largest_deviation": self.deviation,
            "least_weight": float(self.weights.min()),
            "most_weight": float(self.weights.max()),
            "n_at_bound": self.n_at_bound,
            "design_effect": self.design_effect,
            "effective_sample": self.effective_sample,
            "margins": [asdict(cell) for cell in self.cells],
        }


def rake_respondents(
    about: Mapping[str, Column],
    margins: Mapping[str, Mapping[str, float]],
    *,
    start: Float[np.ndarray, " N"],
    options: RakingOptions | None = None,
) -> Weighting:
    """Return weights by which respondents have the population's shares in every margin.

    Parameters
    ----------
    about
        What is known of each respondent: `ChoiceData.about_respondents`.
    margins
        Shares in the population by question and answer. Respondents with an answer that a margin
        does not name ("not answered") keep their weight in it, and its shares are met among the
        others.
    start
        Weights to start from; ones where everybody was as likely to be asked.
    options
        Bounds on weights; when to stop.

    Raises
    ------
    InputError
        If a question has no column, shares do not sum to 1, or nobody gave an answer that the
        population has: no weight makes up for people who were not asked. Every problem at once.

    Examples
    --------
    >>> from counterflow.domain.columns import coded
    >>> about = {"sex": coded(np.array([0, 0, 0, 1]), ("woman", "man"))}
    >>> found = rake_respondents(about, {"sex": {"woman": 0.5, "man": 0.5}}, start=np.ones(4))
    >>> found.weights.round(3), round(found.effective_sample, 2)
    (array([0.667, 0.667, 0.667, 2.   ]), 3.0)
    """
    options = options or RakingOptions()
    if problems := list(_problems(about, margins)):
        raise InputError(problems)
    categories, targets = _arrays(about, margins, n=len(start))
    found = rake(
        categories,
        targets,
        start,
        least=options.least,
        most=options.most,
        tolerance=options.tolerance,
        max_iterations=options.max_iterations,
    )
    is_bound = np.isclose(found.weights, options.most * 1.0, rtol=1e-6) | (
        np.isclose(found.weights, options.least, rtol=1e-6) & (options.least > 0.0)
    )
    return Weighting(
        weights=found.weights,
        status="converged" if found.deviation <= options.tolerance else "not_converged",
        n_iterations=found.n_iterations,
        deviation=found.deviation,
        cells=tuple(_cells(margins, categories, targets, start, found.weights)),
        n_at_bound=int(is_bound.sum()),
    )


def _problems(
    about: Mapping[str, Column], margins: Mapping[str, Mapping[str, float]]
) -> Iterator[Problem]:
    for question, shares in margins.items():
        key = f"survey.questionnaire.margins.{question}"
        total = sum(shares.values())
        if abs(total - 1.0) > _SLACK:
            yield Problem("shares that sum to 1", f"{total:g}", key=key)
        column = about.get(question)
        if not isinstance(column, Categorical):
            known = [name for name, c in about.items() if isinstance(c, Categorical)]
            expected = one_of(known) if known else "a question with one answer, asked of everybody"
            yield Problem(expected, quoted(question), key=key)
            continue
        counts = dict(
            zip(column.levels, np.bincount(column.codes, minlength=len(column.levels)), strict=True)
        )
        for answer in shares:
            if not counts.get(answer, 0):
                yield Problem(
                    expected="at least one respondent with each answer of a margin",
                    found=f"nobody who answered {quoted(answer)}",
                    key=f"{key}.{answer}",
                    advice="Ask more people, or join this answer to another in the margins.",
                )


def _arrays(
    about: Mapping[str, Column], margins: Mapping[str, Mapping[str, float]], *, n: int
) -> tuple[Int[np.ndarray, "margins N"], Float[np.ndarray, "margins categories"]]:
    categories = np.full((len(margins), n), -1, dtype=np.int64)
    targets = np.zeros((len(margins), max((len(shares) for shares in margins.values()), default=1)))
    for q, (question, shares) in enumerate(margins.items()):
        column = about[question]
        assert isinstance(column, Categorical), "checked before"
        position = {answer: c for c, answer in enumerate(shares)}
        of_level = np.array([position.get(level, -1) for level in column.levels])
        categories[q] = of_level[column.codes]
        targets[q, : len(shares)] = np.array(list(shares.values())) / sum(shares.values())
    return categories, targets


def _cells(
    margins: Mapping[str, Mapping[str, float]],
    categories: Int[np.ndarray, "margins N"],
    targets: Float[np.ndarray, "margins categories"],
    start: Float[np.ndarray, " N"],
    weights: Float[np.ndarray, " N"],
) -> Iterator[MarginCell]:
    for q, (question, shares) in enumerate(margins.items()):
        is_known = categories[q] >= 0
        for c, answer in enumerate(shares):
            is_in = categories[q] == c
            yield MarginCell(
                question=question,
                answer=answer,
                n=int(is_in.sum()),
                target=float(targets[q, c]),
                before=float(start[is_in].sum() / start[is_known].sum()),
                after=float(weights[is_in].sum() / weights[is_known].sum()),
            )
