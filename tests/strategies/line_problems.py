"""Small line problems with every kind of trouble: rarely liked offers, losses, packages, twins."""

import numpy as np
from hypothesis import strategies as st

from counterflow.kernels.line_search import LineProblem


@st.composite
def line_problems(
    draw: st.DrawFn,
    *,
    most_candidates: int = 9,
    most_offers: int = 3,
    with_conditions: bool = False,
) -> LineProblem:
    """Return problems that can be enumerated: up to 9 candidates, 20 people and 3 offers.

    With conditions there may be no line that meets them.
    """
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_candidates = draw(st.integers(1, most_candidates))
    n_people = draw(st.integers(1, 20))
    n_packages = draw(st.integers(0, 2))
    spread = draw(st.sampled_from([0.1, 1.0, 4.0, 15.0]))
    loss = draw(st.sampled_from([0.0, 0.5, 2.0]))
    taste = draw(st.sampled_from([0.0, 1.0]))
    log_odds = spread * random.normal(size=(n_people, n_candidates))
    log_odds += taste * random.normal(size=n_candidates)
    odds = np.exp(log_odds).astype(np.float32)
    margin = random.random(n_candidates) * 10.0 - loss
    group = np.sort(random.integers(0, max(1, draw(st.integers(1, n_candidates))), n_candidates))
    twins = draw(st.booleans())
    if twins and n_candidates > 1:
        odds[:, 1], margin[1] = odds[:, 0], margin[0]
    return LineProblem(
        odds=odds,
        earnings=(odds * margin).astype(np.float32),
        weights=random.random(n_people) + 0.01,
        group=group,
        fixed_per_offer=draw(st.sampled_from([0.0, 0.1, 3.0])),
        fees=random.random(n_packages) * draw(st.sampled_from([0.1, 5.0])),
        uses=random.random((n_candidates, n_packages)) < 0.4,
        n_offers=draw(st.integers(1, most_offers)),
        **(draw(_conditions(n_candidates)) if with_conditions else {}),
    )


@st.composite
def _conditions(draw: st.DrawFn, n_candidates: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    conditions = {}
    if draw(st.booleans()):
        conditions["forbidden"] = random.random(n_candidates) < 0.3
    if draw(st.booleans()):
        conditions["needs"] = random.random((draw(st.integers(1, 2)), n_candidates)) < 0.4
    if draw(st.booleans()):
        apart = np.triu(random.random((n_candidates, n_candidates)) < 0.3, 1)
        conditions["apart"] = apart | apart.T
    return conditions
