"""Formulas have the columns that formulaic gives them, and mean the same for other data."""

import sys

import formulaic
import numpy as np
import pandas as pd
import pytest

from counterflow.domain.choice_data import Categorical, ChoiceData
from counterflow.domain.errors import InputError
from counterflow.domain.utility import as_utility
from strategies.travellers import travellers


def _frame(data: ChoiceData) -> pd.DataFrame:
    person = np.repeat(
        np.arange(data.n_respondents), np.diff(data.task_starts[data.respondent_starts])
    )
    columns = dict(data.columns) | {"alternative": data.alternative_names}
    columns |= {name: column.take(person) for name, column in data.about_respondents.items()}
    return pd.DataFrame(
        {
            name: pd.Categorical.from_codes(column.codes, column.levels)
            if isinstance(column, Categorical)
            else column.values
            for name, column in columns.items()
        }
    )


@pytest.mark.parametrize(
    "formula",
    [
        "price + time",
        "C(alternative) + price + price:female + time:C(alternative)",
        "alternative*price",
        "seat + seat:price",
        "seat:price",
        "seat:alternative",
        "seat*alternative",
        "seat*alternative*price",
        "(price + time)**2 - time",
        "price/female + `free seats`",
        "log(price) + sqrt(time) + seat:time",
        "0 + price + seat",
    ],
)
def test_columns_span_what_formulaic_makes(formula):
    data = travellers(has_outside=False)
    ours = as_utility(formula, data).design(data)
    spec = formula.replace("0 + ", "").replace("log", "np.log").replace("sqrt", "np.sqrt")
    theirs = np.asarray(formulaic.model_matrix(spec, _frame(data)), dtype=float)
    # Theirs has an intercept, and may have a column that everybody shares within a task.
    both = np.column_stack([np.ones(len(ours)), ours])
    assert np.linalg.matrix_rank(theirs) == np.linalg.matrix_rank(both)
    assert np.linalg.matrix_rank(np.column_stack([theirs, both])) == np.linalg.matrix_rank(both)


@pytest.mark.parametrize(
    ("formula", "labels"),
    [
        ("price + seat", ("price", "seat[none]", "seat[soft]", "outside")),
        ("C(seat, 'soft')", ("seat[hard]", "seat[none]", "outside")),
        ("C(seat, contr.treatment('none'))", ("seat[hard]", "seat[soft]", "outside")),
        ("seat + C(seat, 'soft')", ("seat[none]", "seat[soft]", "outside")),
        ("C(alternative) + price", ("alternative[bus]", "alternative[none]", "price")),
        ("price:alternative", ("price:alternative[car]", "price:alternative[bus]", "outside")),
        ("female:alternative", ("female:alternative[bus]", "female:alternative[none]", "outside")),
        ("is_outside:female + price", ("price", "is_outside:female")),
        ("piecewise(time, 30):female", (
            "piecewise(time, 30)[..30]:female", "piecewise(time, 30)[30..]:female", "outside",
        )),
        ("C(`free seats`)", None),
        ("C(female):price", ("female[0]:price", "female[1]:price", "outside")),
    ],
)  # fmt: skip
def test_labels_say_column_and_level(formula, labels):
    if labels is None:
        with pytest.raises(InputError, match="expected one of"):
            as_utility(formula, travellers())
    else:
        utility = as_utility(formula, travellers())
        assert utility.labels == labels
        assert utility.formula == formula
        assert utility.design(travellers()).shape == (10, len(labels))


def test_attributes_of_the_outside_option_count_as_nothing():
    design = as_utility("C(alternative) + log(price) + seat", travellers()).design(travellers())
    np.testing.assert_array_equal(design[4], [0, 1, 0, 0, 0])


def test_other_data_have_the_same_columns_though_they_lack_levels():
    data = travellers()
    utility = as_utility("seat + alternative:price", data)
    bo = data.take_respondents([1])
    np.testing.assert_array_equal(utility.design(bo), utility.design(data)[5:])


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("prise + time", 'Did you mean "price"?'),
        ("y ~ price", "expected one right-hand side"),
        ("price | time", "expected one right-hand side"),
        ("price +", "expected a formula such as"),
        ("price + (time", "expected a formula such as"),
        ("1", "expected terms that differ between alternatives"),
        ("center(price)", "found center, which depends on the data. Write the numbers"),
        ("bs(time, df=3)", "found bs, which depends on the data"),
        ("C(sea)", "expected C of a column"),
        ("C(seat, 'sof')", "expected a base among"),
        ("box_cox(time)", "linear in parameters, found box_cox. Specify utility by a mapping"),
        ("log(price - 1)", "expected numbers above 0 within log"),
    ],
)
def test_formulas_that_are_none_are_refused(formula, said):
    with pytest.raises(InputError, match=said):
        as_utility(formula, travellers()).design(travellers())


def test_a_factor_is_never_executed(tmp_path):
    sign = tmp_path / "sign"
    with pytest.raises(InputError):
        as_utility(f"price + open({str(sign)!r}, 'w')", travellers())
    assert not sign.exists()


def test_without_formulaic_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "formulaic", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'counterflow\[formula\]'"):
        as_utility("price", travellers())
