"""How an offer's vehicles split over its variants."""

import numpy as np
from hypothesis import given

from counterflow.production.variants import expected_mix, variants_of
from strategies.lines import Build, Line, lines


@given(lines())
def test_the_mix_of_each_offer_sums_to_one_over_its_own_variants(made: Line):
    mix = expected_mix(made.volumes)
    np.testing.assert_allclose(mix.sum(axis=1), 1.0)
    for o, offer in enumerate(made.volumes.offers):
        others = np.array(made.volumes.offer_of_variant) != offer
        assert (mix[o, others] == 0.0).all()


@given(lines())
def test_variants_are_found_by_label(made: Line):
    found = variants_of(made.definition, made.volumes)
    assert [str(v.configuration) for v in found] == list(made.volumes.variants)


def test_the_mix_weighs_draws_by_their_volume():
    # 10 white and 0 red in one draw, 20 white and 30 red in the other: 30 white of 60.
    draws = np.array([[10.0, 0.0], [20.0, 30.0]])[:, :, None, None]
    made = Line({"car": [Build("white", 1.0, 1.0), Build("red", 1.0, 1.0)]}, draws)
    assert expected_mix(made.volumes).tolist() == [[0.5, 0.5]]


def test_an_offer_that_nobody_wants_is_split_evenly():
    made = Line({"car": [Build("white", 1.0, 1.0), Build("red", 1.0, 1.0)]}, np.zeros((3, 2, 1, 1)))
    assert expected_mix(made.volumes).tolist() == [[0.5, 0.5]]
