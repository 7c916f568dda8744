"""Fitted models as files: everything that predictions need, readable without executing anything."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from counterflow.choice.fitted_model import FittedModel
from counterflow.domain.errors import InputError, Problem
from counterflow.formats.dataclass_tree import Arrays, from_json, to_json

_FORMAT = "counterflow/fitted-model"
_VERSION = 1
_MAIN = "model.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def save_model(fitted: FittedModel, path: str | Path) -> Path:
    """Write a fitted model of any kind, with its specification, and return where.

    The file is a zip of JSON and NumPy arrays. It is written under another name and moved into
    place when it is whole; equal models give equal bytes. The choices themselves are not in it,
    only what the model keeps: of hierarchical Bayes, the draws of everybody's coefficients.

    Raises
    ------
    InputError
        If a part of the model has no form in a file, such as a function of your own.
    """
    path, arrays = Path(path), Arrays()
    try:
        content = to_json(fitted, arrays)
        if not isinstance(content, dict) or "$type" not in content:
            raise TypeError(f"a {type(fitted).__module__}.{type(fitted).__qualname__}")
    except TypeError as error:
        problem = Problem(
            expected="a fitted model of Counterflow whose parts are plain values",
            found=str(error),
            where=str(path),
            advice="State the utility as a formula or with named terms, not as a function.",
        )
        raise InputError([problem]) from error
    about = {
        "schema": f"{_FORMAT}/{_VERSION}",
        "software": version("counterflow"),
        "model": type(fitted.model).__name__,
        "n_arrays": len(arrays.arrays),
        "fitted": content,
    }
    _write_whole(path, lambda file: _write(file, about, arrays.arrays))
    return path


def load_model(path: str | Path) -> Any:
    """Return the fitted model that `save_model` wrote; its predictions are the same to the bit.

    Raises
    ------
    InputError
        If there is no such file, it is not a fitted model, is damaged, or was written by a version
        of Counterflow that this one cannot read. The message says what to do.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as file:
            about = json.loads(file.read(_MAIN))
            _check_schema(about, path)
            arrays = [_array(file, i) for i in range(about["n_arrays"])]
        fitted = from_json(about["fitted"], arrays)
    except InputError:
        raise
    except FileNotFoundError as error:
        raise _refused(path, "no such file", "Check the path.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, OSError) as error:
        advice = "It is not a model of Counterflow, or is damaged: fit and save the model again."
        raise _refused(path, f"{type(error).__name__}: {error}", advice) from error
    if not hasattr(fitted, "probabilities"):
        raise _refused(path, type(fitted).__name__, "Save the result of fit.")
    return fitted


def _check_schema(about: Any, path: Path) -> None:
    schema = str(about.get("schema", "")) if isinstance(about, dict) else ""
    name, _, number = schema.rpartition("/")
    if name != _FORMAT or not number.isdigit():
        raise _refused(path, repr(schema), "This is another file: give the path of a saved model.")
    if int(number) > _VERSION:
        advice = f"Counterflow {about.get('software', '?')} wrote it: install that or a later one."
        raise _refused(path, f"version {number}", advice)


def _refused(path: Path, found: str, advice: str) -> InputError:
    expected = f"a fitted model ({_FORMAT}, version {_VERSION} or earlier)"
    return InputError([Problem(expected=expected, found=found, where=str(path), advice=advice)])


def _array(file: zipfile.ZipFile, number: int) -> np.ndarray:
    with file.open(_array_name(number)) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _write(file: zipfile.ZipFile, about: dict[str, Any], arrays: list[np.ndarray]) -> None:
    text = json.dumps(about, ensure_ascii=False, allow_nan=False, indent=1)
    main = zipfile.ZipInfo(_MAIN, _EPOCH)
    file.writestr(main, text + "\n", compress_type=zipfile.ZIP_DEFLATED)
    for i, array in enumerate(arrays):
        info = zipfile.ZipInfo(_array_name(i), _EPOCH)
        with file.open(info, "w", force_zip64=True) as member:
            np.lib.format.write_array(member, array, allow_pickle=False)


def _array_name(number: int) -> str:
    return f"arrays/{number}.npy"


def _write_whole(path: Path, write: Callable[[zipfile.ZipFile], None]) -> None:
    """Write under another name in the same folder, and move into place when whole."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".writing-", delete=False) as part:
        temporary = Path(part.name)
    try:
        with zipfile.ZipFile(temporary, "w") as file:
            write(file)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
