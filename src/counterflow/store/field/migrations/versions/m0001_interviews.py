"""Tables for fieldwork, interviews, their answers, contacts and consents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_STATUSES = "status IN ('open', 'complete', 'screened_out', 'over_quota', 'withdrawn')"


def upgrade() -> None:
    """Make every table."""
    _make_fieldwork()
    _make_interviews()
    _make_what_is_handed_in()


def _make_fieldwork() -> None:
    turn = op.create_table(
        "turn",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("field_s", sa.Double, nullable=False),
        sa.Column("last_number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_turn"),
        sa.CheckConstraint("id = 1", name=op.f("ck_turn_one")),
    )
    op.bulk_insert(turn, [{"id": 1, "field_s": 0.0, "last_number": 0}])
    op.create_table(
        "design",
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_design"),
    )
    op.create_table(
        "design_version",
        sa.Column("design_hash", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("filled", sa.Integer, nullable=False),
        sa.Column("assigned", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("design_hash", "version", name="pk_design_version"),
        sa.ForeignKeyConstraint(
            ["design_hash"], ["design.hash"], name="fk_design_version_design_hash"
        ),
        sa.CheckConstraint(
            "filled >= 0 AND filled <= assigned", name=op.f("ck_design_version_filled")
        ),
    )
    op.create_index(
        "ix_design_version_design_hash_filled_assigned_version",
        "design_version",
        ["design_hash", "filled", "assigned", "version"],
    )
    op.create_table(
        "fieldwork",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("programme_version", sa.Text, nullable=False),
        sa.Column("design_hash", sa.Text, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fieldwork"),
        sa.ForeignKeyConstraint(["design_hash"], ["design.hash"], name="fk_fieldwork_design_hash"),
    )
    op.create_table(
        "quota_cell",
        sa.Column("cell", sa.Text, nullable=False),
        sa.Column("complete", sa.Integer, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("most", sa.Integer),
        sa.PrimaryKeyConstraint("cell", name="pk_quota_cell"),
        sa.CheckConstraint("complete >= 0 AND held >= 0", name=op.f("ck_quota_cell_counts")),
    )


def _make_interviews() -> None:
    op.create_table(
        "interview",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("programme_version", sa.Text, nullable=False),
        sa.Column("design_hash", sa.Text, nullable=False),
        sa.Column("design_version", sa.Integer),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("seed", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("panel_id", sa.Text),
        sa.Column("device", sa.Text),
        sa.Column("flags", sa.Text, nullable=False),
        sa.Column("n_answers", sa.Integer, nullable=False),
        sa.Column("n_consents", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double),
        sa.Column("cells", sa.Text),
        sa.Column("hold_s", sa.Double),
        sa.Column("held_until", sa.Double),
        sa.PrimaryKeyConstraint("number", name="pk_interview"),
        sa.UniqueConstraint("id", name="uq_interview_id"),
        sa.ForeignKeyConstraint(["design_hash"], ["design.hash"], name="fk_interview_design_hash"),
        sa.CheckConstraint(_STATUSES, name=op.f("ck_interview_status")),
        sa.CheckConstraint(
            "held_until IS NULL OR status = 'open'", name=op.f("ck_interview_place")
        ),
    )
    op.create_index("ix_interview_device", "interview", ["device"])
    op.create_index("ix_interview_held_until", "interview", ["held_until"])


def _make_what_is_handed_in() -> None:
    op.create_table(
        "answer",
        sa.Column("interview", sa.Integer, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("interview", "page", name="pk_answer"),
        _of_interview("answer"),
    )
    op.create_table(
        "submission_key",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body_hash", sa.Text),
        sa.Column("interview", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_submission_key"),
        _of_interview("submission_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_submission_key_interview", "submission_key", ["interview"])
    op.create_table(
        "contact",
        sa.Column("interview", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("region", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("email", sa.Text),
        sa.PrimaryKeyConstraint("interview", name="pk_contact"),
        _of_interview("contact"),
    )
    op.create_table(
        "consent",
        sa.Column("interview", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("partner", sa.Text),
        sa.Column("given_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("interview", "place", name="pk_consent"),
        _of_interview("consent"),
    )
    op.create_table(
        "counter",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("kind", "item", name="pk_counter"),
        sqlite_with_rowid=False,
    )


def _of_interview(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["interview"], ["interview.number"], name=f"fk_{table}_interview"
    )
