"""What a design can be trusted with: criteria, balance, overlap, correlations, standard errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.survey.design.balance import (
    LevelBalance,
    level_balance,
    overlap_of,
    pair_counts,
    tasks_with_copies,
)
from counterflow.survey.design.check import check_same_levels
from counterflow.survey.design.criteria import criteria_of
from counterflow.survey.design.precision import (
    Precision,
    expected_precision,
    largest_correlations,
)
from counterflow.survey.design.random_tasks import repeated_tasks
from counterflow.survey.design.specification import DesignSpecification


@dataclass(frozen=True, kw_only=True)
class DesignDiagnostics:
    """What a design is judged by; `print` shows it in words.

    Parameters
    ----------
    criteria
        Each criterion for one respondent; less is better.
    efficiency
        Best known value over this design's, 1 where this is the best; of each criterion of which
        a best was given.
    balance
        For each attribute, how often each of its levels is shown.
    pairs
        For each two attributes, how often each pair of their levels is shown: rows by level of the
        first, columns by level of the second.
    overlap
        For each attribute, the share of alternatives that repeat a level of their task.
    correlations
        Largest correlations between columns of utility, by pair of labels.
    n_dominated
        Tasks in which one product is at least as good as another in everything.
    n_repeated_tasks, n_repeated_products
        Tasks that a version shows again, and tasks that show a product twice.
    precision
        Standard error by coefficient that `n_respondents` would give.
    """

    n_versions: int
    n_tasks: int
    n_alternatives: int
    criteria: Mapping[str, float]
    efficiency: Mapping[str, float]
    balance: tuple[LevelBalance, ...]
    pairs: Mapping[str, Mapping[str, list[list[int]]]]
    overlap: Mapping[str, float]
    correlations: tuple[tuple[str, str, float], ...]
    n_dominated: int
    n_repeated_tasks: int
    n_repeated_products: int
    n_respondents: int
    precision: tuple[Precision, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the diagnostics as JSON values; what is infinite is None."""
        return {name: _finite(value) for name, value in asdict(self).items()}

    def __str__(self) -> str:
        """Return the diagnostics as text."""
        lines = [
            f"{self.n_versions:,} versions of {self.n_tasks} tasks with {self.n_alternatives} "
            "alternatives",
            "criteria: " + ", ".join(f"{k} {v:.5g}" for k, v in self.criteria.items()),
            *(f"efficiency by {k}: {v:.1%}" for k, v in self.efficiency.items()),
            f"{self.n_dominated:,} tasks with a dominated product, {self.n_repeated_tasks:,} "
            f"repeated tasks, {self.n_repeated_products:,} tasks with a product twice",
        ]
        for b in self.balance:
            shares = ", ".join(f"{level} {share:.1%}" for level, share in b.shares.items())
            lines.append(f"{b.attribute}: {shares}; overlap {self.overlap[b.attribute]:.1%}")
        lines += [f"{a} with {b}: correlation {r:+.2f}" for a, b, r in self.correlations]
        lines += [
            f"{p.label}: prior {p.prior_mean:.4g}, standard error {p.standard_error:.3g} from "
            f"{self.n_respondents:,} respondents"
            for p in self.precision
        ]
        return "\n".join(lines)


def diagnose(
    design: ChoiceDesign,
    spec: DesignSpecification,
    *,
    n_respondents: int = 300,
    best_known: Mapping[str, float] | None = None,
    most_correlations: int = 5,
) -> DesignDiagnostics:
    """Return what a design can be trusted with, under the prior of a specification.

    The design may come from elsewhere, if only its levels are those of the specification.

    Raises
    ------
    InputError
        If the levels differ.

    Examples
    --------
    >>> from counterflow.survey.design.make import make_design
    >>> spec = DesignSpecification.of({"a": ["x", "y"], "b": ["u", "v"]}, n_tasks=2,
    ...                               n_alternatives=2)
    >>> found = diagnose(make_design(spec.searched(method="minimal_overlap")), spec)
    >>> found.n_repeated_products, found.overlap["a"]
    (0, 0.0)
    """
    check_same_levels(design, spec)
    codes = design.codes
    criteria = {str(name): value for name, value in criteria_of(spec, codes).items()}
    return DesignDiagnostics(
        n_versions=design.n_versions,
        n_tasks=design.n_tasks,
        n_alternatives=design.n_alternatives,
        criteria=criteria,
        efficiency={
            name: best / criteria[name]
            for name, best in (best_known or {}).items()
            if name in criteria
        },
        balance=level_balance(design),
        pairs=_pairs(design),
        overlap=overlap_of(design),
        correlations=largest_correlations(spec, codes, most_correlations),
        n_dominated=int((spec.task_rules.n_dominated(codes) > 0).sum()),
        n_repeated_tasks=int(repeated_tasks(codes).sum()),
        n_repeated_products=int(tasks_with_copies(codes).sum()),
        n_respondents=n_respondents,
        precision=expected_precision(spec, codes, n_respondents),
    )


def _pairs(design: ChoiceDesign) -> dict[str, dict[str, list[list[int]]]]:
    found: dict[str, dict[str, list[list[int]]]] = {}
    for (one, other), counts in pair_counts(design).items():
        found.setdefault(one, {})[other] = counts.tolist()
    return found


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return value
