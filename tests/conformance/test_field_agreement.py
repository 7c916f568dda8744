"""Whatever people do while the questionnaire changes, all that is told of the fieldwork agrees.

Respondents begin, answer, rest, come back, withdraw and are forgotten; the researcher makes the
questionnaire longer, shorter and other, and moves quotas. After each step the counts of the store,
the interviews it yields, the pages people see and the contacts that may be used say the same.
"""

import shutil
import tempfile
from collections import Counter
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from counterflow.programme.field.begin_interview import begin_interview
from counterflow.programme.field.catch_up import catch_up, complete_answered
from counterflow.programme.field.field import Field
from counterflow.programme.field.forget_person import forget_person
from counterflow.programme.field.open_page import open_page
from counterflow.programme.field.pages_of_interview import InterviewBehindError
from counterflow.programme.field.report import field_report
from counterflow.programme.field.submit_page import submit_page
from counterflow.programme.field.withdraw import withdraw
from counterflow.web.survey.recent_interviews import RecentInterviews
from strategies.field_stores import needs_postgresql, opened
from strategies.fieldwork import ADMITTED, BACKGROUND, asking, field_in_memory, random_design

EVERYBODY = ("open", "complete", "screened_out", "over_quota", "withdrawn")
STATUSES_WITH_A_LINK = ("complete", "screened_out", "over_quota")
LINKS = {status: f"https://panel.example/{status}?id={{id}}" for status in STATUSES_WITH_A_LINK}
CONTACT = {"name": ["Kim"], "phone": ["010 1234"], "consent_contact": ["yes"]}
PARTNER = {"consent_partner_1": ["yes"]}
AN_HOUR_S = 3600.0
NO_TEXTS = Path("no texts here")
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None

BARE = {"n_tasks": 2, "panel": LINKS, "margins": {}, "quotas": {}, "most_respondents": 3}
QUESTIONNAIRES = {
    "whole": {},
    "other design": {},
    "longer": {"n_tasks": 3},
    "shorter": {"n_tasks": 1, "background": {}, "test_drive": False},
    "without background": {"background": {}},
    "without screening": {"screening": {}},
    "with a quota": {"quotas": {"age": {"from_18": 1}}},
    "with room for all": {"most_respondents": 100},
    "reworded": {"consent": {"version": "2", "controller": "Cars", "partners": ["Motors"]}},
}
FORMS = {
    "consent": {"consent": ["yes"]},
    "screening": ADMITTED,
    "task": {"choice": ["2"]},
    "chance": {"chance": ["7"]},
    "background": BACKGROUND,
}


@cache
def _asked(name):
    programme = asking(**{**BARE, **QUESTIONNAIRES[name]})
    return programme, random_design(programme, seed=2 if name == "other design" else 1)


class Agreement(RuleBasedStateMachine):
    """Goes through fieldwork at random."""

    kind = "twin"
    is_remembering = False

    interviews = Bundle("interviews")

    def __init__(self):
        super().__init__()
        self.exits = ExitStack()
        folder = Path(tempfile.mkdtemp(dir=IN_MEMORY))
        self.exits.callback(shutil.rmtree, folder)
        self.stores = self.exits.enter_context(opened(self.kind, folder))
        self.store = self.stores.open()
        if self.is_remembering:
            self.store = RecentInterviews(self.store)
        self.random = Random(1)
        self.forgotten: set[str] = set()
        self.withdrawn: set[str] = set()
        self.change("whole")

    def teardown(self):
        self.exits.close()

    @initialize(target=interviews, n=st.integers(0, 9))
    def somebody_is_under_way(self, n):
        interview_id = self.begin()
        if n:
            self.answer(interview_id, n, screens_out=False, wants={})
        return interview_id

    @rule(name=st.sampled_from(sorted(QUESTIONNAIRES)))
    def change(self, name):
        programme, design = _asked(name)
        self.field: Field = field_in_memory(
            programme,
            design=design,
            store=self.store,
            folder=NO_TEXTS,
            clock=lambda: self.store.now,
            random_bytes=self.random.randbytes,
        )
        complete_answered(self.field)

    @rule(target=interviews)
    def another_begins(self):
        return self.begin()

    def begin(self):
        begun = begin_interview(
            self.field, key=self.field.new_key(), language="en", consented=True, panel_id="p"
        )
        return begun.result(30).interview_id

    def _page(self, interview_id):
        try:
            return open_page(self.field, interview_id)
        except InterviewBehindError:
            catch_up(self.field, interview_id).result(30)
            return open_page(self.field, interview_id)

    @rule(
        interview_id=interviews,
        n=st.integers(1, 9),
        screens_out=st.booleans(),
        wants=st.sampled_from([{}, CONTACT, {**CONTACT, **PARTNER}]),
    )
    def somebody_answers(self, interview_id, n, screens_out, wants):
        self.answer(interview_id, n, screens_out=screens_out, wants=wants)

    def answer(self, interview_id, n, *, screens_out, wants):
        """Answer `n` pages, and hand each in twice."""
        for _ in range(n):
            page = self._page(interview_id)
            if page.is_end:
                return
            form = dict(FORMS.get(page.page.kind, {}))
            if page.page.kind == "screening" and screens_out and n == 1:
                form["licence"] = ["no"]
            if page.page.kind == "test_drive":
                region = next(iter(self.field.programme.market.regions))
                form = {"interest": ["yes"], "region": [region], **wants}
            outcomes = [
                submit_page(
                    self.field, interview_id, page.page.id, key=page.key, form=form, seconds=9.0
                )
                .result(30)
                .outcome
                for _ in range(2)
            ]
            assert outcomes == ["stored", "repeated"]

    @rule(seconds=st.sampled_from([60.0, AN_HOUR_S + 1.0]))
    def rest(self, seconds):
        self.stores.clock.pass_time(seconds)

    @rule(interview_id=interviews)
    def take_back(self, interview_id):
        if withdraw(self.field, interview_id, key=self.field.new_key()).status == "withdrawn":
            self.withdrawn.add(interview_id)
        self.forgotten.add(interview_id)

    @rule(interview_id=consumes(interviews))
    def forget(self, interview_id):
        forget_person(self.store, interview_id)
        self.forgotten.add(interview_id)

    @invariant()
    def counts_are_those_of_the_interviews(self):
        found, counts = list(self.store.interviews(statuses=EVERYBODY)), self.store.counts()
        by_status = Counter(one.status for one in found)
        assert {s: n for s, n in counts.by_status.items() if n} == by_status
        answered = Counter(answer.page for one in found for answer in one.answers)
        assert {page: n for page, n in counts.answered_by_page.items() if n} == answered
        by_day = counts.by_day.values()
        assert sum(begun for begun, _ in by_day) == len(found)
        assert sum(completed for _, completed in by_day) == by_status["complete"]
        report = field_report(self.field)
        assert (report.n_begun, report.n_complete) == (len(found), by_status["complete"])
        for page in report.pages:
            assert page.answered == answered[page.page] <= page.reached

    @invariant()
    def quotas_count_who_is_complete(self):
        complete = list(self.store.interviews())
        for quota in self.store.counts().quotas:
            question, _, answer = quota.cell.partition("=")
            in_cell = [
                one
                for one in complete
                if quota.cell == "all"
                or any(page.answers.get(question) == answer for page in one.answers)
            ]
            assert quota.complete == len(in_cell)
            assert quota.held <= self.store.counts().by_status["open"]

    @invariant()
    def an_end_is_shown_to_who_has_ended_and_leads_back_by_how_it_ended(self):
        for one in self.store.interviews(statuses=EVERYBODY):
            if one.status == "open":
                continue
            page = open_page(self.field, one.id)
            assert (page.page.id, page.status) == (one.status, one.status)
            link = LINKS.get(one.status)
            is_led = link is not None and one.id not in self.forgotten
            assert page.return_url == (link.replace("{id}", "p") if is_led else None)

    @invariant()
    def whoever_is_complete_has_answered_tasks_and_agreed(self):
        for one in self.store.interviews():
            tasks = [a for a in one.answers if a.page.startswith("task-")]
            assert tasks
            assert len({a.shown["design_task"] for a in tasks}) == len(tasks)
            assert [c for c in one.consents if c.kind == "survey"]
            for answer in one.answers:
                version = answer.questionnaire_version or one.questionnaire_version
                assert self.store.questionnaire(version)["questionnaire"]

    @invariant()
    def nobody_is_reached_who_did_not_agree_or_was_forgotten_or_withdrew(self):
        by_id = {one.id: one for one in self.store.interviews(statuses=EVERYBODY)}
        partners = self.field.questionnaire.consent.partners
        for partner, kind in ((None, "contact"), (partners[0], "partner")):
            agreed = {
                one.id
                for one in by_id.values()
                if any(c.kind == kind and c.partner == partner for c in one.consents)
            }
            reached = {interview_id for interview_id, _ in self.store.contacts(partner=partner)}
            assert reached == agreed - self.forgotten
        for interview_id in self.forgotten:
            assert (by_id[interview_id].panel_id, by_id[interview_id].device) == (None, None)
        assert {i for i, one in by_id.items() if one.status == "withdrawn"} == self.withdrawn


class SqliteAgreement(Agreement):
    kind = "sqlite"


class RememberedAgreement(Agreement):
    kind = "sqlite"
    is_remembering = True


class PostgresqlAgreement(Agreement):
    kind = "postgresql"


def _run(machine, n):
    for name in QUESTIONNAIRES:
        _asked(name)  # made once, and not while histories are timed
    run_state_machine_as_test(machine, settings=settings(max_examples=n, stateful_step_count=20))


def test_the_twin_agrees_with_itself():
    _run(Agreement, 25)


def test_sqlite_agrees_with_itself():
    _run(SqliteAgreement, 5)


def test_what_is_remembered_agrees_with_what_is_stored():
    _run(RememberedAgreement, 5)


@needs_postgresql
def test_postgresql_agrees_with_itself():
    _run(PostgresqlAgreement, 3)
