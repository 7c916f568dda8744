"""A database is named by a URL; answers in it are durable and for the owner's eyes."""

import stat

import pytest
from sqlalchemy import text

from counterflow.domain.errors import InputError
from counterflow.store.field.engines import open_engines, read_url, sqlite_url


@pytest.mark.parametrize("url", ["", "field.sqlite", "sqlite://", "mysql://host/name", "://"])
def test_what_names_no_database_that_we_know_is_refused(url):
    with pytest.raises(InputError, match="expected sqlite:///FILE or postgresql://"):
        read_url(url)


def test_an_error_about_a_url_shows_no_password():
    with pytest.raises(InputError) as caught:
        read_url("mysql://anna:secret@host/name")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["field.sqlite", "what? 100% #1 ü.sqlite"])
def test_a_file_may_have_any_name(tmp_path, name):
    engines = open_engines(sqlite_url(tmp_path / name))
    with engines.writer.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    engines.dispose()
    assert (tmp_path / name).stat().st_size > 0


def test_a_commit_waits_for_the_disk_and_only_the_owner_may_read(tmp_path):
    file = tmp_path / "field.sqlite"
    engines = open_engines(sqlite_url(file))
    with engines.writer.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
        full = 2
        assert connection.execute(text("PRAGMA synchronous")).scalar() == full
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        for path in tmp_path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    engines.dispose()


def test_a_reader_changes_nothing(tmp_path):
    engines = open_engines(sqlite_url(tmp_path / "field.sqlite"))
    with engines.reader.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.execute(text("CREATE TABLE t (x)"))
    engines.dispose()
