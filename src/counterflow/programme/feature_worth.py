"""What a feature of an offer is worth: to the median person, at an unchanged share, repriced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from counterflow.choice.willingness_to_pay import willingness_to_pay
from counterflow.definition.prices.prices_in_draws import spread_draws
from counterflow.definition.prices.rival_costs import notes_on_held_prices
from counterflow.definition.simulator.calibration import Calibrated
from counterflow.definition.simulator.feature_value import equilibrium_value, fixed_price_value
from counterflow.definition.simulator.offers import offer_with
from counterflow.definition.simulator.people import People
from counterflow.definition.simulator.repricing import RepricedScenario, why_not_repriced
from counterflow.definition.simulator.scenario import Scenario
from counterflow.kernels.blocks import MapBlocks
from counterflow.programme.market_answer import Feature, InEquilibrium, Worth


@dataclass(frozen=True, eq=False, kw_only=True)
class Pricing:
    """Who answers with prices, and in how many draws."""

    rival_unit_costs: Mapping[str, float]
    """Of the rivals that answer; the others keep their prices."""
    n_draws: int


def feature_worth(
    feature: Feature,
    scenario: Scenario,
    people: People,
    calibrated: Calibrated,
    pricing: Pricing,
    *,
    map_blocks: MapBlocks = map,
) -> Worth:
    """Return what the level that the offer has is worth against `feature.versus`, three ways."""
    offer = scenario.offers[scenario.line.index(feature.offer)]
    level = offer.configuration[feature.attribute]
    programme = scenario.programme
    (ratio,) = willingness_to_pay(
        people.part_worths,
        programme.attributes,
        programme.price_attribute,
        steps=[(feature.attribute, level, feature.versus)],
    )
    without = _changed(scenario, feature, feature.versus)
    fixed = fixed_price_value(
        scenario, without, people, feature.offer, calibrated, map_blocks=map_blocks
    )
    is_priced = not any(why_not_repriced(scenario))
    return Worth(
        feature=feature,
        level=level,
        willingness_to_pay=ratio,
        at_unchanged_share=fixed,
        # Made anew like the other, so that the two differ in nothing but the level.
        in_equilibrium=_in_equilibrium(
            feature,
            (_changed(scenario, feature, level), without),
            people,
            calibrated,
            pricing,
            map_blocks,
        )
        if is_priced
        else None,
    )


def notes_on_worth(scenario: Scenario, worth: tuple[Worth, ...], pricing: Pricing) -> Iterator[str]:
    """Yield what a reader must know before trusting what features are worth."""
    if not worth:
        return
    for reason in why_not_repriced(scenario):
        yield f"the value in equilibrium is not told: {reason}"
    found = [(told.feature, told.in_equilibrium) for told in worth if told.in_equilibrium]
    if found:
        yield from notes_on_held_prices(scenario.programme, pricing.rival_unit_costs)
    for feature, told in found:
        step = f"{feature.offer}:{feature.attribute}={feature.versus}"
        for note in dict.fromkeys((*told.with_feature.notes, *told.without_feature.notes)):
            yield f"{step}: {note}"
        if is_bounded := told.value.is_bounded.mean():
            yield (
                f"{step}: in {is_bounded:.0%} of draws the price, with or without, is at an end of "
                "what search.prices allows; the difference of prices is then not the feature's "
                "alone"
            )
        if is_left := 1.0 - told.value.is_converged.mean():
            yield f"{step}: prices did not come to rest in {is_left:.0%} of draws"


def _changed(scenario: Scenario, feature: Feature, level: str) -> Scenario:
    """Return the scenario with this level of the offer, and all that follows from it."""
    at = scenario.line.index(feature.offer)
    made = offer_with(scenario.programme, scenario.offers[at], {feature.attribute: level})
    return replace(scenario, offers=(*scenario.offers[:at], made, *scenario.offers[at + 1 :]))


def _in_equilibrium(
    feature: Feature,
    with_and_without: tuple[Scenario, Scenario],
    people: People,
    calibrated: Calibrated,
    pricing: Pricing,
    map_blocks: MapBlocks,
) -> InEquilibrium:
    repriced = [
        RepricedScenario(
            scenario,
            people,
            calibrated,
            rival_unit_costs=pricing.rival_unit_costs,
            map_blocks=map_blocks,
        )
        for scenario in with_and_without
    ]
    ours, before = repriced
    value = equilibrium_value(
        ours,
        before,
        feature.offer,
        draws=spread_draws(people.n_draws, pricing.n_draws),
        map_blocks=map_blocks,
    )
    return InEquilibrium(value=value, with_feature=ours.expected, without_feature=before.expected)
