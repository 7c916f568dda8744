"""A scenario file changes the line and the rivals that it names, and nothing else."""

from counterflow.domain.scenario import ScenarioFile
from counterflow.programme.scenario_of_file import scenario_of_file
from strategies.scenarios import PROGRAMME, offers

LINE = offers(3, 700)
LEVELS = {"trim": "plus", "driving_aid": "basic", "range": 400, "battery": "bought"}


def made(**sections):
    return scenario_of_file(ScenarioFile.model_validate(sections), PROGRAMME, LINE)


def test_an_empty_file_is_the_line_among_the_rivals_as_they_are():
    scenario, known = made()
    assert scenario.offers == LINE
    assert scenario.programme == PROGRAMME
    assert (known.scale, dict(known.shares)) == (1.0, {})


def test_offers_change_price_leave_and_come():
    scenario, _ = made(
        offers={
            "offer-3": {"price": 80_000.0, "awareness": 0.5, "distribution": 0.5},
            "offer-700": {"withdrawn": True},
            "new": {"levels": LEVELS, "price": 90_000.0, "regions": ["other"]},
        }
    )
    assert scenario.line == ("offer-3", "new")
    first, new = scenario.offers
    moved = 80_000.0 - LINE[0].price
    before = [variant.price + moved for variant in LINE[0].variants]
    assert [variant.price for variant in first.variants] == before
    assert {variant.configuration["colour"] for variant in new.variants} > {"white"}
    assert scenario.considered["offer-3"] == 0.25
    assert scenario.regions == {"new": ("other",)}


def test_an_offer_less_known_keeps_its_price():
    scenario, _ = made(offers={"offer-3": {"awareness": 0.5}})
    assert scenario.offers == LINE


def test_rivals_change_leave_and_come():
    scenario, _ = made(
        rivals={
            "hatch_a": {"price": 50_000.0},
            "hatch_b": {"withdrawn": True},
            "new": {"levels": {**LEVELS, "colour": "white"}, "price": 70_000.0},
        }
    )
    before, after = PROGRAMME.market.competitors, scenario.programme.market.competitors
    assert tuple(after) == ("hatch_a", "hatch_c", "new")
    assert after["hatch_a"] == before["hatch_a"].model_copy(update={"price": 50_000.0})
    assert after["hatch_c"] == before["hatch_c"]
    assert (after["new"].label, after["new"].regions) == ("new", ())
