"""Latent class logit: a few kinds of people, each with coefficients of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace

import numpy as np
from jaxtyping import Float

from counterflow.choice.constraints import Constraints
from counterflow.choice.diagnostics import null_log_likelihood
from counterflow.choice.estimator import Estimator
from counterflow.choice.latent_class_likelihood import LatentClassLikelihood
from counterflow.choice.latent_class_parameters import ClassParameters
from counterflow.choice.latent_class_problems import finding
from counterflow.choice.latent_class_result import LatentClassResult
from counterflow.choice.latent_class_search import Search, best_maximum, random_starts
from counterflow.choice.latent_class_traits import traits_to_fit
from counterflow.choice.maximum_likelihood import Fit, maximise_likelihood
from counterflow.choice.parameter_estimates import estimates_of
from counterflow.choice.respondent_design import respondent_weights
from counterflow.choice.scaled_design import ScaledDesign
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.progress import Report
from counterflow.domain.utility import UtilitySpecification, as_utility
from counterflow.kernels.blocks import MapBlocks


@dataclass(frozen=True)
class LatentClassLogit(Estimator):
    """The latent class logit: everybody belongs to one of G classes, nobody is seen to.

    Parameters
    ----------
    utility
        How attributes enter utility: a formula, a mapping or a `Utility`; all of them if absent.
    n_classes
        G; `choose_n_classes` compares several.
    membership
        Columns of `data.about_respondents` on which belonging to a class depends.
    shared
        Labels of coefficients that are the same in all classes.
    constraints
        Parameters that are fixed, tied or kept within bounds. The label of a coefficient alone,
        such as `price`, means that of every class; `class 2: price` means one.
    use_weights
        Whether a respondent's log-likelihood counts by the respondent's weight.
    n_starts
        Starts of the search: the likelihood has many maxima, and the best counts.
    n_finished
        How many of the starts, the best after a few rounds of EM, are followed to the end.
    start
        Values to start from, by label of the result's parameters, instead of a search; classes
        then keep their order.
    max_iterations, tolerance
        Newton's method ends at a distance from the maximum of `tolerance` standard errors.
    seed
        Where the random starts come from; the same seed gives the same bits on any threads.

    Notes
    -----
    P_n = sum_g 𝑃_ng prod_t P_nt(beta_g), with a logit of class shares 𝑃_ng (Kamakura and Russell,
    Journal of Marketing Research 26, 1989; Train 2009, section 14.2.2). Classes are numbered by
    their shares of the respondents, the largest first, unless constraints name single ones.

    Examples
    --------
    >>> LatentClassLogit(n_classes=3, shared=("price",)).get_params()["n_classes"]
    3
    """

    utility: UtilitySpecification | None = None
    _: KW_ONLY
    n_classes: int = 2
    membership: Sequence[str] = ()
    shared: Sequence[str] = ()
    constraints: Constraints | None = None
    use_weights: bool = False
    n_starts: int = 20
    n_finished: int = 5
    start: Mapping[str, float] | None = None
    max_iterations: int = 200
    tolerance: float = 1e-6
    seed: int = 0

    def fit(
        self, data: ChoiceData, report: Report | None = None, map_blocks: MapBlocks = map
    ) -> LatentClassResult:
        """Return the estimate; the same to the bit wherever `map_blocks` runs the blocks.

        Raises
        ------
        InputError
            If options or labels are not what they can be.
        NotIdentifiedError
            If some combination of coefficients changes no choice probability.
        """
        self._check()
        utility = as_utility(self.utility, data)
        design = ScaledDesign.of(data, utility)
        membership = tuple(self.membership) if self.n_classes > 1 else ()
        labels, traits = traits_to_fit(data, membership)
        likelihood = LatentClassLikelihood(
            parameters=ClassParameters(
                coefficients=utility.labels, traits=labels, n_classes=self.n_classes
            ),
            sets=design.sets,
            scales=design.scales,
            traits=traits,
            map_blocks=map_blocks,
        )
        weights = respondent_weights(data, use_weights=self.use_weights)
        fit, search = self._maximum(likelihood, weights, report)
        found = finding(likelihood, fit, weights)
        # Of what is not identified the variance is huge, and may be too huge for a number.
        with np.errstate(over="ignore", invalid="ignore"):
            parameters = estimates_of(fit, weights)
        result = LatentClassResult(
            model=self,
            utility=utility,
            membership=membership,
            layout=likelihood.parameters,
            parameters=parameters,
            log_likelihood=fit.log_likelihood,
            null_log_likelihood=null_log_likelihood(design.sets, weights),
            status=found.status,
            message=found.message,
            search=search,
            traits=traits,
            weights=weights,
            use_weights=self.use_weights,
            entropy=_entropy(likelihood.evaluate(fit.point).posteriors, weights),
            gradient_norm=fit.gradient_norm,
            n_iterations=fit.n_iterations,
            n_respondents=data.n_respondents,
            n_tasks=data.n_tasks,
            n_alternatives=data.n_rows,
            data_hash=data.content_hash,
        )
        self._remember(result)
        return result

    def _maximum(
        self,
        likelihood: LatentClassLikelihood,
        weights: Float[np.ndarray, " N"],
        report: Report | None,
    ) -> tuple[Fit, Search]:
        """Return the best maximum with its classes in order, and how it was found."""
        parameters, given = likelihood.parameters, self.constraints or Constraints()
        constraints = parameters.constraints(given, self.shared)
        constraints.space(parameters.labels)  # Refuses unknown labels before any work is done.
        constraints = parameters.limited(constraints, likelihood.limits)

        def maximum(start: Float[np.ndarray, " P"]) -> Fit:
            return maximise_likelihood(
                likelihood,
                start,
                weights=weights,
                constraints=constraints,
                max_iterations=self.max_iterations,
                tolerance=self.tolerance,
                report=report,
            )

        if self.start is not None:
            fit = maximum(_given_start(self.start, parameters.labels))
            return fit, Search(n_starts=1, maxima=np.array([fit.log_likelihood]))
        fit, search = best_maximum(
            likelihood,
            self._starts(likelihood, weights),
            weights=weights,
            constraints=constraints,
            n_finished=self.n_finished,
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
            report=report,
        )
        if parameters.tells_classes_apart(given):
            return fit, search
        shares = np.average(likelihood.evaluate(fit.point).posteriors, axis=0, weights=weights)
        order = np.argsort(-shares, kind="stable")
        if np.array_equal(order, np.arange(self.n_classes)):
            return fit, search
        again = maximum(parameters.reordered(fit.point, order))
        return replace(again, n_iterations=fit.n_iterations + again.n_iterations), search

    def _starts(
        self, likelihood: LatentClassLikelihood, weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "starts P"]:
        zeros = np.zeros(len(likelihood.scales))
        if self.n_classes == 1:
            return zeros[None, :]
        pooled = maximise_likelihood(likelihood.with_classes(1), zeros, weights=weights)
        return random_starts(
            likelihood, pooled, weights=weights, n_starts=self.n_starts, seed=self.seed
        )

    def _check(self) -> None:
        counts = ("n_classes", "n_starts", "n_finished", "max_iterations")
        problems = [
            Problem(expected="a whole number, 1 or more", found=repr(value), key=name)
            for name in counts
            if not isinstance(value := getattr(self, name), int | np.integer) or value < 1
        ]
        if problems:
            raise InputError(problems)


def _given_start(start: Mapping[str, float], labels: tuple[str, ...]) -> Float[np.ndarray, " P"]:
    if wrong := sorted(set(start) ^ set(labels)):
        expected = f"a value for each of {', '.join(labels)}"
        raise InputError([Problem(expected=expected, found=", ".join(wrong), key="start")])
    return np.array([start[label] for label in labels], dtype=float)


def _entropy(posteriors: Float[np.ndarray, "N G"], weights: Float[np.ndarray, " N"]) -> float:
    """Return the weighted sum of the entropies of the persons' memberships."""
    logs = np.log(np.where(posteriors > 0.0, posteriors, 1.0))
    return float(-np.sum(weights[:, None] * posteriors * logs))
