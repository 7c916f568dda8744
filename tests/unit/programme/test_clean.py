"""Cleaning: who counts, why the others do not, and what difference it makes."""

import json
from dataclasses import replace

import numpy as np
import pytest

from counterflow.domain.errors import InputError
from counterflow.programme.clean import clean_answers
from counterflow.survey.simulate import simulate_coefficients
from counterflow.survey.weighting.rake_respondents import RakingOptions
from strategies.field_interviews import asked_programme, interviews
from strategies.fieldwork import random_design

MARGINS = {"region": {"city": 0.5, "country": 0.5}}
PROGRAMME = asked_programme(margins=MARGINS)
DESIGN = random_design(PROGRAMME, n_versions=10)
PEOPLE = simulate_coefficients(PROGRAMME)


def _clean(found, programme=PROGRAMME, **options):
    designs = {DESIGN.content_hash: DESIGN}
    return clean_answers(programme, designs.__getitem__, iter(found), **options)


@pytest.fixture(scope="module")
def many():
    """Return 300 interviews, of which 40 were answered without looking."""
    return list(interviews(PROGRAMME, DESIGN, PEOPLE[:300], random=range(40)))


@pytest.fixture(scope="module")
def cleaned(many):
    return _clean(many, software="test")


@pytest.fixture
def few():
    return list(interviews(PROGRAMME, DESIGN, PEOPLE[:12]))


def test_most_random_responders_are_left_out_and_nearly_all_others_count(cleaned):
    left_out = {int(number) for number in cleaned.audit["rules"]["random_answers"]}
    random = set(range(1, 41))
    assert len(left_out & random) > 20
    assert len(left_out - random) < 13  # 5 % of the others
    assert cleaned.audit["random_answers"]["share_random"] == pytest.approx(40 / 300, abs=0.06)


def test_flagged_people_whose_answers_are_likelier_their_own_than_random_count(cleaned):
    flagged = {number for number, flags in cleaned.flags.items() if "random_answers" in flags}
    left_out = set(cleaned.audit["rules"]["random_answers"])
    assert left_out < flagged
    assert flagged - left_out <= set(cleaned.data.respondent_ids)


def test_everybody_is_accounted_for(cleaned, many):
    audit = cleaned.audit
    left_out = {number for who in audit["rules"].values() for number in who}
    assert audit["n_complete"] == len(many)
    assert audit["n_kept"] + len(left_out) == len(many)
    assert audit["n_kept"] == cleaned.data.n_respondents
    assert not left_out & set(cleaned.data.respondent_ids)


def test_weights_meet_the_margins_and_say_what_they_cost(cleaned):
    is_city = np.array(cleaned.data.about_respondents["region"].names()) == "city"
    weights = cleaned.data.weights
    assert weights[is_city].sum() / weights.sum() == pytest.approx(0.5, abs=1e-5)
    weighting = cleaned.audit["weighting"]
    assert weighting["status"] == "converged"
    assert weighting["design_effect"] == pytest.approx(
        len(weights) * (weights**2).sum() / weights.sum() ** 2
    )
    assert weighting["effective_sample"] < cleaned.data.n_respondents


def test_results_stand_with_and_without_side_by_side(cleaned, many):
    results = cleaned.audit["results"]
    assert results["all"]["n_respondents"] == len(many)
    assert results["kept"]["n_respondents"] == cleaned.data.n_respondents
    everybody = results["all"]["chosen_by_level"]["price"]
    # A product that is chosen at random is chosen in a quarter of its appearances at any price.
    kept = results["kept"]["chosen_by_level"]["price"]
    assert kept["39900"] - kept["129900"] > everybody["39900"] - everybody["129900"] > 0.1
    shown = [page for one in many for page in one.answers if page.page.startswith("task")]
    none = sum(page.answers["choice"] == "none" for page in shown) / len(shown)
    assert results["all"]["share_outside"] == pytest.approx(none)


def test_the_trail_is_json_and_names_what_it_was_made_from(cleaned):
    audit = json.loads(json.dumps(cleaned.audit, allow_nan=False))
    assert audit["schema"] == "counterflow/cleaning/1"
    assert audit["software"] == "test"
    assert audit["programme_version"] == PROGRAMME.version
    assert audit["interviews_by_design"] == {DESIGN.content_hash: 300}
    assert audit["interviews_by_programme_version"] == {"v1": 300}
    assert audit["answers_hash"] == cleaned.data.content_hash


def test_cleaning_again_gives_the_same(many, cleaned):
    again = _clean(many, software="test")
    assert again.audit == cleaned.audit
    assert again.data.content_hash == cleaned.data.content_hash


def test_the_id_that_opens_an_interview_is_nowhere(cleaned):
    assert "secret" not in json.dumps(cleaned.audit)
    assert not any("secret" in name for name in cleaned.data.respondent_ids)


def test_flagged_interviews_count_where_asked_and_bear_their_flags(many):
    everybody = _clean(many, keep_flagged=True)
    assert everybody.data.n_respondents == len(many)
    assert everybody.audit["rules"] == {}
    flags = everybody.data.about_respondents["flags"].names()
    assert set(flags) == {"none", "random_answers"}
    assert sum(x == "random_answers" for x in flags) == len(everybody.flags)


def test_speeders_and_second_interviews_of_a_device_are_left_out_each_by_its_rule(few):
    few[3] = replace(few[3], answers=[replace(x, seconds=0.5) for x in few[3].answers])
    few[5], few[8] = (replace(few[n], device="d") for n in (5, 8))
    found = _clean(few)
    assert {rule: list(who) for rule, who in found.audit["rules"].items()} == {
        "speeding": ["4"],
        "duplicate_device": ["9"],
    }
    assert "random_answers" not in found.audit["flags"]["by_flag"]


def test_an_interview_that_breaks_two_rules_stands_under_both_and_leaves_once(few):
    answers = [replace(x, seconds=0.5) for x in few[1].answers]
    few[0], few[1] = replace(few[0], device="d"), replace(few[1], device="d", answers=answers)
    found = _clean(few)
    assert set(found.audit["rules"]) == {"speeding", "duplicate_device"}
    assert found.data.n_respondents == len(few) - 1
    assert found.audit["flags"]["by_set"] == {"duplicate_device+speeding": 1}


def test_a_flag_of_the_day_outlives_the_device_that_was_forgotten(few):
    few[4] = replace(few[4], flags={"duplicate_device": "2 interviews from one device"})
    assert list(_clean(few).audit["rules"]["duplicate_device"]) == ["5"]


def test_limits_that_were_changed_since_are_those_that_hold(few):
    few[4] = replace(few[4], flags={"speeding": "by a limit of the past"})
    assert _clean(few).audit["rules"] == {}


@pytest.mark.parametrize("status", ["open", "screened_out", "over_quota", "withdrawn"])
def test_only_complete_interviews_are_used_and_the_others_counted(few, status):
    few[2] = replace(few[2], status=status)
    found = _clean(few)
    assert found.audit["interviews_by_status"] == {"complete": len(few) - 1, status: 1}
    assert "3" not in found.data.respondent_ids


def test_an_interview_that_cannot_be_read_is_left_out_by_name_also_with_flagged_ones(few):
    few[2] = replace(few[2], design_hash="0" * 64)
    for keep_flagged in (False, True):
        found = _clean(few, keep_flagged=keep_flagged)
        assert list(found.audit["rules"]["unknown_design"]) == ["3"]


def test_too_few_respondents_are_not_judged_and_the_trail_says_so(few):
    test = _clean(few).audit["random_answers"]
    assert test == {"status": "not_done", "reason": "12 respondents to learn from, 50 needed"}


def test_without_margins_everybody_counts_alike(few):
    found = _clean(few, asked_programme())
    assert found.audit["weighting"] == {"status": "not_weighted"}
    assert set(found.data.weights) == {1.0}


def test_bounds_on_weights_are_kept_and_told(few):
    programme = asked_programme(margins={"region": {"city": 0.05, "country": 0.95}})
    found = _clean(few, programme, weighting=RakingOptions(most=1.5, max_iterations=20))
    assert found.data.weights.max() <= 1.5 * (1 + 1e-6)
    assert found.audit["weighting"]["status"] == "not_converged"


def test_nobody_left_is_an_error_that_says_where_they_went():
    with pytest.raises(InputError, match="interviews: none"):
        _clean([])
    slow = list(interviews(PROGRAMME, DESIGN, PEOPLE[:3], seconds=0.1))
    with pytest.raises(InputError, match="3 complete; left out: speeding 3"):
        _clean(slow)


def test_a_margin_that_nobody_fills_is_an_error(few):
    only_city = [x for n, x in enumerate(few) if n % 3]
    with pytest.raises(InputError, match="nobody who answered"):
        _clean(only_city)
