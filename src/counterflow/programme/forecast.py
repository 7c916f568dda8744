"""Forecast: how many of each variant are wanted where and when, as draws."""

from __future__ import annotations

from counterflow.demand.forecast import forecast_volumes
from counterflow.domain.volumes import VolumeDraws
from counterflow.programme.answers import dump
from counterflow.programme.chain import Chain, Step
from counterflow.programme.define import define
from counterflow.programme.estimate import estimate_part_worths


def forecast(chain: Chain) -> Step[VolumeDraws]:
    """Return draws of the volumes of the line that was defined."""
    workspace, programme = chain.workspace, chain.workspace.programme
    definition, estimate = define(chain), estimate_part_worths(chain)
    return chain.step(
        "forecast",
        "Forecasting volumes",
        settings={"market": dump(programme, "market"), "seed": programme.seeds.demand},
        needs=(definition, estimate),
        make=lambda report: forecast_volumes(
            programme,
            definition.value(),
            estimate.value().part_worths,
            made_from={"definition": definition.value().version, "estimate": estimate.key},
            map_blocks=workspace.runner.map,
            report=report,
        ),
    )
