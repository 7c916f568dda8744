"""Compare definitions: the present one, those kept earlier, those of others."""

from __future__ import annotations

from dataclasses import replace

from counterflow.definition.compare import DefinitionComparison, compare
from counterflow.domain.definition import Definition
from counterflow.domain.errors import InputError, Problem
from counterflow.programme.answers import notes_on_answers
from counterflow.programme.chain import Chain
from counterflow.programme.define import define
from counterflow.programme.definition_archive import DefinitionArchive
from counterflow.programme.estimate import estimate_part_worths
from counterflow.programme.named_definition import CURRENT, kept_definition


def compare_definitions(chain: Chain, a: str, b: str) -> DefinitionComparison:
    """Return what changed from definition `a` to `b` and what it does, valued as of now.

    A definition is called `current`, by the place where it is kept, or by the beginning of its
    version, at least four digits; what is both a place and a version is the place.

    Raises
    ------
    InputError
        With all that is wrong: definitions that are not there, or cannot be offered now.
    """
    kept = _kept_definitions(chain.workspace.definitions, [a, b])
    of_a, of_b = (kept[called] if called in kept else define(chain).value() for called in (a, b))
    estimate = estimate_part_worths(chain).value()
    workspace = chain.workspace
    with workspace.at_work("compare", "Comparing definitions") as report:
        found = compare(
            workspace.programme,
            estimate.part_worths,
            of_a,
            of_b,
            map_blocks=workspace.runner.map,
            report=report,
        )
    return replace(found, notes=(*notes_on_answers(workspace), *found.notes))


def _kept_definitions(archive: DefinitionArchive, called: list[str]) -> dict[str, Definition]:
    """Return the definitions that exist without making one, by what they are called."""
    found: dict[str, Definition] = {}
    problems: list[Problem] = []
    for name in dict.fromkeys(called):
        if name == CURRENT:
            continue
        try:
            found[name] = kept_definition(archive, name)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found
