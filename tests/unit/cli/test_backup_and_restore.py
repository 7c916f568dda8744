"""`counterflow backup` and `restore` carry interviews over, and lose none by mistake."""

import json

import pytest
from typer.testing import CliRunner

from counterflow.bootstrap import open_field_store
from counterflow.cli.app import app
from strategies.field_stores import begun, fieldwork


@pytest.fixture
def programme(tmp_path):
    folder = tmp_path / "bike"
    assert CliRunner().invoke(app, ["new", str(folder)]).exit_code == 0
    return folder


def interview(folder):
    store = open_field_store(folder)
    store.open_fieldwork(fieldwork())
    begun(store)
    store.close()


def run(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_a_backup_is_restored(programme, tmp_path):
    interview(programme)
    backup = tmp_path / "backup.sqlite"
    assert run("backup", programme, "--to", backup) == (
        0,
        {"backup": str(backup), "interviews": 1},
    )
    interview(programme)
    code, told = run("restore", programme, "--from", backup)
    assert (code, told["status"]) == (3, "wrong input")
    assert "--replace" in told["problems"][0]["advice"]
    code, told = run("restore", programme, "--from", backup, "--replace")
    assert (code, told["interviews"]) == (0, 1)


def test_there_is_nothing_to_back_up_before_anybody_was_interviewed(programme, tmp_path):
    code, told = run("backup", programme, "--to", tmp_path / "backup.sqlite")
    assert (code, told["problems"][0]["found"]) == (3, "none yet")
    assert not (tmp_path / "backup.sqlite").exists()


def test_a_backup_needs_a_folder_to_lie_in(programme, tmp_path):
    interview(programme)
    for nowhere in (tmp_path, tmp_path / "none" / "b.sqlite"):
        code, told = run("backup", programme, "--to", nowhere)
        assert (code, told["status"]) == (3, "wrong input")
        assert told["problems"][0]["where"] == str(nowhere)


def test_a_database_out_of_reach_has_an_exit_code_of_its_own(programme, tmp_path):
    url = "postgresql://anna:secret@127.0.0.1:1/field"
    code, told = run("backup", programme, "--to", tmp_path / "b.sqlite", "--database", url)
    assert (code, told["status"]) == (5, "no database")
    assert "secret" not in told["message"]
