"""Offers as sums over levels mean what the search by candidates says they mean."""

import numpy as np
import pytest
from hypothesis import given, settings

from counterflow.definition.attributes.pool import (
    candidates_of,
    line_arrays,
    pool_around,
    random_offers,
    variants_of,
)
from counterflow.definition.attributes.space import attribute_space
from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.problem import line_problem
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import NothingBuildableError
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.line_search import line_profit
from strategies.bikes import small_bike
from strategies.cargo_bike import cargo_bike
from strategies.many_attributes import many_attributes
from strategies.programmes import programmes


def _part_worths(programme: Programme, n_respondents: int = 12) -> PartWorths:
    """Return part-worths at random, of people who mind the price."""
    coding = UtilityCoding.of(programme.attributes, has_outside=True)
    draws = np.random.default_rng(1).standard_normal((3, n_respondents, len(coding.labels)))
    # Numbers are coded in their units, which may be large.
    scales = [0.002 if "load" in x or "range" in x else 1.0 for x in coding.labels]
    scales[coding.labels.index("price")] = 0.001
    return PartWorths(
        draws=draws * scales,
        coding=coding,
        respondent_ids=tuple(f"r{n}" for n in range(n_respondents)),
        weights=np.linspace(1.0, 2.0, n_respondents),
    )


def _check_arrays(programme: Programme) -> None:
    part_worths = _part_worths(programme)
    space = attribute_space(programme, part_worths)
    offers = random_offers(space, 12, np.random.default_rng(0))
    assert len(offers)
    here = line_arrays(space, offers)
    there = line_problem(programme, candidates_of(space, offers), part_worths)
    np.testing.assert_array_equal(here.uses, there.uses)
    np.testing.assert_array_equal(
        here.group[:, None] == here.group, there.group[:, None] == there.group
    )
    random = np.random.default_rng(2)
    for _ in range(5):
        line = random.permutation(len(offers))[: random.integers(1, 4)].tolist()
        expected = line_profit(there, line) + there.fixed_per_offer * len(line)
        found = line_profit(here, line) + here.fixed_per_offer * len(line)
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-3)


@given(programmes())
@settings(max_examples=15)
def test_lines_earn_what_they_earn_as_candidates_in_programmes_of_all_shapes(programme):
    _check_arrays(programme)


_TAXES = {
    "luxury": {"label": "Luxury tax", "paid_by": "buyer", "rate": 0.1, "exempt_up_to": 2800.0},
    "sales": {"label": "Sales tax", "paid_by": "seller", "rate": 0.15, "regions": ["north"]},
    "mid": {"label": "Motor tax", "paid_by": "seller", "amount": 90.0, "when": {"motor": "mid"}},
}
_DRIVEN = {"distance": {"mean_km_per_year": 2400.0, "relative_sd": 0.8}}
_RENT = {
    "label": "Battery rent",
    "when": {"battery": "rented"},
    "rent_per_month": 19,
    "cap_km_per_month": 150.0,
    "overage_per_km": 0.5,
    "expected_months": 48,
    "discount_rate_per_year": 0.04,
}
_GREEN_IN_MID = [
    {"when": {"motor": "none"}, "excludes": {"load": 160}, "reason": "Rest."},
    {"when": {"motor": "mid"}, "requires": {"colour": ["green"]}, "reason": "One paint shop."},
]
_TYRES = {
    **cargo_bike()["parts"]["frame_tube"],
    "used_in": [{"when": {"motor": ["hub", "mid"], "load": 160, "colour": "green"}, "quantity": 3}],
}


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"rules": _GREEN_IN_MID},
        {"parts": {"tyre": _TYRES}},
        {"market": {**cargo_bike()["market"], "taxes": _TAXES}},
        {"market": {**cargo_bike()["market"], **_DRIVEN}, "contracts": {"rent": _RENT}},
        {
            "market": {**cargo_bike()["market"], **_DRIVEN},
            "contracts": {"rent": {**_RENT, "asked": {"rent_per_month": 25.0}}},
        },
    ],
    ids=[
        "plain",
        "options tied by a rule",
        "and by a cost",
        "taxes",
        "own distance",
        "on other terms than asked",
    ],
)
def test_lines_earn_what_they_earn_as_candidates(sections):
    _check_arrays(Programme.model_validate(cargo_bike(**sections)))


def test_lines_of_many_attributes_earn_what_they_earn_as_candidates():
    _check_arrays(many_attributes(8, n_levels=4))


def test_there_is_an_offer_for_each_candidate():
    bikes = small_bike()
    space = attribute_space(bikes, _part_worths(bikes))
    listed = candidates(bikes, buildable_configurations(bikes))
    offers = random_offers(space, 2_000, np.random.default_rng(0))
    assert {(c.configuration, c.price) for c in candidates_of(space, offers)} == {
        (c.configuration, c.price) for c in listed
    }
    by_name = {(c.configuration, c.price): set(c.variants) for c in listed}
    for candidate in candidates_of(space, offers[:20]):
        assert set(candidate.variants) == by_name[candidate.configuration, candidate.price]


def test_a_pool_holds_buildable_offers_and_every_buildable_change_of_one_level():
    bikes = small_bike()
    space = attribute_space(bikes, _part_worths(bikes))
    offers = random_offers(space, 5, np.random.default_rng(3))
    listed = {c.configuration for c in candidates(bikes, buildable_configurations(bikes))}
    for offer in offers:
        pool = candidates_of(space, pool_around(space, offer[None]))
        mine = space.configuration(offer.tolist()).as_dict()
        assert {c.configuration for c in pool} <= listed
        one_change = {
            c for c in listed if sum(c[name] != level for name, level in mine.items()) == 1
        }
        assert one_change <= {c.configuration for c in pool}


def test_tied_options_have_the_variants_that_the_rules_leave():
    bikes = Programme.model_validate(cargo_bike(rules=_GREEN_IN_MID))
    space = attribute_space(bikes, _part_worths(bikes))
    assert space.tied == ("colour",)
    offers = random_offers(space, 50, np.random.default_rng(0))
    _, starts = variants_of(space, offers)
    motors = [space.configuration(offer.tolist())["motor"] for offer in offers]
    assert np.diff(starts).tolist() == [1 if motor == "mid" else 2 for motor in motors]


def test_nothing_buildable_names_what_conflicts():
    rule = {"requires": {"motor": "mid"}, "reason": "Hills."}
    search = {**cargo_bike()["search"], "keep": {"motor": ["none"]}}
    bikes = Programme.model_validate(cargo_bike(rules=[rule], search=search))
    with pytest.raises(NothingBuildableError) as raised:
        attribute_space(bikes, _part_worths(bikes))
    assert len(raised.value.rules) == 2
