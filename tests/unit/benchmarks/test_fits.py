"""Fits in processes of their own: what they print, and how they become records beside peers."""

import re
import subprocess
import sys

import pytest

from benchmarks import peer_environment
from benchmarks.beside import OurFits, beside, fit_ours
from benchmarks.case import ROOT, Run
from benchmarks.fit import Fit, fit_and_print
from benchmarks.peer_environment import Failure, run_peer

OURS = Fit(library="counterflow 1", seconds=(3.0, 1.0), peak_mib=200.0, data_mib=100.0)
THEIRS = Fit(
    library="other 2",
    seconds=(8.0, 5.0),
    peak_mib=400.0,
    data_mib=100.0,
    quality={"draws": 9},
    parameters={"mean": [1.0]},
)


def test_a_fit_is_read_as_it_was_printed(capsys):
    sys.stdout.write("whatever a library says before\n")
    THEIRS.print()
    assert Fit.read(capsys.readouterr().out) == THEIRS


def test_every_repetition_is_timed_and_the_last_one_is_told(capsys):
    results = iter("abc")
    last = fit_and_print(
        "library 1", lambda: next(results), repetitions=3, quality=lambda x: {"last": x}
    )
    told = Fit.read(capsys.readouterr().out)
    assert last == "c"
    assert told.quality == {"last": "c"}
    assert len(told.seconds) == 3
    assert told.best_s == min(told.seconds)
    assert told.first_s == told.seconds[0]


def test_a_fit_of_ours_runs_in_a_process_of_its_own():
    fit = fit_ours("multinomial_logit", "simulated", "--people", "50", "--repetitions", "2")
    assert fit.library.startswith("counterflow ")
    assert len(fit.parameters["mean"]) == 15
    assert fit.quality["status"] == "converged"
    assert fit.peak_mib >= fit.data_mib > 10.0


def test_each_figure_stands_beside_the_peers_and_carries_what_was_judged():
    records = list(
        beside(
            Run("case", quick=False),
            "model",
            OurFits(OURS, compiling=OURS),
            [THEIRS],
            lambda fit: {"judged": fit.library},
            people=7,
        )
    )
    assert [(r.figure, r.ours, r.theirs) for r in records] == [
        ("model: fit", 1.0, 5.0),
        ("model: first fit of a process", 3.0, 8.0),
        ("model: first fit ever, compiling", 3.0, 8.0),
        ("model: peak memory of the process", 200.0, 400.0),
    ]
    for record in records:
        assert record.peer == "other 2"
        assert record.quality["people"] == 7
        assert record.quality["judged"] == "counterflow 1"
        assert record.quality["theirs"]["judged"] == "other 2"
    assert records[0].quality["theirs"]["draws"] == 9


def test_a_peer_that_failed_is_listed_with_what_it_said():
    failure = Failure("other", "it ran out of memory")
    record, *_ = beside(Run("case", quick=True), "model", OurFits(OURS, None), [failure])
    assert (record.peer, record.theirs, record.ratio) == ("other", None, None)
    assert record.quality["theirs"] == {"failed": "it ran out of memory"}


def test_a_peer_that_cannot_be_installed_or_run_is_a_failure_and_not_an_end(monkeypatch, capsys):
    def no_registry(library):
        raise subprocess.CalledProcessError(1, ["pip", "install"])

    monkeypatch.setattr(peer_environment, "_python", no_registry)
    failure = run_peer("xlogit", "multinomial_logit", "simulated")
    assert isinstance(failure, Failure)
    assert "pip" in failure.reason
    monkeypatch.setattr(peer_environment, "_python", lambda library: sys.executable)
    failure = run_peer("nobody", "nothing")
    assert "No module named 'benchmarks.peers.nobody'" in failure.reason


@pytest.mark.parametrize("script", sorted((ROOT / "benchmarks" / "peers").glob("*/[a-z]*.py")))
def test_every_peer_has_a_lock_and_a_script_that_compiles(script):
    wanted = ROOT / "requirements" / f"peers-{script.parent.name.replace('_', '-')}.in"
    pins = [line for line in wanted.read_text().splitlines() if re.match(r"[\w.-]+==", line)]
    locked = wanted.with_suffix(".lock").read_text()
    assert pins
    assert [pin for pin in pins if pin.partition(" ")[0] not in locked] == []
    compile(script.read_text(), str(script), "exec")
