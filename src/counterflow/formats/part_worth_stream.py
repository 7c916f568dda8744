"""Part-worths written to Parquet while chains run, and read back a draw at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float, Float32

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.utility import Utility

_SCHEMA = "counterflow/part-worths/1"
_KEY = b"counterflow"


class PartWorthStream:
    """A file of part-worths that grows by a draw at a time, and appears when it is whole.

    Give it to `HierarchicalBayes.fit` as `draw_sink`. The format is that of `write_part_worths`,
    with a row group a draw. Until the last draw the file has another name beside its own; if the
    chains are interrupted, nothing is left of it.

    Examples
    --------
    >>> with PartWorthStream("people.parquet") as sink:  # doctest: +SKIP
    ...     fitted = HierarchicalBayes(n_sweeps=5_000).fit(answers, draw_sink=sink)
    >>> part_worths = PartWorthDraws("people.parquet").part_worths()  # doctest: +SKIP
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> PartWorthStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Remove what is not whole."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._partial.unlink(missing_ok=True)

    def begin(
        self,
        *,
        utility: Utility,
        respondent_ids: tuple[str, ...],
        weights: Float[np.ndarray, " N"],
        n_draws: int,
    ) -> None:
        """Open the file; TypeError if the utility is not a coding, which a file can hold."""
        if not isinstance(utility, UtilityCoding):
            raise TypeError(
                f"part-worths in a file need a UtilityCoding, found {type(utility).__name__}"
            )
        self._names = pa.array(list(respondent_ids), pa.string())
        self._labels = utility.labels
        self._about: dict[str, Any] = {
            "schema": _SCHEMA,
            "n_draws": n_draws,
            "coding": utility.to_dict(),
            "weights": weights.tolist(),
            "respondent_ids": list(respondent_ids),
        }
        fields = [
            ("draw", pa.int32()),
            ("respondent", pa.dictionary(pa.int32(), pa.string())),
            *((label, pa.float32()) for label in self._labels),
        ]
        self._schema = pa.schema(fields)
        # Draws are noise: compressing their bits takes time and saves nothing.
        self._writer = pq.ParquetWriter(
            self._partial, self._schema, compression="none", use_dictionary=["respondent"]
        )

    def write(
        self, draw_index: int, first_person: int, coefficients: Float32[np.ndarray, "n K"]
    ) -> None:
        """Append a draw of n persons."""
        assert self._writer is not None, "begin comes before write"
        n = len(coefficients)
        persons = np.arange(first_person, first_person + n, dtype=np.int32)
        columns = [
            pa.array(np.full(n, draw_index, dtype=np.int32)),
            pa.DictionaryArray.from_arrays(pa.array(persons), self._names),
            *(pa.array(np.ascontiguousarray(column)) for column in coefficients.T),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))

    def finish(self, provenance: Mapping[str, object]) -> None:
        """Close the file and give it its name."""
        assert self._writer is not None, "begin comes before finish"
        about = {**self._about, "provenance": dict(provenance)}
        content = json.dumps(about, sort_keys=True, ensure_ascii=False).encode()
        self._writer.add_key_value_metadata({_KEY: content})
        self._writer.close()
        self._writer = None
        self._partial.replace(self.path)


class PartWorthDraws:
    """The part-worths of a file, read only as far as they are asked for."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self._file = pq.ParquetFile(self.path)
            self._about = json.loads(self._file.metadata.metadata[_KEY])
            if self._about["schema"] != _SCHEMA:
                raise ValueError(f"schema {self._about['schema']!r}")
            self.coding = UtilityCoding.from_dict(self._about["coding"])
            self.respondent_ids = tuple(self._about["respondent_ids"])
            self.weights = np.array(self._about["weights"], dtype=float)
            self.n_draws = int(self._about["n_draws"])
        except (pa.ArrowException, KeyError, TypeError, ValueError, OSError) as error:
            problem = Problem(
                expected=f"part-worths as Counterflow writes them ({_SCHEMA})",
                found=f"{type(error).__name__}: {error}",
                where=str(self.path),
                advice="Fit again with this file as draw_sink.",
            )
            raise InputError([problem]) from error

    def draws(self) -> Iterator[Float32[np.ndarray, "N K"]]:
        """Yield the coefficients of all respondents, a draw at a time."""
        n, labels, rest = len(self.respondent_ids), list(self.coding.labels), []
        for group in range(self._file.num_row_groups):
            table = self._file.read_row_group(group, columns=labels)
            rest.append(np.stack([table.column(label).to_numpy() for label in labels], axis=1))
            while sum(map(len, rest)) >= n:
                rows = np.concatenate(rest)
                yield rows[:n]
                rest = [rows[n:]] if len(rows) > n else []

    def part_worths(self, draws: Sequence[int] | None = None) -> PartWorths:
        """Return all draws, or those of these numbers, as part-worths in memory."""
        wanted = range(self.n_draws) if draws is None else sorted(draws)
        taken = set(wanted)
        found = [draw for s, draw in enumerate(self.draws()) if s in taken]
        return PartWorths(
            draws=np.stack(found),
            coding=self.coding,
            respondent_ids=self.respondent_ids,
            weights=self.weights,
            provenance=self._about["provenance"],
        )
