"""Each order on the screen is as likely, and a seed always gives the same one."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from counterflow.survey.questionnaire.arrangement import Arrangement, arrangement_of

NAMES = ("trim", "range", "colour", "price")


def _arranged(seed: int) -> Arrangement:
    return arrangement_of(n_tasks=3, n_alternatives=3, attributes=NAMES, price="price", seed=seed)


@given(
    seed=st.integers(0, 2**53 - 1),
    n_tasks=st.integers(1, 30),
    n_alternatives=st.integers(2, 8),
    n_attributes=st.integers(1, 8),
)
def test_everything_is_shown_once_with_the_price_at_an_edge(
    seed, n_tasks, n_alternatives, n_attributes
):
    names = [f"a{i}" for i in range(n_attributes)]
    asked = {"n_tasks": n_tasks, "n_alternatives": n_alternatives, "attributes": names}
    found = arrangement_of(**asked, price="a0", seed=seed)
    assert sorted(found.tasks) == list(range(n_tasks))
    assert [sorted(places) for places in found.alternatives] == [[*range(n_alternatives)]] * n_tasks
    assert sorted(found.attributes) == sorted(names)
    assert "a0" in (found.attributes[0], found.attributes[-1])
    assert arrangement_of(**asked, price="a0", seed=seed) == found


def test_every_order_is_as_likely():
    """Chi-squared with 5 degrees of freedom exceeds 20.5 once in a thousand times."""
    arranged = [_arranged(seed) for seed in range(1200)]
    for orders in (
        Counter(found.tasks for found in arranged),
        Counter(found.alternatives[0] for found in arranged),
        Counter(found.alternatives[2] for found in arranged),
        Counter(tuple(x for x in found.attributes if x != "price") for found in arranged),
    ):
        assert len(orders) == 6
        assert sum((n - 200) ** 2 / 200 for n in orders.values()) < 20.5
    first = sum(found.attributes[0] == "price" for found in arranged)
    assert 540 < first < 660, "half of 1200, within 3.5 standard deviations of 17.3"


def test_orders_of_different_tasks_are_independent():
    pairs = Counter((f.alternatives[0], f.alternatives[1]) for f in map(_arranged, range(3600)))
    assert len(pairs) == 36
    assert sum((n - 100) ** 2 / 100 for n in pairs.values()) < 66.6, "35 degrees, 0.1 %"
