"""The space of offers: levels of attributes with what each adds to log odds and to the margin.

Options that nothing ties to other attributes are averaged once for each person: exp(u) of an offer
is a mean over its variants, and the mean of a product over independent options is the product of
their means. Options that are tied (by a rule, by a cost of two attributes) are attributes like the
others, and an offer has one variant for each of their combinations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from counterflow.definition.attributes.conditions import deciding_attributes, tied_options
from counterflow.definition.attributes.people import People, people_of
from counterflow.definition.attributes.price_levels import (
    PriceLevel,
    PriceTable,
    box_of,
    contract_names,
    kept_by_seller,
    link_rules,
    paid_by_buyers,
    price_levels,
)
from counterflow.domain.buildable import buildable_configurations
from counterflow.domain.coding import AS_ASKED
from counterflow.domain.configuration import Configuration, Rule
from counterflow.domain.distances import overage_values
from counterflow.domain.level_clauses import LevelClauses
from counterflow.domain.offered_terms import terms_name, with_offered_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.section import Condition
from counterflow.kernels.attribute_bound import AttributeProblem


@dataclass(frozen=True, eq=False, kw_only=True)
class AttributeSpace:
    """All buildable offers of a programme, as levels of its price and of its other attributes."""

    programme: Programme
    levels: Mapping[str, tuple[str, ...]]
    """Of the price (numbered), of what is fixed in an offer, then of tied options."""
    prices: tuple[PriceLevel, ...]
    clauses: LevelClauses
    """What is buildable at a price that goes with it."""
    free: Mapping[str, tuple[str, ...]]
    """Levels of the options that buyers choose whatever the rest is."""
    problem: AttributeProblem

    @property
    def n_fixed(self) -> int:
        """Return how many attributes are fixed in an offer, the price among them."""
        return len(self.levels) - len(self.tied)

    @cached_property
    def tied(self) -> tuple[str, ...]:
        """Return the options that are tied to other attributes."""
        kinds = self.programme.attributes
        return tuple(name for name in self.levels if kinds[name].kind == "option")

    @cached_property
    def price_table(self) -> PriceTable:
        """Return where each price level is found."""
        return PriceTable(self.prices, self.levels)

    def configuration(self, codes: Sequence[int]) -> Configuration:
        """Return what is fixed in an offer, or what a variant is, given by positions of levels."""
        names = list(self.levels)[1:]
        chosen = {n: self.levels[n][c] for n, c in zip(names, codes[1:], strict=False)}
        return Configuration.of({n: chosen[n] for n in self.programme.configurable if n in chosen})

    def price(self, codes: Sequence[int]) -> float:
        """Return the price of an offer."""
        return self.prices[int(codes[0])].price


def attribute_space(programme: Programme, part_worths: PartWorths) -> AttributeSpace:
    """Return the space of the programme's offers, as the people of the search see them.

    Raises
    ------
    NothingBuildableError
        If the rules exclude everything, with those that conflict.
    InputError
        If something buildable has no price range.
    """
    free = _free_options(programme)
    kinds = {name: a.kind for name, a in programme.configurable.items() if name not in free}
    order = sorted(kinds, key=lambda name: kinds[name] == "option")
    others = {name: programme.attributes[name].level_names for name in order}
    rules = [rule for rule in (*programme.rules, *_never(programme)) if _names(rule) <= set(others)]
    keep = {name: kept for name, kept in programme.search.keep.items() if name in others}
    buildable = LevelClauses.of(others, rules, keep=keep)
    if buildable.nearest(buildable.whole(), np.zeros(int(buildable.starts[-1]))) is None:
        # Listing finds nothing, and then names a smallest set of rules that conflict.
        buildable_configurations(
            programme.configurable, programme.rules, keep=programme.search.keep
        )
    prices = price_levels(programme, buildable, others)
    name = programme.price_attribute
    levels = {name: tuple(str(number) for number in range(len(prices))), **others}
    clauses = LevelClauses.of(levels, [*rules, *link_rules(name, prices)], keep=keep)
    return AttributeSpace(
        programme=programme,
        levels=levels,
        prices=prices,
        clauses=clauses,
        free=free,
        problem=_problem(programme, part_worths, levels, prices, free),
    )


def _free_options(programme: Programme) -> dict[str, tuple[str, ...]]:
    """Return the levels of each option that nothing ties, without those that can never be."""
    tied = tied_options(programme)
    free = {}
    for name, attribute in programme.configurable.items():
        if attribute.kind == "option" and name not in tied:
            own = {name: attribute.level_names}
            rules = [rule for rule in programme.rules if _names(rule) == {name}]
            keep = {n: kept for n, kept in programme.search.keep.items() if n == name}
            alone = LevelClauses.of(own, rules, keep=keep)
            allowed = alone.narrowed(alone.whole())
            if allowed is None:
                allowed = np.zeros(len(attribute.level_names), dtype=bool)
            levels = zip(attribute.level_names, allowed.tolist(), strict=True)
            free[name] = tuple(level for level, is_allowed in levels if is_allowed)
    return free


def _never(programme: Programme) -> Iterator[Rule]:
    """Yield what is never offered at any price as rules."""
    for pattern in programme.search.never_offer:
        if pattern.price is None:
            yield Rule(excludes=pattern.when, reason="search.never_offer")


def _names(rule: Rule) -> set[str]:
    return {*rule.when, *rule.requires, *rule.excludes}


def _problem(
    programme: Programme,
    part_worths: PartWorths,
    levels: Mapping[str, tuple[str, ...]],
    prices: Sequence[PriceLevel],
    free: Mapping[str, tuple[str, ...]],
) -> AttributeProblem:
    part_worths = with_offered_terms(programme, part_worths)
    paid, kept = paid_by_buyers(programme, prices), kept_by_seller(programme, prices)
    people = people_of(programme, part_worths, np.concatenate([paid, kept], axis=1))
    coded = _Coded(programme, part_worths, people)
    log_odds = [coded.of_prices(paid, prices), *(coded.of(n, levels[n]) for n in list(levels)[1:])]
    margins = [
        _kept_of_people(programme, part_worths, people, prices, kept),
        *(
            np.broadcast_to(
                coded.asked_for(n, levels[n]) - _level_costs(programme, n, levels[n]), x.shape
            )
            for n, x in zip(list(levels)[1:], log_odds[1:], strict=True)
        ),
    ]
    option_odds, option_margins = coded.of_options(free)
    conditions = list(_conditions(programme, levels))
    starts = np.cumsum([0, *(len(of_attribute) for of_attribute in levels.values())])
    return AttributeProblem(
        log_odds=np.ascontiguousarray(np.concatenate(log_odds, axis=1)),
        margins=np.ascontiguousarray(np.concatenate(margins, axis=1)),
        own_log_odds=option_odds - people.log_rest.ravel(),
        own_margins=option_margins - programme.costs.base_per_vehicle,
        weights=people.weights.ravel(),
        starts=starts,
        conditions=np.array(
            [box_of(levels, when) for when, _, _ in conditions], dtype=bool
        ).reshape(len(conditions), int(starts[-1])),
        per_vehicle=np.array([vehicle for _, vehicle, _ in conditions], dtype=float),
        per_offer=np.array([offer for _, _, offer in conditions], dtype=float),
        fixed_per_offer=programme.costs.fixed_per_offer,
        n_offers=programme.search.n_offers,
    )


@dataclass(frozen=True, eq=False)
class _Coded:
    """Utilities of levels: their design columns times the part-worths of people."""

    programme: Programme
    part_worths: PartWorths
    people: People

    def of(self, name: str, levels: Sequence[str]) -> Float[np.ndarray, "people levels"]:
        """Return the utility of each level of an attribute, with that of paying for an option."""
        own = self.part_worths.coding.columns_of(name)
        rows = self.part_worths.coding.rows([{**self._any(), name: level} for level in levels])
        once = self.people.part_worths[:, own] @ rows[:, own].T
        asked = self.asked_for(name, levels)
        if asked.any():
            once = once + self._of_paid(asked) - self._of_paid(np.zeros(1))
        return np.tile(once, (len(self.people.regions), 1))

    def asked_for(self, name: str, levels: Sequence[str]) -> Float[np.ndarray, " levels"]:
        """Return the price of each level of an option; 0 where it is part of the price levels.

        Elsewhere utility is linear in price, and an option's price adds the same to any offer.
        """
        if name in deciding_attributes(self.programme):
            return np.zeros(len(levels))
        asked = self.programme.attributes[name].option_price
        return np.array([asked.get(level, 0.0) for level in levels])

    def of_prices(
        self, paid: Float[np.ndarray, "M prices"], prices: Sequence[PriceLevel]
    ) -> Float[np.ndarray, "people prices"]:
        """Return the utility of paying the prices of each person's region, on their terms."""
        terms = self._of_terms(prices)
        return np.concatenate(
            [self._of_paid(paid[m]) + terms for m in self.people.regions.tolist()]
        )

    def _of_terms(self, prices: Sequence[PriceLevel]) -> Float[np.ndarray, "B prices"]:
        """Return the utility of the terms that go with each price; 0 where they are as asked."""
        contracts, labels = self.programme.contracts, self.part_worths.labels
        names = contract_names(self.programme, prices)
        found = np.zeros((len(self.people.part_worths), len(prices)))
        for p, name in enumerate(names):
            terms = AS_ASKED if name is None else terms_name(name, contracts[name])
            if terms != AS_ASKED:
                found[:, p] = self.people.part_worths[:, labels.index(terms)]
        return found

    def of_options(
        self, free: Mapping[str, tuple[str, ...]]
    ) -> tuple[Float[np.ndarray, " people"], Float[np.ndarray, " people"]]:
        """Return log of the mean of exp(utility) over options, and what they bring on average."""
        n_people = self.people.weights.size
        log_odds, margins = np.zeros(n_people), np.zeros(n_people)
        for name, levels in free.items():
            utility = self.of(name, levels)
            top = utility.max(axis=1, keepdims=True)
            odds = np.exp(utility - top)
            log_odds += top[:, 0] + np.log(odds.mean(axis=1))
            brings = self.asked_for(name, levels) - _level_costs(self.programme, name, levels)
            brings = brings - _condition_costs(self.programme, name, levels)
            margins += odds @ brings / odds.sum(axis=1)
        return log_odds, margins

    def _of_paid(self, paid: Float[np.ndarray, " prices"]) -> Float[np.ndarray, "B prices"]:
        name = self.programme.price_attribute
        own = self.part_worths.coding.columns_of(name)
        rows = self.part_worths.coding.rows([{**self._any(), name: x} for x in paid.tolist()])
        return np.asarray(self.people.part_worths[:, own] @ rows[:, own].T)

    def _any(self) -> dict[str, str | float]:
        """Return any product: only the columns of one attribute are read."""
        attributes = self.programme.attributes
        name = self.programme.price_attribute
        first: dict[str, str | float] = {n: a.level_names[0] for n, a in attributes.items()}
        return {**first, name: attributes[name].values[0]}


def _kept_of_people(
    programme: Programme,
    part_worths: PartWorths,
    people: People,
    prices: Sequence[PriceLevel],
    kept: Float[np.ndarray, "M prices"],
) -> Float[np.ndarray, "people prices"]:
    """Return what each person brings at each price, with what they pay above a distance cap."""
    overage = overage_values(programme, part_worths)
    none = np.zeros(part_worths.draws.shape[:2])
    contracts = contract_names(programme, prices)
    above = np.column_stack(
        [overage.get(name or "", none)[people.draws, people.respondents] for name in contracts]
    )
    return np.concatenate([kept[m] + above for m in people.regions.tolist()])


def _level_costs(
    programme: Programme, name: str, levels: Sequence[str]
) -> Float[np.ndarray, " levels"]:
    by_level = programme.costs.levels.get(name, {})
    return np.array([by_level.get(level, 0.0) for level in levels])


def _condition_costs(
    programme: Programme, name: str, levels: Sequence[str]
) -> Float[np.ndarray, " levels"]:
    """Return what conditions on this attribute alone take from a vehicle of each level."""
    costs = np.zeros(len(levels))
    for when, vehicle, _ in _costs(programme):
        if set(when) == {name}:
            costs += vehicle * np.array([level in when[name] for level in levels])
    return costs


def _conditions(
    programme: Programme, levels: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[Condition, float, float]]:
    """Yield the conditions on these attributes, with what a vehicle and an offer pays for each."""
    for when, vehicle, offer in _costs(programme):
        if set(when) <= set(levels) and (vehicle > 0.0 or offer > 0.0):
            yield when, vehicle, offer


def _costs(programme: Programme) -> Iterator[tuple[Condition, float, float]]:
    """Yield each condition of a cost, with the least that a vehicle and an offer pays for it.

    What a line pays once, each of its offers pays at least a share of.
    """
    n_offers = programme.search.n_offers
    for part in programme.parts.values():
        for use in part.used_in:
            yield use.when, use.quantity * part.unit_cost, 0.0
    for package in programme.costs.packages.values():
        yield package.when, package.least_fee_per_vehicle(), package.fixed_fee / n_offers
    kinds = {name: attribute.kind for name, attribute in programme.attributes.items()}
    for fixed in programme.costs.fixed.values():
        if fixed.paid == "once":
            yield fixed.when, 0.0, fixed.amount / n_offers
        elif all(kinds[name] != "option" for name in fixed.when):
            # What an offer pays by itself depends on what is fixed in it.
            yield fixed.when, 0.0, fixed.amount
