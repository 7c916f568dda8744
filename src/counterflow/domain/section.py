"""What every section of a programme file shares: frozen, strict, no unknown keys."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeGuard, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.types import Strict

from counterflow.domain.mismatch import Mismatch, MismatchError

T = TypeVar("T")

_NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_]*$"

Name = Annotated[
    str,
    StringConstraints(pattern=_NAME_PATTERN),
    Field(
        json_schema_extra={"x-expected": "a name: a letter, then letters, digits or underscores"}
    ),
]
"""A name that other sections refer to: a letter, then letters, digits and underscores."""

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
"""A sentence for people; never empty."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share from 0 to 1, never percent."""

Money = Annotated[float, Field(ge=0)]
"""An amount in the programme's currency."""

Many = Annotated[tuple[T, ...], Strict(False)]
"""A TOML array, kept as a tuple so that the section stays frozen."""


class Section(BaseModel):
    """A frozen table of a programme file that refuses unknown keys and loose types."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        validate_default=True,
        use_attribute_docstrings=True,
    )

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield what does not fit together although each key by itself is right."""
        return iter(())

    @model_validator(mode="after")
    def _fits_together(self) -> Section:
        if found := tuple(self.mismatches()):
            raise MismatchError(found)
        return self


def level_name(value: object) -> object:
    """Return the name of a level: text as it is, a number in its shortest form.

    Examples
    --------
    >>> level_name(9.419), level_name(15.0), level_name("red")
    ('9.419', '15', 'red')
    """
    return f"{value:.12g}" if is_number(value) else value


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether `value` is a number that a float can hold; true and false are none.

    Examples
    --------
    >>> is_number(3), is_number(True), is_number(float("nan")), is_number(10**400)
    (True, False, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max


def _level_names(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _one_or_many(levels) for key, levels in value.items()}
    return value


def _one_or_many(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(level_name(item) for item in value)
    return (level_name(value),)


_LEVEL_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "number"}]}

Condition = Annotated[
    dict[Name, Annotated[tuple[str, ...], Field(min_length=1), Strict(False)]],
    BeforeValidator(_level_names),
    WithJsonSchema(
        {
            "type": "object",
            "patternProperties": {
                _NAME_PATTERN: {
                    "anyOf": [
                        *_LEVEL_SCHEMA["anyOf"],
                        {"type": "array", "minItems": 1, "items": _LEVEL_SCHEMA},
                    ],
                    "x-expected": "a level, or a list of levels",
                }
            },
            "x-expected": 'a table of levels by attribute, e.g. { trim = ["plus", "max"] }',
        }
    ),
]
"""Levels by attribute, e.g. `{ trim = ["plus", "max"], range = "km500" }`: all must hold, and of
each list any one does. An empty condition always holds."""
