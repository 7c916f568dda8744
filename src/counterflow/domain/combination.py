"""Combinations of parameters, as a search or a check finds them."""

from __future__ import annotations

from collections.abc import Mapping


def combination_in_words(weights: Mapping[str, float]) -> str:
    """Return a weighted sum of parameters as text.

    Examples
    --------
    >>> combination_in_words({"price": 1.0, "fee": -0.5})
    '+1.00 price -0.50 fee'
    """
    return " ".join(f"{weight:+.2f} {label}" for label, weight in weights.items())
