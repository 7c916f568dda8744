"""What expressions of columns may say, read by Python's own parser and never executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NoReturn

import numpy as np

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import did_you_mean, quoted

FUNCTIONS = ("log", "exp", "sqrt", "abs", "min", "max", "piecewise", "box_cox")
"""What expressions may call."""

COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)

_LONGEST = 10_000
_MOST_SHOWN = 120
_KNOWN = (
    "columns, numbers, + - * / **, comparisons, level tests such as trim == 'plus', "
    f"{', '.join(FUNCTIONS)}"
)
_BACKTICKS = re.compile(r"`([^`]+)`")
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_ALLOWED = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Tuple, ast.List,
)  # fmt: skip
_ARGUMENTS = {
    "log": (1, 1),
    "exp": (1, 1),
    "sqrt": (1, 1),
    "abs": (1, 1),
    "min": (2, 99),
    "max": (2, 99),
    "piecewise": (2, 99),
    "box_cox": (1, 2),
}


def parse(text: str) -> tuple[ast.expr, dict[str, str]]:
    """Return the tree of an expression, and what its stand-ins for names in backticks mean."""
    if len(text) > _LONGEST:
        refuse(text, 0, f"at most {_LONGEST} characters", str(len(text)))
    quoted_names: dict[str, str] = {}

    def stand_in(match: re.Match[str]) -> str:
        # As long as what it stands for where that can be, so that positions stay right.
        made = f"_{len(quoted_names)}_".ljust(len(match[0]), "_")
        quoted_names[made] = match[1]
        return made

    plain = _BACKTICKS.sub(stand_in, text)
    try:
        return ast.parse(plain.strip(), mode="eval").body, quoted_names
    except SyntaxError as error:
        refuse(text, (error.offset or 1) - 1, _KNOWN, f"something else ({error.msg})")
    except (ValueError, RecursionError, MemoryError):
        refuse(text, 0, _KNOWN, "something that Python cannot read")


def check(text: str, root: ast.expr) -> None:
    """Refuse whatever is not listed as understood."""
    n_pieces = 0
    for node in ast.walk(root):
        if isinstance(node, ast.expr) and not isinstance(node, _ALLOWED):
            refuse(text, node.col_offset, _KNOWN, _source(node))
        if isinstance(node, ast.BinOp) and not isinstance(node.op, _OPERATORS):
            refuse(text, node.col_offset, "one of + - * / **", _source(node))
        if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.USub | ast.UAdd):
            refuse(text, node.col_offset, _KNOWN, _source(node))
        if isinstance(node, ast.Compare):
            _check_comparison(text, node)
        if isinstance(node, ast.Call):
            _check_call(text, node)
            n_pieces += called(node) == "piecewise"
    _check_constants(text, root)
    if n_pieces > 1:
        refuse(text, 0, "one piecewise in an expression", str(n_pieces))


def refuse(text: str, position: int, expected: str, found: str, advice: str = "") -> NoReturn:
    """Raise the InputError that says what is wrong with an expression, and at which character."""
    shown = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
    place = f"{quoted(shown)}, character {position + 1}"
    raise InputError([Problem(expected, found, "utility", key=place, advice=advice)])


def _check_comparison(text: str, node: ast.Compare) -> None:
    for operation, part in zip(node.ops, node.comparators, strict=True):
        is_list = isinstance(part, ast.Tuple | ast.List)
        is_test = isinstance(operation, ast.In | ast.NotIn)
        if is_test != is_list or not (is_test or type(operation) in COMPARISONS):
            expected = "a comparison such as price > 20, or a test such as trim in ('a', 'b')"
            refuse(text, node.col_offset, expected, _source(node))
        if is_list and len(texts(part)) != len(getattr(part, "elts", ())):
            refuse(text, part.col_offset, "levels in quotes", _source(part))


def _check_constants(text: str, root: ast.expr) -> None:
    tested = {
        id(leaf)
        for node in ast.walk(root)
        if isinstance(node, ast.Compare)
        for part in node.comparators
        for leaf in (part, *getattr(part, "elts", ()))
    }
    for node in ast.walk(root):
        if isinstance(node, ast.Constant):
            is_number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
            is_level = isinstance(node.value, str) and id(node) in tested
            if not (is_number or is_level):
                refuse(text, node.col_offset, _KNOWN, _source(node))
        if isinstance(node, ast.Tuple | ast.List) and id(node) not in tested:
            refuse(text, node.col_offset, _KNOWN, _source(node))


def _check_call(text: str, node: ast.Call) -> None:
    name = called(node)
    if name not in FUNCTIONS or node.keywords:
        advice = did_you_mean(name, FUNCTIONS)
        found = _source(node)
        refuse(text, node.col_offset, f"a call of {', '.join(FUNCTIONS)}", found, advice)
    low, high = _ARGUMENTS[name]
    if not low <= len(node.args) <= high:
        said = f"{low} argument" + ("s" if low > 1 else "") + (" or more" if high > low else "")
        refuse(text, node.col_offset, f"{said} of {name}", str(len(node.args)))
    if name == "box_cox" and len(node.args) == 2 and not isinstance(node.args[1], ast.Name):
        expected = "a name for the exponent as the second argument of box_cox"
        refuse(text, node.col_offset, expected, _source(node.args[1]))
    if name == "piecewise":
        knots = [_number(knot) for knot in node.args[1:]]
        if not all(
            a is not None and b is not None and a < b for a, b in pairwise([-np.inf, *knots])
        ):
            expected = "knots of piecewise as numbers in ascending order"
            refuse(text, node.col_offset, expected, _source(node))


def _source(node: ast.expr) -> str:
    text = ast.unparse(node)
    return quoted(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")


def _number(node: ast.expr) -> float | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def calls(root: ast.expr) -> Iterator[ast.Call]:
    """Return the calls within an expression."""
    return (node for node in ast.walk(root) if isinstance(node, ast.Call))


def called(node: ast.Call) -> str:
    """Return the name of what is called."""
    return node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)


def exponent_names(call: ast.Call) -> list[ast.expr]:
    """Return the arguments that name a parameter, not a column."""
    return call.args[1:] if called(call) == "box_cox" else []


def texts(node: ast.expr) -> list[str]:
    """Return the texts that stand in a constant or a list of them."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    return [x.value for x in parts if isinstance(x, ast.Constant) and isinstance(x.value, str)]
