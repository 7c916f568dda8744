"""Blocks on threads of this process: for work that releases the interpreter's lock."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Generic

from counterflow.programme.ports import Block, Outcome, Runner
from counterflow.runners.failure import note_block


class ThreadRunner(Runner):
    """Runs blocks on `n_threads` threads, one a core that this process may use by default."""

    def __init__(self, n_threads: int | None = None) -> None:
        if n_threads is not None and n_threads < 1:
            raise ValueError(f"n_threads must be 1 or more, got {n_threads}")
        self.n_threads = n_threads or _n_cores()

    def map(self, work: Callable[[Block], Outcome], blocks: Sequence[Block]) -> Iterator[Outcome]:
        """Yield `work(block)` for each block, in order; an error says in which block.

        Work starts with the first result that is asked for. If blocks fail, the first of them in
        order is raised, on any number of threads, and no further block starts. On an interrupt
        nobody waits for the blocks that are running: their threads end with the process.
        """
        crew = _Crew(work, blocks)
        crew.start(min(self.n_threads, len(blocks)))
        try:
            for i in range(len(blocks)):
                with note_block(i, n_blocks=len(blocks)):
                    outcome = crew.outcomes.popleft().result()
                yield outcome
        finally:
            crew.stop()


class _Crew(Generic[Block, Outcome]):
    """Threads that take blocks from the front of one queue until it is empty or they must stop.

    Because blocks are taken in order, every block before a failed one has been taken too and will
    have its outcome. The threads are daemons, unlike those of an executor, for which the
    interpreter waits when it ends: a block may be a whole Markov chain, minutes long.
    """

    def __init__(self, work: Callable[[Block], Outcome], blocks: Sequence[Block]) -> None:
        self.outcomes: deque[Future[Outcome]] = deque(Future() for _ in blocks)
        self._work = work
        self._waiting = deque(zip(blocks, self.outcomes, strict=True))
        self._stopped = threading.Event()

    def start(self, n_threads: int) -> None:
        for i in range(n_threads):
            threading.Thread(target=self._run, name=f"block-{i}", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                block, outcome = self._waiting.popleft()
            except IndexError:
                return
            try:
                outcome.set_result(self._work(block))
            except BaseException as error:
                # Handed to the thread that asks for the outcome, which raises it.
                outcome.set_exception(error)
                self.stop()


def _n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
