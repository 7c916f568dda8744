"""Simulate respondents who answer from stated preferences, to try a programme before a survey.

A respondent is a pure function of the seed and of their number: neither how many others there
are, nor how the work is cut into blocks, changes an answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.domain.choice_data import Categorical, ChoiceData, Column, Numeric
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.domain.settings import HierarchicalEstimation
from counterflow.domain.survey import SimulatedAnswers
from counterflow.survey.lognormal import lognormal
from counterflow.survey.showable_products import ShowableProducts, showable_products
from counterflow.survey.simulated_numbers import simulated_number

NONE = "none"
"""What the outside option is called in simulated answers."""

_BLOCK = 4096


def simulate_answers(programme: Programme, *, report: Report | None = None) -> ChoiceData:
    """Return the choices of `n_respondents`, each with `n_tasks` tasks of random products.

    Each task shows `n_alternatives` different products, drawn at random from all that the rules
    allow at the prices that could be asked, and the outside option if there is one. The
    respondent takes the alternative with the highest utility.

    Raises
    ------
    InputError
        If there are fewer different products than a task shows.

    Notes
    -----
    U_ntj = x_tj' beta_n + e_ntj, with e standard Gumbel and x coded as in estimation: the mixed
    logit (Train, Discrete Choice Methods with Simulation, 2nd ed., 2009, section 6.1).
    """
    asked, products = _simulated(programme), showable_products(programme)
    _check_enough(asked, products)
    coding = _coding(programme)
    n, t, j = asked.n_respondents, asked.n_tasks, asked.n_alternatives
    shown = np.empty((n, t, j), dtype=np.int32)
    chosen = np.empty((n, t), dtype=np.int64)
    for start in range(0, n, _BLOCK):
        block = slice(start, min(start + _BLOCK, n))
        shown[block] = _random_tasks(programme, block, len(products))
        chosen[block] = _choices(programme, coding, products, block, shown[block])
        if report is not None:
            report(block.stop / n, f"{block.stop:,} of {n:,} respondents")
    return replace(_choice_data(asked, products, shown, chosen), **_numbers(programme))


def simulate_coefficients(programme: Programme) -> Float[np.ndarray, "N K"]:
    """Return the coefficients from which each respondent answers, in the order of the coding.

    Those that `estimation.signs` gives a sign are lognormal, the others normal, with the stated
    mean and standard deviation.
    """
    return _coefficients(programme, slice(0, _simulated(programme).n_respondents))


def _simulated(programme: Programme) -> SimulatedAnswers:
    if programme.survey.simulated is None:
        raise ValueError("expected a programme with [survey.simulated], found [survey.answers]")
    return programme.survey.simulated


def _coding(programme: Programme) -> UtilityCoding:
    has_outside = _simulated(programme).outside_option
    return UtilityCoding.of(programme.attributes, has_outside=has_outside)


def _check_enough(asked: SimulatedAnswers, products: ShowableProducts) -> None:
    if len(products) < asked.n_alternatives:
        problem = Problem(
            expected=f"at least {asked.n_alternatives} different products to show in a task",
            found=f"{len(products)} that the rules allow at a price level within search.prices",
            key="survey.simulated.n_alternatives",
            advice="Show fewer, loosen a rule, or widen a price range.",
        )
        raise InputError([problem])


def _coefficients(programme: Programme, block: slice) -> Float[np.ndarray, "n K"]:
    labels, spreads = _coding(programme).labels, _simulated(programme).preferences
    signs = (
        programme.estimation.signs
        if isinstance(programme.estimation, HierarchicalEstimation)
        else {}
    )
    z = np.stack(
        [stream.standard_normal(len(labels)) for stream in _streams(programme, "people", block)]
    )
    coefficients = np.empty_like(z)
    for k, label in enumerate(labels):
        spread = spreads[label]
        coefficients[:, k] = (
            lognormal(spread, z[:, k]) if label in signs else spread.mean + spread.sd * z[:, k]
        )
    return coefficients


def _streams(programme: Programme, purpose: str, block: slice) -> list[np.random.Generator]:
    """Return a random stream for each respondent of the block."""
    seed, people = programme.seeds.simulation, range(block.start, block.stop)
    return [random_stream(seed, f"simulation: {purpose}", person) for person in people]


def _random_tasks(programme: Programme, block: slice, n_products: int) -> Int[np.ndarray, "n T J"]:
    """Return which products each task shows: every set of different products is as likely."""
    asked = _simulated(programme)
    shape = (asked.n_tasks, asked.n_alternatives)
    u = np.stack([stream.random(shape) for stream in _streams(programme, "tasks", block)])
    return distinct_picks(u, n_products)


def distinct_picks(u: Float[np.ndarray, "*sets J"], n: int) -> Int[np.ndarray, "*sets J"]:
    """Return J different numbers below `n` for each set of J uniform draws.

    The j-th draw picks among the n - j numbers that are left, counted upwards, so every ordered
    sample without replacement is as likely.

    Examples
    --------
    >>> distinct_picks(np.array([0.0, 0.0, 0.99]), 4)
    array([0, 1, 3])
    """
    picks = np.empty(u.shape, dtype=np.int64)
    for j in range(u.shape[-1]):
        pick = (u[..., j] * (n - j)).astype(np.int64)
        for taken in np.moveaxis(np.sort(picks[..., :j], axis=-1), -1, 0):
            pick += pick >= taken
        picks[..., j] = pick
    return picks


def _choices(
    programme: Programme,
    coding: UtilityCoding,
    products: ShowableProducts,
    block: slice,
    shown: Int[np.ndarray, "n T J"],
) -> Int[np.ndarray, "n T"]:
    """Return the position of the alternative that each respondent takes in each task."""
    rows = _rows(products, shown, has_outside=coding.has_outside)
    n, t, j = shown.shape[0], shown.shape[1], shown.shape[2] + coding.has_outside
    design = coding.encode(rows, _is_outside(shown, has_outside=coding.has_outside))
    utility = np.einsum(
        "ntjk,nk->ntj", design.reshape(n, t, j, -1), _coefficients(programme, block)
    )
    noise = np.stack([s.gumbel(size=(t, j)) for s in _streams(programme, "noise", block)])
    return np.argmax(utility + noise, axis=-1)


def _rows(
    products: ShowableProducts, shown: Int[np.ndarray, "n T J"], *, has_outside: bool
) -> dict[str, Column]:
    """Return the attributes of the alternatives of all tasks, missing where outside."""
    rows: dict[str, Column] = {}
    for name, column in products.columns.items():
        numeric = isinstance(column, Numeric)
        values = products.values[name][shown]
        if has_outside:
            values = np.insert(values, shown.shape[2], np.nan if numeric else -1, axis=-1)
        rows[name] = (
            Numeric(values.ravel())
            if isinstance(column, Numeric)
            else Categorical(values.ravel(), column.levels)
        )
    return rows


def _is_outside(shown: Int[np.ndarray, "n T J"], *, has_outside: bool) -> Bool[np.ndarray, " rows"]:
    n, t, j = shown.shape
    is_last = np.arange(j + has_outside) == j
    return np.tile(is_last, n * t)


def _choice_data(
    asked: SimulatedAnswers,
    products: ShowableProducts,
    shown: Int[np.ndarray, "N T J"],
    chosen: Int[np.ndarray, "N T"],
) -> ChoiceData:
    n, t, j = shown.shape
    size = j + asked.outside_option
    task_starts = np.arange(0, (n * t + 1) * size, size)
    names = (*map(str, range(1, j + 1)), *([NONE] if asked.outside_option else []))
    return ChoiceData(
        columns=_rows(products, shown, has_outside=asked.outside_option),
        is_outside=_is_outside(shown, has_outside=asked.outside_option),
        task_starts=task_starts,
        respondent_starts=np.arange(0, n * t + 1, t),
        chosen_rows=task_starts[:-1] + chosen.ravel(),
        respondent_ids=tuple(map(str, range(1, n + 1))),
        alternative_names=Categorical(np.tile(np.arange(size, dtype=np.int8), n * t), names),
    )


class _Known(TypedDict):
    about_respondents: dict[str, Column]
    partly_known: dict[str, Numeric]


def _numbers(programme: Programme) -> _Known:
    """Return what respondents say of themselves in numbers: of all of them, and of some."""
    asked, known = _simulated(programme), _Known(about_respondents={}, partly_known={})
    for question in asked.numbers:
        people = range(asked.n_respondents)
        said = [simulated_number(programme, question, person) for person in people]
        numbers = Numeric(np.array(said, dtype=float))
        if None not in said:
            known["about_respondents"][question] = numbers
        elif set(said) != {None}:
            known["partly_known"][question] = numbers
    return known
