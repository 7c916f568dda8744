"""What is in the field: designs with their versions, and the limits of quota cells."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, insert, select, update

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.programme.field_store import Fieldwork
from counterflow.store.field import schema
from counterflow.store.field.places import EVERYBODY


def register_fieldwork(connection: Connection, fieldwork: Fieldwork, at: datetime) -> None:
    """Keep a design that is new, note what is in the field from now on, and set the limits."""
    design_hash = fieldwork.design.content_hash
    _keep_design(connection, fieldwork.design, design_hash)
    _keep_questionnaire(connection, fieldwork)
    current = (fieldwork.programme_version, design_hash, fieldwork.questionnaire_version)
    if current_fieldwork(connection) != current:
        last = connection.scalar(select(func.max(schema.fieldwork.c.id))) or 0
        row = {
            "id": last + 1,
            "programme_version": fieldwork.programme_version,
            "design_hash": design_hash,
            "questionnaire_version": fieldwork.questionnaire_version,
            "opened_at": at,
        }
        connection.execute(insert(schema.fieldwork), row)
    _set_limits(connection, fieldwork)


def current_fieldwork(connection: Connection) -> tuple[str, str, str] | None:
    """Return what is in the field: versions of programme, design and questionnaire, or None."""
    told = schema.fieldwork.c
    newest = select(told.programme_version, told.design_hash, told.questionnaire_version)
    row = connection.execute(newest.order_by(told.id.desc()).limit(1)).first()
    return None if row is None else tuple(row)


def document_of(design: ChoiceDesign) -> dict[str, Any]:
    """Return a design as a JSON value."""
    return {
        "levels": [[name, list(levels)] for name, levels in design.levels.items()],
        "codes": design.codes.tolist(),
        "alternatives": list(design.alternatives),
        "has_outside": design.has_outside,
        "provenance": dict(design.provenance),
    }


def design_of(document: dict[str, Any]) -> ChoiceDesign:
    """Return the design that `document_of` made a JSON value of."""
    return ChoiceDesign(
        levels={name: tuple(levels) for name, levels in document["levels"]},
        codes=np.array(document["codes"], dtype=np.int16),
        alternatives=tuple(document["alternatives"]),
        has_outside=document["has_outside"],
        provenance=document["provenance"],
    )


def _keep_design(connection: Connection, design: ChoiceDesign, design_hash: str) -> None:
    known = select(schema.design.c.hash).where(schema.design.c.hash == design_hash)
    if connection.execute(known).first():
        return
    row = {"hash": design_hash, "document": document_of(design)}
    connection.execute(insert(schema.design), row)
    versions = [
        {"design_hash": design_hash, "version": version, "filled": 0, "assigned": 0}
        for version in range(design.n_versions)
    ]
    connection.execute(insert(schema.design_version), versions)


def _keep_questionnaire(connection: Connection, fieldwork: Fieldwork) -> None:
    table, version = schema.questionnaire, fieldwork.questionnaire_version
    known = select(table.c.version).where(table.c.version == version)
    if connection.execute(known).first() is None:
        row = {"version": version, "document": dict(fieldwork.questionnaire)}
        connection.execute(insert(table), row)


def _set_limits(connection: Connection, fieldwork: Fieldwork) -> None:
    cells = schema.quota_cell
    # A cell that lost its limit goes on being counted: it may get one again.
    connection.execute(update(cells).values(most=None))
    known = set(connection.scalars(select(cells.c.cell)))
    if new := {EVERYBODY, *fieldwork.quotas} - known:
        rows = [{"cell": cell, "complete": 0, "held": 0} for cell in sorted(new)]
        connection.execute(insert(cells), rows)
    for cell, most in fieldwork.quotas.items():
        connection.execute(update(cells).where(cells.c.cell == cell).values(most=most))
