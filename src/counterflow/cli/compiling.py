"""`counterflow compile`: everything that is compiled, compiled once."""

from __future__ import annotations

import tempfile
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from counterflow.bootstrap import open_workspace
from counterflow.choice.first_fits import few_choices, fit_every_model
from counterflow.cli.arguments import AsJson
from counterflow.cli.outcome import errors, outcome, print_json
from counterflow.cli.tables import print_line
from counterflow.definition.first_searches import search_every_way
from counterflow.formats.new_programme import write_new_programme
from counterflow.kernels.compiled.cache import cache_folder, cached_files, clear_cache
from counterflow.programme.chain import Chain, Silent
from counterflow.programme.estimate import estimate_part_worths
from counterflow.programme.price import price
from counterflow.programme.run import run
from counterflow.programme.simulate_market import simulate_market
from counterflow.solvers.growing_highs import GrowingHighs
from counterflow.solvers.highs_relaxation import relax_with_highs
from counterflow.survey.first_designs import design_and_judge


def compile_all(
    clear: Annotated[
        bool, typer.Option("--clear", help="Delete what was compiled instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compile every numerical loop, so that no later first call waits for it.

    Run it once after installation; what is compiled is kept beside the code, or in the folder that
    NUMBA_CACHE_DIR names.
    """
    with outcome(as_json=as_json):
        started = perf_counter()
        if clear:
            n_files = clear_cache()
        else:
            _fit_and_run(quiet=as_json)
            n_files = len(cached_files())
        record = {
            "status": "cleared" if clear else "compiled",
            "n_files": n_files,
            "folder": str(cache_folder()),
            "seconds": round(perf_counter() - started, 1),
        }
        if as_json:
            print_json(record)
        else:
            print_line(f"{record['status']} {n_files} files in {record['folder']}")


def _fit_and_run(*, quiet: bool) -> None:
    console = errors()
    for name in chain(fit_every_model(), design_and_judge(few_choices())):
        if not quiet:
            console.print(f"compiled: {name}")
    with tempfile.TemporaryDirectory() as folder:
        path = write_new_programme(Path(folder) / "warm-up")
        steps = Chain(open_workspace(path, progress=Silent()))
        run(steps)
        price(steps, n_draws=2)
        simulate_market(steps)
        searches = search_every_way(
            steps.workspace.programme,
            estimate_part_worths(steps).value().part_worths,
            open_programme=GrowingHighs,
            relax=relax_with_highs,
        )
        for name in chain(["a whole run, its market and its prices"], searches):
            if not quiet:
                console.print(f"compiled: {name}")
