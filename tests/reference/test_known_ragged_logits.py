"""Published maxima on choice sets that differ in size: what was not available has no row."""

import csv
import itertools
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from counterflow.choice.multinomial_logit import MultinomialLogit, MultinomialLogitResult
from counterflow.domain.choice_data import ChoiceData, Numeric

DATA = Path(__file__).parents[3] / "shared" / "data" / "choice"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no shared/data/choice beside the project"
)


class LongTable:
    """Alternatives added task by task, with the columns that they have; the rest are zeros."""

    def __init__(self) -> None:
        self.rows, self.starts, self.chosen, self.persons = [], [0], [], []

    def add_task(self, person, alternatives, chosen) -> None:
        """Add a task: columns by alternative, and which was chosen."""
        self.chosen.append(self.starts[-1] + list(alternatives).index(chosen))
        self.rows += alternatives.values()
        self.starts.append(len(self.rows))
        self.persons.append(person)

    def fit(self) -> MultinomialLogitResult:
        columns = defaultdict(lambda: np.zeros(len(self.rows)))
        for i, row in enumerate(self.rows):
            for name, value in row.items():
                columns[name][i] = value
        begins = [i for i, p in enumerate(self.persons) if i == 0 or p != self.persons[i - 1]]
        data = ChoiceData(
            columns={name: Numeric(values) for name, values in columns.items()},
            is_outside=np.zeros(len(self.rows), dtype=bool),
            task_starts=np.array(self.starts),
            respondent_starts=np.array([*begins, len(self.persons)]),
            chosen_rows=np.array(self.chosen),
            respondent_ids=tuple(map(str, range(len(begins)))),
        )
        return MultinomialLogit().fit(data)


def check(
    fit: MultinomialLogitResult, log_likelihood: float, known: dict[str, float], within: float
):
    assert fit.status == "converged"
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=5e-3)
    values = dict(zip(fit.labels, fit.coefficients, strict=True))
    for label, value in known.items():
        assert values[label] == pytest.approx(value, abs=within), label


def test_swissmetro():
    # biogeme 3.3.4, saved_results/b01a_logit.yaml.
    table = LongTable()
    with (DATA / "swissmetro.tsv").open() as file:
        for raw in csv.DictReader(file, delimiter="\t"):
            r = {name: float(value) for name, value in raw.items()}
            if r["PURPOSE"] not in (1, 3) or r["CHOICE"] == 0:
                continue
            pays = float(r["GA"] == 0)
            shown = {
                1: {"train": 1, "time": r["TRAIN_TT"] / 100, "cost": pays * r["TRAIN_CO"] / 100},
                2: {"time": r["SM_TT"] / 100, "cost": pays * r["SM_CO"] / 100},
                3: {"car": 1, "time": r["CAR_TT"] / 100, "cost": r["CAR_CO"] / 100},
            }
            available = {1: r["TRAIN_AV"] * r["SP"], 2: r["SM_AV"], 3: r["CAR_AV"] * r["SP"]}
            offered = {j: row for j, row in shown.items() if available[j]}
            table.add_task(r["ID"], offered, int(r["CHOICE"]))
    fit = table.fit()
    known = {"train": -0.701187, "car": -0.154633, "time": -1.277859, "cost": -1.083790}
    check(fit, -5331.2520, known, within=2e-6)
    assert (fit.n_respondents, fit.n_tasks) == (752, 6768)


@pytest.mark.parametrize(
    ("shown", "log_likelihood", "known"),
    [
        # mlogit 1.1, vignette c3.rum: cost + freq | income | time, of those who took one of three.
        (
            ("car", "train", "air"),
            -1951.344,
            {
                "cost": -0.028497,
                "freq": 0.074029,
                "time car": -0.014024,
                "time train": -0.010969,
                "time air": -0.017551,
            },
        ),
        # choice-learn 1.3.3 and torch-choice 1.0.6, tests: cost + freq + ovt | income | ivt.
        (
            ("air", "train", "bus", "car"),
            -1874.34,
            {"cost": -0.03334, "freq": 0.09253, "ovt": -0.04300},
        ),
    ],
)
def test_canadian_travellers(shown, log_likelihood, known):
    table, base = LongTable(), shown[0]
    with (DATA / "mode_canada.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["noalt"] == "4"]
    for case, group in itertools.groupby(rows, key=lambda row: row["case"]):
        offered, chosen = {}, None
        for row in group:
            mode = row["alt"]
            if mode not in shown:
                continue
            chosen = mode if row["choice"] == "1" else chosen
            own = {"cost": float(row["cost"]), "freq": float(row["freq"])}
            within, outside = float(row["ivt"]), float(row["ovt"])
            if len(shown) == 3:
                own[f"time {mode}"] = within + outside
            else:
                own |= {f"ivt {mode}": within, "ovt": outside}
            if mode != base:
                own |= {mode: 1.0, f"income {mode}": float(row["income"])}
            offered[mode] = own
        if chosen is not None:
            table.add_task(case, offered, chosen)
    check(table.fit(), log_likelihood, known, within=1e-5)


def test_stated_modes_of_apollo():
    # apollo 0.3.8, vignette: stated choices, time by mode and one cost.
    table, modes = LongTable(), ("car", "bus", "air", "rail")
    with (DATA / "apollo_mode_choice.csv").open() as file:
        for row in csv.DictReader(file):
            if row["SP"] != "1":
                continue
            offered = {
                mode: {
                    mode: float(mode != "car"),
                    f"time {mode}": float(row[f"time_{mode}"]),
                    "cost": float(row[f"cost_{mode}"]),
                }
                for mode in modes
                if row[f"av_{mode}"] == "1"
            }
            offered.get("car", {}).pop("car", None)
            table.add_task(row["ID"], offered, modes[int(row["choice"]) - 1])
    known = {
        "cost": -0.052923,
        "time car": -0.010061,
        "time bus": -0.016422,
        "time air": -0.011831,
        "time rail": -0.004779,
    }
    fit = table.fit()
    check(fit, -5802.0228, known, within=1e-6)
    assert (fit.n_respondents, fit.n_tasks) == (500, 7000)
