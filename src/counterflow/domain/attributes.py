"""Attributes and their levels: what a buyer can tell two products apart by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_serializer, model_validator

from counterflow.domain.mismatch import Mismatch, not_among, one_of, quoted
from counterflow.domain.section import Many, Section, Text, is_number, level_name

_LEVEL_PATTERN = r"^[^\s\[\]=;,]([^\[\]=;,\n]*[^\s\[\]=;,])?$"

LevelName = Annotated[
    str,
    StringConstraints(pattern=_LEVEL_PATTERN),
    Field(json_schema_extra={"x-expected": "a name without brackets, =, ; or , in it"}),
]
"""What a level is called; the characters left out stand between levels in tables and labels."""


Colour = Annotated[
    str,
    StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$"),
    Field(json_schema_extra={"x-expected": 'a colour such as "#1b4f8a"'}),
]


class Level(Section):
    """One level of an attribute. A bare name or number in the file stands for a level so called."""

    name: LevelName
    """What answers, rules, costs and parts call this level."""
    label: Text | None = None
    """What people read; the name if absent."""
    value: float | None = None
    """The level as a number in the attribute's unit, for codings other than categorical."""
    picture: Text | None = None
    """An image file, SVG or PNG, beside the programme file. What is pictured must be what is
    built."""
    colour: Colour | None = None
    """How the level looks, as "#rrggbb": shown beside its name."""

    @model_validator(mode="before")
    @classmethod
    def _from_bare_value(cls, raw: Any) -> Any:
        if isinstance(raw, str):
            return {"name": raw}
        return {"name": level_name(raw), "value": float(raw)} if is_number(raw) else raw

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        table = handler(core_schema)
        bare = {"type": "string", "pattern": _LEVEL_PATTERN}
        return {
            "anyOf": [bare, {"type": "number"}, table],
            "x-expected": "a level: its name, a number, or a table with the key name",
        }

    @field_serializer("label")
    def _label_spelled_out(self, _label: str | None) -> str:
        return self.text

    @property
    def text(self) -> str:
        """Return what people read."""
        return self.label or self.name


class Attribute(Section):
    """One attribute: its levels, how utility depends on it, and what part it plays in the offer."""

    label: Text
    """What people read."""
    kind: Literal["feature", "option", "term", "price"]
    """`feature`: fixed in an offer and built. `option`: left to the buyer within an offer.
    `term`: part of the contract, not of the car. `price`: what the buyer pays on the day."""
    coding: Literal["categorical", "linear", "log", "piecewise"]
    """How utility depends on the level: one part-worth a level; one a unit; one a unit of the
    logarithm; one a unit within each stretch between knots."""
    unit: Text | None = None
    """Unit of a numeric attribute."""
    levels: Annotated[Many[Level], Field(min_length=2)]
    """What was asked about and can be built, in the order in which people should read it."""
    base: LevelName | None = None
    """The level whose part-worth is zero (categorical coding); the first if absent."""
    knots: Many[float] = ()
    """Where the slope may change (piecewise coding), strictly between the extreme levels."""
    continuous: bool = False
    """Whether answers may lie between the levels (numeric codings)."""
    option_price: dict[str, float] = {}
    """What the buyer pays on top of the offer's price for a level (kind `option`); nothing for
    levels that are not named."""
    material: bool = True
    """Whether a difference matters to a buyer and must be shown before the order."""

    @property
    def is_numeric(self) -> bool:
        """Return whether levels are numbers with a unit."""
        return self.coding != "categorical"

    @property
    def level_names(self) -> tuple[str, ...]:
        """Return the names of the levels, in the order of the file."""
        return tuple(level.name for level in self.levels)

    @property
    def base_level(self) -> str:
        """Return the name of the level that the others are measured against."""
        return self.base or self.levels[0].name

    @property
    def values(self) -> tuple[float, ...]:
        """Return the levels as numbers in the attribute's unit (numeric codings)."""
        return tuple(level.value for level in self.levels if level.value is not None)

    def level(self, name: str) -> Level:
        """Return the level called `name`; KeyError if there is none."""
        for level in self.levels:
            if level.name == name:
                return level
        raise KeyError(f"no level {name!r}; levels are {list(self.level_names)}")

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield keys that do not fit the attribute's kind, coding or levels."""
        names = self.level_names
        for i, name in enumerate(names):
            if name in names[:i]:
                yield Mismatch(("levels", i), "levels with distinct names", f"{quoted(name)} twice")
        yield from self._unfit_for_kind()
        yield from self._unfit_numbers() if self.is_numeric else self._unfit_levels()

    @field_serializer("base")
    def _base_spelled_out(self, _base: str | None) -> str | None:
        return None if self.is_numeric else self.base_level

    def _unfit_for_kind(self) -> Iterator[Mismatch]:
        if self.kind == "price" and not self.is_numeric:
            yield Mismatch(("coding",), one_of(_NUMERIC_CODINGS), '"categorical" for a price')
        if self.kind == "option" and self.is_numeric:
            expected = '"categorical", as buyers pick an option level by level'
            yield Mismatch(("coding",), expected, quoted(self.coding))
        if self.option_price and self.kind != "option":
            expected = 'no option_price but for an attribute of kind "option"'
            yield Mismatch(("option_price",), expected, f"kind {quoted(self.kind)}")
        for level in self.option_price:
            if level not in self.level_names:
                yield not_among(("option_price", level), level, self.level_names)

    def _unfit_numbers(self) -> Iterator[Mismatch]:
        coding = f"coding {quoted(self.coding)}"
        for i, level in enumerate(self.levels):
            key = ("levels", i)
            if level.value is None:
                yield Mismatch(key, f"a level with a value, for {coding}", quoted(level.name))
            elif self.coding == "log" and level.value <= 0:
                yield Mismatch(key, f"a value above 0, for {coding}", f"{level.value:g}")
            elif level.value in [earlier.value for earlier in self.levels[:i]]:
                yield Mismatch(key, "levels with distinct values", f"{level.value:g} twice")
        if self.unit is None:
            yield Mismatch(("unit",), f"the unit of the levels, for {coding}", "none")
        if self.base is not None:
            yield Mismatch(("base",), f"no base, for {coding}", quoted(self.base))
        if self.coding != "piecewise":
            yield from self._unfit_knots()
        elif len(self.values) == len(self.levels):
            low, high = min(self.values), max(self.values)
            knots = list(self.knots)
            if not knots or knots != sorted(set(knots)) or not low < knots[0] <= knots[-1] < high:
                expected = f"ascending, distinct numbers strictly between {low:g} and {high:g}"
                yield Mismatch(("knots",), expected, f"[{', '.join(f'{x:g}' for x in knots)}]")

    def _unfit_levels(self) -> Iterator[Mismatch]:
        if self.base is not None and self.base not in self.level_names:
            yield not_among(("base",), self.base, self.level_names)
        if self.continuous:
            expected = "false, as there is nothing between levels that are not numbers"
            yield Mismatch(("continuous",), expected, "true")
        yield from self._unfit_knots()

    def _unfit_knots(self) -> Iterator[Mismatch]:
        if self.knots:
            found = f"coding {quoted(self.coding)}"
            yield Mismatch(("knots",), 'no knots but for coding "piecewise"', found)


_NUMERIC_CODINGS = ("linear", "log", "piecewise")
