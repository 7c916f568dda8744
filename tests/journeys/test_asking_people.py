"""People are asked on files, as in earnest: from the programme file to part-worths."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from counterflow.bootstrap import open_field, open_field_store
from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.field import Field
from counterflow.programme.field.open_page import open_page
from counterflow.programme.field.report import field_report
from counterflow.programme.field.submit_page import submit_page
from counterflow.survey.questionnaire.simulated_respondent import SimulatedRespondent
from counterflow.survey.simulate import simulate_coefficients
from strategies.workspaces import EXAMPLES, example

N_RESPONDENTS = 30
QUICKER = {
    "n_versions = 100": "n_versions = 4",
    "seconds = 20": "seconds = 1",
    'model = "hb"\n': 'model = "mnl"\nuse_weights = true\nn_draws = 100\n',
    'signs = { price = "negative", "log(range)" = "positive" }\n': "",
    "n_chains = 2\nn_burn_in = 1000\nn_sweeps = 5000\nn_draws = 200\n": "",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return the national car's folder, after some interviews."""
    folder = tmp_path_factory.mktemp("asked") / "national-car"
    shutil.copytree(EXAMPLES / "national-car", folder, ignore=shutil.ignore_patterns("out"))
    text = (folder / "programme.toml").read_text(encoding="utf-8")
    for before, after in QUICKER.items():
        assert before in text
        text = text.replace(before, after)
    (folder / "programme.toml").write_text(text, encoding="utf-8")
    with closing(open_field(folder)) as field:
        for number in range(N_RESPONDENTS):
            _answer(field, number, n_pages=99)
    return folder


def test_an_interview_is_resumed_where_it_was_left_after_the_service_was_stopped(folder):
    with closing(open_field(folder)) as field:
        interview_id = _answer(field, 99, n_pages=4)
        due = open_page(field, interview_id)
    with closing(open_field(folder)) as field:
        resumed = open_page(field, interview_id)
        assert resumed.page.id == "task-4"
        assert resumed.task == due.task
        assert resumed.language == "zh"
        report = field_report(field)
    assert report.n_complete == N_RESPONDENTS
    assert {page.page: page.answered for page in report.pages}["task-3"] > N_RESPONDENTS


def test_part_worths_are_estimated_from_what_people_answered(folder):
    done = _counterflow("estimate", folder, "--from-field", "--json")
    answers = json.loads(done)["answers"]
    assert (answers["n_respondents"], answers["is_simulated"]) == (N_RESPONDENTS, False)
    assert answers["n_tasks"] == 8 * N_RESPONDENTS


def test_a_person_is_forgotten_by_command(folder):
    with closing(open_field_store(folder)) as store:
        interview = next(store.interviews())
    assert interview.device is not None
    assert json.loads(_counterflow("forget", folder, interview.id, "--json")) == {
        "forgotten": interview.id
    }
    with closing(open_field_store(folder)) as store:
        after = store.interview(interview.id)
    assert (after.device, after.answers) == (None, interview.answers)
    refused = json.loads(_counterflow("forget", folder, "nobody", "--json", code=3))
    assert refused["problems"][0]["expected"] == "the id of an interview"


def test_the_check_lists_texts_that_a_language_lacks(folder):
    assert not any(json.loads(_counterflow("check", folder, "--json"))["texts_missing"].values())
    texts = folder / "texts" / "ko.toml"
    whole = texts.read_text(encoding="utf-8")
    texts.write_text(whole.replace('answers.public = "공용 충전소"\n', ""), encoding="utf-8")
    said = _counterflow("check", folder)
    texts.write_text(whole, encoding="utf-8")
    assert "texts/ko.toml lacks 1: questions.charging.answers.public" in said


@cache
def _coefficients() -> np.ndarray:
    return simulate_coefficients(example("national-car"))


def _answer(field: Field, number: int, *, n_pages: int) -> str:
    """Answer up to so many pages as a simulated respondent, and return the interview."""
    respondent = SimulatedRespondent(
        programme=field.programme,
        coefficients=_coefficients()[number],
        number=number,
        seed=1,
    )
    language = ("zh", "en", "ko")[number % 3]
    begun = begin_interview(
        field, key=field.new_key(), language=language, consented=True, device=f"phone {number}"
    )
    interview_id = begun.result().interview_id
    for _ in range(n_pages):
        if (page := open_page(field, interview_id)).is_end:
            break
        form = respondent.form(page)
        submit_page(
            field, interview_id, page.page.id, key=page.key, form=form, seconds=9.0
        ).result()
    return interview_id


def _counterflow(*arguments: object, code: int = 0) -> str:
    """Run the command as a person would, and return what it printed."""
    command = [sys.executable, "-m", "counterflow", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
