"""Attributes and their levels: what a buyer can tell two products apart by."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from counterflow.domain.section import Many, Section, Text, level_name

LevelName = Annotated[str, StringConstraints(pattern=r"^[^\s\[\]=;,][^\[\]=;,\n]*$")]


class Level(Section):
    """One level of an attribute. A bare name or number in the file stands for a level so called."""

    name: LevelName
    """What answers, rules, costs and parts call this level."""
    label: Text | None = None
    """What people read; the name if absent."""
    value: float | None = None
    """The level as a number in the attribute's unit, for codings other than categorical."""
    picture: Text | None = None
    """An image file beside the programme file. What is pictured must be what is built."""

    @model_validator(mode="before")
    @classmethod
    def _from_bare_value(cls, raw: Any) -> Any:
        if isinstance(raw, str):
            return {"name": raw}
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return {"name": level_name(raw), "value": float(raw)}
        return raw

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        table = handler(core_schema)
        return {"anyOf": [{"type": "string"}, {"type": "number"}, table]}

    @property
    def text(self) -> str:
        """Return what people read."""
        return self.label or self.name


class Attribute(Section):
    """One attribute: its levels, how utility depends on it, and what part it plays in the offer."""

    label: Text
    kind: Literal["feature", "option", "term", "price"]
    """`feature`: fixed in an offer and built. `option`: left to the buyer within an offer.
    `term`: part of the contract, not of the car. `price`: what the buyer pays on the day."""
    coding: Literal["categorical", "linear", "log", "piecewise"]
    """How utility depends on the level: one part-worth a level; one a unit; one a unit of the
    logarithm; one a unit within each stretch between knots."""
    unit: Text | None = None
    """Unit of a numeric attribute."""
    levels: Annotated[Many[Level], Field(min_length=2)]
    base: LevelName | None = None
    """The level whose part-worth is zero (categorical coding); the first if absent."""
    knots: Many[float] = ()
    """Where the slope may change (piecewise coding), strictly between the extreme levels."""
    continuous: bool = False
    """Whether answers may lie between the levels (numeric codings)."""
    option_price: dict[str, float] = {}
    """What the buyer pays on top of the offer's price for a level (kind `option`)."""
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

    @model_validator(mode="after")
    def _is_coherent(self) -> Attribute:
        names = self.level_names
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"level names must be distinct; {repeated} occur twice")
        if self.is_numeric:
            self._check_numeric()
        else:
            self._check_categorical()
        if self.kind == "price" and self.coding == "categorical":
            raise ValueError("a price is coded linear, log or piecewise, not categorical")
        if self.kind == "option" and self.coding != "categorical":
            raise ValueError("an option left to the buyer is coded categorical")
        if self.option_price and self.kind != "option":
            raise ValueError("option_price belongs to an attribute of kind 'option'")
        if unknown := sorted(set(self.option_price) - set(names)):
            raise ValueError(f"option_price names unknown levels {unknown}; levels: {list(names)}")
        return self

    def _check_numeric(self) -> None:
        bare = [level.name for level in self.levels if level.value is None]
        if bare:
            raise ValueError(f"coding '{self.coding}' needs numbers; levels without value: {bare}")
        if self.unit is None:
            raise ValueError(f"coding '{self.coding}' needs a unit")
        if self.base is not None:
            raise ValueError("base belongs to categorical coding")
        if self.coding == "log" and min(self.values) <= 0:
            raise ValueError("coding 'log' needs levels above 0")
        if self.coding == "piecewise":
            low, high = min(self.values), max(self.values)
            if not self.knots or list(self.knots) != sorted(set(self.knots)):
                raise ValueError("coding 'piecewise' needs ascending, distinct knots")
            if self.knots[0] <= low or self.knots[-1] >= high:
                raise ValueError(f"knots must lie strictly between {low:g} and {high:g}")
        elif self.knots:
            raise ValueError("knots belong to coding 'piecewise'")

    def _check_categorical(self) -> None:
        if self.base is not None and self.base not in self.level_names:
            raise ValueError(f"base {self.base!r} is not a level; levels: {list(self.level_names)}")
        if self.knots:
            raise ValueError("knots belong to coding 'piecewise'")
        if self.continuous:
            raise ValueError("continuous belongs to numeric codings")
