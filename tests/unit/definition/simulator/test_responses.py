"""Sources of volume, price curves, elasticities, and what a feature is worth."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from counterflow.definition.simulator.feature_value import (
    Repriced,
    equilibrium_value,
    fixed_price_value,
)
from counterflow.definition.simulator.offers import offer_at, offer_with
from counterflow.definition.simulator.price_response import elasticities, price_curve
from counterflow.definition.simulator.simulate import simulate
from counterflow.definition.simulator.source_of_volume import LINE, sources_of_volume
from strategies.scenarios import cases, close, people, scenario

NO_RIVALS = ("hatch_a", "hatch_b", "hatch_c")


@given(cases(rules=("logit", "first_choice")))
@settings(max_examples=30)
def test_what_an_offer_takes_from_others_is_what_it_sells(case):
    for source in sources_of_volume(case.scenario, case.people):
        close(source.taken.sum(axis=1), source.share)
        assert (source.taken >= -1e-12).all()
        sells = source.share > 0.0
        close(source.diversion()[sells].sum(axis=1), 1.0, atol=1e-9)
        close(source.incremental() + source.cannibalised() * source.share, source.share)


def test_the_line_as_a_whole_takes_nothing_from_itself():
    *offers, line = sources_of_volume(scenario(3, 700), people())
    assert [source.offer for source in offers] == ["offer-3", "offer-700"]
    assert line.offer == LINE
    close(line.cannibalised(), 0.0)
    close(line.share, sum(source.share for source in offers))
    # What each would leave to the other stays ours, so together they are worth more than apart.
    assert (line.incremental() > sum(source.incremental() for source in offers)).all()


def test_diversion_under_logit_for_people_who_are_all_alike_is_in_proportion_to_shares():
    told, one = scenario(3, 700), people(n_draws=2, n_respondents=1)
    source = sources_of_volume(told, one)[0]
    shares = simulate(told, one)
    expected = shares.draws[:, :, 1:] / (1.0 - shares.draws[:, :, :1])
    gained = np.einsum("sm,smj->sj", shares.region_weights * shares.draws[:, :, 0], expected)
    close(source.taken, gained)


def test_an_elasticity_at_a_point_is_that_of_the_logit_formula():
    """One person, one offer at p, price coefficient b a unit: b p (1 - s)."""
    told, one = scenario(3).without(*NO_RIVALS), people(n_draws=3, n_respondents=1)
    region = next(iter(told.programme.market.regions))
    told = replace(told, regions={"offer-3": (region,)})
    found = elasticities(told, one)
    b = one.part_worths.draws[:, 0, one.part_worths.labels.index("price")]
    share = simulate(told, one).draws[:, 0, 0]
    np.testing.assert_allclose(
        found.point[:, 0, 0], b * told.price_of("offer-3") * (1.0 - share), rtol=1e-6
    )


def test_what_one_price_does_to_all_shares_sums_to_nothing():
    told = scenario(3, 700)
    found, shares = elasticities(told, people()), simulate(told, people()).overall()
    close(np.einsum("sjk,sk->sj", found.point, shares), 0.0, atol=1e-6)
    moving = found.moving.index("offer-3")
    others = [k for k, name in enumerate(found.answering) if name != "offer-3"]
    assert (found.arc[:, moving, others] > 0.0).all()


def test_shares_that_jump_have_no_elasticity_at_a_point():
    found = elasticities(scenario(3, rule="first_choice"), people())
    assert np.isnan(found.point).all()
    assert np.isfinite(found.arc).all()


def test_a_price_curve_falls_and_passes_through_the_share_of_today():
    told = scenario(3, 700)
    price = told.price_of("offer-3")
    found = price_curve(told, people(), "offer-3", [price / 3, price, 1.3 * price])
    close(found.shares[:, 1], simulate(told, people()).of("offer-3"))
    assert (np.diff(found.shares, axis=1) < 0.0).all()
    assert (found.line_shares >= found.shares).all()
    assert found.is_tested == (False, True, True)
    with pytest.raises(KeyError):
        price_curve(told, people(), "nobody", [price])


def test_the_price_of_a_rival_can_move_as_well():
    found = price_curve(scenario(3), people(), "hatch_a", [50_000.0, 90_000.0])
    assert (found.shares[:, 0] > found.shares[:, 1]).all()
    assert (found.line_shares[:, 0] < found.line_shares[:, 1]).all()


def test_a_feature_that_changes_nothing_is_worth_nothing_at_an_unchanged_share():
    told = scenario(3, 700)
    dearer = replace(
        told, offers=(offer_at(told.programme, told.offers[0], 99_000.0), told.offers[1])
    )
    found = fixed_price_value(dearer, told, people(n_draws=2), "offer-3")
    close(found.price_difference, 0.0, atol=0.01)
    assert not found.is_bounded.any()


def test_at_an_unchanged_share_a_feature_is_worth_its_ratio_of_coefficients_to_one_person():
    """One person: share is unchanged where utility is, that is at u / -b more."""
    one = people(n_draws=3, n_respondents=1)
    labels = one.part_worths.labels
    told = scenario(3)
    assert told.offers[0].configuration["trim"] == "comfort"
    better = offer_with(told.programme, told.offers[0], {"trim": "plus"})
    plus = replace(told, offers=(better,))
    found = fixed_price_value(plus, told, one, "offer-3")
    draws = one.part_worths.draws[:, 0]
    ratio = -draws[:, labels.index("trim[plus]")] / draws[:, labels.index("price")]
    assert (np.abs(ratio) < told.price_of("offer-3") / 2).all()
    close(found.price_difference, ratio, atol=0.05)


def test_the_value_in_equilibrium_is_the_difference_of_what_repricing_finds():
    def reprice(price):
        return lambda s: Repriced({"it": price + s}, profit=2.0 * price, at_bound=("it",) * s)

    found = equilibrium_value(reprice(1500.0), reprice(1000.0), "it", draws=[0, 1])
    assert found.price_difference.tolist() == [500.0, 500.0]
    assert found.profit_difference.tolist() == [1000.0, 1000.0]
    assert found.is_bounded.tolist() == [False, True]
    assert found.is_converged.all()
