"""Buildable configurations: all that the rules allow, and what conflicts where there is none."""

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from counterflow.domain import buildable
from counterflow.domain.attributes import Attribute
from counterflow.domain.buildable import buildable_configurations
from counterflow.domain.configuration import Configuration, Rule
from counterflow.domain.errors import InputError, NothingBuildableError

NAMES = ("body", "motor", "pack")
LEVELS = ("a", "b", "c")


def features(sizes):
    """Return attributes with the first so many levels."""
    return {
        name: Attribute.model_validate(
            {
                "label": name,
                "kind": "feature",
                "coding": "categorical",
                "levels": list(LEVELS[:size]),
            }
        )
        for name, size in zip(NAMES, sizes, strict=True)
    }


THREE = features((3, 3, 3))
conditions = st.dictionaries(
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(LEVELS), min_size=1, max_size=2, unique=True),
    max_size=2,
)
rules = st.lists(st.tuples(conditions, conditions, conditions), max_size=5).map(
    lambda found: [
        {"when": w, "requires": r, "excludes": e, "reason": f"reason {i}"}
        for i, (w, r, e) in enumerate(found)
        if r or e
    ]
)


def allowed_by_hand(checked, keep):
    """Return what is left when every rule looks at every combination by itself."""
    every = (
        Configuration(tuple(zip(NAMES, levels, strict=True)))
        for levels in itertools.product(LEVELS, repeat=3)
    )
    return [c for c in every if c.meets(keep) and all(rule.allows(c) for rule in checked)]


@given(rules, conditions)
def test_what_is_buildable_is_what_every_rule_allows(written, keep):
    checked = [Rule.model_validate(rule) for rule in written]
    keep = {name: tuple(levels) for name, levels in keep.items()}
    expected = allowed_by_hand(checked, keep)
    assume(expected)
    assert list(buildable_configurations(THREE, checked, keep=keep)) == expected


@given(rules, conditions)
def test_the_rules_that_conflict_leave_something_without_any_one_of_them(written, keep):
    checked = [Rule.model_validate(rule) for rule in written]
    keep = {name: tuple(levels) for name, levels in keep.items()}
    assume(not allowed_by_hand(checked, keep))
    with pytest.raises(NothingBuildableError) as caught:
        buildable_configurations(THREE, checked, keep=keep)
    named = caught.value.rules
    kept = [rule for i, rule in enumerate(checked) if f"rule {i + 1} ({rule.reason})" in named]
    keeps = {name: levels for name, levels in keep.items() if f"search.keep.{name}" in named}
    assert len(kept) + len(keeps) == len(named)
    assert not allowed_by_hand(kept, keeps)
    for rule in kept:
        assert allowed_by_hand([other for other in kept if other is not rule], keeps)
    for name in keeps:
        assert allowed_by_hand(kept, {n: levels for n, levels in keeps.items() if n != name})


def test_the_error_names_the_reasons_and_the_keys_that_conflict():
    needs_motor = Rule.model_validate(
        {"when": {"body": "a"}, "requires": {"motor": "b"}, "reason": "Heavy."}
    )
    no_motor = Rule.model_validate({"excludes": {"motor": "b"}, "reason": "No supplier."})
    other = Rule.model_validate({"excludes": {"pack": "c"}, "reason": "Too hot."})
    with pytest.raises(NothingBuildableError, match=r"Heavy.*No supplier.*search\.keep") as caught:
        buildable_configurations(THREE, [needs_motor, other, no_motor], keep={"body": ("a",)})
    assert caught.value.rules == (
        "rule 1 (Heavy.)",
        "rule 3 (No supplier.)",
        "search.keep.body",
    )


def test_too_many_configurations_are_refused_before_they_fill_the_memory(monkeypatch):
    monkeypatch.setattr(buildable, "MOST_CONFIGURATIONS", 26)
    with pytest.raises(InputError, match="at most 26 buildable configurations"):
        buildable_configurations(THREE, [])
    rule = Rule.model_validate({"excludes": {"body": "c"}, "reason": "Not made any more."})
    assert len(buildable_configurations(THREE, [rule])) == 18
