"""What a planner reads when a programme file is wrong: each message word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterflow.domain.errors import InputError
from counterflow.formats.programme_toml import load_programme
from strategies.cargo_bike import CARGO_BIKE, cargo_bike, line_number
from strategies.toml_writer import write_toml


@pytest.fixture
def programme_file(tmp_path: Path) -> Path:
    path = tmp_path / "programme.toml"
    path.write_text(CARGO_BIKE, encoding="utf-8")
    return path


def said_of(path: Path) -> list[str]:
    """Return each problem of the file as the user reads it, less the folder."""
    with pytest.raises(InputError) as caught:
        load_programme(path)
    return [str(problem).replace(str(path), path.name) for problem in caught.value.problems]


def test_a_file_that_is_right_becomes_a_programme(programme_file: Path) -> None:
    programme = load_programme(programme_file)
    assert programme.programme.name == "cargo-bike"
    assert programme.attributes["load"].values == (80.0, 120.0, 160.0)
    assert programme.market.regions["south"].buyers(2) == (6000.0, 6000.0)


MISTAKES = [
    (
        "a key is missing",
        ("salvage_share = 0.9\n", ""),
        "programme.toml:55: parts.frame_tube.salvage_share: expected a number from 0 to 1, found "
        "nothing: the key is missing. Share of the unit cost that an unused part still brings.",
    ),
    (
        "a key is mistyped",
        ("salvage_share", "salvage_shar"),
        'programme.toml:61: parts.frame_tube.salvage_shar: expected "salvage_share" or nothing, '
        'found the unknown key "salvage_shar". Did you mean "salvage_share"?',
    ),
    (
        "a share is given in percent",
        ("salvage_share = 0.9", "salvage_share = 90"),
        "programme.toml:61: parts.frame_tube.salvage_share: expected a number from 0 to 1, found "
        "90. Shares are not in percent: 90 % is 0.9.",
    ),
    (
        "a number is quoted",
        ("unit_cost = 9", 'unit_cost = "9"'),
        "programme.toml:58: parts.frame_tube.unit_cost: expected a number of at least 0, found "
        '"9". Remove the quotes.',
    ),
    (
        "a cost has the wrong sign",
        ("unit_cost = 9", "unit_cost = -9"),
        "programme.toml:58: parts.frame_tube.unit_cost: expected a number of at least 0, found -9.",
    ),
    (
        "a number is none",
        ("unit_cost = 9", "unit_cost = nan"),
        "programme.toml:58: parts.frame_tube.unit_cost: expected a finite number, and a whole one "
        "of at most 18 digits, found nan.",
    ),
    (
        "a whole number has a decimal point",
        ("n_offers = 2", "n_offers = 2.0"),
        "programme.toml:133: search.n_offers: expected a whole number from 1 to 50, found 2.0. "
        "Write it without a decimal point.",
    ),
    (
        "a choice is mistyped",
        ('kind = "feature"', 'kind = "featur"'),
        'programme.toml:11: attributes.motor.kind: expected one of "feature", "option", "term", '
        '"price", found "featur". Did you mean "feature"?',
    ),
    (
        "a name of a period is a date",
        ('"Q1"', "2026-01-01"),
        "programme.toml:78: market.periods[1]: expected text that is not empty, found the date or "
        "time 2026-01-01. Put it in double quotes.",
    ),
    (
        "a list of one lacks its brackets",
        ('regions = ["north"]', 'regions = "north"'),
        "programme.toml:96: market.subsidies.grant.regions: expected a list of at least 1 entry, "
        "each a name: a letter, then letters, digits or underscores, found "
        '"north". Put it in brackets: ["north"].',
    ),
    (
        "a value fits no arm of a union",
        ("buyers_per_period = 6000", 'buyers_per_period = "many"'),
        "programme.toml:91: market.regions.south.buyers_per_period: expected a number above 0, or "
        'a list of at least 1 entry, each a number of at least 0, found "many".',
    ),
    (
        "an entry of a list is wrong",
        ("[9000, 16000]", "[9000, -1]"),
        "programme.toml:86: market.regions.north.buyers_per_period[2]: expected a number of at "
        "least 0, found -1.",
    ),
    (
        "a list is too short",
        ("[9000, 16000]", "[9000]"),
        "programme.toml:86: market.regions.north.buyers_per_period: expected one number, or 2 "
        "numbers, one for each of the periods, found 1.",
    ),
    (
        "the choice model does not exist",
        ('model = "hb"', 'model = "hbb"'),
        'programme.toml:125: estimation.model: expected one of "mnl", "hb", found "hbb". Did you '
        'mean "hb"?',
    ),
    (
        "the key that names the choice model is mistyped",
        ('model = "hb"', 'modell = "hb"'),
        'programme.toml:125: estimation.modell: expected one of "model", "use_weights" or '
        'nothing, found the unknown key "modell". Did you mean "model"?',
    ),
    (
        "a rule names a level that does not exist",
        ("excludes = { load = 160 }", "excludes = { load = 165 }"),
        'programme.toml:44: rules[1].excludes.load: expected one of "80", "120", "160", found '
        '"165".',
    ),
    (
        "a subsidy names a region that does not exist",
        ('regions = ["north"]', 'regions = ["nort"]'),
        'programme.toml:96: market.subsidies.grant.regions[1]: expected one of "north", "south", '
        'found "nort". Did you mean "north"?',
    ),
    (
        "the price is in another currency than the programme",
        ('unit = "EUR"', 'unit = "USD"'),
        'programme.toml:39: attributes.price.unit: expected "EUR", the programme\'s currency, '
        'found "USD".',
    ),
    (
        "a rented level has no contract",
        ('when = { battery = "rented" }', 'when = { battery = "rented", motor = "mid" }'),
        'programme.toml:47: contracts: expected a contract wherever battery is "rented", found '
        'none for motor = "none", load = "80", battery = "rented".',
    ),
    (
        "a configuration has no price range",
        ("{ least = 1500", '{ when = { battery = "rented", motor = "hub" }, least = 1500'),
        "programme.toml:135: search.prices: expected a price range for each configuration, found "
        'none for motor = "none", load = "80", battery = "rented".',
    ),
    (
        "a level whose name has a point is not quoted",
        ("none = 0\n", "none = 0\nh.ub = 3\n"),
        "programme.toml:70: costs.levels.motor.h: expected a number, found a table. A name with a "
        'point in it stands in quotes, as in "0.5" = 3.',
    ),
]


@pytest.mark.parametrize(
    ("mistake", "expected"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES]
)
def test_a_mistake_is_explained_so_that_a_tired_planner_can_mend_it(
    mistake: tuple[str, str], expected: str, programme_file: Path
) -> None:
    assert mistake[0] in CARGO_BIKE
    programme_file.write_text(CARGO_BIKE.replace(*mistake, 1), encoding="utf-8")
    assert said_of(programme_file)[0] == expected


def test_everything_that_is_wrong_comes_at_once_in_the_order_of_the_file(
    programme_file: Path,
) -> None:
    text = CARGO_BIKE
    for right, wrong in (
        ('motor = "none" }', 'motor = "nonne" }'),
        ("unit_cost = 9\n", ""),
        ("weeks_per_period = 13", 'weeks_per_period = "13"'),
        ('levels = { motor = "mid"', 'levels = { motor = "middle"'),
        ("takt_s = 300", "takt_s = 0"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    programme_file.write_text(text, encoding="utf-8")
    places = [line.split(": expected")[0] for line in said_of(programme_file)]
    assert places == [
        "programme.toml:43: rules[1].when.motor",
        "programme.toml:55: parts.frame_tube.unit_cost",
        "programme.toml:78: market.weeks_per_period",
        "programme.toml:101: market.competitors.rival.levels.motor",
        "programme.toml:143: production.takt_s",
    ]


def test_a_broken_attribute_is_reported_once_and_not_wherever_it_is_named(
    programme_file: Path,
) -> None:
    programme_file.write_text(CARGO_BIKE.replace('label = "Motor"', "label = 3"), encoding="utf-8")
    assert [line.split(": expected")[0] for line in said_of(programme_file)] == [
        f"programme.toml:{line_number('[attributes.motor]') + 1}: attributes.motor.label"
    ]


def test_text_that_is_no_toml_is_reported_with_its_line(programme_file: Path) -> None:
    text = CARGO_BIKE.replace("availability = 0.6", "availability = 0,6")
    programme_file.write_text(text, encoding="utf-8")
    assert said_of(programme_file) == [
        "programme.toml:81: expected nothing more on the line after one value, found "
        "`availability = 0,6` (at column 17). Decimals have a point, and there are no commas in "
        "numbers: 0.5, 12000 or 12_000."
    ]


@pytest.mark.parametrize("content", ["", "\n\n", "# nothing yet\n"])
def test_an_empty_file_is_said_to_be_empty(content: str, programme_file: Path) -> None:
    programme_file.write_text(content, encoding="utf-8")
    assert said_of(programme_file) == [
        "programme.toml:1: expected a programme, found an empty file."
    ]


def test_a_picture_must_be_a_file_beside_the_programme(programme_file: Path) -> None:
    def with_picture(path: str) -> list[str]:
        level = f'{{ name = "black", picture = {path!r} }}'
        text = CARGO_BIKE.replace('levels = ["black"', f"levels = [{level}")
        programme_file.write_text(text, encoding="utf-8")
        try:
            load_programme(programme_file)
        except InputError as error:
            return [problem.found for problem in error.problems]
        return []

    folder = programme_file.parent
    (folder / "pictures").mkdir()
    (folder / "pictures" / "black.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder.parent / "outside.png").write_bytes(b"")
    (folder / "link.png").symlink_to(folder.parent / "outside.png")
    assert with_picture("pictures/black.png") == []
    for wrong in (
        "pictures/green.png",
        "pictures",
        "../outside.png",
        "link.png",
        str(folder / "pictures" / "black.png"),
        "x" * 5000,
    ):
        assert with_picture(wrong) == [f'"{wrong}", which is none']


_SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("car.png", b"GIF89a"),
        ("car.gif", b"GIF89a"),
        ("car.svg", b"\xff\xfe"),
        ("car.svg", b"<html></html>"),
        ("car.svg", _SVG.format("<script>alert(1)</script>").encode()),
        ("car.svg", _SVG.format('<path onclick="alert(1)"/>').encode()),
    ],
)
def test_a_picture_is_what_its_name_says_and_runs_nothing(
    programme_file: Path, name: str, content: bytes
) -> None:
    (programme_file.parent / name).write_bytes(content)
    level = f'{{ name = "black", picture = "{name}" }}'
    text = CARGO_BIKE.replace('levels = ["black"', f"levels = [{level}")
    programme_file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="a picture, SVG or PNG"):
        load_programme(programme_file)


def test_a_picture_is_missed_although_something_else_is_wrong(programme_file: Path) -> None:
    text = CARGO_BIKE.replace('label = "Leaf green"', 'picture = "green.png"')
    programme_file.write_text(text.replace("takt_s = 300", "takt_s = 0"), encoding="utf-8")
    assert [line.split(": expected")[0] for line in said_of(programme_file)] == [
        "programme.toml:26: attributes.colour.levels[2].picture",
        "programme.toml:144: production.takt_s",
    ]


def test_numbers_that_no_sum_can_hold_are_refused_wherever_they_stand(
    programme_file: Path,
) -> None:
    document = cargo_bike()
    document["attributes"]["load"]["levels"][1] = 10**400
    document["rules"][0]["when"]["load"] = [float("inf")]
    document["market"]["availability"] = float("nan")
    programme_file.write_text(write_toml(document)[0], encoding="utf-8")
    assert {line.split(": ")[1] for line in said_of(programme_file)} == {
        "attributes.load.levels[2]",
        "rules[1].when.load[1]",
        "market.availability",
    }
