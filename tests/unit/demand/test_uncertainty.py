"""What makes the volume uncertain: each driver alone, and what they do together."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.demand.uncertainty import uncertainty_by_driver
from counterflow.domain.volumes import VolumeDraws

values = st.lists(st.integers(1, 9).map(float), min_size=1, max_size=4)


def crossed(*drivers: list[float]) -> VolumeDraws:
    """Return one draw for every combination of the drivers' values: exactly independent."""
    draws = np.array(list(itertools.product(*drivers)))
    return VolumeDraws(
        draws=draws.prod(axis=1).reshape(-1, 1, 1, 1),
        variants=("red",),
        offer_of_variant=("car",),
        regions=("north",),
        periods=("Q1",),
        drivers={f"driver {i}": draws[:, i] for i in range(len(drivers))},
    )


@given(st.lists(values, min_size=1, max_size=3))
def test_a_share_is_by_how_much_the_variance_falls_when_the_driver_is_known(drivers):
    volumes = crossed(*drivers)
    total, shares = volumes.draws.ravel(), uncertainty_by_driver(volumes)
    if total.std() == 0.0:
        assert shares == {}
        return
    for name, driver in volumes.drivers.items():
        left = np.mean([total[driver == value].var() for value in driver])
        assert shares[name] == pytest.approx(1.0 - left / total.var(), abs=1e-9)


@given(st.lists(values, min_size=1, max_size=3))
def test_shares_are_not_negative_and_leave_something_to_joint_effects(drivers):
    shares = uncertainty_by_driver(crossed(*drivers))
    assert all(share >= 0.0 for share in shares.values())
    assert sum(shares.values()) <= 1.0 + 1e-12


def test_one_uncertain_driver_explains_everything():
    shares = uncertainty_by_driver(crossed([1.0, 2.0, 4.0], [3.0]))
    assert shares == {"driver 0": pytest.approx(1.0), "driver 1": 0.0}


def test_a_line_that_nobody_wants_in_some_draws_still_has_shares():
    assert uncertainty_by_driver(crossed([0.0, 2.0], [1.0, 3.0]))["driver 0"] > 0.5
