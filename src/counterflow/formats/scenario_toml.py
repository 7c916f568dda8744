"""Read a scenario file: the whole scenario, or everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from counterflow.domain.errors import InputError
from counterflow.domain.mismatch import Mismatch
from counterflow.domain.programme import Programme
from counterflow.domain.scenario import ScenarioFile, unfit_for, unfit_for_line
from counterflow.formats.salvage import salvaged_sections
from counterflow.formats.toml_document import TomlDocument, impossible_numbers, read_toml
from counterflow.formats.validation_findings import findings


def load_scenario(
    path: Path, programme: Programme, *, line: tuple[str, ...] | None = None
) -> ScenarioFile:
    """Return the scenario that the file describes.

    `line` are the names of the offers that were defined; without it, changes of such offers are
    taken to fit.

    Raises
    ------
    InputError
        With every problem of the file, by line: keys that are unknown or hold what they may not,
        names that lead nowhere, offers that the rules do not allow, shares that cannot be.
    """
    document = read_toml(path)
    impossible = list(impossible_numbers(document.values))
    if impossible:
        raise InputError([document.problem(number) for number in impossible])
    try:
        scenario = ScenarioFile.model_validate(document.values)
    except ValidationError as error:
        wrong = findings(error, document.values, of=ScenarioFile)
        parts = salvaged_sections(document.values, of=ScenarioFile)
        told = {mismatch.key for mismatch in wrong}
        further = [unfit for unfit in unfit_for(programme, parts) if unfit.key not in told]
        _refuse([*wrong, *further], document)
        raise AssertionError("what pydantic refuses has a finding") from error
    wrong = list(unfit_for(programme, dict(scenario)))
    if line is not None:
        told = {mismatch.key for mismatch in wrong}
        wrong += [unfit for unfit in unfit_for_line(scenario, line) if unfit.key not in told]
    _refuse(wrong, document)
    return scenario


def _refuse(wrong: list[Mismatch], document: TomlDocument) -> None:
    if wrong:
        problems = [document.problem(mismatch) for mismatch in dict.fromkeys(wrong)]
        raise InputError(sorted(problems, key=lambda problem: problem.line or 0))
