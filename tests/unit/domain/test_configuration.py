"""What a configuration is, and what a rule leaves of all that could be combined."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.configuration import Configuration, Rule
from counterflow.domain.mismatch import MismatchError
from strategies.attributes import THREE_ATTRIBUTES, conditions, configurations

ALL = tuple(
    Configuration.of(dict(zip(THREE_ATTRIBUTES, levels, strict=True)))
    for levels in itertools.product(*THREE_ATTRIBUTES.values())
)


def test_a_configuration_speaks_for_its_levels():
    car = Configuration.of({"trim": "plus", "colour": "red"})
    assert (car["trim"], str(car)) == ("plus", "trim=plus;colour=red")
    assert car.as_dict() == {"trim": "plus", "colour": "red"}
    assert car == Configuration((("trim", "plus"), ("colour", "red")))
    with pytest.raises(KeyError, match="range"):
        car["range"]


@given(configurations(), st.sets(st.sampled_from([*THREE_ATTRIBUTES, "other"])))
def test_a_part_of_a_configuration_keeps_the_levels_and_their_order(configuration, wanted):
    part = configuration.only(wanted)
    assert part.levels == tuple(item for item in configuration.levels if item[0] in wanted)
    assert configuration.meets({name: (level,) for name, level in part.levels})


@given(configurations(), conditions())
def test_a_condition_is_met_when_each_named_attribute_has_one_of_its_levels(
    configuration, condition
):
    expected = all(configuration[name] in levels for name, levels in condition.items())
    assert configuration.meets(condition) is expected


@given(configurations())
def test_an_empty_condition_always_holds(configuration):
    assert configuration.meets({})


def test_a_condition_on_an_attribute_that_is_left_out_does_not_hold():
    assert not Configuration.of({"a": "1"}).meets({"b": ("x",)})


@given(conditions(), conditions(may_be_empty=False), configurations())
def test_a_requirement_is_an_implication(when, requires, configuration):
    rule = _rule(when=when, requires=requires)
    expected = not configuration.meets(when) or configuration.meets(requires)
    assert rule.allows(configuration) is expected


@given(conditions(), conditions(may_be_empty=False), configurations())
def test_an_exclusion_is_an_implication_of_the_opposite(when, excludes, configuration):
    rule = _rule(when=when, excludes=excludes)
    expected = not (configuration.meets(when) and configuration.meets(excludes))
    assert rule.allows(configuration) is expected


@given(conditions(), st.sampled_from(sorted(THREE_ATTRIBUTES)), st.data())
def test_to_exclude_levels_is_to_require_the_others(when, name, data):
    levels = THREE_ATTRIBUTES[name]
    out = data.draw(
        st.lists(st.sampled_from(levels), min_size=1, max_size=len(levels) - 1, unique=True)
    )
    others = [level for level in levels if level not in out]
    excluding = _rule(when=when, excludes={name: out})
    requiring = _rule(when=when, requires={name: others})
    assert [excluding.allows(c) for c in ALL] == [requiring.allows(c) for c in ALL]


@given(
    conditions(), conditions(may_be_empty=False), conditions(may_be_empty=False), configurations()
)
def test_a_rule_with_both_parts_is_two_rules(when, requires, excludes, configuration):
    both = _rule(when=when, requires=requires, excludes=excludes)
    apart = (_rule(when=when, requires=requires), _rule(when=when, excludes=excludes))
    assert both.allows(configuration) is all(rule.allows(configuration) for rule in apart)


def test_conditions_take_one_level_or_many_and_numbers_by_their_names():
    rule = _rule(when={"range": 500.0}, requires={"trim": ["plus", "max"]})
    assert rule.when == {"range": ("500",)}
    assert rule.allows(Configuration.of({"range": "500", "trim": "max"}))
    assert not rule.allows(Configuration.of({"range": "500", "trim": "base"}))


def test_a_rule_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="expected the key `requires` or `excludes`"):
        _rule(when={"a": "1"})
    with pytest.raises(MismatchError):
        raise MismatchError(tuple(Rule.model_construct(reason="None.").mismatches()))


def _rule(**keys) -> Rule:
    return Rule.model_validate({"reason": "Because.", **keys})
