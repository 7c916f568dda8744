from dataclasses import replace

import numpy as np
import pytest

from counterflow.domain.definition import Interval
from counterflow.domain.errors import LabelMismatchError
from counterflow.domain.findings import ShareShift
from strategies.findings import national_car_findings

SHIFT = ShareShift(before=Interval(0.2, 0.1, 0.2, 0.3), after=Interval(0.1, 0.0, 0.1, 0.2))


@pytest.fixture(scope="module")
def car():
    return national_car_findings()


def test_volumes_of_another_line_are_refused(car):
    first, *others = car.definition.offers
    other_line = replace(car.definition, offers=(replace(first, name="new"), *others))
    with pytest.raises(LabelMismatchError, match=r"volumes.offers .* missing \['new'\]"):
        replace(car, definition=other_line)


def test_volumes_in_other_regions_are_refused(car):
    elsewhere = replace(car.volumes, regions=("first_tier", "new_first_tier", "abroad"))
    with pytest.raises(LabelMismatchError, match="abroad"):
        replace(car, volumes=elsewhere)


def test_a_plan_for_other_periods_is_refused(car):
    later = replace(car.production, periods=("a", "b", "c", "d", "e", "f"))
    with pytest.raises(LabelMismatchError, match=r"production\.periods"):
        replace(car, production=later)


def test_shares_must_name_every_rival_and_the_outside_option(car):
    partly = {name: x for name, x in car.volumes.shares.items() if name != "outside"}
    with pytest.raises(LabelMismatchError, match=r"volumes.shares .* missing \['outside'\]"):
        replace(car, volumes=replace(car.volumes, shares=partly))
    with pytest.raises(LabelMismatchError, match="shifts"):
        replace(car, shifts={"hatch_a": SHIFT})


def test_a_driver_that_was_never_drawn_is_refused(car):
    with pytest.raises(LabelMismatchError, match="weather"):
        replace(car, drivers={"weather": 0.3})


def test_what_was_not_computed_may_be_absent(car):
    without = replace(car, shifts={}, drivers={}, volumes=replace(car.volumes, shares={}))
    assert np.array_equal(without.volumes.draws, car.volumes.draws)
