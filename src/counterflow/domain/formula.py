"""Formulas, `price + log(range) + time:C(alternative)`, turned into expressions by coefficient.

The package formulaic reads the formula; what its factors mean is up to us, so that nothing is
executed, no factor keeps a state, and a formula means the same for other data.
"""

from __future__ import annotations

import ast
import itertools
import keyword
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from counterflow.domain.cells import as_level
from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.expression_utility import ExpressionUtility, UtilityTerm
from counterflow.domain.expressions import Expression
from counterflow.domain.mismatch import did_you_mean, one_of, quoted
from counterflow.domain.row_columns import (
    ALTERNATIVE,
    IS_OUTSIDE,
    RowColumns,
    column_levels,
    column_names,
    distinct_numbers,
)

_STATEFUL = ("center", "scale", "standardize", "poly", "bs", "cr", "cs", "cc", "hashed", "lag")


@dataclass(frozen=True)
class _Number:
    """A factor that is a number in each row."""

    label: str
    expression: Expression

    @property
    def names(self) -> tuple[str, ...]:
        return self.expression.names


@dataclass(frozen=True)
class _Levels:
    """A factor that is a level in each row; the first is the base."""

    name: str
    levels: tuple[str, ...]
    is_text: bool

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def test(self, level: str) -> str:
        """Return the expression that is 1 where the level holds, else 0."""
        return f"{_as_name(self.name)} == {repr(level) if self.is_text else level}"


_Factor = _Number | _Levels
_Part = tuple[tuple[_Levels, bool], ...]
"""Some of the levels of a term, each with whether it has a column for its base too."""


def utility_of_formula(text: str, data: ChoiceData) -> ExpressionUtility:
    """Return the utility that the right-hand side of a formula specifies.

    Columns are attributes, what describes respondents, `alternative` and `is_outside`. Levels get a
    column each but the base, the first, which `C(trim, 'plus')` changes; `C(doors)` takes numbers
    for levels. `a:b` is a product, `a*b` is a + b + a:b, and any expression may be a factor.

    The intercept is dropped, and so is everything else that alternatives of a task share: in
    `income:C(alternative)` the base alternative has none. The outside option has a constant unless
    `C(alternative)` says it already.

    Raises
    ------
    InputError
        With everything that is wrong.
    ModuleNotFoundError
        If formulaic is not installed.

    Notes
    -----
    Which interactions have a column for the base follows Patsy's algorithm (Nathaniel Smith, "How
    formulas work", section "Technical details"): the columns of a term never repeat those of terms
    before it.

    Examples
    --------
    >>> table = {"who": [1, 1], "took": [1, 0], "price": [9, 7], "trim": ["plus", "base"]}
    >>> data = ChoiceData.from_long(
    ...     table, respondent="who", chosen="took", attributes=["price", "trim"]
    ... )
    >>> utility_of_formula("price + trim", data).labels
    ('price', 'trim[plus]')
    """
    terms = [[_factor(x, data) for x in term] for term in _read(text)]
    made = list(_utility_terms(terms, data))
    if not made:
        raise _wrong(text, "terms that differ between alternatives", "none")
    constant = f"{ALTERNATIVE}[{_outside_level(data)}]"
    has_constant = any(x.coefficient == constant or IS_OUTSIDE in x.expression for x in made)
    utility = ExpressionUtility(
        tuple(made), has_outside=data.has_outside and not has_constant, formula=text
    )
    utility.check(data)
    return utility


def _read(text: str) -> list[list[str]]:
    """Return the factors of each term, without the intercept."""
    try:
        formulaic: Any = import_module("formulaic")
    except ModuleNotFoundError as error:
        message = (
            "a formula needs the package formulaic: pip install 'counterflow[formula]', "
            "or specify utility by a mapping"
        )
        raise ModuleNotFoundError(message, name="formulaic") from error
    try:
        parsed = list(formulaic.Formula(text))
        factors = [[str(x.expr) for x in term.factors] for term in parsed]
    except (formulaic.errors.FormulaicError, SyntaxError, RecursionError) as error:
        raise _wrong(text, "a formula such as price + log(range)", _first_line(error)) from error
    except (AttributeError, KeyError, TypeError) as error:
        raise _wrong(text, "one right-hand side, without ~ or |", "more than that") from error
    return [names for names in factors if names not in (["1"], ["0"])]


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"something else ({lines[0].rstrip('.')})"


def _factor(text: str, data: ChoiceData) -> _Factor:
    names = column_names(data)
    if text in names:
        return _column(text, data)
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise _wrong(text, one_of(names), quoted(text), did_you_mean(text, names)) from None
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called == "C":
            return _levels(text, node, data)
        if called in _STATEFUL:
            advice = "Write the numbers: (price - 80) / 20, or piecewise(price, 60, 90)."
            expected = "factors that mean the same for other data"
            raise _wrong(text, expected, f"{called}, which depends on the data", advice)
        if called == "I" and len(node.args) == 1:
            return _Number(text, Expression(ast.unparse(node.args[0])))
    expression = Expression(text)
    if expression.parameters:
        advice = "Specify utility by a mapping: {'time': 'box_cox(time)'}."
        raise _wrong(text, "terms that are linear in parameters", "box_cox", advice)
    return _Number(text, expression)


def _column(name: str, data: ChoiceData) -> _Factor:
    levels = column_levels(data, name)
    if levels is None:
        return _Number(name, Expression(_as_name(name)))
    return _Levels(name, levels, is_text=True)


def _levels(text: str, node: ast.Call, data: ChoiceData) -> _Levels:
    """Return the factor that `C(...)` means, with its base first."""
    inner = node.args[0] if node.args else None
    names = column_names(data)
    name = inner.id if isinstance(inner, ast.Name) else ""
    if name not in names:
        raise _wrong(text, f"C of a column, {one_of(names)}", ast.unparse(node))
    levels = column_levels(data, name)
    is_text = levels is not None
    if levels is None:
        column = RowColumns(data)[name]
        assert isinstance(column, Numeric)
        levels = tuple(as_level(repr(x)) for x in distinct_numbers(column).tolist())
    base = _base(text, [*node.args[1:], *(x.value for x in node.keywords)], levels)
    return _Levels(name, (base, *(x for x in levels if x != base)), is_text)


def _base(text: str, arguments: Sequence[ast.expr], levels: tuple[str, ...]) -> str:
    """Return the base that a second argument of `C` names: 'plus', or contr.treatment('plus')."""
    if not arguments:
        return levels[0]
    said = arguments[0]
    if isinstance(said, ast.Call) and ast.unparse(said.func) in ("contr.treatment", "Treatment"):
        inside = [*said.args, *(x.value for x in said.keywords)]
        said = inside[0] if len(inside) == 1 else said
    level = as_level(str(said.value)) if isinstance(said, ast.Constant) else None
    if len(arguments) > 1 or level not in levels:
        found = ", ".join(map(ast.unparse, arguments))
        raise _wrong(text, f"a base among {one_of(levels)}", found)
    return level


def _utility_terms(terms: Iterable[list[_Factor]], data: ChoiceData) -> Iterable[UtilityTerm]:
    used: set[frozenset[str]] = set()
    for factors in terms:
        numbers = [x for x in factors if isinstance(x, _Number)]
        levels = [x for x in factors if isinstance(x, _Levels)]
        for part in _parts(numbers, levels, used, data):
            yield from _columns(factors, part, data)


def _parts(
    numbers: list[_Number],
    levels: list[_Levels],
    used: set[frozenset[str]],
    data: ChoiceData,
) -> list[_Part]:
    """Return the parts of a term that repeat no column of an earlier one, nor what tasks share."""
    shared = set(data.about_respondents)
    own = frozenset(x.label for x in numbers)
    kept: list[list[tuple[_Levels, bool]]] = []
    for size in range(len(levels) + 1):
        for chosen in itertools.combinations(levels, size):
            key = own | {f"[{x.name}]" for x in chosen}
            factors: list[_Factor] = [*numbers, *chosen]
            names = {name for x in factors for name in x.names}
            # A product that all alternatives of a task share counts as there, as the intercept
            # does; but if it is the whole term, it is kept, and found not to be identified.
            is_there = key in used or (size < len(levels) and names <= shared)
            if not is_there:
                used.add(key)
                kept.append([(x, False) for x in chosen])
    return [tuple(part) for part in _merged(kept)]


def _merged(parts: list[list[tuple[_Levels, bool]]]) -> list[list[tuple[_Levels, bool]]]:
    """Return fewer parts: one without and one with a factor's levels are one with its base."""
    for short, long in itertools.permutations(parts, 2):
        extra = [x for x in long if x not in short]
        if len(long) == len(short) + 1 and len(extra) == 1 and not extra[0][1]:
            whole = [(x, True) if (x, full) == extra[0] else (x, full) for x, full in long]
            rest = [part for part in parts if part is not short and part is not long]
            return _merged([*rest, whole])
    return parts


def _columns(factors: list[_Factor], part: _Part, data: ChoiceData) -> Iterable[UtilityTerm]:
    """Yield a column for each combination of levels and stretches, the last varying fastest."""
    wanted = dict(part)
    choices: list[list[tuple[str, str]]] = []
    for factor in factors:
        if isinstance(factor, _Number):
            choices.append([(f"{factor.label}{x}", y.text) for x, y in factor.expression.pieces()])
        elif factor in wanted:
            levels = factor.levels if wanted[factor] else factor.levels[1:]
            choices.append([(f"{factor.name}[{x}]", factor.test(x)) for x in levels])
    outside = f"{ALTERNATIVE}[{_outside_level(data)}]"
    has_attribute = any(name in data.columns for factor in factors for name in factor.names)
    for column in itertools.product(*choices):
        labels, tests = zip(*column, strict=True)
        # The outside option has no attributes for a coefficient of its own.
        if not (has_attribute and outside in labels):
            product = tests[0] if len(tests) == 1 else " * ".join(f"({test})" for test in tests)
            yield UtilityTerm(":".join(labels), product)


def _outside_level(data: ChoiceData) -> str:
    """Return the name of the outside option; the label of its constant if it has none."""
    if data.alternative_names is None or not data.has_outside:
        return OUTSIDE
    code = data.alternative_names.codes[data.is_outside][0]
    return data.alternative_names.levels[code]


def _as_name(name: str) -> str:
    is_plain = name.isidentifier() and not keyword.iskeyword(name)
    return name if is_plain else f"`{name}`"


def _wrong(text: str, expected: str, found: str, advice: str = "") -> InputError:
    return InputError([Problem(expected, found, "utility", key=quoted(text), advice=advice)])
