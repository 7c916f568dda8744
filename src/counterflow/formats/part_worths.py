"""Part-worths as Parquet: one row a draw and respondent, one column a coefficient."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.own_numbers import OwnNumbers
from counterflow.domain.part_worths import PartWorths

_SCHEMA = "counterflow/part-worths/1"
_KEY = b"counterflow"


def write_part_worths(part_worths: PartWorths, path: Path) -> None:
    """Write the draws; equal part-worths give equal bytes.

    Columns are `draw` (0 to S - 1), `respondent` and each coefficient by its label; coding,
    weights, what respondents said of themselves and provenance stand in the schema's metadata.
    """
    s, n, _ = part_worths.draws.shape
    respondents = pa.DictionaryArray.from_arrays(
        pa.array(np.tile(np.arange(n, dtype=np.int32), s)),
        pa.array(list(part_worths.respondent_ids), pa.string()),
    )
    columns: dict[str, Any] = {
        "draw": pa.array(np.repeat(np.arange(s, dtype=np.int32), n)),
        "respondent": respondents,
    }
    for k, label in enumerate(part_worths.labels):
        columns[label] = pa.array(part_worths.draws[:, :, k].ravel())
    about = {
        "schema": _SCHEMA,
        "n_draws": s,
        "coding": part_worths.coding.to_dict(),
        "weights": part_worths.weights.tolist(),
        "respondent_ids": list(part_worths.respondent_ids),
        "provenance": dict(part_worths.provenance),
    }
    if part_worths.own_numbers.answers:
        about["own_numbers"] = part_worths.own_numbers.as_dict()
    table = pa.table(columns)
    metadata = {_KEY: json.dumps(about, sort_keys=True, ensure_ascii=False).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")


def read_part_worths(path: Path) -> PartWorths:
    """Return the part-worths that `write_part_worths` wrote; InputError if it did not."""
    try:
        table = pq.read_table(path)
        about = json.loads(pq.read_metadata(path).metadata[_KEY])
        if about["schema"] != _SCHEMA:
            raise ValueError(f"schema {about['schema']!r}")
        coding = UtilityCoding.from_dict(about["coding"])
        n = len(about["respondent_ids"])
        draws = np.stack([table.column(label).to_numpy() for label in coding.labels], axis=-1)
        return PartWorths(
            draws=draws.reshape(about["n_draws"], n, len(coding.labels)),
            coding=coding,
            respondent_ids=tuple(about["respondent_ids"]),
            weights=np.array(about["weights"], dtype=float),
            provenance=about["provenance"],
            own_numbers=OwnNumbers.from_dict(about["own_numbers"])
            if "own_numbers" in about
            else OwnNumbers(),
        )
    except (pa.ArrowException, KeyError, TypeError, ValueError, OSError) as error:
        problem = Problem(
            expected=f"part-worths as Counterflow writes them ({_SCHEMA})",
            found=f"{type(error).__name__}: {error}",
            where=str(path),
            advice="Run `counterflow estimate` again.",
        )
        raise InputError([problem]) from error
