"""Hierarchical Bayes twice in plain NumPy: the sweep of the compiled chain, and another sampler.

The first takes the same random words and must end in the same place. The second shares nothing
with it but the model: random-walk steps of persons, and textbook draws of the population.
"""

import numpy as np

from counterflow.kernels.hierarchical_bayes import ChainState, PopulationPrior, Tuning
from counterflow.kernels.logit import ChoiceSets
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
    """The compiled chain after burn-in, formula by formula."""

    def __init__(
        self,
        sets: ChoiceSets,
        signs: np.ndarray,
        prior: PopulationPrior,
        state: ChainState,
        tuning: Tuning,
        key: np.ndarray,
        stream: int,
    ) -> None:
        self.sets, self.signs, self.prior, self.tuning = sets, signs, prior, tuning
        self.key, self.stream = key, stream
        self.mean, self.factor, self.latents = (
            state.mean.copy(),
            state.factor.copy(),
            state.latents.copy(),
        )

    def likelihood(self, latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return person_log_likelihoods(self.sets, self.signs, latents)

    def words(self, unit: int, sweep: int, n: int) -> np.ndarray:
        return philox.words(self.key, unit, sweep, self.stream, n)

    def sweep(self, sweep: int) -> None:
        self.persons(sweep)
        self.population(sweep)
        self.scales(sweep) if sweep % 2 == 0 else self.whole_factor(sweep)

    def persons(self, sweep: int) -> None:
        k = len(self.mean)
        axes = self.factor @ self.tuning.rotation
        log_likelihoods, gradients = self.likelihood(self.latents)
        for n, latent in enumerate(self.latents):
            words = self.words(n, sweep, (k + 1) // 2 + 1)
            normals, size = philox.normals(words[:-1], k), self.tuning.step_sizes[n]
            shrink = 1.0 / np.sqrt(1.0 + self.tuning.informativeness[n] * self.tuning.eigenvalues)
            z = np.linalg.solve(axes, latent - self.mean)
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
        n, k = self.latents.shape
        words = self.words(1 << 40, sweep, (k + k * k + 1) // 2)
        normals = philox.normals(words, k + k * k)
        precision = np.linalg.inv(self.factor @ self.factor.T)
        posterior = n * precision + np.diag(self.prior.mean_precision)
        root = np.linalg.cholesky(posterior)
        target = precision @ self.latents.sum(axis=0) + self.prior.mean_precision * self.prior.mean
        self.mean = np.linalg.solve(posterior, target) + np.linalg.solve(root.T, normals[:k])
        rates = self.prior.scale_rate + 0.5 * np.diag(precision)
        gammas = [self.chi_square(2.0 + self.prior.degrees, (1 << 42) + i, sweep) for i in range(k)]
        scatter = np.diag(0.5 * np.array(gammas) / rates)
        scatter += (self.latents - self.mean).T @ (self.latents - self.mean)
        upper = np.triu(normals[k:].reshape(k, k).T, 1)
        for i in range(k):
            freedom = self.prior.degrees + n - (k - 1 - i)
            upper[i, i] = np.sqrt(self.chi_square(freedom, (1 << 41) + i, sweep))
        self.factor = np.linalg.cholesky(scatter) @ np.linalg.inv(upper.T)

    def chi_square(self, degrees: float, unit: int, sweep: int) -> float:
        return philox.chi_square(degrees, self.key, unit, sweep, self.stream)

    def scales(self, sweep: int) -> None:
        k = len(self.mean)
        words = self.words(1 << 43, sweep, k + 1)
        momentum = philox.normals(words[:-1], 2 * k).reshape(2, k)
        root, growth_root = self.tuning.population_root, self.tuning.growth_root
        centred, precisions = self.latents - self.mean, np.diag(self._precision())
        shape = 1.0 + 0.5 * self.prior.degrees

        def posterior(place):
            mean, growth = place
            log_likelihoods, gradients = self.likelihood(mean + np.exp(growth) * centred)
            half = 0.5 * precisions * np.exp(-2.0 * growth)
            rate = self.prior.scale_rate + half
            density = log_likelihoods.sum() + self._mean_prior(mean)
            density -= np.sum(self.prior.degrees * growth + shape * np.log(rate))
            by_mean = gradients.sum(axis=0) - self._mean_pull(mean)
            by_growth = np.exp(growth) * (gradients * centred).sum(axis=0)
            by_growth += 2.0 * shape * half / rate - self.prior.degrees
            return density, np.vstack([root.T @ by_mean, growth_root * by_growth])

        def drift(place, p):
            return place + np.vstack([root @ p[0], growth_root * p[1]])

        start = np.vstack([self.mean, np.zeros(k)])
        moved = self._hamiltonian(start, momentum, posterior, drift, 0, words[-1])
        if moved is not None:
            self.latents = moved[0] + np.exp(moved[1]) * centred
            self.mean, self.factor = moved[0], np.exp(moved[1])[:, None] * self.factor

    def whole_factor(self, sweep: int) -> None:
        k = len(self.mean)
        words = self.words(1 << 44, sweep, (k * (k + 1) + 1) // 2 + 1)
        momentum = philox.normals(words[:-1], k * (k + 1)).reshape(k + 1, k)
        root = self.tuning.population_root
        z = np.linalg.solve(self.factor, (self.latents - self.mean).T).T
        z = np.column_stack([np.ones(len(z)), z])
        power, shape = self.prior.degrees + k, 1.0 + 0.5 * self.prior.degrees

        def posterior(rows):
            log_likelihoods, gradients = self.likelihood(z @ rows)
            factor = rows[1:].T
            precision = np.linalg.inv(factor @ factor.T)
            rate = self.prior.scale_rate + 0.5 * np.diag(precision)
            density = log_likelihoods.sum() + self._mean_prior(rows[0])
            density -= power * np.linalg.slogdet(factor)[1] + shape * np.log(rate).sum()
            by_factor = precision @ np.diag(shape / rate) @ precision @ factor
            by_factor -= power * np.linalg.inv(factor).T
            slope = z.T @ gradients + np.vstack([-self._mean_pull(rows[0]), by_factor.T])
            return density, slope @ root

        start = np.vstack([self.mean, self.factor.T])
        moved = self._hamiltonian(
            start, momentum, posterior, lambda rows, p: rows + p @ root.T, 1, words[-1]
        )
        if moved is not None:
            self.latents, self.mean = z @ moved, moved[0]
            self.factor = np.linalg.cholesky(moved[1:].T @ moved[1:])

    def _hamiltonian(self, place, momentum, posterior, drift, move, word):
        """Return the place three leaps away, None if it is not accepted (Neal 2011, figure 2)."""
        size = self.tuning.hamiltonian_steps[move]
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
        posterior = n * precision + np.diag(prior.mean_precision)
        target = precision @ latents.sum(axis=0) + prior.mean_precision * prior.mean
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
