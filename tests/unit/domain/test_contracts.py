"""What rent is worth today, and which terms go together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.contracts import Contract

amounts = st.floats(0.0, 1e6)
months = st.integers(1, 600)
rates = st.one_of(st.just(0.0), st.floats(1e-15, 1.0))


@given(amounts, months, rates)
def test_rent_is_worth_the_sum_of_its_discounted_payments(rent, n, rate):
    contract = _contract(rent_per_month=rent, expected_months=n, discount_rate_per_year=rate)
    paid = sum(rent / (1.0 + rate) ** (month / 12.0) for month in range(1, n + 1))
    assert contract.present_value == pytest.approx(paid, rel=1e-9)


@given(amounts, months)
def test_at_a_rate_of_zero_rent_is_worth_what_is_paid(rent, n):
    contract = _contract(rent_per_month=rent, expected_months=n, discount_rate_per_year=0.0)
    assert contract.present_value == rent * n


@given(months, rates, rates)
def test_a_higher_rate_never_makes_rent_worth_more(n, one, other):
    low, high = sorted((one, other))
    worth = [
        _contract(expected_months=n, discount_rate_per_year=rate).present_value
        for rate in (low, high)
    ]
    assert worth[1] <= worth[0] * (1 + 1e-12)


def test_rent_over_a_year_at_a_tenth_by_hand():
    # i = 1.1^(1/12) - 1 = 0.00797414; 100 (1 - 1 / 1.1) / i = 100 * 0.0909091 / 0.00797414
    contract = _contract(rent_per_month=100, expected_months=12, discount_rate_per_year=0.1)
    assert contract.present_value == pytest.approx(1140.049, abs=1e-3)


def test_distance_above_the_cap_is_paid_for_and_distance_below_is_not_paid_back():
    terms = {"cap_km_per_month": 3000, "overage_per_km": 0.2, "rent_per_month": 399}
    driven = {km: _contract(**terms, expected_km_per_month=km) for km in (0, 3000, 3500)}
    # 500 km above the cap at 0.2 are 100 a month.
    per_month = {km: contract.present_value / 60 for km, contract in driven.items()}
    assert per_month == pytest.approx({0: 399, 3000: 399, 3500: 499})


def test_without_a_cap_distance_costs_nothing():
    far, near = (_contract(expected_km_per_month=km) for km in (9000, 0))
    assert far.present_value == near.present_value


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"overage_per_km": 0.2}, "cap_km_per_month: expected the distance above which"),
        ({"cap_km_per_month": 3000}, "overage_per_km: expected what a kilometre above"),
        ({"expected_months": 0}, "greater than 0"),
        ({"discount_rate_per_year": 5.0}, "less than or equal to 1"),
        ({"rent_per_month": -1.0}, "greater than or equal to 0"),
    ],
)
def test_terms_that_make_no_contract_are_refused(terms, said):
    with pytest.raises(ValueError, match=said):
        _contract(**terms)


def test_a_cap_may_be_free_to_exceed_if_that_is_said():
    contract = _contract(cap_km_per_month=3000, overage_per_km=0, expected_km_per_month=9000)
    assert contract.present_value == pytest.approx(100 * 60)


def _contract(**terms) -> Contract:
    usual = {
        "label": "Rent",
        "when": {},
        "rent_per_month": 100,
        "expected_months": 60,
        "expected_km_per_month": 0,
        "discount_rate_per_year": 0,
    }
    return Contract.model_validate({**usual, **terms})
