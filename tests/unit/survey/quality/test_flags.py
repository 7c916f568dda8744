"""Flags: what is remarkable in an interview, and what is not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.questionnaire import QualityLimits
from counterflow.survey.quality.flags import flags_of
from counterflow.survey.questionnaire.shown_task import ShownAlternative, ShownTask
from strategies.field_interviews import asked_programme, interview, page, task_page
from strategies.fieldwork import random_design

LIMITS = QualityLimits()
DESIGN = random_design(asked_programme())


def _answered(choices, seconds=9.0, orders=None):
    """Return an interview with one task a choice; places stand in the given orders."""
    pages = [page("screening", {"licence": "yes"})]
    for k, choice in enumerate(choices):
        order = orders[k] if orders else (1, 2, 3)
        shown = ShownTask(
            design_task=k,
            version=0,
            alternatives=tuple(ShownAlternative(place, {}) for place in order),
            attributes=(),
        )
        of_task = seconds[k] if isinstance(seconds, list) else seconds
        pages.append(task_page(k, shown, choice, seconds=of_task))
    return interview(1, DESIGN, pages)


def test_careful_answers_have_no_flag():
    assert flags_of(_answered(["1", "3", "2", "none", "1"]), LIMITS) == {}


def test_the_median_task_tells_a_speeder():
    flags = flags_of(_answered(["1", "2", "3"], seconds=[1.0, 1.4, 300.0]), LIMITS)
    assert flags == {"speeding": "median of 1.4 s a choice task, below 2 s"}


def test_one_quick_task_makes_no_speeder():
    assert flags_of(_answered(["1", "2", "3"], seconds=[0.5, 8.0, 9.0]), LIMITS) == {}


@pytest.mark.parametrize("seconds", [None, [None, None, None]])
def test_a_device_that_does_not_tell_the_time_makes_no_speeder(seconds):
    assert flags_of(_answered(["1", "2", "3"], seconds=seconds), LIMITS) == {}


def test_the_same_place_on_the_screen_is_straight_lining_whatever_the_product():
    orders = [(1, 2, 3), (2, 3, 1), (3, 1, 2), (1, 3, 2)]
    flags = flags_of(_answered(["2", "3", "1", "3"], orders=orders), LIMITS)
    assert flags == {"straight_lining": "place 2 on the screen in 4 of 4 tasks"}


def test_the_same_product_at_different_places_is_a_preference():
    orders = [(1, 2, 3), (2, 3, 1), (3, 1, 2), (1, 3, 2)]
    assert flags_of(_answered(["2"] * 4, orders=orders), LIMITS) == {}


@given(st.integers(1, 3))
def test_few_tasks_are_no_straight_line(n_tasks):
    assert flags_of(_answered(["1"] * n_tasks), LIMITS) == {}


def test_who_wants_none_of_the_products_draws_no_straight_line():
    assert flags_of(_answered(["none"] * 8), LIMITS) == {}


@given(st.lists(st.sampled_from(["1", "2", "3", "none"]), min_size=4, max_size=12))
def test_a_straight_line_is_flagged_exactly_where_its_share_reaches_the_limit(choices):
    limits = QualityLimits(most_same_place_share=0.75)
    share = max(choices.count(place) for place in "123") / len(choices)
    assert ("straight_lining" in flags_of(_answered(choices), limits)) == (share >= 0.75)


@pytest.mark.parametrize(("n", "is_flagged"), [(1, False), (2, True), (9, True)])
def test_a_second_interview_from_a_device_is_flagged(n, is_flagged):
    assert ("duplicate_device" in flags_of(_answered(["1"]), LIMITS, n)) == is_flagged


def test_an_interview_without_tasks_has_no_flag():
    assert flags_of(replace(_answered([]), answers=()), LIMITS) == {}
