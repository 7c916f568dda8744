"""Workspaces without files: the in-memory twins of the ports."""

import tomllib
from pathlib import Path
from typing import Any

from counterflow.domain.definition import Definition
from counterflow.domain.programme import Programme
from counterflow.programme.chain import Silent
from counterflow.programme.definition_archive import DefinitionArchive, KeptDefinition
from counterflow.programme.ports import Results
from counterflow.programme.workspace import Workspace
from counterflow.runners.serial import SerialRunner
from counterflow.solvers.growing_highs import GrowingHighs
from counterflow.solvers.highs import HighsSolver

EXAMPLES = Path(__file__).parents[2] / "examples"


class ResultsInMemory(Results):
    """The in-memory twin of the results folder."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, Any]] = {}
        self.record: dict[str, Any] = {}

    def key(self, step: str) -> str | None:
        return self.kept[step][0] if step in self.kept else None

    def save(self, step: str, key: str, made: Any) -> None:
        self.kept[step] = (key, made)

    def load(self, step: str) -> Any:
        return self.kept[step][1]

    def place(self, step: str) -> str:
        return f"memory:{step}"

    def save_record(self, record: dict[str, Any]) -> None:
        self.record = record


class DefinitionsInMemory(DefinitionArchive):
    """The in-memory twin of the folder of definitions."""

    def __init__(self) -> None:
        self.by_version: dict[str, KeptDefinition] = {}
        self.places: dict[str, Definition] = {}

    def keep(self, definition: Definition) -> None:
        now = f"2026-01-01T00:00:{len(self.by_version):02}+00:00"
        kept = KeptDefinition(definition=definition, kept_at=now)
        self.by_version.setdefault(definition.version, kept)

    def kept(self, beginning: str = "") -> tuple[KeptDefinition, ...]:
        return tuple(
            kept for version, kept in self.by_version.items() if version.startswith(beginning)
        )

    def at(self, place: str) -> Definition | None:
        return self.places.get(place)


def example(name: str) -> Programme:
    """Return the programme of an example."""
    with (EXAMPLES / name / "programme.toml").open("rb") as file:
        return Programme.model_validate(tomllib.load(file))


def workspace_in_memory(
    results: Results, *, programme: Programme | None = None, software: str = "test"
) -> Workspace:
    """Return a workspace that keeps its results in memory and works on one thread."""

    def no_answers() -> Any:
        raise AssertionError("the example simulates its respondents")

    return Workspace(
        programme=programme or example("national-car"),
        results=results,
        definitions=DefinitionsInMemory(),
        solver=HighsSolver(),
        open_programme=GrowingHighs,
        runner=SerialRunner(),
        progress=Silent(),
        answers_version=lambda: "",
        load_answers=no_answers,
        load_design=lambda place, **_: no_answers(),
        load_part_worths=lambda place: no_answers(),
        render_report=lambda findings: findings.programme.programme.title,
        software=software,
        now=lambda: "2026-01-01T00:00:00+00:00",
        seconds=lambda: 0.0,
        open_field_store=no_answers,
        missing_texts=lambda: {},
    )
