"""Well-known choice data are read to the sizes that their sources state."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError

DATA = Path(__file__).parents[3] / "shared" / "data" / "choice"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the reference data, ../shared/data, are not on this machine"
)

CHINA = {
    "respondent": "id",
    "task": "obsnum",
    "chosen": "choice",
    "weights": "weights",
    "attributes": [
        "hev",
        "phev10",
        "phev20",
        "phev40",
        "bev75",
        "bev100",
        "bev150",
        "phevFastcharge",
        "bevFastcharge",
        "price",
        "opCost",
        "accelTime",
        "american",
        "japanese",
        "chinese",
        "skorean",
    ],
    "ignore": [],
}
LONG: list[tuple[str, dict[str, Any], tuple[int, int, int]]] = [
    ("cars_china.csv", CHINA, (448, 448 * 15, 448 * 15 * 3)),
    (
        "electricity.csv",
        {
            "respondent": "id",
            "task": "chid",
            "alternative": "alt",
            "chosen": "choice",
            "attributes": ["pf", "cl", "loc", "wk", "tod", "seas"],
            "ignore": [],
        },
        (361, 4308, 4308 * 4),
    ),
    (
        "car100.csv",
        {
            "respondent": "person_id",
            "task": "choice_id",
            "alternative": "alt",
            "chosen": "choice",
            "attributes": ["price", "opcost", "range", "ev", "gas", "hybrid", "hiperf"],
        },
        (100, 1484, 1484 * 3),
    ),
    (
        "artificial.csv",
        {"respondent": "id", "alternative": "alt", "chosen": "choice", "attributes": ["price"]},
        (4000, 4000, 12_000),
    ),
    (
        "mode_canada.csv",
        {
            "respondent": "case",
            "alternative": "alt",
            "alternatives": ["train", "air", "bus", "car"],
            "chosen": "choice",
            "attributes": ["cost", "ivt", "ovt", "freq"],
        },
        (4324, 4324, 15_520),
    ),
]
WIDE: list[tuple[str, dict[str, Any], tuple[int, int, int]]] = [
    (
        "yogurt.csv",
        {
            "respondent": "id",
            "chosen": "choice",
            "alternatives": ["yoplait", "dannon", "hiland", "weight"],
            "attributes": {"feat": "feat.{alternative}", "price": "price.{alternative}"},
            "ignore": [],
        },
        (100, 2412, 2412 * 4),
    ),
    (
        "california_cars.csv",
        {
            "respondent": "rownames",
            "chosen": "choice",
            "alternatives": {str(i): f"choice{i}" for i in range(1, 7)},
            "attributes": {"price": "price{alternative}", "fuel": "fuel{alternative}"},
        },
        (4654, 4654, 4654 * 6),
    ),
    (
        "hc.csv",
        {
            "respondent": None,
            "chosen": "depvar",
            "alternatives": ["gcc", "ecc", "erc", "hpc", "gc", "ec", "er"],
            "attributes": {"installation": "ich.{alternative}", "operation": "och.{alternative}"},
            "ignore": ["icca", "occa", "income"],
        },
        (250, 250, 250 * 7),
    ),
    (
        "train.csv",
        {
            "respondent": "id",
            "chosen": "choice",
            "alternatives": ["A", "B"],
            "attributes": {
                name: f"{name}_{{alternative}}" for name in ("price", "time", "change", "comfort")
            },
            "ignore": ["choiceid"],
        },
        (235, 2929, 2929 * 2),
    ),
]


@pytest.mark.parametrize(("name", "roles", "sizes"), LONG, ids=[case[0] for case in LONG])
def test_long_tables_have_the_stated_sizes(name, roles, sizes):
    data = ChoiceData.from_long(DATA / name, **roles)
    assert (data.n_respondents, data.n_tasks, data.n_rows) == sizes


@pytest.mark.parametrize(("name", "roles", "sizes"), WIDE, ids=[case[0] for case in WIDE])
def test_wide_tables_have_the_stated_sizes(name, roles, sizes):
    data = ChoiceData.from_wide(DATA / name, **roles)
    assert (data.n_respondents, data.n_tasks, data.n_rows) == sizes


def test_cases_of_mode_canada_have_two_to_four_alternatives():
    name, roles, _ = LONG[4]
    sizes = np.diff(ChoiceData.from_long(DATA / name, **roles).task_starts)
    assert (sizes.min(), sizes.max()) == (2, 4)


def test_lines_that_end_in_a_bare_cr_say_the_same():
    fed, bare = (
        ChoiceData.from_long(DATA / name, **CHINA)
        for name in ("cars_china.csv", "cars_china_bare_cr.csv")
    )
    assert bare.content_hash == fed.content_hash


def test_a_dataframe_says_the_same_as_the_file_that_it_was_read_from():
    file = ChoiceData.from_long(DATA / "cars_china.csv", **CHINA)
    frame = ChoiceData.from_long(pd.read_csv(DATA / "cars_china.csv"), **CHINA)
    assert frame.content_hash == file.content_hash


SWISSMETRO: dict[str, Any] = {
    "respondent": "ID",
    "chosen": "CHOICE",
    "alternatives": {"TRAIN": 1, "SM": 2, "CAR": 3},
    "attributes": {
        "time": "{alternative}_TT",
        "cost": "{alternative}_CO",
        "headway": {"TRAIN": "TRAIN_HE", "SM": "SM_HE", "CAR": 0.0},
    },
    "availability": "{alternative}_AV",
}


def test_swissmetro_has_6768_choices_after_the_usual_filter():
    """Trips for work or business with a known choice: Bierlaire, Axhausen and Abay (2001).

    Each of the 752 people answered nine times; a car was available in 5,607 of the answers.
    """
    table = pd.read_csv(DATA / "swissmetro.tsv", sep="\t")
    kept = table[table.PURPOSE.isin([1, 3]) & (table.CHOICE != 0)]
    data = ChoiceData.from_wide(kept, **SWISSMETRO)
    assert (data.n_respondents, data.n_tasks) == (752, 6768)
    sizes = np.diff(data.task_starts)
    assert np.bincount(sizes).tolist() == [0, 0, 6768 - 5607, 5607]
    assert data.alternative_names is not None
    taken = data.alternative_names.codes[data.chosen_rows]
    assert np.bincount(taken).tolist() == kept.CHOICE.value_counts().sort_index().tolist()


def test_swissmetro_choices_that_are_not_known_are_refused_by_line():
    with pytest.raises(InputError) as refused:
        ChoiceData.from_wide(DATA / "swissmetro.tsv", **SWISSMETRO)
    (problem,) = refused.value.problems
    assert (problem.found, problem.key.split(",")[0], problem.line) == ('"0"', "CHOICE", 1784)
