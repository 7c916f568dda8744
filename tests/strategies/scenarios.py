"""Scenarios of the national car with part-worths as its respondents have them."""

from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from hypothesis import strategies as st

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.offers import offer_of
from counterflow.definition.simulator.people import People, people_of
from counterflow.definition.simulator.scenario import Scenario
from counterflow.domain.definition import Definition, Interval, Offer
from counterflow.domain.market import OutsideOption
from counterflow.domain.programme import Programme
from strategies.simulated_part_worths import simulated_part_worths
from strategies.workspaces import example

PROGRAMME = example("national-car")
CALIBRATED = PROGRAMME.model_copy(
    update={
        "market": PROGRAMME.market.model_copy(
            update={"outside_option": OutsideOption(kind="calibrated", share=0.4)}
        )
    }
)


@cache
def people(n_draws: int = 6, n_respondents: int = 40, seed: int = 5) -> People:
    """Return people whose part-worths differ."""
    part_worths = simulated_part_worths(
        PROGRAMME, n_draws=n_draws, n_respondents=n_respondents, seed=seed
    )
    return people_of(PROGRAMME, part_worths)


@cache
def _candidates():
    return candidates(PROGRAMME, buildable_configurations(PROGRAMME))


def offers(*numbers: int, programme: Programme = PROGRAMME) -> tuple[Offer, ...]:
    """Return the candidates of these numbers as offers `offer-<number>`."""
    return tuple(
        offer_of(programme, _candidates()[number], name=f"offer-{number}") for number in numbers
    )


def definition(line: tuple[Offer, ...]) -> Definition:
    """Return a definition of this line."""
    return Definition(
        programme="test",
        currency="CNY",
        offers=line,
        status="optimal",
        method="given",
        profit=Interval(0.0, 0.0, 0.0, 0.0),
        search_value=0.0,
        bound=0.0,
        n_candidates=1,
        n_configurations=1,
    )


def scenario(*numbers: int, programme: Programme = PROGRAMME, **other: object) -> Scenario:
    """Return a scenario with these candidates as our line."""
    return replace(Scenario(programme=programme, offers=offers(*numbers)), **other)


@dataclass(frozen=True)
class Case:
    """A scenario and its people.

    They are made when asked for and not when generated: what checks their types draws random
    numbers of its own, which Hypothesis does not allow while it generates.
    """

    numbers: tuple[int, ...]
    rule: str
    chances: tuple[float, ...]
    is_local: bool
    n_respondents: int
    seed: int

    @cached_property
    def scenario(self) -> Scenario:
        found = scenario(*self.numbers, rule=self.rule)
        regions = tuple(PROGRAMME.market.regions)[: 1 if self.is_local else None]
        return replace(
            found,
            considered=dict(zip(found.names[:-1], self.chances, strict=False)),
            regions={found.line[0]: regions},
        )

    @cached_property
    def people(self) -> People:
        return people(n_draws=3, n_respondents=self.n_respondents, seed=self.seed)


def cases(
    rules: tuple[str, ...] = ("logit", "first_choice", "randomised_first_choice"),
) -> st.SearchStrategy[Case]:
    """Return scenarios of one to three offers, some of which few people consider."""
    return st.builds(
        Case,
        numbers=st.lists(st.integers(0, 700), min_size=1, max_size=3, unique=True).map(tuple),
        rule=st.sampled_from(rules),
        chances=st.tuples(*[st.sampled_from([0.0, 0.25, 0.8, 1.0, 1.0])] * 6),
        is_local=st.booleans(),
        n_respondents=st.sampled_from([1, 9]),
        seed=st.integers(0, 3),
    )


def close(found: np.ndarray, expected: object, *, atol: float = 1e-10) -> None:
    """Check that figures agree."""
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=atol)
