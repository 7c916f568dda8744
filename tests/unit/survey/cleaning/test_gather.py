"""Interviews become the choice data of what was seen, or it is said why not."""

from dataclasses import replace

import numpy as np
import pytest

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.columns import Numeric
from counterflow.survey.cleaning.gather import Gathering, UnusableError
from counterflow.survey.questionnaire.shown_task import ShownAlternative, ShownTask
from counterflow.survey.simulate import simulate_coefficients
from strategies.field_interviews import asked_programme, interview, interviews, page, task_page
from strategies.fieldwork import random_design

PROGRAMME = asked_programme()
DESIGN = random_design(PROGRAMME, n_versions=4)
PEOPLE = simulate_coefficients(PROGRAMME)[:12]


def _gathered(found, programme=PROGRAMME, design=DESIGN):
    gathering = Gathering(programme, {design.content_hash: design}.__getitem__)
    for one in found:
        gathering.add(one)
    return gathering


def _shown(order=(2, 1, 3), task=0, version=0):
    products = DESIGN.task(version, task)
    return ShownTask(
        design_task=task,
        version=version,
        alternatives=tuple(ShownAlternative(place, products[place - 1]) for place in order),
        attributes=tuple(DESIGN.levels),
    )


def _with_task(shown, choice="1"):
    return interview(
        7, DESIGN, [page("screening", {"licence": "yes"}), task_page(0, shown, choice)]
    )


def test_rows_are_what_stood_on_the_screen_with_none_last():
    data = _gathered([_with_task(_shown(order=(2, 1, 3)), "1")]).choice_data()
    assert data.alternative_names is not None
    assert data.alternative_names.names() == ("2", "1", "3", "none")
    assert data.is_outside.tolist() == [False, False, False, True]
    assert data.chosen_rows.tolist() == [1]
    second, first, third = (DESIGN.task(0, 0)[place] for place in (1, 0, 2))
    assert data.columns["trim"].names()[:3] == (second["trim"], first["trim"], third["trim"])
    prices = data.columns["price"]
    assert isinstance(prices, Numeric)
    assert prices.values[:3].tolist() == [float(x["price"]) for x in (second, first, third)]


def test_none_is_a_choice_of_the_outside_option():
    data = _gathered([_with_task(_shown(), "none")]).choice_data()
    assert data.chosen_rows.tolist() == [3]


def test_respondents_are_called_by_number_and_never_by_what_opens_the_interview():
    data = _gathered(interviews(PROGRAMME, DESIGN, PEOPLE)).choice_data()
    assert data.respondent_ids == tuple(str(n + 1) for n in range(len(PEOPLE)))
    assert data.n_tasks == 8 * len(PEOPLE)
    assert set(data.task_ids.names()) == {str(k + 1) for k in range(8)}


def test_the_order_in_which_a_database_gives_the_keys_of_a_record_does_not_matter():
    shown = _shown()
    turned = replace(
        shown,
        alternatives=tuple(
            ShownAlternative(x.place, dict(reversed(x.levels.items()))) for x in shown.alternatives
        ),
    )
    one, other = (_gathered([_with_task(x)]).choice_data() for x in (shown, turned))
    assert one.content_hash == other.content_hash


def test_what_respondents_say_of_themselves_becomes_columns():
    gathering = _gathered(interviews(PROGRAMME, DESIGN, PEOPLE[:3]))
    about = gathering.choice_data().about_respondents
    assert about["region"].names() == ("country", "city", "city")
    assert about["age"].values.tolist() == [20.0, 21.0, 22.0]
    assert about["household[partner]"].values.tolist() == [1.0, 1.0, 1.0]
    assert about["household[children]"].values.tolist() == [0.0, 0.0, 0.0]
    assert about["income"].names() == ("not answered",) * 3
    assert "remark" not in about
    assert gathering.columns_left_out() == ()


def test_answers_to_questions_that_were_asked_otherwise_are_told_apart_and_lose_nobody():
    asked = PROGRAMME.survey.questionnaire
    answers = [
        {"name": "town", "label": "Town"},
        {"name": "country", "label": "Country"},
    ]
    screening = {
        "licence": asked.screening["licence"].model_dump(mode="json"),
        "region": {"label": "Where do you live?", "answers": answers},
    }
    background = {
        "age": {"label": "Your age", "answers": [{"name": x, "label": x} for x in "ab"]},
        "household": {"label": "How many are you?", "kind": "number"},
        "hobbies": {"label": "?", "kind": "multiple", "answers": answers},
    }
    people = simulate_coefficients(PROGRAMME)[:6]
    found = interviews(PROGRAMME, DESIGN, people)
    changed = asked_programme(screening=screening, background=background)
    about = _gathered(found, programme=changed).choice_data().about_respondents
    # One in three lives in the country, the others in the city, which is offered no more.
    assert about["region"].names() == ("country", "city", "city") * 2
    # A number then, and several answers then: neither is an answer to what is asked now.
    assert about["age"].names() == ("not answered",) * 6
    assert "household" not in about
    assert not about["hobbies[town]"].values.any()


def test_a_number_that_some_did_not_give_is_left_out_and_said_to_be():
    pages = [task_page(0, _shown(), "1")]
    gathering = _gathered([interview(1, DESIGN, pages)])
    assert gathering.columns_left_out() == ("age", "purchase_chance")
    assert "age" not in gathering.choice_data().about_respondents
    assert gathering.choice_data().partly_known == {}


def test_a_number_that_some_gave_is_known_of_them():
    said = [page("background", {"age": 30.0})]
    pages = [task_page(0, _shown(), "1")]
    gathering = _gathered([interview(1, DESIGN, pages), interview(2, DESIGN, [*pages, *said])])
    data = gathering.choice_data()
    assert "age" not in data.about_respondents
    np.testing.assert_array_equal(data.partly_known["age"].values, [np.nan, 30.0])


def test_a_task_made_for_the_respondent_needs_no_design():
    shown = replace(_shown(), version=None)
    swapped = replace(
        shown,
        alternatives=tuple(
            ShownAlternative(place + 1, x.levels) for place, x in enumerate(shown.alternatives)
        ),
    )
    assert _gathered([_with_task(swapped)]).choice_data().n_tasks == 1


def test_what_a_partial_profile_does_not_show_adds_nothing_to_utility():
    shown = replace(
        _shown(),
        version=None,
        alternatives=tuple(
            ShownAlternative(place, {"trim": level})
            for place, level in ((1, "plus"), (2, "comfort"), (3, "premium"))
        ),
    )
    columns = _gathered([_with_task(shown)]).choice_data().columns
    assert columns["colour"].names()[:3] == ("white",) * 3
    assert columns["price"].values[0] == (39900 + 129900) / 2
    assert columns["range"].values[0] == pytest.approx(np.sqrt(400 * 600))


@pytest.mark.parametrize(
    ("shown", "choice", "rule"),
    [
        (_shown(task=1), "9", "broken_record"),
        (replace(_shown(), version=99), "1", "differs_from_design"),
        (replace(_shown(), design_task=1), "1", "differs_from_design"),
        (replace(_shown(), alternatives=_shown().alternatives[:2] * 2), "1", "broken_record"),
        (
            replace(_shown(), version=None, alternatives=(
                ShownAlternative(1, {"trim": "gold"}), ShownAlternative(2, {"trim": "plus"}),
            )),
            "1",
            "unknown_levels",
        ),
        (
            replace(_shown(), version=None, alternatives=(
                ShownAlternative(1, {"wings": "two"}), ShownAlternative(2, {"trim": "plus"}),
            )),
            "1",
            "unknown_levels",
        ),
        (replace(_shown(), alternatives=()), "none", "broken_record"),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_is_refused_by_its_rule_and_nothing_of_it_is_taken(
    shown, choice, rule
):
    gathering = _gathered([_with_task(_shown())])
    with pytest.raises(UnusableError) as caught:
        gathering.add(_with_task(shown, choice))
    assert caught.value.rule == rule
    assert gathering.choice_data().content_hash == (
        _gathered([_with_task(_shown())]).choice_data().content_hash
    )


def test_a_record_without_a_choice_is_refused():
    broken = replace(_with_task(_shown()), answers=(page("task-1", {}, shown=_shown().record()),))
    with pytest.raises(UnusableError) as caught:
        _gathered([broken])
    assert caught.value.rule == "broken_record"


def test_an_interview_without_choices_is_refused():
    with pytest.raises(UnusableError) as caught:
        _gathered([interview(1, DESIGN, [page("screening", {"licence": "yes"})])])
    assert caught.value.rule == "no_choices"


def test_an_interview_of_a_design_that_nobody_knows_is_refused():
    with pytest.raises(UnusableError) as caught:
        _gathered([replace(_with_task(_shown()), design_hash="0" * 64)])
    assert caught.value.rule == "unknown_design"


def test_none_where_it_was_not_offered_is_refused():
    without = ChoiceDesign(
        levels=DESIGN.levels,
        codes=DESIGN.codes,
        alternatives=DESIGN.alternatives,
        has_outside=False,
    )
    broken = replace(_with_task(_shown(), "none"), design_hash=without.content_hash)
    with pytest.raises(UnusableError) as caught:
        _gathered([broken], design=without)
    assert caught.value.rule == "broken_record"
