"""What every section of a programme file shares: frozen, strict, no unknown keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.types import Strict

T = TypeVar("T")

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""A name that other sections refer to: a letter, then letters, digits and underscores."""

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
"""A sentence for people; never empty."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share from 0 to 1, never percent."""

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


def level_name(value: object) -> object:
    """Return the name of a level: text as it is, a number in its shortest form.

    Examples
    --------
    >>> level_name(9.419), level_name(15.0), level_name("red")
    ('9.419', '15', 'red')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value:.12g}"


def _level_names(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _one_or_many(levels) for key, levels in value.items()}
    return value


def _one_or_many(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(level_name(item) for item in value)
    return (level_name(value),)


Condition = Annotated[
    dict[Name, Annotated[tuple[str, ...], Field(min_length=1), Strict(False)]],
    BeforeValidator(
        _level_names,
        json_schema_input_type=dict[str, str | float | list[str | float]],
    ),
]
"""Levels by attribute, e.g. `{ trim = ["plus", "max"], range = "km500" }`: all must hold, and of
each list any one does. An empty condition always holds."""
