"""Find a configuration with given properties: what shows a planner that two keys disagree."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from counterflow.domain.configuration import Configuration, Rule

Levels = Mapping[str, Sequence[str]]
Condition = Mapping[str, tuple[str, ...]]

_MOST_STEPS = 50_000


def example_configuration(
    levels: Levels,
    *,
    rules: Sequence[Rule] = (),
    meets: Sequence[Condition] = (),
    avoids: Sequence[Condition] = (),
) -> Configuration | None:
    """Return a configuration that the rules allow, meets all of `meets` and none of `avoids`.

    It has the attributes that some rule or condition names, in the order of `levels`; the others
    change nothing. None where there is no such configuration, or none in the first 50,000 steps
    of the search: the answer is an example, not a proof.

    Examples
    --------
    >>> levels = {"trim": ("plus", "max"), "pack": ("small", "large")}
    >>> rule = Rule(when={"trim": "max"}, requires={"pack": "large"}, reason="Weight.")
    >>> print(example_configuration(levels, rules=[rule], meets=[{"trim": ("max",)}]))
    trim=max;pack=large
    >>> example_configuration(levels, rules=[rule], meets=[rule.when, {"pack": ("small",)}])
    """
    tests = [_Test(frozenset(avoided), _not_meeting(avoided)) for avoided in avoids]
    tests += [_Test(frozenset((*r.when, *r.requires, *r.excludes)), r.allows) for r in rules]
    named = dict.fromkeys(name for condition in (*avoids, *meets) for name in condition)
    named.update(dict.fromkeys(name for test in tests for name in sorted(test.names)))
    choices = {
        name: [x for x in levels[name] if all(x in c[name] for c in meets if name in c)]
        for name in named
    }
    found = _first(choices, tests)
    if found is None:
        return None
    return Configuration(tuple((name, found[name]) for name in levels if name in named))


@dataclass(frozen=True)
class _Test:
    """A test of configurations that can be decided once `names` have levels."""

    names: frozenset[str]
    is_passed: Callable[[Configuration], bool]


def _not_meeting(condition: Condition) -> Callable[[Configuration], bool]:
    return lambda configuration: not configuration.meets(condition)


def _first(choices: Levels, tests: Sequence[_Test]) -> Configuration | None:
    """Return the first configuration that passes all tests, trying levels depth first."""
    names = list(choices)
    ready = [
        {test for test in tests if test.names <= set(names[:n])} for n in range(len(names) + 1)
    ]
    due = [ready[0], *(now - before for before, now in itertools.pairwise(ready))]
    open_ends = [Configuration(())]
    for _ in range(_MOST_STEPS):
        if not open_ends:
            break
        partial = open_ends.pop()
        n = len(partial.levels)
        if not all(test.is_passed(partial) for test in due[n]):
            continue
        if n == len(names):
            return partial
        further = reversed(choices[names[n]])
        open_ends += [Configuration((*partial.levels, (names[n], x))) for x in further]
    return None
