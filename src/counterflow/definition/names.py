"""Names of offers: short, readable, and the same whatever else is in the line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from counterflow.domain.coding import OUTSIDE
from counterflow.domain.configuration import Configuration
from counterflow.domain.programme import Programme


def offer_names(
    programme: Programme, chosen: Sequence[Configuration], possible: Sequence[Configuration]
) -> tuple[str, ...]:
    """Return a name for each chosen configuration: its levels, where the possible ones differ.

    Names are distinct, and none is that of a rival or of the outside option.
    """
    levels: dict[str, set[str]] = {}
    for configuration in possible:
        for attribute, level in configuration.levels:
            levels.setdefault(attribute, set()).add(level)
    telling = [attribute for attribute, names in levels.items() if len(names) > 1]
    taken = {*programme.market.competitors, OUTSIDE}
    names: list[str] = []
    for configuration in chosen:
        words = [_word(level) for _, level in configuration.only(telling).levels]
        name = _not_among(taken, "-".join(words) or "offer")
        taken.add(name)
        names.append(name)
    return tuple(names)


def _word(level: str) -> str:
    """Return the level as one word: names stand in tables, file names and addresses."""
    return re.sub(r"[^\w.+]+", "_", level).strip("_")


def _not_among(taken: set[str], name: str) -> str:
    number = 2
    free = name
    while free in taken:
        free = f"{name}-{number}"
        number += 1
    return free
