"""The choice design: which products stand side by side in each task of each version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Int16

from counterflow.domain.content_hash import content_hash

NOT_SHOWN = -1
"""Code of an attribute that an alternative does not show: partial profiles, or not its own."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ChoiceDesign:
    """V versions of T tasks with J alternatives each, by level of every attribute.

    Parameters
    ----------
    levels
        The levels of each attribute by name, in the order of the programme.
    codes
        Which level an alternative has, -1 where the attribute is not shown.
    alternatives
        What the J places in a task are called: labels where alternatives are labelled, else
        "1", "2" and on.
    has_outside
        Whether a respondent may choose none.
    provenance
        How the design was made: method, criterion and its value, seed, priors, programme version.

    Examples
    --------
    >>> design = ChoiceDesign(
    ...     levels={"trim": ("base", "plus"), "price": ("10", "12")},
    ...     codes=np.array([[[[0, 0], [1, 1]]]], dtype=np.int16),
    ...     alternatives=("1", "2"), has_outside=True)
    >>> design.task(0, 0)
    ({'trim': 'base', 'price': '10'}, {'trim': 'plus', 'price': '12'})
    """

    levels: Mapping[str, tuple[str, ...]]
    codes: Int16[np.ndarray, "V T J A"]
    alternatives: tuple[str, ...]
    has_outside: bool
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n_alternatives, n_attributes = self.codes.shape[2:]
        if n_attributes != len(self.levels):
            raise ValueError(
                f"codes must have a column for each attribute: expected {len(self.levels)} "
                f"({', '.join(self.levels)}), found {n_attributes}"
            )
        if n_alternatives != len(self.alternatives):
            raise ValueError(
                f"codes must have a row for each alternative: expected {len(self.alternatives)} "
                f"({', '.join(self.alternatives)}), found {n_alternatives}"
            )
        for a, (name, levels) in enumerate(self.levels.items()):
            found = self.codes[..., a]
            if found.size and not NOT_SHOWN <= found.min() <= found.max() < len(levels):
                raise ValueError(
                    f"codes of {name} must lie between {NOT_SHOWN} and {len(levels) - 1}, "
                    f"found {found.min()} to {found.max()}"
                )

    @property
    def n_versions(self) -> int:
        """Return V."""
        return len(self.codes)

    @property
    def n_tasks(self) -> int:
        """Return T."""
        return self.codes.shape[1]

    @property
    def n_alternatives(self) -> int:
        """Return J, the outside option not counted."""
        return self.codes.shape[2]

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of what respondents see; how it was found is no part of it."""
        return content_hash(
            {
                "levels": {name: list(levels) for name, levels in self.levels.items()},
                "codes": self.codes.tolist(),
                "alternatives": list(self.alternatives),
                "has_outside": self.has_outside,
            }
        )

    def task(self, version: int, task: int) -> tuple[dict[str, str], ...]:
        """Return the levels that each alternative of a task shows, by attribute."""
        return tuple(
            {
                name: levels[code]
                for (name, levels), code in zip(self.levels.items(), row, strict=True)
                if code != NOT_SHOWN
            }
            for row in self.codes[version, task].tolist()
        )
