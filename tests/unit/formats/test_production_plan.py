"""A production plan as files: what is written reads back, and people find their tables."""

import csv
import dataclasses
import json
import math

import numpy as np
import pytest

from counterflow.domain.errors import InputError
from counterflow.domain.production_plan import ProductionPlan
from counterflow.formats.production_plan import read_production_plan, write_production_plan
from strategies.findings import national_car_findings, small_findings


@pytest.fixture(params=[national_car_findings, small_findings], ids=["national car", "small"])
def plan(request) -> ProductionPlan:
    return request.param().production


def _table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _assert_same(first: ProductionPlan, second: ProductionPlan) -> None:
    for field in dataclasses.fields(ProductionPlan):
        ours, theirs = getattr(first, field.name), getattr(second, field.name)
        if isinstance(ours, np.ndarray):
            np.testing.assert_array_equal(ours, theirs)
        else:
            assert ours == theirs, field.name


def test_a_plan_reads_back_as_it_was(plan, tmp_path):
    write_production_plan(plan, tmp_path)
    _assert_same(plan, read_production_plan(tmp_path))


def test_a_plan_without_point_or_bound_reads_back(plan, tmp_path):
    unsolved = dataclasses.replace(
        plan, builds=np.zeros_like(plan.builds), status="time_limit", gap=math.inf
    )
    write_production_plan(unsolved, tmp_path)
    assert json.loads((tmp_path / "production_plan.json").read_text())["gap"] is None
    _assert_same(unsolved, read_production_plan(tmp_path))


def test_a_line_without_parts_reads_back(plan, tmp_path):
    bare = dataclasses.replace(
        plan, parts=(), commitments=(), part_needs=np.zeros((7, 0, len(plan.periods)))
    )
    write_production_plan(bare, tmp_path)
    _assert_same(bare, read_production_plan(tmp_path))


def test_equal_plans_give_equal_bytes(plan, tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
        write_production_plan(plan, folder)
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes(), path.name


def test_part_needs_list_each_part_by_period_and_of_all_periods(plan, tmp_path):
    write_production_plan(plan, tmp_path)
    rows = _table(tmp_path / "part_needs.csv")
    labels = [(part, period) for part in plan.parts for period in (*plan.periods, "all")]
    assert [(row["part"], row["period"]) for row in rows] == labels
    first = plan.part_needs[:, 0, :].sum(axis=1)
    total = rows[len(plan.periods)]
    assert float(total["mean"]) == first.mean()
    assert [float(total[q]) for q in ("q05", "q50", "q95")] == np.quantile(
        first, [0.05, 0.5, 0.95]
    ).tolist()


def test_builds_are_whole_vehicles_by_offer_and_period(plan, tmp_path):
    write_production_plan(plan, tmp_path)
    rows = _table(tmp_path / "build_plan.csv")
    assert [int(row["builds"]) for row in rows] == plan.builds.ravel().tolist()
    assert [float(row["expected_sales"]) for row in rows] == plan.expected_sales.ravel().tolist()


def test_long_lead_parts_say_how_many_by_when_and_why(plan, tmp_path):
    write_production_plan(plan, tmp_path)
    rows = _table(tmp_path / "long_lead.csv")
    assert [row["part"] for row in rows] == [c.part for c in plan.commitments]
    for row, commitment in zip(rows, plan.commitments, strict=True):
        assert float(row["quantity"]) == commitment.quantity
        assert float(row["order_by_week"]) == commitment.order_by_week


def test_a_broken_plan_is_told_with_the_command_that_makes_it_again(plan, tmp_path):
    write_production_plan(plan, tmp_path)
    (tmp_path / "part_need_draws.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match="counterflow plan --from-scratch"):
        read_production_plan(tmp_path)
