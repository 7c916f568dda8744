"""What is valid of a programme that is broken somewhere, so that the rest is checked as well."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from counterflow.domain.attributes import Attribute
from counterflow.domain.programme import Programme
from counterflow.domain.section import Section


def salvaged_sections(values: dict[str, Any], *, of: type[Section] = Programme) -> dict[str, Any]:
    """Return the sections of a document as far as they are valid; what is not is None.

    A section keeps its good keys, a table or list its good entries. An attribute is good only as
    a whole, because its levels mean nothing without its coding.
    """
    return _good_keys(of, values)


def _good_keys(kind: type[Section], values: dict[str, Any]) -> dict[str, Any]:
    good = {}
    for name, field in kind.model_fields.items():
        if name in values:
            good[name] = _salvaged(field.rebuild_annotation(), values[name])
        else:
            good[name] = None if field.is_required() else field.get_default()
    return good


def _salvaged(kind: Any, value: Any) -> Any:
    """Return the value as `kind`, or what is good of it."""
    try:
        if _is_section(kind):
            return kind.model_validate(value)
        return TypeAdapter(kind, config=Section.model_config).validate_python(value)
    except ValidationError:
        return _parts(kind, value)


def _parts(kind: Any, value: Any) -> Any:
    """Return the good parts of a value that is not good as a whole; None if it has no parts."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        is_reshaped = any(isinstance(mark, BeforeValidator) for mark in arguments[1:])
        return None if is_reshaped else _parts(arguments[0], value)
    if origin in (Union, UnionType):
        kinds = [kind for kind in arguments if kind is not NoneType]
        return _parts(kinds[0], value) if len(kinds) == 1 else None
    if origin is dict and isinstance(value, dict):
        return {name: _salvaged(arguments[1], entry) for name, entry in value.items()}
    if origin is tuple and isinstance(value, list):
        return tuple(_salvaged(arguments[0], entry) for entry in value)
    if _is_section(kind) and kind is not Attribute and isinstance(value, dict):
        return kind.model_construct(**_good_keys(kind, value))
    return None


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)
