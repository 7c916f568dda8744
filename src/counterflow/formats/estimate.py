"""An estimate as a folder: the draws, the figures, and tables that people open."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

from counterflow.domain.estimate import Estimate
from counterflow.formats.csv_table import write_csv
from counterflow.formats.json_file import read_json, write_json
from counterflow.formats.part_worths import read_part_worths, write_part_worths

MAIN = "estimate.json"
_DRAWS = "part_worths.parquet"


def write_estimate(estimate: Estimate, folder: Path) -> None:
    """Write estimate.json, part_worths.parquet, coefficients.csv and willingness_to_pay.csv."""
    write_json(folder / MAIN, estimate.as_dict())
    write_part_worths(estimate.part_worths, folder / _DRAWS)
    write_csv(
        folder / "coefficients.csv",
        ("coefficient", "mean", "q05", "q95", "sd_over_people"),
        [astuple(coefficient) for coefficient in estimate.coefficients],
    )
    write_csv(
        folder / "willingness_to_pay.csv",
        ("attribute", "versus", "level", "mean", "q05", "q50", "q95", "share_positive"),
        [
            (w.attribute, w.versus, w.level, *w.amount.as_dict().values(), w.share_positive)
            for w in estimate.willingness_to_pay
        ],
    )


def read_estimate(folder: Path) -> Estimate:
    """Return the estimate that `write_estimate` wrote; InputError if it did not."""
    draws = read_part_worths(folder / _DRAWS)
    return read_json(
        folder / MAIN,
        "counterflow/estimate/1",
        lambda raw: Estimate.from_dict(raw, draws),
        again="counterflow estimate --from-scratch",
    )
