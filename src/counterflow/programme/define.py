"""Define the product: the line of offers that is expected to earn most."""

from __future__ import annotations

from counterflow.definition.define import define_line
from counterflow.domain.definition import Definition
from counterflow.domain.progress import Report
from counterflow.domain.settings import BeatingRisk
from counterflow.programme.answers import dump
from counterflow.programme.chain import Chain, Step
from counterflow.programme.estimate import estimate_part_worths
from counterflow.programme.named_definition import kept_definition


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

    def make(report: Report) -> Definition:
        definition = define_line(
            programme,
            estimate.value().part_worths,
            reference=reference,
            made_from={"programme": programme.version, "estimate": estimate.key},
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
        },
        needs=(estimate,),
        make=make,
    )
