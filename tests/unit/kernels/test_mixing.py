"""A mixing that cannot be is refused where it is made."""

import pytest

from counterflow.kernels.mixing import mixing_of


def test_a_distribution_that_is_unknown_is_named():
    with pytest.raises(ValueError, match=r"unknown distributions \['gamma'\]"):
        mixing_of(["normal", "gamma"], [0], [0], n_random=1)


def test_an_entry_outside_the_factor_is_named():
    with pytest.raises(ValueError, match=r"\[\(0, 2\)\] lie outside a factor of 1 x 2"):
        mixing_of(["normal"], [0], [2], n_random=2)


def test_an_entry_is_named_once():
    with pytest.raises(ValueError, match="named twice"):
        mixing_of(["normal"], [0, 0], [0, 0], n_random=1)


@pytest.mark.parametrize("kind", ["uniform", "triangular", "truncated normal"])
def test_a_distribution_of_its_own_takes_one_spread(kind):
    with pytest.raises(ValueError, match="exactly one entry of the factor, its spread; found 2"):
        mixing_of([kind], [0, 0], [0, 1], n_random=2)
    with pytest.raises(ValueError, match="found 0"):
        mixing_of([kind], [], [], n_random=1)
