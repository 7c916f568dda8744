"""The search without a list finds what listing finds, and bounds what it misses."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from counterflow.definition.attributes.exchange import ideal_offers
from counterflow.definition.attributes.search import (
    FoundByAttributes,
    count_configurations,
    is_beyond_listing,
    search_attributes,
)
from counterflow.definition.attributes.space import attribute_space
from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.feasibility.allowed_lines import value_line
from counterflow.definition.feasibility.volume_rules import sold_alone
from counterflow.definition.problem import line_problem, line_terms
from counterflow.domain.errors import NoLineError
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.line_search import local_search
from strategies.bikes import small_bike
from strategies.many_attributes import many_attributes
from strategies.simulated_part_worths import simulated_part_worths


def _offers(found: FoundByAttributes) -> set[tuple[object, float]]:
    chosen = [found.candidates[i] for i in found.best.line]
    return {(candidate.configuration, candidate.price) for candidate in chosen}


def _best_of_all_lines(bikes: Programme, part_worths: PartWorths) -> float:
    """Return what the best allowed line earns, every one of them tried."""
    listed = candidates(bikes, buildable_configurations(bikes))
    problem = line_problem(bikes, listed, part_worths)
    terms = line_terms(bikes, listed, part_worths, problem)
    lines = itertools.chain(
        itertools.combinations(range(len(listed)), 1),
        itertools.combinations(range(len(listed)), 2) if bikes.search.n_offers == 2 else (),
    )
    values = (
        value_line(problem, terms, line)
        for line in lines
        if len(set(problem.group[list(line)].tolist())) == len(line)
    )
    return max(value.profit for value in values if value is not None)


@pytest.mark.parametrize("n_offers", [1, 2])
def test_it_finds_what_trying_every_line_finds(n_offers):
    bikes = small_bike(n_offers=n_offers)
    part_worths = simulated_part_worths(bikes)
    found = search_attributes(bikes, part_worths)
    best = _best_of_all_lines(bikes, part_worths)
    assert found.best.profit == pytest.approx(best, rel=1e-9)
    assert found.bound >= best


def test_it_finds_what_product_swaps_find_among_all_candidates():
    bikes = many_attributes(6, n_levels=3, n_buyers=100, n_restarts=3)
    part_worths = simulated_part_worths(bikes)
    problem = line_problem(bikes, candidates(bikes, buildable_configurations(bikes)), part_worths)
    listed = local_search(problem, ())
    found = search_attributes(bikes, part_worths)
    assert found.best.profit >= listed.profit * (1.0 - 1e-9)
    assert listed.profit <= found.bound < 1.5 * listed.profit


def test_billions_of_configurations_have_an_answer_and_a_bound():
    bikes = many_attributes(16, n_levels=4, n_buyers=100, n_restarts=2)
    assert count_configurations(bikes) == 2 * 4**16
    assert is_beyond_listing(bikes)
    asked = itertools.count()
    found = search_attributes(
        bikes, simulated_part_worths(bikes), go_on=lambda: next(asked) < 1_000
    )
    assert 0.0 < found.best.profit <= found.bound < 2.0 * found.best.profit
    assert found.status == "local_optimum"
    rules = bikes.rules
    for i in found.best.line:
        assert all(rule.allows(v) for rule in rules for v in found.candidates[i].variants)


def test_small_programmes_are_listed():
    assert not is_beyond_listing(small_bike())


def test_rules_on_lines_are_kept():
    pattern = {"when": {"motor": ["none"]}, "price": 4500.0}
    bikes = small_bike(n_offers=2, must_offer=[pattern])
    part_worths = simulated_part_worths(bikes)
    found = search_attributes(bikes, part_worths)
    best = _best_of_all_lines(bikes, part_worths)
    assert any(c["motor"] == "none" and price == 4500.0 for c, price in _offers(found))
    assert found.best.profit == pytest.approx(best, rel=1e-9)
    assert found.bound >= found.best.profit


def test_rules_that_leave_no_line_are_named():
    bikes = small_bike(
        n_offers=2,
        must_offer=[{"when": {"motor": ["none"]}}],
        never_offer=[{"when": {"motor": ["none"]}}],
    )
    with pytest.raises(NoLineError) as raised:
        search_attributes(bikes, simulated_part_worths(bikes))
    assert any("must_offer" in rule for rule in raised.value.rules)


def test_threads_change_nothing():
    bikes = many_attributes(5, n_buyers=100, n_restarts=3)
    part_worths = simulated_part_worths(bikes)
    alone = search_attributes(bikes, part_worths)
    with ThreadPoolExecutor(3) as pool:
        together = search_attributes(bikes, part_worths, map_blocks=pool.map)
    assert alone.best == together.best
    assert alone.bound == together.bound
    assert _offers(alone) == _offers(together)


def test_a_search_without_time_still_has_an_answer_and_a_bound():
    bikes = many_attributes(5, n_buyers=100, n_restarts=5)
    found = search_attributes(bikes, simulated_part_worths(bikes), go_on=lambda: False)
    assert found.n_starts == 1
    assert 0.0 < found.best.profit <= found.bound


def test_progress_is_told_and_never_falls():
    bikes = many_attributes(4, n_buyers=100, n_restarts=2)
    told: list[float] = []
    search_attributes(
        bikes, simulated_part_worths(bikes), report=lambda done, _what: told.append(done)
    )
    assert told == sorted(told)
    assert 0.0 <= told[0] <= told[-1] <= 1.0


def test_ideal_offers_of_segments_are_buildable():
    bikes = many_attributes(6, n_buyers=100)
    space = attribute_space(bikes, simulated_part_worths(bikes))
    ideals = ideal_offers(space, simulated_part_worths(bikes), seed=3)
    assert len(ideals) > 8
    assert space.clauses.allows(ideals).all()
    assert len(np.unique(ideals, axis=0)) == len(ideals)


@pytest.mark.parametrize("limit", ["most_vehicles", "least_vehicles"])
def test_a_limit_on_volumes_that_few_offers_keep_to_is_met(limit):
    bikes = many_attributes(4, n_offers=1, n_buyers=100, n_restarts=1)
    part_worths = simulated_part_worths(bikes, n_draws=4, n_respondents=20)
    listed = candidates(bikes, buildable_configurations(bikes))
    sold = np.sort(sold_alone(line_problem(bikes, listed, part_worths)))
    few = sold[3] if limit == "most_vehicles" else sold[-4]
    limited = bikes.model_copy(
        update={"search": bikes.search.model_copy(update={limit: float(few)})}
    )
    found = search_attributes(limited, part_worths)
    best = _best_of_all_lines(limited, part_worths)
    assert found.terms.rules.allows(found.best.line)
    assert found.best.profit == pytest.approx(best, rel=0.05)
    assert found.bound >= best
