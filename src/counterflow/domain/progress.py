"""How long work tells how far it has come."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[float, str], None]
"""Told the share of the work that is done (0 to 1), and what is being done."""
