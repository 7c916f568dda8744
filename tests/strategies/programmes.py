"""Programmes of all shapes, small enough to read: as documents (nested tables) and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from counterflow.domain.attributes import Attribute
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.programme import Programme
from strategies.shape_checks import made_in_strategy

Document = dict[str, Any]

_LEVELS = ("low", "middle", "high")
_LEAST, _MOST = 10.0, 50.0


def programmes() -> st.SearchStrategy[Programme]:
    """Return programmes that pass every check."""
    return programme_documents().map(
        lambda document: made_in_strategy(lambda: Programme.model_validate(document))
    )


@st.composite
def programme_documents(draw: st.DrawFn) -> Document:
    """Return documents that are valid as programme.toml."""
    attributes = draw(_attributes())
    has_outside = draw(st.booleans())
    names = made_in_strategy(lambda: _names_in(attributes, has_outside=has_outside))
    document = {
        "format": 1,
        "programme": draw(_abouts()),
        "attributes": attributes,
        "rules": draw(_rules(attributes)),
        "contracts": draw(_contracts(attributes)),
        "parts": draw(_parts()),
        "costs": draw(_costs(names)),
        "market": draw(_markets(names, has_outside=has_outside)),
        "survey": draw(_surveys(attributes, names, has_outside)),
        "estimation": draw(_estimations()),
        "search": draw(_searches()),
        "production": draw(_plants()),
        "seeds": {
            name: draw(st.integers(0, 2**40))
            for name in ("simulation", "estimation", "search", "demand")
        },
    }
    return {name: section for name, section in document.items() if section not in ({}, [])}


@dataclass(frozen=True)
class _Names:
    """What the other sections name: coefficients, levels, and of numbers the range asked about."""

    labels: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    ranges: dict[str, tuple[float, float]]
    costed: tuple[str, ...]


def _names_in(attributes: Document, *, has_outside: bool) -> _Names:
    checked = {name: Attribute.model_validate(raw) for name, raw in attributes.items()}
    return _Names(
        labels=UtilityCoding.of(checked, has_outside=has_outside).labels,
        levels={n: a.level_names for n, a in checked.items() if a.kind != "price"},
        ranges={n: (min(a.values), max(a.values)) for n, a in checked.items() if a.is_numeric},
        costed=tuple(n for n, a in checked.items() if a.kind in ("feature", "option")),
    )


@st.composite
def _abouts(draw: st.DrawFn) -> Document:
    return {
        "name": draw(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)),
        "title": draw(_texts()),
        "description": draw(_texts()),
        "currency": "EUR",
        "assumptions": draw(st.lists(_texts(), max_size=2)),
    }


def _texts() -> st.SearchStrategy[str]:
    letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"))
    return st.text(letters, min_size=1, max_size=12)


def _amounts(least: float, most: float) -> st.SearchStrategy[float]:
    return st.floats(least, most).map(lambda x: float(f"{x:.6g}"))


@st.composite
def _attributes(draw: st.DrawFn) -> Document:
    attributes = {
        f"feature_{i}": {
            "label": draw(_texts()),
            "kind": "feature",
            "coding": "categorical",
            "levels": [*_LEVELS[: draw(st.integers(2, 3))]],
        }
        for i in range(draw(st.integers(1, 2)))
    }
    if draw(st.booleans()):
        attributes["range"] = draw(_numeric_features())
    if draw(st.booleans()):
        levels = [{"name": "white", "label": draw(_texts())}, {"name": "red"}]
        prices = {"white": 0.0, "red": draw(_amounts(0.0, 2.0))}
        attributes["colour"] = {
            "label": draw(_texts()),
            "kind": "option",
            "coding": "categorical",
            "levels": levels,
            "option_price": prices,
        }
    if draw(st.booleans()):
        attributes["battery"] = {
            "label": draw(_texts()),
            "kind": "term",
            "coding": "categorical",
            "levels": ["bought", "rented"],
        }
    attributes["price"] = {
        "label": draw(_texts()),
        "kind": "price",
        "coding": "linear",
        "unit": "EUR",
        "levels": [_LEAST, 30.0, _MOST],
    }
    return attributes


@st.composite
def _numeric_features(draw: st.DrawFn) -> Document:
    coding = draw(st.sampled_from(["linear", "log", "piecewise"]))
    knots = {"knots": [450]} if coding == "piecewise" else {}
    levels = draw(st.sampled_from([[400, 500, 600], [{"name": "near", "value": 400.5}, 500.0]]))
    return {
        "label": draw(_texts()),
        "kind": "feature",
        "coding": coding,
        "unit": "km",
        "levels": levels,
        **knots,
    }


@st.composite
def _rules(draw: st.DrawFn, attributes: Document) -> list[Document]:
    if "feature_1" not in attributes or draw(st.booleans()):
        return []
    either = draw(st.sampled_from(["requires", "excludes"]))
    reason = draw(_texts())
    return [{"when": {"feature_0": "low"}, either: {"feature_1": ["middle"]}, "reason": reason}]


@st.composite
def _contracts(draw: st.DrawFn, attributes: Document) -> Document:
    if "battery" not in attributes:
        return {}
    overage = {"overage_per_km": draw(_amounts(0.0, 1.0))}
    cap = {"cap_km_per_month": draw(_amounts(1.0, 5000.0)), **overage}
    return {
        "rent": {
            "label": draw(_texts()),
            "when": {"battery": "rented"},
            "rent_per_month": draw(_amounts(0.0, 1.0)),
            **draw(st.sampled_from([{}, cap, {"buy_out": 3.5}])),
            "expected_months": draw(st.integers(1, 120)),
            **draw(st.sampled_from([{}, {"expected_km_per_month": draw(_amounts(0.0, 5000.0))}])),
            "discount_rate_per_year": draw(_amounts(0.0, 1.0)),
            **draw(st.sampled_from([{}, {"asked": {"rent_per_month": draw(_amounts(0.0, 1.0))}}])),
        }
    }


@st.composite
def _parts(draw: st.DrawFn) -> Document:
    whens = [{}, {"feature_0": "low"}, {"feature_0": ["low", "middle"]}]
    uses = [
        {"when": when, "quantity": draw(_amounts(0.1, 9.0))}
        for when in draw(st.lists(st.sampled_from(whens), min_size=1, max_size=2))
    ]
    return {
        f"part_{i}": {
            "label": draw(_texts()),
            "unit": "piece",
            "unit_cost": draw(_amounts(0.0, 3.0)),
            "lead_time_weeks": draw(_amounts(0.0, 30.0)),
            "long_lead": draw(st.booleans()),
            "salvage_share": draw(_amounts(0.0, 1.0)),
            "used_in": uses,
        }
        for i in range(draw(st.integers(0, 2)))
    }


@st.composite
def _costs(draw: st.DrawFn, names: _Names) -> Document:
    return {
        "base_per_vehicle": draw(_amounts(0.0, 9.0)),
        "fixed_per_offer": draw(_amounts(0.0, 1e6)),
        "levels": {
            name: {level: draw(_amounts(-1.0, 3.0)) for level in names.levels[name]}
            for name in names.costed
        },
        "packages": draw(st.sampled_from([{}, {"pilot": draw(_packages())}])),
        "fixed": draw(st.sampled_from([{}, {"test": draw(_fixed_costs())}])),
    }


@st.composite
def _packages(draw: st.DrawFn) -> Document:
    tiers = [
        {"from_vehicles": start, "fee_per_vehicle": draw(_amounts(0.0, 3.0))}
        for start in (0, 500.5, 9000)[: draw(st.integers(1, 3))]
    ]
    applies_to = draw(st.sampled_from(["every_vehicle", "further_vehicles"]))
    fee = draw(
        st.sampled_from([{"fee_per_vehicle": 1.5}, {"tiers": tiers, "tier_applies_to": applies_to}])
    )
    return {"label": draw(_texts()), "when": {"feature_0": "low"}, "fixed_fee": 10.0, **fee}


@st.composite
def _fixed_costs(draw: st.DrawFn) -> Document:
    return {
        "label": draw(_texts()),
        "when": draw(st.sampled_from([{}, {"feature_0": "low"}])),
        "amount": draw(_amounts(0.0, 1e6)),
        "paid": draw(st.sampled_from(["for_each_offer", "once"])),
    }


@st.composite
def _markets(draw: st.DrawFn, names: _Names, *, has_outside: bool) -> Document:
    n_periods = draw(st.integers(1, 3))
    places = ["north", "south"][: draw(st.integers(1, 2))]
    one_a_period = st.lists(_amounts(1.0, 1e5), min_size=n_periods, max_size=n_periods)
    regions = {
        name: {
            "label": draw(_texts()),
            "buyers_per_period": draw(_amounts(1.0, 1e5) | one_a_period),
            "relative_sd": draw(_amounts(0.0, 2.0)),
        }
        for name in places
    }
    estimated = [{"kind": "estimated"}] if has_outside else []
    return {
        "periods": [f"2026-0{i + 1}" for i in range(n_periods)],
        "weeks_per_period": draw(_amounts(0.5, 13.0)),
        "regions": regions,
        "awareness": draw(_amounts(0.0, 1.0)),
        "availability": {"low": 0.2, "mode": draw(_amounts(0.2, 0.7)), "high": 0.7},
        "outside_option": draw(
            st.sampled_from([*estimated, {"kind": "calibrated", "share": 0.35}])
        ),
        "competitors": {"rival": draw(_rivals(names))},
        "subsidies": draw(
            st.sampled_from([{}, {"city": {"label": "City", "regions": places[:1], "amount": 0.5}}])
        ),
        "taxes": draw(st.sampled_from([{}, {"levy": draw(_taxes(places))}])),
        "distance": {"mean_km_per_year": draw(_amounts(1.0, 1e5)), "relative_sd": 0.5},
    }


@st.composite
def _taxes(draw: st.DrawFn, places: list[str]) -> Document:
    due = [{"rate": 0.1}, {"amount": 2.0}, {"rate": 0.1, "exempt_up_to": 20.0}]
    excess = {"rate": 0.25, "exempt_up_to": 30.0, "taxed_above": "excess"}
    return {
        "label": draw(_texts()),
        "regions": draw(st.sampled_from([[], places[-1:]])),
        "paid_by": draw(st.sampled_from(["buyer", "seller"])),
        "rivals_too": draw(st.booleans()),
        **draw(st.sampled_from([*due, excess])),
    }


@st.composite
def _rivals(draw: st.DrawFn, names: _Names) -> Document:
    levels = {
        name: draw(_amounts(*names.ranges[name]) if name in names.ranges else st.sampled_from(of))
        for name, of in names.levels.items()
    }
    return {"label": draw(_texts()), "levels": levels, "price": draw(_amounts(1.0, 99.0))}


@st.composite
def _surveys(draw: st.DrawFn, attributes: Document, names: _Names, has_outside: bool) -> Document:
    survey: Document = {"title": draw(_texts())}
    sources = draw(st.sampled_from(["answers", "both", "questionnaire"]))
    if sources != "questionnaire":
        survey |= draw(_answers(attributes, names, has_outside))
    if sources != "answers":
        survey["questionnaire"] = draw(questionnaires(has_outside=has_outside))
    return survey


@st.composite
def _answers(draw: st.DrawFn, attributes: Document, names: _Names, has_outside: bool) -> Document:
    if draw(st.booleans()):
        spreads = {label: {"mean": draw(_amounts(-3.0, 3.0)), "sd": 0.5} for label in names.labels}
        spreads["price"] = {"mean": -0.1, "sd": 0.05}
        simulated = {
            "source": draw(_texts()),
            "n_respondents": draw(st.integers(2, 500)),
            "n_tasks": draw(st.integers(1, 12)),
            "n_alternatives": draw(st.integers(2, 5)),
            "outside_option": has_outside,
            "preferences": spreads,
        }
        return {"simulated": simulated}
    outside = {"outside_alternative": "none"} if has_outside else {}
    answers = {
        "path": "answers.csv",
        "source": draw(_texts()),
        "respondent": "id",
        "alternative": "alternative",
        "chosen": "chosen",
        "attributes": {name: f"column of {name}" for name in attributes},
        **outside,
    }
    return {"answers": answers}


@st.composite
def questionnaires(draw: st.DrawFn, *, has_outside: bool) -> Document:
    """Return the document of a questionnaire, with every kind of question."""
    screening = {f"asked_{i}": draw(_questions(screens=True)) for i in range(draw(_few))}
    background = {f"told_{i}": draw(_questions(screens=False)) for i in range(draw(_few))}
    single = [n for n, q in screening.items() if q.get("kind", "single") == "single"]
    asked: Document = {
        "languages": draw(st.lists(st.sampled_from(["en", "ko", "zh"]), min_size=1, unique=True)),
        "consent": {"version": draw(_texts()), "controller": draw(_texts())},
        "n_tasks": draw(st.integers(1, 8)),
        "n_alternatives": draw(st.integers(2, 4)),
        "outside_option": has_outside,
        "purchase_chance": draw(st.booleans()),
        "screening": screening,
        "background": background,
        "quotas": {name: {"first": draw(st.integers(0, 9))} for name in single},
        "margins": {name: {"first": 0.25, "second": 0.75} for name in single},
    }
    if draw(st.booleans()):
        links = ("complete", "screened_out", "over_quota")
        asked["panel"] = {link: f"https://panel.example/{link}?id={{id}}" for link in links}
        asked["quality"] = {"least_seconds_per_task": draw(_amounts(0.5, 9.0))}
        asked["most_respondents"] = draw(st.integers(1, 1000))
    return {name: value for name, value in asked.items() if value not in ({}, [])}


_few = st.integers(0, 2)


@st.composite
def _questions(draw: st.DrawFn, *, screens: bool) -> Document:
    kinds = ["single", "multiple", "number"] + ([] if screens else ["text"])
    kind = draw(st.sampled_from(kinds))
    question: Document = {"label": draw(_texts()), "kind": kind}
    if kind in ("single", "multiple"):
        names = ("first", "second", "third")[: draw(st.integers(2, 3))]
        question["answers"] = [{"name": name, "label": draw(_texts())} for name in names]
        if screens and "third" in names:
            question["answers"][-1]["screens_out"] = draw(st.booleans())
    elif kind == "number":
        question |= {"unit": draw(_texts()), "least": 0, "most": draw(_amounts(1.0, 99.0))}
    if kind != "single":
        question["required"] = draw(st.booleans())
    return question


@st.composite
def _estimations(draw: st.DrawFn) -> Document:
    if draw(st.booleans()):
        return {"model": "mnl", "use_weights": draw(st.booleans()), "n_draws": 100}
    return {
        "model": "hb",
        "signs": draw(st.sampled_from([{}, {"price": "negative"}])),
        "n_chains": draw(st.integers(2, 4)),
        "n_burn_in": 100,
        "n_sweeps": draw(st.integers(100, 400)),
        "n_draws": draw(st.integers(20, 200)),
    }


@st.composite
def _searches(draw: st.DrawFn) -> Document:
    least = draw(_amounts(_LEAST, 25.0))
    first = {"when": {"feature_0": "low"}, "least": least, "most": 30.0, "step": 2.5}
    last = {"least": least, "most": _MOST, "step": draw(_amounts(0.5, 5.0))}
    return {
        "n_offers": draw(st.integers(1, 4)),
        "objective": "profit",
        "prices": draw(st.sampled_from([[last], [first, last]])),
        "keep": draw(st.sampled_from([{}, {"feature_0": ["low", "middle"]}])),
        "n_restarts": draw(st.integers(1, 5)),
        "n_buyers": draw(st.integers(100, 500)),
        "exhaustive_up_to": draw(st.integers(0, 10_000)),
        **draw(_line_rules()),
    }


@st.composite
def _line_rules(draw: st.DrawFn) -> Document:
    low, middle = {"feature_0": "low"}, {"feature_0": "middle"}
    rules: Document = {
        "must_offer": [{"when": low}, {"when": middle, "price": draw(_amounts(10.0, 50.0))}],
        "never_offer": [{"price": draw(_amounts(10.0, 50.0))}],
        "line_rules": [{"when": low, "requires": middle, "reason": draw(_texts())}],
        "ladders": [{"lower": low, "higher": middle, "least_difference": draw(_amounts(0, 9))}],
        "price_ending": {"ending": 0.5, "every": 1.0, "grid": "round"},
        "budget": draw(_amounts(0.0, 1e7)),
        "least_vehicles": draw(_amounts(1.0, 10.0)),
        "most_vehicles": draw(_amounts(10.0, 1e6)),
        "least_vehicles_per_offer": draw(_amounts(0.1, 10.0)),
    }
    named = draw(st.sets(st.sampled_from(sorted(rules))))
    return {name: rule for name, rule in rules.items() if name in named}


@st.composite
def _plants(draw: st.DrawFn) -> Document:
    limit = {"capacity_per_period": draw(_amounts(1.0, 1e5))}
    return {
        "takt_s": draw(_amounts(10.0, 900.0)),
        "line_hours_per_period": draw(_amounts(1.0, 720.0)),
        **draw(st.sampled_from([{}, limit])),
        "holding_cost_share_per_period": draw(_amounts(0.0, 1.0)),
        "lost_share_per_period_waited": draw(_amounts(0.0, 1.0)),
    }
