"""From a scenario file to the scenario: the line with its changes, among rivals with theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from counterflow.definition.simulator.offers import new_offer, offer_at
from counterflow.definition.simulator.scenario import (
    Calibration,
    Scenario,
    SharedErrors,
    with_rivals,
)
from counterflow.domain.definition import Offer
from counterflow.domain.market import Competitor
from counterflow.domain.programme import Programme
from counterflow.domain.scenario import RivalChange, ScenarioFile
from counterflow.domain.section import level_name


def scenario_of_file(
    file: ScenarioFile, programme: Programme, line: Sequence[Offer]
) -> tuple[Scenario, Calibration]:
    """Return the scenario, and what is known of the market that it starts from.

    `line` is the line that was defined, empty where the file does not keep it; names and levels of
    the file fit the programme and the line.
    """
    scenario = Scenario(
        programme=with_rivals(programme, dict(_rivals(file, programme))),
        offers=tuple(_offers(file, programme, line)),
        rule=file.rule,
        considered={
            **{name: offer.awareness * offer.distribution for name, offer in file.offers.items()},
            **{name: rival.awareness * rival.distribution for name, rival in file.rivals.items()},
        },
        regions={name: offer.regions for name, offer in file.offers.items() if offer.regions},
        errors=SharedErrors(
            sd=file.level_errors.sd,
            n_repeats=file.level_errors.n_repeats,
            unshared=file.level_errors.unshared,
        ),
    )
    return scenario, Calibration(scale=file.known.scale, shares=file.known.shares)


def _offers(file: ScenarioFile, programme: Programme, line: Sequence[Offer]) -> Iterator[Offer]:
    for offer in line:
        change = file.offers.get(offer.name)
        if change is None or (change.levels is None and change.price is None):
            if change is None or not change.withdrawn:
                yield offer
        elif change.levels is None and not change.withdrawn and change.price is not None:
            yield offer_at(programme, offer, change.price)
    for name, change in file.offers.items():
        if change.levels is not None and change.price is not None:
            levels = {n: str(level_name(level)) for n, level in change.levels.items()}
            yield new_offer(programme, name, levels, change.price)


def _rivals(file: ScenarioFile, programme: Programme) -> Iterator[tuple[str, Competitor]]:
    before = programme.market.competitors
    for name, rival in before.items():
        change = file.rivals.get(name, RivalChange())
        if not change.withdrawn:
            said = change.model_dump(include={"label", "levels", "price", "regions"})
            yield (
                name,
                rival.model_copy(
                    update={key: value for key, value in said.items() if value is not None}
                ),
            )
    for name, change in file.rivals.items():
        if name not in before and not change.withdrawn:
            yield (
                name,
                Competitor(
                    label=change.label or name,
                    levels=change.levels or {},
                    price=change.price or 0.0,
                    regions=change.regions or (),
                ),
            )
