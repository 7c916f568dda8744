"""Trees of dataclasses as JSON, with their arrays set apart. Nothing in a file is ever executed."""

from __future__ import annotations

import dataclasses
import importlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_OURS = re.compile(r"counterflow\.(?:choice|domain|kernels)(?:\.[a-z_0-9]+)+:[A-Za-z_0-9]+")
"""Classes that a file may name: values of this package, by module and name."""


class Arrays:
    """Arrays of a tree by number; one that stands in several places is kept once."""

    def __init__(self, arrays: Sequence[np.ndarray] = ()) -> None:
        self.arrays = list(arrays)
        self._numbers: dict[int, int] = {}

    def add(self, array: np.ndarray) -> int:
        """Return the number under which the array is kept."""
        if array.dtype.hasobject:
            raise TypeError("an array of objects")
        if id(array) not in self._numbers:
            self._numbers[id(array)] = len(self.arrays)
            self.arrays.append(array)
        return self._numbers[id(array)]


def to_json(value: Any, arrays: Arrays, path: str = "") -> Any:
    """Return a value as JSON; arrays are added to `arrays` and stand there by number.

    Raises
    ------
    TypeError
        If something within is neither plain (numbers, text, arrays, tuples, lists, mappings) nor a
        dataclass or named tuple of this package; the message says where.

    Examples
    --------
    >>> arrays = Arrays()
    >>> to_json({"a": (1.5, np.zeros(2)), "b": float("inf")}, arrays)
    {'a': {'$tuple': [1.5, {'$array': 0}]}, 'b': {'$float': 'inf'}}
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, np.ndarray):
        return {"$array": arrays.add(value)}
    if isinstance(value, np.generic):
        return {"$scalar": arrays.add(np.asarray(value))}
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if (name := _name(value)) is not None:
        return {"$type": name, "fields": _fields(value, arrays, path)}
    if isinstance(value, tuple):
        return {"$tuple": _items(value, arrays, path)}
    if isinstance(value, list):
        return _items(value, arrays, path)
    if isinstance(value, Mapping):
        return _mapping(value, arrays, path)
    raise TypeError(
        f"{path or 'the value'} is a {type(value).__module__}.{type(value).__qualname__}, "
        "which has no form in a file"
    )


def from_json(value: Any, arrays: Sequence[np.ndarray]) -> Any:
    """Return the value that `to_json` described.

    Raises
    ------
    ValueError
        If a class is named that is not a value of this package, or that takes other fields.
    """
    if isinstance(value, list):
        return [from_json(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if "$array" in value:
        return arrays[value["$array"]]
    if "$scalar" in value:
        return arrays[value["$scalar"]][()]
    if "$float" in value:
        return float(value["$float"])
    if "$tuple" in value:
        return tuple(from_json(item, arrays) for item in value["$tuple"])
    if "$pairs" in value:
        pairs = (from_json(pair, arrays) for pair in value["$pairs"])
        return {key: item for key, item in pairs}  # noqa: C416
    if "$type" in value:
        return _made(value["$type"], from_json(value["fields"], arrays))
    return {key: from_json(item, arrays) for key, item in value.items()}


def _name(value: Any) -> str | None:
    """Return how a file names the class of a value of ours; None if it is none."""
    kind = type(value)
    if not (dataclasses.is_dataclass(kind) or _is_named_tuple(kind)):
        return None
    name = f"{kind.__module__}:{kind.__qualname__}"
    return name if _OURS.fullmatch(name) else None


def _fields(value: Any, arrays: Arrays, path: str) -> dict[str, Any]:
    if _is_named_tuple(type(value)):
        found = value._asdict()
    else:
        found = {
            item.name: getattr(value, item.name) for item in dataclasses.fields(value) if item.init
        }
    return {name: to_json(part, arrays, _below(path, name)) for name, part in found.items()}


def _items(values: Sequence[Any], arrays: Arrays, path: str) -> list[Any]:
    return [to_json(item, arrays, f"{path}[{i}]") for i, item in enumerate(values)]


def _mapping(value: Mapping[Any, Any], arrays: Arrays, path: str) -> dict[str, Any]:
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {key: to_json(item, arrays, _below(path, key)) for key, item in value.items()}
    return {"$pairs": [[to_json(x, arrays, path) for x in pair] for pair in value.items()]}


def _made(name: str, fields: Mapping[str, Any]) -> Any:
    if not _OURS.fullmatch(name):
        raise ValueError(f"{name}, which is no value of Counterflow")
    module, _, kind_name = name.partition(":")
    try:
        kind = getattr(importlib.import_module(module), kind_name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{name}, which this version of Counterflow does not have") from error
    if not (isinstance(kind, type) and (dataclasses.is_dataclass(kind) or _is_named_tuple(kind))):
        raise ValueError(f"{name}, which is no value of Counterflow")
    try:
        return kind(**fields)
    except TypeError as error:
        raise ValueError(f"{name} with other fields: {error}") from error


def _is_named_tuple(kind: type) -> bool:
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
