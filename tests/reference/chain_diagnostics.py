"""R-hat and effective sample size of one quantity, equation by equation (Vehtari et al. 2021)."""

import numpy as np
from scipy.stats import norm, rankdata


def split(chains: np.ndarray) -> np.ndarray:
    """Return the halves of each chain."""
    half = chains.shape[1] // 2
    return np.vstack([chains[:, :half], chains[:, -half:]])


def rank_normalised(chains: np.ndarray) -> np.ndarray:
    """Return normal scores (equation 14)."""
    ranks = rankdata(chains.ravel()).reshape(chains.shape)
    return norm.ppf((ranks - 3 / 8) / (chains.size + 1 / 4))


def plain_r_hat(chains: np.ndarray) -> float:
    """Return sqrt(var+ / W) (equations 1 to 4)."""
    n = chains.shape[1]
    between, within = n * chains.mean(axis=1).var(ddof=1), chains.var(axis=1, ddof=1).mean()
    return float(np.sqrt(((n - 1) / n * within + between / n) / within))


def r_hat(chains: np.ndarray) -> float:
    """Return the larger of R-hat of ranks and of ranks of distances from the median."""
    halves = split(chains)
    folded = np.abs(halves - np.median(halves))
    return max(plain_r_hat(rank_normalised(halves)), plain_r_hat(rank_normalised(folded)))


def effective_sample(chains: np.ndarray) -> float:
    """Return the effective sample size of the mean (equations 10 to 13)."""
    m, n = chains.shape
    within = chains.var(axis=1, ddof=1)
    between = chains.mean(axis=1).var(ddof=1) if m > 1 else 0.0
    total = (n - 1) / n * within.mean() + between
    centred = chains - chains.mean(axis=1, keepdims=True)

    def rho(lag: int) -> float:
        covariance = [np.sum(c[: n - lag] * c[lag:]) / (n - 1) for c in centred]
        return 1.0 - (within.mean() - np.mean(covariance)) / total

    tau, previous, lag = -1.0, np.inf, 0
    while lag + 1 < n:
        pair = (1.0 if lag == 0 else rho(lag)) + rho(lag + 1)
        if pair <= 0.0:
            break
        previous = min(previous, pair)
        tau += 2.0 * previous
        lag += 2
    return m * n / max(tau, 1.0 / np.log10(m * n))
