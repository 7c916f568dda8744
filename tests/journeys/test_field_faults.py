"""A store that is killed, filled up, cut off, or copied under load loses nothing that it took."""

import resource
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from benchmarks.faults.killing import kill_repeatedly
from benchmarks.faults.respondents import Journal, answer_one, keep_answering
from benchmarks.faults.respondents import fieldwork as busy_fieldwork
from benchmarks.faults.retrying import retry_at_once
from benchmarks.faults.soundness import unsound
from counterflow.domain.errors import InputError
from counterflow.domain.interview import Admission
from counterflow.programme.field_store import FieldStoreError, StoreFailedError
from counterflow.store.field.copying import check_backup, restore
from counterflow.store.field.engines import read_url
from strategies.field_stores import (
    HandClock,
    begun,
    fieldwork,
    handed_in,
    needs_postgresql,
    opened,
    page,
)

KINDS = ["sqlite", pytest.param("postgresql", marks=needs_postgresql)]


@pytest.fixture(params=KINDS)
def stores(request, tmp_path):
    with opened(request.param, tmp_path / "field") as stores:
        yield stores


@pytest.fixture
def sqlite(tmp_path):
    with opened("sqlite", tmp_path / "field") as stores:
        yield stores


# Killed


def test_what_was_acknowledged_survives_kills_at_random_moments(stores, tmp_path):
    survived = kill_repeatedly(stores.url, tmp_path, n_kills=6)
    assert survived.problems == []
    assert survived.n_acknowledged >= 3


def test_a_flood_of_retries_is_stored_once(stores):
    outcomes = retry_at_once(stores.open(), n_retries=500)
    assert outcomes == {"stored": 1, "repeated": 499, "rows": 1}


# Filled up


@contextmanager
def no_large_files(folder):
    """Yield an act that lets writes fail beyond a size, and one that lets them succeed again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(path.stat().st_size for path in folder.iterdir()) + 400_000
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(folder):
    """Mount a disk of one megabyte at a folder; yield an act that makes it larger."""
    folder.mkdir()
    if _mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)) != 0:
        pytest.skip("this user may not mount a disk; the other way to fill one up is tested")
    try:
        yield lambda: _mount("-o", "remount,size=64m", str(folder))
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def _mount(*arguments):
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode


def _fill_up(store, make_room):
    """Hand pages in until the store fails; then make room and hand the refused one in again."""
    interview_id = begun(store)
    acknowledged = []
    for k in range(10_000):
        submission = page(interview_id, f"task-{k}", admission=Admission())
        try:
            handed_in(store, submission)
        except StoreFailedError as error:
            full = error
            break
        acknowledged.append(submission.answer)
    assert "field.sqlite" in str(full)
    assert "same key" in str(full)
    assert len(acknowledged) > 3
    assert list(store.interview(interview_id).answers) == acknowledged
    make_room()
    assert handed_in(store, submission).outcome == "stored"
    assert list(store.interview(interview_id).answers) == [*acknowledged, submission.answer]


def test_a_full_disk_is_told_and_nothing_is_lost_or_half_written(tmp_path):
    with small_disk(tmp_path / "field") as make_room, opened("sqlite", tmp_path / "field") as disk:
        store = disk.open()
        store.open_fieldwork(fieldwork())
        _fill_up(store, make_room)
        assert unsound(disk.url) == []


def test_a_file_that_cannot_grow_is_told_and_nothing_is_lost_or_half_written(sqlite, tmp_path):
    store = sqlite.open()
    store.open_fieldwork(fieldwork())
    with no_large_files(tmp_path / "field") as make_room:
        _fill_up(store, make_room)
    assert unsound(sqlite.url) == []


def test_a_folder_that_was_deleted_is_told(sqlite, tmp_path):
    store = sqlite.open()
    store.open_fieldwork(fieldwork())
    interview_id = begun(store)
    aside = (tmp_path / "field").rename(tmp_path / "aside")
    with pytest.raises(StoreFailedError, match="deleted or replaced"):
        handed_in(store, page(interview_id))
    # Back in its place it goes on; what was refused may be there, and is then known by its key.
    aside.rename(tmp_path / "field")
    assert handed_in(store, page(interview_id, "task-2")).outcome == "stored"
    shutil.rmtree(tmp_path / "field")
    with pytest.raises(StoreFailedError, match="deleted or replaced"):
        handed_in(store, page(interview_id, "task-3"))
    assert not (tmp_path / "field").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "field").write_text("a file where a folder should be")
    with (
        opened("sqlite", tmp_path / "field") as stores,
        pytest.raises(StoreFailedError, match=r"field\.sqlite"),
    ):
        stores.open()


def test_a_database_that_is_not_there_is_told():
    from counterflow.store.field.store import SqlFieldStore

    with pytest.raises(StoreFailedError) as caught:
        SqlFieldStore(read_url("postgresql://anna:secret@127.0.0.1:1/field"))
    assert "secret" not in str(caught.value)


# Clocks that jump


def admitted(store):
    interview_id = begun(store)
    handed_in(store, page(interview_id, "screening", admission=Admission(hold_s=3600.0)))
    return interview_id


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(days=-400)])
def test_a_clock_that_jumps_frees_no_place_and_exceeds_no_quota(stores, jump):
    store = stores.open()
    store.open_fieldwork(fieldwork(all=2))
    first, second = admitted(store), admitted(store)
    before = store.now
    stores.clock.wall_at += jump
    assert store.now == before
    assert store.counts().quotas[0].held == 2
    # Also where the jump comes between two starts, with another monotonic clock.
    store.close()
    stores.clock = HandClock(wall_at=stores.clock.wall_at, monotonic_s=5.0)
    again = stores.open()
    assert again.counts().quotas[0].held == 2
    assert handed_in(again, page(begun(again), admission=Admission())).status == "over_quota"
    assert handed_in(again, page(first, "last", ends_as="complete")).status == "complete"
    stores.clock.pass_time(3601.0)
    assert handed_in(again, page(admitted(again), "last", ends_as="complete")).status == "complete"
    assert handed_in(again, page(second, "last", ends_as="complete")).status == "over_quota"
    assert again.counts().quotas[0].complete == 2


# Copied


@contextmanager
def under_load(store, journal):
    store.open_fieldwork(busy_fieldwork(most=10**6))
    enough = threading.Event()
    respondents = [
        threading.Thread(target=keep_answering, args=(store, journal), kwargs={"until": enough})
        for _ in range(6)
    ]
    for respondent in respondents:
        respondent.start()
    try:
        while len(journal.read("stored")) < 60:
            time.sleep(0.02)
        yield
    finally:
        enough.set()
        for respondent in respondents:
            respondent.join()


def test_a_backup_under_load_is_whole_and_restores(stores, tmp_path):
    store, journal = stores.open(), Journal(tmp_path / "journal")
    with under_load(store, journal):
        before = journal.read("stored")
        store.backup(tmp_path / "backup.sqlite")
    restored = f"sqlite:///{tmp_path}/restored/field.sqlite"
    assert restore(tmp_path / "backup.sqlite", read_url(restored)) > 0
    assert unsound(restored) == []
    with opened("sqlite", tmp_path / "restored") as copies:
        copy = copies.open()
        for interview_id, name, _, token, _ in before:
            assert copy.interview(interview_id).answer_on(name).answers == {"token": token}
        # The survey goes on in the copy: keys, quotas and versions are all there.
        work = busy_fieldwork(most=10**6)
        answer_one(copy, Journal(tmp_path / "more"), work.design.content_hash)
    assert unsound(restored) == []


@needs_postgresql
def test_a_backup_of_one_kind_of_database_restores_into_the_other(sqlite, tmp_path):
    store = sqlite.open()
    store.open_fieldwork(fieldwork(all=3))
    kept = admitted(store)
    store.backup(tmp_path / "backup.sqlite")
    with opened("postgresql", tmp_path) as others:
        restore(tmp_path / "backup.sqlite", read_url(others.url))
        other = others.open()
        assert other.interview(kept) == store.interview(kept)
        assert other.counts() == store.counts()
        other.open_fieldwork(fieldwork(all=4))
        admitted(other)
        with pytest.raises(InputError, match="2 interviews"):
            restore(tmp_path / "backup.sqlite", read_url(others.url))
        other.backup(tmp_path / "back.sqlite")
    check_backup(tmp_path / "back.sqlite")


def test_a_restore_neither_overwrites_nor_disturbs(sqlite, tmp_path):
    store = sqlite.open()
    store.open_fieldwork(fieldwork())
    begun(store)
    backup = tmp_path / "backup.sqlite"
    store.backup(backup)
    with pytest.raises(InputError, match="1 interviews"):
        restore(backup, read_url(sqlite.url))
    with pytest.raises(FieldStoreError, match="Stop it first"):
        restore(backup, read_url(sqlite.url), replace=True)
    begun(store)
    store.close()
    assert restore(backup, read_url(sqlite.url), replace=True) == 1


def test_a_damaged_backup_is_refused(sqlite, tmp_path):
    store = sqlite.open()
    store.open_fieldwork(fieldwork())
    for _ in range(50):
        handed_in(store, page(begun(store)))
    backup = tmp_path / "backup.sqlite"
    store.backup(backup)
    whole = backup.read_bytes()
    other = read_url(f"sqlite:///{tmp_path}/other/field.sqlite")
    for damaged in (whole[:-4096], whole[:8192] + bytes(8192) + whole[16384:], b"", b"text"):
        backup.write_bytes(damaged)
        with pytest.raises(InputError, match="whole backup"):
            restore(backup, other)
    assert not (tmp_path / "other").exists()
