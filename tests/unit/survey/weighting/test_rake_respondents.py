"""Respondents are weighted to the population, or it is said why not."""

import numpy as np
import pytest

from counterflow.domain.columns import Numeric, coded
from counterflow.domain.errors import InputError
from counterflow.survey.weighting.rake_respondents import RakingOptions, rake_respondents

SEX = coded(np.array([0, 0, 0, 1]), ("woman", "man"))
AGE = coded(np.array([0, 1, 0, 1]), ("young", "old"))


def _raked(margins, about=None, **options):
    about = {"sex": SEX, "age": AGE, "height": Numeric(np.ones(4))} if about is None else about
    return rake_respondents(
        about, margins, start=np.ones(4), options=RakingOptions(**options) if options else None
    )


def test_cells_say_what_the_sample_was_and_what_it_has_become():
    found = _raked({"sex": {"woman": 0.5, "man": 0.5}})
    woman, man = found.cells
    assert (woman.n, woman.before, woman.target) == (3, 0.75, 0.5)
    assert man.after == pytest.approx(0.5)
    assert found.status == "converged"


def test_the_effective_sample_is_what_kish_says():
    # Weights 2/3, 2/3, 2/3 and 2: 16 / (3 * 4/9 + 4) = 3.
    found = _raked({"sex": {"woman": 0.5, "man": 0.5}})
    assert found.design_effect == pytest.approx(4 / 3)
    assert found.effective_sample == pytest.approx(3.0)


def test_printed_shares_that_sum_to_almost_1_are_divided_by_their_sum():
    found = _raked({"sex": {"woman": 0.33, "man": 0.667}})
    assert found.cells[0].after == pytest.approx(0.33 / 0.997)


def test_those_who_did_not_answer_keep_their_weight_in_that_margin():
    about = {"sex": coded(np.array([0, 0, 1, 2]), ("woman", "man", "not answered"))}
    found = _raked({"sex": {"woman": 0.5, "man": 0.5}}, about=about)
    # Two women and a man share what the three had: 0.75, 0.75 and 1.5; the fourth stays at 1.
    np.testing.assert_allclose(found.weights, [0.75, 0.75, 1.5, 1.0], rtol=1e-6)


def test_bounds_that_keep_margins_apart_are_a_status():
    found = _raked({"sex": {"woman": 0.1, "man": 0.9}}, most=1.5, max_iterations=50)
    assert found.status == "not_converged"
    assert found.weights.max() <= 1.5 * (1 + 1e-6)
    assert found.n_at_bound == 1
    assert found.as_dict()["largest_deviation"] > 0.1


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        _raked(
            {
                "sex": {"woman": 0.5, "man": 0.4},
                "age": {"young": 0.3, "old": 0.3, "very_old": 0.4},
                "height": {"tall": 1.0},
            }
        )
    keys = [problem.key for problem in caught.value.problems]
    assert keys == [
        "survey.questionnaire.margins.sex",
        "survey.questionnaire.margins.age.very_old",
        "survey.questionnaire.margins.height",
    ]
    assert "nobody who answered" in str(caught.value)


def test_bounds_must_leave_room_for_the_mean():
    with pytest.raises(ValueError, match="least below 1"):
        RakingOptions(least=1.2)
