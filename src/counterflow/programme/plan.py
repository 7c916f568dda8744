"""Plan: which parts are needed, which to order now, and what to build when."""

from __future__ import annotations

from counterflow.domain.production_plan import ProductionPlan
from counterflow.production.plan import plan_production
from counterflow.programme.answers import dump
from counterflow.programme.chain import Chain, Step
from counterflow.programme.define import define
from counterflow.programme.forecast import forecast

BUILD_PLAN_TIME_LIMIT_S = 60.0


def plan(chain: Chain) -> Step[ProductionPlan]:
    """Return the production plan for the volumes that were forecast."""
    workspace, programme = chain.workspace, chain.workspace.programme
    definition, volumes = define(chain), forecast(chain)
    return chain.step(
        "plan",
        "Planning production",
        settings={
            "production": dump(programme, "production"),
            "parts": dump(programme, "parts"),
            "time_limit_s": BUILD_PLAN_TIME_LIMIT_S,
        },
        needs=(definition, volumes),
        make=lambda report: plan_production(
            programme,
            definition.value(),
            volumes.value(),
            solve=lambda problem: workspace.solver.solve(
                problem, time_limit_s=BUILD_PLAN_TIME_LIMIT_S
            ),
            made_from={"definition": definition.value().version, "forecast": volumes.key},
            report=report,
        ),
    )
