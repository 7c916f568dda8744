"""Published maxima of latent class logits."""

import csv
from pathlib import Path

import numpy as np
import pytest

from counterflow.choice.constraints import Constraints
from counterflow.choice.latent_class import LatentClassLogit
from counterflow.domain.choice_data import ChoiceData, Numeric

SWISSMETRO = Path(__file__).parents[3] / "shared" / "data" / "choice" / "swissmetro.tsv"
pytestmark = pytest.mark.skipif(
    not SWISSMETRO.is_file(), reason="no shared/data/choice/swissmetro.tsv beside the project"
)


def swissmetro(*, panel: bool) -> ChoiceData:
    """Return the 6,768 choices that biogeme and larch use, of 752 people or one each."""
    rows, starts, chosen, persons = [], [0], [], []
    with SWISSMETRO.open() as file:
        for raw in csv.DictReader(file, delimiter="\t"):
            r = {name: float(value) for name, value in raw.items()}
            if r["PURPOSE"] not in (1, 3) or r["CHOICE"] == 0:
                continue
            pays, stated = float(r["GA"] == 0), float(r["SP"] != 0)
            shown = {
                1: (1.0, 0.0, r["TRAIN_TT"], pays * r["TRAIN_CO"], r["TRAIN_AV"] * stated),
                2: (0.0, 0.0, r["SM_TT"], pays * r["SM_CO"], r["SM_AV"]),
                3: (0.0, 1.0, r["CAR_TT"], r["CAR_CO"], r["CAR_AV"] * stated),
            }
            offered = {j: row[:4] for j, row in shown.items() if row[4]}
            chosen.append(len(rows) + list(offered).index(int(r["CHOICE"])))
            rows += offered.values()
            starts.append(len(rows))
            persons.append(r["ID"] if panel else len(persons))
    columns = np.array(rows) * (1.0, 1.0, 0.01, 0.01)
    begins = np.flatnonzero(np.diff(persons, prepend=-1.0))
    return ChoiceData(
        columns={
            name: Numeric(columns[:, k].copy())
            for k, name in enumerate(("train", "car", "time", "cost"))
        },
        is_outside=np.zeros(len(rows), dtype=bool),
        task_starts=np.array(starts),
        respondent_starts=np.append(begins, len(persons)),
        chosen_rows=np.array(chosen),
        respondent_ids=tuple(map(str, range(len(begins)))),
    )


def test_two_classes_of_which_one_does_not_mind_time():
    # biogeme 3.2.7, examples/swissmetro/07discreteMixture.html: every choice its own person.
    model = LatentClassLogit(
        shared=("train", "car", "cost"),
        constraints=Constraints(fixed={"class 1: time": 0.0}),
        n_starts=4,
        n_finished=2,
    )
    fit = model.fit(swissmetro(panel=False))
    assert fit.status == "converged"
    assert fit.log_likelihood == pytest.approx(-5208.498, abs=5e-4)
    assert (fit.parameters.n_free, round(fit.aic), round(fit.bic, 1)) == (5, 10427, 10461.1)
    known = {  # estimate, standard error, robust standard error
        "train": (-0.398, 0.0608, 0.0620),
        "car": (0.125, 0.0505, 0.0507),
        "time": (-2.80, 0.176, 0.172),
        "cost": (-1.26, 0.0612, 0.0856),
    }
    second = fit.of_class(2)
    errors, robust = second.standard_errors("classical"), second.standard_errors("clustered")
    for label, expected in known.items():
        k = second.position(label)
        assert (second[label], errors[k], robust[k]) == pytest.approx(expected, rel=5e-3), label
    assert fit.class_shares[0] == pytest.approx(0.251, abs=5e-4)
    assert fit.class_share_standard_errors("classical")[0] == pytest.approx(0.0219, abs=5e-5)
    assert fit.class_share_standard_errors()[0] == pytest.approx(0.0217, abs=5e-5)


def test_three_classes_of_people_one_of_whom_takes_the_cheapest():
    # larch 6, tests/test_latent_class: 752 people, the third class with a cost coefficient of
    # -10,000. The maximum is published in single precision: -4474.478515625.
    ties = [tuple(f"class {g}: {name}" for g in (1, 2)) for name in ("train", "car", "cost")]
    only_cost = {f"class 3: {name}": 0.0 for name in ("train", "car", "time")}
    fixed = {"class 1: time": 0.0, **only_cost, "class 3: cost": -10_000.0}
    model = LatentClassLogit(
        n_classes=3, constraints=Constraints(fixed=fixed, tied=ties), n_starts=4, n_finished=2
    )
    fit = model.fit(swissmetro(panel=True))
    assert (fit.status, fit.n_respondents) == ("converged", 752)
    assert fit.log_likelihood == pytest.approx(-4474.4785, abs=2e-3)
