"""Read choices from a table in wide form: one row a task, columns for each alternative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from counterflow.domain.answer_attributes import read_attribute
from counterflow.domain.answer_rows import AnswerRows, check_descriptions, gathered_choices
from counterflow.domain.attributes import Attribute
from counterflow.domain.cells import Cells, read_cells, read_labels, side_by_side
from counterflow.domain.columns import Categorical, Numeric
from counterflow.domain.mismatch import one_of, quoted
from counterflow.domain.table_header import check_columns
from counterflow.domain.table_problems import TableProblems
from counterflow.domain.tables import Table

ALTERNATIVE = "{alternative}"
"""Stands for the name of the alternative in a pattern of column names."""

Columns = str | Mapping[str, str | float]
"""A pattern such as "price_{alternative}"; or columns, or numbers that hold, by alternative."""


@dataclass(frozen=True, kw_only=True)
class WideForm:
    """Which column of a table in wide form says what; see `ChoiceData.from_wide`."""

    respondent: str | None
    chosen: str
    alternatives: Mapping[str, str]
    """What the column `chosen` says, by name of the alternative."""
    attributes: Mapping[str, Columns]
    definitions: Mapping[str, Attribute]
    availability: Columns | None
    outside_alternative: str | None
    task: str | None
    weights: str | None
    about_respondent: Sequence[str]
    ignore: Sequence[str] | None

    @property
    def products(self) -> tuple[str, ...]:
        """Return the alternatives but the outside option."""
        return tuple(name for name in self.alternatives if name != self.outside_alternative)

    def of_attribute(self, name: str) -> dict[str, str | float]:
        """Return the column or the number of an attribute, by product that has one."""
        return _by_alternative(self.attributes[name], self.products)

    def of_availability(self) -> dict[str, str | float]:
        """Return the availability column by alternative that has one."""
        return _by_alternative(self.availability or {}, tuple(self.alternatives))

    def columns_asked(self) -> Iterator[tuple[str, str]]:
        """Yield each argument that names a column, and the column."""
        for argument in ("respondent", "task", "chosen", "weights"):
            if (column := getattr(self, argument)) is not None:
                yield argument, column
        for column in self.about_respondent:
            yield "about_respondent", column
        for name in self.attributes:
            for alternative, column in self.of_attribute(name).items():
                if isinstance(column, str):
                    yield f"attributes.{name}.{alternative}", column
        for alternative, column in self.of_availability().items():
            if isinstance(column, str):
                yield f"availability.{alternative}", column


def read_wide(table: Table, form: WideForm) -> dict[str, Any]:
    """Return the parts of `ChoiceData`.

    Raises
    ------
    InputError
        With everything that is wrong: with the arguments and the header, or else in the rows.
    """
    problems = TableProblems(table)
    _check_arguments(form, problems)
    check_columns(table, list(dict.fromkeys(form.columns_asked())), problems, ignore=form.ignore)
    problems.raise_if_any()
    rows = _answer_rows(table, form, problems)
    counts = rows.describes_product
    columns = {
        name: read_attribute(
            _across(table, form, form.of_attribute(name)),
            form.definitions.get(name),
            counts=counts,
            problems=problems,
        )
        for name in form.attributes
    }
    return gathered_choices(rows, columns, problems)


def _by_alternative(columns: Columns, alternatives: Sequence[str]) -> dict[str, str | float]:
    if isinstance(columns, str):
        return {name: columns.replace(ALTERNATIVE, name) for name in alternatives}
    return {name: columns[name] for name in alternatives if name in columns}


def _check_arguments(form: WideForm, problems: TableProblems) -> None:
    names = form.alternatives
    if len(names) < 2:
        found = one_of(names) if names else "none"
        problems.add("alternatives", "two alternatives or more", found)
    if len(set(names.values())) < len(names):
        expected = "a distinct entry of the column `chosen` for each alternative"
        problems.add("alternatives", expected, "one entry twice")
    if form.outside_alternative is not None and form.outside_alternative not in names:
        problems.add_unknown("outside_alternative", form.outside_alternative, names)
    if not form.attributes:
        problems.add("attributes", "an attribute of the alternatives", "none")
    check_descriptions(form.about_respondent, form.attributes, problems)
    for name, columns in form.attributes.items():
        missing = [x for x in form.products if x not in form.of_attribute(name)]
        if missing:
            expected = "a column or a number for each alternative"
            found = "none for " + ", ".join(map(quoted, missing))
            problems.add(f"attributes.{name}", expected, found)
        _check_known(f"attributes.{name}", columns, form, problems)
    _check_known("availability", form.availability, form, problems)


def _check_known(
    argument: str, columns: Columns | None, form: WideForm, problems: TableProblems
) -> None:
    for name in columns if isinstance(columns, Mapping) else ():
        if name not in form.alternatives:
            problems.add_unknown(argument, name, form.alternatives)


def _answer_rows(table: Table, form: WideForm, problems: TableProblems) -> AnswerRows:
    names = tuple(form.alternatives)
    width = len(names)
    respondents = _respondents(table, form)
    tasks = _numbered(respondents) if form.task is None else read_labels(table, form.task)
    chosen = read_labels(table, form.chosen)
    is_chosen = _is_chosen(chosen, form, problems)
    is_outside = np.array([name == form.outside_alternative for name in names])
    position = np.tile(np.arange(width, dtype=np.int32), table.n_rows)
    return AnswerRows(
        respondents=respondents.repeated(width),
        tasks=tasks.repeated(width),
        alternatives=Cells(Categorical(position, names), (form.chosen,) * width),
        chosen=chosen.repeated(width),
        is_chosen=is_chosen.ravel(),
        chosen_is_unclear=np.repeat(~is_chosen.any(axis=1), width),
        available=_availability(table, form),
        is_outside=np.tile(is_outside, table.n_rows),
        weights=None if form.weights is None else read_cells(table, form.weights).repeated(width),
        about_respondent={
            name: read_cells(table, name).repeated(width) for name in form.about_respondent
        },
    )


def _respondents(table: Table, form: WideForm) -> Cells:
    if form.respondent is not None:
        return read_labels(table, form.respondent)
    names = tuple(str(i + 1) for i in range(table.n_rows))
    return Cells(Categorical(np.arange(table.n_rows), names), ("row",))


def _numbered(respondents: Cells) -> Cells:
    """Return the number of each row among the rows of its respondent, from 1."""
    codes = respondents.labels.codes
    order = np.argsort(codes, kind="stable")
    is_first = np.append(True, np.diff(codes[order]) != 0)
    starts = np.flatnonzero(is_first)
    number = np.empty(len(codes), dtype=np.int64)
    number[order] = np.arange(len(codes)) - np.repeat(
        starts, np.diff(np.append(starts, len(codes)))
    )
    names = tuple(str(i + 1) for i in range(number.max(initial=0) + 1))
    return Cells(Categorical(number, names), respondents.columns)


def _is_chosen(
    chosen: Cells, form: WideForm, problems: TableProblems
) -> Bool[np.ndarray, "rows alternatives"]:
    labels, said = chosen.labels, list(form.alternatives.values())
    position = np.array([*(said.index(x) if x in said else -1 for x in labels.levels), -1])
    taken = position[labels.codes]
    problems.add_rows(chosen, taken < 0, expected=one_of(said), known=said)
    return taken[:, None] == np.arange(len(said))


def _availability(table: Table, form: WideForm) -> Cells | None:
    if form.availability is None:
        return None
    columns = form.of_availability()
    return _across(table, form, {name: columns.get(name, 1.0) for name in form.alternatives})


def _across(table: Table, form: WideForm, columns: Mapping[str, str | float]) -> Cells:
    """Return one cell for each alternative of each row; numbers hold in every row."""
    return side_by_side(
        [_cells(table, name, columns.get(name, np.nan)) for name in form.alternatives]
    )


def _cells(table: Table, alternative: str, column: str | float) -> Cells:
    if isinstance(column, str):
        return read_cells(table, column)
    return Cells(Numeric(np.full(table.n_rows, float(column))), (alternative,))
