"""Line rules: whether the offers of a line may stand together, and what is wrong where not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from counterflow.definition.candidates import Candidate
from counterflow.definition.feasibility.fixed_costs import fixed_costs_of
from counterflow.definition.feasibility.rule_on_line import (
    Apart,
    Budget,
    Mask,
    MostOffers,
    MustOffer,
    NeverOffer,
    Requires,
    RuleOnLine,
)
from counterflow.domain.mismatch import quoted
from counterflow.domain.programme import Programme
from counterflow.domain.section import Condition
from counterflow.kernels.line_search import Line


@dataclass(frozen=True, eq=False, kw_only=True)
class LineRules:
    """Rules on lines of C candidates, of which one a group at most may stand in a line."""

    rules: tuple[RuleOnLine, ...]
    group: Int[np.ndarray, " C"]

    @property
    def has_any(self) -> bool:
        """Return whether anything is asked of a line but its number of offers."""
        return any(not isinstance(rule, MostOffers) for rule in self.rules)

    def problems(self, line: Line) -> tuple[str, ...]:
        """Return what is wrong with the line, rule by rule; nothing if it is allowed."""
        return tuple(problem for rule in self.rules if (problem := rule.problem(line)) is not None)

    def allows(self, line: Line) -> bool:
        """Return whether the line keeps to all rules."""
        return all(rule.problem(line) is None for rule in self.rules)

    def may_join(self, line: Line) -> Mask:
        """Return the candidates that some line with these offers could have as well."""
        joining = ~np.isin(self.group, self.group[list(line)])
        for rule in self.rules:
            joining &= ~rule.forbids(line)
        return joining

    def is_hopeless(self, line: Line) -> bool:
        """Return whether no further offer could make the line an allowed one."""
        return any(
            rule.cures(line) is None for rule in self.rules if rule.problem(line) is not None
        )


def line_rules(programme: Programme, candidates: Sequence[Candidate]) -> LineRules:
    """Return the rules of `[search]` on lines of these candidates, volumes apart."""
    return LineRules(rules=tuple(_rules(programme, candidates)), group=groups(candidates))


def groups(candidates: Sequence[Candidate]) -> Int[np.ndarray, " C"]:
    """Return a number for each candidate, equal for the prices of one configuration."""
    fixed = [candidate.configuration for candidate in candidates]
    position = {configuration: g for g, configuration in enumerate(dict.fromkeys(fixed))}
    return np.array([position[configuration] for configuration in fixed])


def _rules(programme: Programme, candidates: Sequence[Candidate]) -> Iterator[RuleOnLine]:
    search, n = programme.search, len(candidates)
    price = np.array([candidate.price for candidate in candidates])

    def who_meet(condition: Condition, at: float | None = None) -> Mask:
        met = [c.configuration.meets(condition) for c in candidates]
        return np.array(met, dtype=bool) & (at is None or price == at)

    for i, pattern in enumerate(search.never_offer, start=1):
        name = f"search.never_offer[{i}] ({in_words(pattern.when, pattern.price)})"
        yield NeverOffer(name, n, who_meet(pattern.when, pattern.price))
    for i, pattern in enumerate(search.must_offer, start=1):
        name = f"search.must_offer[{i}] ({in_words(pattern.when, pattern.price)})"
        yield MustOffer(name, n, who_meet(pattern.when, pattern.price))
    for i, rule in enumerate(search.line_rules, start=1):
        name = f"search.line_rules[{i}] ({rule.reason})"
        if rule.requires:
            yield Requires(name, n, who_meet(rule.when), who_meet(rule.requires))
        if rule.excludes:
            yield Apart(name, n, who_meet(rule.when), who_meet(rule.excludes), price, math.inf)
    for i, ladder in enumerate(search.ladders, start=1):
        ends = f"{in_words(ladder.higher)} at {ladder.least_difference:,.12g} above "
        name = f"search.ladders[{i}] ({ends}{in_words(ladder.lower)})"
        lower, higher = who_meet(ladder.lower), who_meet(ladder.higher)
        yield Apart(name, n, lower, higher, price, ladder.least_difference)
    if search.budget is not None:
        name = f"search.budget ({search.budget:,.12g})"
        made = [(candidate.configuration, candidate.variants) for candidate in candidates]
        yield Budget(name, n, search.budget, fixed_costs_of(programme, made))
    yield MostOffers(f"search.n_offers ({search.n_offers})", n, search.n_offers)


def in_words(condition: Condition, price: float | None = None) -> str:
    """Return a condition and a price as a person would say them.

    Examples
    --------
    >>> in_words({"trim": ("plus", "max")}, 20000.0)
    'trim = "plus" or "max", price 20,000'
    """
    words = [
        f"{name} = {' or '.join(quoted(level) for level in levels)}"
        for name, levels in condition.items()
    ]
    words += [f"price {price:,.12g}"] if price is not None else []
    return ", ".join(words) or "any offer"
