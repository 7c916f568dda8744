"""The choices that models are fitted to, as plain arrays: the same for us and for every peer.

Only the standard library and NumPy, so that the peers' environments can import it. Files lie
beside the project; they are not part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.choices import Choices, counted
from benchmarks.simulated_choices import simulated_choices

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "choice"


def path_of(name: str) -> Path:
    """Return the file of a data set."""
    return FOLDER / {"swissmetro": "swissmetro.tsv"}.get(name, f"{name}.csv")


def is_present(name: str) -> bool:
    """Return whether a data set can be had: its file is there, or it is simulated."""
    return name.startswith("simulated") or path_of(name).is_file()


def load(name: str, *, people: int | None = None) -> Choices:
    """Return a data set, or its first so many people."""
    if name == "simulated":
        return simulated_choices(people or 1_000)
    choices = _READERS[name]()
    return choices if people is None else choices.where(choices.people < people)


def _electricity() -> Choices:
    table = _table("electricity")
    labels = ("pf", "cl", "loc", "wk", "tod", "seas")
    return _choices(table, labels, chosen="choice", task="chid", person="id")


def _cars_china() -> Choices:
    labels = (
        *("price", "opCost", "accelTime", "phevFastcharge", "bevFastcharge"),
        *("hev", "phev10", "phev20", "phev40", "bev75", "bev100", "bev150"),
        *("american", "japanese", "chinese", "skorean"),
    )
    return _choices(_table("cars_china"), labels, chosen="choice", task="obsnum", person="id")


def _car100() -> Choices:
    table = _table("car100")
    table["price"] /= 10_000.0
    table["opcost"] /= 10.0
    labels = ("price", "opcost", "range", "ev", "hybrid", "hiperf", "medhiperf")
    return _choices(table, labels, chosen="choice", task="choice_id", person="person_id")


def _swissmetro() -> Choices:
    """Return biogeme's example b05a: every trip by itself, sets without what was not available.

    Trips to work or on business that were answered; travel time and cost in hundreds, public
    transport free with a yearly ticket.
    """
    table = _table("swissmetro", delimiter="\t")
    table = table[np.isin(table["PURPOSE"], (1, 3)) & (table["CHOICE"] != 0)]
    stated = table["SP"] != 0
    pays = table["GA"] == 0
    columns = {
        "train": np.eye(3)[0],
        "car": np.eye(3)[2],
        "time": np.column_stack([table[f"{mode}_TT"] for mode in ("TRAIN", "SM", "CAR")]) / 100,
        "cost": np.column_stack([table["TRAIN_CO"] * pays, table["SM_CO"] * pays, table["CAR_CO"]])
        / 100,
    }
    is_available = np.column_stack(
        [
            (table["TRAIN_AV"] != 0) & stated,
            table["SM_AV"] != 0,
            (table["CAR_AV"] != 0) & stated,
        ]
    ).ravel()
    n = len(table)
    trips = np.repeat(np.arange(n), 3)
    return Choices(
        labels=tuple(columns),
        design=np.asfortranarray(
            np.column_stack([np.broadcast_to(x, (n, 3)).ravel() for x in columns.values()])
        ),
        chosen=(table["CHOICE"][:, None] == np.array([1, 2, 3])).ravel(),
        tasks=trips,
        people=trips,
    ).where(is_available)


_READERS: dict[str, Callable[[], Choices]] = {
    "car100": _car100,
    "cars_china": _cars_china,
    "electricity": _electricity,
    "swissmetro": _swissmetro,
}


def _table(name: str, delimiter: str = ",") -> np.ndarray:
    return np.genfromtxt(path_of(name), delimiter=delimiter, names=True)


def _choices(
    table: np.ndarray, labels: tuple[str, ...], *, chosen: str, task: str, person: str
) -> Choices:
    """Return the choices in a table whose rows stand together by task and person."""
    return Choices(
        labels=labels,
        design=np.asfortranarray(np.column_stack([table[label] for label in labels])),
        chosen=table[chosen] == 1,
        tasks=counted(table[task]),
        people=counted(table[person]),
    )
