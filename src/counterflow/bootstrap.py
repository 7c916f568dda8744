"""The one place that picks store, solver, runner and clock, and hands back a workspace.

What stores interviews and what draws the report take long to import, and most calls need neither:
they are imported where a field is opened and where a report is made.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from counterflow.domain.answered_task import NextTask
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.findings import Findings
from counterflow.domain.programme import Programme
from counterflow.formats import choice_design, definition, estimate, production_plan, volumes
from counterflow.formats.answers import load_answers
from counterflow.formats.choice_data import read_choice_data, write_choice_data, write_long_csv
from counterflow.formats.part_worths import read_part_worths
from counterflow.formats.pictures import picture_hashes
from counterflow.formats.programme_toml import load_programme
from counterflow.formats.texts import load_texts
from counterflow.programme.chain import Chain, Silent
from counterflow.programme.design import design_of_interviews
from counterflow.programme.field.catch_up import complete_answered
from counterflow.programme.field.field import Field
from counterflow.programme.field_store import FieldStore
from counterflow.programme.ports import Progress
from counterflow.programme.workspace import Workspace
from counterflow.runners.threads import ThreadRunner
from counterflow.solvers.growing_highs import GrowingHighs
from counterflow.solvers.highs import HighsSolver
from counterflow.store.definition_folder import DefinitionFolder
from counterflow.store.results_folder import ResultsFolder, StepFiles
from counterflow.survey.adaptive.adaptive_tasks import AdaptiveTasks

if TYPE_CHECKING:
    from sqlalchemy import URL

Made = TypeVar("Made")

PROGRAMME_FILE = "programme.toml"
REHEARSAL_RECORD = "simulated.json"
"""Beside a programme: everybody in its field is simulated. A rehearsal writes it."""
OUTPUT_FOLDER = "out"
FIELD_FILE = "field.sqlite"

_TASKS_REMEMBERED = 4096

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


def open_workspace(
    path: Path, *, progress: Progress, from_field: bool = False, database: str | None = None
) -> Workspace:
    """Return the workspace of a programme file, or of the folder that holds one.

    `from_field` takes the answers of the field although the programme names others; `database` is
    where interviews are kept, if not beside the programme.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    file = programme_file(path)
    programme = load_programme(file)
    folder = file.parent
    return Workspace(
        programme=programme,
        results=ResultsFolder(folder / OUTPUT_FOLDER, _STEP_FILES),
        definitions=DefinitionFolder(
            folder / OUTPUT_FOLDER / "definitions",
            write=definition.write_definition_file,
            read=definition.read_definition_file,
        ),
        solver=HighsSolver(),
        open_programme=GrowingHighs,
        runner=ThreadRunner(),
        progress=progress,
        answers_version=lambda: answers_version(programme, folder),
        load_answers=lambda: load_answers(programme, folder),
        load_design=partial(_load_design, folder),
        load_part_worths=lambda place: read_part_worths(folder / place),
        render_report=_render_report,
        software=software_version(),
        now=lambda: datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.perf_counter,
        open_field_store=lambda: closing(open_field_store(folder, database)),
        missing_texts=lambda: load_texts(programme, folder).missing,
        from_field=from_field,
        is_rehearsal=(folder / REHEARSAL_RECORD).is_file(),
    )


def open_field(
    path: Path, database: str | None = None, *, progress: Progress | None = None
) -> Field:
    """Return the survey of a programme, ready for respondents; close it when done.

    Its choice design is made, or kept, as `counterflow design` does; one whose tasks come from the
    answers needs none.

    Raises
    ------
    InputError
        With every problem of the programme file, of its texts, or of a design that does not fit.
    """
    workspace = open_workspace(path, progress=progress or Silent(), database=database)
    programme, folder = workspace.programme, programme_file(path).parent
    if programme.survey.questionnaire is None:
        problem = Problem("[survey.questionnaire], what people are asked", "none", key="survey")
        raise InputError([problem])
    texts = load_texts(programme, folder).texts
    design = design_of_interviews(Chain(workspace))
    store = open_field_store(folder, database)
    try:
        field = Field(
            programme=programme,
            design=design,
            store=store,
            texts=texts,
            folder=folder,
            clock=lambda: store.now,
            secret=_secret(field_folder(folder) / "secret.key"),
            next_task=_next_task(programme) if programme.survey.questionnaire.adaptive else None,
            picture_hashes=picture_hashes(programme, folder),
            software=workspace.software,
        )
        store.open_fieldwork(field.fieldwork)
        complete_answered(field)
    except BaseException:
        store.close()
        raise
    return field


def open_field_store(folder: Path, url: str | None = None) -> FieldStore:
    """Return the store of interviews: in the folder of the programme, or at a database's URL."""
    from counterflow.store.field.store import SqlFieldStore

    return SqlFieldStore(_field_url(folder, url))


def back_up_field(folder: Path, to: Path, url: str | None = None) -> int:
    """Write a whole copy of the interviews to a file; return how many there are.

    Raises
    ------
    InputError
        If nobody was interviewed yet.
    """
    place = field_folder(folder) / FIELD_FILE
    if url is None and not place.exists():
        advice = "`counterflow serve` begins the survey."
        raise InputError([Problem("interviews", "none yet", where=str(place), advice=advice)])
    with closing(open_field_store(folder, url)) as store:
        store.backup(to)
        return sum(store.counts().by_status.values())


def restore_field(
    folder: Path, backup: Path, url: str | None = None, *, replace: bool = False
) -> int:
    """Put a backup where the interviews are kept; return how many it holds.

    Raises
    ------
    InputError
        If the backup is damaged, or there are interviews already and `replace` is False.
    FieldStoreError
        If a server is using the database.
    """
    from counterflow.store.field.copying import restore

    return restore(backup, _field_url(folder, url), replace=replace)


def _field_url(folder: Path, url: str | None) -> URL:
    from counterflow.store.field.engines import read_url, sqlite_url

    return read_url(url) if url else sqlite_url(field_folder(folder) / FIELD_FILE)


def _render_report(findings: Findings) -> str:
    from counterflow.report.page import render_report

    return render_report(findings)


def _next_task(programme: Programme) -> NextTask:
    """Return what makes tasks from answers; one that was drawn is not made anew to be stored."""
    return lru_cache(maxsize=_TASKS_REMEMBERED)(AdaptiveTasks.of_programme(programme).next_task)


def _secret(path: Path) -> bytes:
    """Return the secret in the file, which nobody but its owner may read; made when first asked."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        # Whole or not at all; of two that begin at once, the first one's holds.
        with suppress(FileExistsError):
            os.link(new, path)
        new.unlink()
    return path.read_bytes()


def programme_file(path: Path) -> Path:
    """Return the programme file: the path, or the file in the folder that it names."""
    return path / PROGRAMME_FILE if path.is_dir() else path


def field_folder(folder: Path) -> Path:
    """Return where the field of the programme in `folder` keeps its files."""
    return folder / OUTPUT_FOLDER / "field"


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
    return f"{version('counterflow')}+{package_hash(Path(__file__).parent)[:12]}"


def package_hash(folder: Path) -> str:
    """Return the SHA-256 of all files of a package, pages and texts too; not of what is compiled.

    A list of endings would forget the next kind of file that results derive from.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if "__pycache__" not in place.parts and path.is_file():
            digest.update(place.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _load_design(
    folder: Path,
    place: str,
    *,
    levels: Mapping[str, Sequence[str]],
    alternatives: Sequence[str],
    has_outside: bool,
) -> ChoiceDesign:
    return choice_design.import_design(
        folder / place,
        levels=levels,
        alternatives=alternatives,
        has_outside=has_outside,
        provenance={"method": "imported", "from": place},
    )


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
