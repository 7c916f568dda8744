"""One block after another, in the caller's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from counterflow.programme.ports import Block, Outcome, Runner
from counterflow.runners.failure import note_block


class SerialRunner(Runner):
    """Runs each block when its result is asked for."""

    def map(self, work: Callable[[Block], Outcome], blocks: Sequence[Block]) -> Iterator[Outcome]:
        """Yield `work(block)` for each block, in order; an error says in which block."""
        for i, block in enumerate(blocks):
            with note_block(i, n_blocks=len(blocks)):
                outcome = work(block)
            yield outcome
