"""Simulated respondents answer by the stated preferences, among products that can be built."""

import itertools
import tomllib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.configuration import Configuration
from counterflow.domain.errors import InputError
from counterflow.domain.programme import Programme
from counterflow.domain.survey import Spread
from counterflow.survey.lognormal import lognormal
from counterflow.survey.simulate import (
    distinct_picks,
    simulate_answers,
    simulate_coefficients,
)
from strategies.workspaces import EXAMPLES


def _raw(**simulated: Any) -> dict[str, Any]:
    raw = tomllib.loads((EXAMPLES / "national-car" / "programme.toml").read_text(encoding="utf-8"))
    raw["survey"]["simulated"].update(simulated)
    return raw


def _programme(**simulated: Any) -> Programme:
    return Programme.model_validate(_raw(**simulated))


def _products(data: ChoiceData, programme: Programme) -> list[tuple[Configuration, float]]:
    """Return configuration and price of each row that shows a product."""
    names: dict[str, tuple[str, ...]] = {}
    for name, attribute in programme.configurable.items():
        column = data.columns[name]
        if isinstance(column, Categorical):
            names[name] = column.names()
        else:
            of = dict(zip(attribute.values, attribute.level_names, strict=True))
            names[name] = tuple(of.get(value, "") for value in column.values)
    prices = data.columns[programme.price_attribute].values
    return [
        (Configuration.of({name: names[name][row] for name in names}), prices[row])
        for row in np.flatnonzero(~data.is_outside)
    ]


def test_every_product_shown_obeys_the_rules_at_a_price_in_its_range():
    programme = _programme(n_respondents=100)
    for configuration, price in _products(simulate_answers(programme), programme):
        assert all(rule.allows(configuration) for rule in programme.rules)
        asked = next(r for r in programme.search.prices if configuration.meets(r.when))
        assert asked.least <= price <= asked.most


def test_where_no_price_range_applies_every_price_level_is_shown():
    raw = _raw(n_respondents=200)
    raw["search"]["keep"] = {"battery": "bought"}
    raw["search"]["prices"] = raw["search"]["prices"][:1]
    programme = Programme.model_validate(raw)
    prices: dict[bool, set[float]] = {True: set(), False: set()}
    for configuration, price in _products(simulate_answers(programme), programme):
        prices[configuration["battery"] == "bought"].add(price)
    assert prices[True] == {69900.0, 79900.0, 89900.0, 99900.0, 109900.0, 129900.0}
    assert prices[False] == set(programme.attributes["price"].values)


def test_no_product_stands_twice_in_a_task_and_every_level_is_shown():
    programme = _programme(n_respondents=300, n_alternatives=4)
    data = simulate_answers(programme)
    products = _products(data, programme)
    assert all(
        len(set(task)) == 4 for task in zip(*(products[i::4] for i in range(4)), strict=True)
    )
    for name, attribute in programme.configurable.items():
        assert {product[name] for product, _ in products} == set(attribute.level_names)


def test_sizes_ids_and_the_outside_option_are_as_asked():
    data = simulate_answers(_programme(n_respondents=5, n_tasks=3, n_alternatives=2))
    assert (data.n_respondents, data.n_tasks, data.n_rows) == (5, 15, 45)
    assert data.respondent_ids == ("1", "2", "3", "4", "5")
    assert data.alternative_names is not None
    assert data.alternative_names.names()[:3] == ("1", "2", "none")
    np.testing.assert_array_equal(np.flatnonzero(data.is_outside), np.arange(2, 45, 3))


def test_without_an_outside_option_every_row_is_a_product():
    raw = _raw(n_respondents=5, outside_option=False)
    raw["survey"]["questionnaire"]["outside_option"] = False
    del raw["survey"]["simulated"]["preferences"]["outside"]
    raw["market"]["outside_option"] = {"kind": "calibrated", "share": 0.5}
    data = simulate_answers(Programme.model_validate(raw))
    assert not data.has_outside
    assert data.n_rows == 5 * raw["survey"]["simulated"]["n_tasks"] * 3


def test_a_respondent_answers_the_same_however_many_others_there_are():
    few, many = (simulate_answers(_programme(n_respondents=n, n_tasks=2)) for n in (10, 4200))
    np.testing.assert_array_equal(few.chosen_rows, many.chosen_rows[: few.n_tasks])
    for name, column in few.columns.items():
        other = many.columns[name]
        if isinstance(column, Numeric):
            np.testing.assert_array_equal(column.values, other.values[: few.n_rows])
        else:
            np.testing.assert_array_equal(column.codes, other.codes[: few.n_rows])


def test_the_same_seed_gives_the_same_answers_and_another_seed_others():
    raw = _raw(n_respondents=20)
    first, again = (simulate_answers(Programme.model_validate(raw)) for _ in range(2))
    raw["seeds"]["simulation"] += 1
    assert first.content_hash == again.content_hash
    assert first.content_hash != simulate_answers(Programme.model_validate(raw)).content_hash


def test_people_choose_with_logit_probabilities():
    """Without differences between people, P = exp(x'b) / sum exp(x'b) in each task.

    The sum of (chosen - P) over all tasks has mean 0 and variance sum P (1 - P) for each position.
    """
    raw = _raw(n_respondents=4000)
    for spread in raw["survey"]["simulated"]["preferences"].values():
        spread["sd"] = 0.0
    programme = Programme.model_validate(raw)
    data = simulate_answers(programme)
    coding = UtilityCoding.of(programme.attributes, has_outside=True)
    beta = [programme.survey.simulated.preferences[label].mean for label in coding.labels]
    utility = (coding.encode(data.columns, data.is_outside) @ np.array(beta)).reshape(-1, 4)
    p = np.exp(utility) / np.exp(utility).sum(axis=1, keepdims=True)
    chosen = np.zeros(data.n_rows)
    chosen[data.chosen_rows] = 1.0
    z = (chosen.reshape(-1, 4) - p).sum(axis=0) / np.sqrt((p * (1 - p)).sum(axis=0))
    assert np.abs(z).max() < 4.0
    likelihood = np.log(p[chosen.reshape(-1, 4) == 1]).sum()
    expected = (p * np.log(p)).sum()
    sd = np.sqrt(((p * np.log(p) ** 2).sum(axis=1) - (p * np.log(p)).sum(axis=1) ** 2).sum())
    assert abs(likelihood - expected) < 4.0 * sd


def test_coefficients_have_the_stated_moments_and_signs():
    """The mean of 20,000 draws is within 5 standard errors, sd / sqrt(20,000), of the stated."""
    programme = _programme(n_respondents=20_000)
    labels = UtilityCoding.of(programme.attributes, has_outside=True).labels
    coefficients = simulate_coefficients(programme)
    assert coefficients.shape == (20_000, len(labels))
    for label, found in zip(labels, coefficients.T, strict=True):
        stated = programme.survey.simulated.preferences[label]
        assert abs(found.mean() - stated.mean) < 5.0 * stated.sd / np.sqrt(20_000)
        assert found.std() == pytest.approx(stated.sd, rel=0.05)
        if (sign := programme.estimation.signs.get(label)) is not None:
            assert (found > 0).all() if sign == "positive" else (found < 0).all()


@given(mean=st.floats(1e-6, 1e6), ratio=st.floats(0.0, 2.0), sign=st.sampled_from([-1.0, 1.0]))
def test_lognormal_draws_match_mean_and_sd_exactly(mean, ratio, sign):
    """The moments by Gauss-Hermite quadrature, which is exact here to the tolerance asked."""
    z, weight = np.polynomial.hermite_e.hermegauss(80)
    weight = weight / weight.sum()
    draws = lognormal(Spread(mean=sign * mean, sd=ratio * mean), z)
    assert weight @ draws == pytest.approx(sign * mean, rel=1e-8)
    assert weight @ draws**2 == pytest.approx(mean**2 * (1 + ratio**2), rel=1e-6)


@given(st.integers(1, 5), st.integers(0, 5), st.data())
def test_picks_are_distinct_and_within_range(j, more, data):
    u = data.draw(st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=j, max_size=j))
    picks = distinct_picks(np.array(u), j + more)
    assert len(set(picks)) == j
    assert set(picks) <= set(range(j + more))


def test_every_ordered_sample_is_as_likely():
    """The middles of the 4 x 3 equal cells of two draws give each of the 12 samples once."""
    u = [((a + 0.5) / 4, (b + 0.5) / 3) for a in range(4) for b in range(3)]
    samples = {tuple(pick) for pick in distinct_picks(np.array(u), 4)}
    assert samples == set(itertools.permutations(range(4), 2))


def test_too_few_products_for_a_task_are_an_error_that_counts_them():
    raw = _raw(n_alternatives=20)
    raw["search"]["prices"] = [{"least": 50000, "most": 58000, "step": 1000}]
    with pytest.raises(InputError, match=r"at least 20 different products .* found 0 that the rul"):
        simulate_answers(Programme.model_validate(raw))


def test_progress_ends_at_one():
    reports = []
    simulate_answers(_programme(n_respondents=30), report=lambda *said: reports.append(said))
    assert reports == [(1.0, "30 of 30 respondents")]


def test_a_programme_with_real_answers_states_nothing_to_simulate_from():
    programme = _programme()
    survey = programme.survey.model_copy(update={"simulated": None})
    with pytest.raises(ValueError, match=r"survey\.simulated"):
        simulate_answers(programme.model_copy(update={"survey": survey}))


def test_simulated_people_say_how_far_they_drive_and_some_do_not():
    said = simulate_answers(_programme(n_respondents=2000)).partly_known["yearly_distance"].values
    assert np.isnan(said).mean() == pytest.approx(0.08, abs=0.02)
    known = said[~np.isnan(said)]
    assert known.mean() == pytest.approx(15_000.0, rel=0.05)
    assert known.std() == pytest.approx(9_000.0, rel=0.1)
    np.testing.assert_array_equal(known, known.round())


def test_what_somebody_says_does_not_depend_on_how_many_others_are_asked():
    few, many = (
        simulate_answers(_programme(n_respondents=n)).partly_known["yearly_distance"].values
        for n in (40, 60)
    )
    np.testing.assert_array_equal(few, many[:40])


def test_a_number_that_all_say_is_known_of_all():
    spread = {"yearly_distance": {"mean": 190_000.0, "sd": 90_000.0}}
    data = simulate_answers(_programme(n_respondents=50, numbers=spread))
    assert not data.partly_known
    # Nobody says more than the question takes.
    assert data.about_respondents["yearly_distance"].values.max() == 200_000.0
