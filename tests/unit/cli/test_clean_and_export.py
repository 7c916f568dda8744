"""`counterflow clean` and `counterflow export`, on interviews in a database."""

import csv
import json
import shutil
from contextlib import closing
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from counterflow.bootstrap import open_field_store
from counterflow.cli.app import app
from counterflow.domain.interview import (
    Admission,
    ConsentGiven,
    Contact,
    NewInterview,
    Submission,
)
from counterflow.formats.choice_data import read_choice_data
from counterflow.formats.programme_toml import load_programme
from counterflow.programme.field_store import Fieldwork
from counterflow.survey.simulate import simulate_coefficients
from strategies.field_interviews import START, interviews, page
from strategies.fieldwork import NATIONAL_CAR, random_design

AGES = ("from_18", "from_30", "from_45", "from_60")
HOMES = ("first_tier", "new_first_tier", "other")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a programme with 24 complete interviews, two of one device, and one begun."""
    folder = tmp_path_factory.mktemp("field") / "national-car"
    shutil.copytree(NATIONAL_CAR, folder, ignore=shutil.ignore_patterns("out"))
    programme = load_programme(folder / "programme.toml")
    design = random_design(programme, n_versions=4)
    people = simulate_coefficients(programme)[:24]
    with closing(open_field_store(folder)) as store:
        store.open_fieldwork(Fieldwork(programme_version=programme.version, design=design))
        for n, one in enumerate(interviews(programme, design, people)):
            tasks = [x for x in one.answers if x.page.startswith("task-")]
            described = {"age": AGES[n % 4], "home": HOMES[n % 3]}
            screening = page("screening", {**described, "licence": "yes"})
            one = replace(one, answers=(screening, *tasks, page("background", {})))
            _put(store, one, design, device="same" if n in (3, 4) else None)
        _begin(store, "open-one", design, None)
    return folder


def _put(store, one, design, device):
    _begin(store, one.id, design, device)
    last = len(one.answers) - 1
    consent = ConsentGiven(kind="contact", version="1", given_at=START)
    for k, answer in enumerate(one.answers):
        store.submit(
            Submission(
                key=f"{one.id}-{k}",
                body_hash="b",
                interview_id=one.id,
                answer=answer,
                admission=Admission() if k == 0 else None,
                ends_as="complete" if k == last else None,
                contact=Contact(name="=ada", email="ada@example.org") if k == last else None,
                consents=[consent] if k == last else [],
            )
        ).result()


def _begin(store, key, design, device):
    new = NewInterview(
        id=key,
        programme_version="v1",
        design_hash=design.content_hash,
        language="en",
        seed=1,
        started_at=START,
        device=device,
    )
    store.begin(new, key=f"key-{key}", body_hash="b").result()


def _run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def _rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_clean_writes_the_answers_and_the_trail_that_it_prints(folder):
    found = _run("clean", folder, "--json")
    assert found.exit_code == 0, found.output
    audit = json.loads(found.stdout)
    data = read_choice_data(folder / "out" / "field" / "answers.parquet")
    assert audit == json.loads((folder / "out" / "field" / "audit.json").read_text())
    assert audit["interviews_by_status"] == {"complete": 24, "open": 1}
    assert list(audit["rules"]) == ["duplicate_device"]
    assert audit["n_kept"] == data.n_respondents == 23
    assert audit["answers_hash"] == data.content_hash
    assert audit["weighting"]["status"] == "converged"


def test_clean_tells_people_who_was_left_out_and_what_it_changed(folder):
    found = _run("clean", folder)
    assert found.exit_code == 0, found.output
    for said in ("23 of 24 complete", "duplicate_device", "With and without", "Weights"):
        assert said in found.stdout


def test_clean_keeps_flagged_interviews_where_asked(folder):
    audit = json.loads(_run("clean", folder, "--keep-flagged", "--json").stdout)
    assert (audit["n_kept"], audit["rules"]) == (24, {})
    data = read_choice_data(folder / "out" / "field" / "answers.parquet")
    assert "flags" in data.about_respondents


def test_clean_of_a_survey_that_nobody_answered_says_so(tmp_path):
    shutil.copytree(NATIONAL_CAR, tmp_path / "car", ignore=shutil.ignore_patterns("out"))
    found = _run("clean", tmp_path / "car", "--json")
    assert found.exit_code == 3
    assert "at least one complete interview" in json.loads(found.stdout)["message"]


@pytest.mark.parametrize(("rows", "n"), [("respondents", 24), ("alternatives", 24 * 8 * 4)])
def test_export_writes_complete_interviews(folder, tmp_path, rows, n):
    to = tmp_path / "x.csv"
    found = _run("export", folder, "--to", to, "--rows", rows, "--json")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout) == {"n_rows": n, "written_to": str(to)}
    assert len(_rows(to)) == n


def test_export_of_all_has_open_interviews_too(folder, tmp_path):
    _run("export", folder, "--to", tmp_path / "x.csv", "--all")
    text = (tmp_path / "x.csv").read_text(encoding="utf-8-sig")
    assert text.count("\n") == 1 + 25


def test_contacts_go_out_by_purpose_and_without_answers(folder, tmp_path):
    to = tmp_path / "c.csv"
    found = _run("export", folder, "--contacts", "contact", "--to", to, "--json")
    assert json.loads(found.stdout)["n_rows"] == 24
    rows = _rows(to)
    assert set(rows[0]) == {"interview", "name", "region", "phone", "email"}
    assert rows[0]["name"] == "'=ada"
    # Nobody agreed to have contacts passed on.
    partner = load_programme(folder / "programme.toml").survey.questionnaire.consent.partners[0]
    found = _run("export", folder, "--contacts", partner, "--to", to, "--json")
    assert json.loads(found.stdout)["n_rows"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--contacts", "anybody", "--to", "c.csv"), "expected one of"),
        (("--contacts", "contact", "--all", "--to", "c.csv"), "never stand in one file"),
        (("--to", "x.xls"), ".csv"),
    ],
)
def test_what_cannot_be_exported_is_said(folder, arguments, said):
    found = _run("export", folder, *arguments, "--json")
    assert found.exit_code == 3
    assert said in json.loads(found.stdout)["message"]


def test_too_few_for_the_margins_are_cleaned_without_weights_where_that_is_asked_for(
    folder, tmp_path
):
    few = tmp_path / "few"
    shutil.copytree(folder, few)
    document = (few / "programme.toml").read_text(encoding="utf-8")
    margins = "[survey.questionnaire.margins.intends]\nthis_year = 0.5\nlater = 0.5\n\n"
    place = "[survey.questionnaire.margins.age]"
    assert place in document
    (few / "programme.toml").write_text(document.replace(place, margins + place), encoding="utf-8")
    refused = CliRunner().invoke(app, ["clean", str(few)])
    assert refused.exit_code == 3, refused.output
    done = CliRunner().invoke(app, ["clean", str(few), "--unweighted", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["weighting"] == {"status": "not_weighted"}


def test_an_export_needs_a_folder_to_lie_in(folder, tmp_path):
    to = tmp_path / "none" / "answers.csv"
    refused = CliRunner().invoke(app, ["export", str(folder), "--to", str(to), "--json"])
    assert refused.exit_code == 3
    assert json.loads(refused.stdout)["problems"][0]["where"] == str(to)
