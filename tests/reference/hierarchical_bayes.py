"""Hierarchical Bayes twice in plain NumPy: the sweep of the compiled chain, and another sampler.

The first takes the same random words and must end in the same place. The second shares nothing
with it but the model: random-walk steps of persons, and textbook draws of the population.
"""

import numpy as np

from counterflow.kernels.hierarchical_bayes import ChainState, PopulationPrior, Tuning
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.panel import Panel, by_person
from reference import philox
from reference.logit import log_likelihood

LEAPS = 3


def coefficients_of(latents: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Return the latent values, or the sign times the exponential where a sign is known."""
    return np.where(signs == 0.0, latents, signs * np.exp(np.where(signs == 0.0, 0.0, latents)))


def person_log_likelihoods(
    sets: ChoiceSets, signs: np.ndarray, latents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each person's log-likelihood, and its gradient by the person's latent values."""
    log_likelihoods, gradients = np.empty(len(latents)), np.empty(latents.shape)
    for n, latent in enumerate(latents):
        tasks = slice(sets.person_starts[n], sets.person_starts[n + 1] + 1)
        own = ChoiceSets(sets.differences, sets.task_starts[tasks], np.array([0, -1]))
        own = own._replace(person_starts=np.array([0, own.n_tasks]))
        beta = coefficients_of(latent, signs)
        found = log_likelihood(own, np.ones(1), beta)
        log_likelihoods[n] = found.by_person[0]
        gradients[n] = found.scores[0] * np.where(signs == 0.0, 1.0, beta)
    return log_likelihoods, gradients


class TwinChain:
    """The compiled chain after burn-in, formula by formula; one component, with covariates."""

    def __init__(
        self,
        sets: ChoiceSets,
        panel: Panel,
        prior: PopulationPrior,
        state: ChainState,
        tuning: Tuning,
        key: np.ndarray,
        stream: int,
    ) -> None:
        self.sets, self.signs, self.prior = sets, panel.signs, prior
        self.key, self.stream = key, stream
        self.known = by_person(panel, panel.covariates)
        self.sizes = by_person(panel, tuning.step_sizes)
        self.shrinks = by_person(panel, tuning.shrinks)
        self.rotation, self.root = tuning.rotations[0], tuning.population_roots[0]
        self.growth_root, self.steps = tuning.growth_roots[0], tuning.hamiltonian_steps[0]
        self.means, self.factor = state.means[0].copy(), state.factors[0].copy()
        self.latents = by_person(panel, state.latents)

    def likelihood(self, latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return person_log_likelihoods(self.sets, self.signs, latents)

    def words(self, unit: int, sweep: int, n: int) -> np.ndarray:
        return philox.words(self.key, unit, sweep, self.stream, n)

    def sweep(self, sweep: int) -> None:
        self.scales(sweep) if sweep % 2 == 0 else self.whole_factor(sweep)
        self.persons(sweep)
        self.population(sweep)

    def residuals(self) -> np.ndarray:
        return self.latents - self.known @ self.means

    def persons(self, sweep: int) -> None:
        k = len(self.factor)
        axes = self.factor @ self.rotation
        log_likelihoods, gradients = self.likelihood(self.latents)
        residuals = self.residuals()
        for n, latent in enumerate(self.latents):
            words = self.words(n, sweep, (k + 1) // 2 + 1)
            normals, size, shrink = philox.normals(words[:-1], k), self.sizes[n], self.shrinks[n]
            z = np.linalg.solve(axes, residuals[n])
            slope = shrink * (axes.T @ gradients[n] - z)
            step = shrink * size * (0.5 * size * slope + normals)
            moved = self.latents.copy()
            moved[n] = latent + axes @ step
            new_log_likelihoods, new_gradients = self.likelihood(moved)
            new_slope = shrink * (axes.T @ new_gradients[n] - z - step)
            back = normals + 0.5 * size * (slope + new_slope)
            log_ratio = (
                new_log_likelihoods[n]
                - log_likelihoods[n]
                - 0.5 * ((z + step) @ (z + step) - z @ z)
                + 0.5 * (normals @ normals - back @ back)
            )
            if np.log(philox.uniform(words[-1])) < log_ratio:
                self.latents[n] = moved[n]

    def population(self, sweep: int) -> None:
        (n, k), q = self.latents.shape, len(self.means)
        words = self.words(1 << 40, sweep, (q * k + k * k + 1) // 2)
        normals = philox.normals(words, q * k + k * k)
        precision = np.linalg.inv(self.factor @ self.factor.T)
        for i in range(q):
            pull = np.diag(self.prior.mean_precision[i])
            column = self.known[:, i]
            others = self.latents - np.delete(self.known, i, 1) @ np.delete(self.means, i, 0)
            posterior = column @ column * precision + pull
            target = precision @ (column @ others) + pull @ self.prior.mean[i]
            root = np.linalg.cholesky(posterior)
            draw = np.linalg.solve(root.T, normals[i * k : i * k + k])
            self.means[i] = np.linalg.solve(posterior, target) + draw
        rates = self.prior.scale_rate + 0.5 * np.diag(precision)
        gammas = [self.chi_square(2.0 + self.prior.degrees, (1 << 42) + i, sweep) for i in range(k)]
        scatter = np.diag(0.5 * np.array(gammas) / rates)
        scatter += self.residuals().T @ self.residuals()
        upper = np.triu(normals[q * k :].reshape(k, k).T, 1)
        for i in range(k):
            freedom = self.prior.degrees + n - (k - 1 - i)
            upper[i, i] = np.sqrt(self.chi_square(freedom, (1 << 41) + i, sweep))
        self.factor = np.linalg.cholesky(scatter) @ np.linalg.inv(upper.T)

    def chi_square(self, degrees: float, unit: int, sweep: int) -> float:
        return philox.chi_square(degrees, self.key, unit, sweep, self.stream)

    def scales(self, sweep: int) -> None:
        q, k = self.means.shape
        words = self.words(1 << 43, sweep, ((q + 1) * k + 1) // 2 + 1)
        momentum = philox.normals(words[:-1], (q + 1) * k).reshape(q + 1, k)
        residuals, precisions = self.residuals(), np.diag(self._precision())
        shape = 1.0 + 0.5 * self.prior.degrees

        def posterior(place):
            means, growth = place[:q], place[q]
            latents = self.known @ means + np.exp(growth) * residuals
            log_likelihoods, gradients = self.likelihood(latents)
            half = 0.5 * precisions * np.exp(-2.0 * growth)
            rate = self.prior.scale_rate + half
            density = log_likelihoods.sum() + self._mean_prior(means)
            density -= np.sum(self.prior.degrees * growth + shape * np.log(rate))
            by_means = self.known.T @ gradients - self._mean_pull(means)
            by_growth = np.exp(growth) * (gradients * residuals).sum(axis=0)
            by_growth += 2.0 * shape * half / rate - self.prior.degrees
            return density, np.vstack([by_means @ self.root, self.growth_root * by_growth])

        def drift(place, p):
            return place + np.vstack([p[:q] @ self.root.T, self.growth_root * p[q]])

        start = np.vstack([self.means, np.zeros(k)])
        moved = self._hamiltonian(start, momentum, posterior, drift, 0, words[-1])
        if moved is not None:
            self.latents = self.known @ moved[:q] + np.exp(moved[q]) * residuals
            self.means, self.factor = moved[:q], np.exp(moved[q])[:, None] * self.factor

    def whole_factor(self, sweep: int) -> None:
        q, k = self.means.shape
        words = self.words(1 << 44, sweep, ((q + k) * k + 1) // 2 + 1)
        momentum = philox.normals(words[:-1], (q + k) * k).reshape(q + k, k)
        z = np.linalg.solve(self.factor, self.residuals().T).T
        z = np.column_stack([self.known, z])
        power, shape = self.prior.degrees + k, 1.0 + 0.5 * self.prior.degrees

        def posterior(rows):
            log_likelihoods, gradients = self.likelihood(z @ rows)
            factor = rows[q:].T
            precision = np.linalg.inv(factor @ factor.T)
            rate = self.prior.scale_rate + 0.5 * np.diag(precision)
            density = log_likelihoods.sum() + self._mean_prior(rows[:q])
            density -= power * np.linalg.slogdet(factor)[1] + shape * np.log(rate).sum()
            by_factor = precision @ np.diag(shape / rate) @ precision @ factor
            by_factor -= power * np.linalg.inv(factor).T
            slope = z.T @ gradients + np.vstack([-self._mean_pull(rows[:q]), by_factor.T])
            return density, slope @ self.root

        start = np.vstack([self.means, self.factor.T])
        moved = self._hamiltonian(
            start, momentum, posterior, lambda rows, p: rows + p @ self.root.T, 1, words[-1]
        )
        if moved is not None:
            self.latents, self.means = z @ moved, moved[:q]
            self.factor = np.linalg.cholesky(moved[q:].T @ moved[q:])

    def _hamiltonian(self, place, momentum, posterior, drift, move, word):
        """Return the place three leaps away, None if it is not accepted (Neal 2011, figure 2)."""
        size = self.steps[move]
        density, slope = posterior(place)
        energy = 0.5 * np.sum(momentum**2) - density
        momentum = momentum + 0.5 * size * slope
        for leap in range(LEAPS):
            place = drift(place, size * momentum)
            density, slope = posterior(place)
            momentum = momentum + (size if leap + 1 < LEAPS else 0.5 * size) * slope
        log_ratio = energy - (0.5 * np.sum(momentum**2) - density)
        return place if np.log(philox.uniform(word)) < log_ratio else None

    def _precision(self) -> np.ndarray:
        return np.linalg.inv(self.factor @ self.factor.T)

    def _mean_prior(self, mean: np.ndarray) -> float:
        return -0.5 * np.sum(self.prior.mean_precision * (mean - self.prior.mean) ** 2)

    def _mean_pull(self, mean: np.ndarray) -> np.ndarray:
        return self.prior.mean_precision * (mean - self.prior.mean)


def random_walk_gibbs(
    sets: ChoiceSets,
    signs: np.ndarray,
    prior: PopulationPrior,
    *,
    n_burn_in: int,
    n_sweeps: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return draws of means, of log standard deviations, and of persons' latent values.

    Rossi, Allenby and McCulloch 2005, section 5.5, for a model small enough to be patient with.
    """
    random = np.random.default_rng(seed)
    n, k = sets.n_persons, sets.n_coefficients
    latents, mean, covariance = np.zeros((n, k)), np.zeros(k), np.eye(k)
    log_likelihoods = _log_likelihoods(sets, coefficients_of(latents, signs))
    size, kept = np.ones(n), []
    for sweep in range(-n_burn_in, n_sweeps):
        root, precision = np.linalg.cholesky(covariance), np.linalg.inv(covariance)

        def log_prior(theta, mean=mean, precision=precision):
            return -0.5 * np.einsum("nk,kl,nl->n", theta - mean, precision, theta - mean)

        tried = latents + size[:, None] * random.standard_normal((n, k)) @ root.T
        new = _log_likelihoods(sets, coefficients_of(tried, signs))
        log_ratio = new + log_prior(tried) - log_likelihoods - log_prior(latents)
        taken = np.log(random.random(n)) < log_ratio
        latents[taken], log_likelihoods[taken] = tried[taken], new[taken]
        if sweep < 0:
            size *= np.exp((taken - 0.3) / np.sqrt(sweep + n_burn_in + 1.0))
        posterior = n * precision + np.diag(prior.mean_precision[0])
        target = precision @ latents.sum(axis=0) + prior.mean_precision[0] * prior.mean[0]
        mean = random.multivariate_normal(
            np.linalg.solve(posterior, target), np.linalg.inv(posterior)
        )
        rates = prior.scale_rate + 0.5 * np.diag(precision)
        scale = random.gamma(1.0 + 0.5 * prior.degrees, 1.0 / rates)
        scatter = np.diag(scale) + (latents - mean).T @ (latents - mean)
        covariance = _inverse_wishart(random, prior.degrees + n, scatter)
        if sweep >= 0:
            kept.append((mean, 0.5 * np.log(np.diag(covariance)), latents.copy()))
    return tuple(np.array(part) for part in zip(*kept, strict=True))


def _log_likelihoods(sets: ChoiceSets, coefficients: np.ndarray) -> np.ndarray:
    """Return each person's log-likelihood, all persons at once."""
    rows = np.diff(sets.task_starts[sets.person_starts])
    odds = np.sum(sets.differences * np.repeat(coefficients, rows, axis=0), axis=1)
    totals = 1.0 + np.add.reduceat(np.exp(np.minimum(odds, 300.0)), sets.task_starts[:-1])
    return -np.add.reduceat(np.log(totals), sets.person_starts[:-1])


def _inverse_wishart(random, degrees: float, scale: np.ndarray) -> np.ndarray:
    """Return a draw by Bartlett's factors of its inverse."""
    k = len(scale)
    lower = np.tril(random.standard_normal((k, k)), -1)
    lower += np.diag(np.sqrt(random.chisquare(degrees - np.arange(k))))
    root = np.linalg.cholesky(np.linalg.inv(scale)) @ lower
    return np.linalg.inv(root @ root.T)
