"""The bound on offers too many to be listed, held to lists of few."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from counterflow.kernels.attribute_bound import (
    AttributeProblem,
    best_score,
    best_values,
    bound_by_attributes,
    known_prices,
    offer_odds,
    offer_values,
)
from reference import attribute_bound as plain
from strategies.attribute_problems import attribute_problems


def _anything(box: np.ndarray) -> np.ndarray:
    return box


@given(attribute_problems(), st.sampled_from([1, 30, 10_000]))
@settings(max_examples=100)
def test_no_line_earns_more_than_the_bound_after_any_number_of_boxes(problem, most_nodes):
    assume(len(plain.every_offer(problem)) ** problem.n_offers < 5_000)
    best = plain.best_profit(problem)
    bounded = bound_by_attributes(
        problem,
        _anything,
        offers=plain.every_offer(problem)[:3],
        profit=best - 1.0,
        most_nodes=most_nodes,
    )
    assert bounded.bound >= best - 1e-9 * abs(best)


@given(attribute_problems(), st.floats(0.0, 1.0))
def test_the_largest_score_is_that_of_the_best_offer_when_all_boxes_are_looked_at(problem, part):
    prices = part * best_values(problem, problem.n_offers)
    best = max(plain.score(problem, prices, offer) for offer in plain.every_offer(problem))
    found = best_score(problem, prices, _anything, most_nodes=10_000)
    assert found.score == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert found.bound == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert plain.score(problem, prices, found.offers[0]) == pytest.approx(best, rel=1e-9, abs=1e-9)


@given(attribute_problems(), st.integers(1, 3))
def test_nobody_brings_more_than_a_line_made_for_them_alone(problem, n_offers):
    values = best_values(problem, n_offers)
    for offer in plain.every_offer(problem):
        log_odds, margins = plain.log_odds_and_margins(problem, offer)
        alike = margins / (1.0 + np.exp(-log_odds) / n_offers)
        assert (values >= alike - 1e-9 * np.abs(alike)).all()


@given(attribute_problems())
def test_the_best_value_of_a_single_offer_is_its_own(problem):
    first = problem.starts[:-1]
    one = problem._replace(
        log_odds=problem.log_odds[:, first],
        margins=problem.margins[:, first],
        starts=np.arange(len(first) + 1),
        conditions=problem.conditions[:, first],
    )
    log_odds, margins = plain.log_odds_and_margins(one, np.arange(len(first)))
    own = np.maximum(0.0, margins / (1.0 + np.exp(-log_odds)))
    np.testing.assert_allclose(best_values(one, 1), own, rtol=1e-9, atol=1e-12)


@given(attribute_problems())
def test_values_of_offers_are_sums_over_their_levels(problem):
    offers = plain.every_offer(problem)
    log_odds, margins, fixed = offer_values(problem, offers)
    found = offer_odds(problem, offers, np.arange(len(offers) + 1))
    for o, offer in enumerate(offers):
        expected = plain.log_odds_and_margins(problem, offer)
        np.testing.assert_allclose(log_odds[:, o], expected[0], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(margins[:, o], expected[1], rtol=1e-9, atol=1e-9)
        assert fixed[o] == pytest.approx(plain.fixed_cost(problem, offer))
        np.testing.assert_allclose(found.odds[:, o], np.exp(expected[0]), rtol=1e-5)
        earned = np.exp(expected[0]) * expected[1]
        np.testing.assert_allclose(found.earnings[:, o], earned, rtol=1e-5, atol=1e-5)


def _problem(n_attributes: int = 6, n_people: int = 40, n_offers: int = 2) -> AttributeProblem:
    """Return three levels of each attribute that people like differently, at six prices."""
    random = np.random.default_rng(3)
    prices = np.arange(14.0, 32.0, 3.0)
    n_levels = len(prices) + 3 * n_attributes
    costs = np.tile([0.0, 1.0, 2.0], n_attributes)
    log_odds = 0.5 * random.standard_normal((n_people, n_levels))
    log_odds[:, len(prices) :] += 0.4 * costs
    log_odds[:, : len(prices)] = -0.25 * (prices - 20.0)
    return AttributeProblem(
        log_odds=log_odds,
        margins=np.tile(np.concatenate([prices, -costs]), (n_people, 1)),
        own_log_odds=random.standard_normal(n_people),
        own_margins=np.full(n_people, -10.0),
        weights=np.full(n_people, 1.0 / n_people),
        starts=np.array([0, *(len(prices) + 3 * a for a in range(n_attributes + 1))]),
        conditions=np.zeros((0, n_levels), dtype=bool),
        per_vehicle=np.zeros(0),
        per_offer=np.zeros(0),
        fixed_per_offer=0.0,
        n_offers=n_offers,
    )


def test_the_bound_is_far_below_what_lines_made_for_each_person_would_earn():
    problem = _problem()
    offers = plain.every_offer(problem)
    log_odds, margins, _ = offer_values(problem, offers)
    one = (problem.weights @ (margins / (1.0 + np.exp(-log_odds)))).argmax()
    odds, earned = np.exp(log_odds), margins * np.exp(log_odds)
    both = (earned + earned[:, [one]]) / (1.0 + odds + odds[:, [one]])
    profit = float((problem.weights @ both).max())
    bounded = bound_by_attributes(
        problem, _anything, offers=offers[::97], profit=profit, most_nodes=20_000
    )
    alone = float(problem.weights @ best_values(problem, 2))
    assert profit <= bounded.bound < profit + 0.4 * (alone - profit)


def test_more_boxes_never_raise_the_largest_score():
    problem = _problem()
    prices = 0.5 * best_values(problem, 2)
    bounds = [best_score(problem, prices, _anything, most_nodes=n).bound for n in (1, 50, 500)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] < bounds[0]


def test_what_is_not_buildable_does_not_count():
    problem = _problem(n_attributes=3)
    prices = 0.4 * best_values(problem, 2)
    liked = best_score(problem, prices, _anything, most_nodes=10_000).offers[0]

    def without_first(box: np.ndarray) -> np.ndarray | None:
        narrow = box.copy()
        narrow[liked[0]] = False
        return narrow if narrow[: problem.starts[1]].any() else None

    found = best_score(problem, prices, without_first, most_nodes=10_000)
    scores = {
        tuple(offer): plain.score(problem, prices, offer)
        for offer in plain.every_offer(problem)
        if offer[0] != liked[0]
    }
    assert found.score == pytest.approx(max(scores.values()), rel=1e-9)
    assert found.bound == pytest.approx(found.score, rel=1e-6)


def test_no_time_left_still_gives_a_bound():
    problem = _problem()
    known = plain.every_offer(problem)[:5]
    bounded = bound_by_attributes(
        problem, _anything, offers=known, profit=0.0, most_nodes=10_000, go_on=lambda: False
    )
    assert bounded.bound <= float(problem.weights @ best_values(problem, 2))
    assert bounded.n_nodes == 1


def test_threads_change_nothing():
    problem = _problem()
    known = plain.every_offer(problem)[:50]
    alone = bound_by_attributes(problem, _anything, offers=known, profit=1.0, most_nodes=600)
    with ThreadPoolExecutor(3) as pool:
        together = bound_by_attributes(
            problem, _anything, offers=known, profit=1.0, most_nodes=600, map_blocks=pool.map
        )
    assert (alone.bound, alone.n_nodes) == (together.bound, together.n_nodes)


def test_prices_of_people_make_the_bound_on_known_offers_less_than_any_share_of_the_ceilings():
    problem = _problem(n_attributes=3)
    offers = plain.every_offer(problem)
    ceilings = best_values(problem, 2)

    def bound(prices: np.ndarray) -> float:
        top = max(plain.score(problem, prices, offer) for offer in offers)
        return float(problem.weights @ prices) + 2 * top

    found = bound(known_prices(problem, offers, ceilings, profit=0.9 * bound(ceilings)))
    assert found <= min(bound(part * ceilings) for part in (0.3, 0.6, 0.9, 1.0))
