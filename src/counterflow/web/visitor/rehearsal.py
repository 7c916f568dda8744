"""A rehearsal of a survey: its simulated respondents on its real pages, and a field of their own.

Nothing of it comes near the answers of people: the programme is copied to a folder in which every
interview is simulated, and every command works there as it does beside the programme.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from counterflow.bootstrap import (
    OUTPUT_FOLDER,
    PROGRAMME_FILE,
    REHEARSAL_RECORD,
    programme_file,
)
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.interview import Status
from counterflow.domain.programme import Programme
from counterflow.formats.survey_folder import copy_survey
from counterflow.formats.texts import load_texts
from counterflow.programme.field.simulate_field import send_respondents, simulated_respondents
from counterflow.programme.workspace import Workspace
from counterflow.runners.threads import ThreadRunner
from counterflow.survey.questionnaire.pages import questionnaire_of
from counterflow.web.visitor.page_as_read import PageReader
from counterflow.web.visitor.service_process import service_process
from counterflow.web.visitor.visit import Visits

SIMULATED = "simulated"
"""The folder below `out` in which a rehearsal is kept, if nothing else is asked for."""

_AT_ONCE = 16
_STEP = "simulate"


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """How the interviews ended, and the folder where they are; None where a server has them."""

    ends: Mapping[Status, int]
    folder: Path | None


def rehearse(workspace: Workspace, path: Path, into: Path | None = None) -> Rehearsal:
    """Send the simulated respondents through the pages of a service that is started for them.

    Parameters
    ----------
    workspace
        Of the programme.
    path
        Where the programme is: its file, or the folder that holds one.
    into
        The folder to keep it in; `out/simulated` beside the programme if None. One that an earlier
        rehearsal made is replaced, once this one is whole.

    Raises
    ------
    InputError
        If the programme has no simulated respondents or no questionnaire, or the folder is used.
    """
    file = programme_file(path)
    into = into or file.parent / OUTPUT_FOLDER / SIMULATED
    _check_free(into)
    aside = into.with_name(f".{into.name}.writing")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        shutil.copyfile(file, aside / PROGRAMME_FILE)
        copy_survey(workspace.programme, file.parent, aside)
        _take_design_along(file.parent, aside)
        # One address sends them all, which is no reason here to let them wait.
        with service_process(aside, "--requests-per-address", "0") as service:
            ends = _send(workspace, file.parent, service.address)
        _keep_record(workspace.programme, ends, aside / REHEARSAL_RECORD)
        shutil.rmtree(into, ignore_errors=True)
        aside.rename(into)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Rehearsal(ends=ends, folder=into)


def rehearse_at(workspace: Workspace, path: Path, address: str) -> Rehearsal:
    """Send the simulated respondents through the pages of a service that is running.

    What they answer is kept there, each with a panel id that begins with "simulated-".
    """
    return Rehearsal(ends=_send(workspace, programme_file(path).parent, address), folder=None)


def _send(workspace: Workspace, folder: Path, address: str) -> Mapping[Status, int]:
    programme = workspace.programme
    respondents = simulated_respondents(programme)
    visits = Visits(
        address,
        PageReader(programme, load_texts(programme, folder).texts),
        questionnaire_of(programme).languages,
    )
    with workspace.at_work(_STEP, "Sending simulated respondents through the pages") as report:
        return send_respondents(
            respondents, visits.visit, runner=ThreadRunner(_AT_ONCE), report=report
        )


def _check_free(into: Path) -> None:
    if into.exists() and not (into / REHEARSAL_RECORD).is_file():
        problem = Problem(
            expected="a folder that is not there yet, or that an earlier rehearsal made",
            found="another",
            where=str(into),
            advice="Name a new folder by --into.",
        )
        raise InputError([problem])


def _take_design_along(folder: Path, to: Path) -> None:
    """Copy a design that was made before, so that it need not be sought again."""
    if (made := folder / OUTPUT_FOLDER / "design").is_dir():
        shutil.copytree(made, to / OUTPUT_FOLDER / "design")


def _keep_record(programme: Programme, ends: Mapping[Status, int], path: Path) -> None:
    record = {
        "simulated": True,
        "seed": programme.seeds.simulation,
        "programme_version": programme.version,
        "interviews_by_status": dict(ends),
    }
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
