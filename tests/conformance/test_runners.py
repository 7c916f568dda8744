"""Where blocks run changes neither results, nor their order, nor which failure is told."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.random_streams import random_stream
from counterflow.runners.serial import SerialRunner
from counterflow.runners.threads import ThreadRunner

RUNNERS = {
    "serial": SerialRunner(),
    "one thread": ThreadRunner(1),
    "two threads": ThreadRunner(2),
    "more threads than blocks": ThreadRunner(64),
    "a thread a core": ThreadRunner(),
}

each_runner = pytest.mark.parametrize("runner", RUNNERS.values(), ids=RUNNERS)


@each_runner
@given(blocks=st.lists(st.integers(), max_size=30))
def test_results_are_those_of_the_builtin_map(runner, blocks):
    assert list(runner.map(str, blocks)) == list(map(str, blocks))


@each_runner
def test_results_come_in_the_order_of_the_blocks_whichever_ends_first(runner):
    def slow_at_first(i):
        time.sleep(0.02 if i < 2 else 0.0)
        return i

    assert list(runner.map(slow_at_first, range(8))) == list(range(8))


@each_runner
def test_totals_are_equal_to_the_bit(runner):
    # Sums of floats depend on their order, so equal totals need equal blocks in equal order.
    def total_of_block(unit):
        return random_stream(1, "test", unit).standard_normal(1000).sum()

    expected = sum(map(total_of_block, range(20)))
    assert sum(runner.map(total_of_block, range(20))).hex() == expected.hex()


@each_runner
def test_the_first_failing_block_in_order_is_the_one_that_is_told(runner):
    def fail_late_and_early(i):
        if i == 3:
            time.sleep(0.05)
            raise RuntimeError("third")
        if i == 4:
            raise RuntimeError("fourth")
        return i

    with pytest.raises(RuntimeError, match="third") as caught:
        list(runner.map(fail_late_and_early, range(10)))
    assert caught.value.__notes__ == ["in block 4 of 10"]


@each_runner
def test_results_before_a_failure_are_handed_out(runner):
    results = runner.map(lambda i: 1 // (2 - i), range(5))
    assert [next(iter(results)), next(iter(results))] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(iter(results))


@each_runner
def test_no_block_starts_before_a_result_is_asked_for(runner):
    started = []
    runner.map(started.append, range(3))
    time.sleep(0.01)
    assert started == []


@each_runner
def test_blocks_may_run_blocks_of_their_own(runner):
    def inner(i):
        return sum(runner.map(lambda j: i * j, range(4)))

    assert list(runner.map(inner, range(5))) == [6 * i for i in range(5)]


@pytest.mark.parametrize("runner", [ThreadRunner(2)], ids=["two threads"])
def test_few_blocks_start_after_a_failure(runner):
    started = []

    def fail_at_once(i):
        started.append(i)
        time.sleep(0.001)
        raise RuntimeError(str(i))

    with pytest.raises(RuntimeError, match="0"):
        list(runner.map(fail_at_once, range(1000)))
    assert len(started) <= 4


def test_threads_work_at_the_same_time():
    both = threading.Barrier(2, timeout=10.0)
    waited = list(ThreadRunner(2).map(lambda _: both.wait(), range(2)))
    assert sorted(waited) == [0, 1]


def test_arrays_are_handed_back_as_they_are():
    block = np.arange(3)
    assert next(iter(ThreadRunner(1).map(lambda x: x, [block]))) is block
