"""Every archive of definitions keeps each version once, and finds it by its beginning."""

from dataclasses import replace

import pytest

from counterflow.formats.definition import read_definition_file, write_definition_file
from counterflow.programme.definition_archive import DefinitionArchive
from counterflow.store.definition_folder import DefinitionFolder
from strategies.definitions import definition_of, offer_like
from strategies.workspaces import DefinitionsInMemory

ONE, TWO = (definition_of(offer_like("hub", price)) for price in (2500.0, 3000.0))


@pytest.fixture(params=["folder", "memory"])
def archive(request, tmp_path) -> DefinitionArchive:
    if request.param == "memory":
        return DefinitionsInMemory()
    return DefinitionFolder(
        tmp_path / "definitions", write=write_definition_file, read=read_definition_file
    )


def test_an_empty_archive_keeps_nothing(archive):
    assert archive.kept() == archive.kept("abcd") == ()
    assert archive.at("nowhere") is None


def test_each_version_is_kept_once_in_order(archive):
    for definition in (ONE, TWO, ONE):
        archive.keep(definition)
    assert [kept.definition for kept in archive.kept()] == [ONE, TWO]
    times = [kept.kept_at for kept in archive.kept()]
    assert times == sorted(times)


@pytest.mark.parametrize("digits", [4, 12, 13, 64])
def test_a_version_is_found_by_its_beginning(archive, digits):
    archive.keep(ONE)
    archive.keep(TWO)
    assert [kept.definition for kept in archive.kept(ONE.version[:digits])] == [ONE]
    assert archive.kept(ONE.version[:13] + "x") == ()


def test_definitions_that_differ_in_a_note_are_two_versions(archive):
    archive.keep(ONE)
    archive.keep(replace(ONE, notes=("beware",)))
    assert len(archive.kept()) == 2
