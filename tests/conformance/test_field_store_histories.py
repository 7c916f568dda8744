"""Whatever happens in whatever order, a store on a database does what its twin in memory does."""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from counterflow.domain.interview import Admission, ConsentGiven, Contact, PageAnswer
from counterflow.programme.field_store import FieldStoreError
from strategies.field_stores import (
    START,
    HandClock,
    fieldwork,
    needs_postgresql,
    new_interview,
    opened,
    page,
    unique,
)

LIMITS = st.fixed_dictionaries(
    {}, optional={cell: st.integers(0, 3) for cell in ("all", "q=a", "q=b")}
)
TYPED = st.text(max_size=20) | st.none() | st.integers() | st.lists(st.text(max_size=3), max_size=3)
JUMPS = st.timedeltas(timedelta(days=-400), timedelta(days=400))
LANGUAGE = st.sampled_from(["en", "ko"])
SECONDS = st.none() | st.floats(0.0, 1e4)
HOLD_S = 100.0
# Whether a disk keeps what it says is tested elsewhere; here it would only cost time.
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


class Histories(RuleBasedStateMachine):
    """Does the same to a store and to its twin, and compares what they say."""

    kind = "twin"

    interviews = Bundle("interviews")
    submissions = Bundle("submissions")

    def __init__(self) -> None:
        super().__init__()
        self.exits = ExitStack()
        self.folder = Path(tempfile.mkdtemp(dir=IN_MEMORY))
        self.exits.callback(shutil.rmtree, self.folder)
        self.stores = self.exits.enter_context(opened(self.kind, self.folder))
        self.store = self.stores.open()
        self.twin_clock = HandClock()
        self.twin = self.exits.enter_context(opened("twin", self.folder))
        self.twin.clock = self.twin_clock
        self.model = self.twin.open()
        self.limits: dict[str, int] = {}
        self.acknowledged: dict[tuple[str, str], PageAnswer] = {}
        self.open_fieldwork({"all": 3, "q=a": 1})

    def teardown(self) -> None:
        self.exits.close()

    def both(self, act):
        """Return what the store and the twin say, which must be the same."""
        said = [_outcome(act, store) for store in (self.store, self.model)]
        assert said[0] == said[1]
        return said[0]

    @rule(limits=LIMITS)
    def open_fieldwork(self, limits):
        counts = self.model.counts()
        self.limits = limits
        self.complete_before = {q.cell: q.complete for q in counts.quotas}
        self.both(lambda store: store.open_fieldwork(fieldwork(**limits)))

    @rule(
        target=interviews,
        language=st.sampled_from(["en", "ko"]),
        device=st.none() | st.just("d"),
        version=st.sampled_from(["", "v1"]),
    )
    def begin(self, language, device, version):
        new = new_interview(
            self.model,
            language=language,
            device=device,
            panel_id="p",
            questionnaire_version=version,
        )
        key = unique("key")
        self.both(lambda store: store.begin(new, key=key, body_hash="b").result(30))
        again = replace(new, id=unique("again"))
        repeated = self.both(lambda store: store.begin(again, key=key, body_hash="b").result(30))
        assert repeated.interview_id == new.id
        self.both(lambda store: store.begin(again, key=key, body_hash="c").result(30))
        return new.id

    @rule(
        target=submissions,
        interview_id=interviews,
        name=st.sampled_from(["screening", "task-1", "task-2", "last"]),
        typed=TYPED,
        seconds=SECONDS,
        cells=st.none() | st.sets(st.sampled_from(["q=a", "q=b", "q=c"])),
        ends_as=st.sampled_from([None, None, "complete", "screened_out", "withdrawn"]),
        has_contact=st.booleans(),
        partner=st.none() | st.just("Motors"),
        flags=st.dictionaries(st.sampled_from(["fast", "straight"]), st.text(max_size=5)),
        version=st.sampled_from([None, "v2"]),
    )
    def submit(
        self,
        interview_id,
        name,
        typed,
        seconds,
        cells,
        ends_as,
        has_contact,
        partner,
        flags,
        version,
    ):
        answer = PageAnswer(
            page=name,
            answers={"typed": typed},
            seconds=seconds,
            received_at=self.model.now,
            questionnaire_version=version,
        )
        consents = [ConsentGiven(kind="contact", version="1", given_at=START)]
        if partner:
            consents.append(
                ConsentGiven(kind="partner", version="1", given_at=START, partner=partner)
            )
        submission = page(
            interview_id,
            answer=answer,
            admission=None if cells is None else Admission(cells=sorted(cells), hold_s=HOLD_S),
            ends_as=ends_as,
            contact=Contact(name="Kim", region="Seoul") if has_contact else None,
            consents=tuple(consents) if has_contact else (),
            flags=flags,
        )
        receipt = self.both(lambda store: store.submit(submission).result(30))
        if receipt.outcome != "stored":
            return multiple()
        self.acknowledged[interview_id, name] = answer
        return submission

    @rule(submission=submissions)
    def retry(self, submission):
        receipt = self.both(lambda store: store.submit(submission).result(30))
        assert receipt.outcome == "repeated"

    @rule(submission=submissions)
    def reuse_the_key(self, submission):
        other = replace(submission, body_hash="other")
        self.both(lambda store: store.submit(other).result(30))

    @rule(seconds=st.sampled_from([1.0, 60.0, HOLD_S, HOLD_S + 1.0]))
    def rest(self, seconds):
        self.stores.clock.pass_time(seconds)
        self.twin_clock.pass_time(seconds)

    @precondition(lambda self: self.kind != "twin")
    @rule(
        jump=st.timedeltas(timedelta(days=-400), timedelta(days=400)),
        uptime_s=st.integers(0, 10**6),
    )
    def start_again_with_another_clock(self, jump, uptime_s):
        self.store.close()
        # Dates are told by the wall clock; that the twin has the same is not what is tested here.
        self.stores.clock.wall_at += jump
        self.stores.clock.monotonic_s = float(uptime_s)
        self.store = self.stores.open()

    @rule(interview_id=interviews)
    def forget(self, interview_id):
        self.both(lambda store: store.forget_person(interview_id))

    @invariant()
    def what_was_acknowledged_is_there_once(self):
        everybody = ("open", "complete", "screened_out", "over_quota", "withdrawn")
        found = list(self.store.interviews(statuses=everybody))
        assert found == list(self.model.interviews(statuses=everybody))
        others = self.store.interviews(statuses=everybody, not_begun_with="v1")
        assert list(others) == [one for one in found if one.questionnaire_version != "v1"]
        pages = [((one.id, answer.page), answer) for one in found for answer in one.answers]
        assert len(pages) == len(self.acknowledged)
        assert dict(pages) == self.acknowledged

    @invariant()
    def both_count_the_same(self):
        counts = self.both(lambda store: _comparable(store.counts()))
        everybody = sum(counts.by_status.values())
        assert everybody == sum(counts.by_language.values())

    @invariant()
    def no_quota_is_exceeded(self):
        for quota in self.store.counts().quotas:
            # A limit may be set below what is complete already; from then on nobody completes.
            assert quota.complete <= max(quota.limit, self.complete_before.get(quota.cell, 10**6))

    @invariant()
    def both_reach_the_same_people(self):
        self.both(lambda store: list(store.contacts()))
        self.both(lambda store: list(store.contacts(partner="Motors")))


def _outcome(act, store):
    try:
        return act(store)
    except FieldStoreError as error:
        return type(error)


def _comparable(counts):
    return replace(
        counts,
        quotas=tuple(counts.quotas),
        median_seconds=None if counts.median_seconds is None else round(counts.median_seconds, 6),
    )


class SqliteHistories(Histories):
    kind = "sqlite"


class PostgresqlHistories(Histories):
    kind = "postgresql"


def test_sqlite_does_what_the_twin_does():
    run_state_machine_as_test(
        SqliteHistories, settings=settings(max_examples=15, stateful_step_count=20)
    )


@needs_postgresql
def test_postgresql_does_what_the_twin_does():
    run_state_machine_as_test(
        PostgresqlHistories, settings=settings(max_examples=8, stateful_step_count=20)
    )
