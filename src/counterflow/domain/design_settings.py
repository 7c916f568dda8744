"""How the choice design is made: method, criterion, versions, and what must not stand together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from counterflow.domain.mismatch import Mismatch, quoted
from counterflow.domain.section import Many, Name, Section, Text, is_number

Method = Literal[
    "random",
    "full",
    "balanced_overlap",
    "minimal_overlap",
    "fedorov",
    "exchange",
    "swap",
    "annealing",
]
"""How designs are sought."""

Criterion = Literal["d_zero", "d_prior", "d_bayesian", "a", "s"]
"""What a search makes small."""

_OF_THE_SEARCH = ("method", "criterion", "n_versions", "seconds", "seed")


class PriorBelief(Section):
    """What is believed about a coefficient before anybody is asked: a normal distribution."""

    mean: float
    """Mean."""
    sd: Annotated[float, Field(ge=0)] = 0.0
    """Standard deviation; 0 for a number that is taken as it is."""

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, raw: Any) -> Any:
        return {"mean": float(raw)} if is_number(raw) else raw

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        return {
            "anyOf": [{"type": "number"}, handler(core_schema)],
            "x-expected": "a number, or a table with the keys mean and sd",
        }


class DesignSettings(Section):
    """What `counterflow design` is asked for; every key may be left out."""

    file: Text | None = None
    """A CSV or Parquet file with a design that was made elsewhere, seen from the programme: a row
    for each alternative of each task of each version. It is checked whole, and then shown as it
    is; no key of the search may stand beside it."""
    method: Method = "exchange"
    """How designs are sought: at random; the full factorial; each level as often as the others,
    with or without a level twice in a task; by exchanging profiles (modified Fedorov) or levels;
    by relabelling and swapping, which keeps levels balanced; by simulated annealing."""
    criterion: Criterion = "d_bayesian"
    """What is made small: D-error at zero coefficients; at the mean of the prior; its mean over
    draws from the prior; the trace of the covariance, as a mean over draws; the sample that the
    least certain coefficient needs, at the mean."""
    priors: dict[str, PriorBelief] = {}
    """What is believed before anybody is asked, by coefficient label, as a number or as mean and
    sd. If absent, the stated preferences of [survey.simulated]; else zero."""
    n_versions: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Versions that respondents are spread over, optimised together."""
    labelled_by: Name | None = None
    """An attribute that names the places of a task: each of its levels stands once in every task,
    always at the same place (labelled alternatives)."""
    interactions: Many[Many[Name]] = ()
    """Pairs of attributes whose interaction the criterion counts."""
    once_a_task: Many[Name] = ()
    """Attributes of which no level may stand twice in one task."""
    n_shown: Annotated[int, Field(ge=2)] | None = None
    """Attributes that vary in a task (partial profiles); all if absent."""
    avoid_dominance: bool = True
    """Whether no product of a task may be at least as good as another in every attribute, by the
    signs of [estimation] and by what the prior is sure of. Without either, none is."""
    seconds: Annotated[float, Field(gt=0)] = 20.0
    """How long to search."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    """Where the random numbers of the search start."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield interactions that are no pairs, and what no search asks for where there is none."""
        for key in _OF_THE_SEARCH if self.file is not None else ():
            if getattr(self, key) != type(self).model_fields[key].default:
                expected = "no key of the search beside a design from a file"
                yield Mismatch((key,), expected, quoted(str(getattr(self, key))))
        for i, pair in enumerate(self.interactions):
            if len(set(pair)) != 2 or len(pair) != 2:
                found = ", ".join(map(quoted, pair)) or "none"
                yield Mismatch(("interactions", i), "two different attributes", found)
