"""Each example runs with one command, twice the same, and never leaves half a result."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from strategies.workspaces import EXAMPLES

CHINA_ANSWERS = EXAMPLES.parents[1] / "shared" / "data" / "choice" / "cars_china.csv"
OUTPUTS = [
    "run.json",
    "estimate/estimate.json",
    "estimate/part_worths.parquet",
    "estimate/coefficients.csv",
    "estimate/willingness_to_pay.csv",
    "define/definition.json",
    "forecast/volumes.parquet",
    "forecast/volumes.csv",
    "plan/production_plan.json",
    "plan/part_needs.csv",
    "plan/build_plan.csv",
    "plan/long_lead.csv",
    "report/report.html",
]


def counterflow(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would and return what it printed."""
    command = [sys.executable, "-m", "counterflow", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def copy_of(example: str, to: Path) -> Path:
    """Return a copy of an example without its outputs."""
    folder = to / example
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("out"))
    return folder


@pytest.fixture(scope="module", params=["national-car", "california-cars"])
def run_folder(request, tmp_path_factory) -> Path:
    folder = copy_of(request.param, tmp_path_factory.mktemp("run"))
    done = counterflow("run", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"report: {folder}/out/report/report.html" in done.stdout
    return folder


def test_a_run_leaves_every_output_and_nothing_else_unfinished(run_folder):
    out = run_folder / "out"
    assert [name for name in OUTPUTS if not (out / name).is_file()] == []
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []


def test_the_record_names_seeds_versions_and_what_each_step_was_made_from(run_folder):
    record = json.loads((run_folder / "out" / "run.json").read_text())
    definition = json.loads((run_folder / "out" / "define" / "definition.json").read_text())
    assert record["definition_version"] == definition["version"]
    assert definition["made_from"]["programme"] == record["programme_version"]
    assert set(record["seeds"]) == {"simulation", "estimation", "search", "demand"}
    assert [step["step"] for step in record["steps"]][-1] == "report"
    assert all(len(step["made_from"]) == 64 for step in record["steps"])


def test_a_second_run_keeps_what_is_unchanged_and_one_from_scratch_gives_the_same_bytes(
    run_folder,
):
    compared = ["define/definition.json", "forecast/volumes.parquet", "forecast/volumes.csv"]
    before = {name: (run_folder / "out" / name).read_bytes() for name in compared}
    kept = json.loads(counterflow("run", run_folder, "--json").stdout)
    assert all(step["kept"] for step in kept["steps"])
    again = json.loads(counterflow("run", run_folder, "--json", "--from-scratch").stdout)
    assert not any(step["kept"] for step in again["steps"] if step["step"] != "answers")
    assert before == {name: (run_folder / "out" / name).read_bytes() for name in compared}


def test_each_command_prints_json_that_a_program_can_read(run_folder):
    for verb in ("check", "estimate", "define", "forecast", "plan", "report"):
        done = counterflow(verb, run_folder, "--json")
        assert done.returncode == 0, (verb, done.stderr)
        assert isinstance(json.loads(done.stdout), dict), verb


def test_each_command_prints_a_table_for_people(run_folder):
    expected = {
        "check": "buildable configurations",
        "estimate": "Willingness to pay",
        "define": "The line",
        "forecast": "Vehicles wanted",
        "plan": "Vehicles to build",
        "report": "report.html",
    }
    for verb, text in expected.items():
        assert text in counterflow(verb, run_folder).stdout, verb


@pytest.mark.skipif(
    not CHINA_ANSWERS.is_file(), reason=f"no {CHINA_ANSWERS.name} beside the project"
)
def test_the_chinese_car_buyers_give_the_published_multinomial_logit(tmp_path):
    folder = tmp_path / "project" / "examples" / "china-cars"
    shutil.copytree(EXAMPLES / "china-cars", folder, ignore=shutil.ignore_patterns("out"))
    (tmp_path / "shared").symlink_to(CHINA_ANSWERS.parents[2])
    done = counterflow("run", folder, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    estimate = json.loads((folder / "out" / "estimate" / "estimate.json").read_text())
    # Helveston et al. 2015 data, multinomial logit without weights, all 16 coefficients.
    assert estimate["multinomial_log_likelihood"] == pytest.approx(-6655.562, abs=1e-3)
    assert estimate["answers"]["n_respondents"] == 448


def test_answers_that_may_be_absent_end_the_run_with_a_clear_line(tmp_path):
    folder = copy_of("china-cars", tmp_path)
    done = counterflow("run", folder)
    assert done.returncode == 0
    assert "skipped" in done.stderr
    assert "cars_china.csv" in done.stderr
    assert not (folder / "out").exists() or list((folder / "out").iterdir()) == []


def test_a_new_programme_runs_as_it_is(tmp_path):
    folder = tmp_path / "My cargo bike"
    assert counterflow("new", folder).returncode == 0
    assert counterflow("new", folder).returncode == 3
    done = counterflow("run", folder, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["programme"] == "my-cargo-bike"
