"""Volumes exploded into parts, draw by draw and by joint configuration."""

import numpy as np
import pytest
from hypothesis import given

from counterflow.domain.errors import LabelMismatchError
from counterflow.production.part_explosion import explode_parts
from strategies.lines import Build, Line, lines


@given(lines())
def test_the_need_of_a_part_is_the_sum_over_variants_and_regions_exactly(made: Line):
    needs = explode_parts(made.definition, made.volumes)
    variants = [v for offer in made.definition.offers for v in offer.variants]
    for p, part in enumerate(needs.parts):
        # Volumes are quarters and quantities halves: no sum is rounded.
        expected = sum(
            v.parts.get(part, 0.0) * made.volumes.draws[:, i].sum(axis=1)
            for i, v in enumerate(variants)
        )
        np.testing.assert_array_equal(needs.draws[:, p], expected)


@given(lines())
def test_volumes_in_another_order_need_the_same_parts(made: Line):
    order = np.arange(len(made.volumes.variants))[::-1]
    turned = type(made.volumes)(
        draws=made.volumes.draws[:, order],
        variants=tuple(made.volumes.variants[i] for i in order),
        offer_of_variant=tuple(made.volumes.offer_of_variant[i] for i in order),
        regions=made.volumes.regions,
        periods=made.volumes.periods,
    )
    before, after = (explode_parts(made.definition, v) for v in (made.volumes, turned))
    rows = [after.parts.index(part) for part in before.parts]
    np.testing.assert_array_equal(before.draws, after.draws[:, rows])


def _two_colours(draws: list[list[float]]) -> Line:
    offers = {"car": [Build("white", 9.0, 1.0), Build("red", 9.0, 1.0, {"paint": 1.0})]}
    return Line(offers, np.array(draws)[:, :, None, None])


def test_quantiles_of_joint_draws_are_not_those_of_the_mean_mix():
    # In each draw 100 cars; either 10 or 90 of them red. The median draw by volume is 100 cars of
    # which 50 are red on average, but half of the draws need 90 litres.
    made = _two_colours([[90.0, 10.0], [10.0, 90.0]] * 50)
    paint = explode_parts(made.definition, made.volumes).draws[:, 0, 0]
    mean_mix = made.volumes.draws.mean(axis=0).ravel() @ [0.0, 1.0]
    assert mean_mix == 50.0
    assert np.quantile(paint, [0.05, 0.95]).tolist() == [10.0, 90.0]


def test_the_mean_need_is_that_of_the_mean_volumes():
    made = _two_colours([[90.0, 10.0], [10.0, 40.0]])
    assert explode_parts(made.definition, made.volumes).draws.mean() == 25.0


def test_volumes_of_another_line_are_refused_with_both_sides_named():
    made, other = _two_colours([[1.0, 1.0]]), Line({"car": [Build("blue", 9.0, 1.0)]}, _ONE)
    with pytest.raises(LabelMismatchError) as caught:
        explode_parts(made.definition, other.volumes)
    assert caught.value.missing == ["car: colour=red", "car: colour=white"]
    assert caught.value.unknown == ["car: colour=blue"]


_ONE = np.ones((1, 1, 1, 1))
