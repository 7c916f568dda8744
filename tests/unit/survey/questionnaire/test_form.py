"""A form is read as the questionnaire has it, or refused with every problem beside its field."""

import pytest

from counterflow.domain.interview import Contact
from counterflow.survey.questionnaire.form import (
    FormError,
    PageForm,
    read_form,
    read_key,
    read_panel_id,
)
from counterflow.survey.questionnaire.pages import pages_of
from strategies.fieldwork import ADMITTED, BACKGROUND, asking, changed, first_task
from strategies.workspaces import example

PROGRAMME = example("national-car")
PAGES = {page.id: page for page in pages_of(PROGRAMME)}


def _read(page: str, programme=PROGRAMME, **form: list[str]) -> PageForm:
    pages = {page.id: page for page in pages_of(programme)}
    shown = first_task(programme) if page == "task-1" else None
    return read_form(programme, pages[page], form, shown=shown)


def _refused(page: str, programme=PROGRAMME, **form: list[str]) -> dict[str, str]:
    with pytest.raises(FormError) as refused:
        _read(page, programme, **form)
    return {problem.key: problem.reason for problem in refused.value.problems}


def test_all_that_is_wrong_is_said_at_once():
    assert _refused("screening", age=["from_18", "from_30"], intends=["sometime"]) == {
        "licence": "missing",
        "age": "too_many",
        "intends": "unknown",
    }


def test_an_answer_may_end_the_interview():
    assert not _read("screening", **ADMITTED).screens_out
    assert _read("screening", **{**ADMITTED, "licence": ["no"]}).screens_out


@pytest.mark.parametrize("choice", ["1", "2", "3", "none"])
def test_a_choice_is_a_place_or_none(choice):
    assert _read("task-1", choice=[choice]).answers == {"choice": choice}


@pytest.mark.parametrize("choice", ["0", "4", "-1", "1 or 2", "None", "١", "01"])
def test_no_other_choice_is_taken(choice):
    assert _refused("task-1", choice=[choice]) == {"choice": "unknown"}


def test_none_is_no_choice_where_it_is_not_offered():
    assert _refused("task-1", asking(outside_option=False), choice=["none"]) == {
        "choice": "unknown"
    }


def test_the_purchase_chance_goes_from_0_to_10():
    assert [_read("chance", chance=[str(x)]).answers["chance"] for x in (0, 10)] == [0, 10]
    assert _refused("chance", chance=["11"]) == {"chance": "unknown"}
    assert _refused("chance") == {"chance": "missing"}


@pytest.mark.parametrize(
    ("written", "number"),
    [("12000", 12000.0), ("12,000", 12000.0), ("１２０００", 12000.0), ("0.5", 0.5), (" 7 ", 7.0)],
)
def test_a_number_is_read_as_people_write_it(written, number):
    answers = _read("background", **{**BACKGROUND, "yearly_distance": [written]}).answers
    assert answers["yearly_distance"] == number


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("far", "no_number"),
        ("1e3", "no_number"),
        ("nan", "no_number"),
        ("1_000", "no_number"),
        ("1,00", "no_number"),
        ("-1", "too_small"),
        ("200001", "too_large"),
        ("9" * 41, "too_long"),
        ("9" * 40, "too_large"),
    ],
)
def test_what_is_no_number_within_bounds_is_refused(written, reason):
    refused = _refused("background", **{**BACKGROUND, "yearly_distance": [written]})
    assert refused == {"yearly_distance": reason}


def test_questions_that_may_be_left_open_have_no_answer_then():
    form = {"home": ["other"], "household": ["one"], "yearly_distance": [" "], "remarks": [""]}
    assert _read("background", **form).answers == {"home": "other", "household": "one"}


def test_several_answers_come_in_the_order_in_which_they_are_offered():
    form = {**BACKGROUND, "charging": ["public", "own", "own"]}
    assert _read("background", **form).answers["charging"] == ["own", "public"]


def test_own_words_are_kept_as_they_are_written_without_characters_for_machines():
    words = "조용한 차가 좋아요.\n谢谢！ <b>'; drop table"
    assert _read("background", **BACKGROUND, remarks=[words]).answers["remarks"] == words
    for unreadable in ("a\x00b", "a\x1b[31m", "a\ud800"):
        refused = _refused("background", **BACKGROUND, remarks=[unreadable])
        assert refused == {"remarks": "no_text"}
    assert _refused("background", **BACKGROUND, remarks=["x" * 2001]) == {"remarks": "too_long"}


def test_fields_that_a_page_does_not_have_are_left_out():
    assert _read("chance", chance=["3"], choice=["1"], key=["k"]).answers == {"chance": 3}


def test_what_was_handed_in_is_not_repeated_in_the_error():
    with pytest.raises(FormError) as refused:
        _read("task-1", choice=["<script>alert(1)</script>"])
    assert "script" not in str(refused.value)


WANTED = {"interest": ["yes"], "region": ["other"]}
REACHABLE = {"name": ["李雷"], "phone": ["+86 138 0000 0000"], "consent_contact": ["yes"]}


def test_a_test_drive_may_be_wanted_without_leaving_a_contact():
    assert _read("test-drive", **WANTED) == PageForm(answers={"interest": "yes", "region": "other"})


def test_who_wants_no_test_drive_leaves_no_trace_of_a_contact():
    read = _read("test-drive", interest=["no"], **REACHABLE, consent_partner_1=["yes"])
    assert read == PageForm(answers={"interest": "no"})


def test_a_contact_goes_with_the_consent_to_be_reached():
    read = _read("test-drive", **WANTED, **REACHABLE, email=["Li@Example.CN"])
    assert read.contact == Contact(
        name="李雷", region="other", phone="+86 138 0000 0000", email="Li@Example.CN"
    )
    assert (read.agreed_to_contact, read.partners) == (True, ())


@pytest.mark.parametrize(
    ("form", "reasons"),
    [
        ({}, {"region": "missing"}),
        ({"region": ["atlantis"]}, {"region": "unknown"}),
        ({**WANTED, "name": ["Li"], "phone": ["12345"]}, {"consent_contact": "no_consent"}),
        ({**WANTED, "consent_contact": ["yes"]}, {"phone": "no_contact"}),
        ({**WANTED, "consent_contact": ["yes"], "name": ["Li"]}, {"phone": "no_contact"}),
        ({**WANTED, "consent_partner_1": ["yes"]}, {"consent_contact": "no_consent"}),
        ({**WANTED, **REACHABLE, "phone": ["call me"]}, {"phone": "no_phone"}),
        ({**WANTED, **REACHABLE, "email": ["li at example"]}, {"email": "no_email"}),
        ({**WANTED, **REACHABLE, "name": [""]}, {"name": "missing"}),
        ({**WANTED, **REACHABLE, "name": ["Li\nBcc: x"]}, {"name": "no_text"}),
        ({**WANTED, **REACHABLE, "name": ["x" * 201]}, {"name": "too_long"}),
    ],
)
def test_contacts_without_consent_or_consent_without_contacts_are_refused(form, reasons):
    assert _refused("test-drive", **{"interest": ["yes"], **form}) == reasons


def test_partners_are_those_that_the_programme_names():
    two = {"consent_partner_1": ["yes"], "consent_partner_2": ["yes"]}
    both = _read("test-drive", **WANTED, **REACHABLE, **two)
    assert both.partners == ("Car maker", "Battery company")
    nobody = changed(lambda raw: raw["survey"]["questionnaire"]["consent"].update(partners=[]))
    assert _read("test-drive", nobody, **WANTED, **REACHABLE, **two).partners == ()


def test_consent_is_needed_to_begin():
    assert _refused("introduction") == {"consent": "missing"}
    assert _read("introduction", consent=["yes"]).answers == {}


@pytest.mark.parametrize("key", ["", "short", "k" * 129, "k" * 15 + "'", "ключ" * 4])
def test_a_key_that_no_form_had_is_refused(key):
    with pytest.raises(FormError):
        read_key(key)


def test_what_a_panel_calls_people_is_short_and_readable():
    assert read_panel_id("") is None
    assert read_panel_id("P-17 é") == "P-17 é"
    for wrong in ("x" * 201, "a\x00"):
        with pytest.raises(FormError):
            read_panel_id(wrong)
