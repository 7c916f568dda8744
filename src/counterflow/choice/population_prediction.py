"""What people choose who come from a population: probabilities, logsums, surplus, likelihood."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import scipy
from jaxtyping import Float, Int
from scipy.special import ndtri

from counterflow.choice.population import Population
from counterflow.choice.price_coefficient import price_position
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.utility import Utility

N_PEOPLE_LOG2 = 11
"""2,048 people stand for the population, each from another draw of it."""
_AT_ONCE = 4_000_000
"""Numbers that are worked on together, so that large data need little memory."""

OfTasks = Callable[
    [Float[np.ndarray, "rows D"], Int[np.ndarray, " tasks_and_one"]],
    Float[np.ndarray, "rows_or_tasks D"],
]


class People:
    """D people of a population, over whom what is asked is averaged.

    Notes
    -----
    Person d comes from draw d of the population, modulo S, with a component and normals from a
    scrambled Sobol sequence (Owen, Journal of Complexity 14, 1998), the same for every respondent.
    """

    def __init__(self, population: Population, seed: int) -> None:
        self.population = population
        s, _, _, k = population.component_means.shape
        sequence = scipy.stats.qmc.Sobol(k + 1, scramble=True, rng=np.random.default_rng(seed))
        uniforms = np.clip(sequence.random_base2(N_PEOPLE_LOG2), 1e-12, 1.0 - 1e-12)
        draw = np.arange(len(uniforms)) % s
        above = np.cumsum(population.shares, axis=1)[draw] < uniforms[:, -1:]
        component = np.minimum(above.sum(axis=1), population.n_components - 1)
        factors = np.linalg.cholesky(population.component_covariances)[draw, component]
        self.means = population.component_means[draw, component]
        self.residuals = np.einsum("dkl,dl->dk", factors, ndtri(uniforms[:, :-1]))

    def coefficients(self, weights: Float[np.ndarray, " Q"]) -> Float[np.ndarray, "D K"]:
        """Return the coefficients of people with these covariates."""
        latents = self.residuals + np.einsum("dqk,q->dk", self.means, weights)
        return self.population.coefficients_of(latents)


def averaged_over_people(
    people: People,
    utility: Utility,
    data: ChoiceData,
    known: Float[np.ndarray, "N Q"],
    of_tasks: OfTasks,
    *,
    by_row: bool = False,
    price: str | None = None,
) -> Float[np.ndarray, " rows_or_tasks"]:
    """Return the mean over people of a figure of each row or task.

    With `price`, the figure of each person is divided by minus the coefficient of it; InputError
    if there is none.
    """
    found = np.empty(data.n_rows if by_row else data.n_tasks)
    money = None if price is None else price_position(utility.labels, price)
    for rows, tasks, utilities, beta in _stretches(people, utility, data, known):
        part = of_tasks(utilities, np.asarray(data.task_starts[tasks.start : tasks.stop + 1]))
        if money is not None:
            part = part / -beta[:, money]
        found[rows if by_row else tasks] = part.mean(axis=1)
    return found


def log_likelihoods_of_people(
    people: People, utility: Utility, data: ChoiceData, known: Float[np.ndarray, "N Q"]
) -> Float[np.ndarray, " N"]:
    """Return the logarithm of the mean over people of the probability of all choices, by person."""
    found = np.empty(data.n_respondents)
    done, task_starts = 0, np.asarray(data.task_starts)
    for rows, tasks, utilities, _ in _stretches(people, utility, data, known):
        starts = task_starts[tasks.start : tasks.stop + 1]
        chosen = np.asarray(data.chosen_rows[tasks]) - rows.start
        by_task = utilities[chosen] - logsums_of(utilities, starts)
        last = int(np.searchsorted(data.respondent_starts, tasks.stop))
        firsts = np.asarray(data.respondent_starts[done:last]) - tasks.start
        by_person = np.add.reduceat(by_task, firsts, axis=0)
        most = by_person.max(axis=1)
        found[done:last] = most + np.log(np.exp(by_person - most[:, None]).mean(axis=1))
        done = last
    return found


def probabilities_of(
    utilities: Float[np.ndarray, "rows D"], starts: Int[np.ndarray, " tasks_and_one"]
) -> Float[np.ndarray, "rows D"]:
    """Return the logit probability of each row within its task (Train 2009, equation 3.6)."""
    sizes, first = np.diff(starts), starts[:-1] - starts[0]
    odds = np.exp(utilities - np.repeat(np.maximum.reduceat(utilities, first), sizes, axis=0))
    return odds / np.repeat(np.add.reduceat(odds, first), sizes, axis=0)


def logsums_of(
    utilities: Float[np.ndarray, "rows D"], starts: Int[np.ndarray, " tasks_and_one"]
) -> Float[np.ndarray, "tasks D"]:
    """Return the logarithm of the sum of exponentials over each task (Train 2009, section 3.5)."""
    sizes, first = np.diff(starts), starts[:-1] - starts[0]
    top = np.maximum.reduceat(utilities, first)
    return top + np.log(np.add.reduceat(np.exp(utilities - np.repeat(top, sizes, axis=0)), first))


def _stretches(
    people: People, utility: Utility, data: ChoiceData, known: Float[np.ndarray, "N Q"]
) -> Iterator[tuple[slice, slice, Float[np.ndarray, "rows D"], Float[np.ndarray, "D K"]]]:
    """Yield rows and tasks of a run of respondents, with utilities for people in their place."""
    design = utility.design(data)
    rows = np.asarray(data.task_starts)[np.asarray(data.respondent_starts)]
    tasks = np.asarray(data.respondent_starts)
    same = None if known.shape[1] > 1 else people.coefficients(np.ones(1))
    at_once = max(_AT_ONCE // len(people.residuals), 1)
    first = 0
    while first < data.n_respondents:
        last = first + 1
        if same is not None:
            last = max(int(np.searchsorted(rows, rows[first] + at_once, side="right")) - 1, last)
        beta = people.coefficients(known[first]) if same is None else same
        place = slice(int(rows[first]), int(rows[last]))
        yield place, slice(int(tasks[first]), int(tasks[last])), design[place] @ beta.T, beta
        first = last
