"""Rubbish in gives a clear error out: never a traceback, never half a result."""

import json
import random
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from counterflow.cli.app import app
from strategies.workspaces import EXAMPLES

CALIFORNIA = EXAMPLES / "california-cars"


def run(*arguments: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def california(tmp_path) -> Path:
    """A copy of the example whose answers are a CSV that any cell of can be spoilt."""
    folder = tmp_path / "california"
    shutil.copytree(CALIFORNIA, folder, ignore=shutil.ignore_patterns("out"))
    table = pq.read_table(folder / "answers.parquet").slice(0, 600)
    (folder / "answers.csv").write_text(table.to_pandas().to_csv(index=False))
    text = (folder / "programme.toml").read_text()
    (folder / "programme.toml").write_text(text.replace("answers.parquet", "answers.csv"))
    return folder


def spoil(lines: list[list[str]], chooser: random.Random) -> tuple[int, str]:
    """Spoil one cell in place; return its line and its column."""
    line, column = chooser.randrange(len(lines)), chooser.randrange(len(lines[0]))
    name = lines[0][column]
    lines[line][column] = chooser.choice(["", "??", "1e999", "nan", "-7", "\x00", "9,9"])
    return line + 1, name


def test_a_spoilt_cell_of_the_answers_is_named_and_nothing_is_written(california):
    whole = (california / "answers.csv").read_text().splitlines()
    before = snapshot(california)
    for seed in range(40):
        lines = [line.split(",") for line in whole]
        spoil(lines, random.Random(seed))
        (california / "answers.csv").write_text("\n".join(",".join(line) for line in lines) + "\n")
        done = run("estimate", california, "--json")
        assert done.exit_code == 3, (seed, done.output, done.exception)
        problems = json.loads(done.stdout)["problems"]
        assert all("answers.csv" in problem["where"] for problem in problems), (seed, problems)
        assert all(problem["expected"] and problem["found"] for problem in problems), seed
    (california / "answers.csv").write_text("\n".join(whole) + "\n")
    assert snapshot(california) == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "programme.toml"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"format = 1\nformat = 1\n", "programme.toml:2"),
        (b"[programme\n", "programme.toml:1"),
        (b"format = 2\n", "format"),
    ],
)
def test_a_file_that_is_no_programme_says_so_and_where(tmp_path, content, expected):
    (tmp_path / "programme.toml").write_bytes(content)
    for verb in ("check", "estimate", "define", "forecast", "plan", "report", "run", "simulate"):
        done = run(verb, tmp_path)
        assert done.exit_code == 3, (verb, done.output, done.exception)
        assert expected in done.stderr
        assert list(tmp_path.iterdir()) == [tmp_path / "programme.toml"]


def test_a_folder_without_a_programme_says_what_was_looked_for(tmp_path):
    done = run("run", tmp_path / "nowhere")
    assert done.exit_code == 3
    assert "nowhere" in done.stderr


def test_an_unwritable_place_is_an_error_with_its_name(california):
    (california / "out").write_text("a file where the outputs should go")
    done = run("estimate", california)
    assert done.exit_code == 3, (done.output, done.exception)
    assert "out" in done.stderr


def test_rules_that_leave_nothing_to_build_end_with_their_own_code(tmp_path):
    folder = tmp_path / "bike"
    assert run("new", folder).exit_code == 0
    text = (folder / "programme.toml").read_text()
    rule = (
        '[[rules]]\nexcludes = { motor = ["none", "hub", "mid"] }\nreason = "no motors at all"\n\n'
    )
    (folder / "programme.toml").write_text(
        text.replace("[parts.battery]", rule + "[parts.battery]")
    )
    done = run("check", folder)
    assert done.exit_code in (3, 4), done.output
    assert "leaves something to build" in done.stderr


def test_wrong_usage_has_the_usual_code():
    assert run("fly").exit_code == 2
    assert run("run", "--sideways").exit_code == 2
