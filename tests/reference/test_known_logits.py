"""Multinomial logits whose maximum is published: the log-likelihood and every coefficient."""

import csv
from pathlib import Path

import pytest

from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.formats.answers import load_answers
from counterflow.formats.programme_toml import load_programme

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "choice"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no shared/data/choice beside the project"
)

# Willingness to pay in thousand USD of the Chinese car buyers, without weights and with them; data
# of Helveston et al. 2015 (Transportation Research Part A 73). The scale is minus the coefficient
# of the price. Printed to two or three decimals by an estimate that stops earlier than ours.
SCALES = {False: 0.034957, True: 0.033163}
WORTH = {
    "hev": (5.98, 4.91),
    "phev10": (-0.10, -1.28),
    "phev20": (-1.66, -1.23),
    "phev40": (2.16, 0.95),
    "bev75": (-6.82, -6.04),
    "bev100": (-8.63, -8.16),
    "bev150": (-2.15, 1.32),
    "american": (-7.81, -10.60),
    "japanese": (-13.39, -18.14),
    "chinese": (-6.53, -9.70),
    "skorean": (-13.37, -19.41),
    "phevFastcharge": (7.48, 7.63),
    "bevFastcharge": (5.68, 6.68),
    "opCost": (-2.954, -3.223),
    "accelTime": (-4.928, -4.672),
}


@pytest.fixture(scope="module")
def chinese_buyers() -> ChoiceData:
    return ChoiceData.from_long(
        DATA / "cars_china.csv",
        respondent="id",
        task="obsnum",
        chosen="choice",
        attributes=[*WORTH, "price"],
        weights="weights",
    )


@pytest.mark.parametrize(("use_weights", "log_likelihood"), [(False, -6655.562), (True, -6788.810)])
def test_the_chinese_car_buyers(chinese_buyers, use_weights, log_likelihood):
    found = MultinomialLogit(use_weights=use_weights).fit(chinese_buyers)
    assert found.status == "converged"
    assert found.log_likelihood == pytest.approx(log_likelihood, abs=1e-3)
    values = dict(zip(found.labels, found.coefficients, strict=True))
    assert -values["price"] == pytest.approx(SCALES[use_weights], abs=5.1e-7)
    for label, printed in WORTH.items():
        paid = -values[label] / values["price"]
        assert paid == pytest.approx(printed[use_weights], abs=6e-3), label


def test_the_programme_of_the_chinese_cars_codes_the_same_model():
    folder = ROOT / "examples" / "china-cars"
    programme = load_programme(folder / "programme.toml")
    data = load_answers(programme, folder)
    coding = UtilityCoding.of(programme.attributes, has_outside=data.has_outside)
    found = MultinomialLogit(coding).fit(data)
    assert found.log_likelihood == pytest.approx(-6655.562, abs=1e-3)
    assert len(found.labels) == 16


def test_yogurt_buyers():
    brands = ("dannon", "hiland", "weight", "yoplait")
    data = _yogurt(brands)
    found = MultinomialLogit().fit(data)
    # logitr 1.2.0, article "Estimating multinomial logit models".
    assert found.log_likelihood == pytest.approx(-2656.8879, abs=1e-3)
    values = dict(zip(found.labels, found.coefficients, strict=True))
    errors = dict(zip(found.labels, found.standard_errors("classical"), strict=True))
    known = {
        "price": (-0.366584, 0.0244),
        "feat": (0.491434, 0.1201),
        "brand[hiland]": (-3.715600, 0.1454),
        "brand[weight]": (-0.641184, 0.0545),
        "brand[yoplait]": (0.734571, 0.0806),
    }
    for label, (value, error) in known.items():
        assert values[label] == pytest.approx(value, abs=2e-5), label
        assert errors[label] == pytest.approx(error, abs=1e-4), label


def test_vehicle_buyers_of_train():
    kinds = ("ev", "hybrid", "hiperf", "medhiperf")
    data = ChoiceData.from_long(
        DATA / "car100.csv",
        respondent="person_id",
        task="choice_id",
        chosen="choice",
        attributes=["price", "opcost", "range", *kinds],
    )
    utility = {"price": "price / 1e4", "opcost": "opcost / 10", "range": "range"}
    found = MultinomialLogit({**utility, **{kind: kind for kind in kinds}}).fit(data)
    # larch 6.0.46, tests/test_vehicle.py.
    assert found.log_likelihood == pytest.approx(-1399.1932, abs=1e-3)
    known = {
        "price": -0.4167,
        "opcost": -0.1288,
        "range": 0.4770,
        "ev": -1.3924,
        "hybrid": 0.3555,
        "hiperf": 0.1099,
        "medhiperf": 0.3841,
    }
    for label, value in known.items():
        assert found.parameters[label] == pytest.approx(value, abs=5.1e-5), label


def _yogurt(brands: tuple[str, ...]) -> ChoiceData:
    with (DATA / "yogurt.csv").open() as file:
        rows = list(csv.DictReader(file))
    long = {name: [] for name in ("id", "task", "brand", "price", "feat", "chosen")}
    for task, row in enumerate(rows):
        for brand in brands:
            long["id"].append(row["id"])
            long["task"].append(task)
            long["brand"].append(brand)
            long["price"].append(float(row[f"price.{brand}"]))
            long["feat"].append(float(row[f"feat.{brand}"]))
            long["chosen"].append(int(row["choice"] == brand))
    return ChoiceData.from_long(
        long, respondent="id", task="task", chosen="chosen", attributes=["price", "feat", "brand"]
    )
