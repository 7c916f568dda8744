"""Check the header of a table: the columns that are asked for, and those that nobody expects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from counterflow.domain.cells import unreadable
from counterflow.domain.mismatch import one_of
from counterflow.domain.table_problems import TableProblems
from counterflow.domain.tables import Table


def check_columns(
    table: Table,
    asked: Sequence[tuple[str, str]],
    problems: TableProblems,
    *,
    ignore: Iterable[str] | None,
) -> None:
    """Add what is wrong with the columns; `asked` are arguments and the columns that they name.

    Columns that nobody asked for are wrong if `ignore` is given and does not list them.
    """
    present = table.columns
    for argument, column in asked:
        if column not in present:
            problems.add_unknown(argument, column, present)
        elif (dtype := unreadable(table, column)) is not None:
            problems.add(column, "a column of numbers or text", f"one of type {dtype}")
    if ignore is not None:
        known = {*ignore, *(column for _, column in asked)}
        unknown = [column for column in present if column not in known]
        if unknown:
            expected = "only columns that are used, or listed in `ignore`"
            problems.add("columns", expected, one_of(unknown).removeprefix("one of "))
    if table.n_rows == 0:
        problems.add("", "rows of answers", "none", "Only the header is there.")
