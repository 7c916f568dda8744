"""Hierarchical Bayes: part-worths of each respondent, normal over people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from counterflow.choice.convergence import Convergence
from counterflow.choice.diagnostics import hit_rate
from counterflow.choice.hierarchical_bayes_result import HierarchicalBayesResult
from counterflow.choice.multinomial_logit import MultinomialLogit, MultinomialLogitResult, Report
from counterflow.choice.population import Population
from counterflow.choice.scaled_design import ScaledDesign
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.hierarchical_bayes import (
    Chain,
    PopulationPrior,
    Schedule,
    chain_state,
    record_of,
    run_chain,
)
from counterflow.kernels.logit import MapBlocks
from counterflow.kernels.panel import Panel, panel_of
from counterflow.kernels.philox import Key

__all__ = ["HierarchicalBayes", "HierarchicalBayesResult", "Prior"]

_MOST_PATH = 10_000
"""Sweeps of each chain whose population is followed; longer chains are thinned to this many."""


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What is believed of the population before the answers, in scaled coefficients.

    A scaled coefficient is the utility of a typical difference between two alternatives of a task,
    so the same prior is as weak for a price in cents as for a price in thousands.

    Parameters
    ----------
    mean_sd
        Standard deviation of the population mean about 0.
    log_mean_sd
        The same for the logarithm of a coefficient whose sign is known.
    median_sd
        Median of the standard deviation over people, of each coefficient or its logarithm.

    Notes
    -----
    covariance ~ inverse Wishart(K + 1, diag(v)) with v_k ~ exponential(mean 2 median_sd^2). So any
    correlation is as likely as any other, and P(sd > s) = 1 / (1 + (s / median_sd)^2): each spread
    is learnt for itself, as in the hierarchical prior of Huang and Wand (Bayesian Analysis 8,
    2013), whose v_k is a gamma of shape 1/2. That one is flatter near 0, where it holds the chain.

    Where spreads are above the median the prior pulls all K of them down together, so the default
    lies high. Of populations of 400 people with eight spreads of 0.7 to 1.7 its 90 % intervals
    held 91 % of means and spreads; with a median of 1 they held 73 %.

    The customary prior, inverse Wishart(K + 3, (K + 3) I) (Rossi, Allenby and McCulloch 2005,
    section 5.3), looks weak and is not: for sixteen coefficients it expects three logits of spread
    in each. Of 180 standard deviations that people were simulated from, its 90 % intervals held
    none, ours 92 %. On the Chinese car buyers of Helveston et al. (2015) it predicts a held-out
    fifth of the choices 59 points of log-likelihood worse than ours, out of 1,200.
    """

    mean_sd: float = 10.0
    log_mean_sd: float = 3.0
    median_sd: float = 2.0

    def of_population(self, signs: Float[np.ndarray, " K"]) -> PopulationPrior:
        """Return the prior of the K coefficients with these signs."""
        k = len(signs)
        sds = np.where(signs == 0.0, self.mean_sd, self.log_mean_sd)
        return PopulationPrior(
            mean=np.zeros(k),
            mean_precision=1.0 / sds**2,
            degrees=k + 1.0,
            scale_rate=np.full(k, 0.5 / self.median_sd**2),
        )


@dataclass(frozen=True, kw_only=True)
class HierarchicalBayes:
    """The multinomial logit with coefficients that are normal over people, by Markov chains.

    Parameters
    ----------
    coding
        How attributes become design columns; `UtilityCoding.of_data` of the data if absent.
    signs
        Coefficients whose sign is known beforehand, by label.
    n_chains, n_burn_in, n_sweeps
        Chains, sweeps of each that adapt the steps and are thrown away, sweeps of each after that.
    n_draws
        Draws of every respondent's coefficients that are kept, evenly spread over all chains.
    seed
        Where the random numbers start; the same seed gives the same bits.
    prior
        What is believed of the population before the answers.

    Notes
    -----
    theta_n ~ N(mean, covariance) with a full covariance, and choices of person n are multinomial
    logit with coefficients theta_n (Train 2009, chapters 6 and 12; Rossi, Allenby and McCulloch,
    Bayesian Statistics and Marketing, 2005, chapter 5). How the chain moves is told in
    `kernels.hierarchical_bayes.run_chain`.

    A coefficient with a known sign is the sign times exp(theta), theta normal together with all
    the others. A normal cut off at zero looks simpler, but its mean and covariance are not those
    of the normal that was cut: the population would have no conjugate draw, and a person at the
    bound would pull on it as if at zero.

    Sampling weights are not used here: every person has a posterior of their own. They travel
    with the part-worths, to count where people are added up.
    """

    coding: UtilityCoding | None = None
    signs: Mapping[str, Literal["negative", "positive"]] = field(default_factory=dict)
    n_chains: int = 2
    n_burn_in: int = 2_000
    n_sweeps: int = 4_000
    n_draws: int = 200
    seed: int = 0
    prior: Prior = field(default_factory=Prior)

    def __post_init__(self) -> None:
        if self.n_chains < 1 or self.n_burn_in < 0 or self.n_sweeps < 8:
            raise ValueError("expected n_chains >= 1, n_burn_in >= 0 and n_sweeps >= 8")
        if not self.n_chains <= self.n_draws <= self.n_chains * self.n_sweeps:
            raise ValueError(
                f"n_draws must lie between n_chains ({self.n_chains}) and "
                f"n_chains * n_sweeps ({self.n_chains * self.n_sweeps}), got {self.n_draws}"
            )

    def fit(
        self, data: ChoiceData, map_blocks: MapBlocks = map, report: Report | None = None
    ) -> HierarchicalBayesResult:
        """Return draws of the posterior, with word on whether the chains converged.

        Each chain is one block of work; with a thread for each they run side by side, and the
        result is the same to the bit. `report` is called every 50 sweeps of a chain, from the
        thread that runs it, but never twice at a time.
        """
        coding = self.coding or UtilityCoding.of_data(data)
        signs = self._signs_of(coding)
        multinomial = MultinomialLogit(coding).fit(data)
        design = ScaledDesign.of(data, coding)
        kept = np.empty((self.n_draws, data.n_respondents, len(signs)), dtype=np.float32)
        work = partial(
            _run,
            panel_of(design.sets, signs),
            self.prior.of_population(signs),
            _start(multinomial, design, signs),
            1.0 / design.scales,
            self.seed,
            report and _Tally(report, self.n_chains, self.n_burn_in + self.n_sweeps),
        )
        blocks = self._blocks(kept)
        chains: list[Chain] = []
        for block, chain in zip(blocks, map_blocks(work, blocks), strict=True):
            block.kept[:] = chain.record.coefficients
            chains.append(chain)
        return self._result(data, design, multinomial, signs, kept, chains)

    def _signs_of(self, coding: UtilityCoding) -> Float[np.ndarray, " K"]:
        unknown = [label for label in self.signs if label not in coding.labels]
        if unknown:
            labels = ", ".join(coding.labels)
            raise InputError(
                [
                    Problem(
                        expected=f"the label of a coefficient ({labels})", found=label, key="signs"
                    )
                    for label in unknown
                ]
            )
        values = {"negative": -1.0, "positive": 1.0}
        return np.array([values.get(self.signs.get(label, ""), 0.0) for label in coding.labels])

    def _blocks(self, kept: Float32[np.ndarray, "S N K"]) -> list[_Block]:
        """Return a block for each chain, with its part of the array of draws to write into."""
        edges = np.linspace(0, self.n_draws, self.n_chains + 1).astype(int)
        return [
            _Block(
                chain=chain,
                schedule=Schedule(
                    n_burn_in=self.n_burn_in,
                    n_sweeps=self.n_sweeps,
                    n_path=min(self.n_sweeps, _MOST_PATH),
                    n_draws=int(edges[chain + 1] - edges[chain]),
                ),
                kept=kept[edges[chain] : edges[chain + 1]],
            )
            for chain in range(self.n_chains)
        ]

    def _result(
        self,
        data: ChoiceData,
        design: ScaledDesign,
        multinomial: MultinomialLogitResult,
        signs: Float[np.ndarray, " K"],
        kept: Float32[np.ndarray, "S N K"],
        chains: list[Chain],
    ) -> HierarchicalBayesResult:
        k = len(signs)
        path = np.stack([chain.record.path for chain in chains])
        means, squares = _pooled(chains)
        n_sweeps = self.n_chains * self.n_sweeps
        quantities = [f"{what}({label})" for what in ("mean", "sd") for label in design.labels]
        return HierarchicalBayesResult(
            coding=design.utility,
            population=Population.of_scaled(
                np.concatenate([chain.record.means for chain in chains]),
                np.concatenate([chain.record.covariances for chain in chains]),
                signs=signs,
                scales=design.scales,
            ),
            draws=kept,
            person_means=means / design.scales,
            person_sds=np.sqrt(squares / max(n_sweeps - 1, 1)) / design.scales,
            respondent_ids=tuple(map(str, data.respondent_ids)),
            weights=np.array(data.weights, dtype=float),
            log_likelihood_path=path[:, :, 2 * k],
            null_log_likelihood=multinomial.null_log_likelihood,
            hit_rate=hit_rate(design.sets, means, np.ones(data.n_respondents)),
            convergence=Convergence.of(tuple(quantities), path[:, :, : 2 * k]),
            acceptance=np.stack([chain.acceptance for chain in chains]),
            hamiltonian_acceptance=np.stack([chain.hamiltonian_acceptance for chain in chains]),
            multinomial=multinomial,
            seed=self.seed,
            settings={
                "signs": dict(self.signs),
                "n_chains": self.n_chains,
                "n_burn_in": self.n_burn_in,
                "n_sweeps": self.n_sweeps,
                "n_draws": self.n_draws,
                "prior": asdict(self.prior),
            },
            data_hash=data.content_hash,
        )


class _Block(NamedTuple):
    """One chain: which, how long, and where its draws go."""

    chain: int
    schedule: Schedule
    kept: Float32[np.ndarray, "S N K"]


class _Tally:
    """Adds up the sweeps of chains that run side by side, and reports them one at a time."""

    def __init__(self, report: Report, n_chains: int, n_sweeps: int) -> None:
        self._report, self._n_sweeps = report, n_sweeps
        self._done = [0] * n_chains
        self._lock = threading.Lock()

    def of(self, chain: int) -> Callable[[int], None]:
        """Return what chain number `chain` tells how far it is."""

        def after(n_done: int) -> None:
            with self._lock:
                self._done[chain] = n_done
                share = sum(self._done) / (self._n_sweeps * len(self._done))
                slowest = min(self._done)
                self._report(
                    share, f"sweep {slowest} of {self._n_sweeps}, {len(self._done)} chains"
                )

        return after


def _run(
    panel: Panel,
    prior: PopulationPrior,
    start: Float[np.ndarray, " K"],
    units: Float[np.ndarray, " K"],
    seed: int,
    tally: _Tally | None,
    block: _Block,
) -> Chain:
    """Run one chain from a place of its own: chains that start together cannot disagree."""
    n, k = panel.n_persons, panel.n_coefficients
    random = random_stream(seed, "hierarchical bayes start", block.chain)
    mean = start + 0.3 * random.standard_normal(k)
    factor = np.diag(0.5 * np.exp(0.3 * random.standard_normal(k)))
    state = chain_state(panel, mean, factor, mean + random.standard_normal((n, k)) @ factor)
    return run_chain(
        panel,
        prior,
        state,
        schedule=block.schedule,
        record=record_of(block.schedule, units, block.kept),
        key=_key(seed),
        stream=block.chain,
        after=None if tally is None else tally.of(block.chain),
    )


def _start(
    multinomial: MultinomialLogitResult, design: ScaledDesign, signs: Float[np.ndarray, " K"]
) -> Float[np.ndarray, " K"]:
    """Return latent means to start near: the multinomial logit, as far as it has the signs."""
    # Separated coefficients are endless, and one of the wrong sign has no logarithm.
    scaled = np.clip(multinomial.coefficients * design.scales, -3.0, 3.0)
    return np.where(signs == 0.0, scaled, np.log(np.maximum(signs * scaled, 0.1)))


def _key(seed: int) -> Key:
    """Return the key of Philox that `random_stream` gives to this seed and purpose."""
    state = random_stream(seed, "hierarchical bayes").bit_generator.state
    return np.array(state["state"]["key"], dtype=np.uint64)


def _pooled(chains: list[Chain]) -> tuple[Float[np.ndarray, "N K"], Float[np.ndarray, "N K"]]:
    """Return mean and sum of squared deviations of persons' coefficients over all chains."""
    means = np.stack([chain.record.person_means for chain in chains])
    within = np.stack([chain.record.person_squares for chain in chains]).sum(axis=0)
    n_sweeps = float(chains[0].record.n_sweeps[0])
    mean = means.mean(axis=0)
    return mean, within + n_sweeps * ((means - mean) ** 2).sum(axis=0)
