"""Exports say what was answered, in whichever format, and nothing of who answered."""

import csv
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError
from counterflow.domain.interview import Contact
from counterflow.formats import field_export
from counterflow.formats.field_export import export_contacts, export_interviews, safe_cell
from counterflow.survey.cleaning.gather import Gathering
from counterflow.survey.simulate import simulate_coefficients
from strategies.field_interviews import QUESTIONNAIRE, asked_programme, interviews, page
from strategies.fieldwork import random_design

PROGRAMME = asked_programme()
DESIGN = random_design(PROGRAMME, n_versions=4)
FOUND = list(interviews(PROGRAMME, DESIGN, simulate_coefficients(PROGRAMME)[:5], device="phone"))
SECRETS = ("secret-", "phone", "panel-")


def _rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _said(found, name, **answers):
    """Return an interview with other answers on a page."""
    others = tuple(x for x in found.answers if x.page != name)
    return replace(found, answers=(*others, page(name, answers)))


def test_a_row_a_respondent_holds_answers_choices_and_what_was_shown(tmp_path):
    n = export_interviews(PROGRAMME, FOUND, tmp_path / "x.csv")
    rows = _rows(tmp_path / "x.csv")
    assert n == len(rows) == 5
    first = rows[0]
    assert (first["interview"], first["status"], first["region"]) == ("1", "complete", "country")
    assert (first["household_partner"], first["household_children"]) == ("1", "0")
    assert first["minutes"] == "5.0"
    task = FOUND[0].answer_on("task-1")
    assert first["t1_chosen"] == task.answers["choice"]
    second = next(x for x in task.shown["alternatives"] if x["place"] == 2)
    assert first["t1_a2_price"] == second["levels"]["price"]


def test_a_row_an_alternative_is_what_programmes_read_as_answers(tmp_path):
    path = tmp_path / "x.csv"
    n = export_interviews(PROGRAMME, FOUND, path, rows_are="alternatives")
    assert n == 5 * 8 * 4
    known = {"respondent", "task", "alternative", "chosen", "region", "age", *PROGRAMME.attributes}
    data = ChoiceData.from_long(
        path,
        respondent="respondent",
        task="task",
        alternative="alternative",
        outside_alternative="none",
        chosen="chosen",
        attributes=PROGRAMME.attributes,
        about_respondent=["region", "age"],
        ignore=[name for name in _rows(path)[0] if name not in known],
    )
    gathering = Gathering(PROGRAMME, {DESIGN.content_hash: DESIGN}.__getitem__)
    for one in FOUND:
        gathering.add(one)
    expected = gathering.choice_data()
    np.testing.assert_array_equal(data.chosen_rows, expected.chosen_rows)
    for name in PROGRAMME.attributes:
        one, other = data.columns[name], expected.columns[name]
        np.testing.assert_array_equal(
            getattr(one, "codes", getattr(one, "values", None)),
            getattr(other, "codes", getattr(other, "values", None)),
        )


@pytest.mark.parametrize("rows_are", ["respondents", "alternatives"])
@pytest.mark.parametrize("ending", ["csv", "parquet", "sav"])
def test_who_answered_is_in_no_export(tmp_path, rows_are, ending):
    path = tmp_path / f"x.{ending}"
    people = [replace(x, panel_id=f"panel-{x.number}") for x in FOUND]
    export_interviews(PROGRAMME, people, path, rows_are=rows_are)
    written = path.read_bytes() if ending != "parquet" else str(pq.read_table(path)).encode()
    assert not any(secret.encode() in written for secret in SECRETS)


@pytest.mark.parametrize("rows_are", ["respondents", "alternatives"])
def test_parquet_holds_what_csv_holds_with_numbers_as_numbers(tmp_path, rows_are):
    for ending in ("csv", "parquet"):
        export_interviews(PROGRAMME, FOUND, tmp_path / f"x.{ending}", rows_are=rows_are)
    table = pq.read_table(tmp_path / "x.parquet")
    for row, cells in zip(table.to_pylist(), _rows(tmp_path / "x.csv"), strict=True):
        for name, value in row.items():
            if isinstance(value, float):
                assert float(cells[name]) == value
            else:
                assert cells[name] == (value or "")
    assert table.schema.field("age").metadata == {b"label": b"Your age"}


def test_spss_has_the_words_of_questions_and_answers(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    export_interviews(PROGRAMME, FOUND, tmp_path / "x.sav")
    frame, meta = pyreadstat.read_sav(str(tmp_path / "x.sav"))
    assert len(frame) == 5
    assert meta.column_names_to_labels["region"] == "Where do you live?"
    assert meta.variable_value_labels["region"] == {1.0: "City", 2.0: "Country"}
    assert frame["region"].tolist() == [2.0, 1.0, 1.0, 2.0, 1.0]
    assert frame["income"].isna().all()
    trim = meta.variable_value_labels["t1_a1_trim"]
    assert trim[2.0] == PROGRAMME.attributes["trim"].level("plus").text


def test_spss_without_its_packages_says_which_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyreadstat", None)
    with pytest.raises(InputError, match=r"counterflow\[spss\]"):
        export_interviews(PROGRAMME, FOUND, tmp_path / "x.sav")
    assert list(tmp_path.iterdir()) == []


def test_words_of_ones_own_cannot_become_a_formula(tmp_path):
    evil = '=HYPERLINK("http://evil","x")'
    export_interviews(
        PROGRAMME, [_said(FOUND[0], "background", age=20.0, remark=evil)], tmp_path / "x.csv"
    )
    [row] = _rows(tmp_path / "x.csv")
    assert row["remark"] == "'" + evil


@given(st.text())
def test_no_cell_of_ones_own_words_begins_like_a_formula(text):
    safe = safe_cell(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert safe.removeprefix("'") == text.removeprefix("'")


def test_korean_and_chinese_and_ends_of_lines_come_back_as_they_were(tmp_path):
    words = '좋아요, "很好"\nsecond line'
    one = _said(FOUND[0], "background", age=20.0, remark=words)
    export_interviews(PROGRAMME, [one], tmp_path / "x.csv")
    assert _rows(tmp_path / "x.csv")[0]["remark"] == words


def test_questions_called_as_columns_are_keep_their_own(tmp_path):
    status = {**QUESTIONNAIRE["background"]["income"], "label": "Marital status"}
    programme = asked_programme(background={"status": status, "t1_chosen": status})
    one = _said(FOUND[0], "background", status="low", t1_chosen="high")
    export_interviews(programme, [one], tmp_path / "x.csv")
    [row] = _rows(tmp_path / "x.csv")
    assert (row["status"], row["status_"]) == ("complete", "low")
    assert row["t1_chosen"] == "high"
    assert row["t1_chosen_"] == FOUND[0].answer_on("task-1").answers["choice"]


def test_an_interview_that_was_broken_off_has_empty_cells(tmp_path):
    short = replace(FOUND[0], status="open", ended_at=None, answers=FOUND[0].answers[:2])
    assert export_interviews(PROGRAMME, [short], tmp_path / "x.csv") == 1
    [row] = _rows(tmp_path / "x.csv")
    assert (row["minutes"], row["t8_chosen"], row["purchase_chance"]) == ("", "", "")
    assert export_interviews(PROGRAMME, [short], tmp_path / "y.csv", rows_are="alternatives") == 4


def test_interviews_are_written_as_they_come(tmp_path, monkeypatch):
    monkeypatch.setattr(field_export, "_BATCH", 10)
    export_interviews(PROGRAMME, iter(FOUND * 5), tmp_path / "x.parquet")
    assert pq.ParquetFile(tmp_path / "x.parquet").num_row_groups == 3


def test_a_failure_half_way_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("as it was")

    def broken():
        yield FOUND[0]
        raise OSError("the store went away")

    with pytest.raises(OSError, match="went away"):
        export_interviews(PROGRAMME, broken(), path)
    assert path.read_text() == "as it was"
    assert [x.name for x in tmp_path.iterdir()] == ["x.csv"]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.csv"):
        export_interviews(PROGRAMME, FOUND, tmp_path / "x.xls")


def test_contacts_stand_alone_and_a_partner_gets_no_id(tmp_path):
    contacts = [("secret-1", Contact(name="=cmd()", phone="+82 10", email="a@b.c"))]
    export_contacts(contacts, tmp_path / "own.csv", with_ids=True)
    export_contacts(contacts, tmp_path / "partner.csv")
    assert _rows(tmp_path / "own.csv") == [
        {"interview": "secret-1", "name": "'=cmd()", "region": "", "phone": "'+82 10",
         "email": "a@b.c"}
    ]  # fmt: skip
    assert "interview" not in _rows(tmp_path / "partner.csv")[0]
