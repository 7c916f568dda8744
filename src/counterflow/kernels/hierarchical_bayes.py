"""Hierarchical Bayes for the logit: one Markov chain over persons and their population.

Person n has K latent values, normal over people: theta_n ~ N(mean, covariance). A coefficient of
utility is its latent value, or, where its sign is known, the sign times the exponential of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int

from counterflow.kernels.compiled import hierarchical_bayes as compiled
from counterflow.kernels.panel import (
    Panel,
    person_informations,
    person_log_likelihoods,
    room_for,
)
from counterflow.kernels.philox import Key

ADAPT_EVERY = 50
"""Sweeps between two looks at the information of the persons, during burn-in."""


class PopulationPrior(NamedTuple):
    """What is believed of the population before the answers.

    mean ~ N(mean, 1 / mean_precision); covariance ~ inverse Wishart(degrees, diag(scale)) with
    scale_k ~ exponential(scale_rate_k).
    """

    mean: Float[np.ndarray, " K"]
    mean_precision: Float[np.ndarray, " K"]
    degrees: float
    scale_rate: Float[np.ndarray, " K"]


class ChainState(NamedTuple):
    """Where a chain stands; sweeps change it in place."""

    mean: Float[np.ndarray, " K"]
    factor: Float[np.ndarray, "K K"]
    """Lower triangular; factor factor' is the covariance."""
    latents: Float[np.ndarray, "N K"]
    log_likelihoods: Float[np.ndarray, " N"]
    gradients: Float[np.ndarray, "N K"]
    """Of each person's log-likelihood by the latent values."""


class Tuning(NamedTuple):
    """How large and in which directions steps are tried; fixed once burn-in is over."""

    step_sizes: Float[np.ndarray, " N"]
    informativeness: Float[np.ndarray, " N"]
    """Information of each person's choices relative to the average person's."""
    rotation: Float[np.ndarray, "K K"]
    eigenvalues: Float[np.ndarray, " K"]
    """factor @ rotation are axes along which the average information is diag(eigenvalues)."""
    hamiltonian_steps: Float[np.ndarray, " two"]
    """Step sizes of the moves of mean and scales, and of mean and factor."""
    population_root: Float[np.ndarray, "K K"]
    """Square root of the inverse of the information of all persons together."""
    growth_root: Float[np.ndarray, " K"]
    """The same for the logarithm of each coefficient's spread."""
    average: Float[np.ndarray, "N K"]
    average_covariance: Float[np.ndarray, "K K"]
    n_accepted: Int[np.ndarray, " N"]
    n_hamiltonian_accepted: Int[np.ndarray, " two"]


class Record(NamedTuple):
    """What is kept of a chain after burn-in."""

    path: Float[np.ndarray, "P 2K+1"]
    """Mean and standard deviation of each latent value over people, and the log-likelihood."""
    means: Float[np.ndarray, "S K"]
    covariances: Float[np.ndarray, "S K K"]
    coefficients: Float32[np.ndarray, "S N K"]
    """Coefficients of each person times `units`."""
    units: Float[np.ndarray, " K"]
    person_means: Float[np.ndarray, "N K"]
    """Mean of each person's coefficients over all sweeps after burn-in."""
    person_squares: Float[np.ndarray, "N K"]
    """Sum of squared deviations from it."""
    n_sweeps: Int[np.ndarray, " one"]


class Schedule(NamedTuple):
    """How long a chain runs and how much of it is kept, evenly spread over what follows burn-in."""

    n_burn_in: int
    n_sweeps: int
    n_path: int
    n_draws: int


class Chain(NamedTuple):
    """A chain that has run."""

    record: Record
    acceptance: Float[np.ndarray, " N"]
    """Share of each person's proposals that were accepted after burn-in."""
    hamiltonian_acceptance: Float[np.ndarray, " two"]
    """The same for the moves of mean and scales, and of mean and factor."""


def chain_state(
    panel: Panel,
    mean: Float[np.ndarray, " K"],
    factor: Float[np.ndarray, "K K"],
    latents: Float[np.ndarray, "N K"],
) -> ChainState:
    """Return a state with the log-likelihoods and gradients that belong to its latent values."""
    return ChainState(
        mean.copy(), factor.copy(), latents.copy(), *person_log_likelihoods(panel, latents)
    )


def tuning_of(panel: Panel, prior: PopulationPrior, state: ChainState) -> Tuning:
    """Return the tuning for a chain that stands at `state`."""
    n, k = state.latents.shape
    tuning = Tuning(
        step_sizes=np.ones(n),
        informativeness=np.ones(n),
        rotation=np.eye(k),
        eigenvalues=np.zeros(k),
        hamiltonian_steps=np.array([0.5, 0.3]),
        population_root=np.eye(k),
        growth_root=np.ones(k),
        average=state.latents.copy(),
        average_covariance=state.factor @ state.factor.T,
        n_accepted=np.zeros(n, dtype=np.int64),
        n_hamiltonian_accepted=np.zeros(2, dtype=np.int64),
    )
    retune(panel, prior, tuning)
    return tuning


def retune(panel: Panel, prior: PopulationPrior, tuning: Tuning) -> None:
    """Turn the directions of `tuning` to the information at the averages of the chain so far.

    Notes
    -----
    A person's posterior is nearly normal with precision covariance^-1 + information (Rossi,
    Allenby and McCulloch, Bayesian Statistics and Marketing, 2005, section 5.5). In axes z with
    theta = mean + factor @ rotation @ z the first is the identity and the second nearly
    h_n diag(eigenvalues), h_n the person's information relative to the average person's. So the
    proposal follows the covariance of the present sweep at no cost per person.
    """
    n = len(tuning.average)
    traces, total = person_informations(panel, tuning.average)
    factor = np.linalg.cholesky(tuning.average_covariance)
    eigenvalues, rotation = np.linalg.eigh(factor.T @ total @ factor / n)
    tuning.eigenvalues[:] = np.maximum(eigenvalues, 0.0)
    tuning.rotation[:] = rotation
    tuning.informativeness[:] = traces / max(traces.mean(), np.finfo(float).tiny)
    root = np.linalg.cholesky(total + np.diag(prior.mean_precision))
    tuning.population_root[:] = np.linalg.inv(root).T
    spread = np.diag(total) * np.diag(tuning.average_covariance)
    tuning.growth_root[:] = 1.0 / np.sqrt(spread + 2.0)


def record_of(
    schedule: Schedule, units: Float[np.ndarray, " K"], coefficients: Float32[np.ndarray, "S N K"]
) -> Record:
    """Return an empty record that writes persons' coefficients into the array given."""
    _, n, k = coefficients.shape
    return Record(
        path=np.empty((schedule.n_path, 2 * k + 1)),
        means=np.empty((schedule.n_draws, k)),
        covariances=np.empty((schedule.n_draws, k, k)),
        coefficients=coefficients,
        units=np.asarray(units, dtype=float),
        person_means=np.zeros((n, k)),
        person_squares=np.zeros((n, k)),
        n_sweeps=np.zeros(1, dtype=np.int64),
    )


def run_chain(
    panel: Panel,
    prior: PopulationPrior,
    state: ChainState,
    *,
    schedule: Schedule,
    record: Record,
    key: Key,
    stream: int,
    after: Callable[[int], None] | None = None,
) -> Chain:
    """Run a chain from `state`, which it changes, and return it with its record filled.

    `after` is told how many sweeps are done, every 50. Random numbers are those of Philox under
    `key` at counters (block, person, sweep, stream), so the chain is a function of its arguments.

    Notes
    -----
    A sweep has three parts.

    1. Each person takes a Langevin step (Roberts and Tweedie, Bernoulli 1996), preconditioned as
       `retune` says, with a step size of its own that burn-in brings to an acceptance of 0.574
       (Roberts and Rosenthal, JRSS B 1998). The gradient comes with the likelihood; the steps are
       some ten times longer than those of a random walk.
    2. Given the persons, the mean is normal and the covariance inverse Wishart (Rossi et al. 2005,
       section 5.3).
    3. The population moves and takes its persons along: theta_n = mean + M z_n with z_n held fixed.
       Ten tasks say little about sixteen coefficients, so persons follow their population, and
       part 2 alone would creep; parts 2 and 3 together are fast where either is (ancillarity-
       sufficiency interweaving: Yu and Meng, JCGS 2011). In turn from sweep to sweep, the mean
       moves with the scale of each row of M, or with all of M, by three leaps of Hamiltonian
       dynamics (Neal, Handbook of Markov Chain Monte Carlo, 2011, chapter 5). The prior scale of
       the covariance is integrated out, or scales near zero would hold each other there.
    """
    room = room_for(panel)
    tuning = tuning_of(panel, prior, state)
    n_all = schedule.n_burn_in + schedule.n_sweeps
    slots = _slots(schedule)
    for first in range(0, n_all, ADAPT_EVERY):
        last = min(first + ADAPT_EVERY, n_all)
        # The last fifth of burn-in is left to step sizes, to settle on the final directions.
        if 0 < first <= 0.8 * schedule.n_burn_in:
            retune(panel, prior, tuning)
        compiled.sweep_chain(
            panel,
            prior,
            state,
            room,
            tuning,
            record,
            key,
            np.uint64(stream),
            first,
            last,
            schedule.n_burn_in,
            slots[first:last],
        )
        if after is not None:
            after(last)
    return Chain(
        record=record,
        acceptance=tuning.n_accepted / schedule.n_sweeps,
        hamiltonian_acceptance=tuning.n_hamiltonian_accepted / _n_hamiltonian(schedule),
    )


def _slots(schedule: Schedule) -> Int[np.ndarray, "sweeps 2"]:
    """Return for each sweep where its population and its persons are kept; -1 for nowhere."""
    slots = np.full((schedule.n_burn_in + schedule.n_sweeps, 2), -1, dtype=np.int64)
    for column, n in enumerate((schedule.n_path, schedule.n_draws)):
        kept = (np.arange(1, n + 1) * schedule.n_sweeps) // max(n, 1) - 1
        slots[schedule.n_burn_in + kept, column] = np.arange(n)
    return slots


def _n_hamiltonian(schedule: Schedule) -> Int[np.ndarray, " two"]:
    """Return how many sweeps after burn-in made each of the moves that take turns."""
    sweeps = schedule.n_burn_in + np.arange(schedule.n_sweeps)
    return np.bincount(sweeps % 2, minlength=2)
