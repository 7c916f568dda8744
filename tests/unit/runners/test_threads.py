"""What is particular to threads: interrupts, and how many there are."""

import os
import signal
import subprocess
import sys
import time

import pytest

from counterflow.runners.threads import ThreadRunner

_LONG_RUN = """
import time
from counterflow.runners.threads import ThreadRunner

def block(i):
    if i == 0:
        print("started", flush=True)
    time.sleep(60.0)

list(ThreadRunner(2).map(block, range(8)))
"""


def test_an_interrupt_does_not_wait_for_the_blocks_that_run():
    process = subprocess.Popen(
        [sys.executable, "-c", _LONG_RUN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "started\n"
        interrupted = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30.0)
    assert time.monotonic() - interrupted < 10.0
    assert "KeyboardInterrupt" in errors


def test_there_is_a_thread_for_each_core_that_may_be_used():
    expected = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert ThreadRunner().n_threads == expected


def test_no_threads_are_refused():
    with pytest.raises(ValueError, match="n_threads must be 1 or more, got 0"):
        ThreadRunner(0)
