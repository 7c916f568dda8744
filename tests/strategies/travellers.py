"""A few travellers between a car and a bus, some of whom stay at home."""

from __future__ import annotations

from typing import Any

from counterflow.domain.choice_data import ChoiceData

TABLE: dict[str, list[Any]] = {
    "who": ["ada"] * 5 + ["bo"] * 5,
    "task": [1, 1, 2, 2, 2, 1, 1, 1, 2, 2],
    "took": [1, 0, 0, 1, 0, 0, 0, 1, 0, 1],
    "mode": ["car", "bus", "car", "bus", "none", "car", "bus", "none", "car", "bus"],
    "time": [30.0, 40.0, 20.0, 60.0, None, 45.0, 50.0, None, 35.0, 25.0],
    "price": [5.0, 2.0, 6.0, 3.0, None, 4.0, 2.5, None, 7.0, 1.0],
    "seat": ["soft", "hard", "soft", "soft", None, "hard", "none", None, "none", "hard"],
    "free seats": [1, 9, 2, 8, None, 3, 7, None, 4, 6],
    "female": [1] * 5 + [0] * 5,
    "home": ["town"] * 5 + ["land"] * 5,
}


def travellers(*, has_outside: bool = True, has_names: bool = True) -> ChoiceData:
    """Return their choices; without the outside option if it is not wanted."""
    rows = [i for i, mode in enumerate(TABLE["mode"]) if has_outside or mode != "none"]
    table = {name: [cells[i] for i in rows] for name, cells in TABLE.items()}
    table["outside"] = [int(mode == "none") for mode in table["mode"]]
    if not has_outside:
        # Bo took the outside option in his first task.
        table["took"][4] = 1
    return ChoiceData.from_long(
        table,
        respondent="who",
        task="task",
        chosen="took",
        alternative="mode" if has_names else None,
        outside="outside",
        attributes=["time", "price", "seat", "free seats"],
        about_respondent=["female", "home"],
    )
