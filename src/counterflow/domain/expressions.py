"""Expressions of columns, as utility is written: `log(range)`, `price * (trim == 'plus')`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NoReturn

import numpy as np
from jaxtyping import Float

from counterflow.domain.box_cox import box_cox, box_cox_slopes
from counterflow.domain.columns import Categorical
from counterflow.domain.expression_syntax import (
    called,
    calls,
    check,
    exponent_names,
    parse,
    refuse,
    texts,
)
from counterflow.domain.mismatch import did_you_mean, one_of, quoted
from counterflow.domain.row_columns import RowColumns

Values = Float[np.ndarray, "*rows"]
"""One number a row, or one for all of them."""


@dataclass(frozen=True)
class Value:
    """What an expression is worth in each row, and its slopes in parameters of its own."""

    values: Values
    slopes: Mapping[str, Values]


@dataclass(frozen=True)
class Expression:
    """A formula of columns that can be evaluated for the rows of choice data.

    A name that is no Python name stands in backticks. `box_cox(x)` has a parameter of its own,
    the exponent `lambda(x)`; `box_cox(x, name)` calls it `name`.

    Raises
    ------
    InputError
        If it is not understood, with the position and what would be.

    Examples
    --------
    >>> Expression("log(range) * (trim == 'plus')").names
    ('range', 'trim')
    >>> Expression("box_cox(time)").parameters
    ('lambda(time)',)
    """

    text: str

    def __post_init__(self) -> None:
        check(self.text, self._root)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the columns that are used."""
        hidden = {id(node) for call in calls(self._root) for node in exponent_names(call)}
        found = (
            self._quoted.get(node.id, node.id)
            for node in ast.walk(self._root)
            if isinstance(node, ast.Name) and id(node) not in hidden
        )
        functions = {call.func.id for call in calls(self._root) if isinstance(call.func, ast.Name)}
        return tuple(dict.fromkeys(name for name in found if name not in functions))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Return the parameters within the expression: exponents of Box and Cox."""
        exponents = (self._exponent(x) for x in calls(self._root) if called(x) == "box_cox")
        return tuple(dict.fromkeys(exponents))

    @cached_property
    def bent(self) -> tuple[tuple[str, Expression], ...]:
        """Return the exponent of each call of `box_cox`, and what stands within."""
        return tuple(
            (self._exponent(call), Expression(self._in_backticks(ast.unparse(call.args[0]))))
            for call in calls(self._root)
            if called(call) == "box_cox"
        )

    def evaluate(self, rows: RowColumns, parameters: Mapping[str, float] | None = None) -> Value:
        """Return the value in each row; NaN where an attribute is missing.

        Raises
        ------
        InputError
            If a column or level is unknown, or a value cannot be had, such as a logarithm of 0.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            found = self._value(self._root, rows, parameters or {})
        shape = rows.is_outside.shape
        values = np.broadcast_to(np.asarray(found.values, dtype=float), shape)
        self._check_finite(values, rows)
        slopes = {name: np.broadcast_to(x, shape) for name, x in found.slopes.items()}
        return Value(values, slopes)

    def pieces(self) -> list[tuple[str, Expression]]:
        """Return one expression for each stretch of `piecewise`, with what to add to its label.

        Examples
        --------
        >>> for added, piece in Expression("piecewise(range, 300, 400)").pieces():
        ...     print(added, piece.text)
        [..300] min(range, 300)
        [300..400] max(min(range, 400) - 300, 0)
        [400..] max(range - 400, 0)
        """
        cut = next((call for call in calls(self._root) if called(call) == "piecewise"), None)
        if cut is None:
            return [("", self)]
        inner, *knots = cut.args
        said = [ast.unparse(knot) for knot in knots]
        x = ast.unparse(inner)
        stretches = [
            (f"[..{said[0]}]", f"min({x}, {said[0]})"),
            *((f"[{a}..{b}]", f"max(min({x}, {b}) - ({a}), 0)") for a, b in pairwise(said)),
            (f"[{said[-1]}..]", f"max(({x}) - ({said[-1]}), 0)"),
        ]
        return [(added, self._with(cut, text)) for added, text in stretches]

    @cached_property
    def _parsed(self) -> tuple[ast.expr, dict[str, str]]:
        return parse(self.text)

    @property
    def _root(self) -> ast.expr:
        return self._parsed[0]

    @property
    def _quoted(self) -> dict[str, str]:
        return self._parsed[1]

    def _with(self, call: ast.Call, text: str) -> Expression:
        """Return the expression with a call replaced."""
        replacement = ast.parse(text, mode="eval").body

        class Replaced(ast.NodeTransformer):
            def visit_Call(self, node: ast.Call) -> ast.expr:
                self.generic_visit(node)
                return replacement if ast.dump(node) == ast.dump(call) else node

        root, _ = parse(self.text)
        return Expression(self._in_backticks(ast.unparse(Replaced().visit(root))))

    def _in_backticks(self, text: str) -> str:
        """Return text with the names that stand-ins stand for."""
        for stand_in, name in self._quoted.items():
            text = text.replace(stand_in, f"`{name}`")
        return text

    def _value(self, node: ast.expr, rows: RowColumns, parameters: Mapping[str, float]) -> Value:
        def of(inner: ast.expr) -> Value:
            return self._value(inner, rows, parameters)

        match node:
            case ast.Constant():
                return Value(np.asarray(node.value, dtype=float), {})
            case ast.Name():
                return self._column(node, rows)
            case ast.UnaryOp():
                return _scaled(of(node.operand), -1.0 if isinstance(node.op, ast.USub) else 1.0)
            case ast.BinOp():
                return self._operation(node, of(node.left), of(node.right))
            case ast.Compare():
                return _value(self._comparison(node, rows, of), {})
            case ast.Call():
                return self._call(node, rows, parameters, of)
            case _:
                raise AssertionError("checked when made")

    def _column(self, node: ast.Name, rows: RowColumns) -> Value:
        name = self._known(node, rows)
        column = rows[name]
        if isinstance(column, Categorical):
            level = column.levels[-1] if column.levels else ""
            advice = f"Write a test such as {name} == {level!r}."
            self._refuse(node, "numbers", f"the levels of {name}", advice)
        return Value(column.values, {})

    def _known(self, node: ast.Name, rows: RowColumns) -> str:
        name = self._quoted.get(node.id, node.id)
        if name not in rows.names:
            expected = f"the name of a column, {one_of(rows.names)}"
            self._refuse(node, expected, quoted(name), did_you_mean(name, rows.names))
        return name

    def _operation(self, node: ast.BinOp, a: Value, b: Value) -> Value:
        if isinstance(node.op, ast.Add):
            return _value(a.values + b.values, _summed(a.slopes, b.slopes, 1.0))
        if isinstance(node.op, ast.Sub):
            return _value(a.values - b.values, _summed(a.slopes, b.slopes, -1.0))
        if isinstance(node.op, ast.Mult):
            slopes = _summed(_scaled(a, b.values).slopes, _scaled(b, a.values).slopes, 1.0)
            return _value(a.values * b.values, slopes)
        if b.slopes or (a.slopes and isinstance(node.op, ast.Pow)):
            self._refuse(node, "box_cox added, subtracted or multiplied", "it divided or raised")
        if isinstance(node.op, ast.Div):
            return _scaled(a, 1.0 / b.values) if a.slopes else _value(a.values / b.values, {})
        return _value(np.power(a.values, b.values), {})

    def _comparison(
        self, node: ast.Compare, rows: RowColumns, of: Callable[[ast.expr], Value]
    ) -> Values:
        parts = [node.left, *node.comparators]
        if (tested := self._level_test(node, rows)) is not None:
            return tested
        numbers = [of(part).values for part in parts]
        holds: Values = np.ones(())
        for comparison, (a, b) in zip(node.ops, pairwise(numbers), strict=True):
            is_missing = np.isnan(a) | np.isnan(b)
            found = np.where(is_missing, np.nan, _COMPARE[type(comparison)](a, b))
            holds = np.asarray(holds * found)
        return holds

    def _level_test(self, node: ast.Compare, rows: RowColumns) -> Values | None:
        """Return whether a column has one of some levels; None if no text is compared."""
        tested = [text for part in node.comparators for text in texts(part)]
        if not tested:
            return None
        name = self._known(node.left, rows) if isinstance(node.left, ast.Name) else None
        is_not = isinstance(node.ops[0], ast.NotEq | ast.NotIn)
        if name is None or len(node.ops) != 1 or not (is_not or _is_equality(node.ops[0])):
            self._refuse(node, "a test such as trim == 'plus'", ast.unparse(node))
        column = rows[name]
        if not isinstance(column, Categorical):
            self._refuse(node, f"a number to compare {name} with", quoted(tested[0]))
        for text in tested:
            if text not in column.levels:
                expected = f"a level of {name}, {one_of(column.levels)}"
                self._refuse(node, expected, quoted(text), did_you_mean(text, column.levels))
        holds = [float((level in tested) != is_not) for level in column.levels]
        return np.array([*holds, np.nan])[column.codes]

    def _call(
        self,
        node: ast.Call,
        rows: RowColumns,
        parameters: Mapping[str, float],
        of: Callable[[ast.expr], Value],
    ) -> Value:
        name = called(node)
        if name == "box_cox":
            return self._box_cox(node, parameters[self._exponent(node)], of(node.args[0]), rows)
        arguments = [of(argument) for argument in node.args]
        if any(argument.slopes for argument in arguments):
            self._refuse(node, "box_cox added, subtracted or multiplied", f"it within {name}")
        numbers = [argument.values for argument in arguments]
        if name == "log":
            self._check_range(node, numbers[0], rows, above=True)
        if name == "sqrt":
            self._check_range(node, numbers[0], rows, above=False)
        found = numbers[0] if len(numbers) > 1 else _CALL[name](numbers[0])
        for number in numbers[1:]:
            found = _CALL[name](found, number)
        return _value(found, {})

    def _box_cox(self, node: ast.Call, exponent: float, x: Value, rows: RowColumns) -> Value:
        if x.slopes:
            self._refuse(node, "one box_cox", "one within another")
        self._check_range(node, x.values, rows, above=True)
        label = self._exponent(node)
        slope = box_cox_slopes(x.values, exponent)
        return Value(box_cox(x.values, exponent), {label: slope})

    def _exponent(self, node: ast.Call) -> str:
        """Return what the exponent of a call of box_cox is called."""
        if len(node.args) > 1 and isinstance(node.args[1], ast.Name):
            return self._quoted.get(node.args[1].id, node.args[1].id)
        text = ast.unparse(node.args[0])
        for stand_in, name in self._quoted.items():
            text = text.replace(stand_in, name)
        return f"lambda({text})"

    def _check_range(
        self, node: ast.Call, values: Values, rows: RowColumns, *, above: bool
    ) -> None:
        is_wrong = np.broadcast_to(
            (values <= 0.0) if above else (values < 0.0), rows.is_outside.shape
        )
        if is_wrong.any():
            row = int(np.argmax(is_wrong))
            value = float(np.broadcast_to(values, is_wrong.shape)[row])
            bound = "above 0" if above else "of 0 or more"
            expected = f"numbers {bound} within {called(node)}"
            self._refuse(node, expected, f"{value:g} in {rows.where(row)}")

    def _check_finite(self, values: Values, rows: RowColumns) -> None:
        is_wrong = ~np.isfinite(values)
        if is_wrong.any() and (is_wrong := is_wrong & ~rows.is_outside).any():
            row = int(np.argmax(is_wrong))
            where = rows.where(row)
            self._refuse(self._root, "finite numbers", f"{values[row]:g} in {where}")

    def _refuse(self, node: ast.expr, expected: str, found: str, advice: str = "") -> NoReturn:
        refuse(self.text, getattr(node, "col_offset", 0), expected, found, advice)


def _is_equality(operation: ast.cmpop) -> bool:
    return isinstance(operation, ast.Eq | ast.In)


def _value(values: Values | float, slopes: Mapping[str, Values]) -> Value:
    """Return the value; NumPy turns operations on arrays without axes into plain numbers."""
    return Value(np.asarray(values), slopes)


def _scaled(value: Value, factor: Values | float) -> Value:
    return _value(value.values * factor, {name: x * factor for name, x in value.slopes.items()})


def _summed(a: Mapping[str, Values], b: Mapping[str, Values], sign: float) -> dict[str, Values]:
    summed = dict(a)
    for name, slope in b.items():
        summed[name] = summed[name] + sign * slope if name in summed else sign * slope
    return summed


_COMPARE: Mapping[type[ast.cmpop], Callable[[Values, Values], Values]] = {
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
_CALL: Mapping[str, Callable[..., Values]] = {
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
}
