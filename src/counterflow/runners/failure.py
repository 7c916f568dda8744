"""What an error in a block of work says about where it happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def note_block(i: int, *, n_blocks: int) -> Iterator[None]:
    """Add to an error that escapes in which block, counted from 1, it happened."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in block {i + 1} of {n_blocks}")
        raise
