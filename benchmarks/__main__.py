"""Run cases, each in a process of its own, print their records and keep them as JSON."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.case import ROOT, names, selected
from benchmarks.record import Record, document


def main() -> int:
    arguments = _arguments()
    records, failed = [], []
    for name in arguments.cases:
        try:
            for record in _records(name, quick=arguments.quick):
                print(_line(record), flush=True)
                records.append(record)
        except subprocess.CalledProcessError:
            failed.append(name)
    if arguments.json is not None:
        text = json.dumps(document(records), indent=2, ensure_ascii=False, allow_nan=False)
        arguments.json.write_text(text + "\n", encoding="utf-8")
    for name in failed:
        print(f"{name}: failed, see above", file=sys.stderr)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure time and memory together with the quality reached.",
    )
    parser.add_argument(
        "cases",
        nargs="*",
        metavar="CASE",
        help=f"{', '.join(names())}; or a folder of them, such as choice; all if none is named",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, within a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to keep the records")
    arguments = parser.parse_args()
    try:
        arguments.cases = selected(arguments.cases)
    except LookupError as unknown:
        parser.error(str(unknown))
    return arguments


def _records(name: str, *, quick: bool) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.one_case", name, *(["--quick"] if quick else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            yield json.loads(line)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)


def _line(record: dict[str, Any]) -> str:
    return str(Record(**{name: value for name, value in record.items() if name != "ratio"}))


if __name__ == "__main__":
    sys.exit(main())
