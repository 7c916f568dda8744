"""Which alternatives lie in which nests, and which nests in which, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from counterflow.domain.choice_data import Categorical, ChoiceData
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.errors import InputError, LabelMismatchError, Problem
from counterflow.domain.mismatch import did_you_mean, one_of
from counterflow.kernels.nested_logit import NestNetwork

NestTree = Mapping[str, "str | Sequence[str] | NestTree"]
"""Nests by name: what each holds, alternatives by name or further nests."""

NestSets = Mapping[str, "str | Sequence[str]"]
"""Nests by name: the alternatives of each, which may lie in several."""

_ROOT = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Nests:
    """A network of nests over kinds of alternatives.

    A kind is an alternative's name, or a level of the attribute `by`. The outside option is a
    kind of its own, `outside`, beside all nests unless it is put into one.

    A nest that never holds but one thing, a named alternative or a nest, says nothing about
    substitution: it has no parameter, and in a tree no place of its own.
    """

    kinds: tuple[str, ...]
    names: tuple[str, ...]
    """The nests of the network; one that lies in another comes before it."""
    of_kinds: tuple[tuple[str, str], ...]
    """Each kind with each nest that it lies in, or "" for none: memberships of the network."""
    of_nests: tuple[tuple[str, str], ...]
    """Each nest with the nest that it lies in, or "" for none: the memberships after those."""
    network: NestNetwork
    single: tuple[str, ...] = ()
    """Nests of the network that never hold but one alternative."""
    by: str | None = None

    @classmethod
    def of_tree(cls, tree: NestTree | str, data: ChoiceData, by: str | None = None) -> Nests:
        """Return the nests of a tree; InputError with everything that is wrong with it.

        A text instead of a tree names an attribute, each level of which is a nest.

        Examples
        --------
        >>> from counterflow.domain.choice_data import Numeric
        >>> data = ChoiceData(
        ...     columns={"time": Numeric(np.array([3.0, 5.0, 2.0]))},
        ...     is_outside=np.zeros(3, dtype=bool), task_starts=np.array([0, 3]),
        ...     respondent_starts=np.array([0, 1]), chosen_rows=np.array([2]),
        ...     respondent_ids=("ada",),
        ...     alternative_names=Categorical(np.arange(3), ("train", "bus", "car")))
        >>> nests = Nests.of_tree({"public": ("train", "bus"), "car": ("car",)}, data)
        >>> nests.of_kinds, nests.of_nests
        ((('train', 'public'), ('bus', 'public'), ('car', ''), ('outside', '')), (('public', ''),))
        """
        if isinstance(tree, str):
            by, tree = tree, {level: (level,) for level in _shown(data, tree)}
        of_nests = [(nest, around) for nest, around, _ in _contents(tree)]
        of_kinds = _pairs(tree)
        problems = [
            *_twice("nests", [nest for nest, _ in of_nests], "each nest under its own name"),
            *_twice(
                "nests",
                [kind for kind, _ in of_kinds],
                "each alternative in one nest",
                "CrossNestedLogit lets alternatives lie in several.",
            ),
            *_misnamed(tree, data, by),
        ]
        if problems:
            raise InputError(problems)
        for nest in _singles(of_kinds, of_nests, by):
            around = dict(of_nests)[nest]
            of_kinds = [(kind, around if n == nest else n) for kind, n in of_kinds]
            of_nests = [(m, around if n == nest else n) for m, n in of_nests if m != nest]
        return cls._of(of_kinds, of_nests, by)

    @classmethod
    def of_sets(cls, sets: NestSets, data: ChoiceData, by: str | None = None) -> Nests:
        """Return the nests of a cross-nested logit; InputError with everything that is wrong."""
        repeated = [
            problem
            for nest, content in sets.items()
            for problem in _twice(f"nests.{nest}", _listed(content), "each alternative once")
        ]
        if problems := [*repeated, *_misnamed(sets, data, by)]:
            raise InputError(problems)
        pairs = _pairs(sets)
        by_kind = [pair for kind in dict(pairs) for pair in pairs if pair[0] == kind]
        of_nests = [(nest, _ROOT) for nest in sets]
        return cls._of(by_kind, of_nests, by, single=_singles(by_kind, of_nests, by))

    @classmethod
    def _of(
        cls,
        of_kinds: list[tuple[str, str]],
        of_nests: list[tuple[str, str]],
        by: str | None,
        single: tuple[str, ...] = (),
    ) -> Nests:
        if OUTSIDE not in dict(of_kinds):
            of_kinds = [*of_kinds, (OUTSIDE, _ROOT)]
        inside_out = sorted(of_nests, key=lambda pair: -_depth(pair[0], dict(of_nests)))
        names = tuple(nest for nest, _ in inside_out)
        position = {nest: m for m, nest in enumerate((*names, _ROOT))}
        kinds = tuple(dict.fromkeys(kind for kind, _ in of_kinds))
        counts = [sum(other == kind for other, _ in of_kinds) for kind in kinds]
        return cls(
            kinds=kinds,
            names=names,
            of_kinds=tuple(of_kinds),
            of_nests=tuple(inside_out),
            network=NestNetwork(
                starts=np.cumsum([0, *counts, *(1 for _ in names), 0]),
                nests=np.array([position[nest] for _, nest in (*of_kinds, *inside_out)]),
                n_nests=len(names) + 1,
            ),
            single=single,
            by=by,
        )

    def parent(self, nest: str) -> str:
        """Return the nest in which a nest lies; "" if in none."""
        return dict(self.of_nests)[nest]

    def holds(self, nest: str) -> tuple[str, ...]:
        """Return the kinds and nests that lie in a nest."""
        return tuple(m for m, within in (*self.of_kinds, *self.of_nests) if within == nest)

    def level(self, nest: str) -> int:
        """Return how many nests lie around a nest, itself included: 1 for the outermost."""
        return _depth(nest, dict(self.of_nests))

    def kinds_of_rows(self, data: ChoiceData) -> Int[np.ndarray, " rows"]:
        """Return the kind of each row; LabelMismatchError with the names that are in no nest."""
        column = _column(data, self.by)
        position = {kind: i for i, kind in enumerate(self.kinds)}
        of_codes = np.array([position.get(name, -1) for name in (*column.levels, OUTSIDE)])
        kinds = of_codes[column.codes]
        outside = np.asarray(data.is_outside)
        # The outside option may be in a nest by its own name, or stands alone.
        kinds[outside] = np.where(
            (kinds[outside] < 0) | (column.codes[outside] < 0), position[OUTSIDE], kinds[outside]
        )
        if (kinds < 0).any():
            unknown = [column.levels[code] for code in np.unique(column.codes[kinds < 0])]
            raise LabelMismatchError(
                f"alternatives (nests hold {', '.join(self.kinds)})", expected=(), found=unknown
            )
        return kinds.astype(np.int64)


def _contents(
    nests: NestTree | NestSets, around: str = _ROOT
) -> Iterator[tuple[str, str, str | Sequence[str] | NestTree]]:
    """Yield each nest, the nest around it and what it holds, from the outside in."""
    for nest, content in nests.items():
        yield nest, around, content
        if isinstance(content, Mapping):
            yield from _contents(content, nest)


def _pairs(nests: NestTree | NestSets) -> list[tuple[str, str]]:
    """Return each alternative with each nest that holds it."""
    return [
        (name, nest)
        for nest, _, content in _contents(nests)
        if not isinstance(content, Mapping)
        for name in _listed(content)
    ]


def _singles(
    of_kinds: list[tuple[str, str]], of_nests: list[tuple[str, str]], by: str | None
) -> tuple[str, ...]:
    """Return the nests that never hold but one thing, inner ones first."""
    found = []
    for nest, _ in reversed(of_nests):
        kinds = [kind for kind, within in of_kinds if within == nest]
        nests = [inner for inner, within in of_nests if within == nest]
        # Two alternatives of a task may share a level, but not a name.
        if len(kinds) + len(nests) == 1 and not (by and kinds):
            found.append(nest)
    return tuple(found)


def _depth(nest: str, around: Mapping[str, str]) -> int:
    return 1 + _depth(around[nest], around) if around[nest] else 1


def _listed(content: str | Sequence[str]) -> tuple[str, ...]:
    return (content,) if isinstance(content, str) else tuple(content)


def _column(data: ChoiceData, by: str | None) -> Categorical:
    """Return what tells the kind of each row: alternative names, or the levels of an attribute."""
    column = data.columns.get(by) if by is not None else data.alternative_names
    if isinstance(column, Categorical):
        return column
    if by is None:
        raise InputError(
            [
                Problem(
                    expected="choices whose alternatives have names",
                    found="none",
                    key="nests",
                    advice="Name the attribute whose levels the nests hold with nests_by.",
                )
            ]
        )
    levelled = [name for name, found in data.columns.items() if isinstance(found, Categorical)]
    expected = one_of(levelled) if levelled else "an attribute with levels, of which there is none"
    raise InputError(
        [Problem(expected, f'"{by}"', key="nests_by", advice=did_you_mean(by, levelled))]
    )


def _shown(data: ChoiceData, by: str | None) -> tuple[str, ...]:
    """Return the names or levels of the alternatives shown, without the outside option."""
    column = _column(data, by)
    codes = np.unique(column.codes[~np.asarray(data.is_outside)])
    return tuple(column.levels[code] for code in codes)


def _twice(key: str, names: Sequence[str], expected: str, advice: str = "") -> Iterator[Problem]:
    for name in dict.fromkeys(names):
        if (n := list(names).count(name)) > 1:
            yield Problem(expected, f'"{name}" {n} times', key=key, advice=advice)


def _misnamed(nests: NestTree | NestSets, data: ChoiceData, by: str | None) -> Iterator[Problem]:
    """Yield nests that are empty, names that no alternative has, and alternatives in no nest."""
    for nest, _, content in _contents(nests):
        if not nest:
            yield Problem("a name for each nest", "an empty one", key="nests")
        if not content:
            yield Problem("something in each nest", "nothing", key=f"nests.{nest}")
    known, pairs = (*_column(data, by).levels, OUTSIDE), _pairs(nests)
    for name, nest in pairs:
        if name not in known:
            yield Problem(
                one_of(known), f'"{name}"', key=f"nests.{nest}", advice=did_you_mean(name, known)
            )
    if loose := [name for name in _shown(data, by) if name not in dict(pairs)]:
        yield Problem(
            "each alternative in a nest",
            f"{', '.join(loose)} in none",
            key="nests",
            advice='A nest of its own lets one stand alone: {"car": ("car",)}.',
        )
