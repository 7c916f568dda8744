"""The port to the definitions that were made before: each version is kept, and never changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from counterflow.domain.definition import Definition


@dataclass(frozen=True, kw_only=True)
class KeptDefinition:
    """A definition, and when it was kept first."""

    definition: Definition
    kept_at: str
    """The time as text, e.g. "2026-01-31T09:30:00+00:00"."""


class DefinitionArchive(ABC):
    """Keeps every version of a programme's definition, and finds those of others."""

    @abstractmethod
    def keep(self, definition: Definition) -> None:
        """Keep the definition under its version; nothing happens where it is kept already."""

    @abstractmethod
    def kept(self, beginning: str = "") -> tuple[KeptDefinition, ...]:
        """Return the definitions whose version has this beginning, in the order they were kept.

        InputError if one was changed after it was kept.
        """

    @abstractmethod
    def at(self, place: str) -> Definition | None:
        """Return the definition at a place outside the archive; None if there is no such place.

        InputError if there is no definition, or one that was changed.
        """
