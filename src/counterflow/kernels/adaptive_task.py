"""The next task of a respondent: what is known so far, and which products teach most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import gammaincinv, gammaln, roots_hermitenorm

from counterflow.kernels.compiled import adaptive_task as compiled
from counterflow.kernels.newton import Slope, maximise_concave

_LEAST_EFFECTIVE = 0.1


class AnsweredTasks(NamedTuple):
    """T tasks that one respondent has answered, in coordinates in which the prior is N(0, I)."""

    rows: Float[np.ndarray, "T J K"]
    """Design rows, the outside option among them."""
    offsets: Float[np.ndarray, "T J"]
    """Utility at the prior mean, coordinates 0."""
    chosen: Int[np.ndarray, " T"]


class Normal(NamedTuple):
    """A normal distribution of coefficients."""

    mean: Float[np.ndarray, " K"]
    covariance: Float[np.ndarray, "K K"]


class Draws(NamedTuple):
    """Points with weights that sum to 1."""

    points: Float[np.ndarray, "R K"]
    weights: Float[np.ndarray, " R"]

    @property
    def effective_sample(self) -> float:
        """Return 1 over the sum of squared weights: R where all are equal."""
        return float(1.0 / np.square(self.weights).sum())


def log_posterior(
    answered: AnsweredTasks, points: Float[np.ndarray, "R K"]
) -> Float[np.ndarray, " R"]:
    """Return log-likelihood plus log prior, up to a constant, at each point.

    Examples
    --------
    >>> answered = AnsweredTasks(np.array([[[1.0], [0.0]]]), np.zeros((1, 2)), np.array([0]))
    >>> log_posterior(answered, np.array([[0.0]])).round(4)
    array([-0.6931])
    """
    utilities = answered.offsets + np.einsum("tjk,rk->rtj", answered.rows, points)
    top = utilities.max(axis=2, keepdims=True, initial=-np.inf)
    log_totals = top[..., 0] + np.log(np.exp(utilities - top).sum(axis=2))
    tasks = np.arange(len(answered.chosen))
    taken = utilities[:, tasks, answered.chosen]
    return (taken - log_totals).sum(axis=1) - 0.5 * np.square(points).sum(axis=1)


def laplace(answered: AnsweredTasks) -> Normal:
    """Return the normal at the posterior mode, with the inverse of minus the Hessian there.

    Notes
    -----
    The log posterior of a logit with a normal prior is concave, so there is one mode (Train 2009,
    section 3.7.1), and Newton's method finds it.
    """
    k = answered.rows.shape[2]

    def slope_at(z: Float[np.ndarray, " K"]) -> Slope:
        utilities = answered.offsets + answered.rows @ z
        exps = np.exp(utilities - utilities.max(axis=1, keepdims=True, initial=-np.inf))
        shares = exps / exps.sum(axis=1, keepdims=True)
        means = np.einsum("tj,tjk->tk", shares, answered.rows)
        centred = answered.rows - means[:, None, :]
        information = np.einsum("tj,tjk,tjl->kl", shares, centred, centred) + np.eye(k)
        tasks = np.arange(len(answered.chosen))
        gradient = (answered.rows[tasks, answered.chosen] - means).sum(axis=0) - z
        return Slope(float(log_posterior(answered, z[None])[0]), gradient, information)

    found = maximise_concave(slope_at, np.zeros(k), max_iterations=50, tolerance=1e-6)
    return Normal(found.point, np.linalg.inv(found.slope.information))


def importance_draws(
    answered: AnsweredTasks,
    normals: Float[np.ndarray, "R K"],
    uniforms: Float[np.ndarray, " R"],
    *,
    freedom: int = 8,
    from_prior: float = 0.1,
) -> Draws:
    """Return draws from a t distribution at the mode and from the prior, weighted to the posterior.

    Parameters
    ----------
    answered
        The answers so far; without any, the draws are those of the prior.
    normals, uniforms
        The randomness: standard normals, and uniforms that decide how far into the tail each goes.
    freedom
        Degrees of freedom of the t: tails heavier than the posterior's keep weights bounded.
    from_prior
        Share of draws from the prior itself, which bounds weights wherever the normal at the mode
        is a poor picture of the posterior.

    Notes
    -----
    Importance sampling of a respondent's posterior by a multivariate t at its mode, as in Yu, Goos
    and Vandebroek (International Journal of Research in Marketing 28, 2011, 378-388). The share
    from the prior makes it a defensive mixture (Hesterberg, Technometrics 37, 1995): no weight
    exceeds the likelihood over `from_prior`. Should fewer than a tenth of the draws count even so,
    those at the mode count equally: a rough posterior then beats one of a few points.
    """
    n, k = normals.shape
    n_prior = round(from_prior * n)
    if not len(answered.chosen):
        return Draws(normals.copy(), np.full(n, 1.0 / n))
    at_mode = laplace(answered)
    lower = np.linalg.cholesky(at_mode.covariance)
    radii = np.sqrt(freedom / _chi_square(uniforms[n_prior:], freedom))
    centred = (normals[n_prior:] * radii[:, None]) @ lower.T
    points = np.concatenate([normals[:n_prior], at_mode.mean + centred])
    scaled = np.linalg.solve(lower, (points - at_mode.mean).T)
    distance = np.square(scaled).sum(axis=0)
    log_t = -0.5 * (freedom + k) * np.log1p(distance / freedom) - np.log(np.diag(lower)).sum()
    log_t += _log_t_constant(freedom, k)
    log_prior = -0.5 * np.square(points).sum(axis=1) - 0.5 * k * np.log(2.0 * np.pi)
    share = n_prior / n
    log_mixture = np.logaddexp(
        np.log1p(-share) + log_t, (np.log(share) if share else -np.inf) + log_prior
    )
    log_weights = log_posterior(answered, points) - log_mixture
    weights = np.exp(log_weights - log_weights.max())
    found = Draws(points, weights / weights.sum())
    if found.effective_sample < _LEAST_EFFECTIVE * n:
        return Draws(points[n_prior:], np.full(n - n_prior, 1.0 / (n - n_prior)))
    return found


def moment_matched(answered: AnsweredTasks, *, n_nodes: int = 20) -> Normal:
    """Return the normal that answers lead to, one after the other, each along one direction.

    Notes
    -----
    Ellipsoidal updating (Saure and Vielma, Operations Research 67, 2019, 315-338): with
    beta ~ N(mu, S) an answer says something of d'beta only, d the difference of the two products.
    Its mean and variance given the answer are integrals over one dimension, by Gauss-Hermite
    quadrature, and

        mu' = mu + S d (m' - m) / s^2,   S' = S + S d d' S (s'^2 - s^2) / s^4

    with m, s^2 before and m', s'^2 after. With more than two alternatives the log-sum of those not
    chosen is taken as linear about mu, which is exact for two.
    """
    k = answered.rows.shape[2]
    mean, covariance = np.zeros(k), np.eye(k)
    nodes, weights = roots_hermitenorm(n_nodes)
    for rows, offsets, chosen in zip(*answered, strict=True):
        others = np.arange(len(rows)) != chosen
        utilities = offsets + rows @ mean
        top = utilities[others].max()
        exps = np.exp(utilities[others] - top)
        direction = rows[chosen] - exps @ rows[others] / exps.sum()
        lead = utilities[chosen] - top - np.log(exps.sum())
        along = covariance @ direction
        variance = float(direction @ along)
        if variance <= 0.0:
            continue
        points = lead + np.sqrt(variance) * nodes
        likely = weights * np.exp(-np.logaddexp(0.0, -points))
        likely /= likely.sum()
        new_lead = float(likely @ points)
        new_variance = float(likely @ np.square(points - new_lead))
        mean = mean + along * (new_lead - lead) / variance
        covariance = covariance + np.outer(along, along) * (new_variance - variance) / variance**2
    return Normal(mean, covariance)


class Candidates(NamedTuple):
    """C products that the next task may show, and the outside option as the last row if any."""

    rows: Float[np.ndarray, "rows K"]
    offsets: Float[np.ndarray, " rows"]
    may_stand: Bool[np.ndarray, "J C"]
    """Whether a product may stand at a place."""
    may_meet: Bool[np.ndarray, "C C"]
    """Whether two products may stand in one task."""


class BestTask(NamedTuple):
    """The products of a task, and the D-error that is expected after it."""

    products: Int[np.ndarray, " J"]
    error: float


def best_task(
    candidates: Candidates,
    answered: AnsweredTasks,
    draws: Draws,
    starts: Int[np.ndarray, "starts J"],
    *,
    precision: Float[np.ndarray, "K K"],
    max_passes: int = 3,
) -> BestTask:
    """Return the task that is expected to leave least uncertainty, found from some starts.

    Parameters
    ----------
    candidates, answered, draws
        What may be shown, what was answered, and what is believed now.
    starts
        Tasks that keep the rules, of which each product in turn is exchanged for any other.
    precision
        Information before `answered`: the identity for the prior N(0, I).
    max_passes
        How often each place is gone over at most.

    Notes
    -----
    Minimises over tasks the mean over draws b_r of det(P + I(answered; b_r) + I(task; b_r))^(-1/K)
    (Yu, Goos and Vandebroek 2011), I(task; b) = Z'Z with rows
    sqrt(p_j) (x_j - sum_i p_i x_i). With M the first two terms,
    det(M + Z'Z) = det(M) det(I + Z M^-1 Z'), a determinant of the size of a task, from inner
    products x_i' M^-1 x_j that are taken once for all tasks (modified Fedorov exchange: Cook and
    Nachtsheim, Technometrics 22, 1980).
    """
    n_draws, k = draws.points.shape
    n_rows = len(candidates.rows)
    grams, exps = np.empty((n_rows, n_rows, n_draws)), np.empty((n_rows, n_draws))
    log_dets = np.empty(n_draws)
    compiled.prepare(
        np.ascontiguousarray(draws.points),
        np.ascontiguousarray(answered.rows),
        np.ascontiguousarray(answered.offsets),
        np.ascontiguousarray(candidates.rows),
        np.ascontiguousarray(candidates.offsets),
        np.ascontiguousarray(precision),
        grams,
        exps,
        log_dets,
    )
    n_places, n_candidates = candidates.may_stand.shape
    best = BestTask(starts[0], np.inf)
    for start in starts:
        # The outside option, where there is one, stands in every task.
        task = np.concatenate([start, np.arange(n_candidates, n_rows)]).astype(np.int64)
        error = compiled.exchange(
            task,
            n_places,
            n_candidates,
            grams,
            exps,
            log_dets,
            draws.weights,
            float(k),
            candidates.may_stand,
            candidates.may_meet,
            max_passes,
        )
        if error < best.error:
            best = BestTask(task[:n_places], float(error))
    return best


def _chi_square(uniforms: Float[np.ndarray, " n"], freedom: int) -> Float[np.ndarray, " n"]:
    return np.asarray(2.0 * gammaincinv(freedom / 2.0, uniforms))


def _log_t_constant(freedom: int, k: int) -> float:
    return float(
        gammaln(0.5 * (freedom + k)) - gammaln(0.5 * freedom) - 0.5 * k * np.log(freedom * np.pi)
    )
