"""Choices as data: who was shown which alternatives, and which one they took.

Rows are alternatives, without padding: a choice task is a run of rows and a respondent a run of
tasks, so sets may differ in size. Alternatives that were not available have no row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.domain.attributes import Attribute
from counterflow.domain.columns import Categorical, Column, Numeric, numbered_within
from counterflow.domain.long_table import LongForm, read_long
from counterflow.domain.runs import taken_runs
from counterflow.domain.survey import AnswerColumn
from counterflow.domain.tables import open_table
from counterflow.domain.wide_table import WideForm, read_wide

__all__ = ["Categorical", "ChoiceData", "Column", "Numeric"]

_NO_NAMES = Categorical(np.empty(0, dtype=np.int32), ())


@dataclass(frozen=True, eq=False, kw_only=True)
class ChoiceData:
    """N respondents, each with T_n choice tasks of J_nt alternatives, and what they chose.

    Parameters
    ----------
    columns
        Attributes by name, one value a row.
    is_outside
        True in rows that stand for choosing none of the products; at most one a task.
    task_starts
        Row at which each task begins, and the number of rows at the end.
    respondent_starts
        Task at which each respondent begins, and the number of tasks at the end.
    chosen_rows
        The row chosen in each task.
    respondent_ids
        What the source calls each respondent; distinct.
    task_ids
        What the source calls each task, distinct within a respondent; numbers from 1 within each
        respondent if absent.
    alternative_names
        What the source calls the alternative of each row, distinct within a task; None if only
        its attributes tell an alternative.
    weights
        Sampling weight of each respondent, above 0; all ones if the source has none. Somebody who
        is not to count is left out, as `take_respondents` does; a weight of 0 is refused.
    about_respondents
        What is known of each respondent, by name: one value a respondent, and never missing.
    partly_known
        Numbers that are known of some respondents only, by name; NaN where they are not. No model
        of choice uses them.

    Raises
    ------
    ValueError
        If the parts do not fit one another. `ChoiceData.from_long` and `from_wide` check a source
        with messages that name its rows and columns.

    Examples
    --------
    One respondent who took the second of two cars:

    >>> data = ChoiceData(
    ...     columns={"price": Numeric(np.array([9.0, 7.0]))},
    ...     is_outside=np.array([False, False]),
    ...     task_starts=np.array([0, 2]),
    ...     respondent_starts=np.array([0, 1]),
    ...     chosen_rows=np.array([1]),
    ...     respondent_ids=("ada",),
    ... )
    >>> data.n_respondents, data.n_tasks, data.n_rows
    (1, 1, 2)
    """

    columns: Mapping[str, Column]
    is_outside: Bool[np.ndarray, " rows"]
    task_starts: Int[np.ndarray, " tasks_and_one"]
    respondent_starts: Int[np.ndarray, " respondents_and_one"]
    chosen_rows: Int[np.ndarray, " tasks"]
    respondent_ids: tuple[str, ...]
    task_ids: Categorical = field(default_factory=lambda: _NO_NAMES)
    alternative_names: Categorical | None = None
    weights: Float[np.ndarray, " respondents"] = field(default_factory=lambda: np.ones(0))
    about_respondents: Mapping[str, Column] = field(default_factory=dict)
    partly_known: Mapping[str, Numeric] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.weights.size == 0:
            object.__setattr__(self, "weights", np.ones(self.n_respondents))
        if self.task_ids is _NO_NAMES:
            object.__setattr__(self, "task_ids", numbered_within(np.diff(self.respondent_starts)))
        if wrong := list(_misfits(self)):
            raise ValueError("; ".join(wrong))
        for array in _arrays(self):
            array.setflags(write=False)

    @classmethod
    def from_long(
        cls,
        source: object,
        *,
        respondent: str,
        chosen: str,
        attributes: Sequence[str] | Mapping[str, Attribute],
        columns: Mapping[str, str | AnswerColumn] | None = None,
        task: str | None = None,
        alternative: str | None = None,
        alternatives: Sequence[str] = (),
        outside_alternative: str | None = None,
        outside: str | None = None,
        available: str | None = None,
        weights: str | None = None,
        about_respondent: Sequence[str] = (),
        ignore: Sequence[str] | None = None,
    ) -> ChoiceData:
        """Return the choices in a table with one row for each alternative of each task.

        Respondents, the tasks of each and the alternatives of each task come in the order in which
        the table first shows them; the rows of a respondent or task need not stand together.

        Parameters
        ----------
        source
            Any dataframe that narwhals knows (pandas, polars, Arrow, ...), a mapping of columns,
            or the path of a CSV, TSV, Parquet, Arrow or Feather file.
        respondent
            Column that says who answered.
        chosen
            Column that is 1 in the row that was chosen and 0 in the others.
        attributes
            Names of attributes, or attributes by name: their levels and ranges are then enforced.
            Without them numbers are numbers, and text is levels in alphabetical order.
        columns
            Where an attribute stands if not in the column of its name; an `AnswerColumn` may also
            convert a unit, or gather dummies.
        task
            Column of the task within a respondent; each answered one task if absent.
        alternative
            Column that names the alternative, once in a task; only its attributes do if absent.
        alternatives
            Names that the column `alternative` may hold; any if empty.
        outside_alternative
            The alternative that stands for choosing none of the products. Its attributes may be
            empty, and are not read.
        outside
            Column that is 1 in rows of the outside option, where no name tells it.
        available
            Column that is 0 in rows that could not be chosen; they are left out.
        weights
            Column of the sampling weight, above 0 and the same in all rows of a respondent.
        about_respondent
            Columns that describe the respondent, filled and the same in all rows of a respondent:
            numbers where every cell is one, else levels. They become `about_respondents`.
        ignore
            Columns that are known and not used; any further column is then refused.

        Raises
        ------
        InputError
            With everything that is wrong, by column and row: the line of a text file, else rows
            counted from 1.

        Examples
        --------
        >>> table = {
        ...     "person": ["ada", "ada", "bo", "bo"],
        ...     "price": [9, 7, 9, 8],
        ...     "trim": ["plus", "base", "base", "plus"],
        ...     "taken": [0, 1, 1, 0],
        ... }
        >>> data = ChoiceData.from_long(
        ...     table, respondent="person", chosen="taken", attributes=["price", "trim"]
        ... )
        >>> data.n_respondents, data.n_tasks, data.columns["trim"].levels
        (2, 2, ('base', 'plus'))
        """
        form = LongForm(
            respondent=respondent,
            chosen=chosen,
            attributes=(attributes,) if isinstance(attributes, str) else tuple(attributes),
            definitions=attributes if isinstance(attributes, Mapping) else {},
            columns={
                name: AnswerColumn(column=where) if isinstance(where, str) else where
                for name, where in (columns or {}).items()
            },
            task=task,
            alternative=alternative,
            alternatives=alternatives,
            outside_alternative=outside_alternative,
            outside=outside,
            available=available,
            weights=weights,
            about_respondent=about_respondent,
            ignore=ignore,
        )
        return cls(**read_long(open_table(source), form))

    @classmethod
    def from_wide(
        cls,
        source: object,
        *,
        respondent: str | None,
        chosen: str,
        alternatives: Sequence[str] | Mapping[str, str | int],
        attributes: Mapping[str, str | Mapping[str, str | float]],
        definitions: Mapping[str, Attribute] | None = None,
        availability: str | Mapping[str, str | float] | None = None,
        outside_alternative: str | None = None,
        task: str | None = None,
        weights: str | None = None,
        about_respondent: Sequence[str] = (),
        ignore: Sequence[str] | None = None,
    ) -> ChoiceData:
        """Return the choices in a table with one row for each task.

        Parameters
        ----------
        source
            As for `from_long`.
        respondent
            Column that says who answered; None if each row is somebody else.
        chosen
            Column that says which alternative was chosen.
        alternatives
            Names of the alternatives; or what the column `chosen` holds, by name.
        attributes
            Columns of each attribute by alternative, a number where it is the same in all rows;
            or a pattern such as "price_{alternative}".
        definitions
            Attributes by name, if their levels and ranges are to be enforced.
        availability
            Columns, or a pattern of them, that are 0 where an alternative could not be chosen.
        outside_alternative
            The alternative that stands for choosing none; it needs no attributes.
        task
            Column that names the task within a respondent; rows are numbered if absent.
        weights, about_respondent, ignore
            As for `from_long`.

        Raises
        ------
        InputError
            With everything that is wrong, by column and row.

        Examples
        --------
        >>> table = {"id": [1, 1], "price_a": [9, 8], "price_b": [7, 9], "choice": ["b", "a"]}
        >>> data = ChoiceData.from_wide(
        ...     table, respondent="id", chosen="choice", alternatives=("a", "b"),
        ...     attributes={"price": "price_{alternative}"},
        ... )
        >>> data.n_tasks, data.columns["price"].values, data.chosen_rows
        (2, array([9., 7., 8., 9.]), array([1, 2]))
        """
        named = alternatives if isinstance(alternatives, Mapping) else {x: x for x in alternatives}
        form = WideForm(
            respondent=respondent,
            chosen=chosen,
            alternatives={name: str(said) for name, said in named.items()},
            attributes=attributes,
            definitions=definitions or {},
            availability=availability,
            outside_alternative=outside_alternative,
            task=task,
            weights=weights,
            about_respondent=about_respondent,
            ignore=ignore,
        )
        return cls(**read_wide(open_table(source), form))

    def take_respondents(self, indices: Sequence[int] | Int[np.ndarray, " taken"]) -> ChoiceData:
        """Return the choices of some respondents, in the order of `indices`, which may repeat.

        A respondent who is taken again is called "ada (2)", "ada (3)" and so on. The data of a
        cross-validation fold or of a bootstrap sample.

        Raises
        ------
        IndexError
            If an index is not one of 0 to N - 1.

        Examples
        --------
        >>> table = {"who": ["ada", "ada", "bo", "bo"], "price": [9, 7, 9, 8], "took": [0, 1, 1, 0]}
        >>> data = ChoiceData.from_long(
        ...     table, respondent="who", chosen="took", attributes=["price"]
        ... )
        >>> taken = data.take_respondents([1, 0, 1])
        >>> taken.respondent_ids, taken.columns["price"].values
        (('bo', 'ada', 'bo (2)'), array([9., 8., 9., 7., 9., 8.]))
        """
        people = _checked_indices(indices, self.n_respondents)
        tasks, respondent_starts = taken_runs(self.respondent_starts, people)
        rows, task_starts = taken_runs(self.task_starts, tasks)
        from_start = self.chosen_rows[tasks] - self.task_starts[tasks]
        names = self.alternative_names
        return ChoiceData(
            columns={name: column.take(rows) for name, column in self.columns.items()},
            is_outside=self.is_outside[rows],
            task_starts=task_starts,
            respondent_starts=respondent_starts,
            chosen_rows=task_starts[:-1] + from_start,
            respondent_ids=_distinct([self.respondent_ids[n] for n in people.tolist()]),
            task_ids=self.task_ids.take(tasks),
            alternative_names=None if names is None else names.take(rows),
            weights=self.weights[people],
            about_respondents={
                name: column.take(people) for name, column in self.about_respondents.items()
            },
            partly_known={name: column.take(people) for name, column in self.partly_known.items()},
        )

    @property
    def n_rows(self) -> int:
        """Return the number of alternatives shown, over all tasks."""
        return len(self.is_outside)

    @property
    def n_tasks(self) -> int:
        """Return the number of choice tasks, over all respondents."""
        return len(self.task_starts) - 1

    @property
    def n_respondents(self) -> int:
        """Return the number of respondents."""
        return len(self.respondent_starts) - 1

    @property
    def has_outside(self) -> bool:
        """Return whether some task let the respondent choose none of the products."""
        return bool(self.is_outside.any())

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the data (all that their parts hold), in hexadecimal.

        The order of a column's levels matters. The order of columns, the width of integers and
        what an attribute holds in rows of the outside option, where nothing uses it, do not.
        """
        digest = hashlib.sha256()
        _add_names(digest, "respondents", self.respondent_ids)
        _add_labels(digest, "tasks", self.task_ids)
        if self.alternative_names is not None:
            _add_labels(digest, "alternatives", self.alternative_names)
        for index in (self.task_starts, self.respondent_starts, self.chosen_rows):
            digest.update(np.ascontiguousarray(index, dtype="<i8").data)
        digest.update(np.packbits(self.is_outside).data)
        digest.update(_canonical(self.weights).data)
        _add_columns(digest, "", self.columns, self.is_outside)
        nobody = np.zeros(self.n_respondents, dtype=bool)
        _add_columns(digest, "of respondents", self.about_respondents, nobody)
        _add_columns(digest, "of some respondents", self.partly_known, nobody)
        return digest.hexdigest()


def _checked_indices(indices: object, n: int) -> Int[np.ndarray, " taken"]:
    people = np.asarray(indices, dtype=np.int64).reshape(-1)
    outside = people[(people < 0) | (people >= n)]
    if outside.size:
        raise IndexError(f"expected respondents from 0 to {n - 1}, found {outside[0]}")
    return people


def _distinct(names: list[str]) -> tuple[str, ...]:
    """Return the names, those that came before with the lowest number that makes them new."""
    if len(taken := set(names)) == len(names):
        return tuple(names)
    count: dict[str, int] = {}
    distinct = []
    for name in names:
        number = count[name] = count.get(name, 0) + 1
        new = name
        while number > 1 and (new := f"{name} ({number})") in taken:
            number = count[name] = number + 1
        distinct.append(new)
    return tuple(distinct)


def _add_columns(
    digest: hashlib._Hash, of: str, columns: Mapping[str, Column], is_empty: np.ndarray
) -> None:
    for name in sorted(columns):
        column = columns[name]
        if isinstance(column, Numeric):
            _add_names(digest, f"numbers {of}".strip(), (name,))
            digest.update(_canonical(np.where(is_empty, np.nan, column.values)).data)
        else:
            _add_names(digest, f"levels {of}".strip(), (name, *column.levels))
            digest.update(np.where(is_empty, -1, column.codes).astype("<i4").data)


def _add_names(digest: hashlib._Hash, what: str, names: tuple[str, ...]) -> None:
    digest.update(json.dumps([what, *names]).encode())


def _add_labels(digest: hashlib._Hash, what: str, labels: Categorical) -> None:
    """Add what each entry is called; in which order the source listed the names says nothing."""
    used = sorted((labels.levels[code], code) for code in np.unique(labels.codes))
    rank = np.full(len(labels.levels), -1, dtype="<i4")
    rank[[code for _, code in used]] = np.arange(len(used))
    _add_names(digest, what, tuple(name for name, _ in used))
    digest.update(rank[labels.codes].data)


def _canonical(values: np.ndarray) -> np.ndarray:
    """Return the numbers with one zero and one NaN, so that equal numbers have equal bytes."""
    numbers = np.ascontiguousarray(values, dtype="<f8") + 0.0
    numbers[np.isnan(numbers)] = np.nan
    return numbers


def _arrays(data: ChoiceData) -> Iterator[np.ndarray]:
    yield from (data.is_outside, data.task_starts, data.respondent_starts, data.chosen_rows)
    yield data.weights
    about = (*data.about_respondents.values(), *data.partly_known.values())
    for column in (*data.columns.values(), *about, data.task_ids, data.alternative_names):
        if isinstance(column, Numeric):
            yield column.values
        elif isinstance(column, Categorical):
            yield column.codes


def _misfits(data: ChoiceData) -> Iterator[str]:
    """Yield what does not fit; the later checks rely on the earlier ones."""
    sizes, tasks = np.diff(data.task_starts), np.diff(data.respondent_starts)
    wrong = []
    if not tasks.size:
        wrong.append("a respondent is needed, got none")
    if data.task_starts[0] != 0 or data.task_starts[-1] != data.n_rows or (sizes < 2).any():
        wrong.append(f"task_starts must cut all rows into tasks of two rows or more{_least(sizes)}")
    if data.respondent_starts[0] != 0 or data.respondent_starts[-1] != data.n_tasks:
        wrong.append("respondent_starts must cut all tasks")
    if (tasks < 1).any():
        wrong.append("each respondent needs a task")
    yield from wrong
    if not wrong:
        yield from _misfits_in_tasks(data)
        yield from _misfits_of_respondents(data)
        for name, column in data.columns.items():
            yield from _misfits_in_column(f"column {name}", column, data.is_outside)


def _least(sizes: np.ndarray) -> str:
    """Return which task is too small, counted from 1; a choice without an alternative says nothing.

    Kernels rely on it: rows less the chosen one must leave a row in every task.
    """
    small = np.flatnonzero(sizes < 2)
    return f": task {small[0] + 1} of {len(sizes)} has {sizes[small[0]]}" if small.size else ""


def _misfits_in_tasks(data: ChoiceData) -> Iterator[str]:
    chosen, starts = data.chosen_rows, data.task_starts
    if len(chosen) != data.n_tasks or ((chosen < starts[:-1]) | (chosen >= starts[1:])).any():
        yield "chosen_rows must name one row of each task"
    if (np.add.reduceat(data.is_outside, starts[:-1], dtype=np.int64) > 1).any():
        yield "a task may have one outside option, not two"
    tasks, rows = np.diff(data.respondent_starts), np.diff(starts)
    yield from _misfits_of_names("task_ids", data.task_ids, tasks, within="respondent")
    if (names := data.alternative_names) is not None:
        yield from _misfits_of_names("alternative_names", names, rows, within="task")


def _misfits_of_names(
    what: str, names: Categorical, sizes: np.ndarray, *, within: str
) -> Iterator[str]:
    """Yield what is wrong with names that tell entries apart within runs of `sizes`."""
    found = list(_misfits_in_column(what, names, np.zeros(sizes.sum(), dtype=bool)))
    yield from found
    if not found and _has_repeats(names, sizes):
        yield f"{what} must be distinct within a {within}"


def _has_repeats(names: Categorical, sizes: np.ndarray) -> bool:
    """Return whether some run of `sizes` entries has a name twice."""
    run = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    pairs = np.sort(run * len(names.levels) + names.codes)
    return bool((pairs[1:] == pairs[:-1]).any())


def _misfits_of_respondents(data: ChoiceData) -> Iterator[str]:
    counts = {"respondent_ids": len(data.respondent_ids), "weights": len(data.weights)}
    for name, got in counts.items():
        if got != data.n_respondents:
            yield f"{name} needs {data.n_respondents} entries, got {got}"
    if len({"", *data.respondent_ids}) <= len(data.respondent_ids):
        yield "respondent_ids must be distinct and not empty"
    if not (np.isfinite(data.weights).all() and (data.weights > 0).all()):
        yield "weights must be finite and above 0: leave out who is not to count"
    nobody = np.zeros(data.n_respondents, dtype=bool)
    for name, column in data.about_respondents.items():
        if name in data.columns:
            yield f"about_respondents has {name}, which is an attribute already"
        yield from _misfits_in_column(f"about_respondents {name}", column, nobody)
    for name, numbers in data.partly_known.items():
        if name in data.columns or name in data.about_respondents:
            yield f"partly_known has {name}, which is known of all already"
        yield from _misfits_in_column(f"partly_known {name}", numbers, ~nobody)


def _misfits_in_column(what: str, column: Column, may_miss: np.ndarray) -> Iterator[str]:
    entries = column.values if isinstance(column, Numeric) else column.codes
    if entries.shape != may_miss.shape:
        yield f"{what} needs {may_miss.size} entries, got {entries.size}"
    elif isinstance(column, Numeric):
        if np.isinf(entries).any() or np.isnan(entries[~may_miss]).any():
            yield f"{what} has values that are missing or infinite"
    else:
        if len({"", *column.levels}) <= len(column.levels):
            yield f"{what} has a level twice or one without a name"
        if (entries >= len(column.levels)).any() or (entries < -1).any():
            yield f"{what} has codes without a level"
        if (entries[~may_miss] < 0).any():
            yield f"{what} has missing values"
