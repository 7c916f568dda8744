"""Rows of answers, one an alternative: gathered into tasks and respondents, and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from counterflow.domain.answer_attributes import check_flags
from counterflow.domain.cells import Cells
from counterflow.domain.columns import Column, Numeric, coded
from counterflow.domain.mismatch import quoted
from counterflow.domain.table_problems import TableProblems

_MOST_TASKS = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class AnswerRows:
    """What a table says about each alternative that somebody was shown, row after row."""

    respondents: Cells
    tasks: Cells
    """Text by code, like `respondents` and `alternatives`."""
    alternatives: Cells | None
    chosen: Cells
    is_chosen: Bool[np.ndarray, " rows"]
    chosen_is_unclear: Bool[np.ndarray, " rows"]
    """Rows of which a problem says already that the cell is wrong."""
    available: Cells | None
    is_outside: Bool[np.ndarray, " rows"]
    weights: Cells | None
    about_respondent: Mapping[str, Cells] = field(default_factory=dict)
    """What describes the respondent and so must be the same in all of their rows."""

    @property
    def is_available(self) -> Bool[np.ndarray, " rows"]:
        """Return which rows could be chosen."""
        if self.available is None:
            return np.ones(len(self.is_outside), dtype=bool)
        return self.available.numbers != 0.0

    @property
    def describes_product(self) -> Bool[np.ndarray, " rows"]:
        """Return in which rows the attributes count: products that could be chosen."""
        return self.is_available & ~self.is_outside


def check_descriptions(
    names: Iterable[str], attributes: Iterable[str], problems: TableProblems
) -> None:
    """Add to the problems what describes a respondent under the name of an attribute."""
    for name in sorted(set(names) & set(attributes)):
        expected = "a name that no attribute has"
        problems.add("about_respondent", expected, quoted(name))


def gathered_choices(
    rows: AnswerRows, columns: Mapping[str, Column], problems: TableProblems
) -> dict[str, Any]:
    """Return the parts of `ChoiceData`, after adding to the problems what is wrong with the tasks.

    Respondents, the tasks of each and the rows of each task are in order of first appearance;
    rows that were not available are left out.

    Raises
    ------
    InputError
        With all problems, if there are any.
    """
    _check_cells(rows, problems)
    if _all_named(rows.respondents) and _all_named(rows.tasks):
        gathering = _gather(rows)
        _check_tasks(rows, gathering, problems)
        _check_weights(rows, gathering, problems)
        for cells in rows.about_respondent.values():
            _check_description(cells, gathering, problems)
    problems.raise_if_any()
    return _parts(rows, gathering, columns)


@dataclass(frozen=True, eq=False)
class _Gathering:
    """How rows are put in order, and where tasks and respondents then begin."""

    order: Int[np.ndarray, " rows"] | None
    """Positions of the rows in the source; None if they stand in order."""
    task_starts: Int[np.ndarray, " tasks_and_one"]
    first_rows: Int[np.ndarray, " respondents"]

    def put(self, values: np.ndarray) -> np.ndarray:
        """Return values of rows of the source, in order."""
        return _put(values, self.order)

    def put_back(self, values: np.ndarray) -> np.ndarray:
        """Return values of rows in order, as they stand in the source."""
        if self.order is None:
            return values
        back = np.empty_like(values)
        back[self.order] = values
        return back

    def in_source(self, rows: np.ndarray) -> np.ndarray:
        """Return where rows of the order stand in the source."""
        return rows if self.order is None else self.order[rows]

    def each_row(self, of_tasks: np.ndarray) -> np.ndarray:
        """Return values of tasks for each row of the source."""
        return self.put_back(np.repeat(of_tasks, np.diff(self.task_starts)))


def _all_named(names: Cells) -> bool:
    return bool((names.labels.codes >= 0).all())


def _gather(rows: AnswerRows) -> _Gathering:
    respondents, tasks = _by_appearance(rows.respondents.labels.codes), rows.tasks.labels
    pair = respondents.astype(np.int64) * len(tasks.levels) + tasks.codes
    order = None if _stands_in_order(respondents, pair) else _order(respondents, pair)
    task_starts = np.append(_starts(_put(pair, order)), len(pair))
    return _Gathering(order, task_starts, _starts(_put(respondents, order)))


def _put(values: np.ndarray, order: np.ndarray | None) -> np.ndarray:
    return values if order is None else values[order]


def _by_appearance(codes: Int[np.ndarray, " rows"]) -> Int[np.ndarray, " rows"]:
    """Return codes that count up in the order in which they first appear."""
    if codes[0] == 0 and (np.diff(np.maximum.accumulate(codes)) <= 1).all():
        return codes
    found, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.empty(len(found), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(found))
    return rank[inverse]


def _starts(values: np.ndarray) -> Int[np.ndarray, " runs"]:
    """Return where each run of equal values begins."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1]))


def _stands_in_order(respondents: np.ndarray, pair: np.ndarray) -> bool:
    runs = np.sort(pair[_starts(pair)])
    return bool((np.diff(respondents) >= 0).all() and (np.diff(runs) > 0).all())


def _order(respondents: np.ndarray, pair: np.ndarray) -> np.ndarray:
    _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    return np.lexsort((first[inverse], respondents))


def _check_cells(rows: AnswerRows, problems: TableProblems) -> None:
    for cells, what in ((rows.respondents, "respondent"), (rows.tasks, "task")):
        problems.add_rows(cells, cells.labels.codes < 0, expected=f"the name of a {what}")
    if rows.available is not None:
        everywhere = np.ones(len(rows.is_outside), dtype=bool)
        expected = "1 where the alternative could be chosen, else 0"
        check_flags(rows.available, everywhere, problems, expected=expected)
    problems.add_rows(
        rows.chosen,
        rows.is_chosen & ~rows.is_available,
        expected="the choice of an alternative that was available",
        found="one that was not",
    )
    if rows.weights is not None:
        weights = rows.weights.numbers
        is_wrong = ~(np.isfinite(weights) & (weights > 0.0))
        advice = "Leave out the rows of respondents who are not to count."
        problems.add_rows(rows.weights, is_wrong, expected="a weight above 0", advice=advice)


def _check_tasks(rows: AnswerRows, gathering: _Gathering, problems: TableProblems) -> None:
    starts = gathering.task_starts[:-1]
    available = gathering.put(rows.is_available)
    n_available = np.add.reduceat(available, starts, dtype=np.int64)
    n_chosen = np.add.reduceat(gathering.put(rows.is_chosen), starts, dtype=np.int64)
    is_unclear = np.logical_or.reduceat(gathering.put(rows.chosen_is_unclear), starts)
    wrong_choice = (n_chosen != 1) & ~is_unclear
    problems.add_rows(
        rows.chosen,
        gathering.each_row(wrong_choice),
        expected="one chosen row in each task",
        found=_in_words(rows, gathering, np.flatnonzero(wrong_choice), n_chosen),
    )
    problems.add_rows(
        rows.tasks if rows.available is None else rows.available,
        gathering.each_row(n_available < 2),
        expected="two available alternatives or more in each task",
        found=_in_words(rows, gathering, np.flatnonzero(n_available < 2), n_available),
        advice="Leave out tasks without a choice: they say nothing.",
    )
    _check_alternatives(rows, gathering, problems)


def _in_words(
    rows: AnswerRows, gathering: _Gathering, tasks: np.ndarray, counts: np.ndarray
) -> str:
    """Return what the first of the wrong tasks hold, e.g. `0 in task "2" of respondent "ada"`."""
    said = []
    first = tasks[:_MOST_TASKS]
    for task, row in zip(first, gathering.in_source(gathering.task_starts[first]), strict=True):
        name, person = str(rows.tasks.text(row)), str(rows.respondents.text(row))
        said.append(f"{counts[task]} in task {quoted(name)} of respondent {quoted(person)}")
    more = [f"so in {len(tasks) - _MOST_TASKS:,} more"] if len(tasks) > _MOST_TASKS else []
    return ", ".join([*said, *more])


def _check_alternatives(rows: AnswerRows, gathering: _Gathering, problems: TableProblems) -> None:
    sizes = np.diff(gathering.task_starts)
    task = gathering.put_back(np.repeat(np.arange(len(sizes)), sizes))
    if rows.alternatives is not None:
        names = rows.alternatives.labels
        matters = rows.is_available & (names.codes >= 0)
        pair = task * len(names.levels) + names.codes
        is_repeated = _stand_twice(pair, matters)
        expected = "each alternative once in a task"
        problems.add_rows(rows.alternatives, is_repeated, expected=expected)
    else:
        is_repeated = _stand_twice(task, rows.is_available & rows.is_outside)
        expected = "one outside option in a task"
        problems.add_rows(rows.tasks, is_repeated, expected=expected, found="several")


def _stand_twice(values: np.ndarray, matters: Bool[np.ndarray, " rows"]) -> np.ndarray:
    """Return which of the rows that matter have a value that another of them has too."""
    where = np.flatnonzero(matters)
    is_repeated = np.zeros(len(values), dtype=bool)
    ordered = np.sort(values[where])
    if repeats := set(ordered[1:][ordered[1:] == ordered[:-1]].tolist()):
        is_repeated[where] = np.isin(values[where], list(repeats))
    return is_repeated


def _check_weights(rows: AnswerRows, gathering: _Gathering, problems: TableProblems) -> None:
    if rows.weights is not None:
        weights = gathering.put(rows.weights.numbers)
        sizes = np.diff(np.append(gathering.first_rows, len(weights)))
        first = np.repeat(weights[gathering.first_rows], sizes)
        differs = (weights != first) & np.isfinite(weights) & np.isfinite(first)
        varies = np.repeat(np.logical_or.reduceat(differs, gathering.first_rows), sizes)
        expected = "one weight in all rows of a respondent"
        problems.add_rows(rows.weights, gathering.put_back(varies), expected=expected)


def _check_description(cells: Cells, gathering: _Gathering, problems: TableProblems) -> None:
    entries, is_missing = _entries(cells.content)
    found = gathering.put(entries)
    sizes = np.diff(np.append(gathering.first_rows, len(found)))
    is_filled = ~gathering.put(is_missing)
    differs = found != np.repeat(found[gathering.first_rows], sizes)
    differs &= is_filled & np.repeat(is_filled[gathering.first_rows], sizes)
    varies = np.repeat(np.logical_or.reduceat(differs, gathering.first_rows), sizes)
    expected = "one value in all rows of a respondent"
    problems.add_rows(cells, is_missing, expected="a value")
    problems.add_rows(cells, gathering.put_back(varies), expected=expected)


def _entries(content: Column) -> tuple[np.ndarray, Bool[np.ndarray, " rows"]]:
    """Return what tells cells apart, and which are not filled."""
    if isinstance(content, Numeric):
        return content.values, ~np.isfinite(content.values)
    return content.codes, content.codes < 0


def _parts(
    rows: AnswerRows, gathering: _Gathering, columns: Mapping[str, Column]
) -> dict[str, Any]:
    available = gathering.put(rows.is_available)
    # Rows that were not available are left out, so that later rows move up.
    new_position = np.append(0, np.cumsum(available))
    first_of_task = gathering.in_source(gathering.task_starts[:-1])
    first_of_respondent = gathering.in_source(gathering.first_rows)
    people, tasks = rows.respondents.labels, rows.tasks.labels
    return {
        "columns": {name: _kept(column, gathering, available) for name, column in columns.items()},
        "is_outside": gathering.put(rows.is_outside)[available],
        "task_starts": new_position[gathering.task_starts],
        "respondent_starts": np.append(
            np.searchsorted(gathering.task_starts, gathering.first_rows),
            len(gathering.task_starts) - 1,
        ),
        "chosen_rows": np.flatnonzero(gathering.put(rows.is_chosen)[available]),
        "respondent_ids": tuple(people.levels[code] for code in people.codes[first_of_respondent]),
        "task_ids": coded(tasks.codes[first_of_task], tasks.levels),
        "alternative_names": None
        if rows.alternatives is None
        else _kept(rows.alternatives.labels, gathering, available),
        "weights": np.ones(0)
        if rows.weights is None
        else rows.weights.numbers[first_of_respondent],
        "about_respondents": {
            name: _description(cells, first_of_respondent)
            for name, cells in rows.about_respondent.items()
        },
    }


def _description(cells: Cells, first_of_respondent: np.ndarray) -> Column:
    """Return one value a respondent: numbers if all cells are, else levels in alphabetical order.

    A table that orders its levels itself keeps that order.
    """
    numbers = cells.numbers[first_of_respondent]
    if not cells.is_category and np.isfinite(numbers).all():
        return Numeric(numbers)
    labels = cells.labels
    codes = labels.codes[first_of_respondent]
    if cells.has_order:
        return coded(codes, labels.levels)
    levels = tuple(sorted(labels.levels[code] for code in np.unique(codes)))
    position = {level: code for code, level in enumerate(levels)}
    return coded(np.array([position.get(x, -1) for x in labels.levels])[codes], levels)


def _kept(column: Column, gathering: _Gathering, available: np.ndarray) -> Column:
    """Return the column in order, without rows that were not available."""
    if isinstance(column, Numeric):
        values = gathering.put(column.values)
        values = values if available.all() else values[available]
        # A view would change with the dataframe that it looks into.
        return Numeric(values if values.flags.owndata else values.copy())
    codes = gathering.put(column.codes)
    return coded(codes if available.all() else codes[available], column.levels)
