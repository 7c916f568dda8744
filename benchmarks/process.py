"""Other processes: how long they ran, how much memory they took at most, what they said."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Ran:
    """A process that ended well."""

    seconds: float
    peak_mib: float
    output: str


_STARTER = """
import os, sys
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
sys.stdout.write(f"\\n{usage.ru_maxrss}")
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""


def run_measured(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None = None
) -> Ran:
    """Return wall time, peak memory and standard output of a command; RuntimeError if it failed.

    Linux counts the memory of whoever starts a process as that process's own, until it runs; so
    the command is started by a process of its own that holds next to nothing.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", _STARTER, *command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=errors,
        )
        process.wait()
        seconds = time.perf_counter() - started
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended {process.returncode}:\n{_text(errors)}")
        said, _, peak = _text(output).rpartition("\n")
        return Ran(seconds, _mib(int(peak)), said)


def peak_mib() -> float:
    """Return the most memory that this process has held so far."""
    status = Path("/proc/self/status")
    if status.is_file():
        # Unlike getrusage, this leaves out the memory of the process that started this one.
        (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    import resource

    return _mib(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _mib(maxrss: int) -> float:
    # Kibibytes on Linux, bytes on macOS.
    return maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
