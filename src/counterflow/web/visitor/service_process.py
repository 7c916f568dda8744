"""A survey service in a process of its own, for as long as it is needed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

_START_S = 120.0
_STOP_S = 30.0
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class ServiceProcess:
    """A service that answers at `address`; `pid` is its process."""

    address: str
    pid: int


@contextmanager
def service_process(
    folder: Path, *options: str, port: int | None = None, within: Sequence[str] = ()
) -> Iterator[ServiceProcess]:
    """Serve the programme in `folder` by `counterflow serve`, until the block is left.

    Parameters
    ----------
    folder
        Holds the programme; its interviews are kept there too, unless an option says otherwise.
    options
        Of `counterflow serve`.
    port
        Where it listens on this machine; a free one if None.
    within
        A command that runs it, e.g. to choose its cores.

    Raises
    ------
    RuntimeError
        If it does not start; with what it said.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "counterflow", "serve", str(folder), "--port", str(port)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*within, *command, *options],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            # Ctrl+C is for who started it, and who then stops it in good order.
            process_group=0,
        )
        try:
            _wait_until_it_answers(process, port)
            yield ServiceProcess(f"http://{_LOOPBACK}:{port}", process.pid)
        except _NotStartedError as error:
            said.seek(0)
            told = said.read().decode(errors="replace").strip()
            raise RuntimeError(f"{error}:\n{told}") from None
        finally:
            _stop(process)


def free_port() -> int:
    """Return a port of the loopback address that nobody listened on just now."""
    with socket.socket() as listening:
        listening.bind((_LOOPBACK, 0))
        return int(listening.getsockname()[1])


class _NotStartedError(Exception):
    pass


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise _NotStartedError(
                f"expected a service that runs, found that it ended {process.returncode}"
            )
        if _is_well(port):
            return
        time.sleep(0.05)
    raise _NotStartedError(f"expected a service that answers within {_START_S:g} s, found none")


def _is_well(port: int) -> bool:
    connection = HTTPConnection(_LOOPBACK, port, timeout=5.0)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the service: asked first, so that it stores what waits."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
