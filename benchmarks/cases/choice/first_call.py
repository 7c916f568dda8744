"""What the first call in a new process costs beyond a warm one, after installation.

Compiled loops are kept beside the code, or in NUMBA_CACHE_DIR where that is set; a process loads
them once. This measures what `make` leaves behind, so it is preceded by one run of each model.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.beside import fit_ours
from benchmarks.case import ROOT, Run
from benchmarks.data_sets import is_present
from benchmarks.process import run_measured
from benchmarks.record import Record

MOST_S = 3.0
FEW_SWEEPS = ("--burn-in", "50", "--sweeps", "50", "--draws", "10")
MODELS = (
    ("multinomial logit", "multinomial_logit", ()),
    ("mixed logit", "mixed_logit", ()),
    ("hierarchical Bayes, 100 sweeps", "hierarchical_bayes", FEW_SWEEPS),
)


def measure(run: Run) -> Iterator[Record]:
    started = run_measured([sys.executable, "-c", "import counterflow"], cwd=ROOT)
    yield run.record("start Python and import counterflow", "s", started.seconds)
    data = "electricity" if is_present("electricity") else "simulated"
    for words, script, arguments in MODELS:
        what = (script, data, "--people", "100", *arguments)
        fit_ours(*what)
        fit = fit_ours(*what, "--repetitions", "3")
        yield run.record(
            f"{words}: first call of a process beyond a warm one",
            "s",
            fit.first_s - fit.best_s,
            quality={"limit": MOST_S, "first": fit.first_s, "warm": fit.best_s},
        )
