"""Volumes as Parquet for programs (all draws) and CSV for people (quantiles)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.volumes import VolumeDraws, interval
from counterflow.formats.csv_table import write_csv
from counterflow.formats.json_file import write_json

SCHEMA = "counterflow/volumes/1"
MAIN = "volumes.parquet"
_KEY = b"counterflow"


def write_volumes(volumes: VolumeDraws, folder: Path) -> None:
    """Write volumes.parquet (all draws), volumes.csv (quantiles) and forecast.json (summary).

    Equal volumes give equal bytes.
    """
    _write_draws(volumes, folder / MAIN)
    _write_quantiles(volumes, folder / "volumes.csv")
    write_json(folder / "forecast.json", {"schema": "counterflow/forecast/1", **volumes.summary()})


def read_volumes(folder: Path) -> VolumeDraws:
    """Return the volumes that `write_volumes` wrote; InputError if it did not."""
    path = folder / MAIN
    try:
        table = pq.read_table(path)
        about = json.loads((table.schema.metadata or {})[_KEY])
        if about["schema"] != SCHEMA:
            raise ValueError(f"schema {about['schema']!r}")
        variants, regions, periods = (
            tuple(about[name]) for name in ("variants", "regions", "periods")
        )
        shape = (about["n_draws"], len(variants), len(regions), len(periods))
        return VolumeDraws(
            draws=table.column("vehicles").to_numpy().reshape(shape).copy(),
            variants=variants,
            offer_of_variant=tuple(about["offer_of_variant"]),
            regions=regions,
            periods=periods,
            shares=_arrays(about["shares"]),
            shares_without_line=_arrays(about["shares_without_line"]),
            drivers=_arrays(about["drivers"]),
            made_from=about["made_from"],
        )
    except (pa.ArrowException, KeyError, TypeError, ValueError, OSError) as error:
        problem = Problem(
            expected=f"volumes as Counterflow writes them ({SCHEMA})",
            found=f"{type(error).__name__}: {error}",
            where=str(path),
            advice="Run `counterflow forecast --from-scratch` again.",
        )
        raise InputError([problem]) from error


_NAMED = ("shares", "shares_without_line", "drivers")


def _write_draws(volumes: VolumeDraws, path: Path) -> None:
    s, v, m, q = volumes.draws.shape
    draw, variant, region, period = (index.ravel() for index in np.indices((s, v, m, q)))
    columns = {
        "draw": pa.array(draw.astype(np.int32)),
        "offer": _labels(variant, volumes.offer_of_variant),
        "variant": _labels(variant, volumes.variants),
        "region": _labels(region, volumes.regions),
        "period": _labels(period, volumes.periods),
        "vehicles": pa.array(volumes.draws.ravel()),
    }
    about = {
        "schema": SCHEMA,
        "n_draws": s,
        "variants": volumes.variants,
        "offer_of_variant": volumes.offer_of_variant,
        "regions": volumes.regions,
        "periods": volumes.periods,
        **{
            name: {label: draws.tolist() for label, draws in getattr(volumes, name).items()}
            for name in _NAMED
        },
        "made_from": dict(volumes.made_from),
    }
    metadata = {_KEY: json.dumps(about, ensure_ascii=False).encode()}
    pq.write_table(pa.table(columns).replace_schema_metadata(metadata), path, compression="zstd")


def _labels(codes: np.ndarray, names: tuple[str, ...]) -> Any:
    distinct = list(dict.fromkeys(names))
    position = np.array([distinct.index(name) for name in names], dtype=np.int32)
    return pa.DictionaryArray.from_arrays(
        pa.array(position[codes]), pa.array(distinct, pa.string())
    )


def _arrays(raw: Mapping[str, list[float]]) -> dict[str, np.ndarray]:
    return {name: np.array(values, dtype=float) for name, values in raw.items()}


def _write_quantiles(volumes: VolumeDraws, path: Path) -> None:
    by_offer = volumes.by_offer()
    write_csv(
        path,
        ("offer", "region", "period", "mean", "q05", "q50", "q95"),
        [
            (offer, region, period, *interval(by_offer[:, o, m, q]).as_dict().values())
            for o, offer in enumerate(volumes.offers)
            for m, region in enumerate(volumes.regions)
            for q, period in enumerate(volumes.periods)
        ],
    )
