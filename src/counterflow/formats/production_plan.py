"""production_plan.json, its tables for planners and suppliers, and the draws of part needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float

from counterflow.domain.definition import Interval
from counterflow.domain.production_plan import Commitment, ProductionPlan
from counterflow.formats.csv_table import write_csv
from counterflow.formats.json_file import read_json, write_json

MAIN = "production_plan.json"
_SCHEMA = "counterflow/production-plan/1"
_DRAWS = "part_need_draws.parquet"
_AGAIN = "counterflow plan --from-scratch"


def write_production_plan(plan: ProductionPlan, folder: Path) -> None:
    """Write the plan; equal plans give equal bytes.

    production_plan.json and part_need_draws.parquet hold all of it. The tables are for people:
    part_needs.csv has the quantiles by part and period and of all periods together, build_plan.csv
    the vehicles by offer and period, long_lead.csv what to order before demand is known.
    """
    write_json(folder / MAIN, plan.as_dict())
    _write_draws(plan, folder / _DRAWS)
    write_csv(
        folder / "part_needs.csv", ("part", "period", "mean", "q05", "q50", "q95"), _needs(plan)
    )
    write_csv(
        folder / "build_plan.csv", ("offer", "period", "builds", "expected_sales"), _builds(plan)
    )
    write_csv(
        folder / "long_lead.csv",
        [field.name for field in fields(Commitment)],
        [astuple(commitment) for commitment in plan.commitments],
    )


def read_production_plan(folder: Path) -> ProductionPlan:
    """Return the plan that `write_production_plan` wrote; InputError if it did not."""
    return read_json(
        folder / MAIN,
        _SCHEMA,
        lambda raw: ProductionPlan.from_dict(raw, _read_draws(folder / _DRAWS, raw)),
        again=_AGAIN,
    )


def _needs(plan: ProductionPlan) -> Iterator[tuple[object, ...]]:
    for part in plan.parts:
        for period, need in zip(plan.periods, plan.needs(part), strict=True):
            yield (part, period, *_figures(need))
        yield (part, "all", *_figures(plan.total_need(part)))


def _figures(need: Interval) -> tuple[float, ...]:
    return (need.mean, need.low, need.median, need.high)


def _builds(plan: ProductionPlan) -> Iterator[tuple[object, ...]]:
    for o, offer in enumerate(plan.offers):
        for q, period in enumerate(plan.periods):
            yield offer, period, int(plan.builds[o, q]), float(plan.expected_sales[o, q])


def _write_draws(plan: ProductionPlan, path: Path) -> None:
    """Write one row a draw, part and period, in that order."""
    s, p, q = plan.part_needs.shape
    draw, part, period = np.unravel_index(np.arange(s * p * q), (s, p, q))
    table = pa.table(
        {
            "draw": pa.array(draw.astype(np.int32)),
            "part": _labels(part, plan.parts),
            "period": _labels(period, plan.periods),
            "quantity": pa.array(plan.part_needs.ravel()),
        }
    )
    pq.write_table(table, path, compression="zstd")


def _labels(codes: np.ndarray, names: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(list(names), pa.string())
    )


def _read_draws(path: Path, raw: dict[str, Any]) -> Float[np.ndarray, "S P Q"]:
    quantity = pq.read_table(path, columns=["quantity"]).column("quantity").to_numpy()
    return quantity.reshape(raw["n_draws"], len(raw["part_needs"]), len(raw["periods"])).copy()
