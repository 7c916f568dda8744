"""The writer stores what waits together, tells each what became of it, and refuses in time."""

import threading

import pytest

from counterflow.domain.interview import Receipt
from counterflow.programme.field_store import (
    KeyReusedError,
    StoreBusyError,
    StoreFailedError,
)
from counterflow.store.field.writer import LARGEST_GROUP, Writer
from strategies.field_stores import page

RECEIPT = Receipt(outcome="stored", interview_id="i", status="open")


class Medium:
    """Stores nothing, as slowly as it is let; notes the groups that came."""

    def __init__(self):
        self.groups = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.is_busy = threading.Event()
        self.fails_on = ()

    def store(self, group):
        self.groups.append([one.interview_id for one in group])
        self.is_busy.set()
        self.may_go_on.wait(10)
        if any(one.interview_id in self.fails_on for one in group):
            raise ValueError("not this one")
        return [RECEIPT] * len(group)


@pytest.fixture
def medium():
    return Medium()


@pytest.fixture
def writer(medium):
    writer = Writer(medium.store, when_idle=lambda: None)
    yield writer
    medium.may_go_on.set()
    writer.close()


def hold_up(writer, medium):
    """Let the writer wait with one submission; what comes now waits behind it."""
    medium.may_go_on.clear()
    first = writer.hand_in(page("first"))
    assert medium.is_busy.wait(10)
    return first


def test_what_waits_is_stored_together(writer, medium):
    first = hold_up(writer, medium)
    waiting = [writer.hand_in(page(f"{k}")) for k in range(5)]
    medium.may_go_on.set()
    assert {future.result(10) for future in [first, *waiting]} == {RECEIPT}
    assert medium.groups == [["first"], ["0", "1", "2", "3", "4"]]


def test_one_that_fails_does_not_take_the_others_with_it(writer, medium):
    medium.fails_on = ("2",)
    hold_up(writer, medium)
    waiting = [writer.hand_in(page(f"{k}")) for k in range(5)]
    medium.may_go_on.set()
    with pytest.raises(StoreFailedError, match="ValueError"):
        waiting[2].result(10)
    assert {waiting[k].result(10) for k in (0, 1, 3, 4)} == {RECEIPT}


def test_each_is_told_what_became_of_it(medium):
    outcomes = [RECEIPT, KeyReusedError("no")]
    writer = Writer(lambda group: outcomes[: len(group)], when_idle=lambda: None)
    try:
        assert writer.hand_in(page("a")).result(10) == RECEIPT
    finally:
        writer.close()


def test_more_than_can_be_stored_soon_is_refused_and_says_when_to_come_again(writer, medium):
    hold_up(writer, medium)
    accepted = []

    def hand_in_for_ever():
        while True:
            accepted.append(writer.hand_in(page("one more")))

    with pytest.raises(StoreBusyError) as caught:
        hand_in_for_ever()
    assert len(accepted) >= LARGEST_GROUP
    assert caught.value.retry_after_s >= 1.0
    medium.may_go_on.set()
    assert all(future.result(10) == RECEIPT for future in accepted)
    assert max(map(len, medium.groups)) <= LARGEST_GROUP


def test_who_went_away_before_it_was_stored_is_left_out(writer, medium):
    hold_up(writer, medium)
    gone, stays = writer.hand_in(page("gone")), writer.hand_in(page("stays"))
    assert gone.cancel()
    medium.may_go_on.set()
    assert stays.result(10) == RECEIPT
    assert medium.groups[-1] == ["stays"]


def test_other_work_runs_between_groups(writer, medium):
    hold_up(writer, medium)
    before = writer.hand_in(page("before"))
    work = writer.alone(lambda: len(medium.groups))
    after = writer.hand_in(page("after"))
    medium.may_go_on.set()
    assert work.result(10) == 2
    assert before.result(10) == after.result(10) == RECEIPT
    assert medium.groups == [["first"], ["before"], ["after"]]


def test_a_closed_writer_stores_what_waited_and_takes_no_more(writer, medium):
    hold_up(writer, medium)
    waiting = writer.hand_in(page("waiting"))
    medium.may_go_on.set()
    writer.close()
    assert waiting.result(0) == RECEIPT
    with pytest.raises(StoreFailedError, match="closed"):
        writer.hand_in(page("late")).result(10)
    with pytest.raises(StoreFailedError, match="closed"):
        writer.alone(lambda: None).result(10)
