"""Clauses on levels say what the rules say, without listing what can be built."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.configuration import Configuration, Rule
from counterflow.domain.level_clauses import LevelClauses

LEVELS = {"trim": ("base", "plus", "max"), "pack": ("S", "M", "L"), "aid": ("no", "yes")}
CONFIGURATIONS = [
    Configuration.of(dict(zip(LEVELS, levels, strict=True)))
    for levels in itertools.product(*LEVELS.values())
]
CODES = np.array(list(itertools.product(*(range(len(of)) for of in LEVELS.values()))))


def _conditions(least: int) -> st.SearchStrategy[dict[str, tuple[str, ...]]]:
    chosen = st.lists(st.sampled_from(list(LEVELS)), min_size=least, unique=True)
    return chosen.flatmap(
        lambda names: st.fixed_dictionaries(
            {
                name: st.lists(st.sampled_from(LEVELS[name]), min_size=1, unique=True).map(tuple)
                for name in names
            }
        )
    )


def _rules() -> st.SearchStrategy[Rule]:
    return st.builds(
        lambda when, requires, excludes, both: Rule(
            when=when,
            requires=requires if both != "excludes" else {},
            excludes=excludes if both != "requires" else {},
            reason="A law.",
        ),
        _conditions(0),
        _conditions(1),
        _conditions(1),
        st.sampled_from(["requires", "excludes", "both"]),
    )


def _allowed(rules: list[Rule]) -> np.ndarray:
    return np.array([all(rule.allows(c) for rule in rules) for c in CONFIGURATIONS])


def _boxes() -> st.SearchStrategy[np.ndarray]:
    return st.lists(st.booleans(), min_size=8, max_size=8).map(np.array)


@given(st.lists(_rules(), max_size=3))
def test_clauses_allow_what_the_rules_allow(rules):
    clauses = LevelClauses.of(LEVELS, rules)
    np.testing.assert_array_equal(clauses.allows(CODES), _allowed(rules))
    assert clauses.count_at_most() >= _allowed(rules).sum()


@given(st.lists(_rules(), max_size=3), _boxes())
def test_narrowing_takes_no_allowed_configuration_away(rules, box):
    clauses = LevelClauses.of(LEVELS, rules)
    columns = CODES + clauses.starts[:-1]
    inside = columns[box[columns].all(axis=1) & _allowed(rules)]
    narrow = clauses.narrowed(box)
    if narrow is None:
        assert not len(inside)
    else:
        assert narrow[inside].all()
        assert not (narrow & ~box).any()


@given(st.lists(_rules(), max_size=3), _boxes(), st.integers(0, 99))
def test_a_sample_is_allowed_and_there_is_one_wherever_something_is_buildable(rules, box, seed):
    clauses = LevelClauses.of(LEVELS, rules)
    columns = CODES + clauses.starts[:-1]
    inside = box[columns].all(axis=1) & _allowed(rules)
    sample = clauses.sample(box, np.random.default_rng(seed))
    if sample is None:
        assert not inside.any()
    else:
        assert sample.tolist() in CODES[inside].tolist()


@given(st.lists(_rules(), max_size=3), st.sampled_from(range(len(CODES))))
def test_the_nearest_to_what_is_allowed_is_itself(rules, which):
    clauses = LevelClauses.of(LEVELS, rules)
    dislike = np.ones(8)
    dislike[CODES[which] + clauses.starts[:-1]] = 0.0
    nearest = clauses.nearest(clauses.whole(), dislike)
    if _allowed(rules)[which]:
        np.testing.assert_array_equal(nearest, CODES[which])


def test_what_is_kept_is_a_clause():
    clauses = LevelClauses.of(LEVELS, [], keep={"trim": ("max",), "aid": ("no", "yes")})
    assert clauses.allows(CODES).sum() == 3 * 2
    assert clauses.count_at_most() == 3 * 2


def test_sixty_attributes_are_counted_and_sampled_without_listing_them():
    levels = {f"a{i}": ("x", "y", "z") for i in range(60)}
    rules = [
        Rule(when={f"a{i}": ("x",)}, requires={f"a{i + 1}": ("y",)}, reason="A chain.")
        for i in range(59)
    ]
    clauses = LevelClauses.of(levels, rules)
    assert clauses.count_at_most() == 3**60
    for seed in range(5):
        sample = clauses.sample(clauses.whole(), np.random.default_rng(seed))
        assert clauses.allows(sample[None]).all()


def test_every_allowed_configuration_may_be_sampled():
    rule = Rule(when={"trim": ("max",)}, requires={"pack": ("L",)}, reason="Weight.")
    clauses = LevelClauses.of(LEVELS, [rule])
    stream = np.random.default_rng(0)
    found = {tuple(clauses.sample(clauses.whole(), stream).tolist()) for _ in range(400)}
    assert len(found) == pytest.approx(_allowed([rule]).sum())
