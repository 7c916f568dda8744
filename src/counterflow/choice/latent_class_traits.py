"""Traits of respondents that say who is likely to belong to which class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from counterflow.choice.respondent_design import respondent_design
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError, LabelMismatchError, Problem

CONSTANT = "constant"
_DEPENDENT = 1e-9
"""A trait of which others leave no larger share unexplained is one of them."""


def traits_to_fit(
    data: ChoiceData, membership: Sequence[str]
) -> tuple[tuple[str, ...], Float[np.ndarray, "N traits"]]:
    """Return labels and values of a constant and of the traits named in `membership`.

    Raises
    ------
    InputError
        If one is not known of respondents, or adds nothing to those before it.
    """
    labels, values = respondent_design(data, membership)
    traits = np.column_stack([np.ones(data.n_respondents), values])
    labels = (CONSTANT, *labels)
    for column in range(1, len(labels)):
        if _adds_nothing(traits[:, : column + 1]):
            raise InputError(
                [
                    Problem(
                        expected="traits that differ between respondents and that no others tell",
                        found=f"{labels[column]}, told by {', '.join(labels[:column])}",
                        key="membership",
                        advice="Leave it out.",
                    )
                ]
            )
    return labels, traits


def traits_of(
    data: ChoiceData, membership: Sequence[str], labels: tuple[str, ...]
) -> Float[np.ndarray, "N traits"]:
    """Return the traits of other people; LabelMismatchError if theirs are not those of `labels`."""
    found, values = respondent_design(data, membership)
    if (CONSTANT, *found) != labels:
        raise LabelMismatchError("traits of respondents", expected=labels[1:], found=found)
    return np.column_stack([np.ones(data.n_respondents), values])


def _adds_nothing(traits: Float[np.ndarray, "N columns"]) -> bool:
    scaled = traits / np.maximum(np.abs(traits).max(axis=0), np.finfo(float).tiny)
    before, last = scaled[:, :-1], scaled[:, -1]
    left = last - before @ np.linalg.lstsq(before, last, rcond=None)[0]
    return bool(np.abs(left).max() <= _DEPENDENT)
