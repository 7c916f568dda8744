"""A plan checks its own labels, and sums before it takes quantiles."""

import dataclasses

import numpy as np
import pytest

from counterflow.domain.production_plan import Commitment, ProductionPlan


@pytest.fixture
def plan() -> ProductionPlan:
    return ProductionPlan(
        offers=("car",),
        periods=("may", "june"),
        parts=("pack",),
        builds=np.array([[10.0, 20.0]]),
        capacity=np.array([20.0, 20.0]),
        expected_sales=np.array([[9.0, 18.0]]),
        expected_unserved=np.array([4.0]),
        part_needs=np.array([[[10.0, 30.0]], [[30.0, 10.0]]]),
        commitments=(),
        expected_contribution=100.0,
        status="optimal",
        gap=0.0,
    )


def test_what_is_built_and_not_sold_is_unsold(plan):
    assert plan.expected_unsold.tolist() == [3.0]


def test_the_total_need_is_a_quantile_of_sums_and_no_sum_of_quantiles(plan):
    # Each draw needs 40 in all, though either month needs up to 30.
    total = plan.total_need("pack")
    assert (total.low, total.high) == (40.0, 40.0)
    assert [need.high for need in plan.needs("pack")] == [29.0, 29.0]


def test_arrays_that_do_not_fit_the_labels_are_refused_by_name(plan):
    with pytest.raises(ValueError, match=r"builds must have shape \(1, 1\), got \(1, 2\)"):
        dataclasses.replace(plan, periods=("may",))


def test_a_commitment_to_an_unknown_part_is_refused(plan):
    order = Commitment(
        part="lidar",
        quantity=1.0,
        critical_ratio=0.5,
        underage_cost=1.0,
        overage_cost=1.0,
        expected_shortage=0.0,
        expected_excess=0.0,
        order_by_week=-4.0,
    )
    with pytest.raises(ValueError, match="lidar"):
        dataclasses.replace(plan, commitments=(order,))
