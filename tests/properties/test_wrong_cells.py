"""A wrong cell is refused by its row and column, and nothing but InputError is ever raised."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric
from counterflow.domain.errors import InputError, Problem
from reference.long_table import ARGUMENTS, Fact, plain_facts

HEADER = ("person", "task", "car", "offered", "taken", "weight", "trim", "range", "price")
WRONG = (
    *("", " ", "abc", "nan", "inf", "-inf", "1e999", "1_000", "１", "1,5", "0x10", "--", '"'),
    *("-1", "0", "1", "2", "0.5", "1.0", " 1 ", "1e0", "3", "400", "450", "600.0", "20", "20.1"),
    *("a", "b", "c", "none", "None", "ada", "bo", "t1", "t2", "t9", "base", "plus", "Plus", "é\n"),
)  # fmt: skip


def _sound_table() -> dict[str, list[str]]:
    """Return three people with two or three tasks of three cars and none; some not offered."""
    rows = []
    for n, (person, n_tasks) in enumerate([("ada", 3), ("bo", 2), ("cy", 2)]):
        for t in range(n_tasks):
            for j, car in enumerate(["a", "b", "c", "none"]):
                offered, taken = (j, t) != (2, 1), j == (n + t) % 2
                product = [
                    ["base", "plus"][j % 2],
                    str(400 + 100 * j),
                    str(7.5 + j + t),
                ]
                rows.append(
                    [person, f"t{t}", car, str(int(offered)), str(int(taken)), str(n + 0.5)]
                    + (product if car != "none" else ["", "", ""])
                )
    return {name: list(cells) for name, cells in zip(HEADER, zip(*rows, strict=True), strict=True)}


SOUND = _sound_table()
N_ROWS = len(SOUND["person"])
changes = st.tuples(
    st.sampled_from(HEADER),
    st.integers(0, N_ROWS - 1),
    st.sampled_from(WRONG) | st.text(max_size=4),
)


def _facts(data: ChoiceData) -> set[Fact]:
    facts = set()
    for n, person in enumerate(data.respondent_ids):
        for t in range(data.respondent_starts[n], data.respondent_starts[n + 1]):
            rows = range(data.task_starts[t], data.task_starts[t + 1])
            cars = tuple(_car(data, row) for row in rows)
            taken = data.alternative_names.names()[data.chosen_rows[t]]
            facts.add((person, data.task_ids.names()[t], data.weights[n], cars, taken))
    return facts


def _car(data: ChoiceData, row: int) -> tuple[Any, ...]:
    name = data.alternative_names.names()[row]
    if name == "none":
        assert data.is_outside[row]
        return (name,)
    columns = (data.columns["trim"], data.columns["range"], data.columns["price"])
    return (
        name,
        *(c.names()[row] if isinstance(c, Categorical) else c.values[row] for c in columns),
    )


def _says(problem: Problem, row: int) -> bool:
    return re.search(rf"\brows? (\d+, )*{row}\b", problem.key) is not None


def test_the_sound_table_is_read():
    data = ChoiceData.from_long(SOUND, **ARGUMENTS)
    assert _facts(data) == plain_facts(SOUND)
    assert (data.n_respondents, data.n_tasks, data.n_rows) == (3, 7, 25)


@settings(max_examples=300)
@given(changes)
def test_one_wrong_cell_is_refused_by_row_and_column_or_read_as_what_it_says(change):
    column, row, text = change
    table = {name: list(cells) for name, cells in SOUND.items()}
    table[column][row] = text
    expected = plain_facts(table)
    if expected is not None:
        assert _facts(ChoiceData.from_long(table, **ARGUMENTS)) == expected
        return
    with pytest.raises(InputError) as refused:
        ChoiceData.from_long(table, **ARGUMENTS)
    naming = [problem for problem in refused.value.problems if _says(problem, row + 1)]
    assert naming
    if column in ("trim", "range", "price", "weight"):
        assert any(problem.key.startswith(f"{column}, row") for problem in naming)


@settings(max_examples=100)
@given(st.lists(changes, min_size=2, max_size=12))
def test_many_wrong_cells_are_refused_or_read_as_what_they_say(several):
    table = {name: list(cells) for name, cells in SOUND.items()}
    for column, row, text in several:
        table[column][row] = text
    expected = plain_facts(table)
    if expected is not None:
        assert _facts(ChoiceData.from_long(table, **ARGUMENTS)) == expected
    else:
        with pytest.raises(InputError):
            ChoiceData.from_long(table, **ARGUMENTS)


def _csv(table: dict[str, list[str]]) -> bytes:
    lines = [",".join(table), *(",".join(cells) for cells in zip(*table.values(), strict=True))]
    return "\n".join(lines).encode() + b"\n"


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, len(_csv(SOUND)) - 1), st.integers(0, 255)), max_size=4),
    st.integers(0, len(_csv(SOUND))),
)
def test_a_damaged_text_file_is_read_or_refused(tmp_path_factory, bytes_changed, cut_at):
    raw = bytearray(_csv(SOUND))
    for position, byte in bytes_changed:
        raw[position] = byte
    path = tmp_path_factory.mktemp("damaged") / "answers.csv"
    path.write_bytes(raw if cut_at % 3 else raw[:cut_at])
    try:
        data = ChoiceData.from_long(path, **ARGUMENTS)
    except InputError:
        return
    assert isinstance(data.columns["price"], Numeric)
    assert np.isfinite(data.weights).all()
