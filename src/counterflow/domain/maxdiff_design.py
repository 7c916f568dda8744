"""The MaxDiff design: which items stand together in each set, best and worst to be named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Int, Int16

from counterflow.domain.content_hash import content_hash


@dataclass(frozen=True, eq=False, kw_only=True)
class MaxDiffDesign:
    """V versions of T sets, each of J different items in the order in which they are shown.

    Parameters
    ----------
    items
        What is compared.
    codes
        Which item stands at each place of each set.
    provenance
        How the design was made.

    Examples
    --------
    >>> design = MaxDiffDesign(items=("speed", "price", "range"),
    ...                        codes=np.array([[[2, 0]]], dtype=np.int16))
    >>> design.shown(0, 0)
    ('range', 'speed')
    """

    items: tuple[str, ...]
    codes: Int16[np.ndarray, "V T J"]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(set(self.items)) < len(self.items):
            raise ValueError(f"items must be distinct, found {', '.join(self.items)}")
        if self.codes.size and not 0 <= self.codes.min() <= self.codes.max() < len(self.items):
            raise ValueError(
                f"codes must lie between 0 and {len(self.items) - 1}, "
                f"found {self.codes.min()} to {self.codes.max()}"
            )
        ordered = np.sort(self.codes, axis=-1)
        if (ordered[..., 1:] == ordered[..., :-1]).any():
            v, t, _ = np.argwhere(ordered[..., 1:] == ordered[..., :-1])[0]
            raise ValueError(f"version {v + 1}, set {t + 1} shows an item twice")

    @property
    def n_versions(self) -> int:
        """Return V."""
        return len(self.codes)

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of what respondents see."""
        return content_hash({"items": list(self.items), "codes": self.codes.tolist()})

    def shown(self, version: int, number: int) -> tuple[str, ...]:
        """Return the items of a set, in their order."""
        return tuple(self.items[code] for code in self.codes[version, number].tolist())

    def item_counts(self) -> Int[np.ndarray, "V items"]:
        """Return how often each version shows each item."""
        flat = self.codes.reshape(self.n_versions, -1)
        return (flat[:, :, None] == np.arange(len(self.items))).sum(axis=1)

    def pair_counts(self) -> Int[np.ndarray, "items items"]:
        """Return in how many sets, over all versions, two items stand together.

        On the diagonal is how often each item is shown.
        """
        sets = self.codes.reshape(-1, self.codes.shape[-1])
        stands = np.zeros((len(sets), len(self.items)), dtype=np.int64)
        np.put_along_axis(stands, sets.astype(np.int64), 1, axis=1)
        return stands.T @ stands

    def position_counts(self) -> Int[np.ndarray, "items J"]:
        """Return how often each item stands at each place, over all versions."""
        places = self.codes.reshape(-1, self.codes.shape[-1])
        counts = np.zeros((len(self.items), places.shape[1]), dtype=np.int64)
        for place in range(places.shape[1]):
            counts[:, place] = np.bincount(places[:, place], minlength=len(self.items))
        return counts

    def is_connected(self) -> bool:
        """Return whether any two items can be compared, over others if need be."""
        meets = self.pair_counts() > 0
        reached = np.zeros(len(self.items), dtype=bool)
        reached[0] = True
        for _ in self.items:
            reached |= meets[reached].any(axis=0)
        return bool(reached.all())
