"""Choice data do not depend on who kept the table, or in which format."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.formats.choice_data import write_choice_data, write_long_csv
from strategies.choice_data import choice_data, long_columns, roles

Columns = dict[str, list[Any]]


def _arrow_table(columns: Columns) -> pa.Table:
    return pa.table({name: pa.array(cells) for name, cells in columns.items()})


def _written(suffix: str, write: Callable[[Columns, Path], Any]) -> Callable[[Columns, Path], Path]:
    def kept(columns: Columns, folder: Path) -> Path:
        path = folder / f"answers{suffix}"
        write(columns, path)
        return path

    return kept


KEEPERS: dict[str, Callable[[Columns, Path], Any]] = {
    "mapping": lambda columns, _: columns,
    "pandas": lambda columns, _: pd.DataFrame(columns),
    "pandas, objects": lambda columns, _: pd.DataFrame(columns, dtype=object),
    "polars": lambda columns, _: pl.DataFrame(columns),
    "polars, lazy": lambda columns, _: pl.LazyFrame(columns),
    "arrow": lambda columns, _: _arrow_table(columns),
    "arrow, in chunks": lambda columns, _: pa.concat_tables(
        [_arrow_table(columns).slice(0, 3), _arrow_table(columns).slice(3)]
    ),
    "csv": _written(".csv", lambda columns, path: pl.DataFrame(columns).write_csv(path)),
    "csv, bare CR": _written(
        ".csv",
        lambda columns, path: pd.DataFrame(columns).to_csv(
            path, index=False, lineterminator="\r", encoding="utf-8-sig"
        ),
    ),
    "tsv": _written(
        ".tsv", lambda columns, path: pl.DataFrame(columns).write_csv(path, separator="\t")
    ),
    "parquet": _written(
        ".parquet", lambda columns, path: pl.DataFrame(columns).write_parquet(path)
    ),
    "feather": _written(
        ".feather",
        lambda columns, path: pyarrow.feather.write_feather(_arrow_table(columns), str(path)),
    ),
    "arrow stream": _written(
        ".arrow", lambda columns, path: pl.DataFrame(columns).write_ipc_stream(path)
    ),
}


@pytest.mark.parametrize("keeper", KEEPERS)
@settings(max_examples=20)
@given(data=choice_data())
def test_a_table_gives_the_same_data_whoever_keeps_it(tmp_path_factory, keeper, data):
    source = KEEPERS[keeper](long_columns(data), tmp_path_factory.mktemp("kept"))
    assert ChoiceData.from_long(source, **roles(data)).content_hash == data.content_hash


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@settings(max_examples=40)
@given(data=choice_data())
def test_files_that_we_write_are_tables_that_from_long_reads(tmp_path_factory, suffix, data):
    path = tmp_path_factory.mktemp("kept") / f"answers{suffix}"
    {".csv": write_long_csv, ".parquet": write_choice_data}[suffix](data, path)
    ours = {"respondent": "respondent", "task": "task", "chosen": "chosen", "weights": "weight"}
    arguments = roles(data) | ours
    arguments["outside"] = "outside" if data.has_outside else None
    arguments["alternative"] = None if data.alternative_names is None else "alternative"
    assert ChoiceData.from_long(path, **arguments).content_hash == data.content_hash


@settings(max_examples=40)
@given(data=choice_data())
def test_rows_may_be_scattered_as_long_as_first_appearances_keep_their_order(data):
    columns = long_columns(data)
    seen: dict[str, int] = {}
    nth = [seen.setdefault(who, 0) for who in columns["who?"]]
    for row, who in enumerate(columns["who?"]):
        nth[row] = seen[who]
        seen[who] += 1
    order = sorted(range(len(nth)), key=lambda row: nth[row])
    scattered = {name: [cells[row] for row in order] for name, cells in columns.items()}
    assert ChoiceData.from_long(scattered, **roles(data)).content_hash == data.content_hash


@settings(max_examples=40)
@given(data=choice_data(), seed=st.randoms(use_true_random=False))
def test_any_order_of_rows_says_the_same_of_every_respondent_and_task(data, seed):
    columns = long_columns(data) | {"row": [float(row) for row in range(data.n_rows)]}
    order = list(range(data.n_rows))
    seed.shuffle(order)
    shuffled = {name: [cells[row] for row in order] for name, cells in columns.items()}
    arguments = roles(data) | {"attributes": ["row"], "ignore": None, "outside": None}
    assert _facts(ChoiceData.from_long(shuffled, **arguments)) == _facts(
        ChoiceData.from_long(columns, **arguments)
    )


def _facts(data: ChoiceData) -> set[tuple[Any, ...]]:
    """Return who was shown which rows in which task, and what they took."""
    row = data.columns["row"]
    assert isinstance(row, Numeric)
    task_names = data.task_ids.names()
    facts = set()
    for n, person in enumerate(data.respondent_ids):
        for t in range(data.respondent_starts[n], data.respondent_starts[n + 1]):
            shown = row.values[data.task_starts[t] : data.task_starts[t + 1]]
            taken = row.values[data.chosen_rows[t]]
            facts.add((person, data.weights[n], task_names[t], frozenset(shown), taken))
    return facts
