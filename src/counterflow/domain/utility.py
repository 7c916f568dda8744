"""Utility, as models take it: columns, expressions by coefficient or alternative, or a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.expression_utility import ExpressionUtility
from counterflow.domain.formula import utility_of_formula
from counterflow.domain.scaled_utility import ScaledBy, ScaledUtility
from counterflow.domain.utility_protocol import (
    NonlinearUtility,
    Utility,
    bends_of,
    design_columns,
    is_linear,
    linearised_at,
    start_of,
    utilities_at,
)

__all__ = [
    "NonlinearUtility",
    "ScaledBy",
    "Utility",
    "UtilitySpecification",
    "as_utility",
    "bends_of",
    "design_columns",
    "is_linear",
    "linearised_at",
    "start_of",
    "utilities_at",
    "utility_from_dict",
    "utility_to_dict",
]

UtilitySpecification = Utility | ScaledBy | str | Mapping[str, Any]
"""What a model takes as its utility; see `as_utility`."""


def as_utility(specification: UtilitySpecification | None, data: ChoiceData) -> Utility:
    """Return the utility that is meant, with labels and levels as `data` have them.

    Parameters
    ----------
    specification
        A mapping from coefficients to expressions, or from alternatives to such mappings
        (`ExpressionUtility.of_mapping`); a formula (`utility_of_formula`); any of these scaled by
        group (`ScaledBy`); a utility, which stays as it is; or None for the plain coding: each
        attribute with one coefficient, or one a level but the first.
    data
        Where columns, levels and alternatives are looked up.

    Raises
    ------
    InputError
        With everything that is wrong with the specification.

    Examples
    --------
    >>> table = {"who": [1, 1, 2, 2], "took": [1, 0, 0, 1], "price": [9, 7, 8, 5]}
    >>> data = ChoiceData.from_long(table, respondent="who", chosen="took", attributes=["price"])
    >>> as_utility(None, data).labels, as_utility({"b": "log(price)"}, data).labels
    (('price',), ('b',))
    """
    if specification is None:
        return UtilityCoding.of_data(data)
    if isinstance(specification, str):
        return utility_of_formula(specification, data)
    if isinstance(specification, Mapping):
        return ExpressionUtility.of_mapping(specification, data)
    if isinstance(specification, ScaledBy):
        return ScaledUtility.of(specification, as_utility(specification.utility, data), data)
    if isinstance(specification, Utility):
        return specification
    raise TypeError(
        f"expected a utility, a formula or a mapping, found {type(specification).__name__}"
    )


def utility_to_dict(utility: Utility) -> dict[str, Any]:
    """Return a utility as plain values, of which `utility_from_dict` makes it again.

    Raises
    ------
    TypeError
        If it is a utility of somebody else, of which we do not know what makes it.
    """
    if isinstance(utility, UtilityCoding):
        return {"kind": "coding", **utility.to_dict()}
    if isinstance(utility, ExpressionUtility):
        return {"kind": "expressions", **utility.to_dict()}
    if isinstance(utility, ScaledUtility):
        return {"kind": "scaled", "of": utility_to_dict(utility.scaled), **utility.to_dict()}
    raise TypeError(f"expected a utility of Counterflow, found {type(utility).__name__}")


def utility_from_dict(raw: Mapping[str, Any]) -> Utility:
    """Return the utility of which `utility_to_dict` gave these values.

    Examples
    --------
    >>> coding = UtilityCoding((), has_outside=True)
    >>> utility_from_dict(utility_to_dict(coding)) == coding
    True
    """
    if raw["kind"] == "coding":
        return UtilityCoding.from_dict(raw)
    if raw["kind"] == "expressions":
        return ExpressionUtility.from_dict(raw)
    if raw["kind"] == "scaled":
        return ScaledUtility.from_dict(raw, utility_from_dict(raw["of"]))
    raise ValueError(
        f"expected a utility of kind coding, expressions or scaled, found {raw['kind']}"
    )
