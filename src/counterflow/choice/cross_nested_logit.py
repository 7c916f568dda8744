"""Cross-nested logit: an alternative may lie in several nests, in each with a share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from counterflow.choice.constraints import Constraints
from counterflow.choice.estimator import Estimator
from counterflow.choice.nest_parameters import NestLayout
from counterflow.choice.nested_fit import Search, fit_nested
from counterflow.choice.nested_result import NestedFit
from counterflow.choice.nests import Nests, NestSets
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.progress import Report
from counterflow.domain.utility import UtilitySpecification, as_utility
from counterflow.kernels.blocks import MapBlocks

_FIRST_LAMBDAS = (0.7, 0.4)


@dataclass(frozen=True)
class CrossNestedLogit(Estimator):
    """The cross-nested logit, estimated by maximum likelihood.

    Parameters
    ----------
    utility
        How attributes enter utility: a formula, a mapping or a `Utility`; all of them if absent.
    nests
        Nests by name: the alternatives of each. An alternative may be in several. The outside
        option stands alone unless `outside` or its name is in a nest.
    nests_by
        The attribute whose levels `nests` hold; the names of alternatives if absent.
    allocations
        Shares of alternatives in their nests that are known, by alternative and nest; those of
        an alternative sum to one. The other alternatives' are estimated.
    one_lambda_for
        Whether each "nest" has its own dissimilarity, or "all" share one.
    constraints
        Parameters that are fixed, tied or kept within bounds, by the labels of the result. A
        dissimilarity lies between 0.01 and 1, a share between 0 and 1, unless they say otherwise.
    use_weights
        Whether a respondent's log-likelihood counts by the respondent's weight.
    start
        Values to start from, by label of the result's parameters; the rest start from the
        multinomial logit and equal shares.
    max_iterations, tolerance
        The search ends at a distance from the maximum of `tolerance` standard errors.

    Notes
    -----
    With alpha_jm the share of alternative j in nest m, sum_m alpha_jm = 1,

        P(j) = sum_m P(m) P(j | m),  P(j | m) = (alpha_jm exp(V_j))^(1 / lambda_m) / exp(I_m),
        P(m) = exp(lambda_m I_m) / sum_k exp(lambda_k I_k)

    (Vovsha 1997; Wen and Koppelman, Transportation Research Part B 35, 2001; biogeme's mu_m is
    1 / lambda_m). The likelihood may have several maxima: the search has several starts, and the
    result keeps what each found.

    Examples
    --------
    >>> model = CrossNestedLogit(
    ...     nests={"existing": ("train", "car"), "public": ("train", "swissmetro")})
    >>> model.one_lambda_for
    'nest'
    """

    utility: UtilitySpecification | None = None
    _: KW_ONLY
    nests: NestSets
    nests_by: str | None = None
    allocations: Mapping[str, Mapping[str, float]] | None = None
    one_lambda_for: Literal["nest", "all"] = "nest"
    constraints: Constraints | None = None
    use_weights: bool = False
    start: Mapping[str, float] | None = None
    max_iterations: int = 200
    tolerance: float = 1e-6

    def fit(
        self, data: ChoiceData, report: Report | None = None, map_blocks: MapBlocks = map
    ) -> CrossNestedLogitResult:
        """Return the estimate; the same to the bit wherever `map_blocks` runs the blocks.

        Raises
        ------
        InputError
            If utility, nests, allocations, constraints or the start name what is not there.
        NotIdentifiedError
            If the choices cannot tell some coefficients apart, or no task offers a choice within
            a nest whose dissimilarity is to be estimated.
        """
        utility = as_utility(self.utility, data)
        nests = Nests.of_sets(self.nests, data, self.nests_by)
        layout = NestLayout.of(
            nests,
            utility.labels,
            one_lambda_for=self.one_lambda_for,
            allocations=self.allocations,
        )
        search = Search(
            constraints=self.constraints or Constraints(),
            first_lambdas=_FIRST_LAMBDAS,
            greatest_lambda=1.0,
            start=self.start or {},
            use_weights=self.use_weights,
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
        )
        shared = fit_nested(data, utility, layout, search, report, map_blocks)
        result = CrossNestedLogitResult(model=self, **shared)
        self._remember(result)
        return result


@dataclass(frozen=True, eq=False, kw_only=True)
class CrossNestedLogitResult(NestedFit):
    """A fitted cross-nested logit, in the units of the data."""

    model: CrossNestedLogit

    @property
    def allocations(self) -> dict[str, dict[str, float]]:
        """Return the share of each alternative in each of its nests; "" is outside all nests."""
        shares = self.layout.split(self.parameters.values)[1].allocations
        found: dict[str, dict[str, float]] = {kind: {} for kind in self.layout.nests.kinds}
        for (kind, nest), share in zip(self.layout.nests.of_kinds, shares, strict=False):
            found[kind][nest] = float(share)
        return found

    def summary(self) -> str:
        """Return the fit, the parameters, the nests and the allocations as text."""
        nests = self.layout.nests.names
        rows: list[tuple[str | float, ...]] = [
            (kind, *(shares.get(nest, 0.0) for nest in nests))
            for kind, shares in self.allocations.items()
            if "" not in shares
        ]
        tables = (
            self._parameter_table(),
            "",
            self._nest_table(),
            "",
            text_table(("share of", *nests), rows),
            "",
            self._consistency(),
        )
        return "\n".join((*self._headline("Cross-nested logit"), *tables))
