"""A definition keeps its content through JSON, and says when its content was changed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.configuration import Configuration
from counterflow.domain.definition import Definition, Interval, Offer, Variant
from counterflow.domain.errors import InputError
from strategies.shape_checks import made_in_strategy

names = st.text(
    st.characters(categories=["L", "N"], include_characters="-_ "), min_size=1, max_size=8
)
money = st.floats(0, 1e9)
levels = st.dictionaries(names, names, min_size=1, max_size=3)


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    line = [
        _offer_fields(draw, name)
        for name in draw(st.lists(names, min_size=1, max_size=3, unique=True))
    ]
    fields = {
        "programme": draw(names),
        "currency": draw(names),
        "status": draw(st.sampled_from(["optimal", "local_optimum"])),
        "method": draw(names),
        "search_value": draw(money),
        "bound": draw(money),
        "n_candidates": draw(st.integers(1, 10**6)),
        "n_configurations": draw(st.integers(1, 10**6)),
        "n_starts": draw(st.integers(0, 100)),
        "n_starts_at_best": draw(st.integers(0, 100)),
        "runners_up": tuple(
            {"offers": [{"name": draw(names), "price": draw(money)}], "profit": draw(money)}
            for _ in range(draw(st.integers(0, 2)))
        ),
        "notes": tuple(draw(st.lists(names, max_size=2))),
        "made_from": draw(st.dictionaries(names, names, max_size=2)),
    }
    profit = sorted(draw(money) for _ in range(4))
    return made_in_strategy(
        lambda: Definition(
            offers=tuple(_offer(**offer) for offer in line), profit=Interval(*profit), **fields
        )
    )


def _offer_fields(draw: st.DrawFn, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "levels": draw(levels),
        "price": draw(money),
        "contract": draw(st.none() | names),
        "terms": draw(st.dictionaries(names, money, max_size=2)),
        "contract_value": draw(money),
        "variants": [
            (
                draw(levels),
                draw(money),
                draw(money),
                draw(st.dictionaries(names, money, max_size=2)),
            )
            for _ in range(draw(st.integers(1, 2)))
        ],
    }


def _offer(*, levels: dict[str, str], variants: list[Any], **fields: Any) -> Offer:
    return Offer(
        configuration=Configuration.of(levels),
        variants=tuple(
            Variant(
                configuration=Configuration.of(chosen),
                price=price,
                unit_cost=unit_cost,
                parts=parts,
            )
            for chosen, price, unit_cost, parts in variants
        ),
        **fields,
    )


@given(definitions())
def test_a_definition_survives_json(definition):
    text = json.dumps(definition.as_dict(), ensure_ascii=False)
    again = Definition.from_dict(json.loads(text))
    assert again == definition
    assert json.dumps(again.as_dict(), ensure_ascii=False) == text


@given(definitions())
def test_the_version_is_that_of_the_content_alone(definition):
    assert definition.as_dict()["version"] == definition.version
    assert "version" not in definition.as_dict(with_version=False)
    assert len(definition.version) == 64


@given(definitions(), st.data())
def test_a_price_changed_by_hand_is_found(definition, data):
    raw = json.loads(json.dumps(definition.as_dict()))
    offer = data.draw(st.sampled_from(raw["offers"]))
    offer["price"] += 1.0 + abs(offer["price"])
    with pytest.raises(InputError, match="changed after its version was written"):
        Definition.from_dict(raw)


@pytest.mark.parametrize("raw", [{}, {"search": {}}, {"search": None, "offers": 3}])
def test_what_is_no_definition_is_refused(raw):
    with pytest.raises(InputError, match="counterflow/definition/1"):
        Definition.from_dict(raw)


def test_two_offers_of_one_name_are_refused():
    raw = _definition().as_dict()
    with pytest.raises(InputError, match="offer names must be distinct"):
        Definition.from_dict({**raw, "offers": raw["offers"] * 2})


def test_the_gap_is_the_distance_to_the_bound_relative_to_the_profit():
    assert _definition(search_value=80.0, bound=100.0).gap == 0.25
    assert _definition(search_value=-80.0, bound=-60.0).gap == 0.25


def _definition(**changed) -> Definition:
    offer = _offer(
        name="bike",
        levels={"motor": "hub"},
        price=1.0,
        contract=None,
        terms={},
        contract_value=0.0,
        variants=[],
    )
    fields = {
        "programme": "bike",
        "currency": "EUR",
        "offers": (offer,),
        "status": "optimal",
        "method": "by hand",
        "profit": Interval(1.0, 0.0, 1.0, 2.0),
        "search_value": 1.0,
        "bound": 1.0,
        "n_candidates": 1,
        "n_configurations": 1,
        **changed,
    }
    return Definition(**fields)
