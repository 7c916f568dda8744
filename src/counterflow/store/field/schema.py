"""The tables. What changes here changes by a new migration; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from counterflow.store.field.columns import Json, UtcMoment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

turn = Table(
    "turn",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # Time in the field, see `FieldClock`.
    Column("field_s", Double, nullable=False),
    Column("last_number", Integer, nullable=False),
    CheckConstraint("id = 1", name="one"),
)
"""One row, which a transaction updates first: who waits for it waits for the turn to write."""

design = Table(
    "design",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("document", Json, nullable=False),
)

questionnaire = Table(
    "questionnaire",
    metadata,
    Column("version", Text, primary_key=True),
    Column("document", Json, nullable=False),
)
"""All that respondents saw, by content hash."""

design_version = Table(
    "design_version",
    metadata,
    Column("design_hash", Text, ForeignKey("design.hash"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    # Interviews that are complete or hold a place, and all that were ever given this version.
    Column("filled", Integer, nullable=False),
    Column("assigned", Integer, nullable=False),
    CheckConstraint("filled >= 0 AND filled <= assigned", name="filled"),
    Index(None, "design_hash", "filled", "assigned", "version"),
)

fieldwork = Table(
    "fieldwork",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("programme_version", Text, nullable=False),
    Column("design_hash", Text, ForeignKey("design.hash"), nullable=False),
    Column("opened_at", UtcMoment, nullable=False),
    # Empty before versions of the questionnaire were kept.
    Column("questionnaire_version", Text, nullable=False, server_default=""),
)
"""What was in the field, the last row now."""

quota_cell = Table(
    "quota_cell",
    metadata,
    Column("cell", Text, primary_key=True),
    Column("complete", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    # How many may complete; empty where nobody has set a limit (yet).
    Column("most", Integer),
    CheckConstraint("complete >= 0 AND held >= 0", name="counts"),
)

interview = Table(
    "interview",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("programme_version", Text, nullable=False),
    Column("design_hash", Text, ForeignKey("design.hash"), nullable=False),
    Column("design_version", Integer),
    Column("language", Text, nullable=False),
    Column("seed", Json, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", UtcMoment, nullable=False),
    Column("ended_at", UtcMoment),
    Column("panel_id", Text),
    Column("device", Text, index=True),
    Column("flags", Json, nullable=False),
    Column("n_answers", Integer, nullable=False),
    Column("n_consents", Integer, nullable=False),
    Column("seconds", Double),
    # The place in the quotas: cells that were asked for, how long a rest may be, and until when
    # (time in the field) it is held; empty where none is.
    Column("cells", Json),
    Column("hold_s", Double),
    Column("held_until", Double, index=True),
    # Empty before versions of the questionnaire were kept.
    Column("questionnaire_version", Text, nullable=False, server_default=""),
    CheckConstraint(
        "status IN ('open', 'complete', 'screened_out', 'over_quota', 'withdrawn')", name="status"
    ),
    CheckConstraint("held_until IS NULL OR status = 'open'", name="place"),
)

answer = Table(
    "answer",
    metadata,
    Column("interview", Integer, ForeignKey("interview.number"), primary_key=True),
    Column("page", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("seconds", Double),
    Column("received_at", UtcMoment, nullable=False),
    # The long ones last: SQLite finds what stands before them without reading them.
    Column("answers", Json, nullable=False),
    Column("shown", Json, nullable=False),
    # Empty where the page was drawn from the version that the interview was begun with.
    Column("questionnaire_version", Text),
)

submission_key = Table(
    "submission_key",
    metadata,
    Column("key", Text, primary_key=True),
    # Empty once the person was forgotten: a hash of a telephone number leads to it.
    Column("body_hash", Text),
    Column("interview", Integer, ForeignKey("interview.number"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

contact = Table(
    "contact",
    metadata,
    Column("interview", ForeignKey("interview.number"), primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("region", Text),
    Column("phone", Text),
    Column("email", Text),
)

consent = Table(
    "consent",
    metadata,
    Column("interview", Integer, ForeignKey("interview.number"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("partner", Text),
    Column("given_at", UtcMoment, nullable=False),
)

counter = Table(
    "counter",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Interviews by status, page, flag, language and day, counted where they change."""
