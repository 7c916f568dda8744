"""The peers' environments: one a library, built from its lock, apart from ours."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.case import ROOT
from benchmarks.fit import Fit
from benchmarks.process import run_measured

ENVIRONMENTS = ROOT / ".venv-peers"
LOCKS = ROOT / "requirements"

_NEEDS_PYTHON = {"biogeme": (3, 12)}
"""Peers whose newest versions want a newer Python than ours; without it their last one for ours."""


@dataclass(frozen=True)
class Failure:
    """A peer that did not deliver, and what it said last."""

    library: str
    reason: str


def run_peer(library: str, script: str, *arguments: str) -> Fit | Failure:
    """Return what `benchmarks/peers/<library>/<script>.py` measures in the library's environment.

    The first call builds the environment, which needs a package registry.
    """
    try:
        python = _python(library)
        module = f"benchmarks.peers.{library.replace('-', '_')}.{script}"
        ran = run_measured([str(python), "-m", module, *arguments], cwd=ROOT)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return Failure(library, str(error).strip().splitlines()[-1])
    return Fit.read(ran.output)


def _python(library: str) -> Path:
    environment, lock = ENVIRONMENTS / library, LOCKS / f"peers-{library}.lock"
    python, stamp = environment / "bin" / "python", environment / "built-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"building {ENVIRONMENTS.name}/{library} from {lock.name}", file=sys.stderr)
        shutil.rmtree(environment, ignore_errors=True)
        _run(_interpreter(_NEEDS_PYTHON.get(library)), "-m", "venv", str(environment))
        _run(
            *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "-r", str(lock)),
        )
        stamp.write_text(wanted)
    return python


def _interpreter(wanted: tuple[int, int] | None) -> str:
    """Return a Python of the version wanted, on the path or kept by pyenv; else our own."""
    if wanted is None or sys.version_info >= wanted:
        return sys.executable
    name = "python{}.{}".format(*wanted)
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in (name, *sorted(kept.glob(f"{name.removeprefix('python')}.*/bin/{name}"))):
        # Version managers put commands on the path that only say that there is no such version.
        if (
            shutil.which(candidate)
            and not subprocess.run(
                [candidate, "-c", ""], stderr=subprocess.DEVNULL, check=False
            ).returncode
        ):
            return str(candidate)
    return sys.executable


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)
