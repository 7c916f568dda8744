"""Scenario files: what fits is read, and what does not is told all at once, by line."""

import tomllib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.errors import InputError
from counterflow.domain.programme import Programme
from counterflow.domain.scenario import ScenarioFile
from counterflow.formats.scenario_toml import load_scenario
from strategies.cargo_bike import cargo_bike
from strategies.toml_writer import write_toml
from strategies.workspaces import example

PROGRAMME = Programme.model_validate(cargo_bike())
FULL = """\
rule = "randomised_first_choice"
keep_line = true

[offers.hub-160]
price = 2900
awareness = 0.5

[offers.light]
levels = { motor = "none", load = 80, battery = "bought" }
price = 1600
distribution = 0.8
regions = ["north"]

[rivals.rival]
price = 3500
awareness = 0.9

[rivals.newcomer]
levels = { motor = "hub", load = 100, colour = "black", battery = "bought" }
price = 2000

[level_errors]
sd = 0.5
unshared = ["price"]

[known]
scale = "fit"

[known.shares]
rival = 0.3
outside = 0.7
"""


def load(tmp_path, text, **how):
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path, PROGRAMME, **how)


def problems(tmp_path, text, **how):
    with pytest.raises(InputError) as refused:
        load(tmp_path, text, **how)
    return [(problem.line, problem.key) for problem in refused.value.problems]


def test_a_scenario_may_say_everything_or_nothing(tmp_path):
    assert load(tmp_path, "") == ScenarioFile()
    found = load(tmp_path, FULL, line=("hub-160", "mid-160"))
    assert found.offers["light"].distribution == 0.8
    assert found.rivals["newcomer"].levels["load"] == 100
    assert found.known.scale == "fit"


def test_every_problem_is_told_at_once_by_line(tmp_path):
    text = FULL.replace('"none"', '"nun"').replace("awareness = 0.5", "awareness = 50")
    text = text.replace('"north"', '"nord"').replace('["price"]', '["prize"]')
    text = text.replace("rival = 0.3", "rivale = 0.3")
    assert problems(tmp_path, text, line=("hub-160",)) == [
        (6, "offers.hub-160.awareness"),
        (9, "offers.light.levels.motor"),
        (12, "offers.light.regions[1]"),
        (24, "level_errors.unshared[1]"),
        (30, "known.shares.rivale"),
    ]


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("[offers.gone]\nprice = 9", "offers.gone", "mid-160"),
        ("keep_line = false\n[offers.mid-160]\nprice = 9", "offers.mid-160.levels", "keep_line"),
        ("[offers.outside]\nprice = 9", "offers.outside", "outside option"),
        ("[offers.rival]\nprice = 9", "offers.rival", "a rival"),
        ("[offers.new]\nlevels = {motor = 'mid'}", "offers.new.price", "price of a new offer"),
        ("[rivals.new]\nprice = 9", "rivals.new", "new rival with levels"),
        ("[rivals.rival]\nlevels = {motor = 'mid'}", "rivals.rival.levels.load", "but the price"),
        ("[known.shares]\nrival = 0.6\noutside = 0.6", "known.shares", "sum to 1"),
        ("[known]\nscale = 'fit'", "known.scale", "no shares are known"),
        ("[known]\nscale = -1", "known.scale", "above 0"),
        ("rule = 'best'", "rule", "first_choice"),
    ],
)
def test_what_does_not_fit_is_named_with_what_would(tmp_path, text, key, words):
    with pytest.raises(InputError) as refused:
        load(tmp_path, text, line=("mid-160",))
    found = {problem.key: str(problem) for problem in refused.value.problems}
    assert words in found[key]


def test_an_offer_that_the_rules_do_not_allow_names_the_rule(tmp_path):
    text = "[offers.x]\nlevels = {motor = 'none', load = 160, battery = 'bought'}\nprice = 1600"
    with pytest.raises(InputError, match=r"offers\.x\.levels: .*cannot be moved off"):
        load(tmp_path, text)


def test_without_the_line_changes_of_its_offers_are_taken_to_fit(tmp_path):
    assert load(tmp_path, "[offers.gone]\nprice = 9").offers["gone"].price == 9


JUNK = st.recursive(
    st.one_of(st.booleans(), st.integers(-5, 5), st.floats(-2.0, 2.0), st.sampled_from("ab")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["price", "levels", "rival", "motor"]), inner, max_size=2),
    ),
    max_leaves=4,
)
KEYS = st.sampled_from([*ScenarioFile.model_fields, "ofers"])


@given(st.dictionaries(KEYS, st.one_of(JUNK, st.dictionaries(st.just("rival"), JUNK)), max_size=3))
def test_rubbish_is_refused_with_problems_and_never_with_another_error(tmp_path_factory, document):
    text, _ = write_toml(document)
    assert tomllib.loads(text) is not None
    path = tmp_path_factory.mktemp("rubbish") / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    with suppress(InputError):
        load_scenario(path, PROGRAMME, line=("mid-160",))


def test_a_scenario_of_the_national_car_is_read(tmp_path):
    path = tmp_path / "scenario.toml"
    path.write_text("[rivals.hatch_a]\nwithdrawn = true\n", encoding="utf-8")
    assert load_scenario(path, example("national-car")).rivals["hatch_a"].withdrawn
