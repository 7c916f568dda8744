"""The national car's survey, served by `counterflow serve` in a process of its own."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from counterflow.bootstrap import open_field
from counterflow.domain.interview import Interview

EXAMPLE = Path(__file__).parents[2] / "examples" / "national-car"
PASSWORD = "a pass phrase for one test"
PATIENCE_S = 180.0
QUICK_DESIGN = {"n_versions": "6", "seconds": "1.0"}


@dataclass(frozen=True)
class ServedSurvey:
    """Where a survey is served, and the folder of its programme."""

    folder: Path
    address: str

    def interviews(self) -> list[Interview]:
        """Return all interviews as they are stored, whatever their status."""
        field = open_field(self.folder)
        try:
            statuses = ("open", "complete", "screened_out", "over_quota", "withdrawn")
            return list(field.store.interviews(statuses=statuses))
        finally:
            field.close()


@contextmanager
def served_survey(folder: Path, *arguments: str) -> Iterator[ServedSurvey]:
    """Serve a copy of the example from `folder` with a small design, until the block ends."""
    if not (folder / "programme.toml").exists():
        shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("out"))
        file = folder / "programme.toml"
        text = file.read_text(encoding="utf-8")
        for key, value in QUICK_DESIGN.items():
            text, n_found = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
            assert n_found == 1
        file.write_text(text, encoding="utf-8")
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "counterflow", "serve", str(folder), "--port", str(port)]
    command += ["--admin-password-file", str(folder / "password"), *arguments]
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_served(process, address, folder / "serve.log")
        yield ServedSurvey(folder, address)
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_served(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Return when the service answers; raise with what it printed if it ends or takes too long."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the survey was not served:\n{log.read_text(encoding='utf-8')}")
