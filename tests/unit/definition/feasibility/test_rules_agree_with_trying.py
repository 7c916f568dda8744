"""Laws of rules on lines, against trying every line of a few candidates."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterflow.definition.feasibility.completion import complete_line, representatives
from counterflow.definition.feasibility.conditions import with_conditions
from counterflow.definition.feasibility.fixed_costs import FixedCosts
from counterflow.definition.feasibility.line_rules import LineRules
from counterflow.definition.feasibility.rule_on_line import (
    Apart,
    Budget,
    Mask,
    MostOffers,
    MustOffer,
    NeverOffer,
    Requires,
    RuleOnLine,
)
from counterflow.kernels.line_search import LineProblem, is_allowed
from strategies.shape_checks import made_in_strategy

N = 7
FEES = np.array([2.0, 5.0])


def masks() -> st.SearchStrategy[Mask]:
    return st.lists(st.booleans(), min_size=N, max_size=N).map(lambda bits: np.array(bits))


def amounts() -> st.SearchStrategy[np.ndarray]:
    numbers = st.lists(st.integers(0, 5), min_size=N, max_size=N)
    return numbers.map(lambda values: np.array(values, dtype=float))


@st.composite
def one_rule(draw: st.DrawFn) -> RuleOnLine:
    one, other, price = draw(masks()), draw(masks()), draw(amounts())
    least, most = float(draw(st.integers(0, 4))), float(draw(st.integers(0, 15)))
    uses = np.column_stack([one, other])
    return draw(
        st.sampled_from(
            made_in_strategy(
                lambda: (
                    MustOffer("must", N, one),
                    NeverOffer("never", N, one),
                    Requires("requires", N, one, other),
                    Apart("apart", N, one, other, price, math.inf),
                    Apart("ladder", N, one, other, price, least),
                    Budget("budget", N, most, FixedCosts(per_offer=price, once=FEES, uses=uses)),
                )
            )
        )
    )


@st.composite
def sets_of_rules(draw: st.DrawFn) -> LineRules:
    rules = draw(st.lists(one_rule(), min_size=1, max_size=4))
    most = draw(st.integers(1, 4))
    groups = np.array(draw(st.lists(st.integers(0, 4), min_size=N, max_size=N)))
    return made_in_strategy(
        lambda: LineRules(rules=(*rules, MostOffers("most", N, most)), group=groups)
    )


def every_line(rules: LineRules) -> list[tuple[int, ...]]:
    """Return every line with one candidate of a group at most."""
    return [
        line
        for size in range(1, N + 1)
        for line in itertools.combinations(range(N), size)
        if len(set(rules.group[list(line)].tolist())) == size
    ]


@given(sets_of_rules())
def test_a_line_is_found_exactly_where_there_is_one(rules):
    exists = any(rules.allows(line) for line in every_line(rules))
    for order in (np.arange(N), representatives(rules, each=len(rules.rules) + 1)):
        found = complete_line(rules, order)
        assert found.is_certain
        assert (found.line is not None) == exists
        assert found.line is None or rules.allows(found.line)


@given(sets_of_rules())
def test_what_may_join_leaves_out_nothing_that_an_allowed_line_has(rules):
    allowed = [line for line in every_line(rules) if rules.allows(line)]
    for line in allowed:
        for size in range(len(line)):
            for some in itertools.combinations(line, size):
                rest = [c for c in line if c not in some]
                assert rules.may_join(some)[rest].all()
                assert not rules.is_hopeless(some)


@given(sets_of_rules())
def test_a_line_is_allowed_where_nothing_is_wrong_with_it(rules):
    for line in every_line(rules):
        assert rules.allows(line) == (rules.problems(line) == ())


@given(sets_of_rules(), st.permutations(range(N)))
def test_the_order_of_offers_in_a_line_does_not_matter(rules, order):
    line = tuple(order[:3])
    assert rules.problems(line) == rules.problems(tuple(sorted(line)))


def as_conditions(rules: LineRules) -> LineProblem:
    nothing = np.zeros((1, N), np.float32)
    free = LineProblem(
        *(nothing, nothing, np.ones(1), rules.group, 0.0, np.zeros(0), np.zeros((N, 0), bool), N)
    )
    return with_conditions(free, rules)


@given(sets_of_rules())
def test_a_line_that_keeps_to_the_rules_meets_the_conditions(rules):
    problem = as_conditions(rules)
    assert all(is_allowed(problem, line) for line in every_line(rules) if rules.allows(line))


@given(sets_of_rules())
def test_conditions_say_all_of_what_must_or_must_not_be_there_and_stands_apart(rules):
    whole = (MustOffer, NeverOffer, Apart)
    said = replace(rules, rules=tuple(rule for rule in rules.rules if isinstance(rule, whole)))
    problem = as_conditions(said)
    for line in every_line(said):
        assert is_allowed(problem, line) == said.allows(line)


@given(masks(), masks(), amounts(), st.integers(0, 4))
def test_a_ladder_holds_between_every_two_offers(lower, higher, price, least):
    ladder = Apart("ladder", N, lower, higher, price, float(least))
    for a, b in itertools.permutations(range(N), 2):
        if lower[a] and higher[b] and price[b] - price[a] < least:
            assert ladder.problem(tuple(sorted((a, b)))) is not None
    for line in itertools.combinations(range(N), 3):
        pairs = itertools.permutations(line, 2)
        holds = all(price[b] - price[a] >= least for a, b in pairs if lower[a] and higher[b])
        assert (ladder.problem(line) is None) == holds
