"""Two definitions of a programme compared: one answer in Python and in the terminal."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from counterflow.bootstrap import open_workspace
from counterflow.cli.app import app
from counterflow.definition.compare import compare
from counterflow.formats.definition import read_definition_file
from counterflow.programme.chain import Chain, Silent
from counterflow.programme.compare import compare_definitions
from counterflow.programme.estimate import estimate_part_worths
from strategies.workspaces import EXAMPLES


def define(*arguments: object) -> Result:
    """Run the command in this process, on a terminal of 100 columns."""
    command = ["define", *map(str, arguments)]
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, command)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A programme that was defined, changed so that it may make one offer only, and defined."""
    folder = tmp_path_factory.mktemp("compare") / "cars"
    shutil.copytree(EXAMPLES / "california-cars", folder, ignore=shutil.ignore_patterns("out"))
    assert define(folder).exit_code == 0
    file = folder / "programme.toml"
    file.write_text(file.read_text().replace("n_offers = 3", "n_offers = 1"))
    assert define(folder).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def versions(folder) -> list[str]:
    listed = json.loads(define(folder, "--versions", "--json").stdout)["versions"]
    return [each["version"] for each in listed]


def test_each_version_that_was_made_is_kept_and_listed(folder, versions):
    assert len(versions) == 2
    definition = json.loads((folder / "out" / "define" / "definition.json").read_text())
    assert versions[1] == definition["version"]
    files = {path.name for path in (folder / "out" / "definitions").iterdir()}
    assert files == {f"{version[:12]}.json" for version in versions}
    told = define(folder, "--versions").stdout
    assert all(version[:12] in told for version in versions)
    assert define(folder).exit_code == 0
    assert len(list((folder / "out" / "definitions").iterdir())) == 2


def test_python_and_the_terminal_give_one_answer(folder, versions):
    told = json.loads(define(folder, "--compare", versions[0][:8], "current", "--json").stdout)
    chain = Chain(open_workspace(folder, progress=Silent()))
    assert told == compare_definitions(chain, versions[0], "current").as_dict()
    kept = [folder / "out" / "definitions" / f"{version[:12]}.json" for version in versions]
    by_hand = compare(
        chain.workspace.programme,
        estimate_part_worths(chain).value().part_worths,
        *map(read_definition_file, kept),
    )
    assert told == by_hand.as_dict()


def test_a_definition_has_one_meaning_whatever_it_is_called(folder, versions):
    called = ["current", folder, folder / "out", folder / "out" / "define" / "definition.json"]
    answers = {
        define(folder, "--compare", versions[0][:12], name, "--json").stdout
        for name in (*called, versions[1])
    }
    assert len(answers) == 1


def test_the_tables_say_what_changed_and_what_it_does(folder, versions):
    told = define(folder, "--compare", versions[0][:6], "current").stdout
    found = json.loads(define(folder, "--compare", versions[0][:6], "current", "--json").stdout)
    assert max(map(len, told.splitlines()[1:-3])) <= 100
    for text in ("What changed", "profit", "of which fixed costs", "inverter (piece)", "outside"):
        assert text in told
    assert f"with probability {found['probability_b_earns_more']:.2f}" in told
    assert "A was made from another version of the programme" in told
    assert len(found["changes"]["removed"]) == 2
    assert found["parts"]["inverter"]["b"]["mean"] == 0.0


def test_the_same_definition_twice_is_no_difference(folder):
    told = define(folder, "--compare", "current", "current").stdout
    assert "Both offer the same." in told
    assert "with probability 0.50" in told


def test_all_that_is_wrong_with_both_is_said_at_once(folder, tmp_path):
    (tmp_path / "not.json").write_text('{"schema": "something else"}')
    done = define(folder, "--compare", "nothing", tmp_path / "not.json", "--json")
    assert done.exit_code == 3
    problems = json.loads(done.stdout)["problems"]
    assert [problem["found"] for problem in problems] == [
        '"nothing"',
        "ValueError: schema 'something else'",
    ]
    assert "--versions" in problems[0]["advice"]


@pytest.mark.parametrize(
    ("called", "expected"),
    [
        ("0000", "none"),
        ("", "a definition.json"),
        ("abc", "four digits or more"),
        ("no-such-folder/define", "a definition.json"),
    ],
)
def test_what_leads_to_no_definition_is_wrong_input(folder, called, expected):
    done = define(folder, "--compare", "current", called)
    assert done.exit_code == 3, done.output
    assert expected in done.stderr


def test_a_definition_that_was_changed_by_hand_is_refused(folder, tmp_path):
    whole = (folder / "out" / "define" / "definition.json").read_text()
    (tmp_path / "cheaper.json").write_text(whole.replace('"price": ', '"price": 1'))
    done = define(folder, "--compare", "current", tmp_path / "cheaper.json")
    assert done.exit_code == 3
    assert "changed after its version was written" in done.stderr


def test_what_cannot_be_offered_now_is_named(folder, versions, tmp_path):
    other = tmp_path / "cars"
    shutil.copytree(folder, other)
    file = other / "programme.toml"
    rule = '[[rules]]\nexcludes = { fuel = "electric" }\nreason = "No charger."\n\n[costs]\n'
    file.write_text(file.read_text().replace("[costs]\n", rule, 1))
    done = define(other, "--compare", versions[0][:12], "current", "--json")
    assert done.exit_code == 3, done.output
    problems = json.loads(done.stdout)["problems"]
    assert len(problems) == 2
    assert all("No charger." in problem["expected"] for problem in problems)
    assert {problem["found"] for problem in problems} == {"fuel=electric"}


def test_two_questions_at_once_are_wrong_usage(folder):
    assert define(folder, "--versions", "--compare", "current", "current").exit_code == 2
    assert define(folder, "--compare", "current").exit_code == 2
