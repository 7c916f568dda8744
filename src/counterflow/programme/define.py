"""Define the product: the line of offers that is expected to earn most."""

from __future__ import annotations

from counterflow.definition.define import define_line
from counterflow.domain.content_hash import content_hash
from counterflow.domain.definition import Definition
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.progress import Report
from counterflow.domain.settings import BeatingRisk, WorstRisk
from counterflow.programme.answers import dump
from counterflow.programme.chain import Chain, Step
from counterflow.programme.estimate import estimate_part_worths
from counterflow.programme.named_definition import kept_definition
from counterflow.programme.workspace import Workspace


def define(chain: Chain) -> Step[Definition]:
    """Return the line of offers with prices, terms, parts and the hashes of what made it.

    Each version that is made is kept, so that later ones can be compared with it.
    """
    workspace, programme = chain.workspace, chain.workspace.programme
    estimate = estimate_part_worths(chain)
    risk = programme.search.risk
    reference = (
        kept_definition(workspace.definitions, risk.reference)
        if isinstance(risk, BeatingRisk)
        else None
    )

    places = risk.part_worths if isinstance(risk, WorstRisk) else ()
    others = [_part_worths_at(workspace, place) for place in places]

    def make(report: Report) -> Definition:
        definition = define_line(
            programme,
            estimate.value().part_worths,
            reference=reference,
            other_models=others,
            made_from={"programme": programme.version, "estimate": estimate.key},
            open_programme=workspace.open_programme,
            map_blocks=workspace.runner.map,
            report=report,
        )
        workspace.definitions.keep(definition)
        return definition

    sections = ("attributes", "rules", "contracts", "parts", "costs", "market", "search")
    return chain.step(
        "define",
        "Searching for the line",
        settings={
            "programme": programme.version,
            **{section: dump(programme, section) for section in sections},
            "seed": programme.seeds.search,
            "market_seed": programme.seeds.demand,
            "reference": reference.version if reference else "",
            "other_models": [content_hash(other.draws.tobytes().hex()) for other in others],
        },
        needs=(estimate,),
        make=make,
    )


def _part_worths_at(workspace: Workspace, place: str) -> PartWorths:
    """Return part-worths of another model, which must know the programme's attributes."""
    part_worths = workspace.load_part_worths(place)
    known = {term.attribute for term in part_worths.coding.terms}
    asked = set(workspace.programme.attributes)
    if not known <= asked:
        problem = Problem(
            expected=f"part-worths of {', '.join(sorted(asked))}",
            found=f"those of {', '.join(sorted(known))}",
            key="search.risk.part_worths",
            where=place,
        )
        raise InputError([problem])
    return part_worths
