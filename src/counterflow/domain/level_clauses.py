"""Level clauses: what can be built together, asked of a few levels without listing every product.

A configuration has one level of each attribute. A clause says that at least one attribute has one
of the levels that the clause names for it: a rule that `when` holds only where `requires` does, is
"`when` fails, or `requires` holds". Levels of all attributes stand in one row of columns. A box is
a choice of allowed levels, one row of booleans; it holds every combination of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int

from counterflow.domain.configuration import Rule

Box = Bool[np.ndarray, " levels"]
"""Allowed levels, of all attributes one after the other."""

_MOST_STEPS = 10_000
"""Levels that are tried for one configuration before the search for it ends."""


@dataclass(frozen=True, eq=False)
class LevelClauses:
    """Clauses on levels of A attributes: in each, at least one attribute has a level it names.

    Parameters
    ----------
    starts
        Where each attribute's levels start among the columns, and where the last ones end.
    named
        The levels that each clause names.

    Examples
    --------
    >>> rule = Rule(when={"trim": "max"}, requires={"pack": "L"}, reason="Weight.")
    >>> clauses = LevelClauses.of({"trim": ("base", "max"), "pack": ("S", "L")}, [rule])
    >>> clauses.allows(np.array([[0, 0], [1, 0], [1, 1]]))
    array([ True, False,  True])
    >>> clauses.narrowed(np.array([False, True, True, True]))
    array([False,  True, False,  True])
    """

    starts: Int[np.ndarray, " attributes_and_one"]
    named: Bool[np.ndarray, "clauses levels"]

    @classmethod
    def of(
        cls,
        levels: Mapping[str, Sequence[str]],
        rules: Iterable[Rule],
        *,
        keep: Mapping[str, tuple[str, ...]] | None = None,
    ) -> LevelClauses:
        """Return the clauses of rules on these levels, and of what every configuration must be."""
        names = list(levels)
        starts = np.cumsum([0, *(len(levels[name]) for name in names)])
        rows = [
            _columns(levels, starts, clause)
            for clause in (*_clauses_of(rules, levels), *({n: k} for n, k in (keep or {}).items()))
        ]
        return cls(starts, np.array(rows, dtype=bool).reshape(len(rows), int(starts[-1])))

    @property
    def n_attributes(self) -> int:
        """Return A."""
        return len(self.starts) - 1

    @cached_property
    def attribute(self) -> Int[np.ndarray, " levels"]:
        """Return which attribute each column is a level of."""
        return np.repeat(np.arange(self.n_attributes), np.diff(self.starts))

    def allows(self, codes: Int[np.ndarray, "n A"]) -> Bool[np.ndarray, " n"]:
        """Return whether each configuration, given by its levels' positions, keeps to all."""
        columns = np.asarray(codes) + self.starts[:-1]
        allowed = np.ones(len(columns), dtype=bool)
        for clause in self.named:
            allowed &= clause[columns].any(axis=1)
        return allowed

    def narrowed(self, box: Box) -> Box | None:
        """Return the box without levels that no allowed configuration in it has, or some of them.

        None if it is seen that the box holds no allowed configuration. Unit propagation: where all
        attributes but one can no longer meet a clause, that one must (Davis, Logemann and
        Loveland, Communications of the ACM 5(7), 1962).
        """
        while True:
            if not np.add.reduceat(box, self.starts[:-1]).all():
                return None
            if not len(self.named):
                return box
            can_meet = np.add.reduceat(self.named & box, self.starts[:-1], axis=1) > 0
            n_able = can_meet.sum(axis=1)
            if not n_able.all():
                return None
            single = n_able == 1
            must = can_meet[single].argmax(axis=1)
            is_of_other = self.attribute != must[:, None]
            narrower = box & (self.named[single] | is_of_other).all(axis=0)
            if (narrower == box).all():
                return box
            box = narrower

    def sample(self, box: Box, stream: np.random.Generator) -> Int[np.ndarray, " A"] | None:
        """Return an allowed configuration in the box at random, as positions of levels.

        None if there is none, or none is found after 10,000 steps. Every allowed configuration may
        come, though not all are equally likely.
        """
        return self.nearest(box, stream.random(len(box)))

    def nearest(
        self, box: Box, dislike: Iterable[float] | np.ndarray
    ) -> Int[np.ndarray, " A"] | None:
        """Return an allowed configuration in the box, levels of least `dislike` tried first.

        Depth first with unit propagation. The level that is liked best by itself is fixed first,
        so where all levels of a configuration are liked alike and it is allowed, it is returned.
        """
        disliked = np.asarray(dislike, dtype=float)
        open_boxes: list[Box] = [box]
        for _ in range(_MOST_STEPS):
            if not open_boxes:
                return None
            narrow = self.narrowed(open_boxes.pop())
            if narrow is None:
                continue
            left = np.add.reduceat(narrow, self.starts[:-1])
            if (left == 1).all():
                return np.flatnonzero(narrow) - self.starts[:-1]
            is_open = narrow & (left > 1)[self.attribute]
            column = int(np.where(is_open, disliked, np.inf).argmin())
            without, fixed = narrow.copy(), narrow.copy()
            without[column] = False
            fixed[self.attribute == self.attribute[column]] = False
            fixed[column] = True
            open_boxes += [without, fixed]
        return None

    def whole(self) -> Box:
        """Return the box of all levels."""
        return np.ones(int(self.starts[-1]), dtype=bool)

    def count_at_most(self) -> int:
        """Return a number of configurations that is not exceeded by those that are allowed.

        Examples
        --------
        >>> LevelClauses.of({"trim": ("base", "max"), "pack": ("S", "M", "L")}, []).count_at_most()
        6
        """
        box = self.narrowed(self.whole())
        if box is None:
            return 0
        left = np.add.reduceat(box, self.starts[:-1], dtype=np.int64)
        # Exact whole numbers: sixty attributes overflow 64 bits.
        count = 1
        for n in left.tolist():
            count *= n
        return count


def _clauses_of(
    rules: Iterable[Rule], levels: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, tuple[str, ...]]]:
    """Yield clauses that say together what the rules say: named levels by attribute."""
    for rule in rules:
        fails = {name: _others(levels[name], wanted) for name, wanted in rule.when.items()}
        for name, wanted in rule.requires.items():
            yield _either(fails, {name: tuple(wanted)})
        if rule.excludes:
            yield _either(
                fails, {name: _others(levels[name], kept) for name, kept in rule.excludes.items()}
            )


def _others(levels: Sequence[str], wanted: Iterable[str]) -> tuple[str, ...]:
    unwanted = set(wanted)
    return tuple(level for level in levels if level not in unwanted)


def _either(
    one: Mapping[str, tuple[str, ...]], other: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    return {name: (*one.get(name, ()), *other.get(name, ())) for name in {**one, **other}}


def _columns(
    levels: Mapping[str, Sequence[str]],
    starts: Int[np.ndarray, " attributes_and_one"],
    clause: Mapping[str, tuple[str, ...]],
) -> Box:
    row = np.zeros(int(starts[-1]), dtype=bool)
    for a, (name, of_attribute) in enumerate(levels.items()):
        named = clause.get(name, ())
        row[starts[a] : starts[a + 1]] = [level in named for level in of_attribute]
    return row
