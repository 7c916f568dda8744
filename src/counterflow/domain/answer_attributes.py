"""Attributes as they stand in a table of answers, read as numbers or levels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float

from counterflow.domain.attributes import Attribute
from counterflow.domain.cells import Cells, as_level, number_in
from counterflow.domain.columns import Categorical, Column, Numeric, coded
from counterflow.domain.mismatch import one_of
from counterflow.domain.table_problems import TableProblems

# Units are converted by one multiplication: what should be a level may be a few roundings off.
_TOLERANCE = 1e-9

_IF_LEVELS = "If these are names of levels, give an Attribute that lists them."


def read_attribute(
    cells: Cells,
    attribute: Attribute | None,
    *,
    multiply_by: float = 1.0,
    counts: Bool[np.ndarray, " rows"],
    problems: TableProblems,
) -> Column:
    """Return the attribute's column; missing in rows that do not count.

    With an `attribute`, levels are those of the attribute, in its order, and numbers must be one
    of its levels (or between them, where it is continuous). Without one, numbers are numbers, and
    text is levels in alphabetical order, unless the table itself orders them; a column of text
    in which half the cells or more are numbers is a column of numbers.
    """
    if attribute is not None:
        is_numeric = attribute.is_numeric
    else:
        is_numeric = multiply_by != 1.0 or _is_mostly_numbers(cells, counts)
    if is_numeric:
        return _read_numbers(cells, attribute, multiply_by, counts, problems)
    return _read_levels(cells, attribute, counts, problems)


def read_dummies(
    dummies: Mapping[str, Cells],
    attribute: Attribute,
    *,
    counts: Bool[np.ndarray, " rows"],
    problems: TableProblems,
) -> Column:
    """Return the attribute that 0/1 columns say together, one for each level but the base."""
    for cells in dummies.values():
        check_flags(cells, counts, problems, expected="1 where the level holds, else 0")
    is_set = np.column_stack([cells.numbers == 1.0 for cells in dummies.values()])
    together = Cells(
        Categorical(np.zeros(len(is_set), dtype=np.int8), ("",)),
        (", ".join(name for cells in dummies.values() for name in cells.columns),),
    )
    problems.add_rows(
        together,
        counts & (is_set.sum(axis=1) > 1),
        expected="1 in one of these columns at most",
        found="several",
    )
    level = np.array([attribute.level_names.index(name) for name in dummies])
    base = attribute.level_names.index(attribute.base_level)
    codes = np.where(is_set.any(axis=1), level[np.argmax(is_set, axis=1)], base)
    if attribute.is_numeric:
        return Numeric(np.where(counts, np.array(attribute.values)[codes], np.nan))
    return coded(np.where(counts, codes, -1), attribute.level_names)


def check_flags(
    cells: Cells, counts: Bool[np.ndarray, " rows"], problems: TableProblems, *, expected: str
) -> Bool[np.ndarray, " rows"]:
    """Return which cells are neither 0 nor 1, after adding them to the problems."""
    is_wrong = counts & (cells.numbers != 0.0) & (cells.numbers != 1.0)
    problems.add_rows(cells, is_wrong, expected=expected)
    return is_wrong


def _is_mostly_numbers(cells: Cells, counts: Bool[np.ndarray, " rows"]) -> bool:
    if isinstance(cells.content, Numeric) or cells.is_category:
        return not cells.is_category
    has_text = counts & (cells.content.codes >= 0)
    is_number = ~np.isnan(cells.numbers[has_text])
    return 2 * int(is_number.sum()) >= int(has_text.sum())


def _read_numbers(
    cells: Cells,
    attribute: Attribute | None,
    multiply_by: float,
    counts: Bool[np.ndarray, " rows"],
    problems: TableProblems,
) -> Numeric:
    values = _values(cells, attribute, multiply_by)
    is_number = np.isfinite(values)
    unit = f" in {attribute.unit}" if attribute is not None and multiply_by == 1.0 else ""
    advice = _IF_LEVELS if attribute is None else ""
    problems.add_rows(cells, counts & ~is_number, expected=f"a number{unit}", advice=advice)
    if attribute is not None:
        allowed = _between(values, attribute) if attribute.continuous else _on(values, attribute)
        is_off = counts & is_number & np.isnan(allowed)
        problems.add_rows(cells, is_off, expected=_expected(attribute, multiply_by))
        values = allowed
    return Numeric(values if counts.all() else np.where(counts, values, np.nan))


def _values(
    cells: Cells, attribute: Attribute | None, multiply_by: float
) -> Float[np.ndarray, " rows"]:
    """Return the cells as numbers in the attribute's unit; a level's name stands for its value."""
    if isinstance(cells.content, Numeric) or attribute is None or multiply_by != 1.0:
        with np.errstate(over="ignore"):  # what is infinite in this unit is refused as such
            return cells.numbers * multiply_by if multiply_by != 1.0 else cells.numbers
    named = {level.name: level.value for level in attribute.levels if level.value is not None}
    of_level = [named.get(text, number_in(text)) for text in cells.content.levels]
    return np.array([*of_level, np.nan])[cells.content.codes]


def _between(
    values: Float[np.ndarray, " rows"], attribute: Attribute
) -> Float[np.ndarray, " rows"]:
    """Return the values that lie in the range of the levels, NaN for others."""
    low, high = min(attribute.values), max(attribute.values)
    slack = _TOLERANCE * max(abs(low), abs(high))
    is_within = (values >= low - slack) & (values <= high + slack)
    return np.where(is_within, np.clip(values, low, high), np.nan)


def _on(values: Float[np.ndarray, " rows"], attribute: Attribute) -> Float[np.ndarray, " rows"]:
    """Return the level that each value is, NaN for others."""
    levels = np.sort(np.array(attribute.values))
    middles = (levels[1:] + levels[:-1]) / 2.0
    nearest = levels[np.searchsorted(middles, values)]
    slack = _TOLERANCE * np.abs(levels).max()
    return np.where(np.abs(values - nearest) <= slack, nearest, np.nan)


def _expected(attribute: Attribute, multiply_by: float) -> str:
    by = f" after multiplying by {multiply_by:g}" if multiply_by != 1.0 else ""
    if attribute.continuous:
        low, high = min(attribute.values), max(attribute.values)
        return f"a number from {low:g} to {high:g} {attribute.unit}{by}"
    return f"{one_of(attribute.level_names)}{by}"


def _read_levels(
    cells: Cells,
    attribute: Attribute | None,
    counts: Bool[np.ndarray, " rows"],
    problems: TableProblems,
) -> Categorical:
    labels = cells.labels
    levels = _levels(cells, counts) if attribute is None else attribute.level_names
    position = {level: code for code, level in enumerate(levels)}
    known = [position.get(x, position.get(as_level(x), -1)) for x in labels.levels]
    codes = np.array([*known, -1])[labels.codes]
    expected = one_of(levels) if attribute is not None else "the name of a level"
    problems.add_rows(cells, counts & (codes < 0), expected=expected, known=levels)
    return coded(np.where(counts, codes, -1), levels)


def _levels(cells: Cells, counts: Bool[np.ndarray, " rows"]) -> tuple[str, ...]:
    labels = cells.labels
    if cells.has_order:
        return labels.levels
    is_used = np.bincount(labels.codes[counts] + 1, minlength=1)[1:] > 0
    return tuple(sorted(labels.levels[code] for code in np.flatnonzero(is_used)))
