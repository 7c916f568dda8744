"""Hierarchical Bayes for the logit: one Markov chain over persons and their population.

Person n has K latent values, normal over people: theta_n ~ N(mean, covariance). A coefficient of
utility is its latent value, or, where its sign is known, the sign times the exponential of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, UInt64

from counterflow.kernels.compiled import hierarchical_bayes as compiled
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.philox import Key

LANE = 8
"""Tasks of a person are filled up to a multiple of this: the width of a vector of doubles."""
LEFT_OUT = -1e3
"""Added to the utility of columns that stand for nothing; odds of e**-300 change no sum."""
ADAPT_EVERY = 50
"""Sweeps between two looks at the information of the persons, during burn-in."""


class Panel(NamedTuple):
    """The choices of each person, laid out so that compiled loops vectorise.

    Person n has a design of K rows and `starts[n + 1] - starts[n]` columns: lane after lane, where
    lane j holds the j-th alternative of each task that was not chosen, less the chosen one. Lanes
    are filled up with columns of zeros, whose offset takes them out of every sum.
    """

    columns: Float[np.ndarray, " K_times_columns"]
    offsets: Float[np.ndarray, " columns"]
    starts: Int[np.ndarray, " persons_and_one"]
    lanes: Int[np.ndarray, " N"]
    """Columns in each lane of a person."""
    signs: Float[np.ndarray, " K"]
    """-1 or 1 where a coefficient's sign is known, else 0."""
    signed: Int[np.ndarray, " n_signed"]
    """Where it is known."""

    @property
    def n_persons(self) -> int:
        """Return N."""
        return len(self.lanes)

    @property
    def n_coefficients(self) -> int:
        """Return K."""
        return len(self.signs)


class PopulationPrior(NamedTuple):
    """What is believed of the population before the answers.

    mean ~ N(mean, 1 / mean_precision), covariance ~ inverse Wishart(degrees, diag(scale)).
    """

    mean: Float[np.ndarray, " K"]
    mean_precision: Float[np.ndarray, " K"]
    degrees: float
    scale_shape: float
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
    population_step: Float[np.ndarray, " one"]
    population_root: Float[np.ndarray, "K K"]
    """Square root of the inverse of the information of all persons together."""
    average: Float[np.ndarray, "N K"]
    average_covariance: Float[np.ndarray, "K K"]
    n_accepted: Int[np.ndarray, " N"]
    n_population_accepted: Int[np.ndarray, " one"]


class Room(NamedTuple):
    """Where compiled loops put what they need in passing, and a proposed move of everyone."""

    odds: Float[np.ndarray, " most_columns"]
    totals: Float[np.ndarray, " most_tasks"]
    coefficients: Float[np.ndarray, " K"]
    vectors: Float[np.ndarray, "9 K"]
    matrices: Float[np.ndarray, "3 K K"]
    words: UInt64[np.ndarray, " most_words"]
    centred: Float[np.ndarray, "N K"]
    standardised: Float[np.ndarray, "N 1+K"]
    """A column of ones, then each person's latent values in units of the population."""
    latents: Float[np.ndarray, "N K"]
    log_likelihoods: Float[np.ndarray, " N"]
    gradients: Float[np.ndarray, "N K"]


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
    population_acceptance: float


def panel_of(sets: ChoiceSets, signs: Float[np.ndarray, " K"]) -> Panel:
    """Return the choice sets laid out for the chain.

    Examples
    --------
    One person with a set of two alternatives besides the chosen one, and a set of one:

    >>> sets = ChoiceSets(np.array([[1.0], [2.0], [3.0]]), np.array([0, 2, 3]), np.array([0, 2]))
    >>> panel = panel_of(sets, np.zeros(1))
    >>> panel.columns.reshape(2, 8)[:, :2]
    array([[1., 3.],
           [2., 0.]])
    """
    k, sizes = sets.n_coefficients, np.diff(sets.task_starts)
    n_tasks = np.diff(sets.person_starts)
    lanes = -(-n_tasks // LANE) * LANE
    starts = np.append(0, np.cumsum(lanes * np.maximum.reduceat(sizes, sets.person_starts[:-1])))
    task = np.repeat(np.arange(sets.n_tasks), sizes)
    person = np.repeat(np.arange(sets.n_persons), n_tasks)[task]
    lane, place = np.arange(len(task)) - sets.task_starts[task], task - sets.person_starts[person]
    column = lane * lanes[person] + place
    offsets = np.full(starts[-1], LEFT_OUT)
    offsets[starts[person] + column] = 0.0
    columns = np.zeros(k * starts[-1])
    first, width = k * starts[person] + column, np.diff(starts)[person]
    columns[first[:, None] + width[:, None] * np.arange(k)] = sets.differences
    signs = np.array(signs, dtype=float)
    return Panel(columns, offsets, starts, lanes, signs, np.flatnonzero(signs))


def room_for(panel: Panel) -> Room:
    """Return room for the loops over this panel."""
    n, k = panel.n_persons, panel.n_coefficients
    return Room(
        odds=np.empty(np.diff(panel.starts).max()),
        totals=np.empty(panel.lanes.max()),
        coefficients=np.empty(k),
        vectors=np.empty((9, k)),
        matrices=np.empty((3, k, k)),
        words=np.empty(k * (k + 1), dtype=np.uint64),
        centred=np.empty((n, k)),
        standardised=np.ones((n, k + 1)),
        latents=np.empty((n, k)),
        log_likelihoods=np.empty(n),
        gradients=np.empty((n, k)),
    )


def chain_state(
    panel: Panel,
    mean: Float[np.ndarray, " K"],
    factor: Float[np.ndarray, "K K"],
    latents: Float[np.ndarray, "N K"],
) -> ChainState:
    """Return a state with the log-likelihoods and gradients that belong to its latent values."""
    log_likelihoods, gradients = np.empty(len(latents)), np.empty(latents.shape)
    compiled.evaluate(panel, room_for(panel), latents, log_likelihoods, gradients)
    return ChainState(mean.copy(), factor.copy(), latents.copy(), log_likelihoods, gradients)


def tuning_of(panel: Panel, prior: PopulationPrior, state: ChainState) -> Tuning:
    """Return the tuning for a chain that stands at `state`."""
    n, k = state.latents.shape
    tuning = Tuning(
        step_sizes=np.ones(n),
        informativeness=np.ones(n),
        rotation=np.eye(k),
        eigenvalues=np.zeros(k),
        population_step=np.array([0.3]),
        population_root=np.eye(k),
        average=state.latents.copy(),
        average_covariance=state.factor @ state.factor.T,
        n_accepted=np.zeros(n, dtype=np.int64),
        n_population_accepted=np.zeros(1, dtype=np.int64),
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
    n, k = tuning.average.shape
    traces, total = np.empty(n), np.zeros((k, k))
    compiled.add_informations(panel, room_for(panel), tuning.average, traces, total)
    factor = np.linalg.cholesky(tuning.average_covariance)
    eigenvalues, rotation = np.linalg.eigh(factor.T @ total @ factor / n)
    tuning.eigenvalues[:] = np.maximum(eigenvalues, 0.0)
    tuning.rotation[:] = rotation
    tuning.informativeness[:] = traces / max(traces.mean(), np.finfo(float).tiny)
    root = np.linalg.cholesky(total + np.diag(prior.mean_precision))
    tuning.population_root[:] = np.linalg.inv(root).T


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
    3. Given the *standardised* persons z_n, with theta_n = mean + M z_n, mean and M take a Langevin
       step together. Ten tasks say little about sixteen coefficients, so persons follow their
       population and part 2 alone would creep; parts 2 and 3 together are fast where either is
       (ancillarity-sufficiency interweaving: Yu and Meng, JCGS 2011).
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
        population_acceptance=float(tuning.n_population_accepted[0] / schedule.n_sweeps),
    )


def _slots(schedule: Schedule) -> Int[np.ndarray, "sweeps 2"]:
    """Return for each sweep where its population and its persons are kept; -1 for nowhere."""
    slots = np.full((schedule.n_burn_in + schedule.n_sweeps, 2), -1, dtype=np.int64)
    for column, n in enumerate((schedule.n_path, schedule.n_draws)):
        kept = (np.arange(1, n + 1) * schedule.n_sweeps) // max(n, 1) - 1
        slots[schedule.n_burn_in + kept, column] = np.arange(n)
    return slots
