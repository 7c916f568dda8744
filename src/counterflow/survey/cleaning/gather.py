"""Gather interviews, one after the other, into choice data of what people saw and chose."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Int

from counterflow.domain.attributes import Attribute
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.columns import Column, Numeric, coded
from counterflow.domain.interview import Interview
from counterflow.domain.programme import Programme
from counterflow.survey.cleaning.description import Description
from counterflow.survey.cleaning.tasks_seen import TaskSeen, tasks_seen
from counterflow.survey.questionnaire.shown_task import NONE

_OUTSIDE = 0
"""Number of the profile that stands for none of the products."""

DesignOf = Callable[[str], ChoiceDesign]
"""Returns the choice design of a content hash; KeyError if there is none."""


class UnusableError(ValueError):
    """The interview cannot become choice data; `rule` is the reason's name, the text says more."""

    def __init__(self, rule: str, text: str) -> None:
        self.rule = rule
        super().__init__(text)


class Gathering:
    """Takes interviews one at a time; what stays in memory is a few bytes an alternative.

    A product that was seen is a number (its profile); its levels are kept once, however many
    people saw it.
    """

    def __init__(self, programme: Programme, design_of: DesignOf) -> None:
        if programme.survey.questionnaire is None:
            raise ValueError("expected a programme with [survey.questionnaire], found none")
        self._attributes = programme.attributes
        self._design_of = design_of
        self._designs: dict[str, ChoiceDesign] = {}
        self._description = Description(programme.survey.questionnaire)
        self._profiles: dict[tuple[str | None, ...], int] = {(): _OUTSIDE}
        self._tasks_planned: dict[tuple[int, int, int], tuple[int, ...]] = {}
        self._names: dict[str, int] = {}
        self._rows, self._row_names = array("i"), array("h")
        self._sizes, self._chosen = array("i"), array("i")
        self._task_numbers, self._n_tasks = array("h"), array("i")
        self._ids: list[str] = []

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, interview: Interview) -> tuple[TaskSeen, ...]:
        """Take an interview, and return its choice tasks.

        Raises
        ------
        UnusableError
            If it has no choices, or a record that the programme or the design does not know;
            nothing of it is then taken.
        """
        design = self._design(interview)
        try:
            tasks = tuple(tasks_seen(interview))
        except (KeyError, TypeError, ValueError) as error:
            raise UnusableError("broken_record", f"{type(error).__name__}: {error}") from error
        if not tasks:
            raise UnusableError("no_choices", "no choice task was answered")
        seen = [self._seen(task, design) for task in tasks]
        for task, products in zip(tasks, seen, strict=True):
            self._take(task, products, design)
        self._n_tasks.append(len(tasks))
        # The number, not the id: who has the id can open the interview.
        self._ids.append(str(interview.number))
        self._description.add(interview)
        return tasks

    def columns_left_out(self) -> tuple[str, ...]:
        """Return what is known of some respondents only, and so in no column."""
        return self._description.left_out()

    def choice_data(self) -> ChoiceData:
        """Return all that was taken; ValueError if that is nobody.

        Alternatives come in the order of the screen, the outside option last. Respondents are
        called by the number of their interview, tasks by their place in it, alternatives by their
        place in the design.
        """
        profiles = np.array(self._rows, dtype=np.int32)
        starts = np.concatenate([[0], np.cumsum(np.array(self._sizes, dtype=np.int64))])
        numbers = np.array(self._task_numbers, dtype=np.int64) - 1
        return ChoiceData(
            columns=self._columns(profiles),
            is_outside=profiles == _OUTSIDE,
            task_starts=starts,
            respondent_starts=np.concatenate([[0], np.cumsum(np.array(self._n_tasks, np.int64))]),
            chosen_rows=starts[:-1] + np.array(self._chosen, dtype=np.int64),
            respondent_ids=tuple(self._ids),
            task_ids=coded(numbers, tuple(map(str, range(1, numbers.max(initial=0) + 2)))),
            alternative_names=coded(np.array(self._row_names), tuple(self._names)),
            about_respondents=self._description.columns(),
            partly_known=self._description.partly_known(),
        )

    def _design(self, interview: Interview) -> ChoiceDesign:
        known = self._designs.get(interview.design_hash)
        if known is None:
            try:
                known = self._designs[interview.design_hash] = self._design_of(
                    interview.design_hash
                )
            except KeyError as error:
                raise UnusableError(
                    "unknown_design", f"design {interview.design_hash[:12]}"
                ) from error
        return known

    def _seen(self, task: TaskSeen, design: ChoiceDesign) -> tuple[int, ...]:
        """Return the number of each product on the screen, after checking the record."""
        if task.chosen is None and not design.has_outside:
            raise UnusableError("broken_record", "none was chosen, and was not offered")
        shown, places = task.shown, task.shown.places
        if not _are_places(places, design.n_alternatives):
            raise UnusableError("broken_record", f"alternatives at the places {places}")
        if len(places) + design.has_outside < 2:
            raise UnusableError("broken_record", "a task with nothing to choose between")
        seen = tuple([self._profile(alternative.levels) for alternative in shown.alternatives])
        if shown.version is not None:
            planned = self._planned(design, shown.version, shown.design_task)
            if any(planned[place - 1] != x for place, x in zip(places, seen, strict=True)):
                where = f"version {shown.version}, task {shown.design_task}"
                raise UnusableError("differs_from_design", where)
        return seen

    def _planned(self, design: ChoiceDesign, version: int, task: int) -> tuple[int, ...]:
        """Return the number of each product that a task of the design holds, by place."""
        key = (id(design), version, task)
        if key not in self._tasks_planned:
            if not (0 <= version < design.n_versions and 0 <= task < design.n_tasks):
                raise UnusableError("differs_from_design", f"version {version}, task {task}")
            products = design.task(version, task)
            self._tasks_planned[key] = tuple(self._profile(levels) for levels in products)
        return self._tasks_planned[key]

    def _take(self, task: TaskSeen, seen: tuple[int, ...], design: ChoiceDesign) -> None:
        self._rows.extend(seen)
        self._row_names.extend([self._name(design.alternatives[p - 1]) for p in task.shown.places])
        if design.has_outside:
            self._rows.append(_OUTSIDE)
            self._row_names.append(self._name(NONE))
        self._sizes.append(len(seen) + design.has_outside)
        self._chosen.append(len(seen) if task.chosen is None else task.chosen)
        self._task_numbers.append(task.number)

    def _profile(self, levels: Mapping[str, str]) -> int:
        key = tuple([levels.get(name) for name in self._attributes])
        number = self._profiles.get(key)
        if number is None or len(levels) != len(key) - key.count(None):
            self._check_levels(levels)
            number = self._profiles[key] = len(self._profiles)
        return number

    def _check_levels(self, levels: Mapping[str, str]) -> None:
        for name, level in levels.items():
            attribute = self._attributes.get(name)
            if attribute is None or level not in attribute.level_names:
                raise UnusableError("unknown_levels", f"{name} = {level}")

    def _name(self, alternative: str) -> int:
        return self._names.setdefault(alternative, len(self._names))

    def _columns(self, rows: Int[np.ndarray, " rows"]) -> dict[str, Column]:
        _, *profiles = self._profiles
        return {
            name: _column(attribute, [levels[a] for levels in profiles]).take(rows)
            for a, (name, attribute) in enumerate(self._attributes.items())
        }


def _are_places(places: tuple[int, ...], n: int) -> bool:
    return bool(places) and len(set(places)) == len(places) and 0 < min(places) <= max(places) <= n


def _column(attribute: Attribute, shown: Sequence[str | None]) -> Column:
    """Return the attribute of each profile, the outside option first.

    What was not shown (a partial profile) is held at the level where it adds nothing to utility:
    the base, or the middle of the range (conventions, rule 5).
    """
    if not attribute.is_numeric:
        position = {level: code for code, level in enumerate(attribute.level_names)}
        held = position[attribute.base_level]
        return coded(
            np.array([-1, *(held if x is None else position[x] for x in shown)]),
            attribute.level_names,
        )
    value = {level.name: level.value for level in attribute.levels}
    origin = _origin(attribute)
    return Numeric(np.array([np.nan, *(origin if x is None else value[x] for x in shown)], float))


def _origin(attribute: Attribute) -> float:
    low, high = min(attribute.values), max(attribute.values)
    if attribute.coding == "log":
        return float(np.sqrt(low * high))
    return low if attribute.coding == "piecewise" else (low + high) / 2.0
