"""What hierarchical Bayes found: the population, every respondent, and whether to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Float32

from counterflow.choice.convergence import Convergence
from counterflow.choice.estimator import Estimator
from counterflow.choice.fitted import Fitted
from counterflow.choice.individual import IndividualPartWorths
from counterflow.choice.multinomial_logit_result import MultinomialLogitResult
from counterflow.choice.population import Population
from counterflow.choice.population_parameters import PopulationParameters, population_at
from counterflow.choice.population_prediction import (
    People,
    averaged_over_people,
    log_likelihoods_of_people,
    logsums_of,
    probabilities_of,
)
from counterflow.choice.respondent_design import respondent_design
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import LabelMismatchError
from counterflow.domain.estimate import Coefficient
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.random_streams import random_stream
from counterflow.domain.utility import Utility


@dataclass(frozen=True, eq=False, kw_only=True)
class HierarchicalBayesResult(Fitted):
    """Draws of the posterior of S sets of N respondents' K coefficients, in the data's units."""

    model: Estimator
    utility: Utility
    population: Population
    """The population of each kept draw."""
    parameters: PopulationParameters
    """The same draws as vectors: means, slopes by covariates, spreads and correlations."""
    latent_labels: tuple[str, ...]
    """Of latent values: those of coefficients, but where levels have an order."""
    covariate_names: tuple[str, ...]
    draws: Float32[np.ndarray, "S N K"]
    """Coefficients of each respondent, chain after chain; S is 0 if they went to a sink."""
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
    """Of mean and standard deviation over people of each latent value, and of slopes."""
    acceptance: Float[np.ndarray, "C N"]
    """Share of each respondent's proposals that were accepted after burn-in."""
    hamiltonian_acceptance: Float[np.ndarray, "C two"]
    """The same for the moves of the population with its scales, and with its whole factor."""
    multinomial: MultinomialLogitResult
    """The multinomial logit of the same data and utility, from which the chains started."""
    n_tasks: int
    n_alternatives: int
    seed: int
    settings: Mapping[str, Any]
    data_hash: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient."""
        return self.utility.labels

    @property
    def n_respondents(self) -> int:
        """Return N."""
        return len(self.respondent_ids)

    @property
    def n_iterations(self) -> int:
        """Return the sweeps of all chains after burn-in."""
        return int(self.settings["n_chains"] * self.settings["n_sweeps"])

    @property
    def gradient_norm(self) -> float:
        """Return NaN: a posterior has draws, not a maximum."""
        return float("nan")

    @property
    def status(self) -> Literal["converged", "not_converged"]:
        """Return whether every followed quantity has mixed; `convergence.worst` says which not."""
        return "converged" if self.convergence.is_converged else "not_converged"

    @property
    def log_likelihood(self) -> float:
        """Return the posterior mean of the log-likelihood."""
        return float(self.log_likelihood_path.mean())

    def part_worths(self) -> PartWorths:
        """Return the kept draws of every respondent, with the respondents' weights.

        Raises
        ------
        ValueError
            If the draws went to a sink, or the utility is not a coding of attributes.
        """
        self._check_has_draws()
        if not isinstance(self.utility, UtilityCoding):
            raise ValueError(
                "part-worths need a UtilityCoding, which says how products become columns; this "
                f"model has a {type(self.utility).__name__}. Use `draws`, or fit with a coding."
            )
        return PartWorths(
            draws=self.draws,
            coding=self.utility,
            respondent_ids=self.respondent_ids,
            weights=self.weights,
            provenance=self.provenance(),
        )

    def provenance(self) -> dict[str, object]:
        """Return where the draws come from."""
        return {
            "model": "hb",
            "status": self.status,
            "seed": self.seed,
            "data": self.data_hash,
            **self.settings,
        }

    def individual(
        self, data: ChoiceData | None = None, n_draws: int = 0, seed: int = 0
    ) -> IndividualPartWorths:
        """Return the posterior of each respondent's coefficients, given the choices of the fit.

        Of the respondents of `data`, matched by id; of all if absent. `n_draws` of the kept draws
        come with it.
        """
        ids = self.respondent_ids if data is None else tuple(data.respondent_ids)
        known = self._places
        if unknown := [name for name in ids if name not in known]:
            raise LabelMismatchError("respondents", expected=(), found=unknown)
        places = np.array([known[name] for name in ids])
        draws = np.empty((0, len(ids), len(self.labels)), dtype=np.float32)
        if n_draws:
            self._check_has_draws()
            random = random_stream(seed, "individual draws")
            taken = np.sort(random.choice(len(self.draws), min(n_draws, len(self.draws)), False))
            draws = self.draws[taken][:, places]
        return IndividualPartWorths(
            respondent_ids=ids,
            labels=self.labels,
            mean=self.person_means[places],
            sd=self.person_sds[places],
            draws=draws,
        )

    def probabilities(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " rows"]:
        """Return choice probabilities of people not met before: the mean over the population.

        And over its draws, unless `parameters` say which population.
        """
        return self._averaged(data, parameters, "probabilities")

    def logsums(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the expected utility of the best alternative, the mean over the population."""
        return self._averaged(data, parameters, "logsums")

    def consumer_surplus(
        self, data: ChoiceData, price: str, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the logsum over minus the coefficient of `price`, person by person, then the mean.

        The mean does not exist where people may have a price coefficient near zero: give it the
        sign "negative".

        Raises
        ------
        InputError
            If `price` is no coefficient.
        """
        return self._averaged(data, parameters, "logsums", price)

    def person_log_likelihoods(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " N"]:
        """Return the log-likelihood of all choices of each respondent, as one not met before."""
        return log_likelihoods_of_people(
            self._people(parameters), self.utility, data, self._known(data)
        )

    def probabilities_of_known(
        self, data: ChoiceData, history: ChoiceData | None = None
    ) -> Float[np.ndarray, " rows"]:
        """Return choice probabilities in `data` of the respondents of the fit, matched by id.

        The mean over each respondent's kept draws; respondents not in the fit are taken from the
        population. `history`, if given, must be the choices of the fit: what else people chose is
        learnt by fitting again.
        """
        self._check_has_draws()
        if history is not None and history.content_hash != self.data_hash:
            raise ValueError(
                "expected the choices that were fitted as history, found others. Fit them."
            )
        found, places = self.probabilities(data), self._places
        design, starts = self.utility.design(data), np.asarray(data.task_starts)
        tasks = np.asarray(data.respondent_starts)
        for n, name in enumerate(data.respondent_ids):
            if (place := places.get(name)) is None:
                continue
            own = starts[tasks[n] : tasks[n + 1] + 1]
            rows = slice(own[0], own[-1])
            utilities = design[rows] @ self.draws[:, place].T.astype(float)
            found[rows] = probabilities_of(utilities, own).mean(axis=1)
        return found

    def coefficient_table(self) -> tuple[Coefficient, ...]:
        """Return the population mean of each coefficient with its 90 % interval, and its spread.

        Both are those of people as the model sees them, every respondent counting once, with
        average covariates. Means and spreads of lognormal coefficients have long tails, so
        posterior medians stand for them.
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
        n = self.population.n_components
        return "\n".join(
            (
                f"Hierarchical Bayes: {status}",
                f"{self.n_respondents} respondents, {self.n_tasks} tasks; "
                f"{settings['n_chains']} chains of "
                f"{settings['n_sweeps']} sweeps after {settings['n_burn_in']}"
                + (f"; mixture of {n} normals" if n > 1 else ""),
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
                    [
                        (c.label, c.mean, c.low, c.high, c.sd_over_people)
                        for c in self.coefficient_table()
                    ],
                ),
                *self._slope_table(),
            )
        )

    def _slope_table(self) -> tuple[str, ...]:
        names = self.population.covariates.labels
        if not names:
            return ()
        quantiles = np.quantile(self.population.slopes, [0.5, 0.05, 0.95], axis=0)
        rows: list[tuple[str | float, ...]] = [
            (f"{label} by {name}", *map(float, quantiles[:, z, k]))
            for z, name in enumerate(names)
            for k, label in enumerate(self.latent_labels)
        ]
        return ("", text_table(("slope of latent values", "median", "5 %", "95 %"), rows))

    @property
    def _places(self) -> dict[str, int]:
        return {name: n for n, name in enumerate(self.respondent_ids)}

    def _check_has_draws(self) -> None:
        if not len(self.draws):
            raise ValueError(
                "the draws of respondents went to a sink while the chains ran, and are not kept "
                "here. Read them where it put them."
            )

    def _known(self, data: ChoiceData) -> Float[np.ndarray, "N Q"]:
        return self.population.covariates.weights(respondent_design(data, self.covariate_names)[1])

    def _people(self, parameters: Float[np.ndarray, " P"] | None) -> People:
        if parameters is None:
            return People(self.population, self.seed)
        return People(population_at(self.population, parameters), self.seed)

    def _averaged(
        self,
        data: ChoiceData,
        parameters: Float[np.ndarray, " P"] | None,
        what: Literal["probabilities", "logsums"],
        price: str | None = None,
    ) -> Float[np.ndarray, " rows_or_tasks"]:
        return averaged_over_people(
            self._people(parameters),
            self.utility,
            data,
            self._known(data),
            probabilities_of if what == "probabilities" else logsums_of,
            by_row=what == "probabilities",
            price=price,
        )
