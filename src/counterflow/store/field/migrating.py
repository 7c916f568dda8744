"""Bring the tables of a database to what this version of Counterflow expects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from counterflow.programme.field_store import FieldStoreError

_STEPS = Path(__file__).parent / "migrations"
_TURN_TO_MIGRATE = 0x0C0F1E1D
"""Names the lock that servers take that start at the same time."""


def bring_up_to_date(engine: Engine, *, to: str = "head") -> None:
    """Run the steps that are missing up to a revision, all of them in one transaction or none.

    Raises
    ------
    FieldStoreError
        If a newer version of Counterflow has been here.
    """
    steps = _steps()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_TURN_TO_MIGRATE})"))
        found = _revision(connection)
        _check_known(steps, found)
        if found != steps.get_current_head():
            _run_missing(steps, connection, to)


def _steps() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _check_known(steps: ScriptDirectory, found: str | None) -> None:
    known = {step.revision for step in steps.walk_revisions()}
    if found is not None and found not in known:
        raise FieldStoreError(
            f"expected tables of revision {steps.get_current_head()} or before, found {found}: a "
            "newer Counterflow has used this database. Update this one to go on."
        )


def _run_missing(steps: ScriptDirectory, connection: Connection, to: str) -> None:
    def missing(revision: Any, _context: Any) -> Any:
        return steps._upgrade_revs(to, revision)

    with EnvironmentContext(Config(), steps, fn=missing, destination_rev=to) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()
