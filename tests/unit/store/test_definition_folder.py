"""Definitions are kept whole or not at all, and one that was changed is refused."""

import os

import pytest

from counterflow.domain.errors import InputError
from counterflow.formats.definition import read_definition_file, write_definition_file
from counterflow.store.definition_folder import DefinitionFolder
from strategies.definitions import definition_of, offer_like

ONE, TWO = (definition_of(offer_like("hub", price)) for price in (2500.0, 3000.0))


def _folder(root, write=write_definition_file):
    return DefinitionFolder(root / "definitions", write=write, read=read_definition_file)


def _names(root):
    return sorted(path.name for path in (root / "definitions").iterdir())


def test_a_file_is_named_by_the_first_twelve_digits_of_its_version(tmp_path):
    _folder(tmp_path).keep(ONE)
    assert _names(tmp_path) == [f"{ONE.version[:12]}.json"]


def test_a_failed_write_leaves_no_scrap(tmp_path):
    def half(definition, path):
        path.write_text("{")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        _folder(tmp_path, half).keep(ONE)
    assert _names(tmp_path) == []


def test_what_is_there_is_not_written_again(tmp_path):
    archive = _folder(tmp_path)
    archive.keep(ONE)
    path = tmp_path / "definitions" / f"{ONE.version[:12]}.json"
    os.utime(path, (0, 0))
    archive.keep(ONE)
    assert [kept.kept_at for kept in archive.kept()] == ["1970-01-01T00:00:00+00:00"]


def test_all_files_that_were_changed_are_named_and_keeping_again_mends_them(tmp_path):
    archive = _folder(tmp_path)
    for definition in (ONE, TWO):
        archive.keep(definition)
        path = tmp_path / "definitions" / f"{definition.version[:12]}.json"
        path.write_text(path.read_text().replace('"price": ', '"price": 1'))
    with pytest.raises(InputError, match="changed after its version was written") as caught:
        archive.kept()
    assert [problem.where for problem in caught.value.problems] == [
        str(tmp_path / "definitions" / f"{definition.version[:12]}.json")
        for definition in (ONE, TWO)
    ]
    archive.keep(ONE)
    assert archive.kept(ONE.version)[0].definition == ONE


def test_what_an_interruption_left_is_no_definition(tmp_path):
    archive = _folder(tmp_path)
    archive.keep(ONE)
    (tmp_path / "definitions" / ".abc.json.writing").write_text("{")
    assert [kept.definition for kept in archive.kept()] == [ONE]


@pytest.mark.parametrize("inside", ["out/define", "define", "."])
def test_a_folder_stands_for_the_definition_in_it(tmp_path, inside):
    (tmp_path / "car" / inside).mkdir(parents=True)
    path = tmp_path / "car" / inside / "definition.json"
    write_definition_file(ONE, path)
    archive = _folder(tmp_path)
    assert archive.at(str(tmp_path / "car")) == archive.at(str(path)) == ONE


def test_a_folder_without_a_definition_says_how_to_make_one(tmp_path):
    with pytest.raises(InputError, match=r"out/define/definition\.json.*Run `counterflow define"):
        _folder(tmp_path).at(str(tmp_path))
