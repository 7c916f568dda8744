"""Keep what respondents see by version, and with each interview which version it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the columns; what is there already was kept without a version."""
    op.create_table(
        "questionnaire",
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_questionnaire"),
    )
    for table in ("fieldwork", "interview"):
        op.add_column(
            table,
            sa.Column("questionnaire_version", sa.Text, nullable=False, server_default=""),
        )
    op.add_column("answer", sa.Column("questionnaire_version", sa.Text))
