"""Progress in the terminal: one line a step, with a bar where a step takes long."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from counterflow.programme.ports import Progress as ProgressPort


class TerminalProgress(ProgressPort):
    """Shows steps on standard error; use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f}% {task.fields[what]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._what = ""

    def __enter__(self) -> TerminalProgress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def begin(self, step: str, what: str) -> None:
        """Open a bar for the step."""
        self._what = what
        self._task = self._bars.add_task(what, total=1.0, what="")

    def report(self, done: float, what: str) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bars.update(self._task, completed=min(max(done, 0.0), 1.0), what=what)

    def end(self, step: str, *, kept: bool, seconds: float) -> None:
        """Replace the bar by a line that stays."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        if kept:
            self._console.print(f"[dim]  {self._what}: unchanged, kept[/]")
        else:
            self._console.print(f"  {self._what} [dim]{seconds:.1f} s[/]")
