"""Did Markov chains mix: potential scale reduction and effective sample size of their draws."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri


class ChainDiagnostics(NamedTuple):
    """How well each of P quantities was explored; NaN for a quantity that never changed."""

    r_hat: Float[np.ndarray, " P"]
    bulk_effective_sample: Float[np.ndarray, " P"]
    tail_effective_sample: Float[np.ndarray, " P"]


def chain_diagnostics(draws: Float[np.ndarray, "C S P"]) -> ChainDiagnostics:
    """Return R-hat and effective sample sizes of C chains of S draws of P quantities.

    Needs four draws or more in each chain.

    Notes
    -----
    Rank-normalised split R-hat, the larger of that of the draws and that of their distances from
    the median; bulk effective sample of the rank-normalised draws; tail effective sample, the
    smaller of those for the 5 % and the 95 % quantile (Vehtari, Gelman, Simpson, Carpenter and
    Bürkner, Bayesian Analysis 16(2), 2021, equations 10 to 14 and section 4).

    Examples
    --------
    >>> together = np.random.default_rng(0).standard_normal((2, 1000, 1))
    >>> apart = together + np.array([0.0, 3.0])[:, None, None]
    >>> [round(float(chain_diagnostics(draws).r_hat[0]), 1) for draws in (together, apart)]
    [1.0, 1.7]
    """
    if draws.ndim != 3 or draws.shape[1] < 4:
        raise ValueError(f"draws must be chains x 4 draws or more x quantities, got {draws.shape}")
    halves = _split(np.asarray(draws, dtype=float))
    ranked = _rank_normalised(halves)
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    low, high = np.quantile(halves, [0.05, 0.95], axis=(0, 1))
    return ChainDiagnostics(
        r_hat=np.maximum(_r_hat(ranked), _r_hat(_rank_normalised(folded))),
        bulk_effective_sample=effective_sample(ranked),
        tail_effective_sample=np.minimum(
            effective_sample((halves <= low).astype(float)),
            effective_sample((halves <= high).astype(float)),
        ),
    )


def effective_sample(draws: Float[np.ndarray, "C S P"]) -> Float[np.ndarray, " P"]:
    """Return how many independent draws would know the mean as well as these.

    Notes
    -----
    C S / tau with tau = -1 + 2 sum_t (rho_2t + rho_2t+1), the sums of pairs cut where they turn
    negative and made monotone (Geyer, Statistical Science 7, 1992); rho from the autocovariances
    within chains and the variance between them (Vehtari et al. 2021, equations 10 to 13).
    """
    n_chains, n_draws, n_quantities = draws.shape
    within, total = _variances(draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        autocovariance = _autocovariance(draws).mean(axis=0)
        rho = 1.0 - (within - autocovariance * n_draws / (n_draws - 1.0)) / total
    rho[0] = 1.0
    pairs = rho[0 : 2 * (n_draws // 2)].reshape(n_draws // 2, 2, n_quantities).sum(axis=1)
    is_kept = np.logical_and.accumulate(pairs > 0.0, axis=0)
    monotone = np.minimum.accumulate(pairs, axis=0)
    tau = -1.0 + 2.0 * np.where(is_kept, monotone, 0.0).sum(axis=0)
    # Chains that swing about the mean can beat independence, but no estimate of that is stable.
    n_all = n_chains * n_draws
    sample = n_all / np.maximum(tau, 1.0 / np.log10(n_all))
    return np.where(total > 0.0, sample, np.nan)


def _r_hat(draws: Float[np.ndarray, "C S P"]) -> Float[np.ndarray, " P"]:
    within, total = _variances(draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(total / within)


def _variances(draws: Float[np.ndarray, "C S P"]) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance within chains, and an estimate of that of the whole."""
    n_draws = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    between = draws.mean(axis=1).var(axis=0, ddof=1) if len(draws) > 1 else 0.0
    return within, within * (n_draws - 1.0) / n_draws + between


def _autocovariance(draws: Float[np.ndarray, "C S P"]) -> Float[np.ndarray, "C S P"]:
    n_draws = draws.shape[1]
    length = next_fast_len(2 * n_draws, real=True)
    spectrum = rfft(draws - draws.mean(axis=1, keepdims=True), length, axis=1)
    return irfft(np.abs(spectrum) ** 2, length, axis=1)[:, :n_draws] / n_draws


def _split(draws: Float[np.ndarray, "C S P"]) -> Float[np.ndarray, "2*C half P"]:
    """Return each chain as two: a chain that drifts then differs from itself."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _rank_normalised(draws: Float[np.ndarray, "C S P"]) -> Float[np.ndarray, "C S P"]:
    """Return the normal scores of the draws among all draws of the quantity."""
    flat = draws.reshape(-1, draws.shape[2])
    ranks = scipy.stats.rankdata(flat, axis=0)
    return np.asarray(ndtri((ranks - 0.375) / (len(flat) + 0.25))).reshape(draws.shape)
