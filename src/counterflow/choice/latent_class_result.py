"""A fitted latent class logit: the classes, who belongs to them, and predictions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from counterflow.choice.estimator import Estimator
from counterflow.choice.fitted import Fitted
from counterflow.choice.individual import IndividualPartWorths
from counterflow.choice.latent_class_parameters import ClassParameters
from counterflow.choice.latent_class_prediction import ClassPrediction, mean_shares
from counterflow.choice.latent_class_problems import Status
from counterflow.choice.latent_class_search import Search
from counterflow.choice.maximum_likelihood import PanelSlope
from counterflow.choice.parameter_estimates import CovarianceKind, ParameterEstimates
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.estimate import Coefficient
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.random_streams import random_stream
from counterflow.domain.utility import Utility
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.latent_class import ClassSlope

_QUANTILE_95 = 1.6448536269514722


@dataclass(frozen=True, eq=False, kw_only=True)
class IndividualClasses(IndividualPartWorths):
    """Posterior of each respondent's coefficients, and of the class that they are of."""

    memberships: Float[np.ndarray, "N G"]
    """Probability of each class given the respondent's choices."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LatentClassResult(Fitted):
    """A latent class logit in the units of the data; classes are counted from 1 in labels.

    `status` is "converged", or what is wrong, which `message` says in words: "empty_class",
    "separated", "not_identified", "iteration_limit" or "stalled".
    """

    model: Estimator
    utility: Utility
    membership: tuple[str, ...]
    """What is known of respondents on which belonging to a class depends."""
    layout: ClassParameters
    parameters: ParameterEstimates
    log_likelihood: float
    null_log_likelihood: float
    status: Status
    message: str
    search: Search
    """Which maxima the starts led to."""
    traits: Float[np.ndarray, "N traits"]
    """Of the respondents of the fit."""
    weights: Float[np.ndarray, " N"]
    """By how much each respondent of the fit counted."""
    use_weights: bool
    entropy: float
    """Weighted sum over respondents of -sum_g h_ng ln h_ng."""
    gradient_norm: float
    n_iterations: int
    n_respondents: int
    n_tasks: int
    n_alternatives: int
    data_hash: str

    @property
    def n_classes(self) -> int:
        """Return G."""
        return self.layout.n_classes

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient, the same in every class."""
        return self.layout.coefficients

    @property
    def aic(self) -> float:
        """Return Akaike's -2 L + 2 P, P the number of free parameters."""
        return -2.0 * self.log_likelihood + 2.0 * self.parameters.n_free

    @property
    def bic(self) -> float:
        """Return Schwarz's -2 L + P ln N; N counts respondents, whose choices go together."""
        return -2.0 * self.log_likelihood + self.parameters.n_free * np.log(self.n_respondents)

    @property
    def caic(self) -> float:
        """Return Bozdogan's (Psychometrika 52, 1987) consistent -2 L + P (ln N + 1)."""
        return self.bic + self.parameters.n_free

    @property
    def entropy_r2(self) -> float:
        """Return how well respondents are told apart: 1 if surely, 0 if not at all.

        Notes
        -----
        1 - sum_ng -h_ng ln h_ng / (N ln G) (Ramaswamy et al., Marketing Science 12, 1993).
        """
        if self.n_classes == 1:
            return 1.0
        return 1.0 - self.entropy / float(self.weights.sum() * np.log(self.n_classes))

    @property
    def coefficients(self) -> Float[np.ndarray, "G K"]:
        """Return the coefficients of each class."""
        return self.layout.classes(self.parameters.values).coefficients

    @property
    def class_shares(self) -> Float[np.ndarray, " G"]:
        """Return the share of each class among the respondents of the fit."""
        return self._shares_and_slope()[0]

    def class_share_standard_errors(
        self, kind: CovarianceKind | None = None
    ) -> Float[np.ndarray, " G"]:
        """Return the standard errors of the shares, by the delta method."""
        _, slope = self._shares_and_slope()
        variance = np.einsum("gp,pq,gq->g", slope, self.parameters.covariance(kind), slope)
        return np.sqrt(np.maximum(variance, 0.0))

    def of_class(self, number: int) -> ParameterEstimates:
        """Return the estimates of one class's coefficients, by their own labels.

        What asks for a model with one set of coefficients, such as willingness to pay, takes them.

        Raises
        ------
        ValueError
            If there is no class of that number; they count from 1.
        """
        if not 1 <= number <= self.n_classes:
            raise ValueError(f"expected a class from 1 to {self.n_classes}, found {number}")
        at = self.layout.of_class(number - 1)
        matrices = self.parameters.covariances
        moves = np.diag(matrices["classical"])[at] > 0.0
        names = dict(zip(self.parameters.labels[at], self.labels, strict=True))
        return replace(
            self.parameters,
            labels=self.labels,
            values=self.parameters.values[at],
            covariances={kind: matrix[at, at] for kind, matrix in matrices.items()},
            free_labels=tuple(x for x, moved in zip(self.labels, moves, strict=True) if moved),
            at_bound=tuple(names[x] for x in self.parameters.at_bound if x in names),
        )

    def shares_of(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, "N G"]:
        """Return the probability of each class for people of whom only traits are known."""
        return self._at(parameters).shares(data)

    def probabilities(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " rows"]:
        """Return choice probabilities of people not met before: the mean over their classes."""
        classes = self._at(parameters)
        return classes.probabilities(data, classes.shares(data))

    def probabilities_of_known(
        self, data: ChoiceData, history: ChoiceData
    ) -> Float[np.ndarray, " rows"]:
        """Return choice probabilities in `data` of people whose choices in `history` are known.

        Respondents are matched by their ids; those without a history are taken by their traits.
        """
        shares = self.shares_of(data)
        known = dict(zip(history.respondent_ids, self.memberships(history), strict=True))
        for n, name in enumerate(data.respondent_ids):
            if name in known:
                shares[n] = known[name]
        return self._at(None).probabilities(data, shares)

    def logsums(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the expected utility of the best alternative of each task, up to a constant.

        The mean over classes; as scales of utility differ between them, `consumer_surplus` is
        what can be compared.
        """
        return self._at(parameters).logsums(data, np.ones(self.n_classes))

    def consumer_surplus(
        self, data: ChoiceData, price: str, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the logsum over minus the price coefficient, class by class, then the mean.

        Raises
        ------
        InputError
            If `price` is no coefficient, or does not deter some class.
        """
        classes = self._at(parameters)
        return classes.logsums(data, -1.0 / classes.price_coefficients(price))

    def person_log_likelihoods(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " N"]:
        """Return the log-likelihood of all choices of each respondent of `data`."""
        return self._evaluate(data, parameters).by_person

    def person_scores(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> PanelSlope:
        """Return the log-likelihood of each respondent of `data` and its gradient."""
        classes = self._at(parameters)
        return classes.likelihood(data).slope(classes.theta)

    def memberships(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, "N G"]:
        """Return the probability of each class given each respondent's choices in `data`."""
        return self._evaluate(data, parameters).posteriors

    def individual(
        self,
        data: ChoiceData,
        n_draws: int = 0,
        seed: int = 0,
        parameters: Float[np.ndarray, " P"] | None = None,
        map_blocks: MapBlocks = map,
    ) -> IndividualClasses:
        """Return the posterior of each respondent's coefficients, given the choices in `data`.

        A draw is the coefficients of a class, drawn by the respondent's memberships.
        """
        shares = self._evaluate(data, parameters, map_blocks).posteriors
        coefficients = self._at(parameters).coefficients
        mean = shares @ coefficients
        variance = np.einsum("ng,ngk->nk", shares, (coefficients - mean[:, None, :]) ** 2)
        draws = np.empty((n_draws, *mean.shape), dtype=np.float32)
        for s in range(n_draws):
            draws[s] = coefficients[_drawn_classes(shares, seed, s)]
        return IndividualClasses(
            respondent_ids=tuple(data.respondent_ids),
            labels=self.labels,
            mean=mean,
            sd=np.sqrt(variance),
            draws=draws,
            memberships=shares,
        )

    def part_worths(
        self, data: ChoiceData, n_draws: int, seed: int, map_blocks: MapBlocks = map
    ) -> PartWorths:
        """Return S draws of every respondent's coefficients, for markets and lines of products.

        Each draw takes other parameters from their estimator's distribution, and then everybody's
        class from the memberships that their choices give at these.

        Raises
        ------
        ValueError
            If the errors of the estimate are not numbers, as where a class predicts perfectly.
        """
        if not np.isfinite(self.parameters.covariance()).all():
            raise ValueError(
                "expected an estimate whose errors are known, to draw from, found one that is "
                f"{self.status}: {self.message}"
            )
        likelihood = self._at(None).likelihood(data, map_blocks)
        draws = np.empty((n_draws, data.n_respondents, len(self.labels)), dtype=np.float32)
        for s, theta in enumerate(self.parameters.draws(n_draws, seed)):
            classes = _drawn_classes(likelihood.evaluate(theta).posteriors, seed, s)
            draws[s] = self.layout.classes(theta).coefficients[classes]
        return PartWorths(
            draws=draws,
            coding=self.utility,  # type: ignore[arg-type]
            respondent_ids=tuple(data.respondent_ids),
            weights=np.array(data.weights, dtype=float),
            provenance={
                "model": "latent_class",
                "status": self.status,
                "seed": seed,
                "data": self.data_hash,
                "n_classes": self.n_classes,
                "use_weights": self.use_weights,
            },
        )

    def coefficient_table(self) -> tuple[Coefficient, ...]:
        """Return the mean of each coefficient over people, its 90 % interval, and its spread."""
        shares, slope = self._shares_and_slope()
        mean = shares @ self.coefficients
        sd = np.sqrt(shares @ (self.coefficients - mean) ** 2)
        rows = []
        for k, label in enumerate(self.labels):
            # d(sum_g share_g b_gk): by the shares, and by the coefficients themselves.
            by = slope.T @ self.coefficients[:, k]
            by[k : self.n_classes * len(self.labels) : len(self.labels)] += shares
            error = np.sqrt(max(by @ self.parameters.covariance() @ by, 0.0))
            rows.append(
                Coefficient(
                    label=label,
                    mean=float(mean[k]),
                    low=float(mean[k] - _QUANTILE_95 * error),
                    high=float(mean[k] + _QUANTILE_95 * error),
                    sd_over_people=float(sd[k]),
                )
            )
        return tuple(rows)

    def summary(self) -> str:
        """Return the fit, the classes side by side and what makes people belong, as text."""
        return "\n".join((*self._headline(), *self._class_table(), *self._membership_table()))

    def _at(self, parameters: Float[np.ndarray, " P"] | None) -> ClassPrediction:
        """Return the classes at these parameters, or at the estimate."""
        return ClassPrediction(
            utility=self.utility,
            layout=self.layout,
            membership=self.membership,
            theta=self.parameters.or_given(parameters),
        )

    def _evaluate(
        self,
        data: ChoiceData,
        parameters: Float[np.ndarray, " P"] | None,
        map_blocks: MapBlocks = map,
    ) -> ClassSlope:
        classes = self._at(parameters)
        return classes.likelihood(data, map_blocks).evaluate(classes.theta)

    def _shares_and_slope(self) -> tuple[Float[np.ndarray, " G"], Float[np.ndarray, "G P"]]:
        return mean_shares(self.layout, self.parameters.values, self.traits, self.weights)

    def _headline(self) -> list[str]:
        return [
            f"Latent class logit, {self.n_classes} classes: {self.status} after EM and "
            f"{self.n_iterations} Newton steps",
            *([self.message] if self.message else []),
            str(self.search),
            f"{self.n_respondents} respondents, {self.n_tasks} tasks, "
            f"{self.n_alternatives} alternatives",
            f"log-likelihood {self.log_likelihood:.3f} (equal shares "
            f"{self.null_log_likelihood:.3f}), rho2 {self.rho_squared:.4f}, "
            f"{self.parameters.n_free} parameters",
            f"AIC {self.aic:.1f}, BIC {self.bic:.1f}, CAIC {self.caic:.1f}, "
            f"entropy R2 {self.entropy_r2:.3f}",
            *(
                [f"on a bound: {', '.join(self.parameters.at_bound)}"]
                if self.parameters.at_bound
                else []
            ),
        ]

    def _class_table(self) -> list[str]:
        """Return the classes side by side, each estimate with its standard error."""
        each = [self.of_class(g + 1) for g in range(self.n_classes)]
        figures = np.array([x for one in each for x in (one.values, one.standard_errors())])
        shares = np.stack([self.class_shares, self.class_share_standard_errors()], axis=1)
        rows = [("share", shares.ravel()), *zip(self.labels, figures.T, strict=True)]
        header = ("", *(x for g in range(self.n_classes) for x in (f"class {g + 1}", "s.e.")))
        return [text_table(header, [(name, *map(float, values)) for name, values in rows])]

    def _membership_table(self) -> list[str]:
        if len(self.layout.traits) == 1:
            return []
        first = self.n_classes * len(self.labels)
        rows: list[tuple[str | float, ...]] = []
        for p in range(first, len(self.parameters.labels)):
            value, error = self.parameters.values[p], self.parameters.standard_errors()[p]
            rows.append((self.parameters.labels[p], float(value), float(error)))
        return ["", text_table(("membership", "estimate", "s.e."), rows)]


def _drawn_classes(shares: Float[np.ndarray, "N G"], seed: int, draw: int) -> np.ndarray:
    """Return a class for each person, drawn by the shares: the first whose total exceeds u."""
    u = random_stream(seed, "latent class membership", draw).random(len(shares))
    return np.minimum((np.cumsum(shares, axis=1) < u[:, None]).sum(axis=1), shares.shape[1] - 1)
