"""The one place that picks store, solver, runner and clock, and hands back a workspace."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.programme import Programme
from counterflow.formats import choice_design, definition, estimate, production_plan, volumes
from counterflow.formats.answers import load_answers
from counterflow.formats.choice_data import read_choice_data, write_choice_data, write_long_csv
from counterflow.formats.programme_toml import load_programme
from counterflow.programme.ports import Progress
from counterflow.programme.workspace import Workspace
from counterflow.report.page import render_report
from counterflow.runners.threads import ThreadRunner
from counterflow.solvers.highs import HighsSolver
from counterflow.store.results_folder import ResultsFolder, StepFiles

Made = TypeVar("Made")

PROGRAMME_FILE = "programme.toml"
OUTPUT_FOLDER = "out"


_STEP_FILES = {
    "answers": StepFiles(
        lambda answers, folder: write_choice_data(answers, folder / "answers.parquet"),
        lambda folder: read_choice_data(folder / "answers.parquet"),
        main="answers.parquet",
    ),
    "design": StepFiles(
        choice_design.write_design_step, choice_design.read_design_step, main=choice_design.MAIN
    ),
    "estimate": StepFiles(estimate.write_estimate, estimate.read_estimate, main=estimate.MAIN),
    "define": StepFiles(
        definition.write_definition, definition.read_definition, main=definition.MAIN
    ),
    "forecast": StepFiles(volumes.write_volumes, volumes.read_volumes, main=volumes.MAIN),
    "plan": StepFiles(
        production_plan.write_production_plan,
        production_plan.read_production_plan,
        main=production_plan.MAIN,
    ),
    "report": StepFiles(
        lambda page, folder: (folder / "report.html").write_text(page, encoding="utf-8"),
        lambda folder: (folder / "report.html").read_text(encoding="utf-8"),
        main="report.html",
    ),
}


def open_workspace(path: Path, *, progress: Progress) -> Workspace:
    """Return the workspace of a programme file, or of the folder that holds one.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    file = path / PROGRAMME_FILE if path.is_dir() else path
    programme = load_programme(file)
    folder = file.parent
    return Workspace(
        programme=programme,
        results=ResultsFolder(folder / OUTPUT_FOLDER, _STEP_FILES),
        solver=HighsSolver(),
        runner=ThreadRunner(),
        progress=progress,
        answers_version=lambda: answers_version(programme, folder),
        load_answers=lambda: load_answers(programme, folder),
        render_report=render_report,
        software=software_version(),
        now=lambda: datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.perf_counter,
    )


def answers_version(programme: Programme, folder: Path) -> str:
    """Return the SHA-256 of the answers file; empty where simulated or absent."""
    if programme.survey.answers is None:
        return ""
    path = folder / programme.survey.answers.path
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def software_version() -> str:
    """Return the version of Counterflow and a hash of its code.

    The hash makes results stale when the code has changed under an unchanged version number.
    """
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".html", ".css"):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{version('counterflow')}+{digest.hexdigest()[:12]}"


def write_answers(answers: ChoiceData, path: Path) -> None:
    """Write choice data where a person asked for it: .csv or .parquet by the ending."""
    _write_by_ending(answers, path, {".csv": write_long_csv, ".parquet": write_choice_data})


def write_design(design: ChoiceDesign, path: Path) -> None:
    """Write a choice design where a person asked for it: .csv or .parquet by the ending."""
    writers = {
        ".csv": choice_design.write_design_csv,
        ".parquet": choice_design.write_choice_design,
    }
    _write_by_ending(design, path, writers)


def _write_by_ending(
    made: Made, path: Path, writers: Mapping[str, Callable[[Made, Path], object]]
) -> None:
    if path.suffix not in writers:
        expected = "a file that ends in .csv or .parquet"
        raise InputError([Problem(expected, path.suffix or "no ending", where=str(path))])
    temporary = path.with_name(f".{path.name}.writing")
    try:
        writers[path.suffix](made, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
