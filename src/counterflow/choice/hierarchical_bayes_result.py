"""What hierarchical Bayes found: the population, every respondent, and whether to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Float32

from counterflow.choice.convergence import Convergence
from counterflow.choice.diagnostics import rho_squared
from counterflow.choice.multinomial_logit import MultinomialLogitResult
from counterflow.choice.population import Population
from counterflow.choice.text_table import text_table
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.estimate import Coefficient
from counterflow.domain.part_worths import PartWorths


@dataclass(frozen=True, eq=False, kw_only=True)
class HierarchicalBayesResult:
    """Draws of the posterior of S sets of N respondents' K coefficients, in the data's units."""

    coding: UtilityCoding
    population: Population
    """The population of each kept draw."""
    draws: Float32[np.ndarray, "S N K"]
    """Coefficients of each respondent; chains one after the other."""
    person_means: Float[np.ndarray, "N K"]
    """Posterior mean of each respondent's coefficients, over all sweeps after burn-in."""
    person_sds: Float[np.ndarray, "N K"]
    respondent_ids: tuple[str, ...]
    weights: Float[np.ndarray, " N"]
    log_likelihood_path: Float[np.ndarray, "C P"]
    """Log-likelihood of all choices at the respondents' coefficients, along each chain."""
    null_log_likelihood: float
    hit_rate: float
    """Share of tasks in which the highest utility at posterior means was chosen; in sample."""
    convergence: Convergence
    """Of mean and standard deviation over people of each latent value."""
    acceptance: Float[np.ndarray, "C N"]
    """Share of each respondent's proposals that were accepted after burn-in."""
    hamiltonian_acceptance: Float[np.ndarray, "C two"]
    """The same for the moves of the population with its scales, and with its whole factor."""
    multinomial: MultinomialLogitResult
    """The multinomial logit of the same data and coding, from which the chains started."""
    seed: int
    settings: Mapping[str, Any]
    data_hash: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient."""
        return self.coding.labels

    @property
    def status(self) -> Literal["converged", "not_converged"]:
        """Return whether every followed quantity has mixed; `convergence.worst` says which not."""
        return "converged" if self.convergence.is_converged else "not_converged"

    @property
    def is_converged(self) -> bool:
        """Return whether the draws can be taken for the posterior."""
        return self.convergence.is_converged

    @property
    def log_likelihood(self) -> float:
        """Return the posterior mean of the log-likelihood."""
        return float(self.log_likelihood_path.mean())

    @property
    def rho_squared(self) -> float:
        """Return McFadden's 1 - L / L0 against equal shares."""
        return rho_squared(self.log_likelihood, self.null_log_likelihood)

    def part_worths(self) -> PartWorths:
        """Return the kept draws of every respondent, with the respondents' weights."""
        return PartWorths(
            draws=self.draws,
            coding=self.coding,
            respondent_ids=self.respondent_ids,
            weights=self.weights,
            provenance={
                "model": "hb",
                "status": self.status,
                "seed": self.seed,
                "data": self.data_hash,
                **self.settings,
            },
        )

    def coefficient_table(self) -> tuple[Coefficient, ...]:
        """Return the population mean of each coefficient with its 90 % interval, and its spread.

        Both are those of people as the model sees them, every respondent counting once. Means and
        spreads of lognormal coefficients have long tails, so posterior medians stand for them.
        """
        means, sds = self.population.coefficient_means(), self.population.coefficient_sds()
        low, middle, high = np.quantile(means, [0.05, 0.5, 0.95], axis=0)
        spread = np.median(sds, axis=0)
        return tuple(
            Coefficient(
                label=label,
                mean=float(middle[k]),
                low=float(low[k]),
                high=float(high[k]),
                sd_over_people=float(spread[k]),
            )
            for k, label in enumerate(self.labels)
        )

    def summary(self) -> str:
        """Return the fit, the convergence and the population as text."""
        settings, convergence = self.settings, self.convergence.as_dict()
        status = self.status if self.is_converged else f"not converged: {self.convergence.worst}"
        table = self.coefficient_table()
        n_respondents, n_tasks = len(self.respondent_ids), self.multinomial.n_tasks
        return "\n".join(
            (
                f"Hierarchical Bayes: {status}",
                f"{n_respondents} respondents, {n_tasks} tasks; {settings['n_chains']} chains of "
                f"{settings['n_sweeps']} sweeps after {settings['n_burn_in']}",
                f"log-likelihood {self.log_likelihood:.1f} (multinomial logit "
                f"{self.multinomial.log_likelihood:.1f}, equal shares "
                f"{self.null_log_likelihood:.1f}), rho2 {self.rho_squared:.4f}, "
                f"hit rate {self.hit_rate:.3f}",
                f"worst R-hat {convergence['worst_r_hat']:.3f}, least effective sample "
                f"{convergence['least_bulk_effective_sample']:.0f} (bulk) and "
                f"{convergence['least_tail_effective_sample']:.0f} (tail), accepted "
                f"{self.acceptance.mean():.2f}",
                text_table(
                    ("coefficient", "mean", "5 %", "95 %", "sd over people"),
                    [(c.label, c.mean, c.low, c.high, c.sd_over_people) for c in table],
                ),
            )
        )
