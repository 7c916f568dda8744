"""Random choice data: ragged sets, panels, weights, outside options, with and without names."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from counterflow.domain.attributes import Attribute
from counterflow.domain.choice_data import Categorical, ChoiceData, Column, Numeric
from strategies.shape_checks import made_in_strategy

# Characters that files and dataframes are known to trip over, beside letters.
_TRICKY = "ab c0.-\"'é汉Ω/+%\t"
texts = st.text(_TRICKY, min_size=1, max_size=6).filter(lambda text: text == text.strip())
numbers = st.floats(-1e300, 1e300) | st.integers(-9, 9).map(float)


@st.composite
def choice_data(draw: st.DrawFn, *, max_respondents: int = 4) -> ChoiceData:
    """Return choice data; attributes are missing in rows of the outside option."""
    ids = draw(st.lists(texts, min_size=1, max_size=max_respondents, unique=True))
    n_tasks = [draw(st.integers(1, 3)) for _ in ids]
    sizes = [draw(st.integers(2, 4)) for _ in range(sum(n_tasks))]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    chosen = [
        start + draw(st.integers(0, size - 1)) for start, size in zip(starts, sizes, strict=False)
    ]
    is_outside = np.zeros(starts[-1], dtype=bool)
    if draw(st.booleans()):
        with_outside = [draw(st.booleans()) for _ in sizes]
        is_outside[starts[1:][with_outside] - 1] = True
    attributes, about = draw(_two_lists_of_names())
    parts = {
        "columns": {name: draw(_columns(is_outside)) for name in attributes},
        "is_outside": is_outside,
        "task_starts": starts,
        "respondent_starts": np.concatenate([[0], np.cumsum(n_tasks)]),
        "chosen_rows": np.array(chosen),
        "respondent_ids": tuple(ids),
        "task_ids": draw(_names(n_tasks)),
        "alternative_names": draw(_names(sizes) | st.none()),
        "weights": np.array([draw(st.floats(1e-3, 1e3)) for _ in ids]),
        "about_respondents": {name: draw(_descriptions(len(ids))) for name in about},
    }
    return made_in_strategy(lambda: ChoiceData(**parts))


@st.composite
def _two_lists_of_names(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Return names of attributes and, none of them again, of what describes respondents."""
    names = draw(st.lists(texts, unique=True, min_size=2, max_size=5))
    n_attributes = draw(st.integers(2, min(3, len(names))))
    return names[:n_attributes], names[n_attributes:]


@st.composite
def _descriptions(draw: st.DrawFn, n: int) -> Column:
    """Return a column as a table without definitions of its levels says it: those used, sorted."""
    if draw(st.booleans()):
        values = np.array(draw(st.lists(numbers, min_size=n, max_size=n)))
        return made_in_strategy(lambda: Numeric(values))
    # A letter in front, as levels that all look like numbers would be read as numbers.
    held = [f"x{name}" for name in draw(st.lists(texts, min_size=n, max_size=n))]
    levels = tuple(sorted(set(held)))
    codes = np.array([levels.index(name) for name in held])
    return made_in_strategy(lambda: Categorical(codes, levels))


@st.composite
def _columns(draw: st.DrawFn, is_outside: np.ndarray) -> Column:
    n = len(is_outside)
    if draw(st.booleans()):
        values = np.array(draw(st.lists(numbers, min_size=n, max_size=n)))
        return made_in_strategy(lambda: Numeric(np.where(is_outside, np.nan, values)))
    levels = draw(st.lists(texts, min_size=2, max_size=4, unique=True))
    codes = np.array(draw(st.lists(st.integers(0, len(levels) - 1), min_size=n, max_size=n)))
    held = np.where(is_outside, -1, codes)
    return made_in_strategy(lambda: Categorical(held, tuple(levels)))


@st.composite
def _names(draw: st.DrawFn, sizes: list[int]) -> Categorical:
    """Return names that are distinct within runs of `sizes`."""
    levels = draw(st.lists(texts, min_size=max(sizes), max_size=5, unique=True))
    codes = [draw(st.permutations(range(len(levels))))[:size] for size in sizes]
    return made_in_strategy(lambda: Categorical(np.concatenate(codes), tuple(levels)))


def long_columns(data: ChoiceData) -> dict[str, list[Any]]:
    """Return the data as a table in long form, by column; None where a cell is empty."""
    sizes = np.diff(data.task_starts)
    people = np.repeat(np.arange(data.n_respondents), np.diff(data.respondent_starts))
    columns: dict[str, list[Any]] = {
        "who?": [data.respondent_ids[n] for n in np.repeat(people, sizes)],
        "which?": list(np.repeat(np.array(data.task_ids.names(), dtype=object), sizes)),
        "taken?": [int(row in set(data.chosen_rows)) for row in range(data.n_rows)],
        "outside?": data.is_outside.astype(int).tolist(),
        "weight?": np.repeat(data.weights[people], sizes).tolist(),
    }
    if data.alternative_names is not None:
        columns["what?"] = list(data.alternative_names.names())
    for name, column in data.columns.items():
        cells = column.names() if isinstance(column, Categorical) else column.values.tolist()
        columns[name] = [
            None if outside else cell for cell, outside in zip(cells, data.is_outside, strict=True)
        ]
    for name, column in data.about_respondents.items():
        cells = column.names() if isinstance(column, Categorical) else column.values.tolist()
        columns[name] = [cells[n] for n in np.repeat(people, sizes)]
    return columns


def roles(data: ChoiceData) -> dict[str, Any]:
    """Return the arguments with which `from_long` reads `long_columns`."""
    return {
        "respondent": "who?",
        "task": "which?",
        "chosen": "taken?",
        "outside": "outside?",
        "weights": "weight?",
        "alternative": None if data.alternative_names is None else "what?",
        "attributes": {name: _attribute(column) for name, column in data.columns.items()},
        "about_respondent": list(data.about_respondents),
        "ignore": (),
    }


def _attribute(column: Column) -> Attribute:
    """Return an attribute that allows just what the column holds, or could hold."""
    raw: dict[str, Any] = {"label": "any", "kind": "feature"}
    if isinstance(column, Categorical):
        raw |= {"coding": "categorical", "levels": column.levels}
    else:
        low, high = np.nanmin(column.values), np.nanmax(column.values)
        ends = {"low": low, "high": high if high > low else low + abs(low) + 1.0}
        levels = [{"name": name, "value": float(value)} for name, value in ends.items()]
        raw |= {"coding": "linear", "unit": "unit", "levels": levels, "continuous": True}
    return made_in_strategy(lambda: Attribute.model_validate(raw))
