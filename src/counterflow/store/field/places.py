"""Places in the quotas, and versions of the design: taken, kept while one answers, and left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from counterflow.domain.interview import Admission
from counterflow.programme.field_store import FieldStoreError
from counterflow.store.field import schema

EVERYBODY = "all"
"""The cell that every interview is in."""


@dataclass
class Place:
    """Which cells an interview asked for and until when it holds them (time in the field).

    `cells` is None before admission, `held_until` None where no place is held: before admission,
    after the end, and after too long a rest.
    """

    design_hash: str
    version: int | None = None
    cells: tuple[str, ...] | None = None
    hold_s: float | None = None
    held_until: float | None = None


@dataclass(eq=False)
class _Cell:
    complete: int
    held: int
    most: int | None
    is_new: bool = False
    completed: int = 0
    moved: int = 0

    def has_room(self) -> bool:
        return self.most is None or self.complete + self.held < self.most

    def may_complete(self) -> bool:
        return self.most is None or self.complete < self.most

    def hold(self, n: int) -> None:
        self.held += n
        self.moved += n

    def count_complete(self) -> None:
        self.complete += 1
        self.completed += 1


@dataclass
class _Version:
    filled: int
    assigned: int
    kept: tuple[int, int] = (0, 0)

    @property
    def has_changed(self) -> bool:
        return (self.filled, self.assigned) != self.kept


_Versions = dict[int, _Version]


@dataclass
class Places:
    """The cells and versions that a turn may change."""

    cells: dict[str, _Cell] = field(default_factory=dict)
    versions: dict[str, _Versions] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        connection: Connection,
        *,
        held: Sequence[Place],
        asked_for: Sequence[Sequence[str]],
        begun_designs: Sequence[str],
    ) -> Places:
        """Return the cells and versions of those who come, and as many free versions as they need.

        `held` are the places of interviews that go on, `asked_for` the cells of those who ask for
        admission, `begun_designs` the design of each interview that begins.
        """
        names = {EVERYBODY, *chain.from_iterable(asked_for)}
        names.update(chain.from_iterable(place.cells or () for place in held))
        wanted: dict[str, set[int]] = {design_hash: set() for design_hash in begun_designs}
        for place in held:
            wanted.setdefault(place.design_hash, set())
            if place.version is not None:
                wanted[place.design_hash].add(place.version)
        n_wanted = len(held) + len(begun_designs)
        return cls(
            cells=_load_cells(connection, names),
            versions={
                design_hash: _load_versions(connection, design_hash, own, n_wanted)
                for design_hash, own in wanted.items()
            },
        )

    def check_design(self, design_hash: str) -> None:
        """Refuse an interview about a design that was never in the field."""
        if not self.versions.get(design_hash):
            raise FieldStoreError(
                f"expected a design in the field, found {design_hash}: open the fieldwork first"
            )

    def keep_or_take(
        self, place: Place, admission: Admission | None, *, field_s: float, completes: bool
    ) -> bool:
        """Keep the place until a rest from now, or take one; say whether there is a place.

        Who was never admitted needs one only when admitted now, or to complete. A limit that was
        lowered meanwhile counts when an interview completes.
        """
        if place.cells is None and admission is None and not completes:
            return True
        mine = self._cells_of(place) if place.held_until is not None else []
        self._release(place)
        if admission is not None or place.cells is None:
            asked = admission or Admission()
            place.cells = tuple(sorted({EVERYBODY, *asked.cells}))
            place.hold_s = asked.hold_s
        wanted = self._cells_of(place)
        if not all(cell.has_room() or cell in mine for cell in wanted):
            return False
        if completes and not all(cell.may_complete() for cell in wanted):
            return False
        self._hold(place, until=field_s + (place.hold_s or 0.0))
        return True

    def leave(self, place: Place, *, completes: bool) -> None:
        """Give the place up at the end; what is complete stays counted."""
        self._release(place)
        if completes:
            for cell in self._cells_of(place):
                cell.count_complete()
            self._version_of(place).filled += 1

    def _hold(self, place: Place, *, until: float) -> None:
        place.held_until = until
        for cell in self._cells_of(place):
            cell.hold(1)
        if place.version is None:
            place.version = self._least_filled(place.design_hash)
            self._version_of(place).assigned += 1
        self._version_of(place).filled += 1

    def _release(self, place: Place) -> None:
        if place.held_until is None:
            return
        place.held_until = None
        for cell in self._cells_of(place):
            cell.hold(-1)
        self._version_of(place).filled -= 1

    def _cells_of(self, place: Place) -> list[_Cell]:
        return [
            self.cells.setdefault(name, _Cell(complete=0, held=0, most=None, is_new=True))
            for name in place.cells or ()
        ]

    def _version_of(self, place: Place) -> _Version:
        assert place.version is not None
        return self.versions[place.design_hash][place.version]

    def _least_filled(self, design_hash: str) -> int:
        versions = self.versions[design_hash]
        return min(versions, key=lambda v: (versions[v].filled, versions[v].assigned, v))

    def write(self, connection: Connection) -> None:
        """Write what moved; a cell that would take more than it may is refused once more here."""
        new = {name: cell for name, cell in self.cells.items() if cell.is_new}
        if new:
            rows = [{"cell": name, "complete": 0, "held": 0} for name in new]
            connection.execute(insert(schema.quota_cell), rows)
        moved = [
            {"of_cell": name, "completed": cell.completed, "moved": cell.moved}
            for name, cell in sorted(self.cells.items())
            if cell.completed or cell.moved
        ]
        if moved and connection.execute(_MOVE_CELL, moved).rowcount != len(moved):
            raise FieldStoreError("expected room in every quota cell, found one that is full")
        versions = [
            {
                "of_design": name,
                "of_version": v,
                "new_filled": one.filled,
                "new_assigned": one.assigned,
            }
            for name, many in self.versions.items()
            for v, one in many.items()
            if one.has_changed
        ]
        if versions:
            connection.execute(_CHANGE_VERSION, versions)


_CELL, _VERSION = schema.quota_cell.c, schema.design_version.c

_CELLS = select(_CELL.cell, _CELL.complete, _CELL.held, _CELL.most).where(
    _CELL.cell.in_(bindparam("some", expanding=True))
)
_MOVE_CELL = (
    update(schema.quota_cell)
    .where(_CELL.cell == bindparam("of_cell"))
    .where(
        or_(
            _CELL.most.is_(None),
            bindparam("completed", type_=_CELL.complete.type) == 0,
            _CELL.complete + bindparam("completed") <= _CELL.most,
        )
    )
    .values(complete=_CELL.complete + bindparam("completed"), held=_CELL.held + bindparam("moved"))
)
_LEAST_FILLED = (
    select(_VERSION.version, _VERSION.filled, _VERSION.assigned)
    .where(_VERSION.design_hash == bindparam("of_design"))
    .order_by(_VERSION.filled, _VERSION.assigned, _VERSION.version)
    .limit(bindparam("n"))
)
_OWN_VERSIONS = (
    select(_VERSION.version, _VERSION.filled, _VERSION.assigned)
    .where(_VERSION.design_hash == bindparam("of_design"))
    .where(_VERSION.version.in_(bindparam("some", expanding=True)))
)
_CHANGE_VERSION = (
    update(schema.design_version)
    .where(_VERSION.design_hash == bindparam("of_design"))
    .where(_VERSION.version == bindparam("of_version"))
    .values(filled=bindparam("new_filled"), assigned=bindparam("new_assigned"))
)


def _load_cells(connection: Connection, names: Iterable[str]) -> dict[str, _Cell]:
    found = connection.execute(_CELLS, {"some": list(names)})
    return {name: _Cell(complete, held, most) for name, complete, held, most in found}


def _load_versions(
    connection: Connection, design_hash: str, own: Iterable[int], n: int
) -> _Versions:
    rows = list(connection.execute(_LEAST_FILLED, {"of_design": design_hash, "n": n}))
    if own := set(own) - {row.version for row in rows}:
        rows += connection.execute(_OWN_VERSIONS, {"of_design": design_hash, "some": list(own)})
    return {v: _Version(filled, assigned, (filled, assigned)) for v, filled, assigned in rows}
