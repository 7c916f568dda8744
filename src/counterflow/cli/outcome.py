"""How a command ends: exit codes, and errors as people and as programs want them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from counterflow.domain.errors import (
    AnswersAbsentError,
    InputError,
    NoLineError,
    NothingBuildableError,
    NotIdentifiedError,
    Problem,
)
from counterflow.programme.field_store import FieldStoreError


class ExitCode(IntEnum):
    """What a command's exit code means."""

    DONE = 0
    """The command did what was asked, or the answers may be absent and are."""
    WRONG_USAGE = 2
    """The command line itself is wrong."""
    WRONG_INPUT = 3
    """A programme file or its answers are wrong; nothing was written."""
    NO_ANSWER = 4
    """The input is right and has no answer: nothing can be built, or nothing identified."""
    STORE_FAILED = 5
    """The database of the interviews cannot be used; nothing was changed."""
    INTERRUPTED = 130
    """Stopped from the keyboard; earlier results stand as they were."""


def errors() -> Console:
    """Return the console for people, on standard error: standard output is for results."""
    return Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """Print a JSON value on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


@contextmanager
def outcome(*, as_json: bool) -> Iterator[None]:
    """Turn what may go wrong into a message and an exit code."""
    try:
        yield
    except InputError as error:
        _end(ExitCode.WRONG_INPUT, "wrong input", as_json, error, problems=error.problems)
    except AnswersAbsentError as error:
        _end(ExitCode.DONE, "skipped", as_json, error, path=error.path, source=error.source)
    except (NothingBuildableError, NoLineError) as error:
        _end(ExitCode.NO_ANSWER, "no answer", as_json, error, rules=error.rules)
    except NotIdentifiedError as error:
        _end(ExitCode.NO_ANSWER, "no answer", as_json, error, combination=error.combination)
    except FieldStoreError as error:
        _end(ExitCode.STORE_FAILED, "no database", as_json, error)
    except KeyboardInterrupt:
        _end(ExitCode.INTERRUPTED, "interrupted", as_json, "stopped; earlier results stand")
    except OSError as error:
        place = str(error.filename or "")
        problem = Problem("a place to read and write", error.strerror or str(error), where=place)
        _end(ExitCode.WRONG_INPUT, "wrong input", as_json, problem, problems=(problem,))


def _end(
    code: ExitCode, status: str, as_json: bool, message: object, **facts: Any
) -> None:  # pragma: no cover - always raises
    if as_json:
        problems = [problem.as_dict() for problem in facts.pop("problems", ())]
        named = {"problems": problems} if problems else {}
        print_json({"status": status, "message": str(message), **named, **facts})
    else:
        colour = "yellow" if code is ExitCode.DONE else "red"
        _print_message(status, str(message), colour)
    raise typer.Exit(int(code))


def _print_message(status: str, message: str, colour: str) -> None:
    console = errors()
    lines = message.splitlines()
    if len(lines) == 1:
        console.print(f"[{colour}]{status}:[/] {escape(lines[0])}", soft_wrap=True)
        return
    console.print(f"[{colour}]{status}:[/] {len(lines)} problems", soft_wrap=True)
    for line in lines:
        console.print(f"  {escape(line)}", soft_wrap=True)


Printer = Callable[[], None]
