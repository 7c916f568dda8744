"""Willingness to pay: ratios that can be checked by hand, and the median person among many."""

import numpy as np
import pytest

from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.choice.willingness_to_pay import willingness_to_pay
from counterflow.domain.attributes import Attribute
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.part_worths import PartWorths
from strategies.choice_sets import choices


def attribute(coding="linear", levels=(10.0, 20.0, 30.0, 50.0), **more) -> Attribute:
    raw = {"label": "any", "kind": "feature", "coding": coding, "levels": levels, **more}
    if coding != "categorical":
        raw["unit"] = "EUR"
    return Attribute.model_validate(raw)


PRICE = attribute(kind="price")


def worth(draws, attributes, weights=None, steps=None):
    """Return willingness to pay by level, for part-worths of draws S x N x K."""
    draws = np.asarray(draws, dtype=float)
    n = draws.shape[1]
    part_worths = PartWorths(
        draws=draws,
        coding=UtilityCoding.of(attributes, has_outside=False),
        respondent_ids=tuple(map(str, range(n))),
        weights=np.ones(n) if weights is None else np.asarray(weights, dtype=float),
    )
    found = willingness_to_pay(part_worths, attributes, "price", steps=steps)
    return {(w.attribute, w.level, w.versus): w for w in found}


def test_for_one_set_of_part_worths_it_is_the_ratio_of_each_draw():
    trim = attribute("categorical", ("base", "plus"))
    draws = [[[1.0, -0.05]], [[1.2, -0.06]], [[0.9, -0.03]]]
    found = worth(draws, {"trim": trim, "price": PRICE})[("trim", "plus", "base")]
    # 1 / 0.05, 1.2 / 0.06 and 0.9 / 0.03: 20, 20 and 30.
    assert found.amount.median == pytest.approx(20.0)
    assert found.amount.mean == pytest.approx(70.0 / 3.0)
    assert found.share_positive == 1.0


def test_every_level_is_compared_with_the_base_wherever_it_stands():
    trim = attribute("categorical", ("low", "mid", "high"), base="mid")
    found = worth([[[-1.0, 2.0, -0.1]]], {"trim": trim, "price": PRICE})
    assert found[("trim", "low", "mid")].amount.mean == pytest.approx(-10.0)
    assert found[("trim", "high", "mid")].amount.mean == pytest.approx(20.0)
    assert found[("trim", "low", "mid")].share_positive == 0.0


def test_numbers_are_compared_with_the_next_lower_level():
    attributes = {"range": attribute("log", (400.0, 200.0, 800.0)), "price": PRICE}
    found = worth([[[3.0, -0.1]]], attributes)
    # Each step doubles the range: 3 ln 2 / 0.1.
    for step in (("range", "400", "200"), ("range", "800", "400")):
        assert found[step].amount.mean == pytest.approx(30.0 * np.log(2.0))


def test_a_bent_price_counts_by_its_slope_in_the_middle_half():
    attributes = {
        "trim": attribute("categorical", ("base", "plus")),
        "price": attribute("piecewise", (0.0, 100.0), kind="price", knots=(50.0,)),
    }
    found = worth([[[1.0, -0.02, -0.06]]], attributes)
    # From 25 to 75 the slope is -0.02 half of the way, and -0.06 the other half.
    assert found[("trim", "plus", "base")].amount.mean == pytest.approx(1.0 / 0.04)


def test_the_median_person_decides_not_the_mean_and_weights_count():
    attributes = {"trim": attribute("categorical", ("base", "plus")), "price": PRICE}
    # Three people would pay 10, 20 and, hardly minding the price, 100,000.
    draws = [[[1.0, -0.1], [2.0, -0.1], [1.0, -1e-5]]]
    step = ("trim", "plus", "base")
    assert worth(draws, attributes)[step].amount.mean == pytest.approx(20.0)
    assert worth(draws, attributes, [3.0, 1.0, 1.0])[step].amount.mean == pytest.approx(10.0)


def test_the_share_who_would_pay_anything_is_weighted():
    attributes = {"trim": attribute("categorical", ("base", "plus")), "price": PRICE}
    draws = [[[1.0, -0.1], [-2.0, -0.1]]]
    found = worth(draws, attributes, [1.0, 3.0])[("trim", "plus", "base")]
    assert found.share_positive == pytest.approx(0.25)


def test_people_whom_the_price_does_not_deter_would_pay_anything():
    attributes = {"trim": attribute("categorical", ("base", "plus")), "price": PRICE}
    draws = [[[1.0, -0.1], [1.0, 0.0], [1.0, 0.2], [-1.0, 0.2], [1.0, -0.05]]]
    found = worth(draws, attributes)[("trim", "plus", "base")]
    # In order: minus the most, 10, 20, the most, the most. Nobody's sign is turned by their price.
    assert found.amount.median == pytest.approx(20.0)
    assert found.share_positive == pytest.approx(0.8)
    all_alike = worth([[[1.0, 0.1]]], attributes)[("trim", "plus", "base")]
    assert all_alike.amount.mean == pytest.approx(100.0 * 50.0)


def test_the_unit_of_the_price_is_the_unit_of_the_answer():
    made = choices(3, n_persons=100, most_tasks=8, n_coefficients=2)
    fit = MultinomialLogit().fit(made.data())
    attributes = {
        "x0": attribute(levels=(0.0, 1.0)),
        "x1": attribute(levels=(0.0, 1.0), kind="price"),
    }
    found = willingness_to_pay(fit.part_worths(2000, seed=1), attributes, "x1")
    assert [(w.attribute, w.level, w.versus) for w in found] == [("x0", "1", "0")]
    assert found[0].amount.median == pytest.approx(
        -fit.coefficients[0] / fit.coefficients[1], rel=0.05
    )


def test_any_two_levels_can_be_compared_and_their_steps_add_up():
    attributes = {"range": attribute("log", (400.0, 200.0, 800.0)), "price": PRICE}
    steps = [("range", "800", "200"), ("range", "200", "800")]
    found = worth([[[3.0, -0.1]]], attributes, steps=steps)
    # Twice the step from one level to the next, 3 ln 2 / 0.1, up and down.
    assert found[steps[0]].amount.mean == pytest.approx(60.0 * np.log(2.0))
    assert found[steps[1]].amount.mean == pytest.approx(-60.0 * np.log(2.0))
