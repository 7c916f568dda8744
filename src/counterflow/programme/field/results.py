"""What respondents chose, counted with and without the interviews that are flagged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from counterflow.domain.interview import Interview, PageAnswer
from counterflow.programme.field.field import Field
from counterflow.survey.questionnaire.shown_task import NONE


@dataclass(frozen=True)
class Share:
    """A share among all complete interviews, and among those without a flag; None of nothing."""

    among_all: float | None
    among_unflagged: float | None


@dataclass(frozen=True, kw_only=True)
class LevelResult:
    """How often products with a level were chosen, of the times they were shown."""

    attribute: str
    level: str
    n_shown: int
    chosen: Share


@dataclass(frozen=True, kw_only=True)
class FieldResults:
    """Counts of choices: nothing is estimated here, and nobody weighted.

    Parameters
    ----------
    n_interviews, n_flagged
        How many complete interviews were counted, and how many of them bear a flag.
    chose_none
        Of all choices; None where none cannot be chosen.
    mean_chance
        Mean of the purchase chance, 0 to 10; None in both where it is not asked.
    """

    n_interviews: int
    n_flagged: int
    levels: tuple[LevelResult, ...]
    chose_none: Share
    mean_chance: Share


def field_results(field: Field, *, most: int = 20_000) -> FieldResults:
    """Return what was chosen in complete interviews: in the first `most`, where there are more."""
    tallies = (_Tally(), _Tally())
    n_interviews = n_flagged = 0
    for interview in islice(field.store.interviews(), most):
        n_interviews += 1
        n_flagged += bool(interview.flags)
        for tally in tallies[: 1 if interview.flags else 2]:
            tally.add(interview)
    both, unflagged = tallies
    return FieldResults(
        n_interviews=n_interviews,
        n_flagged=n_flagged,
        levels=tuple(_levels(field, both, unflagged)),
        chose_none=Share(*(_ratio(t.n_none, t.n_tasks) for t in tallies)),
        mean_chance=Share(*(_ratio(t.sum_of_chances, t.n_chances) for t in tallies)),
    )


class _Tally:
    """Counts over interviews."""

    def __init__(self) -> None:
        self.shown: Counter[tuple[str, str]] = Counter()
        self.chosen: Counter[tuple[str, str]] = Counter()
        self.n_tasks = self.n_none = self.n_chances = self.sum_of_chances = 0

    def add(self, interview: Interview) -> None:
        for answer in interview.answers:
            if "alternatives" in answer.shown:
                self._add_task(answer)
            elif "chance" in answer.answers:
                self.n_chances += 1
                self.sum_of_chances += answer.answers["chance"]

    def _add_task(self, answer: PageAnswer) -> None:
        choice = answer.answers["choice"]
        self.n_tasks += 1
        self.n_none += choice == NONE
        for alternative in answer.shown["alternatives"]:
            levels: Iterable[tuple[str, str]] = alternative["levels"].items()
            self.shown.update(levels)
            if str(alternative["place"]) == choice:
                self.chosen.update(levels)


def _levels(field: Field, both: _Tally, unflagged: _Tally) -> Iterator[LevelResult]:
    for name, attribute in field.programme.attributes.items():
        for level in attribute.level_names:
            key = (name, level)
            shares = (_ratio(t.chosen[key], t.shown[key]) for t in (both, unflagged))
            yield LevelResult(
                attribute=name, level=level, n_shown=both.shown[key], chosen=Share(*shares)
            )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
