"""Read choices from a table in long form: one row for each alternative of each task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from counterflow.domain.answer_attributes import check_flags, read_attribute, read_dummies
from counterflow.domain.answer_rows import AnswerRows, check_descriptions, gathered_choices
from counterflow.domain.attributes import Attribute
from counterflow.domain.cells import Cells, read_cells, read_labels
from counterflow.domain.columns import Categorical, Column
from counterflow.domain.mismatch import one_of, quoted
from counterflow.domain.survey import AnswerColumn
from counterflow.domain.table_header import check_columns
from counterflow.domain.table_problems import TableProblems
from counterflow.domain.tables import Table


@dataclass(frozen=True, kw_only=True)
class LongForm:
    """Which column of a table in long form says what; see `ChoiceData.from_long`."""

    respondent: str
    chosen: str
    attributes: Sequence[str]
    definitions: Mapping[str, Attribute]
    columns: Mapping[str, AnswerColumn]
    task: str | None
    alternative: str | None
    alternatives: Sequence[str]
    outside_alternative: str | None
    outside: str | None
    available: str | None
    weights: str | None
    about_respondent: Sequence[str]
    ignore: Sequence[str] | None

    @property
    def sources(self) -> dict[str, AnswerColumn]:
        """Return where each attribute stands: in the column of its name if nothing else is said."""
        # Unchecked, as a table's own column names may hold what a programme file strips.
        return {
            name: self.columns.get(name) or AnswerColumn.model_construct(column=name)
            for name in self.attributes
        }

    def columns_asked(self) -> Iterator[tuple[str, str]]:
        """Yield each argument that names a column, and the column."""
        for argument in (
            "respondent", "task", "alternative", "outside", "chosen", "available", "weights",
        ):  # fmt: skip
            if (column := getattr(self, argument)) is not None:
                yield argument, column
        for column in self.about_respondent:
            yield "about_respondent", column
        for name, source in self.sources.items():
            for column in source.columns:
                yield f"attributes.{name}", column


def read_long(table: Table, form: LongForm) -> dict[str, Any]:
    """Return the parts of `ChoiceData`.

    Raises
    ------
    InputError
        With everything that is wrong: with the arguments and the header, or else in the rows.
    """
    problems = TableProblems(table)
    _check_arguments(form, problems)
    check_columns(table, list(form.columns_asked()), problems, ignore=form.ignore)
    problems.raise_if_any()
    rows = _answer_rows(table, form, problems)
    counts = rows.describes_product
    columns = {
        name: _column(table, name, source, form, counts, problems)
        for name, source in form.sources.items()
    }
    return gathered_choices(rows, columns, problems)


def _check_arguments(form: LongForm, problems: TableProblems) -> None:
    if not form.attributes:
        problems.add("attributes", "an attribute of the alternatives", "none")
    if form.alternative is None:
        for argument in ("alternatives", "outside_alternative"):
            if getattr(form, argument):
                expected = "the column `alternative`, in which these names stand"
                problems.add(argument, expected, "no such column")
    if form.outside is not None and form.outside_alternative is not None:
        expected = "either `outside` or `outside_alternative`"
        problems.add("outside", expected, "both")
    check_descriptions(form.about_respondent, form.attributes, problems)
    for name in form.columns:
        if name not in form.attributes:
            problems.add_unknown("columns", name, form.attributes)
    for name, source in form.sources.items():
        if form.chosen in source.columns:
            expected = "a column of the product, known before the choice"
            found = f"{quoted(form.chosen)}, which says what was chosen"
            problems.add(f"attributes.{name}", expected, found)
        attribute = form.definitions.get(name)
        if source.dummies:
            _check_dummies(name, source.dummies, attribute, problems)
        elif source.multiply_by != 1.0 and attribute is not None and not attribute.is_numeric:
            expected = "no factor on an attribute that is not a number"
            problems.add(f"columns.{name}.multiply_by", expected, f"{source.multiply_by:g}")


def _check_dummies(
    name: str, dummies: Mapping[str, str], attribute: Attribute | None, problems: TableProblems
) -> None:
    if attribute is None:
        expected = "an Attribute that names the level of rows where all dummies are 0"
        problems.add(f"attributes.{name}", expected, "a name alone")
        return
    key = f"columns.{name}.dummies"
    for level in dummies:
        if level not in attribute.level_names:
            problems.add_unknown(key, level, attribute.level_names)
    wanted = [level for level in attribute.level_names if level != attribute.base_level]
    if missing := [level for level in wanted if level not in dummies]:
        expected = f"a column for each level but the base, {quoted(attribute.base_level)}"
        problems.add(key, expected, "none for " + ", ".join(map(quoted, missing)))


def _answer_rows(table: Table, form: LongForm, problems: TableProblems) -> AnswerRows:
    everywhere = np.ones(table.n_rows, dtype=bool)
    chosen = read_cells(table, form.chosen)
    expected = "1 in the row that was chosen, 0 in the others"
    is_unclear = check_flags(chosen, everywhere, problems, expected=expected)
    respondents = read_labels(table, form.respondent)
    alternatives = None if form.alternative is None else read_labels(table, form.alternative)
    if alternatives is not None:
        _check_alternatives(alternatives, form, problems)
    return AnswerRows(
        respondents=respondents,
        tasks=_only_task(respondents) if form.task is None else read_labels(table, form.task),
        alternatives=alternatives,
        chosen=chosen,
        is_chosen=chosen.numbers == 1.0,
        chosen_is_unclear=is_unclear,
        available=None if form.available is None else read_cells(table, form.available),
        is_outside=_is_outside(table, form, alternatives, problems),
        weights=None if form.weights is None else read_cells(table, form.weights),
        about_respondent={name: read_cells(table, name) for name in form.about_respondent},
    )


def _only_task(respondents: Cells) -> Cells:
    """Return the name of the one task that each respondent has."""
    return Cells(
        Categorical(np.zeros(len(respondents), dtype=np.int8), ("1",)), respondents.columns
    )


def _check_alternatives(cells: Cells, form: LongForm, problems: TableProblems) -> None:
    names, outside = cells.labels, form.outside_alternative
    allowed = list(form.alternatives)
    if allowed and outside is not None:
        allowed.append(outside)
    allowed = list(dict.fromkeys(allowed)) or list(names.levels)
    is_allowed = np.array([*(level in allowed for level in names.levels), False])
    expected = one_of(allowed) if form.alternatives else "the name of an alternative"
    problems.add_rows(cells, ~is_allowed[names.codes], expected=expected, known=allowed)
    if outside is not None and outside not in names.levels:
        expected = f"{quoted(outside)} in some rows, as `outside_alternative` says"
        problems.add(cells.columns[0], expected, f"only {one_of(names.levels)}")


def _is_outside(
    table: Table, form: LongForm, alternatives: Cells | None, problems: TableProblems
) -> Bool[np.ndarray, " rows"]:
    if form.outside is not None:
        cells = read_cells(table, form.outside)
        everywhere = np.ones(table.n_rows, dtype=bool)
        expected = "1 where the row stands for choosing none, else 0"
        check_flags(cells, everywhere, problems, expected=expected)
        return cells.numbers == 1.0
    if alternatives is None or form.outside_alternative is None:
        return np.zeros(table.n_rows, dtype=bool)
    names = alternatives.labels
    is_level_outside = np.array([*(x == form.outside_alternative for x in names.levels), False])
    return is_level_outside[names.codes]


def _column(
    table: Table,
    name: str,
    source: AnswerColumn,
    form: LongForm,
    counts: Bool[np.ndarray, " rows"],
    problems: TableProblems,
) -> Column:
    attribute = form.definitions.get(name)
    if source.column is not None:
        cells = read_cells(table, source.column)
        return read_attribute(
            cells, attribute, multiply_by=source.multiply_by, counts=counts, problems=problems
        )
    dummies = {level: read_cells(table, column) for level, column in source.dummies.items()}
    return read_dummies(dummies, form.definitions[name], counts=counts, problems=problems)
