"""Orders served from stock."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.kernels.fulfilment import fulfil
from reference import fulfilment as reference

vehicles = st.floats(0.0, 1e5)


@st.composite
def cases(draw):
    s, o, q = (draw(st.integers(1, most)) for most in (4, 3, 6))
    builds = draw(hnp.arrays(float, (o, q), elements=vehicles))
    demand = draw(hnp.arrays(float, (s, o, q), elements=vehicles))
    return builds, demand, draw(st.floats(0.0, 1.0))


@given(cases())
def test_the_vectors_do_what_the_loop_does(case):
    builds, demand, lost_share = case
    fast = fulfil(builds, demand, lost_share=lost_share)
    slow = reference.fulfil(builds, demand, lost_share=lost_share)
    for ours, plain in zip(fast, slow, strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-9, atol=1e-6)


@given(cases())
def test_sales_never_run_ahead_of_builds_or_of_orders(case):
    builds, demand, lost_share = case
    sold = fulfil(builds, demand, lost_share=lost_share).sales.cumsum(axis=2)
    assert (sold <= builds.cumsum(axis=1) + 1e-6).all()
    assert (sold <= demand.cumsum(axis=2) + 1e-6).all()


@given(cases())
def test_every_vehicle_is_sold_or_in_stock_and_every_order_served_waiting_or_lost(case):
    builds, demand, lost_share = case
    done = fulfil(builds, demand, lost_share=lost_share)
    sold, lost = done.sales.cumsum(axis=2), done.cancelled.cumsum(axis=2)
    built, ordered = np.broadcast_to(builds.cumsum(axis=1), sold.shape), demand.cumsum(axis=2)
    np.testing.assert_allclose(sold + done.stock, built, atol=1e-6)
    np.testing.assert_allclose(sold + done.waiting + lost, ordered, atol=1e-6)


@given(cases())
def test_nobody_waits_while_there_is_stock(case):
    builds, demand, lost_share = case
    done = fulfil(builds, demand, lost_share=lost_share)
    assert (np.minimum(done.stock, done.waiting) <= 1e-6).all()
