"""Specifications of designs, small enough that every product and task can be tried."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from counterflow.domain.configuration import Rule
from counterflow.domain.design_settings import DesignSettings
from counterflow.survey.design.specification import DesignSpecification
from strategies.shape_checks import made_in_strategy

BRANDS = ("alfa", "beta", "gamma")


def phones(**changed: Any) -> DesignSpecification:
    """Return a small study: two features and a price, one product that cannot be built."""
    asked: dict[str, Any] = {
        "n_tasks": 6,
        "n_alternatives": 3,
        "rules": [
            Rule(when={"brand": "gamma"}, excludes={"screen": "folding"}, reason="Not made.")
        ],
        "signs": {"price": "negative"},
        "settings": DesignSettings(method="random", n_versions=4, seconds=0.2),
        **changed,
    }
    return DesignSpecification.of(
        {"brand": BRANDS, "screen": ("flat", "folding"), "price": (300, 500, 700, 900)}, **asked
    )


@st.composite
def specifications(draw: st.DrawFn) -> DesignSpecification:
    """Return specifications of two to four attributes of which many tasks can be made."""
    sizes = draw(st.lists(st.integers(2, 4), min_size=3, max_size=4))
    levels: dict[str, list[Any]] = {
        f"a{i}": [f"l{k}" for k in range(size)] for i, size in enumerate(sizes)
    }
    if draw(st.booleans()):
        levels["price"] = [10, 20, 30, 40]
    rules = [Rule(when={"a0": "l0"}, excludes={"a1": "l1"}, reason="Drawn.")]
    partial = draw(st.booleans())
    settings = DesignSettings(
        n_versions=draw(st.integers(1, 5)),
        n_shown=3 if partial and len(levels) > 3 else None,
        interactions=(("a0", "a2"),) if draw(st.booleans()) else (),
        seed=draw(st.integers(0, 2**32)),
        seconds=0.2,
    )
    asked = {
        "n_tasks": draw(st.integers(2, 5)),
        "n_alternatives": draw(st.integers(2, 3)),
        "outside_option": draw(st.booleans()),
        "rules": rules if draw(st.booleans()) else [],
        "signs": {"price": "negative"} if "price" in levels else {},
    }
    return made_in_strategy(lambda: DesignSpecification.of(levels, settings=settings, **asked))
