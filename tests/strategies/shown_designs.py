"""Choice designs of all shapes, with attributes that are not shown."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from counterflow.domain.choice_design import ChoiceDesign
from strategies.shape_checks import made_in_strategy

_NAMES = st.from_regex(r"[a-z가-힣][a-z0-9가-힣 ']{0,5}[a-z0-9]", fullmatch=True)


@st.composite
def shown_designs(draw: st.DrawFn) -> ChoiceDesign:
    """Return designs with up to four attributes, three versions, tasks and alternatives."""
    names = draw(st.lists(_NAMES, min_size=1, max_size=4, unique=True))
    levels = {
        name: tuple(draw(st.lists(_NAMES, min_size=2, max_size=4, unique=True))) for name in names
    }
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    n = int(np.prod(shape))
    columns = [
        draw(st.lists(st.integers(-1, len(found) - 1), min_size=n, max_size=n))
        for found in levels.values()
    ]
    has_outside = draw(st.booleans())
    return made_in_strategy(
        lambda: ChoiceDesign(
            levels=levels,
            codes=np.array(columns, dtype=np.int16).T.reshape(*shape, len(levels)),
            alternatives=tuple(f"place {i}" for i in range(shape[2])),
            has_outside=has_outside,
            provenance={"method": "drawn", "seed": 1},
        )
    )
