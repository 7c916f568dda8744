"""The search for an example agrees with trying every configuration."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.configuration import Configuration, Rule
from counterflow.domain.example_configuration import example_configuration
from strategies.shape_checks import made_in_strategy

LEVELS = {"a": ("1", "2", "3"), "b": ("1", "2"), "c": ("1", "2", "3"), "d": ("1", "2")}

conditions = st.dictionaries(
    st.sampled_from(list(LEVELS)),
    st.lists(st.sampled_from(["1", "2"]), min_size=1, max_size=2, unique=True).map(tuple),
    max_size=3,
)
rules = st.builds(
    lambda when, requires: made_in_strategy(
        lambda: Rule(when=when, requires=requires, reason="Because.")
    ),
    conditions,
    conditions.filter(bool),
)


@given(
    rules=st.lists(rules, max_size=4),
    meets=st.lists(conditions, max_size=2),
    avoids=st.lists(conditions, max_size=3),
)
def test_an_example_is_found_exactly_where_there_is_one(
    rules: list[Rule],
    meets: list[dict[str, tuple[str, ...]]],
    avoids: list[dict[str, tuple[str, ...]]],
) -> None:
    def fits(configuration: Configuration) -> bool:
        return (
            all(rule.allows(configuration) for rule in rules)
            and all(configuration.meets(condition) for condition in meets)
            and not any(configuration.meets(condition) for condition in avoids)
        )

    all_of_them = [
        Configuration(tuple(zip(LEVELS, combination, strict=True)))
        for combination in itertools.product(*LEVELS.values())
    ]
    found = example_configuration(LEVELS, rules=rules, meets=meets, avoids=avoids)
    if found is None:
        assert not any(map(fits, all_of_them))
    else:
        assert any(
            fits(configuration)
            for configuration in all_of_them
            if set(found.levels) <= set(configuration.levels)
        )


def test_a_search_without_end_is_given_up() -> None:
    names = [f"attribute_{n}" for n in range(40)]
    levels = {name: tuple("abcdefgh") for name in names}
    # What the rule forbids shows only once all forty have a level: 8^40 combinations to try.
    last = Rule(
        when={name: levels[name] for name in names}, requires={"last": "no"}, reason="Never."
    )
    assert example_configuration({**levels, "last": ("yes",)}, rules=[last]) is None
