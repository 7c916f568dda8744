"""Report: everything that was found, on one page."""

from __future__ import annotations

import platform
from importlib.metadata import version

from counterflow.demand.uncertainty import uncertainty_by_driver
from counterflow.domain.findings import Findings, Provenance, ShareShift
from counterflow.domain.volumes import VolumeDraws, interval
from counterflow.programme.chain import Chain, Step
from counterflow.programme.define import define
from counterflow.programme.estimate import estimate_part_worths
from counterflow.programme.forecast import forecast
from counterflow.programme.plan import plan

_LIBRARIES = ("numpy", "scipy", "numba", "highspy", "altair", "pyarrow")


def report(chain: Chain) -> Step[str]:
    """Return the report as one HTML page."""
    workspace, programme = chain.workspace, chain.workspace.programme
    needs = (
        estimate_part_worths(chain),
        define(chain),
        forecast(chain),
        plan(chain),
    )
    return chain.step(
        "report",
        "Writing the report",
        settings={"programme": programme.version},
        needs=needs,
        make=lambda _: workspace.render_report(findings(chain)),
    )


def findings(chain: Chain) -> Findings:
    """Return what every step found, as the report takes it."""
    workspace = chain.workspace
    estimate, definition = estimate_part_worths(chain).value(), define(chain).value()
    volumes = forecast(chain).value()
    return Findings(
        programme=workspace.programme,
        estimate=estimate,
        definition=definition,
        volumes=volumes,
        shifts=shifts(volumes),
        drivers=uncertainty_by_driver(volumes),
        production=plan(chain).value(),
        provenance=Provenance(
            software=workspace.software,
            generated_at=workspace.now(),
            hashes={
                "programme": workspace.programme.version,
                "definition": definition.version,
                **{step.name: step.key for step in chain.steps},
            },
            versions={
                "python": platform.python_version(),
                **{library: version(library) for library in _LIBRARIES},
            },
        ),
    )


def shifts(volumes: VolumeDraws) -> dict[str, ShareShift]:
    """Return what each rival, and taking none, holds without our line and with it."""
    return {
        name: ShareShift(before=interval(before), after=interval(volumes.shares[name]))
        for name, before in volumes.shares_without_line.items()
    }
