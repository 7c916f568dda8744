"""Simulate the market: who takes what in a scenario, from whom, and at which prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from counterflow.definition.prices.rival_costs import rival_costs
from counterflow.definition.simulator.calibration import Calibrated, calibrate
from counterflow.definition.simulator.offers import offer_with
from counterflow.definition.simulator.people import People, people_of
from counterflow.definition.simulator.price_response import elasticities, price_curve
from counterflow.definition.simulator.scenario import Scenario
from counterflow.definition.simulator.simulate import MarketShares, simulate
from counterflow.definition.simulator.source_of_volume import sources_of_volume
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.definition import Offer
from counterflow.domain.errors import InputError, NothingBuildableError, Problem
from counterflow.domain.mismatch import did_you_mean, one_of, quoted
from counterflow.domain.programme import Programme
from counterflow.domain.scenario import ScenarioFile
from counterflow.kernels.blocks import MapBlocks
from counterflow.programme.answers import notes_on_answers
from counterflow.programme.chain import Chain
from counterflow.programme.define import define
from counterflow.programme.estimate import estimate_part_worths
from counterflow.programme.feature_worth import Pricing, feature_worth, notes_on_worth
from counterflow.programme.market_answer import Feature, MarketAnswer, Worth
from counterflow.programme.scenario_of_file import scenario_of_file

ReadScenario = Callable[[tuple[str, ...] | None], ScenarioFile]
"""Reads the scenario, given the names of the offers of the line, or None if not yet known."""

CURVE = tuple(np.linspace(0.8, 1.2, 9).round(3).tolist())
"""Prices of a curve, relative to the price of the scenario."""


@dataclass(frozen=True, kw_only=True)
class MarketQuestions:
    """What to find out beside shares, sources of volume and elasticities."""

    price_curves: tuple[str, ...] = ()
    """Offers or rivals whose prices move."""
    worth: tuple[Feature, ...] = ()
    """Features of our offers."""
    rival_unit_costs: Mapping[str, float] = field(default_factory=dict)
    """What a vehicle costs rivals, before `unit_cost` of the competitors: those that are known
    answer with their prices."""
    n_price_draws: int = 100
    """Draws in which prices are set, at most."""


def simulate_market(
    chain: Chain, questions: MarketQuestions | None = None, read: ReadScenario | None = None
) -> MarketAnswer:
    """Return who takes what in a scenario: the line that was defined, where none is read.

    Raises
    ------
    InputError
        If the scenario or a question names what is not there.
    """
    programme = chain.workspace.programme
    questions = questions or MarketQuestions()
    read = read or (lambda _line: ScenarioFile())
    file = read(None)
    line, made_from = _line(chain, file)
    if file.keep_line:
        file = read(tuple(offer.name for offer in line))
    scenario, known = scenario_of_file(file, programme, line)
    _check(questions, scenario)
    pricing = Pricing(
        rival_unit_costs=rival_costs(scenario.programme, questions.rival_unit_costs),
        n_draws=questions.n_price_draws,
    )
    estimate = estimate_part_worths(chain)
    people, map_blocks = people_of(programme, estimate.value().part_worths), _map(chain)
    calibrated = calibrate(programme, people, known, like=scenario, map_blocks=map_blocks)
    shares = simulate(scenario, people, calibrated, map_blocks=map_blocks)
    worth = tuple(_worth(chain, questions.worth, scenario, people, calibrated, pricing))
    return MarketAnswer(
        currency=programme.programme.currency,
        scenario=scenario,
        calibrated=calibrated,
        shares=shares,
        sources=sources_of_volume(scenario, people, calibrated, map_blocks=map_blocks),
        curves=tuple(
            price_curve(
                scenario,
                people,
                name,
                [round(scenario.price_of(name) * part, 9) for part in CURVE],
                calibrated,
                map_blocks=map_blocks,
            )
            for name in questions.price_curves
        ),
        elasticities=elasticities(scenario, people, calibrated, map_blocks=map_blocks),
        worth=worth,
        willingness_to_pay=estimate.value().willingness_to_pay,
        notes=(
            *notes_on_answers(chain.workspace),
            *_notes(programme, scenario, calibrated, shares),
            *notes_on_worth(scenario, worth, pricing),
        ),
        made_from={**made_from, "estimate": estimate.key},
    )


def _line(chain: Chain, file: ScenarioFile) -> tuple[tuple[Offer, ...], dict[str, str]]:
    if not file.keep_line:
        return (), {}
    definition = define(chain).value()
    return definition.offers, {"definition": definition.version}


def _worth(
    chain: Chain,
    features: Sequence[Feature],
    scenario: Scenario,
    people: People,
    calibrated: Calibrated,
    pricing: Pricing,
) -> Iterator[Worth]:
    for feature in features:
        with chain.workspace.at_work("worth", f"Pricing with and without {feature.attribute}"):
            worth = feature_worth(
                feature, scenario, people, calibrated, pricing, map_blocks=_map(chain)
            )
        yield worth


def _map(chain: Chain) -> MapBlocks:
    return chain.workspace.runner.map


def _check(questions: MarketQuestions, scenario: Scenario) -> None:
    problems = [
        *(
            _unknown("--price-curve", name, scenario.names[:-1])
            for name in questions.price_curves
            if name not in scenario.names[:-1]
        ),
        *(problem for feature in questions.worth for problem in _unfit(feature, scenario)),
    ]
    if problems:
        raise InputError(problems)


def _unfit(feature: Feature, scenario: Scenario) -> Iterator[Problem]:
    fixed = {n: a for n, a in scenario.programme.configurable.items() if a.kind != "option"}
    if feature.offer not in scenario.line:
        yield _unknown("--worth", feature.offer, scenario.line)
    if feature.attribute not in fixed:
        yield _unknown("--worth", feature.attribute, tuple(fixed))
    elif feature.versus not in fixed[feature.attribute].level_names:
        yield _unknown("--worth", feature.versus, fixed[feature.attribute].level_names)
    elif feature.offer in scenario.line:
        offer = scenario.offers[scenario.line.index(feature.offer)]
        try:
            offer_with(scenario.programme, offer, {feature.attribute: feature.versus})
        except NothingBuildableError as error:
            found = f"{feature.attribute}={feature.versus}, against {'; '.join(error.rules)}"
            yield Problem("a level that the rules allow with the others", found, where="--worth")


def _unknown(option: str, name: str, names: Sequence[str]) -> Problem:
    expected = one_of(names) if names else "nothing, as there is none to name"
    return Problem(expected, quoted(name), where=option, advice=did_you_mean(name, names))


def _notes(
    programme: Programme, scenario: Scenario, calibrated: Calibrated, shares: MarketShares
) -> Iterator[str]:
    """Yield what a reader must know before trusting the figures."""
    if calibrated.status == "not_converged":
        yield (
            f"the known shares are missed by up to {calibrated.worst_error:.3g} in some draw: "
            "they may be more than the people who consider an offer"
        )
    for region, share in calibrated.left_outside.items():
        yield (
            f"{region}: {share:.3g} take nothing, not the known {calibrated.targets[OUTSIDE]:.3g}: "
            "the shares of all rivals that are sold there are known, and leave that"
        )
    if calibrated.status == "scale_at_its_bound":
        yield f"no scale within 0.1 to 10 fits the known shares; {calibrated.scale:.3g} is used"
    if calibrated.targets and scenario.rule in ("first_choice", "purchase_likelihood"):
        yield "the known shares are met under logit, as those of this rule cannot be"
    if shares.how_considered == "sampled":
        yield "consideration sets are a sample of 512, as more than 8 offers are uncertain"
    asked = programme.attributes[programme.price_attribute].values
    for name in scenario.names[:-1]:
        if not min(asked) <= scenario.price_of(name) <= max(asked):
            yield f"{name}: its price is outside of what was asked about, {min(asked):g} to " + (
                f"{max(asked):g}; the figures extrapolate"
            )
