"""Run one case in this process and print each record as a line of JSON."""

from __future__ import annotations

import argparse
import json

from benchmarks.case import run_case


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_case")
    parser.add_argument("name")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    for record in run_case(arguments.name, quick=arguments.quick):
        print(json.dumps(record.as_dict(), allow_nan=False), flush=True)


if __name__ == "__main__":
    main()
