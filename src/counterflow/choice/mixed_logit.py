"""Mixed logit: coefficients that vary over people, by maximum simulated likelihood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float

from counterflow.choice.constraints import Constraints
from counterflow.choice.diagnostics import null_log_likelihood
from counterflow.choice.estimator import Estimator
from counterflow.choice.linear_logit import fit_linear
from counterflow.choice.mixed_likelihood import Choices, choices_of
from counterflow.choice.mixed_logit_fit import MixedFit, Settings, fit_mixed
from counterflow.choice.mixed_logit_parameters import MixedParameters
from counterflow.choice.mixed_logit_result import MixedLogitResult
from counterflow.choice.mixed_logit_start import first_guess
from counterflow.choice.mixed_prediction import MixedPredictor
from counterflow.choice.parameter_estimates import estimates_of
from counterflow.choice.respondent_design import respondent_design, respondent_weights
from counterflow.choice.scaled_design import ScaledDesign
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.domain.utility import UtilitySpecification, as_utility
from counterflow.kernels.blocks import MapBlocks

_START_SD = 0.5
"""How far further starts lie from the first, in units of the scaled design."""


@dataclass(frozen=True)
class MixedLogit(Estimator):
    """The mixed logit: utility linear in coefficients that follow distributions over people.

    Parameters
    ----------
    utility
        How attributes enter utility: a formula, a mapping or a `Utility`; all of them if absent.
    random
        Distribution of each coefficient that varies over people, by label: "normal", "lognormal",
        "negative lognormal", "uniform", "triangular", "truncated normal" (positive) or "negative
        truncated normal". The others are the same for all.
    correlated
        False: random coefficients vary independently. True: with a full covariance. Groups of
        labels: with a full covariance within each group.
    covariates
        Coefficients whose mean shifts with what is known about respondents, by label: the names
        of columns of `data.about_respondents`.
    willingness_to_pay_of
        Label of the price coefficient. The other coefficients are then in units of price (Train
        and Weeks 2005), and minus the price coefficient, which may be random, is their scale.
    panel
        Whether a respondent has the same coefficients in all tasks. If not, every task has its
        own; standard errors still allow for the respondent.
    constraints
        Parameters that are fixed, tied or kept within bounds, by the labels of the result.
    use_weights
        Whether a respondent's log-likelihood counts by the respondent's weight.
    draws
        "sobol" (scrambled), "mlhs", "halton" (scrambled), or "gauss-hermite" for up to three
        random coefficients.
    n_draws
        Draws a respondent; "auto" for as many as `simulation_shift` asks for.
    simulation_shift
        How far the estimate may move with other draws, in standard errors (root mean square).
    most_draws
        Where "auto" stops; or at 24 million draws over all respondents, where these are many.
    is_centred
        Whether draws lie around each respondent's posterior, or all over the population as in
        plain simulation.
    n_starts
        Starts of the search; the best maximum counts and the result keeps the log-likelihood of
        each. Some models have several maxima: lognormals, willingness-to-pay space.
    start
        Values to start from, by label of the result's parameters; the rest start as usual.
    tolerance
        Distance to the maximum at which the search ends, in standard errors.
    max_iterations
        Steps of the optimiser between two moves of the draws after which it gives up.
    seed
        Where the random numbers start; the same seed gives the same bits on any threads.

    Notes
    -----
    P_n = integral of prod_t P_nt(beta) f(beta) dbeta (Train 2009, chapters 6 and 10).

    Examples
    --------
    >>> model = MixedLogit(random={"price": "negative lognormal"}, n_draws=128)
    >>> model.get_params()["n_draws"]
    128
    """

    utility: UtilitySpecification | None = None
    _: KW_ONLY
    random: Mapping[str, str] = field(default_factory=dict)
    correlated: bool | Sequence[Sequence[str]] = False
    covariates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    willingness_to_pay_of: str | None = None
    panel: bool = True
    constraints: Constraints | None = None
    use_weights: bool = False
    draws: Literal["sobol", "mlhs", "halton", "gauss-hermite"] = "sobol"
    n_draws: int | Literal["auto"] = "auto"
    simulation_shift: float = 0.1
    most_draws: int = 4096
    is_centred: bool = True
    n_starts: int = 1
    start: Mapping[str, float] | None = None
    tolerance: float = 1e-2
    max_iterations: int = 200
    seed: int = 0

    @property
    def covariate_names(self) -> tuple[str, ...]:
        """Return the columns about respondents that shift some mean."""
        names = [name for names in self.covariates.values() for name in names]
        return tuple(dict.fromkeys(names))

    def fit(
        self, data: ChoiceData, report: Report | None = None, map_blocks: MapBlocks = map
    ) -> MixedLogitResult:
        """Return the estimate; the same to the bit wherever `map_blocks` runs the blocks.

        Raises
        ------
        InputError
            If labels are unknown or contradict one another; every problem at once.
        NotIdentifiedError
            If some combination of coefficients changes no choice probability.
        """
        utility = as_utility(self.utility, data)
        design = ScaledDesign.of(data, utility, map_blocks)
        labels, known = respondent_design(data, self.covariate_names)
        layout = MixedParameters.of(
            utility.labels,
            self.random,
            correlated=self.correlated,
            shifted=self.covariates,
            covariates=labels,
            willingness_to_pay_of=self.willingness_to_pay_of,
            scales=design.scales,
        )
        choices = choices_of(design.sets, known, panel=self.panel)
        weights = respondent_weights(data, use_weights=self.use_weights)
        multinomial = fit_linear(design, weights, map_blocks=map_blocks)
        guess = first_guess(layout, multinomial.fit.point * design.scales)
        found, log_likelihoods = self._best(layout, choices, weights, guess, map_blocks, report)
        result = MixedLogitResult(
            model=self,
            predictor=MixedPredictor(
                utility=utility,
                layout=layout,
                covariate_names=self.covariate_names,
                panel=self.panel,
                is_centred=self.is_centred,
                kind=self.draws,
                n_draws=found.error.n_draws,
                seed=self.seed,
            ),
            parameters=estimates_of(found.fit, weights),
            log_likelihood=found.error.log_likelihood,
            multinomial_log_likelihood=multinomial.fit.log_likelihood,
            null_log_likelihood=null_log_likelihood(design.sets, weights),
            simulation_error=found.error,
            start_log_likelihoods=log_likelihoods,
            gradient_norm=found.fit.gradient_norm,
            n_iterations=found.fit.n_iterations,
            # What separates the choices for all alike does so for any distribution around that.
            status="separated" if multinomial.separating else found.fit.status,
            flat=found.fit.flat,
            separating=multinomial.separating,
            n_respondents=data.n_respondents,
            n_tasks=data.n_tasks,
            n_alternatives=data.n_rows,
            data_hash=data.content_hash,
        )
        self._remember(result)
        return result

    def _best(
        self,
        layout: MixedParameters,
        choices: Choices,
        weights: Float[np.ndarray, " N"],
        guess: Float[np.ndarray, " P"],
        map_blocks: MapBlocks,
        report: Report | None,
    ) -> tuple[MixedFit, tuple[float, ...]]:
        """Return the best of the fits from all starts, and the log-likelihood of each."""
        given = dict(self.start or {})
        if unknown := sorted(set(given) - set(layout.labels)):
            raise ValueError(
                f"start: expected labels among {', '.join(layout.labels)}, found {unknown}"
            )
        guess = np.array(
            [given.get(label, x) for label, x in zip(layout.labels, guess, strict=True)]
        )
        fits = []
        for number in range(self.n_starts):
            noise = random_stream(self.seed, "mixed logit start", number).standard_normal(
                len(guess)
            )
            start = guess + (_START_SD * noise / layout.slopes if number else 0.0)
            fits.append(
                fit_mixed(
                    layout,
                    choices,
                    weights,
                    start,
                    constraints=self.constraints or Constraints(),
                    settings=self._settings(),
                    map_blocks=map_blocks,
                    report=report,
                    has_spreads=bool(given) or number > 0,
                )
            )
        best = max(fits, key=lambda found: found.error.log_likelihood)
        return best, tuple(found.error.log_likelihood for found in fits)

    def _settings(self) -> Settings:
        return Settings(
            kind=self.draws,
            n_draws=None if self.n_draws == "auto" else self.n_draws,
            shift=self.simulation_shift,
            most_draws=self.most_draws,
            is_centred=self.is_centred,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
            seed=self.seed,
        )
