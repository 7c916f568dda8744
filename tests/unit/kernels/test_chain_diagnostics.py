"""Chains that mixed pass, chains that did not fail, and the figures are those of the paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter

from counterflow.kernels.chain_diagnostics import chain_diagnostics, effective_sample
from reference import chain_diagnostics as reference


def autoregressive(rho: float, n_chains: int, n_draws: int, seed: int = 0) -> np.ndarray:
    """Return chains of variance 1 that remember the share rho of the draw before."""
    noise = np.random.default_rng(seed).normal(size=(n_chains, n_draws + 200))
    return lfilter([np.sqrt(1.0 - rho**2)], [1.0, -rho], noise, axis=1)[:, 200:]


@given(
    st.integers(0, 10**6),
    st.integers(1, 4),
    st.integers(4, 60),
    st.sampled_from([-0.6, 0.0, 0.5, 0.95]),
    st.booleans(),
)
def test_figures_are_those_of_the_equations(seed, n_chains, n_draws, rho, is_rounded):
    chains = autoregressive(rho, n_chains, n_draws, seed)
    chains = np.round(chains, 1) if is_rounded else chains
    found = chain_diagnostics(chains[:, :, None])
    halves = reference.split(chains)
    low, high = np.quantile(halves, [0.05, 0.95])
    tails = [reference.effective_sample((halves <= q).astype(float)) for q in (low, high)]
    assert found.r_hat[0] == pytest.approx(reference.r_hat(chains), rel=1e-9)
    bulk = reference.effective_sample(reference.rank_normalised(halves))
    assert found.bulk_effective_sample[0] == pytest.approx(bulk, rel=1e-6)
    assert found.tail_effective_sample[0] == pytest.approx(min(tails), rel=1e-6)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_the_effective_sample_of_an_autoregression_is_known(rho):
    # The autocorrelations rho^t sum to tau = (1 + rho) / (1 - rho).
    chains = autoregressive(rho, 4, 20_000)
    known = 80_000 * (1.0 - rho) / (1.0 + rho)
    assert effective_sample(chains[:, :, None])[0] == pytest.approx(known, rel=0.15)


def test_figures_are_near_those_of_arviz():
    random = np.random.default_rng(3)
    walks = np.cumsum(random.normal(size=(3, 200)), axis=1)
    chains = 0.15 * walks + random.normal(size=(3, 200))
    found = chain_diagnostics(chains[:, :, None])
    # ArviZ 0.23.4: rhat and ess; it adds half a term where it cuts the sum of autocorrelations.
    assert found.r_hat[0] == pytest.approx(1.4443313172118766, rel=1e-12)
    assert found.bulk_effective_sample[0] == pytest.approx(6.18298, rel=0.05)
    assert found.tail_effective_sample[0] == pytest.approx(16.67312, rel=0.05)


def test_chains_in_different_places_are_told_apart():
    chains = np.random.default_rng(0).normal(size=(4, 500, 1))
    together = chain_diagnostics(chains)
    apart = chain_diagnostics(chains + np.array([0.0, 0.0, 0.0, 2.0])[:, None, None])
    assert together.r_hat[0] < 1.01
    assert together.bulk_effective_sample[0] > 1500
    assert apart.r_hat[0] > 1.2
    assert apart.bulk_effective_sample[0] < 20


def test_chains_of_different_spread_are_told_apart():
    # Their means agree, so that R-hat of the draws alone sees nothing (the paper's section 3).
    chains = np.random.default_rng(0).normal(size=(4, 1000, 1))
    chains[0] *= 4.0
    assert chain_diagnostics(chains).r_hat[0] > 1.1


def test_a_single_chain_that_drifts_differs_from_itself():
    drift = np.linspace(0.0, 3.0, 1000) + np.random.default_rng(0).normal(size=1000)
    assert chain_diagnostics(drift[None, :, None]).r_hat[0] > 1.2


def test_quantities_without_a_mean_can_be_judged():
    chains = np.random.default_rng(0).standard_cauchy(size=(4, 1000, 1))
    found = chain_diagnostics(chains)
    assert found.r_hat[0] < 1.01
    assert found.bulk_effective_sample[0] > 2000


def test_a_quantity_that_never_changes_has_no_figures():
    found = chain_diagnostics(np.ones((2, 50, 1)))
    assert np.isnan(found).all()


def test_too_short_a_chain_is_refused():
    with pytest.raises(ValueError, match=r"4 draws or more x quantities, got \(2, 3, 1\)"):
        chain_diagnostics(np.zeros((2, 3, 1)))
