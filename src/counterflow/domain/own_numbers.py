"""Numbers that respondents gave of themselves, such as how far each drives in a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.columns import Numeric


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnNumbers:
    """What each of n respondents answered to questions about numbers.

    Parameters
    ----------
    respondent_ids
        Who was asked; n distinct names.
    weights
        Weight of each in the population, above 0.
    answers
        One number a respondent by question, in the question's unit; NaN where one gave none.

    Examples
    --------
    >>> own = OwnNumbers(
    ...     respondent_ids=("ada", "bo"), weights=np.ones(2),
    ...     answers={"yearly_distance": np.array([9_000.0, np.nan])},
    ... )
    >>> own.of(("cy", "ada"), "yearly_distance")
    array([  nan, 9000.])
    """

    respondent_ids: tuple[str, ...] = ()
    weights: Float[np.ndarray, " n"] = field(default_factory=lambda: np.ones(0))
    answers: Mapping[str, Float[np.ndarray, " n"]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.respondent_ids)
        if len(set(self.respondent_ids)) < n or self.weights.shape != (n,):
            raise ValueError(f"expected {n} distinct respondents with a weight each")
        if not (np.isfinite(self.weights).all() and (self.weights > 0.0).all()):
            raise ValueError("weights must be finite and above 0")
        for question, numbers in self.answers.items():
            if numbers.shape != (n,) or np.isinf(numbers).any():
                raise ValueError(f"{question} must have {n} numbers, finite or NaN")
        for array in (self.weights, *self.answers.values()):
            array.setflags(write=False)

    @classmethod
    def of_data(cls, data: ChoiceData) -> OwnNumbers:
        """Return all numbers that are known of the respondents of choice data."""
        about = {**data.about_respondents, **data.partly_known}
        return cls(
            respondent_ids=data.respondent_ids,
            weights=data.weights,
            answers={name: x.values for name, x in about.items() if isinstance(x, Numeric)},
        )

    def of(self, respondent_ids: Sequence[str], question: str) -> Float[np.ndarray, " N"]:
        """Return the answers of these respondents, NaN of who gave none or was not asked."""
        given = self.answers.get(question)
        if given is None:
            return np.full(len(respondent_ids), np.nan)
        by_name = dict(zip(self.respondent_ids, given.tolist(), strict=True))
        return np.array([by_name.get(name, np.nan) for name in respondent_ids])

    def as_dict(self) -> dict[str, Any]:
        """Return JSON values, null where there is no answer."""
        return {
            "respondent_ids": list(self.respondent_ids),
            "weights": self.weights.tolist(),
            "answers": {
                question: [None if np.isnan(x) else x for x in numbers.tolist()]
                for question, numbers in self.answers.items()
            },
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> OwnNumbers:
        """Return the numbers that `as_dict` described."""
        return cls(
            respondent_ids=tuple(raw["respondent_ids"]),
            weights=np.array(raw["weights"], dtype=float),
            answers={name: np.array(x, dtype=float) for name, x in raw["answers"].items()},
        )
