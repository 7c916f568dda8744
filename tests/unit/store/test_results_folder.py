"""Results are kept whole or not at all."""

from pathlib import Path

import pytest

from counterflow.store.results_folder import ResultsFolder, StepFiles


def _write(made: dict, folder: Path) -> None:
    for name, text in made.items():
        if text is None:
            raise OSError("disk full")
        (folder / name).write_text(text)


def _read(folder: Path) -> dict:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name[0] != "."}


def _results(root: Path) -> ResultsFolder:
    return ResultsFolder(root, {"define": StepFiles(_write, _read, main="definition.json")})


def test_what_was_saved_is_loaded_under_its_key(tmp_path):
    results = _results(tmp_path)
    results.save("define", "k1", {"definition.json": "{}"})
    assert results.key("define") == "k1"
    assert results.load("define") == {"definition.json": "{}"}
    assert results.place("define").endswith("define/definition.json")


def test_a_new_result_replaces_all_files_of_the_old_one(tmp_path):
    results = _results(tmp_path)
    results.save("define", "k1", {"definition.json": "1", "extra.csv": "x"})
    results.save("define", "k2", {"definition.json": "2"})
    assert results.load("define") == {"definition.json": "2"}


def test_a_failed_write_leaves_the_earlier_result_and_no_scrap(tmp_path):
    results = _results(tmp_path)
    results.save("define", "k1", {"definition.json": "1"})
    with pytest.raises(OSError, match="disk full"):
        results.save("define", "k2", {"definition.json": "2", "broken": None})
    assert results.key("define") == "k1"
    assert results.load("define") == {"definition.json": "1"}
    assert [path.name for path in tmp_path.iterdir()] == ["define"]


def test_a_process_that_died_between_the_two_moves_loses_nothing(tmp_path):
    _results(tmp_path).save("define", "k1", {"definition.json": "1"})
    (tmp_path / "define").rename(tmp_path / ".replaced-define")
    (tmp_path / ".writing-define-abc").mkdir()
    reopened = _results(tmp_path)
    assert reopened.key("define") == "k1"
    assert [path.name for path in tmp_path.iterdir()] == ["define"]


def test_a_folder_without_its_key_file_does_not_count_as_a_result(tmp_path):
    (tmp_path / "define").mkdir(parents=True)
    (tmp_path / "define" / "definition.json").write_text("{")
    assert _results(tmp_path).key("define") is None


def test_the_record_of_a_run_is_replaced_whole(tmp_path):
    results = _results(tmp_path)
    results.save_record({"a": 1})
    with pytest.raises(TypeError):
        results.save_record({"a": object()})
    assert (tmp_path / "run.json").read_text() == '{\n  "a": 1\n}\n'
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
