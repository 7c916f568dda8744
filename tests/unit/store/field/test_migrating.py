"""Opening a store brings its tables to what this version expects, or leaves them alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from counterflow.programme.field_store import FieldStoreError
from counterflow.store.field import schema
from counterflow.store.field.engines import open_engines, read_url
from counterflow.store.field.migrating import bring_up_to_date
from strategies.field_stores import needs_postgresql, opened

KINDS = ["sqlite", pytest.param("postgresql", marks=needs_postgresql)]


@pytest.fixture(params=KINDS)
def stores(request, tmp_path):
    with opened(request.param, tmp_path) as stores:
        yield stores


@pytest.fixture
def engines(stores):
    engines = open_engines(read_url(stores.url))
    yield engines
    engines.dispose()


def test_the_migrations_make_the_tables_that_the_code_uses(engines):
    bring_up_to_date(engines.writer)
    with engines.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_the_migrations_make_the_checks_that_the_code_names(engines, stores, tmp_path):
    bring_up_to_date(engines.writer)
    with opened(stores.kind, tmp_path / "by the code") as others:
        of_code = open_engines(read_url(others.url))
        schema.metadata.create_all(of_code.writer)
        assert checks(engines.reader) == checks(of_code.reader) != []
        of_code.dispose()


def checks(engine):
    """Return what each table checks, in the words of the database, which Alembic passes over."""
    found = inspect(engine)
    return sorted(
        (table, check["name"], check["sqltext"])
        for table in schema.metadata.tables
        for check in found.get_check_constraints(table)
    )


def test_migrating_twice_changes_nothing(engines):
    bring_up_to_date(engines.writer)
    bring_up_to_date(engines.writer)
    with engines.reader.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM turn")).scalar() == 1


def test_a_database_of_a_newer_version_is_left_alone(stores, engines):
    bring_up_to_date(engines.writer)
    with engines.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(FieldStoreError, match="found 9999: a newer Counterflow"):
        stores.open()


def test_servers_that_start_at_the_same_time_migrate_once(stores):
    with ThreadPoolExecutor(4) as pool:
        opened_stores = list(pool.map(lambda _: stores.open(), range(4)))
    assert {sum(store.counts().by_status.values()) for store in opened_stores} == {0}


def test_interviews_of_an_earlier_version_go_on(stores, engines):
    bring_up_to_date(engines.writer, to="0001")
    with engines.writer.begin() as connection:
        connection.execute(text("INSERT INTO design VALUES ('d', '{}')"))
        connection.execute(
            text(
                "INSERT INTO interview (number, id, programme_version, design_hash, language, seed,"
                " status, started_at, flags, n_answers, n_consents)"
                " VALUES (1, 'i', 'p', 'd', 'en', '7', 'open', '2026-01-01 00:00:00', '{}', 1, 0)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO answer (interview, page, place, received_at, answers, shown)"
                " VALUES (1, 'introduction', 0, '2026-01-01 00:00:00', '{}', '{}')"
            )
        )
    store = stores.open()
    [found] = store.interviews(statuses=["open"], not_begun_with="v1")
    assert found == store.interview("i")
    assert found.questionnaire_version == ""
    assert [answer.questionnaire_version for answer in found.answers] == [None]


def test_a_failed_step_leaves_no_table(engines, monkeypatch):
    def fail(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr("alembic.op.bulk_insert", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        bring_up_to_date(engines.writer)
    monkeypatch.undo()
    bring_up_to_date(engines.writer)
