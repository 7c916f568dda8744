"""From vehicles to parts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.kernels.part_needs import part_needs
from reference import part_needs as reference

quarters = st.integers(0, 400).map(lambda n: n / 4.0)


@st.composite
def volumes_and_quantities(draw):
    s, v, q, p = (draw(st.integers(1, most)) for most in (5, 4, 3, 4))
    volumes = draw(hnp.arrays(float, (s, v, q), elements=quarters))
    return volumes, draw(hnp.arrays(float, (v, p), elements=quarters))


@given(volumes_and_quantities())
def test_parts_are_the_sum_over_variants_exactly(case):
    # All products are sixteenths far below 2**53 / 16, so no sum is rounded.
    np.testing.assert_array_equal(part_needs(*case), reference.part_needs(*case))


@given(volumes_and_quantities(), st.integers(0, 4))
def test_needs_are_linear_in_volumes(case, factor):
    volumes, quantity = case
    np.testing.assert_array_equal(
        part_needs(factor * volumes, quantity), factor * part_needs(volumes, quantity)
    )


def test_a_line_without_parts_needs_none():
    assert part_needs(np.ones((2, 3, 4)), np.zeros((3, 0))).shape == (2, 0, 4)
