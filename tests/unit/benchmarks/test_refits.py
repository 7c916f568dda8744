"""What the benchmark of standard errors says of refits."""

import numpy as np
import pytest

from benchmarks.ours.bootstrap import quartile_spread


def test_normal_refits_spread_by_their_standard_deviation_and_a_stray_one_moves_nothing():
    refits = np.random.default_rng(1).normal(0.0, [1.0, 5.0], (20_000, 2))
    assert quartile_spread(refits) == pytest.approx([1.0, 5.0], rel=0.02)
    refits[0] = 1e6
    assert quartile_spread(refits) == pytest.approx([1.0, 5.0], rel=0.02)
