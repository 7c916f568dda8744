"""How a mixed logit is fitted: a start, draws that follow the posteriors, as many as it takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.choice.constraints import Constraints
from counterflow.choice.maximum_likelihood import Fit, PanelSlope, fit_of, free_value
from counterflow.choice.mixed_likelihood import Choices, MixedLikelihood, nodes_for
from counterflow.choice.mixed_logit_parameters import MixedParameters
from counterflow.choice.mixed_logit_start import spread_start
from counterflow.choice.parameter_space import ParameterSpace
from counterflow.choice.simulation_error import (
    SimulationError,
    pooled_log_likelihood,
    shift_of,
)
from counterflow.domain.progress import Report
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.nodes import Nodes
from counterflow.kernels.trust_region import Maximum, Value, maximise, positive

SUBSAMPLE = 4_000
"""A start is looked for among this many respondents where there are over four times as many."""
FIRST_DRAWS = 64
MOST_LOSS = 0.05
"""By how much the log-likelihood at the estimate may lie below its maximum owing to draws."""
CHEAP = 60_000
"""Draws times units that cost next to nothing: few people get more draws from the beginning, as
spreads near zero have standard errors that too few draws get wrong by a factor."""
SHORT_RUNS = (4, 6, 8, 12, 16)
"""Steps before draws are moved again: the first ones are not worth more."""
MOST_EVALUATIONS = 24_000_000
"""Draws times units beyond which "auto" stops: what is left of the error is told instead."""
MOST_FRESH = 64_000_000
"""Draws times units for the log-likelihood that is told."""
REPLICATIONS = 4
LOG_LIKELIHOOD_ERROR = 0.005
"""Monte Carlo error of the log-likelihood that is told, a root of the number of units: far below
its sampling error, which is of the order of one a root."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How carefully to fit."""

    kind: str
    n_draws: int | None
    """None: as many as `shift` asks for."""
    shift: float
    most_draws: int
    is_centred: bool
    tolerance: float
    max_iterations: int
    seed: int


class MixedFit(NamedTuple):
    """A fit, the likelihood with its draws as they lay at the end, and their error."""

    fit: Fit
    likelihood: MixedLikelihood
    error: SimulationError


def fit_mixed(
    layout: MixedParameters,
    choices: Choices,
    weights: Float[np.ndarray, " N"],
    start: Float[np.ndarray, " P"],
    *,
    constraints: Constraints,
    settings: Settings,
    map_blocks: MapBlocks,
    report: Report | None = None,
    has_spreads: bool = False,
) -> MixedFit:
    """Return the maximum of the simulated likelihood near `start`.

    With `has_spreads` the start is taken as it is; otherwise its spreads are a first guess.

    Notes
    -----
    Draws lie around each person's own posterior (Laplace) and are weighted back to the population:
    the integral is the same (Train 2009, section 9.2.7 on importance sampling), its error smaller
    by a factor of up to a hundred. They are moved between short runs of the optimiser. If
    `settings.n_draws` is None, draws are doubled until the error measured by drawing anew is at
    most `settings.shift` standard errors a parameter.
    """
    n = len(choices.respondent_starts) - 1
    if n > 4 * SUBSAMPLE and not has_spreads:
        few = choices.of_respondents(0, SUBSAMPLE)
        rough = replace(settings, n_draws=FIRST_DRAWS, tolerance=0.1)
        search = _Search(layout, few, weights[:SUBSAMPLE], constraints, rough, map_blocks, report)
        start, has_spreads = search.point_near(start), True
    search = _Search(layout, choices, weights, constraints, settings, map_blocks, report)
    return search.run(start, has_spreads=has_spreads)


class _Search:
    """One fit: its data, and what it has found so far."""

    def __init__(
        self,
        layout: MixedParameters,
        choices: Choices,
        weights: Float[np.ndarray, " N"],
        constraints: Constraints,
        settings: Settings,
        map_blocks: MapBlocks,
        report: Report | None,
    ) -> None:
        self.layout, self.choices, self.weights = layout, choices, weights
        self.space: ParameterSpace = constraints.space(layout.labels)
        self.settings, self.map_blocks, self.report = settings, map_blocks, report
        self.n_iterations = self.n_evaluations = 0

    def run(self, start: Float[np.ndarray, " P"], *, has_spreads: bool) -> MixedFit:
        settings = self.settings
        n_draws = settings.n_draws or min(self.first_draws, self.most_draws)
        likelihood = MixedLikelihood.of(
            self.layout, self.choices, self._nodes(n_draws, 0), self.map_blocks
        )
        theta, curvature = self._begin(likelihood, start, has_spreads=has_spreads), None
        while True:
            theta, found = self._converge(likelihood, theta, curvature)
            fit = fit_of(likelihood, self.space, found, self.weights)
            curvature = self.space.free_information(fit.information)
            shift, by_person = self._shift(likelihood, fit, curvature)
            # Too few draws may bend the likelihood the wrong way: that is no lack of information.
            loss = 0.5 * len(self.space.free_labels) * shift**2
            is_enough = shift <= settings.shift and loss <= MOST_LOSS and not fit.flat
            if settings.n_draws is not None or is_enough or n_draws >= self.most_draws:
                break
            n_draws = _more_draws(n_draws, shift / settings.shift, self.most_draws)
            likelihood = likelihood.with_nodes(self._nodes(n_draws, 0))
        fit = replace(fit, n_iterations=self.n_iterations, n_evaluations=self.n_evaluations)
        return MixedFit(fit, likelihood, self._error(likelihood, fit, shift, by_person))

    def point_near(self, start: Float[np.ndarray, " P"]) -> Float[np.ndarray, " P"]:
        """Return the maximum near `start` at the first number of draws, whatever its error."""
        nodes = self._nodes(FIRST_DRAWS, 0)
        likelihood = MixedLikelihood.of(self.layout, self.choices, nodes, self.map_blocks)
        theta = self._begin(likelihood, start, has_spreads=False)
        return self._converge(likelihood, theta, None)[0]

    def _begin(
        self, likelihood: MixedLikelihood, start: Float[np.ndarray, " P"], *, has_spreads: bool
    ) -> Float[np.ndarray, " P"]:
        theta = start
        if not has_spreads and self.settings.is_centred:
            theta = spread_start(likelihood, start)
        theta = self.space.full(self.space.free(theta))
        if not np.isfinite(self._value(likelihood, self.space.free(theta)).value):
            raise ValueError("the log-likelihood at the start is not finite: start elsewhere")
        return theta

    @property
    def first_draws(self) -> int:
        """Return the draws a unit at which "auto" begins: 64, or up to 512 for few units."""
        cheap = max(CHEAP // self.choices.sets.n_persons, 1)
        return int(np.clip(2 ** int(np.log2(cheap)), FIRST_DRAWS, 8 * FIRST_DRAWS))

    @property
    def most_draws(self) -> int:
        """Return the draws a unit at which "auto" stops: a power of two."""
        affordable = max(MOST_EVALUATIONS // self.choices.sets.n_persons, FIRST_DRAWS)
        return min(2 ** int(np.log2(affordable)), self.settings.most_draws)

    def _nodes(self, n_draws: int, replication: int) -> Nodes:
        return nodes_for(
            self.choices.sets.n_persons,
            len(self.layout.varying),
            self.settings.kind,
            n_draws,
            self.settings.seed + replication,
        )

    def _value(self, likelihood: MixedLikelihood, free: Float[np.ndarray, " F"]) -> Value:
        self.n_evaluations += 1
        return free_value(likelihood, self.space, self.weights, free)

    def _converge(
        self,
        likelihood: MixedLikelihood,
        theta: Float[np.ndarray, " P"],
        curvature: Float[np.ndarray, "F F"] | None,
    ) -> tuple[Float[np.ndarray, " P"], Maximum]:
        """Return the maximum with draws that lie where the posteriors are at that maximum."""
        settings = self.settings
        value = partial(self._value, likelihood)
        runs = SHORT_RUNS if settings.is_centred else ()
        for n_steps in (*runs, *([settings.max_iterations] * 4)):
            theta = self.layout.upright(theta) if not self.is_restricted else theta
            if settings.is_centred:
                likelihood.centre(theta)
            found = maximise(
                value,
                self.space.free(theta),
                tolerance=settings.tolerance,
                max_iterations=n_steps,
                bounds=self.space.bounds,
                curvature=curvature,
                after=self._told,
            )
            self.n_iterations += found.n_iterations
            theta, curvature = self.space.full(found.x), found.curvature
            moved_little = found.n_iterations <= 2
            if found.status in ("converged", "stalled") and (
                moved_little or not settings.is_centred
            ):
                break
        return theta, found

    @property
    def is_restricted(self) -> bool:
        """Return whether mirroring a column of the factor might break a restriction."""
        space = self.space
        bounds = np.concatenate([space.lower, space.upper])
        return len(space.free_labels) < len(space.labels) or bool(np.isfinite(bounds).any())

    def _told(self, iteration: int, value: float, distance: float) -> None:
        if self.report is not None:
            share = self.n_evaluations / (self.n_evaluations + 30.0)
            self.report(share, f"log-likelihood {value:.3f}, {distance:.1e} s.e. to go")

    def _shift(
        self, likelihood: MixedLikelihood, fit: Fit, curvature: Float[np.ndarray, "F F"]
    ) -> tuple[float, list[Float[np.ndarray, " N"]]]:
        """Return how far other draws would move the maximum, and what persons are under them."""
        gradients, by_person = [], []
        for number in range(1, REPLICATIONS + 1):
            slope = self._under_other_draws(likelihood, fit, number)
            by_person.append(slope.by_person)
            summed = np.einsum("n,np->p", self.weights, slope.scores)
            gradients.append(summed @ self.space.spread)
        return shift_of(np.array(gradients), positive(curvature)), by_person

    def _error(
        self,
        likelihood: MixedLikelihood,
        fit: Fit,
        shift: float,
        by_person: list[Float[np.ndarray, " N"]],
    ) -> SimulationError:
        """Return the error of the fit, and its log-likelihood under draws that it has not seen.

        The draws of the fit flatter it: the maximum was chosen to suit them. Fresh ones are added
        until the log-likelihood is known well enough.
        """
        n_draws, n_units = likelihood.nodes.n_draws, self.choices.sets.n_persons
        most = max(MOST_FRESH // (n_draws * n_units), REPLICATIONS)
        value, error = pooled_log_likelihood(np.array(by_person), self.weights)
        while error > LOG_LIKELIHOOD_ERROR * np.sqrt(n_units) and len(by_person) < most:
            numbers = range(len(by_person) + 1, len(by_person) + REPLICATIONS + 1)
            by_person += [
                self._under_other_draws(likelihood, fit, number).by_person for number in numbers
            ]
            value, error = pooled_log_likelihood(np.array(by_person), self.weights)
        shares = likelihood.evaluate(fit.point).effective_shares
        return SimulationError(
            n_draws=n_draws,
            kind=self.settings.kind,
            seed=self.settings.seed,
            n_fresh_draws=len(by_person) * n_draws,
            log_likelihood=value,
            log_likelihood_error=error,
            shift=shift,
            wanted_shift=self.settings.shift,
            least_effective_share=float(shares.min()),
            median_effective_share=float(np.median(shares)),
        )

    def _under_other_draws(self, likelihood: MixedLikelihood, fit: Fit, number: int) -> PanelSlope:
        nodes = self._nodes(likelihood.nodes.n_draws, number)
        return likelihood.with_nodes(nodes).slope(fit.point)


def _more_draws(n_draws: int, excess: float, most: int) -> int:
    """Return the draws that should make small an error that is `excess` times what was wanted."""
    # It falls like draws to the power of -1/2 at worst and -1 at best: quasi-random, but weighted.
    ratio = max(excess ** (4.0 / 3.0), 2.0)
    return min(n_draws * 2 ** int(np.ceil(np.log2(ratio))), most)
