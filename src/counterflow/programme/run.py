"""Run: everything from answers to report, and the record of how it went."""

from __future__ import annotations

from typing import Any

from counterflow.domain.estimate import Estimate
from counterflow.domain.production_plan import ProductionPlan
from counterflow.programme.answers import version_of_answers
from counterflow.programme.chain import Chain
from counterflow.programme.define import define
from counterflow.programme.estimate import estimate_part_worths
from counterflow.programme.plan import plan
from counterflow.programme.report import report


def run(chain: Chain) -> dict[str, Any]:
    """Make or keep every step, and return the record of the run, which is kept as run.json."""
    report(chain)
    return record_run(chain)


def record_run(chain: Chain) -> dict[str, Any]:
    """Return and keep what was made from what, when, how long it took, and what to beware of."""
    workspace = chain.workspace
    programme = workspace.programme
    record = {
        "schema": "counterflow/run/1",
        "programme": programme.programme.name,
        "programme_version": programme.version,
        "definition_version": define(chain).value().version,
        "software": workspace.software,
        "written_at": workspace.now(),
        "seeds": programme.seeds.model_dump(),
        "answers_version": version_of_answers(workspace),
        "steps": [
            {
                "step": step.name,
                "made_from": step.key,
                "kept": step.kept,
                "seconds": round(step.seconds, 3),
            }
            for step in chain.steps
        ],
        "warnings": warnings(estimate_part_worths(chain).value(), plan(chain).value())
        + list(define(chain).value().notes),
        "report": workspace.results.place("report"),
    }
    workspace.results.save_record(record)
    return record


def warnings(estimate: Estimate, production: ProductionPlan) -> list[str]:
    """Return, in words, what a reader must know before trusting the figures."""
    found = []
    if not estimate.is_converged:
        found.append(f"estimation did not converge: {estimate.status}")
    if production.status != "optimal":
        found.append(f"the build plan ended {production.status}, gap {production.gap:.1%}")
    return found
