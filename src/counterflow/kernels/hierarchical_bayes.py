"""Hierarchical Bayes for the logit: one Markov chain over persons and their populations.

Person n of component c has K latent values, theta_n ~ N(means_c' w_n, covariance_c), where w_n is 1
and then the person's covariates. A coefficient of utility is its latent value, or, where its sign
is known, the sign times the exponential of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.compiled import hierarchical_bayes as compiled
from counterflow.kernels.compiled import langevin_persons
from counterflow.kernels.compiled import panel as compiled_panel
from counterflow.kernels.compiled import population_given_persons as given_persons
from counterflow.kernels.compiled import population_given_residuals as given_residuals
from counterflow.kernels.panel import Panel, Tiles, by_person, in_tiles, room_for
from counterflow.kernels.philox import Key

ADAPT_EVERY = 50
"""Sweeps between two looks at the information of the persons, during burn-in."""
TILES_OF_BLOCK = 8
"""Fewest tiles in a block of persons: below, threads cost more than they bring."""
N_BLOCKS = 16
"""Most blocks of persons. In each of some three passes a sweep, a block costs a twentieth of a
millisecond in the interpreter, one thread at a time."""
LEAPS = given_residuals.LEAPS


class PopulationPrior(NamedTuple):
    """What is believed of each component of the population before the answers.

    means ~ N(mean, 1 / mean_precision); covariance ~ inverse Wishart(degrees, diag(scale)) with
    scale_k ~ exponential(scale_rate_k); shares ~ Dirichlet(concentration).
    """

    mean: Float[np.ndarray, "Q K"]
    mean_precision: Float[np.ndarray, "Q K"]
    degrees: float
    scale_rate: Float[np.ndarray, " K"]
    concentration: float


class ChainState(NamedTuple):
    """Where a chain stands; sweeps change it in place."""

    means: Float[np.ndarray, "C Q K"]
    factors: Float[np.ndarray, "C K K"]
    """Lower triangular; factor factor' is the covariance."""
    shares: Float[np.ndarray, " C"]
    """Of the components, in the population."""
    latents: Tiles
    log_likelihoods: Float[np.ndarray, "tiles width"]
    gradients: Tiles
    """Of each person's log-likelihood by the latent values."""
    members: Int[np.ndarray, "tiles width"]
    """The component of each person."""


class Tuning(NamedTuple):
    """How large and in which directions steps are tried; fixed once burn-in is over."""

    step_sizes: Float[np.ndarray, "tiles width"]
    shrinks: Tiles
    """Spread of each person's posterior along each axis, in units of the population's."""
    rotations: Float[np.ndarray, "C K K"]
    """factor @ rotation are axes along which the average information is diagonal."""
    hamiltonian_steps: Float[np.ndarray, "C two"]
    """Step sizes of the moves of means and scales, and of means and factor."""
    population_roots: Float[np.ndarray, "C K K"]
    """Square root of the inverse of the information of all persons together."""
    growth_roots: Float[np.ndarray, "C K"]
    """The same for the logarithm of each coefficient's spread."""
    average: Tiles
    average_covariances: Float[np.ndarray, "C K K"]
    n_accepted: Int[np.ndarray, "tiles width"]
    n_hamiltonian_accepted: Int[np.ndarray, "C two"]


class Record(NamedTuple):
    """What is kept of a chain after burn-in."""

    shares: Float[np.ndarray, "P C"]
    means: Float[np.ndarray, "P C Q K"]
    variances: Float[np.ndarray, "P C K"]
    """Of the latent values over the people of each component."""
    log_likelihoods: Float[np.ndarray, " P"]
    person_means: Tiles
    """Mean of each person's coefficients over all sweeps after burn-in."""
    person_squares: Tiles
    """Sum of squared deviations from it."""


class Schedule(NamedTuple):
    """How long a chain runs and how much of it is kept, evenly spread over what follows burn-in."""

    n_burn_in: int
    n_sweeps: int
    n_path: int
    n_draws: int
    move_every: int = 1
    """Sweeps from one move of the population with its persons to the next."""


class PopulationDraw(NamedTuple):
    """The population of one sweep."""

    shares: Float[np.ndarray, " C"]
    means: Float[np.ndarray, "C Q K"]
    covariances: Float[np.ndarray, "C K K"]


class Chain(NamedTuple):
    """A chain that has run."""

    record: Record
    draws: Sequence[PopulationDraw]
    n_sweeps: int
    person_means: Float[np.ndarray, "N K"]
    """Mean of each person's coefficients over all sweeps after burn-in, in the panel's units."""
    person_squares: Float[np.ndarray, "N K"]
    """Sum of squared deviations from it."""
    acceptance: Float[np.ndarray, " N"]
    """Share of each person's proposals that were accepted after burn-in."""
    hamiltonian_acceptance: Float[np.ndarray, " two"]
    """The same for the moves of means and scales, and of means and factor."""


Keep = Callable[[int, Float[np.ndarray, "N K"]], None]
"""Takes the number of a draw and the coefficients of every person."""


class _Move(NamedTuple):
    """A move of the populations under way; see `compiled.population_given_residuals`."""

    rows: Float[np.ndarray, "C QK K"]
    momentum: Float[np.ndarray, "C QK K"]
    slope: Float[np.ndarray, "C QK K"]
    maps: Float[np.ndarray, "C K K"]
    means: Float[np.ndarray, "C Q K"]
    inverses: Float[np.ndarray, "C K K"]
    energies: Float[np.ndarray, " C"]
    chances: Float[np.ndarray, " C"]
    is_accepted: Bool[np.ndarray, " C"]


class _Proposal(NamedTuple):
    """Where a move takes the persons."""

    latents: Tiles
    log_likelihoods: Float[np.ndarray, "tiles width"]
    gradients: Tiles


class _Totals(NamedTuple):
    """Sums over persons, by block and all together."""

    sums: Float[np.ndarray, "blocks C QK QK"]
    likelihoods: Float[np.ndarray, "blocks C"]
    sum: Float[np.ndarray, "C QK QK"]
    likelihood: Float[np.ndarray, " C"]


def chain_state(
    panel: Panel,
    means: Float[np.ndarray, "C Q K"],
    factors: Float[np.ndarray, "C K K"],
    latents: Float[np.ndarray, "N K"],
    members: Int[np.ndarray, " N"] | None = None,
) -> ChainState:
    """Return a state with the log-likelihoods and gradients that belong to its latent values."""
    placed, c = in_tiles(panel, latents), len(means)
    log_likelihoods, gradients = np.empty(panel.persons.shape), np.empty_like(placed)
    compiled_panel.evaluate(
        panel, room_for(panel), placed, log_likelihoods, gradients, 0, panel.n_tiles
    )
    component = np.zeros(panel.persons.shape, dtype=np.int64)
    if members is not None:
        component[panel.persons >= 0] = members[panel.persons[panel.persons >= 0]]
    return ChainState(
        means=np.array(means, dtype=float),
        factors=np.array(factors, dtype=float),
        shares=np.full(c, 1.0 / c),
        latents=placed,
        log_likelihoods=log_likelihoods,
        gradients=gradients,
        members=component,
    )


def blocks_of(panel: Panel) -> Int[np.ndarray, " blocks_and_one"]:
    """Return the tiles at which blocks of persons begin and end; sums are taken block by block."""
    n_blocks = min(N_BLOCKS, max(panel.n_tiles // TILES_OF_BLOCK, 1))
    return np.linspace(0, panel.n_tiles, n_blocks + 1).astype(np.int64)


def tuning_of(
    panel: Panel, prior: PopulationPrior, state: ChainState, map_blocks: MapBlocks = map
) -> Tuning:
    """Return the tuning for a chain that stands at `state`."""
    c, _, k = state.means.shape
    tuning = Tuning(
        step_sizes=np.ones(panel.persons.shape),
        shrinks=np.ones(state.latents.shape),
        rotations=np.tile(np.eye(k), (c, 1, 1)),
        hamiltonian_steps=np.tile([0.5, 0.3], (c, 1)),
        population_roots=np.tile(np.eye(k), (c, 1, 1)),
        growth_roots=np.ones((c, k)),
        average=state.latents.copy(),
        average_covariances=state.factors @ np.swapaxes(state.factors, 1, 2),
        n_accepted=np.zeros(panel.persons.shape, dtype=np.int64),
        n_hamiltonian_accepted=np.zeros((c, 2), dtype=np.int64),
    )
    retune(panel, prior, state, tuning, map_blocks)
    return tuning


def retune(
    panel: Panel,
    prior: PopulationPrior,
    state: ChainState,
    tuning: Tuning,
    map_blocks: MapBlocks = map,
) -> None:
    """Turn the directions of `tuning` to the information at the averages of the chain so far.

    Notes
    -----
    A person's posterior is nearly normal with precision covariance^-1 + information (Rossi,
    Allenby and McCulloch, Bayesian Statistics and Marketing, 2005, section 5.5). In axes z with
    theta = mean + factor @ rotation @ z the first is the identity and the second nearly diagonal;
    `shrinks` are the square roots of the inverse of 1 plus its diagonal, person by person. So the
    proposal follows the covariance of the present sweep at no cost per person.
    """
    c, _, k = state.means.shape
    edges = list(pairwise(blocks_of(panel).tolist()))
    work = partial(_informations, panel, state.members, tuning.average, c)
    total = np.zeros((c, k, k))
    for found in map_blocks(work, edges):
        total += found
    factors = np.linalg.cholesky(tuning.average_covariances)
    n_members = np.bincount(state.members[panel.persons >= 0], minlength=c)
    for i in range(c):
        average = factors[i].T @ total[i] @ factors[i] / max(n_members[i], 1)
        tuning.rotations[i] = np.linalg.eigh(average)[1]
        root = np.linalg.cholesky(total[i] + np.diag(prior.mean_precision[0]))
        tuning.population_roots[i] = np.linalg.inv(root).T
        spread = np.diag(total[i]) * np.diag(tuning.average_covariances[i])
        tuning.growth_roots[i] = 1.0 / np.sqrt(spread + 2.0)
    axes = factors @ tuning.rotations
    work = partial(_curvatures, panel, state.members, tuning.average, axes)
    for (first, last), found in zip(edges, map_blocks(work, edges), strict=True):
        tuning.shrinks[first:last] = 1.0 / np.sqrt(1.0 + found)


def _informations(
    panel: Panel,
    members: Int[np.ndarray, "tiles width"],
    latents: Tiles,
    n_components: int,
    edge: tuple[int, int],
) -> Float[np.ndarray, "C K K"]:
    k = panel.n_coefficients
    found = np.zeros((n_components, k, k))
    compiled_panel.add_informations(panel, room_for(panel), latents, members, *edge, found)
    return found


def _curvatures(
    panel: Panel,
    members: Int[np.ndarray, "tiles width"],
    latents: Tiles,
    axes: Float[np.ndarray, "C K K"],
    edge: tuple[int, int],
) -> Float[np.ndarray, "tiles_of_block K width"]:
    found = np.empty(latents.shape)
    compiled_panel.set_curvatures(panel, room_for(panel), latents, members, axes, *edge, found)
    return found[edge[0] : edge[1]]


def run_chain(
    panel: Panel,
    prior: PopulationPrior,
    state: ChainState,
    *,
    schedule: Schedule,
    key: Key,
    stream: int,
    keep: Keep,
    map_blocks: MapBlocks = map,
    after: Callable[[int], None] | None = None,
) -> Chain:
    """Run a chain from `state`, which it changes, and return what was recorded of it.

    `keep` is given the coefficients of persons at each of the schedule's draws. `after` is told how
    many sweeps are done, every 50. Each pass over persons is cut into blocks, which may run on many
    threads. Random numbers are those of Philox under `key` at counters (block,
    person, sweep, stream) and sums are taken in the order of blocks, so the chain is a function of
    its arguments, the same to the bit whatever `map_blocks`.

    Notes
    -----
    A sweep has three parts.

    1. Every `schedule.move_every` sweeps the population moves and takes its persons along:
       theta_n = means' w_n + M z_n with z_n held fixed. Ten tasks say little about sixteen
       coefficients, so persons follow their population, and part 3 alone would creep; parts 1 and
       3 together are fast where either is (ancillarity-sufficiency interweaving: Yu and Meng, JCGS
       2011). In turn, the means move with the scale of each row of M, or with all of M, by three
       leaps of Hamiltonian dynamics (Neal, Handbook of Markov Chain Monte Carlo, 2011, chapter 5).
       The prior scale of the covariance is integrated out, or scales near zero would hold each
       other there.
    2. Each person takes a Langevin step (Roberts and Tweedie, Bernoulli 1996), preconditioned as
       `retune` says, with a step size of its own that burn-in brings to an acceptance of 0.574
       (Roberts and Rosenthal, JRSS B 1998). The gradient comes with the likelihood; the steps are
       some ten times longer than those of a random walk. In a mixture, the component of each person
       is drawn before.
    3. Given the persons, means are normal, covariances inverse Wishart and shares Dirichlet (Rossi
       et al. 2005, sections 5.3 and 5.5).
    """
    tuning = tuning_of(panel, prior, state, map_blocks)
    record = record_of(state, schedule)
    sweeps = Sweeps(panel, prior, state, tuning, record, schedule, key, stream, map_blocks)
    paths, draws = _slots(schedule, schedule.n_path), _slots(schedule, schedule.n_draws)
    kept: list[PopulationDraw] = []
    n_all = schedule.n_burn_in + schedule.n_sweeps
    stops = sorted({*range(0, n_all, ADAPT_EVERY), *(np.flatnonzero(draws >= 0) + 1), n_all})
    for first, last in pairwise(map(int, stops)):
        # The last fifth of burn-in is left to step sizes, to settle on the final directions.
        if first % ADAPT_EVERY == 0 and 0 < first <= 0.8 * schedule.n_burn_in:
            retune(panel, prior, state, tuning, map_blocks)
        sweeps.run(first, last, paths[first:last])
        if draws[last - 1] >= 0:
            kept.append(_population(state))
            keep(int(draws[last - 1]), coefficients_of(panel, state))
        if after is not None and (last % ADAPT_EVERY == 0 or last == n_all):
            after(last)
    moved = range(schedule.n_burn_in, n_all)
    n_moves = np.bincount(
        [(s // schedule.move_every) % 2 for s in moved if s % schedule.move_every == 0], minlength=2
    )
    return Chain(
        record=record,
        draws=kept,
        n_sweeps=schedule.n_sweeps,
        person_means=by_person(panel, record.person_means),
        person_squares=by_person(panel, record.person_squares),
        acceptance=by_person(panel, tuning.n_accepted) / schedule.n_sweeps,
        hamiltonian_acceptance=tuning.n_hamiltonian_accepted.mean(axis=0) / np.maximum(n_moves, 1),
    )


def coefficients_of(panel: Panel, state: ChainState) -> Float[np.ndarray, "N K"]:
    """Return the coefficients of every person, in the panel's units."""
    values = by_person(panel, state.latents)
    signed = panel.signed
    values[:, signed] = panel.signs[signed] * np.exp(values[:, signed])
    return values @ panel.units.T


def _population(state: ChainState) -> PopulationDraw:
    covariances = state.factors @ np.swapaxes(state.factors, 1, 2)
    return PopulationDraw(state.shares.copy(), state.means.copy(), covariances)


def record_of(state: ChainState, schedule: Schedule) -> Record:
    """Return an empty record of what comes after burn-in."""
    c, q, k = state.means.shape
    return Record(
        shares=np.empty((schedule.n_path, c)),
        means=np.empty((schedule.n_path, c, q, k)),
        variances=np.empty((schedule.n_path, c, k)),
        log_likelihoods=np.empty(schedule.n_path),
        person_means=np.zeros(state.latents.shape),
        person_squares=np.zeros(state.latents.shape),
    )


def _slots(schedule: Schedule, n: int) -> Int[np.ndarray, " sweeps"]:
    """Return for each sweep which of n kept ones it is; -1 for none."""
    slots = np.full(schedule.n_burn_in + schedule.n_sweeps, -1, dtype=np.int64)
    kept = (np.arange(1, n + 1) * schedule.n_sweeps) // max(n, 1) - 1
    slots[schedule.n_burn_in + kept] = np.arange(n)
    return slots


class Sweeps:
    """Runs the sweeps of a chain, with its passes over persons cut into blocks."""

    def __init__(
        self,
        panel: Panel,
        prior: PopulationPrior,
        state: ChainState,
        tuning: Tuning,
        record: Record,
        schedule: Schedule,
        key: Key,
        stream: int,
        map_blocks: MapBlocks = map,
    ) -> None:
        self.panel, self.prior, self.state, self.tuning = panel, prior, state, tuning
        self.record, self.schedule = record, schedule
        self.key, self.stream = key, np.uint64(stream)
        self.map_blocks, self.edges = map_blocks, blocks_of(panel)
        c, q, k = state.means.shape
        n_blocks, rows = len(self.edges) - 1, q + k
        self.rooms = [room_for(panel) for _ in range(n_blocks)]
        self.move = _Move(
            rows=np.empty((c, rows, k)),
            momentum=np.empty((c, rows, k)),
            slope=np.empty((c, rows, k)),
            maps=np.empty((c, k, k)),
            means=np.empty((c, q, k)),
            inverses=np.empty((c, k, k)),
            energies=np.empty(c),
            chances=np.empty(c),
            is_accepted=np.zeros(c, dtype=bool),
        )
        self.proposal = _Proposal(
            np.empty_like(state.latents),
            np.empty_like(state.log_likelihoods),
            np.empty_like(state.gradients),
        )
        self.totals = _Totals(
            sums=np.zeros((n_blocks, c, rows, rows)),
            likelihoods=np.zeros((n_blocks, c)),
            sum=np.empty((c, rows, rows)),
            likelihood=np.empty(c),
        )

    def run(self, first: int, last: int, slots: Int[np.ndarray, " sweeps"]) -> None:
        """Run sweeps `first` to `last`; `slots` says where each is recorded, -1 for nowhere."""
        for sweep in range(first, last):
            self._sweep(sweep, int(slots[sweep - first]))

    def _sweep(self, sweep: int, slot: int) -> None:
        n_burn_in, every = self.schedule.n_burn_in, self.schedule.move_every
        gain = (1.0 + sweep) ** -0.6 if sweep < n_burn_in else 0.0
        counter, n_kept = np.uint64(sweep), max(sweep - n_burn_in + 1, 1)
        if sweep % every == 0:
            self._move_populations((sweep // every) % 2, counter, gain)
        axes = compiled.proposal_axes(self.state, self.tuning)
        if len(self.state.shares) > 1:
            self._over_blocks(
                lambda b, first, last: given_persons.draw_members(
                    self.panel,
                    self.state,
                    self.rooms[b],
                    axes[2],
                    self.key,
                    self.stream,
                    counter,
                    first,
                    last,
                )
            )
        self._over_blocks(
            lambda b, first, last: langevin_persons.move_persons(
                self.panel,
                self.state,
                self.tuning,
                self.record,
                self.rooms[b],
                axes,
                self.key,
                self.stream,
                counter,
                gain,
                n_kept,
                first,
                last,
                self.totals.sums[b],
            )
        )
        compiled.add_blocks(self.totals)
        compiled.end_sweep(
            self.prior,
            self.state,
            self.tuning,
            self.record,
            self.totals,
            self.key,
            self.stream,
            counter,
            gain,
            slot,
        )

    def _move_populations(self, kind: int, counter: np.uint64, gain: float) -> None:
        given_residuals.begin_move(kind, self.state, self.move, self.key, self.stream, counter)
        for leap in range(LEAPS + 1):
            self._over_blocks(partial(self._evaluate_moved, leap))
            compiled.add_blocks(self.totals)
            given_residuals.advance_move(
                kind,
                leap,
                self.prior,
                self.state,
                self.move,
                self.tuning,
                self.totals.sum,
                self.totals.likelihood,
                gain,
            )
        self._over_blocks(
            lambda _, first, last: given_residuals.take_moved(
                self.state, self.move, self.proposal, first, last
            )
        )

    def _evaluate_moved(self, leap: int, b: int, first: int, last: int) -> None:
        given_residuals.evaluate_moved(
            self.panel,
            self.state,
            self.rooms[b],
            self.move,
            self.proposal,
            leap,
            first,
            last,
            self.totals.sums[b],
            self.totals.likelihoods[b],
        )

    def _over_blocks(self, work: Callable[[int, int, int], None]) -> None:
        edges = self.edges.tolist()
        for _ in self.map_blocks(lambda b: work(b, edges[b], edges[b + 1]), range(len(edges) - 1)):
            pass
