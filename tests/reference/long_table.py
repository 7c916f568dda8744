"""What a table of answers in long form says, read cell by cell: the rules in plain words.

The twin of `ChoiceData.from_long` for one strict form: attributes `trim` (base or plus), `range`
(400, 500 or 600) and `price` (5 to 20), alternatives a, b, c and the outside option none.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

from counterflow.domain.attributes import Attribute

TRIMS = ("base", "plus")
RANGES = (400.0, 500.0, 600.0)
LEAST_PRICE, MOST_PRICE = 5.0, 20.0
NAMES = ("a", "b", "c", "none")

ATTRIBUTES = {
    "trim": Attribute.model_validate(
        {"label": "Trim", "kind": "feature", "coding": "categorical", "levels": TRIMS}
    ),
    "range": Attribute.model_validate(
        {"label": "Range", "kind": "feature", "coding": "log", "unit": "km", "levels": RANGES}
    ),
    "price": Attribute.model_validate(
        {
            "label": "Price",
            "kind": "price",
            "coding": "linear",
            "unit": "kEUR",
            "levels": (LEAST_PRICE, MOST_PRICE),
            "continuous": True,
        }
    ),
}

ARGUMENTS: dict[str, Any] = {
    "respondent": "person",
    "task": "task",
    "alternative": "car",
    "alternatives": NAMES,
    "outside_alternative": "none",
    "chosen": "taken",
    "available": "offered",
    "weights": "weight",
    "attributes": ATTRIBUTES,
    "ignore": (),
}

Fact = tuple[str, str, float, tuple[tuple[Any, ...], ...], str]


def plain_facts(table: dict[str, list[str]]) -> set[Fact] | None:
    """Return person, task, weight, alternatives and choice of each task; None if it is refused."""
    rows = [dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)]
    if not all(_is_sound(row) for row in rows):
        return None
    tasks, weights = defaultdict(list), defaultdict(set)
    for row in rows:
        tasks[row["person"], row["task"]].append(row)
        weights[row["person"]].add(float(row["weight"]))
    if any(len(found) > 1 for found in weights.values()):
        return None
    facts = set()
    for (person, task), shown in tasks.items():
        offered = [row for row in shown if float(row["offered"]) == 1]
        taken = [row["car"] for row in shown if float(row["taken"]) == 1]
        names = Counter(row["car"] for row in offered)
        if len(offered) < 2 or len(taken) != 1 or taken[0] not in names or max(names.values()) > 1:
            return None
        cars = tuple(_car(row) for row in offered)
        facts.add((person, task, *weights[person], cars, taken[0]))
    return facts


def _is_sound(row: dict[str, str]) -> bool:
    if "" in (row["person"], row["task"]) or row["car"] not in NAMES:
        return False
    if number(row["taken"]) not in (0, 1) or number(row["offered"]) not in (0, 1):
        return False
    if number(row["taken"]) == 1 and number(row["offered"]) == 0:
        return False
    weight = number(row["weight"])
    if weight is None or not 0 < weight < float("inf"):
        return False
    return row["car"] == "none" or number(row["offered"]) == 0 or _is_product(row)


def _is_product(row: dict[str, str]) -> bool:
    price = number(row["price"])
    is_priced = price is not None and LEAST_PRICE <= price <= MOST_PRICE
    return row["trim"] in TRIMS and number(row["range"]) in RANGES and is_priced


def _car(row: dict[str, str]) -> tuple[Any, ...]:
    if row["car"] == "none":
        return ("none",)
    return (row["car"], row["trim"], float(row["range"]), float(row["price"]))


def number(text: str) -> float | None:
    """Return the decimal number in a cell; None if there is something else."""
    is_plain = re.fullmatch(r" *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)? *", text)
    return float(text) if is_plain else None
