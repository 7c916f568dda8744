"""Standard errors of mixed logit against a bootstrap of people: electricity, and 100 car buyers.

Clustered standard errors should be what the spread of refits to resampled people is; each of 400
refits leaves a standard deviation known to 3.5 %. Where refits are skewed, as of a spread that some
of them put near zero, no standard error of a normal is theirs: their skewness and the spread that
their quartiles say are recorded beside the standard deviation.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.beside import fit_ours
from benchmarks.case import Run
from benchmarks.data_sets import is_present, path_of
from benchmarks.record import Record

MODELS = {
    "electricity": ("electricity, six normals", ()),
    "car100": (
        "100 car buyers, six normals",
        ("--random", "opcost", "range", "ev", "hybrid", "hiperf", "medhiperf"),
    ),
}


def measure(run: Run) -> Iterator[Record]:
    for data, (words, arguments) in MODELS.items():
        if not is_present(data):
            yield run.skipped(f"{path_of(data).name} is not beside the project")
            continue
        replications = "8" if run.quick else "400"
        fit = fit_ours("bootstrap", data, *arguments, "--replications", replications)
        yield run.record(f"{words}: {replications} refits", "s", fit.best_s, quality=fit.quality)
