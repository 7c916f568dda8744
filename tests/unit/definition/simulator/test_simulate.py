"""Simulated shares: what holds under every rule, and what the forecast says."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from counterflow.definition.simulator.calibration import calibrate
from counterflow.definition.simulator.consideration import N_SAMPLED, consideration
from counterflow.definition.simulator.scenario import SharedErrors
from counterflow.definition.simulator.simulate import simulate
from counterflow.demand.forecast import forecast_volumes
from counterflow.kernels.market_shares import Alternatives, ChoiceSets, market_shares
from counterflow.runners.threads import ThreadRunner
from strategies.scenarios import CALIBRATED, PROGRAMME, cases, close, definition, people, scenario


@given(cases())
@settings(max_examples=30)
def test_shares_sum_to_1_in_every_draw_and_region(case):
    shares = simulate(case.scenario, case.people)
    assert (shares.draws >= 0.0).all()
    close(shares.draws.sum(axis=2), 1.0)
    close(shares.overall().sum(axis=1), 1.0)


@given(cases())
@settings(max_examples=30)
def test_the_order_of_offers_changes_no_share(case):
    turned = replace(case.scenario, offers=case.scenario.offers[::-1])
    before, after = simulate(case.scenario, case.people), simulate(turned, case.people)
    for name in case.scenario.names:
        close(after.of(name), before.of(name))


@given(cases(rules=("logit", "first_choice")))
@settings(max_examples=30)
def test_an_offer_that_nobody_considers_might_as_well_be_withdrawn(case):
    name = case.scenario.line[0]
    unknown = replace(case.scenario, considered={**case.scenario.considered, name: 0.0})
    left = simulate(case.scenario.without(name), case.people)
    for other in left.names:
        close(simulate(unknown, case.people).of(other), left.of(other))


@pytest.mark.parametrize("programme", [PROGRAMME, CALIBRATED], ids=["estimated", "calibrated"])
def test_shares_and_volumes_are_those_of_the_forecast(programme):
    told = scenario(3, 700, programme=programme)
    forecast = forecast_volumes(programme, definition(told.offers), people().part_worths)
    shares = simulate(told, people(), calibrate(programme, people()))
    assert set(shares.names) == set(forecast.shares)
    for name in shares.names:
        close(shares.of(name), forecast.shares[name])
    by_offer = forecast.by_offer().sum(axis=(2, 3))
    for o, offer in enumerate(forecast.offers):
        np.testing.assert_allclose(shares.volume_of(offer), by_offer[:, o], rtol=1e-10)


def test_consideration_sets_counted_by_hand():
    """Of a market of one offer and neither, considered by a quarter: a quarter of its share."""
    told = scenario(3).without("hatch_a", "hatch_b", "hatch_c")
    everyone = simulate(told, people())
    some = simulate(replace(told, considered={"offer-3": 0.25}), people())
    assert (everyone.how_considered, some.how_considered) == ("everything", "exact")
    close(some.of("offer-3"), 0.25 * everyone.of("offer-3"))


def test_many_uncertain_offers_are_sampled_near_the_exact_sets():
    names = [f"offer {i}" for i in range(9)] + ["outside"]
    found = consideration(names, dict.fromkeys(names[:-1], 0.3), seed=1)
    assert found.how == "sampled"
    often = found.sets.weights @ found.sets.members[0]
    close(often, [0.3] * 9 + [1.0], atol=1.0 / N_SAMPLED)


def test_an_offer_sells_only_where_it_is_sold():
    region = next(iter(PROGRAMME.market.regions))
    shares = simulate(scenario(3, regions={"offer-3": (region,)}), people())
    at = shares.names.index("offer-3")
    assert (shares.draws[:, 0, at] > 0.0).all()
    assert (shares.draws[:, 1:, at] == 0.0).all()


def test_a_likelihood_of_purchase_is_the_share_of_the_offer_were_it_alone():
    told = scenario(3, 700, rule="purchase_likelihood")
    likelihoods = simulate(told, people())
    assert likelihoods.names == ("offer-3", "offer-700", "hatch_a", "hatch_b", "hatch_c")
    alone = replace(told, rule="logit").without("offer-700", "hatch_a", "hatch_b", "hatch_c")
    close(likelihoods.of("offer-3"), simulate(alone, people()).of("offer-3"))


def test_without_errors_of_levels_randomised_first_choice_is_logit():
    told = scenario(3, 700)
    no_errors = replace(told, rule="randomised_first_choice", errors=SharedErrors(sd=0.0))
    close(simulate(no_errors, people()).overall(), simulate(told, people()).overall())


def test_a_copy_takes_less_from_others_under_randomised_first_choice_than_under_logit():
    told = scenario(3)
    copy = replace(told.offers[0], name="copy")
    doubled = replace(told, offers=(*told.offers, copy))

    def gain(**how):
        alone, both = (simulate(replace(x, **how), people()) for x in (told, doubled))
        return np.mean(both.of("offer-3") + both.of("copy") - alone.of("offer-3"))

    errors = SharedErrors(sd=2.0, n_repeats=50)
    unshared = replace(errors, unshared=tuple(PROGRAMME.attributes))
    corrected = gain(rule="randomised_first_choice", errors=errors)
    assert corrected < gain()
    assert corrected < gain(rule="randomised_first_choice", errors=unshared)


def test_the_same_bits_come_back_on_threads():
    told = scenario(3, 700, rule="randomised_first_choice")
    on_threads = simulate(told, people(), map_blocks=ThreadRunner(2).map)
    assert (on_threads.draws == simulate(told, people()).draws).all()


def test_shares_over_sampled_sets_are_near_those_over_all_of_them():
    random = np.random.default_rng(4)
    names = [f"offer {i}" for i in range(9)] + ["outside"]
    chances = dict(zip(names[:-1], random.uniform(0.2, 0.9, 9), strict=True))
    market = Alternatives(np.eye(10)[None], np.zeros((1, 1, 10)), np.ones((1, 10)))
    wants, weight = random.normal(size=(1, 40, 10)), np.full((1, 40), 1.0 / 40)
    every = np.array(list(itertools.product([False, True], repeat=9)))
    weights = np.where(every, list(chances.values()), 1.0 - np.array(list(chances.values())))
    exact = ChoiceSets(
        np.pad(every, [(0, 0), (0, 1)], constant_values=True)[None], weights.prod(axis=1)
    )
    sampled = consideration(names, chances, seed=1).sets
    close(
        market_shares(wants, weight, market, sets=sampled),
        market_shares(wants, weight, market, sets=exact),
        atol=0.005,
    )
