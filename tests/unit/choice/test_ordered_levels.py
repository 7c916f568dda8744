"""Levels in order: part-worths are sums of steps, whichever level is the base."""

import numpy as np
import pytest

from counterflow.choice.ordered_levels import OrderedLevels
from counterflow.domain.errors import InputError

LABELS = ("a[1]", "a[2]", "price", "a[3]")


@pytest.mark.parametrize(
    "order", [("0", "1", "2", "3"), ("1", "0", "2"), ("3", "2", "0"), ("1", "2")]
)
def test_positive_steps_keep_levels_in_order_and_any_order_has_its_steps(order):
    found = OrderedLevels.of(LABELS, {"a": order})
    random = np.random.default_rng(0)
    steps = np.where(found.is_step, np.exp(random.normal(size=4)), random.normal(size=4))
    worth = dict(zip(LABELS, found.matrix @ steps, strict=True)) | {"a[0]": 0.0}
    ranked = [worth[f"a[{level}]"] for level in order]
    assert ranked == sorted(ranked)
    assert worth["price"] == steps[2]
    assert sum(found.is_step) == len(order) - 1
    assert abs(np.linalg.det(found.matrix)) == pytest.approx(1.0)


@pytest.mark.parametrize("order", [("1",), ("1", "1"), ("x", "y", "1"), ()])
def test_an_order_without_two_known_levels_is_refused(order):
    with pytest.raises(InputError, match=r"order\.a"):
        OrderedLevels.of(LABELS, {"a": order})
