"""The search problem: its profit is that of buyers who choose, region by region."""

import numpy as np
import pytest

from counterflow.definition import problem as problem_module
from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.offers import fixed_costs, offer_of, variant_margins
from counterflow.definition.problem import line_problem
from counterflow.domain.errors import InputError
from counterflow.domain.market_alternatives import market_alternatives
from counterflow.domain.market_draws import launched_buyers, mean_share, population_weights
from counterflow.kernels.line_search import line_profit
from counterflow.kernels.outside_option import with_outside_share
from reference.shares import probabilities
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

LINE = (3, 40)


def possible(bikes):
    return candidates(bikes, buildable_configurations(bikes))


def profit_by_hand(bikes, part_worths, line):
    """Return the expected profit of a line, person by person and draw by draw."""
    found = possible(bikes)
    offers = [offer_of(bikes, found[i], name=str(i)) for i in line]
    margins = np.array([margin for offer in offers for margin in variant_margins(offer)])
    market = market_alternatives(bikes, part_worths.coding, offers)
    reach = mean_share(bikes.market.awareness) * mean_share(bikes.market.availability)
    buyers = launched_buyers(bikes.market).sum(axis=1) * reach
    share = part_worths.weights / part_worths.weights.sum()
    total = 0.0
    for s, people in enumerate(part_worths.draws):
        offsets = market.offsets
        if bikes.market.outside_option.share is not None:
            drawn = population_weights(part_worths.weights, seed=bikes.seeds.demand, draw=s)
            offsets = with_outside_share(
                *(people, drawn, market.rows, offsets),
                n_ours=len(margins),
                share=bikes.market.outside_option.share,
            )
        for person, weight in zip(people, share, strict=True):
            for m in range(len(buyers)):
                taken = probabilities(person, market.rows[m], offsets[m])[: len(margins)]
                total += buyers[m] * weight * (taken @ margins) / part_worths.n_draws
    return total - fixed_costs(bikes, offers)


@pytest.mark.parametrize(
    "market",
    [
        {},
        {"outside_option": {"kind": "calibrated", "share": 0.7}},
        {"subsidies": {}},
        {"competitors": {}},
    ],
    ids=["as it is", "calibrated", "regions alike", "no rivals"],
)
def test_the_profit_of_a_line_is_that_of_its_buyers(market):
    bikes = small_bike(market=market)
    part_worths = simulated_part_worths(bikes)
    problem = line_problem(bikes, possible(bikes), part_worths)
    expected = profit_by_hand(bikes, part_worths, LINE)
    assert line_profit(problem, LINE) == pytest.approx(expected, rel=1e-6)


def test_regions_whose_buyers_face_the_same_choice_are_searched_once():
    alike, different = small_bike(market={"subsidies": {}}), small_bike()
    part_worths = simulated_part_worths(alike)
    assert len(line_problem(alike, possible(alike), part_worths).weights) == 240
    assert len(line_problem(different, possible(different), part_worths).weights) == 2 * 240


def test_a_sample_of_buyers_comes_near_to_all_of_them():
    few, all_ = small_bike(n_buyers=2000), small_bike(n_buyers=20 * 300)
    part_worths = simulated_part_worths(all_, n_draws=20, n_respondents=300)
    sampled, complete = (
        line_profit(line_problem(bikes, possible(bikes), part_worths), LINE)
        for bikes in (few, all_)
    )
    assert sampled == pytest.approx(complete, rel=0.03)


def test_prices_of_one_configuration_exclude_one_another():
    bikes = small_bike()
    problem = line_problem(bikes, possible(bikes), simulated_part_worths(bikes))
    configurations = [candidate.configuration for candidate in possible(bikes)]
    for a, first in enumerate(configurations):
        for b, second in enumerate(configurations):
            assert (problem.group[a] == problem.group[b]) == (first == second)


def test_work_in_any_order_gives_the_same_problem():
    def backwards(work, blocks):
        found = {block: work(block) for block in reversed(blocks)}
        return [found[block] for block in blocks]

    bikes = small_bike(n_buyers=600)
    part_worths = simulated_part_worths(bikes, n_respondents=200)
    here, there = (
        line_problem(bikes, possible(bikes), part_worths, map_blocks=map_blocks)
        for map_blocks in (map, backwards)
    )
    assert here.odds.tobytes() == there.odds.tobytes()
    assert here.earnings.tobytes() == there.earnings.tobytes()


def test_a_search_that_does_not_fit_in_memory_is_refused_with_a_number_that_does(monkeypatch):
    monkeypatch.setattr(problem_module, "MOST_CELLS", 10_000)
    bikes = small_bike()
    # 240 buyers in 2 regions and 96 candidates are 46,080 cells; 52 buyers would be 9,984.
    with pytest.raises(InputError, match=r"search\.n_buyers: expected at most 52 buyers.*240"):
        line_problem(bikes, possible(bikes), simulated_part_worths(bikes))
