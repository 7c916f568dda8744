"""Nested logit: alternatives of a nest are closer substitutes, at any number of levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

from counterflow.choice.constraints import Constraints
from counterflow.choice.estimator import Estimator
from counterflow.choice.nest_parameters import NestLayout, OneLambdaFor
from counterflow.choice.nested_fit import Search, fit_nested
from counterflow.choice.nested_result import NestedFit
from counterflow.choice.nests import Nests, NestTree
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.progress import Report
from counterflow.domain.utility import UtilitySpecification, as_utility
from counterflow.kernels.blocks import MapBlocks


@dataclass(frozen=True)
class NestedLogit(Estimator):
    """The nested logit, estimated by maximum likelihood.

    Parameters
    ----------
    utility
        How attributes enter utility: a formula, a mapping or a `Utility`; all of them if absent.
    nests
        Nests by name: the alternatives of each, or further nests, to any depth. A nest of one
        alternative lets it stand alone. The outside option stands alone unless `outside` or its
        name is in a nest. A text is an attribute, each level of which is a nest.
    nests_by
        The attribute whose levels `nests` hold; the names of alternatives if absent.
    one_lambda_for
        Whether each "nest" has its own dissimilarity, all of a "level" share one, or "all" do.
    constraints
        Parameters that are fixed, tied or kept within bounds, by the labels of the result. A
        dissimilarity lies between 0.01 and 10 unless they say otherwise;
        `upper={"lambda[public]": 1.0}` keeps it consistent with random utility.
    use_weights
        Whether a respondent's log-likelihood counts by the respondent's weight.
    start
        Values to start from, by label of the result's parameters; the rest start from the
        multinomial logit.
    max_iterations, tolerance
        The search ends at a distance from the maximum of `tolerance` standard errors.

    Notes
    -----
    A nest m has the dissimilarity lambda_m, written `lambda[m]`, of which biogeme's mu_m is the
    inverse. With U_j = x_j'b of an alternative and U_m = lambda_m I_m of a nest,

        P(c | m) = exp(U_c / lambda_m) / exp(I_m),  I_m = log sum_c exp(U_c / lambda_m),

    and the probability of an alternative is the product over the nests around it; the outermost
    level has lambda = 1. Alternatives of a nest have errors with the correlation 1 - lambda_m^2
    (Train 2009, chapter 4; Daly 1987). Nothing is lost if alternatives are missing in a task.

    Examples
    --------
    >>> NestedLogit(nests={"public": ("train", "bus"), "car": ("car",)}).one_lambda_for
    'nest'
    """

    utility: UtilitySpecification | None = None
    _: KW_ONLY
    nests: NestTree | str
    nests_by: str | None = None
    one_lambda_for: OneLambdaFor = "nest"
    constraints: Constraints | None = None
    use_weights: bool = False
    start: Mapping[str, float] | None = None
    max_iterations: int = 200
    tolerance: float = 1e-6

    def fit(
        self, data: ChoiceData, report: Report | None = None, map_blocks: MapBlocks = map
    ) -> NestedLogitResult:
        """Return the estimate; the same to the bit wherever `map_blocks` runs the blocks.

        Raises
        ------
        InputError
            If utility, nests, constraints or the start name what is not there.
        NotIdentifiedError
            If the choices cannot tell some coefficients apart, or no task offers a choice within
            a nest whose dissimilarity is to be estimated.
        """
        utility = as_utility(self.utility, data)
        nests = Nests.of_tree(self.nests, data, self.nests_by)
        layout = NestLayout.of(nests, utility.labels, one_lambda_for=self.one_lambda_for)
        search = Search(
            constraints=self.constraints or Constraints(),
            first_lambdas=_FIRST_LAMBDAS,
            start=self.start or {},
            use_weights=self.use_weights,
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
        )
        shared = fit_nested(data, utility, layout, search, report, map_blocks)
        result = NestedLogitResult(model=self, **shared)
        self._remember(result)
        return result


_FIRST_LAMBDAS = (0.8,)


@dataclass(frozen=True, eq=False, kw_only=True)
class NestedLogitResult(NestedFit):
    """A fitted nested logit, in the units of the data."""

    model: NestedLogit

    def summary(self) -> str:
        """Return the fit, the parameters and the nests as text."""
        tables = (self._parameter_table(), "", self._nest_table(), "", self._consistency())
        return "\n".join((*self._headline("Nested logit"), *tables))
