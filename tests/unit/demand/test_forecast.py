"""Volumes are buyers times shares, draw by draw, and nothing is lost on the way."""

import numpy as np
import pytest

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.offers import offer_of
from counterflow.demand.forecast import forecast_volumes
from counterflow.demand.uncertainty import uncertainty_by_driver
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.definition import Definition, Interval
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.volumes import VolumeDraws
from counterflow.formats.volumes import read_volumes, write_volumes
from strategies.workspaces import example

PROGRAMME = example("national-car")


def part_worths(programme: Programme, *, n_draws: int = 40, n: int = 30) -> PartWorths:
    """Return part-worths as the programme's simulated respondents have them."""
    coding = UtilityCoding.of(programme.attributes, has_outside=True)
    spreads = programme.survey.simulated.preferences
    means = np.array([spreads[label].mean for label in coding.labels])
    sds = np.array([spreads[label].sd for label in coding.labels])
    normals = np.random.default_rng(5).standard_normal((n_draws, n, len(means)))
    return PartWorths(
        draws=means + 0.5 * sds * normals,
        coding=coding,
        respondent_ids=tuple(map(str, range(n))),
        weights=np.ones(n),
    )


def line_of(programme: Programme, *indices: int) -> Definition:
    """Return a definition of the candidates numbered."""
    possible = candidates(programme, buildable_configurations(programme))
    return Definition(
        programme="test",
        currency="CNY",
        offers=tuple(offer_of(programme, possible[i], name=f"offer-{i}") for i in indices),
        status="optimal",
        method="given",
        profit=Interval(0.0, 0.0, 0.0, 0.0),
        search_value=0.0,
        bound=0.0,
        n_candidates=len(possible),
        n_configurations=0,
    )


def changed(programme: Programme, **market: object) -> Programme:
    """Return the programme with another market."""
    return programme.model_copy(update={"market": programme.market.model_copy(update=market)})


@pytest.fixture(scope="module")
def volumes() -> VolumeDraws:
    return forecast_volumes(PROGRAMME, line_of(PROGRAMME, 3, 700), part_worths(PROGRAMME))


def test_shares_of_offers_rivals_and_outside_sum_to_one_in_every_draw(volumes):
    assert set(volumes.shares) == {
        "offer-3",
        "offer-700",
        "hatch_a",
        "hatch_b",
        "hatch_c",
        "outside",
    }
    np.testing.assert_allclose(sum(volumes.shares.values()), 1.0, atol=1e-12)
    np.testing.assert_allclose(sum(volumes.shares_without_line.values()), 1.0, atol=1e-12)


def test_the_line_takes_from_everybody_and_gives_to_nobody(volumes):
    for name, before in volumes.shares_without_line.items():
        assert (volumes.shares[name] <= before).all()


def test_total_volume_is_the_product_of_its_drivers(volumes):
    product = np.prod(list(volumes.drivers.values()), axis=0)
    np.testing.assert_allclose(volumes.draws.sum(axis=(1, 2, 3)), product, rtol=1e-12)


def test_volume_is_linear_in_the_size_of_a_region(volumes):
    regions = dict(PROGRAMME.market.regions)
    regions["other"] = regions["other"].model_copy(
        update={"buyers_per_period": tuple(3.0 * x for x in regions["other"].buyers(6))}
    )
    larger = forecast_volumes(
        changed(PROGRAMME, regions=regions), line_of(PROGRAMME, 3, 700), part_worths(PROGRAMME)
    )
    factors = np.array([1.0, 1.0, 3.0])[None, None, :, None]
    np.testing.assert_allclose(larger.draws, volumes.draws * factors, rtol=1e-12)


def test_an_extra_rival_never_raises_our_volume(volumes):
    rivals = PROGRAMME.market.competitors
    more = changed(PROGRAMME, competitors={**rivals, "hatch_d": rivals["hatch_a"]})
    crowded = forecast_volumes(more, line_of(PROGRAMME, 3, 700), part_worths(PROGRAMME))
    assert (crowded.draws <= volumes.draws).all()


def test_the_order_of_offers_does_not_matter(volumes):
    turned = forecast_volumes(PROGRAMME, line_of(PROGRAMME, 700, 3), part_worths(PROGRAMME))
    np.testing.assert_allclose(turned.by_offer(), volumes.by_offer()[:, ::-1], rtol=1e-12)


def test_a_subsidy_equals_a_price_cut_of_the_same_amount():
    subsidies = {
        name: subsidy.model_copy(
            update={"rivals_too": False, "amount": 4000.0, "regions": (region,)}
        )
        for name, subsidy, region in zip(
            ("a", "b", "c"),
            [next(iter(PROGRAMME.market.subsidies.values()))] * 3,
            PROGRAMME.market.regions,
            strict=True,
        )
    }
    line = line_of(PROGRAMME, 3)
    subsidised = forecast_volumes(
        changed(PROGRAMME, subsidies=subsidies), line, part_worths(PROGRAMME)
    )
    possible = candidates(PROGRAMME, buildable_configurations(PROGRAMME))
    cheaper = next(
        i
        for i, candidate in enumerate(possible)
        if candidate.configuration == possible[3].configuration
        and candidate.price == possible[3].price - 4000.0
    )
    cut = forecast_volumes(
        changed(PROGRAMME, subsidies={}), line_of(PROGRAMME, cheaper), part_worths(PROGRAMME)
    )
    np.testing.assert_allclose(subsidised.draws, cut.draws, rtol=1e-9)


def test_the_share_that_the_outside_option_is_calibrated_to_is_reproduced():
    calibrated = PROGRAMME.market.outside_option.model_copy(
        update={"kind": "calibrated", "share": 0.6}
    )
    found = forecast_volumes(
        changed(PROGRAMME, outside_option=calibrated), line_of(PROGRAMME, 3), part_worths(PROGRAMME)
    )
    np.testing.assert_allclose(found.shares_without_line["outside"], 0.6, atol=1e-9)


def test_a_market_without_uncertainty_and_people_gives_one_volume():
    certain = {
        name: region.model_copy(update={"relative_sd": 0.0})
        for name, region in PROGRAMME.market.regions.items()
    }
    share = PROGRAMME.market.awareness.model_copy(update={"low": 0.4, "high": 0.4})
    known = changed(PROGRAMME, regions=certain, awareness=share, availability=share)
    people = part_worths(PROGRAMME, n=1)
    same = PartWorths(
        draws=np.repeat(people.draws[:1], 5, axis=0),
        coding=people.coding,
        respondent_ids=("",),
        weights=np.ones(1),
    )
    found = forecast_volumes(known, line_of(PROGRAMME, 3), same)
    np.testing.assert_allclose(found.draws, np.broadcast_to(found.draws[:1], found.draws.shape))
    assert uncertainty_by_driver(found) == {}


def test_blocks_in_any_order_of_work_give_the_same_bits(volumes):
    def backwards(work, blocks):
        found = {block: work(block) for block in reversed(list(blocks))}
        return [found[block] for block in blocks]

    again = forecast_volumes(
        PROGRAMME, line_of(PROGRAMME, 3, 700), part_worths(PROGRAMME), map_blocks=backwards
    )
    assert again.draws.tobytes() == volumes.draws.tobytes()


def test_volumes_survive_their_files_and_equal_volumes_give_equal_bytes(volumes, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_volumes(volumes, tmp_path / name)
    again = read_volumes(tmp_path / "a")
    np.testing.assert_array_equal(again.draws, volumes.draws)
    assert again.summary() == volumes.summary()
    assert (again.variants, again.periods) == (volumes.variants, volumes.periods)
    for name in ("volumes.parquet", "volumes.csv", "forecast.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
