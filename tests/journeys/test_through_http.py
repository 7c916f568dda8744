"""Simulated respondents on the real pages of a real service, and what is learnt from them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from counterflow.bootstrap import open_field, open_field_store
from counterflow.domain.interview import Interview
from counterflow.programme.field.field import Field
from counterflow.programme.field.pages_of_interview import page_of_interview
from counterflow.programme.field.simulate_field import simulated_respondents
from counterflow.survey.questionnaire.cards import TaskToShow, cards_of
from counterflow.survey.questionnaire.page_to_show import PageToShow
from counterflow.survey.questionnaire.shown_task import ShownTask
from counterflow.web.visitor.service_process import service_process
from counterflow.web.visitor.visit import PANEL_PREFIX
from strategies.cargo_bike import CARGO_BIKE

N_RESPONDENTS = 100
N_TASKS = 8

QUESTIONNAIRE = f"""
[survey.design]
method = "random"
n_versions = 40

[survey.questionnaire]
languages = ["en", "ko"]
n_tasks = {N_TASKS}
purchase_chance = false
test_drive = false

[survey.questionnaire.consent]
version = "1"
controller = "A test: test@example.com"

[survey.questionnaire.screening.rides]
label = "Do you ride?"
answers = [
  {{ name = "yes", label = "Yes" }},
  {{ name = "no", label = "No", screens_out = true }},
]

[estimation]
"""
ALIKE = """\
[estimation]
model = "mnl"
use_weights = true
n_draws = 100
"""


def counterflow(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would and return what it printed."""
    command = [sys.executable, "-m", "counterflow", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def programme_text(n_respondents: int = N_RESPONDENTS) -> str:
    """Return the cargo bike with a questionnaire, for people whose tastes are all alike."""
    alike = re.sub(r"sd = [0-9.]+ \}", "sd = 0 }", CARGO_BIKE)
    alike = re.sub(r"\[estimation\]\n(.+\n)+", ALIKE, alike)
    alike = alike.replace("n_respondents = 400", f"n_respondents = {n_respondents}")
    return alike.replace("[estimation]\n", QUESTIONNAIRE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return the folder of a rehearsal that was held."""
    folder = tmp_path_factory.mktemp("cargo-bike")
    (folder / "programme.toml").write_text(programme_text(), encoding="utf-8")
    done = counterflow("simulate", folder, "--through-http", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["interviews_by_status"] == {"complete": N_RESPONDENTS}
    assert told["kept_in"] == str(folder / "out" / "simulated")
    return folder / "out" / "simulated"


def interviews(folder: Path, *statuses: str) -> list[Interview]:
    with closing(open_field_store(folder)) as store:
        return list(store.interviews(statuses=statuses or ("complete",)))


def test_everybody_finishes_once_and_nothing_is_left_beside_the_programme(folder):
    found = interviews(folder)
    assert sorted(found_id.panel_id for found_id in found) == sorted(
        f"{PANEL_PREFIX}{number}" for number in range(N_RESPONDENTS)
    )
    assert {interview.language for interview in found} == {"en", "ko"}
    out = folder.parent
    assert [path.name for path in out.iterdir()] == ["simulated"]


def test_the_stored_choices_are_those_that_the_preferences_make_of_the_cards_shown(folder):
    with closing(open_field(folder)) as field:
        respondents = simulated_respondents(field.programme)
        for interview in field.store.interviews():
            respondent = respondents[int(interview.panel_id.removeprefix(PANEL_PREFIX))]
            for k in range(N_TASKS):
                answer = interview.answer_on(f"task-{k + 1}")
                page = page_of(field, k, ShownTask.from_record(answer.shown))
                assert [answer.answers["choice"]] == respondent.form(page)["choice"]


def page_of(field: Field, k: int, shown: ShownTask) -> PageToShow:
    """Return the page of a task that was shown as the k-th, from 0."""
    return PageToShow(
        page=page_of_interview(field.pages, f"task-{k + 1}"),
        interview_id=None,
        status="open",
        language="en",
        languages=("en",),
        key="",
        number=k + 3,
        n_pages=len(field.pages),
        title="",
        task=TaskToShow(
            number=k + 1,
            n_tasks=N_TASKS,
            cards=cards_of(field.programme, shown, field.texts["en"]),
            has_outside=True,
            currency="EUR",
        ),
    )


def test_estimation_recovers_what_they_were_drawn_from(folder):
    cleaned = counterflow("clean", folder, "--json")
    assert cleaned.returncode == 0, cleaned.stdout + cleaned.stderr
    done = counterflow("estimate", folder, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    truth = dict(
        re.findall(r'^"?([\w\[\]]+)"? = \{ mean = ([-0-9.]+), sd', CARGO_BIKE, flags=re.MULTILINE)
    )
    told = json.loads(done.stdout)
    assert told["answers"]["is_simulated"]
    found = {c["label"]: c for c in told["coefficients"]}
    assert found.keys() == truth.keys()
    for label, coefficient in found.items():
        # An interval of 90 % is 3.29 standard errors wide; of 7 estimates, one in 2,000 samples
        # has one that lies 4 standard errors off.
        error = (coefficient["high"] - coefficient["low"]) / 3.29
        assert abs(coefficient["mean"] - float(truth[label])) < 4.0 * error, label


def test_a_rehearsal_never_takes_the_place_of_something_else(tmp_path):
    (tmp_path / "programme.toml").write_text(programme_text(2), encoding="utf-8")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "answers.csv").write_text("of people\n")
    done = counterflow("simulate", tmp_path, "--through-http", "--into", mine)
    assert done.returncode == 3
    assert "expected a folder that is not there yet" in " ".join(done.stderr.split())
    assert [path.name for path in mine.iterdir()] == ["answers.csv"]


def test_respondents_are_sent_to_a_survey_that_runs(tmp_path):
    (tmp_path / "programme.toml").write_text(programme_text(3), encoding="utf-8")
    with service_process(tmp_path) as service:
        done = counterflow("simulate", tmp_path, "--through-http", "--url", service.address)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"3 complete: {service.address}" in done.stdout
    assert len(interviews(tmp_path)) == 3


def test_an_interruption_leaves_nothing_behind(tmp_path):
    (tmp_path / "programme.toml").write_text(programme_text(5_000), encoding="utf-8")
    command = [sys.executable, "-m", "counterflow", "simulate", str(tmp_path), "--through-http"]
    log = tmp_path / "out" / ".simulated.writing" / "out" / "field" / "field.sqlite-wal"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 120.0
        # Until answers are on their way, and some time into them.
        while not (log.exists() and log.stat().st_size > 500_000):
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said.decode()
    assert list((tmp_path / "out").iterdir()) == []
