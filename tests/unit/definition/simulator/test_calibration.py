"""Calibration: known shares are met, by moving utilities and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from counterflow.definition.simulator.calibration import calibrate, known_shares
from counterflow.definition.simulator.scenario import Calibration, with_rivals
from counterflow.definition.simulator.simulate import simulate
from strategies.scenarios import CALIBRATED, PROGRAMME, close, people, scenario

RIVALS = ("hatch_a", "hatch_b", "hatch_c")
EMPTY = scenario()


@given(
    st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4),
    st.sampled_from([0.5, 1.0, "fit"]),
    st.sampled_from([1.0, 0.5]),
)
@settings(max_examples=30)
def test_calibrated_shares_hit_their_targets_in_every_draw_and_region(parts, scale, considered):
    wanted = dict(zip(RIVALS, np.array(parts[:3]) * considered / sum(parts), strict=True))
    # Nobody buys what they do not consider: each share is below the part of people who do.
    told = replace(EMPTY, considered=dict.fromkeys(RIVALS, considered))
    known = Calibration(scale=scale, shares=wanted)
    found = calibrate(PROGRAMME, people(), known, like=told)
    if found.status != "scale_at_its_bound":
        assert found.status == "converged"
    shares = simulate(told, people(), found)
    sold = {name: PROGRAMME.market.competitors[name].regions for name in RIVALS}
    for name, share in wanted.items():
        at = [r for r in shares.regions if not sold[name] or r in sold[name]]
        columns = [shares.regions.index(region) for region in at]
        close(shares.draws[:, columns, shares.names.index(name)], share, atol=1e-10)


def test_some_shares_may_be_known_and_others_follow():
    found = calibrate(PROGRAMME, people(), Calibration(shares={"hatch_a": 0.5}))
    before, after = simulate(EMPTY, people()), simulate(EMPTY, people(), found)
    a, *others = (after.names.index(name) for name in ("hatch_a", "hatch_b", "hatch_c", "outside"))
    close(after.draws[:, :, a], 0.5)
    # Each person divides what is left as before, so nobody else's share moves the other way.
    is_more = before.draws[:, :, a, None] < 0.5
    moved = after.draws[:, :, others] - before.draws[:, :, others]
    assert (np.where(is_more, moved, -moved) <= 1e-12).all()


def test_the_outside_share_of_the_programme_holds_unless_it_follows():
    assert known_shares(PROGRAMME, {}) == {}
    assert known_shares(CALIBRATED, {}) == {"outside": 0.4}
    assert known_shares(CALIBRATED, {"hatch_a": 0.1}) == {"hatch_a": 0.1, "outside": 0.4}
    every = dict.fromkeys(RIVALS, 0.1)
    assert known_shares(CALIBRATED, every) == every
    assert known_shares(CALIBRATED, {"outside": 0.3}) == {"outside": 0.3}


FIRST, *OTHERS = PROGRAMME.market.regions


def _partly_sold():
    """Return the programme with two rivals, of which one is sold in the first region alone."""
    sold = {"hatch_a": (), "hatch_b": (FIRST,)}
    rivals = PROGRAMME.market.competitors
    return with_rivals(
        PROGRAMME, {n: rivals[n].model_copy(update={"regions": r}) for n, r in sold.items()}
    )


def test_where_a_rival_is_not_sold_the_outside_share_that_is_left_is_told():
    programme = _partly_sold()
    found = calibrate(programme, people(), Calibration(shares={"hatch_a": 0.2, "outside": 0.7}))
    shares = simulate(replace(EMPTY, programme=programme), people(), found)
    outside = shares.draws[:, :, shares.names.index("outside")]
    close(outside[:, 0], 0.7, atol=1e-10)
    close(outside[:, 1:], 0.8, atol=1e-10)
    assert found.status == "converged"
    assert found.left_outside == pytest.approx(dict.fromkeys(OTHERS, 0.8))
    every = {"hatch_a": 0.2, "hatch_b": 0.1}
    assert not calibrate(programme, people(), Calibration(shares=every)).left_outside


def test_a_fitted_scale_counts_in_each_region_what_is_sold_there():
    told = replace(EMPTY, programme=_partly_sold())

    def shares(scale: float):
        made = calibrate(told.programme, people(), Calibration(scale=scale))
        return simulate(told, people(), made)

    made = shares(1.5)
    a, outside = (made.names.index(name) for name in ("hatch_a", "outside"))
    wanted = made.draws[:, 0].mean(axis=0)
    known = {"hatch_a": float(wanted[a]), "outside": float(wanted[outside])}
    found = calibrate(told.programme, people(), Calibration(scale="fit", shares=known))

    def distance(log_scale: float) -> float:
        log_shares = np.log(np.maximum(shares(np.exp(log_scale)).draws, 1e-300))
        elsewhere = (
            wanted[a] * log_shares[:, 1:, a] + (1.0 - wanted[a]) * log_shares[:, 1:, outside]
        )
        return -(float((log_shares[:, 0] @ wanted).sum()) + float(elsewhere.sum()))

    best = minimize_scalar(distance, bounds=np.log([0.1, 10.0]), method="bounded")
    assert found.scale == pytest.approx(np.exp(best.x), rel=1e-3)
    assert found.status == "converged"


def test_a_fitted_scale_finds_the_scale_that_made_the_shares():
    made = calibrate(PROGRAMME, people(), Calibration(scale=2.0))
    shares = simulate(EMPTY, people(), made)
    # One draw and one region, where its shares can be met exactly.
    one = people().only(0)
    there = np.argmax(one.region_weights[0])
    wanted = dict(zip(shares.names, shares.draws[0, there], strict=True))
    found = calibrate(
        _in_region(shares.regions[there]),
        _of_region(one, there),
        Calibration(scale="fit", shares=wanted),
    )
    assert found.scale == pytest.approx(2.0, abs=1e-3)


def test_a_target_that_nothing_reaches_is_a_status_and_not_an_error():
    told = replace(EMPTY, considered={"hatch_a": 0.3})
    found = calibrate(PROGRAMME, people(), Calibration(shares={"hatch_a": 0.4}), like=told)
    assert found.status == "not_converged"
    assert found.worst_error == pytest.approx(0.1, abs=1e-6)


def test_offsets_change_how_a_product_answers_to_its_price_as_factors_on_shares_would_not():
    """A share raised by an offset from s to t has the own elasticity of a product of share t."""
    from counterflow.definition.simulator.price_response import elasticities

    before = elasticities(EMPTY, people())
    found = calibrate(PROGRAMME, people(), Calibration(shares={"hatch_b": 0.6}))
    after = elasticities(EMPTY, people(), found)
    i = before.moving.index("hatch_b")
    assert (np.abs(after.point[:, i, i]) < np.abs(before.point[:, i, i])).all()


def _in_region(region):
    market = PROGRAMME.market
    only = {region: market.regions[region]}
    return PROGRAMME.model_copy(
        update={"market": market.model_copy(update={"regions": only, "subsidies": {}})}
    )


def _of_region(one, m):
    return replace(one, reached=one.reached[:, m : m + 1])
