"""A card shows what matters, in the reader's language, with figures that can be checked by hand."""

import pytest

from counterflow.formats.texts import load_texts
from counterflow.survey.questionnaire.cards import Card, ContractToShow, NetPrice, cards_of
from counterflow.survey.questionnaire.shown_task import ShownAlternative, ShownTask
from strategies.fieldwork import NATIONAL_CAR, changed
from strategies.workspaces import example

PROGRAMME = example("national-car")
TEXTS = load_texts(PROGRAMME, NATIONAL_CAR).texts

RENTED = {
    "trim": "plus",
    "driving_aid": "basic",
    "range": "500",
    "colour": "blue",
    "battery": "rent_3000",
    "price": "49900",
}


def _card(language: str = "en", programme=PROGRAMME, **levels: str) -> Card:
    shown = ShownTask(
        design_task=0,
        version=0,
        alternatives=(ShownAlternative(3, {**RENTED, **levels}),),
        attributes=("price", "colour", "battery", "trim", "range", "driving_aid"),
    )
    [card] = cards_of(programme, shown, TEXTS[language])
    return card


def test_levels_stand_in_the_order_of_the_screen_with_picture_and_colour():
    card = _card()
    assert card.place == 3
    assert [level.attribute for level in card.levels][:3] == ["price", "colour", "battery"]
    price, colour = card.levels[:2]
    assert (price.is_price, price.value, price.unit, price.label) == (True, 49900, "CNY", "49900")
    assert (colour.label, colour.colour, colour.picture) == (
        "Lake blue",
        "#2f6f9f",
        "pictures/blue.svg",
    )


def test_the_terms_of_a_rented_battery_are_in_the_card():
    assert _card().contract == ContractToShow(
        name="rent_3000",
        label="Battery rent with distance cap",
        rent_per_month=399.0,
        cap_km_per_month=3000.0,
        overage_per_km=0.2,
        buy_out=28000.0,
        expected_months=72,
        expected_km_per_month=0.0,
        expected_per_month=399.0,
    )
    free = _card(battery="rent_free").contract
    assert (free.cap_km_per_month, free.overage_per_km, free.buy_out) == (None, None, None)
    assert _card(battery="bought").contract is None


def test_who_drives_beyond_the_cap_is_told_what_a_month_then_costs():
    """399 + (4000 - 3000) x 0.2 = 599."""
    far = changed(lambda raw: raw["contracts"]["rent_3000"].update(expected_km_per_month=4000))
    assert _card(programme=far).contract.expected_per_month == pytest.approx(599)


def test_the_price_after_subsidies_is_shown_where_one_is_paid():
    assert _card().net_prices == (
        NetPrice(
            region="first_tier",
            region_label="First-tier cities",
            subsidies=("City purchase subsidy",),
            subsidy=3000.0,
            price=46900.0,
        ),
        NetPrice(
            region="new_first_tier",
            region_label="New first-tier cities",
            subsidies=("Province trade-in subsidy",),
            subsidy=2000.0,
            price=47900.0,
        ),
    )


def test_a_subsidy_on_some_products_is_shown_on_these_only():
    def on_long_range(raw):
        raw["market"]["subsidies"]["city"]["when"] = {"range": 600}

    programme = changed(on_long_range)
    assert [net.region for net in _card(programme=programme).net_prices] == ["new_first_tier"]
    long_range = _card(programme=programme, range="600", battery="bought")
    assert [net.region for net in long_range.net_prices] == ["first_tier", "new_first_tier"]


@pytest.mark.parametrize(
    ("language", "colour", "range_unit", "currency", "contract"),
    [
        ("ko", "레이크 블루", "km", "위안", "거리 제한이 있는 배터리 대여"),
        ("zh", "湖蓝", "公里", "元", "电池租用（限里程）"),
    ],
)
def test_a_card_speaks_the_language_of_its_reader(language, colour, range_unit, currency, contract):
    card = _card(language)
    shown = {level.attribute: level for level in card.levels}
    assert shown["colour"].label == colour
    assert (shown["range"].unit, shown["price"].unit) == (range_unit, currency)
    assert card.contract.label == contract
    assert {x.attribute: x.level for x in card.levels} == RENTED, "levels keep their names"
