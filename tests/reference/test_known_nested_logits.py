"""Nested and cross-nested logits whose maximum is published."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from counterflow.choice.cross_nested_logit import CrossNestedLogit
from counterflow.choice.nested_logit import NestedLogit
from counterflow.domain.choice_data import ChoiceData

DATA = Path(__file__).parents[3] / "shared" / "data" / "choice"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no shared/data/choice beside the project"
)


def choices_of(tasks: Iterator[tuple[Mapping[str, Mapping[str, float]], str]]) -> ChoiceData:
    """Return tasks as data: columns by alternative and name, and what was chosen; the rest is 0."""
    rows = [
        {"person": task, "alternative": name, "chosen": int(name == chosen), **values}
        for task, (offered, chosen) in enumerate(tasks)
        for name, values in offered.items()
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return ChoiceData.from_long(
        {name: [row.get(name, 0.0) for row in rows] for name in names},
        respondent="person",
        alternative="alternative",
        chosen="chosen",
        attributes=names[3:],
    )


def check(result, log_likelihood: float, known: dict[str, float], *, within: float) -> None:
    assert result.status == "converged"
    assert result.log_likelihood == pytest.approx(log_likelihood, abs=1e-3)
    for label, value in known.items():
        assert result.parameters[label] == pytest.approx(value, abs=within), label


def swissmetro() -> Iterator[tuple[dict[str, dict[str, float]], str]]:
    names = {"1": "train", "2": "swissmetro", "3": "car"}
    with (DATA / "swissmetro.tsv").open() as file:
        for raw in csv.DictReader(file, delimiter="\t"):
            r = {name: float(value) for name, value in raw.items()}
            if r["PURPOSE"] not in (1, 3) or r["CHOICE"] == 0:
                continue
            pays = float(r["GA"] == 0)
            shown = {
                "train": {
                    "asc_train": 1.0,
                    "asc_car": 0.0,
                    "time": r["TRAIN_TT"] / 100,
                    "cost": pays * r["TRAIN_CO"] / 100,
                    "time_train": r["TRAIN_TT"] / 100,
                    "headway_train": r["TRAIN_HE"],
                    "ga_train": r["GA"],
                },
                "swissmetro": {
                    "time": r["SM_TT"] / 100,
                    "cost": pays * r["SM_CO"] / 100,
                    "time_swissmetro": r["SM_TT"] / 100,
                    "headway_swissmetro": r["SM_HE"],
                    "ga_swissmetro": r["GA"],
                },
                "car": {
                    "asc_car": 1.0,
                    "time": r["CAR_TT"] / 100,
                    "cost": r["CAR_CO"] / 100,
                    "time_car": r["CAR_TT"] / 100,
                },
            }
            available = {
                "train": r["TRAIN_AV"] * r["SP"],
                "swissmetro": r["SM_AV"],
                "car": r["CAR_AV"] * r["SP"],
            }
            offered = {name: row for name, row in shown.items() if available[name]}
            yield offered, names[raw["CHOICE"].removesuffix(".0")]


@pytest.fixture(scope="module")
def travellers() -> ChoiceData:
    return choices_of(swissmetro())


def with_columns(data: ChoiceData, *names: str) -> ChoiceData:
    parts = {name: getattr(data, name) for name in data.__dataclass_fields__}
    return ChoiceData(**{**parts, "columns": {name: data.columns[name] for name in names}})


def test_a_nested_logit_of_swissmetro(travellers):
    # biogeme 3.3.2, saved_results/b09_nested.yaml: mu of the nest of train and car.
    data = with_columns(travellers, "asc_train", "asc_car", "time", "cost")
    model = NestedLogit(nests={"existing": ("train", "car"), "future": ("swissmetro",)})
    result = model.fit(data)
    known = {"asc_train": -0.51195, "asc_car": -0.16714, "time": -0.89872, "cost": -0.85670}
    check(result, -5236.9000, known, within=6e-5)
    mu = 1.0 / result.lambdas["existing"]
    assert mu == pytest.approx(2.05386, abs=3e-4)
    # From the Hessian of the same file; that of mu is the one of lambda times mu^2.
    errors = dict(
        zip(result.parameters.labels, result.parameters.standard_errors("classical"), strict=True)
    )
    assert errors["asc_train"] == pytest.approx(0.045189, abs=3e-5)
    assert errors["cost"] == pytest.approx(0.046288, abs=3e-5)
    assert errors["lambda[existing]"] * mu**2 == pytest.approx(0.117688, abs=2e-4)
    assert result.inconsistent_nests == ()


def test_a_cross_nested_logit_of_swissmetro(travellers):
    # biogeme 3.3.2, saved_results/b11a_cnl.yaml, which stops 1e-6 away.
    names = [name for name in travellers.columns if name != "time"]
    model = CrossNestedLogit(
        nests={"existing": ("train", "car"), "public": ("train", "swissmetro")}
    )
    result = model.fit(with_columns(travellers, *names))
    known = {
        "asc_train": -0.308566,
        "asc_car": -0.606262,
        "cost": -0.973742,
        "time_train": -1.073946,
        "time_swissmetro": -0.991539,
        "time_car": -0.857041,
        "headway_train": -0.004367,
        "headway_swissmetro": -0.007724,
        "ga_train": 1.143065,
        "ga_swissmetro": -0.138891,
        "alpha[train:existing]": 0.644786,
    }
    check(result, -4997.8653, known, within=5e-5)
    assert 1.0 / result.lambdas["existing"] == pytest.approx(1.77113, abs=5e-5)
    assert 1.0 / result.lambdas["public"] == pytest.approx(1.83955, abs=2e-4)
    assert sum(result.allocations["train"].values()) == pytest.approx(1.0)


def heating() -> Iterator[tuple[dict[str, dict[str, float]], str]]:
    with (DATA / "hc.csv").open() as file:
        for row in csv.DictReader(file):
            offered = {}
            for name in ("gcc", "ecc", "erc", "hpc", "gc", "ec", "er"):
                cools, is_room = name in ("gcc", "ecc", "erc", "hpc"), name in ("erc", "er")
                offered[name] = {
                    "ich": float(row[f"ich.{name}"]) / 100,
                    "och": float(row[f"och.{name}"]) / 100,
                    "icca": cools * float(row["icca"]) / 100,
                    "occa": cools * float(row["occa"]) / 100,
                    "inc.room": is_room * float(row["income"]),
                    "inc.cooling": cools * float(row["income"]),
                    "int.cooling": float(cools),
                }
            yield offered, row["depvar"]


COOLING = {"cooling": ("gcc", "ecc", "erc", "hpc"), "other": ("gc", "ec", "er")}


@pytest.fixture(scope="module")
def houses() -> ChoiceData:
    return choices_of(heating())


# mlogit 1.1, vignette e2.nlogit, which prints six decimals and stops within 1e-5 standard errors;
# costs are per hundred in its version of 2020.
@pytest.mark.parametrize(
    ("nests", "one_lambda_for", "log_likelihood", "known"),
    [
        (
            COOLING,
            "all",
            -178.1247,
            {
                "ich": -0.554878,
                "och": -0.857886,
                "icca": -0.225079,
                "occa": -1.089458,
                "inc.room": -0.378971,
                "inc.cooling": 0.249575,
                "int.cooling": -6.000415,
                "lambda": 0.585922,
            },
        ),
        (
            {"central": ("ec", "ecc", "gc", "gcc", "hpc"), "room": ("er", "erc")},
            "all",
            -180.0231,
            {"ich": -1.13818, "int.cooling": -13.82487, "lambda": 1.36201},
        ),
        # Twice the difference to the first is printed as 0.6299, dissimilarities to two digits.
        (
            COOLING,
            "nest",
            -178.1247 + 0.6299 / 2,
            {"lambda[cooling]": 0.60, "lambda[other]": 0.45},
        ),
        (
            {"n1": ("gcc", "ecc", "erc"), "n2": ("hpc",), "n3": ("gc", "ec", "er")},
            "all",
            -180.2636,
            {"ich": -0.838394, "int.cooling": -10.413384, "lambda": 0.956544},
        ),
    ],
)
def test_nested_logits_of_heating_systems(houses, nests, one_lambda_for, log_likelihood, known):
    result = NestedLogit(nests=nests, one_lambda_for=one_lambda_for).fit(houses)
    check(result, log_likelihood, {}, within=0.0)
    for label, value in known.items():
        digits = 1e-2 if "[" in label else 1e-3
        assert result.parameters[label] == pytest.approx(value, rel=digits), label
    wrong = tuple(nests) if known.get("lambda", 0.0) > 1.0 else ()
    assert set(result.inconsistent_nests) == set(wrong)
