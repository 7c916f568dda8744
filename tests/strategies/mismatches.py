"""What a section says about itself when its keys do not fit one another."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from counterflow.domain.mismatch import MismatchError
from counterflow.domain.section import Section


def mismatches_of(kind: type[Section], raw: dict[str, Any]) -> list[str]:
    """Return each mismatch as text; none if the section is right."""
    try:
        kind.model_validate(raw)
    except ValidationError as error:
        causes = [detail.get("ctx", {}).get("error") for detail in error.errors()]
        if not all(isinstance(cause, MismatchError) for cause in causes):
            raise
        return [str(mismatch) for cause in causes for mismatch in cause.mismatches]
    return []
