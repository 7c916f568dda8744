"""Published maxima where alternatives have names and utilities of their own, and some are missing.

What was not available has no row, so that choice sets differ in size.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from counterflow.choice.constraints import Constraints
from counterflow.choice.multinomial_logit import MultinomialLogit, MultinomialLogitResult
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.utility import ScaledBy

DATA = Path(__file__).parents[3] / "shared" / "data" / "choice"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no shared/data/choice beside the project"
)


def check(
    fit: MultinomialLogitResult,
    log_likelihood: float,
    known: Mapping[str, float],
    *,
    within: float,
) -> None:
    assert fit.status == "converged"
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-3)
    for label, value in known.items():
        assert fit.parameters[label] == pytest.approx(value, abs=within), label


def swissmetro(*, is_panel: bool = True) -> ChoiceData:
    """Return the sample of biogeme's examples, in hundreds of minutes and of francs."""
    table = pd.read_csv(DATA / "swissmetro.tsv", sep="\t")
    table = table[table["PURPOSE"].isin([1, 3]) & (table["CHOICE"] != 0)].reset_index(drop=True)
    pays = (table["GA"] == 0).astype(float)
    stated = table["SP"] != 0
    columns = {
        "person": table["ID"] if is_panel else table.index,
        "group": table["GROUP"],
        "choice": table["CHOICE"],
        "available_train": table["TRAIN_AV"] * stated,
        "available_metro": table["SM_AV"],
        "available_car": table["CAR_AV"] * stated,
        "cost_train": pays * table["TRAIN_CO"] / 100.0,
        "cost_metro": pays * table["SM_CO"] / 100.0,
        "cost_car": table["CAR_CO"] / 100.0,
        "time_train": table["TRAIN_TT"] / 100.0,
        "time_metro": table["SM_TT"] / 100.0,
        "time_car": table["CAR_TT"] / 100.0,
    }
    return ChoiceData.from_wide(
        pd.DataFrame(columns),
        respondent="person",
        chosen="choice",
        alternatives={"train": 1, "metro": 2, "car": 3},
        attributes={"time": "time_{alternative}", "cost": "cost_{alternative}"},
        availability="available_{alternative}",
        about_respondent=["group"],
    )


def of_swissmetro(time: str) -> dict[str, dict[str, str | int]]:
    shared = {"b_time": time, "b_cost": "cost"}
    return {
        "train": {"asc_train": 1, **shared},
        "metro": shared,
        "car": {"asc_car": 1, **shared},
    }


@pytest.mark.parametrize("is_formula", [False, True])
def test_swissmetro(is_formula):
    # biogeme 3.3.4, saved_results/b01a_logit.yaml.
    known = {
        "asc_train": -0.701187,
        "asc_car": -0.154633,
        "b_time": -1.277859,
        "b_cost": -1.083790,
    }
    fit = MultinomialLogit(of_swissmetro("time")).fit(swissmetro())
    if is_formula:
        fit = MultinomialLogit("C(alternative, 'metro') + time + cost").fit(swissmetro())
        labels = ("alternative[train]", "alternative[car]", "time", "cost")
        known = dict(zip(labels, known.values(), strict=True))
    check(fit, -5331.2520, known, within=2e-6)
    assert (fit.n_respondents, fit.n_tasks) == (752, 6768)


def test_swissmetro_with_time_bent_after_box_and_cox():
    # biogeme 3.3.3, saved_results/b08_boxcox.yaml; the robust errors are those of its Hessian and
    # BHHH matrices, which take every choice for somebody else's.
    data = swissmetro(is_panel=False)
    fit = MultinomialLogit(of_swissmetro("box_cox(time, lambda_time)")).fit(data)
    known = {
        "asc_train": (-0.4849731, 0.06135314, 0.06439781),
        "b_time": (-1.6749097, 0.0744124, 0.07655782),
        "lambda_time": (0.5100585, 0.05188907, 0.07730481),
        "b_cost": (-1.0785345, 0.0520082, 0.06800824),
        "asc_car": (-0.0046234, 0.04708091, 0.04800827),
    }
    check(fit, -5292.0954, {x: value for x, (value, *_) in known.items()}, within=1e-5)
    classical = dict(zip(fit.labels, fit.standard_errors("classical"), strict=True))
    robust = dict(zip(fit.labels, fit.standard_errors("clustered"), strict=True))
    n = data.n_respondents
    for label, (_, error, robust_error) in known.items():
        assert classical[label] == pytest.approx(error, rel=1e-4), label
        assert robust[label] == pytest.approx(robust_error * (n / (n - 1)) ** 0.5, rel=1e-4), label


def test_swissmetro_in_francs_with_a_scale_for_each_group():
    # biogeme 3.3.2, saved_results/b03_scale.yaml: the coefficient of cost is fixed at -1, so that
    # utility is money. Its search stopped where the gradient was 0.04.
    utility = ScaledBy(utility=of_swissmetro("time"), group="group", all_free=True)
    model = MultinomialLogit(utility, constraints=Constraints(fixed={"b_cost": -1.0}))
    fit = model.fit(swissmetro())
    known = {
        "asc_train": -1.2510367,
        "asc_car": -0.0429067,
        "b_time": -1.0478201,
        "b_cost": -1.0,
        "log_scale[2]": np.log(0.3573503),
        "log_scale[3]": np.log(1.4929758),
    }
    check(fit, -4976.6906, known, within=2e-4)
    assert fit.standard_errors()[fit.labels.index("b_cost")] == 0.0


def test_a_scale_of_one_group_relative_to_the_other_says_the_same():
    utility = ScaledBy(utility=of_swissmetro("time"), group="group", reference="3")
    fit = MultinomialLogit(utility).fit(swissmetro())
    check(fit, -4976.6906, {"log_scale[2]": np.log(0.3573503 / 1.4929758)}, within=2e-4)


@pytest.mark.parametrize(
    ("shown", "formula", "log_likelihood", "known"),
    [
        # mlogit 1.1, vignette c3.rum: cost + freq | income | time, of those who took one of three.
        (
            ["car", "train", "air"],
            "C(alternative, 'car') + cost + freq + income:C(alternative, 'car')"
            " + I(ivt + ovt):alternative",
            -1951.344,
            {
                "cost": -0.028497,
                "freq": 0.074029,
                "I(ivt + ovt):alternative[car]": -0.014024,
                "I(ivt + ovt):alternative[train]": -0.010969,
                "I(ivt + ovt):alternative[air]": -0.017551,
            },
        ),
        # choice-learn 1.3.3 and torch-choice 1.0.6, tests: cost + freq + ovt | income | ivt.
        (
            ["air", "train", "bus", "car"],
            "C(alternative, 'air')*income + cost + freq + ovt + ivt:alternative - income",
            -1874.34,
            {"cost": -0.03334, "freq": 0.09253, "ovt": -0.04300},
        ),
    ],
)
def test_canadian_travellers(shown, formula, log_likelihood, known):
    table = pd.read_csv(DATA / "mode_canada.csv")
    table = table[(table["noalt"] == 4) & table["alt"].isin(shown)]
    table = table[table.groupby("case")["choice"].transform("sum") == 1]
    data = ChoiceData.from_long(
        table,
        respondent="case",
        alternative="alt",
        chosen="choice",
        attributes=["cost", "freq", "ivt", "ovt"],
        about_respondent=["income"],
    )
    fit = MultinomialLogit(formula).fit(data)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=5e-3)
    check(fit, fit.log_likelihood, known, within=1e-5)


def test_stated_modes_of_apollo():
    # apollo 0.3.8, vignette: stated choices, time by mode and one cost; robust errors by person,
    # printed to four decimals.
    modes = ("car", "bus", "air", "rail")
    table = pd.read_csv(DATA / "apollo_mode_choice.csv")
    data = ChoiceData.from_wide(
        table[table["SP"] == 1],
        respondent="ID",
        chosen="choice",
        alternatives={mode: number for number, mode in enumerate(modes, start=1)},
        attributes={"time": "time_{alternative}", "cost": "cost_{alternative}"},
        availability="av_{alternative}",
    )
    utility = {mode: {f"asc_{mode}": 1, f"tt_{mode}": "time", "b_c": "cost"} for mode in modes}
    fit = MultinomialLogit(utility, constraints=Constraints(fixed={"asc_car": 0.0})).fit(data)
    known = {
        "b_c": -0.052923,
        "tt_car": -0.010061,
        "tt_bus": -0.016422,
        "tt_air": -0.011831,
        "tt_rail": -0.004779,
    }
    check(fit, -5802.0228, known, within=1e-6)
    assert (fit.n_respondents, fit.n_tasks) == (500, 7000)
    robust = dict(zip(fit.labels, fit.standard_errors(), strict=True))
    printed = {
        "asc_bus": 0.5411,
        "asc_air": 0.2666,
        "asc_rail": 0.3125,
        "tt_car": 0.0007,
        "tt_bus": 0.0015,
        "tt_air": 0.0024,
        "tt_rail": 0.0016,
        "b_c": 0.0017,
    }
    for label, error in printed.items():
        # Apollo does without the factor N / (N - 1).
        assert robust[label] * (499 / 500) ** 0.5 == pytest.approx(error, abs=6e-5), label


def test_dutch_train_travellers():
    # mlogit, section on the Train data of its vignette (log-likelihood printed as -1724.2); price
    # as there, which multiplies by the guilders in a euro.
    data = ChoiceData.from_wide(
        DATA / "train.csv",
        respondent="id",
        chosen="choice",
        alternatives=("A", "B"),
        attributes={x: f"{x}_{{alternative}}" for x in ("price", "time", "change", "comfort")},
    )
    formula = "I(price / 100 * 2.20371) + I(time / 60) + change + comfort"
    fit = MultinomialLogit(formula).fit(data)
    printed = {
        "I(price / 100 * 2.20371)": (-0.0673580, 0.0033933),
        "I(time / 60)": (-1.7205514, 0.1603517),
        "change": (-0.3263409, 0.0594892),
        "comfort": (-0.9457256, 0.0649455),
    }
    check(fit, -1724.150, {x: value for x, (value, _) in printed.items()}, within=1e-6)
    errors = dict(zip(fit.labels, fit.standard_errors("classical"), strict=True))
    for label, (_, error) in printed.items():
        assert errors[label] == pytest.approx(error, abs=1e-6), label
