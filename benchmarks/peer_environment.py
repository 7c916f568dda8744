"""The environment of the peers: built from requirements/peers.lock, apart from ours."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.case import ROOT

ENVIRONMENT = ROOT / ".venv-peers"
LOCK = ROOT / "requirements" / "peers.lock"


def run_peer(script: str, *arguments: str) -> dict[str, Any]:
    """Return what `benchmarks/peers/<script>.py` prints as JSON when it runs among the peers.

    The first call builds the environment, which needs a package registry.
    """
    command = [str(_python()), "-m", f"benchmarks.peers.{script}", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def _python() -> Path:
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "built-from"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"building {ENVIRONMENT.name} from {LOCK.name}", file=sys.stderr)
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(ENVIRONMENT))
        _run(
            *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "-r", str(LOCK)),
        )
        stamp.write_text(wanted)
    return python


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)
