"""Every field store keeps what it acknowledged, once, and lets nobody exceed a quota."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from counterflow.domain.interview import Admission, ConsentGiven, Contact, PageAnswer
from counterflow.programme.field_store import (
    KeyReusedError,
    QuotaCount,
    StoreFailedError,
    UnknownInterviewError,
)
from strategies.field_stores import (
    START,
    begun,
    design,
    fieldwork,
    handed_in,
    needs_postgresql,
    new_interview,
    opened,
    page,
    unique,
)

KINDS = ["twin", "sqlite", pytest.param("postgresql", marks=needs_postgresql)]
SEVERAL_SERVERS = ["sqlite", pytest.param("postgresql", marks=needs_postgresql)]


@pytest.fixture(params=KINDS)
def stores(request, tmp_path):
    with opened(request.param, tmp_path) as stores:
        yield stores


@pytest.fixture
def store(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork())
    return store


def admitted(store, *cells, hold_s=100.0, **changes):
    """Begin an interview that is admitted, and return its id."""
    interview_id = begun(store, **changes)
    asked = page(interview_id, "screening", admission=Admission(cells=cells, hold_s=hold_s))
    assert handed_in(store, asked).outcome == "stored"
    return interview_id


def completed(store, interview_id):
    """Hand the last page in and return how the interview ended."""
    return handed_in(store, page(interview_id, "last", ends_as="complete")).status


def quota(store, cell):
    return next(quota for quota in store.counts().quotas if quota.cell == cell)


# What is handed in


def test_an_interview_comes_back_as_it_was_handed_in(store):
    new = new_interview(store, language="ko", panel_id="panel 7", device="d1")
    store.begin(new, key=unique("key"), body_hash="b").result(30)
    answer = PageAnswer(
        page="task-1",
        answers={"choice": "none", "why": "\x00 \ud800 한국어 ' OR 1=1 --"},
        shown={"version": 0, "alternatives": [{"place": 1, "levels": {"frame": "steel"}}]},
        seconds=2.5,
        received_at=START + timedelta(microseconds=1),
    )
    consent = ConsentGiven(kind="survey", version="2", given_at=START)
    flags = {"fast": "2.5 s on task-1"}
    handed_in(store, page(new.id, answer=answer, consents=(consent,), flags=flags))
    found = store.interview(new.id)
    assert found.answers == (answer,)
    assert found.consents == (consent,)
    assert found.flags == flags
    assert (found.number, found.seed, found.status) == (1, new.seed, "open")
    assert (found.language, found.panel_id, found.device) == ("ko", "panel 7", "d1")
    assert found.started_at == new.started_at
    assert found.ended_at is None


def test_a_page_that_was_repeated_is_there_once(store):
    submission = page(begun(store))
    assert handed_in(store, submission).outcome == "stored"
    assert handed_in(store, submission).outcome == "repeated"
    assert len(store.interview(submission.interview_id).answers) == 1


def test_a_key_never_stands_for_another_body(store):
    submission = page(begun(store))
    handed_in(store, submission)
    with pytest.raises(KeyReusedError):
        handed_in(store, replace(submission, body_hash="other"))


def test_a_key_never_stands_for_another_interview(store):
    submission = page(begun(store))
    handed_in(store, submission)
    with pytest.raises(KeyReusedError):
        handed_in(store, replace(submission, interview_id=begun(store)))


def test_the_first_answer_to_a_page_stands(store):
    first = page(begun(store))
    handed_in(store, first)
    later = page(first.interview_id, answer=replace(first.answer, answers={"choice": "1"}))
    assert handed_in(store, later).outcome == "answered"
    assert store.interview(first.interview_id).answers == (first.answer,)


def test_an_interview_that_has_ended_takes_nothing_more(store):
    interview_id = begun(store)
    last = page(interview_id, "last", ends_as="complete")
    assert handed_in(store, last).status == "complete"
    assert handed_in(store, page(interview_id, "more")).outcome == "closed"
    assert handed_in(store, last).outcome == "repeated"
    assert store.interview(interview_id).ended_at == last.answer.received_at


def test_an_interview_begins_once_for_a_key(store):
    key = unique("key")
    first = store.begin(new_interview(store), key=key, body_hash="b").result(30)
    again = store.begin(new_interview(store), key=key, body_hash="b").result(30)
    assert (again.outcome, again.interview_id) == ("repeated", first.interview_id)
    assert sum(store.counts().by_status.values()) == 1
    with pytest.raises(KeyReusedError):
        store.begin(new_interview(store), key=key, body_hash="other").result(30)


def test_nobody_answers_an_interview_that_was_not_begun(store):
    with pytest.raises(UnknownInterviewError):
        handed_in(store, page("nobody"))
    with pytest.raises(UnknownInterviewError):
        store.interview("nobody")
    with pytest.raises(UnknownInterviewError):
        store.forget_person("nobody")


def test_one_that_cannot_be_kept_does_not_cost_the_others_their_answers(store, stores):
    if stores.kind == "twin":
        pytest.skip("memory keeps everything")
    interview_ids = [begun(store) for _ in range(6)]
    half_a_pair = Contact(name="\ud800")
    wrong = store.submit(page(interview_ids[0], contact=half_a_pair))
    right = [store.submit(page(interview_id)) for interview_id in interview_ids[1:]]
    with pytest.raises(StoreFailedError, match="can keep"):
        wrong.result(30)
    assert {future.result(30).outcome for future in right} == {"stored"}
    assert store.interview(interview_ids[0]).answers == ()


def test_an_error_says_nothing_of_what_was_typed(store, stores):
    if stores.kind == "twin":
        pytest.skip("memory keeps everything")
    with pytest.raises(StoreFailedError) as caught:
        handed_in(store, page(begun(store), contact=Contact(name="Kim Min-ji \ud800")))
    assert "Kim" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_closed_store_takes_nothing(store):
    interview_id = begun(store)
    store.close()
    with pytest.raises(StoreFailedError):
        handed_in(store, page(interview_id))


# Designs


def test_a_design_is_handed_back_as_it_was_in_the_field(store):
    expected = design()
    found = store.design(expected.content_hash)
    assert found.content_hash == expected.content_hash
    assert found.provenance == expected.provenance
    with pytest.raises(KeyError):
        store.design("another")


def test_what_respondents_saw_is_handed_back_by_its_version(store):
    seen = {"texts": {"ko": {"title": "어느 쪽"}}, "pictures": {}}
    registered = replace(fieldwork(), questionnaire=seen)
    store.open_fieldwork(registered)
    store.open_fieldwork(fieldwork())
    assert store.questionnaire(registered.questionnaire_version) == seen
    with pytest.raises(KeyError):
        store.questionnaire("another")


def test_who_began_with_another_version_of_the_questionnaire_is_told_from_who_did_not(store):
    first, second = begun(store, questionnaire_version="v1"), begun(store)
    answer = PageAnswer(page="task-1", answers={}, received_at=START, questionnaire_version="v2")
    handed_in(store, page(first, answer=answer))
    assert store.interview(first).questionnaire_version == "v1"
    assert store.interview(first).answers == (answer,)
    everybody = {"statuses": ("open",)}
    assert [i.id for i in store.interviews(**everybody)] == [first, second]
    assert [i.id for i in store.interviews(**everybody, not_begun_with="v1")] == [second]


def test_versions_are_given_to_equally_many(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork(n_versions=4))
    for _ in range(12):
        admitted(store, n_versions=4)
    assert store.counts().by_version == {0: 3, 1: 3, 2: 3, 3: 3}


def test_the_version_of_who_did_not_finish_is_given_again(store):
    first = admitted(store)
    handed_in(store, page(first, ends_as="withdrawn"))
    versions = [store.interview(admitted(store)).design_version for _ in range(3)]
    assert sorted(versions) == [0, 1, 2]


# Quotas


def test_a_full_cell_ends_the_interview_and_keeps_its_answer(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork(**{"region=north": 1}))
    first = admitted(store, "region=north")
    late = begun(store)
    asked = page(late, "screening", admission=Admission(cells=("region=north",)))
    assert handed_in(store, asked).status == "over_quota"
    assert store.interview(late).answers == (asked.answer,)
    assert store.interview(late).status == "over_quota"
    assert completed(store, first) == "complete"


def test_everybody_needs_a_place_among_all(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork(all=1))
    assert completed(store, begun(store)) == "complete"
    assert completed(store, begun(store)) == "over_quota"


def test_a_place_is_free_again_when_an_interview_ends_otherwise(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork(all=1))
    handed_in(store, page(admitted(store), ends_as="screened_out"))
    assert quota(store, "all") == QuotaCount(cell="all", complete=0, held=0, limit=1)
    assert completed(store, admitted(store)) == "complete"


def test_a_place_is_free_again_after_too_long_a_rest(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork(all=1))
    resting = admitted(store, hold_s=100.0)
    stores.clock.pass_time(99.0)
    assert quota(store, "all").held == 1
    stores.clock.pass_time(2.0)
    assert quota(store, "all").held == 0
    assert completed(store, admitted(store)) == "complete"
    assert completed(store, resting) == "over_quota"


def test_who_returns_after_a_rest_is_admitted_again_while_there_is_room(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork(all=1))
    resting = admitted(store, hold_s=100.0)
    version = store.interview(resting).design_version
    stores.clock.pass_time(101.0)
    assert handed_in(store, page(resting)).status == "open"
    assert quota(store, "all").held == 1
    assert completed(store, resting) == "complete"
    assert store.interview(resting).design_version == version


def test_every_page_keeps_the_place(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork(all=1))
    slow = admitted(store, hold_s=100.0)
    for k in range(3):
        stores.clock.pass_time(80.0)
        handed_in(store, page(slow, f"task-{k}"))
    assert quota(store, "all").held == 1


def test_new_limits_take_effect_and_the_same_again_changes_nothing(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork(all=2))
    first, second = admitted(store), admitted(store)
    store.open_fieldwork(fieldwork(all=2))
    assert quota(store, "all") == QuotaCount(cell="all", complete=0, held=2, limit=2)
    store.open_fieldwork(fieldwork(all=1))
    assert completed(store, first) == "complete"
    assert completed(store, second) == "over_quota"
    store.open_fieldwork(fieldwork())
    assert store.counts().quotas in ((), [])
    assert completed(store, admitted(store)) == "complete"


def test_a_cell_is_counted_before_it_has_a_limit(store):
    completed(store, admitted(store, "region=north"))
    store.open_fieldwork(fieldwork(**{"region=north": 1}))
    assert quota(store, "region=north").complete == 1
    asked = page(begun(store), admission=Admission(cells=("region=north",)))
    assert handed_in(store, asked).status == "over_quota"


# Counts, streams, people


def test_counts_say_how_the_fieldwork_stands(store):
    flags = {"fast": "1 s"}
    for k in range(3):
        interview_id = admitted(store, language="ko" if k else "en")
        last = page(interview_id, "last", ends_as="complete", flags=flags if k == 1 else {})
        seconds = 10.0 * (k + 1)
        handed_in(store, replace(last, answer=replace(last.answer, seconds=seconds)))
    handed_in(store, page(begun(store), flags=flags))
    counts = store.counts()
    assert counts.by_status == {
        "open": 1,
        "complete": 3,
        "screened_out": 0,
        "over_quota": 0,
        "withdrawn": 0,
    }
    assert counts.answered_by_page == {"screening": 3, "last": 3, "task-1": 1}
    assert counts.median_seconds_by_page == {"screening": 4.0, "last": 20.0, "task-1": 4.0}
    assert counts.median_seconds == 24.0
    assert counts.by_flag == {"fast": 1}
    assert counts.by_version == {0: 1, 1: 1, 2: 1}
    assert counts.by_language == {"en": 2, "ko": 2}
    assert counts.by_day == {"2026-03-01": (4, 3)}


def test_interviews_come_in_order_of_number(store):
    ids = [begun(store) for _ in range(5)]
    for interview_id in reversed(ids[1:]):
        completed(store, interview_id)
    assert [interview.id for interview in store.interviews()] == ids[1:]
    everybody = store.interviews(statuses=("open", "complete"))
    assert [interview.number for interview in everybody] == [1, 2, 3, 4, 5]


def test_a_device_is_counted(store):
    for device in ("d1", "d1", "d2", None):
        begun(store, device=device)
    assert store.interviews_of_device("d1") == 2
    assert store.interviews_of_device("d3") == 0


def consent(kind, partner=None):
    return ConsentGiven(kind=kind, version="1", given_at=START, partner=partner)


def test_only_who_agreed_is_reached_and_each_partner_needs_an_agreement_of_its_own(store):
    kim, lee = Contact(name="Kim", phone="010"), Contact(name="Lee", email="lee@example.org")
    first, second, third = begun(store), begun(store), begun(store)
    agreed = (consent("contact"), consent("partner", "Motors"))
    handed_in(store, page(first, contact=kim, consents=agreed))
    handed_in(store, page(second, contact=lee, consents=(consent("contact"),)))
    handed_in(store, page(third, contact=Contact(name="Park")))
    assert list(store.contacts()) == [(first, kim), (second, lee)]
    assert list(store.contacts(partner="Motors")) == [(first, kim)]
    assert list(store.contacts(partner="Bank")) == []
    handed_in(store, page(first, "end", ends_as="withdrawn"))
    assert list(store.contacts()) == [(second, lee)]


def test_who_is_forgotten_leaves_an_answer_that_leads_to_nobody(store):
    interview_id = begun(store, panel_id="panel 7", device="d1")
    contact = Contact(name="Kim", phone="010")
    submission = page(interview_id, contact=contact, consents=(consent("contact"),))
    handed_in(store, submission)
    store.forget_person(interview_id)
    found = store.interview(interview_id)
    assert (found.panel_id, found.device) == (None, None)
    assert found.answers == (submission.answer,)
    assert list(store.contacts()) == []
    assert store.interviews_of_device("d1") == 0
    assert handed_in(store, submission).outcome == "repeated"


# At the same time


def test_many_retries_at_once_are_stored_once(store):
    submission = page(begun(store))
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda _: handed_in(store, submission), range(200)))
    assert Counter(receipt.outcome for receipt in receipts) == {"stored": 1, "repeated": 199}
    assert len(store.interview(submission.interview_id).answers) == 1


def test_no_quota_is_exceeded_however_many_come_at_once(stores):
    store = stores.open()
    store.open_fieldwork(fieldwork(all=10, **{"region=north": 4}))

    def answer(k):
        cells = ("region=north",) if k % 2 else ("region=south",)
        interview_id = begun(store)
        asked = page(interview_id, "screening", admission=Admission(cells=cells))
        status = handed_in(store, asked).status
        return completed(store, interview_id) if status == "open" else status

    with ThreadPoolExecutor(16) as pool:
        ended = Counter(pool.map(answer, range(40)))
    assert ended == {"complete": 10, "over_quota": 30}
    assert quota(store, "region=north").complete <= 4
    assert quota(store, "all") == QuotaCount(cell="all", complete=10, held=0, limit=10)


@pytest.mark.parametrize("kind", SEVERAL_SERVERS)
def test_several_servers_share_quotas_versions_and_keys(kind, tmp_path):
    with opened(kind, tmp_path) as stores:
        servers = [stores.open() for _ in range(3)]
        for server in servers:
            server.open_fieldwork(fieldwork(all=12))
        interview_id = begun(servers[0])
        same = page(interview_id)

        def answer(k):
            server, other = servers[k % 3], servers[(k + 1) % 3]
            outcome = handed_in(server, same).outcome
            mine = admitted(server)
            if server.interview(mine).status == "open":
                completed(other, mine)
            return outcome

        with ThreadPoolExecutor(12) as pool:
            outcomes = Counter(pool.map(answer, range(36)))
        assert outcomes == {"stored": 1, "repeated": 35}
        assert quota(servers[0], "all") == QuotaCount(cell="all", complete=12, held=0, limit=12)
        found = list(servers[1].interviews(statuses=("open", "complete", "over_quota")))
        assert [interview.number for interview in found] == list(range(1, 38))
        completed_versions = Counter(i.design_version for i in found if i.status == "complete")
        assert sorted(completed_versions.values()) == [4, 4, 4]


@pytest.mark.parametrize("kind", SEVERAL_SERVERS)
def test_what_was_acknowledged_is_there_when_the_store_is_opened_again(kind, tmp_path):
    with opened(kind, tmp_path) as stores:
        store = stores.open()
        store.open_fieldwork(fieldwork(all=3))
        kept = admitted(store)
        expected, counts = store.interview(kept), store.counts()
        store.close()
        again = stores.open()
        assert again.interview(kept) == expected
        assert again.counts() == counts


def test_closing_stores_what_waits(store, stores):
    interview_ids = [begun(store) for _ in range(50)]
    futures = [store.submit(page(interview_id)) for interview_id in interview_ids]
    closing = threading.Thread(target=store.close)
    closing.start()
    assert {future.result(30).outcome for future in futures} == {"stored"}
    closing.join()
