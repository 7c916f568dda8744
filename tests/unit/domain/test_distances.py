"""How far people drive: as each answered, as others did who answered, or as the market does."""

from dataclasses import replace

import numpy as np
import pytest

from counterflow.domain.distances import distances, overage_values, share_unanswered
from counterflow.domain.errors import InputError
from counterflow.domain.own_numbers import OwnNumbers
from counterflow.domain.part_worths import PartWorths
from strategies.rented_bikes import ASKED, LOGNORMAL, QUESTION, rented_bike, riders

SAID = {"ada": 1200.0, "bo": None, "cy": 6000.0, "di": None, "ed": 2400.0}


def _market(part_worths: PartWorths) -> PartWorths:
    """Return one set of part-worths for a market in which the same people were asked."""
    return replace(
        part_worths,
        draws=part_worths.mean_draws()[:, None],
        respondent_ids=("",),
        weights=np.ones(1),
    )


def test_people_drive_as_far_a_month_as_a_twelfth_of_what_they_answered():
    part_worths = riders({"ada": 1200.0, "bo": 6000.0})
    found = distances(rented_bike(question=ASKED), part_worths)
    np.testing.assert_allclose(found.km_per_month[:, :, 0], [[100.0, 500.0]])


def test_a_question_may_ask_over_a_month_or_in_miles():
    part_worths = riders({"ada": 100.0})
    monthly = rented_bike(question=ASKED, distance={"per": "month"})
    miles = rented_bike(question={**ASKED, "unit": "mi"}, distance={"per": "month"})
    found = [distances(bikes, part_worths).km_per_month.item() for bikes in (monthly, miles)]
    assert found == pytest.approx([100.0, 160.9344])


def test_who_did_not_answer_drives_as_far_as_somebody_who_did_in_each_draw_another():
    found = distances(rented_bike(question=ASKED), riders(SAID, n_draws=200)).km_per_month[:, :, 0]
    assert set(found[:, [1, 3]].ravel().tolist()) == {100.0, 200.0, 500.0}
    np.testing.assert_array_equal(found[:, [0, 2, 4]], np.tile([100.0, 500.0, 200.0], (200, 1)))
    assert (found[:, 1] != found[:, 3]).any()


def test_gaps_are_filled_by_weight():
    """Of donors with weights 1 and 9, the second fills nine gaps in ten (sd of the mean: 0.02)."""
    part_worths = riders({"ada": 1200.0, "bo": 6000.0, "cy": None}, n_draws=800)
    weighted = replace(part_worths, weights=np.array([1.0, 9.0, 1.0]))
    filled = distances(rented_bike(question=ASKED), weighted).km_per_month[:, 2, 0]
    # The Bayesian bootstrap of two donors: the mean of 9 b / (a + 9 b) with a, b exponential.
    shares = np.random.default_rng(0).standard_exponential((200_000, 2)) * [1.0, 9.0]
    expected = (shares[:, 1] / shares.sum(axis=1)).mean()
    assert (filled == 500.0).mean() == pytest.approx(expected, abs=0.06)


def test_the_same_seed_fills_gaps_alike():
    bikes, part_worths = rented_bike(question=ASKED), riders(SAID)
    one, again = (distances(bikes, part_worths).km_per_month for _ in range(2))
    np.testing.assert_array_equal(one, again)


def test_answers_are_found_by_name_and_not_by_place():
    part_worths = riders(SAID)
    own = part_worths.own_numbers
    turned = replace(
        part_worths,
        own_numbers=OwnNumbers(
            respondent_ids=(*own.respondent_ids[::-1], "nobody"),
            weights=np.append(own.weights[::-1], 1.0),
            answers={QUESTION: np.append(own.answers[QUESTION][::-1], 9.0)},
        ),
    )
    bikes = rented_bike(question=ASKED)
    np.testing.assert_array_equal(
        distances(bikes, turned).km_per_month, distances(bikes, part_worths).km_per_month
    )


def test_one_set_of_part_worths_pays_what_those_who_answered_pay_on_average():
    part_worths = riders({"ada": 1200.0, "bo": None, "cy": 6000.0})
    bikes = rented_bike(question=ASKED)
    weights = part_worths.weights[[0, 2]]
    contract = bikes.contracts["rent"]
    expected = np.average(contract.overage_value(np.array([100.0, 500.0])), weights=weights)
    paid = overage_values(bikes, _market(part_worths))["rent"]
    np.testing.assert_allclose(paid, np.full((part_worths.n_draws, 1), expected))


def test_the_share_without_an_answer_is_weighted():
    part_worths = riders({"ada": 1.0, "bo": None})
    expected = part_worths.weights[1] / part_worths.weights.sum()
    assert share_unanswered(part_worths, QUESTION) == pytest.approx(expected)
    assert share_unanswered(_market(part_worths), QUESTION) == pytest.approx(expected)
    assert share_unanswered(replace(part_worths, own_numbers=OwnNumbers()), QUESTION) == 1.0


@pytest.mark.parametrize("of", [lambda x: x, _market], ids=["people", "a market"])
def test_nobody_having_answered_is_an_error(of):
    nobody = of(riders({"ada": None, "bo": None}))
    with pytest.raises(InputError, match="somebody who answered yearly_distance"):
        distances(rented_bike(question=ASKED), nobody)
    with pytest.raises(InputError, match="Estimate again"):
        distances(rented_bike(question=ASKED), replace(nobody, own_numbers=OwnNumbers()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"question": {**ASKED, "unit": None}}, 'unit is one of "km", "mi", found no unit'),
        ({"question": {**ASKED, "unit": "kWh"}}, 'unit is one of "km", "mi", found "kWh"'),
        (
            {"question": {"label": "Far?", "kind": "text", "required": False}},
            'kind "number"; yearly_distance asks for something else, found kind "text"',
        ),
        (
            {"question": ASKED, "distance": {"question": "yearly_distanze"}},
            'expected "yearly_distance", found "yearly_distanze"',
        ),
        ({"distance": {"question": QUESTION}}, r"\[survey.questionnaire\], which asks it"),
        ({"question": ASKED, "distance": LOGNORMAL}, "no such key beside `question`"),
        ({"distance": {"mean_km_per_year": 9.0}}, "or `question`"),
        ({"question": {**ASKED, "most": 1000.0}}, "a number from 0 to 1000, found 2400"),
        ({"question": {**ASKED, "required": True}}, "cannot be left without an answer"),
    ],
)
def test_a_question_that_cannot_say_how_far_people_drive_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        rented_bike(**changes)


def test_simulated_people_must_know_what_to_answer():
    document = rented_bike(question=ASKED).model_dump(mode="json")
    document["survey"]["simulated"]["numbers"] = {}
    with pytest.raises(ValueError, match="what simulated people answer to yearly_distance"):
        type(rented_bike()).model_validate(document)
