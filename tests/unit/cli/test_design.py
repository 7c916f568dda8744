"""`counterflow design` writes tasks that a field can use, and says what they can tell."""

import json
import shutil
from contextlib import closing

import pytest
from typer.testing import CliRunner

from counterflow.bootstrap import open_field
from counterflow.cli.app import app
from counterflow.formats.choice_design import read_choice_design
from strategies.workspaces import EXAMPLES


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(
        EXAMPLES / "national-car", tmp_path / "car", ignore=shutil.ignore_patterns("out")
    )
    return tmp_path / "car"


def _run(*arguments: object):
    return CliRunner().invoke(app, ["design", *map(str, arguments)])


def test_the_design_is_written_and_told_in_words_and_as_json(folder, tmp_path):
    asked = (folder, "--n-versions", 2, "--seconds", 0.5)
    told = _run(*asked, "--out", tmp_path / "tasks.csv")
    assert told.exit_code == 0, told.output
    assert "2 versions of 8 tasks with 3 products and none" in told.stdout
    assert "price" in told.stdout
    as_json = _run(*asked, "--json")
    found = json.loads(as_json.stdout)
    written = read_choice_design(folder / "out" / "design" / "design.parquet")
    assert found["content_hash"] == written.content_hash
    assert found["diagnostics"]["n_dominated"] == 0
    assert (tmp_path / "tasks.csv").read_text().startswith('"version","task"')
    assert (folder / "out" / "design" / "design.csv").is_file()


def test_what_is_wrong_with_the_wish_is_said(folder, tmp_path):
    text = (folder / "programme.toml").read_text(encoding="utf-8")
    (folder / "programme.toml").write_text(
        text + '\n[survey.design.priors]\n"trim[max]" = 1.0\n', encoding="utf-8"
    )
    told = _run(folder)
    assert told.exit_code == 3
    assert "trim[max]" in told.stderr


def test_it_says_how_many_to_ask_for_a_precision(folder):
    asked = (folder, "--n-versions", 2, "--seconds", 0.5)
    told = _run(*asked, "--standard-error", "trim[plus]=0.2")
    assert told.exit_code == 0, told.output
    assert "respondents for standard errors of trim[plus] 0.2:" in told.stdout
    as_json = _run(*asked, "--standard-error", "trim[plus]=0.2", "--json")
    found = json.loads(as_json.stdout)["sample_size"]
    assert found["status"] == "found"
    assert found["n_respondents"] >= found["by_information"]


@pytest.mark.parametrize("wish", ["trim[plus]", "=0.2", "trim[plus]=small"])
def test_a_precision_that_cannot_be_read_is_said(folder, wish):
    told = _run(folder, "--standard-error", wish)
    assert told.exit_code == 2
    assert "expected a coefficient and a number" in " ".join(told.stderr.split())


@pytest.mark.parametrize("wish", [("--seconds", 0), ("--n-versions", 99_999)])
def test_a_wish_out_of_bounds_is_refused_by_its_name(folder, wish):
    told = _run(folder, *wish)
    assert told.exit_code == 2
    assert wish[0] in told.stderr


def test_a_search_that_had_too_little_time_says_so(folder):
    told = _run(folder, "--n-versions", 1000, "--seconds", 0.1)
    assert "0.1 seconds were too few" in " ".join(told.stdout.split())


def test_swaps_say_where_rules_stand_against_balance(folder):
    place = folder / "programme.toml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace('method = "exchange"', 'method = "swap"'), encoding="utf-8")
    told = _run(folder, "--n-versions", 2, "--seconds", 3)
    assert told.exit_code == 0, told.output
    assert "levels are not shown equally often" in " ".join(told.stdout.split())


def _searched_then_adopted(folder, change=lambda text: text):
    """Write a searched design to a file, change it, and let the programme show that."""
    made = _run(folder, "--n-versions", 2, "--seconds", 0.5, "--out", folder / "tasks.csv")
    assert made.exit_code == 0, made.output
    tasks = folder / "tasks.csv"
    tasks.write_text(change(tasks.read_text(encoding="utf-8")), encoding="utf-8")
    programme = folder / "programme.toml"
    head, _, rest = programme.read_text(encoding="utf-8").partition("[survey.design]\n")
    kept = [line for line in rest.splitlines() if line.startswith(("once_a_task", "avoid"))]
    _, _, after = rest.partition("\n\n")
    programme.write_text(
        "\n".join([f'{head}[survey.design]\nfile = "tasks.csv"', *kept, "", after]),
        encoding="utf-8",
    )
    return read_choice_design(folder / "out" / "design" / "design.parquet")


def test_a_design_from_elsewhere_is_shown_as_it_is(folder):
    searched = _searched_then_adopted(folder)
    told = _run(folder, "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["content_hash"] == searched.content_hash
    assert found["provenance"]["method"] == "imported"
    assert found["provenance"]["criteria"] == searched.provenance["criteria"]
    with closing(open_field(folder)) as field:
        assert field.design.content_hash == searched.content_hash


def test_a_design_from_elsewhere_is_checked_whole(folder):
    def spoil(text):
        return text.replace('"bought"', '"leased"', 2)

    _searched_then_adopted(folder, spoil)
    told = _run(folder)
    assert told.exit_code == 3
    assert "leased" in told.stderr
    assert "battery" in told.stderr


def test_nothing_of_a_search_counts_beside_a_design_from_elsewhere(folder):
    _searched_then_adopted(folder)
    told = _run(folder, "--n-versions", 3)
    assert told.exit_code == 3
    assert "survey.design.file" in told.stderr
    programme = folder / "programme.toml"
    text = programme.read_text(encoding="utf-8")
    programme.write_text(text.replace('file = "', 'seconds = 5\nfile = "'), encoding="utf-8")
    told = _run(folder)
    assert told.exit_code == 3
    assert "no key of the search beside a design from a file" in " ".join(told.stderr.split())


def test_a_design_that_is_not_there_is_named(folder):
    _searched_then_adopted(folder)
    (folder / "tasks.csv").unlink()
    told = _run(folder)
    assert told.exit_code == 3
    assert "tasks.csv" in told.stderr
