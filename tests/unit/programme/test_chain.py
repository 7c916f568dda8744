"""Each step is made once, and kept until what it was made from changes."""

from typing import Any

import pytest

from counterflow.programme.chain import Chain
from counterflow.programme.ports import Results
from strategies.workspaces import ResultsInMemory, workspace_in_memory


def _chain(results: Results, *, software: str = "1", from_scratch: bool = False) -> Chain:
    return Chain(workspace_in_memory(results, software=software), from_scratch=from_scratch)


def _two_steps(chain: Chain, settings: dict[str, Any], made: list[str]) -> str:
    def make(name: str, value: str) -> str:
        made.append(name)
        return value

    first = chain.step(
        "estimate", "Estimating", settings=settings, needs=(), make=lambda _: make("estimate", "b")
    )
    second = chain.step(
        "define",
        "Defining",
        settings={},
        needs=(first,),
        make=lambda _: make("define", first.value() + "d"),
    )
    return second.value()


def test_an_unchanged_step_is_kept_and_its_value_read_back():
    results, made = ResultsInMemory(), []
    assert _two_steps(_chain(results), {"seed": 1}, made) == "bd"
    assert _two_steps(_chain(results), {"seed": 1}, made) == "bd"
    assert made == ["estimate", "define"]


def test_a_changed_setting_makes_the_step_and_all_that_build_on_it_again():
    results, made = ResultsInMemory(), []
    _two_steps(_chain(results), {"seed": 1}, made)
    _two_steps(_chain(results), {"seed": 2}, made)
    assert made == ["estimate", "define"] * 2


def test_other_software_makes_every_step_again():
    results, made = ResultsInMemory(), []
    _two_steps(_chain(results, software="1"), {}, made)
    _two_steps(_chain(results, software="2"), {}, made)
    assert made == ["estimate", "define"] * 2


def test_from_scratch_makes_every_step_again_under_the_same_keys():
    results, made = ResultsInMemory(), []
    _two_steps(_chain(results), {}, made)
    keys = {step: key for step, (key, _) in results.kept.items()}
    _two_steps(_chain(results, from_scratch=True), {}, made)
    assert made == ["estimate", "define"] * 2
    assert keys == {step: key for step, (key, _) in results.kept.items()}


def test_a_step_asked_for_twice_in_a_run_is_made_once():
    results, made = ResultsInMemory(), []
    chain = _chain(results, from_scratch=True)
    _two_steps(chain, {}, made)
    _two_steps(chain, {}, made)
    assert made == ["estimate", "define"]


def test_a_source_is_read_only_when_somebody_asks():
    results, read = ResultsInMemory(), []
    chain = _chain(results)
    source = chain.source("answers", settings={}, version=lambda: "v1", read=lambda: read.append(1))
    assert read == []
    source.value()
    assert read == [1]


def test_a_step_that_fails_keeps_nothing():
    results = ResultsInMemory()
    with pytest.raises(RuntimeError, match="no luck"):
        _chain(results).step("estimate", "", settings={}, needs=(), make=_fail)
    assert results.kept == {}


def _fail(_: object) -> None:
    raise RuntimeError("no luck")
