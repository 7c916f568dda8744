"""Write kept records into docs/benchmarks.md: `python -m benchmarks.table bench-choice.json ...`.

Each file gets a section with its date, machine and versions, each case a table.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.case import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- begin figures -->", "<!-- end figures -->"

_TOLD = (
    *("log-likelihood", "effective sample", "R-hat", "limit", "status", "differ", "seconds a"),
    *("gap", "profit", "published", "value", "D-error", "errors", "below the best", "first s"),
)
"""Words of the qualities that the page shows; the file holds all of them."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table")
    parser.add_argument("files", nargs="+", type=Path, help="what --json kept")
    parser.add_argument("--page", type=Path, default=PAGE)
    arguments = parser.parse_args()
    documents = [json.loads(file.read_text(encoding="utf-8")) for file in arguments.files]
    page = arguments.page.read_text(encoding="utf-8")
    arguments.page.write_text(with_figures(page, documents), encoding="utf-8")


def with_figures(page: str, documents: Iterable[dict[str, Any]]) -> str:
    """Return the page with the figures between its marks replaced by those of the documents.

    >>> with_figures(f"Before. {BEGIN} old {END} After.", [])
    'Before. <!-- begin figures -->\\n<!-- end figures --> After.'
    """
    if BEGIN not in page or END not in page:
        raise ValueError(f"the page must hold {BEGIN} and {END}: figures go between them")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    sections = "".join(f"\n{section(document)}\n" for document in documents)
    return f"{before}{BEGIN}\n{sections}{END}{after}"


def section(document: dict[str, Any]) -> str:
    """Return when, where and with what a document was measured, and a table for each case."""
    machine = document["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    peers = sorted({r["peer"] for r in document["records"] if r["peer"]})
    lines = [
        f"Measured on {document['date'][:10]}: {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB. {versions}. Beside {', '.join(peers) or 'nobody'}.",
    ]
    for case, records in groupby(document["records"], key=lambda record: record["case"]):
        lines += ["", f"### {case}", "", *_table(records)]
    return "\n".join(lines)


def _table(records: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield "| figure | ours | peer | theirs | ratio | reached |"
    yield "|---|---:|---|---:|---:|---|"
    last: dict[str, Any] = {}
    for record in records:
        unit = record["unit"]
        # Figures of one fit share what it reached; that is told with the first of them.
        is_told = _is_within(record["quality"], last)
        last = record["quality"]
        yield "| {} |".format(
            " | ".join(
                (
                    record["figure"],
                    _with_unit(record["ours"], unit),
                    record["peer"] or "",
                    _with_unit(record["theirs"], unit),
                    "" if record["ratio"] is None else f"{record['ratio']:.3g}",
                    "" if is_told else _reached(record["quality"]),
                )
            )
        )


def _with_unit(figure: float | None, unit: str) -> str:
    if figure is None:
        return ""
    return f"{figure:.3g} {unit}" if abs(figure) < 1_000 else f"{figure:,.0f} {unit}"


def _reached(quality: dict[str, Any]) -> str:
    told = _told(quality)
    theirs = quality.get("theirs")
    return f"{told} / {_told(theirs)}" if isinstance(theirs, dict) and theirs else told


def _is_within(quality: dict[str, Any], earlier: dict[str, Any]) -> bool:
    return all(
        _is_within(value, earlier.get(name, {}))
        if isinstance(value, dict)
        else name in earlier and earlier[name] == value
        for name, value in quality.items()
    )


def _told(quality: dict[str, Any]) -> str:
    if (reason := quality.get("failed") or quality.get("reason")) is not None:
        return f"failed: {reason}" if "failed" in quality else str(reason)
    return ", ".join(
        f"{name} {_short(value)}"
        for name, value in quality.items()
        if not (isinstance(value, dict) or name.startswith("own "))
        and any(word in name for word in _TOLD)
    )


def _short(value: object) -> str:
    """Return a value in as many digits as anybody reads; a log-likelihood has eight."""
    return f"{value:.8g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
