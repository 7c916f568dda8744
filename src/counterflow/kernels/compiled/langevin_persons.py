"""Compiled loops of `kernels.hierarchical_bayes`: a Langevin step of every person, in tiles."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP, VECTOR
from counterflow.kernels.compiled.panel import WIDTH, evaluate_tile, to_coefficients
from counterflow.kernels.compiled.philox import fill_words_of_units, normals_of, uniform_of
from counterflow.kernels.compiled.population_sums import add_scatter, shift_by_means
from counterflow.kernels.compiled.step_size import adapted
from counterflow.kernels.compiled.unowned import unowned

ZERO = np.uint64(0)
# The share of proposals accepted at which steps go furthest (Roberts and Rosenthal 1998).
BEST_ACCEPTANCE = 0.574


@nb.njit(**LOOP)
def move_persons(
    panel, state, tuning, record, room, axes, key, chain, sweep, gain, n_kept, first, last, sums
):
    """Move every person of tiles `first` to `last` by one Langevin step.

    Step sizes learn if `gain` is above 0; otherwise this is number `n_kept` of the sweeps that
    count. Sets `sums` to what the population is drawn from.
    """
    panel, state, tuning = unowned(panel), unowned(state), unowned(tuning)
    record, room, axes = unowned(record), unowned(room), unowned(axes)
    forward, transposed, back = axes
    k = state.latents.shape[1]
    residual, z, slope, moved = room.tiles[0], room.tiles[1], room.tiles[2], room.tiles[3]
    normals, step = room.tiles[4], room.tiles[5]
    gradients, new_slope = room.tiles[6], room.tiles[7]
    log_likelihoods, accepted = room.vectors[0, :WIDTH], room.vectors[1, :WIDTH]
    density, new_density = room.vectors[2, :WIDTH], room.vectors[3, :WIDTH]
    n_words = (k + 1) // 2
    sums[:] = 0.0
    for tile in range(first, last):
        members, persons, covariates = (
            state.members[tile],
            panel.persons[tile],
            panel.covariates[tile],
        )
        sizes, shrinks = tuning.step_sizes[tile], tuning.shrinks[tile]
        fill_words_of_units(key, ZERO, persons, sweep, chain, room.words[: n_words + 1])
        tile_normals(room.words, normals)
        shift_by_means(state.latents[tile], covariates, members, -1.0, state.means, residual)
        transform(back, members, residual, room.spare, z)
        transform(transposed, members, state.gradients[tile], room.spare, slope)
        propose(sizes, shrinks, normals, z, slope, step)
        transform(forward, members, step, room.spare, moved)
        half_squares(state.log_likelihoods[tile], z, density)
        add(state.latents[tile], moved)
        add(step, z)
        evaluate_tile(panel, room, tile, moved, log_likelihoods, gradients)
        half_squares(log_likelihoods, z, new_density)
        transform(transposed, members, gradients, room.spare, new_slope)
        log_ratios(sizes, shrinks, normals, z, slope, new_slope, density, new_density, accepted)
        learn(persons, room.words[n_words], accepted, gain, sizes, tuning.n_accepted[tile])
        take(accepted, moved, state.latents[tile])
        take(accepted, gradients, state.gradients[tile])
        take_one(accepted, log_likelihoods, state.log_likelihoods[tile])
        shift_by_means(state.latents[tile], covariates, members, -1.0, state.means, residual)
        add_scatter(covariates, residual, members, room.rows, sums)
        if gain > 0.0:
            # With a memory of two hundred sweeps.
            approach(max(1.0 / (1.0 + sweep), 0.005), state.latents[tile], tuning.average[tile])
        else:
            to_coefficients(state.latents[tile], panel.signs, panel.signed, room.coefficients)
            multiply_tile(panel.units, room.coefficients, room.spare)
            add_to_moments(
                1.0 / n_kept, room.spare, record.person_means[tile], record.person_squares[tile]
            )


@nb.njit(**VECTOR)
def tile_normals(words, normals):
    """Fill a row of normals for each latent value: first all sines, then the cosines."""
    k = normals.shape[0]
    half = (k + 1) // 2
    for i in range(k - half):
        for w in range(WIDTH):
            normals[i, w], normals[half + i, w] = normals_of(words[i, w])
    if 2 * half > k:
        for w in range(WIDTH):
            normals[half - 1, w], _ = normals_of(words[half - 1, w])


@nb.njit(**LOOP)
def transform(matrices, members, values, spare, out):
    """Set `out` to the matrix of each person's component times the person's values."""
    if matrices.shape[0] == 1:
        multiply_tile(matrices[0], values, out)
        return
    for c in range(matrices.shape[0]):
        multiply_tile(matrices[c], values, spare)
        for k in range(out.shape[0]):
            for w in range(WIDTH):
                if members[w] == c:
                    out[k, w] = spare[k, w]


@nb.njit(**VECTOR)
def multiply_tile(matrix, values, out):
    """Set `out` to the matrix times the values of each person."""
    n = values.shape[0]
    for k in range(out.shape[0]):
        for w in range(WIDTH):
            out[k, w] = 0.0
        # Five rows at a time: `out` is read and written once instead of five times. LLVM unrolls
        # inner loops of a constant length; with more rows it no longer vectorises.
        for begin in range(n // 5):
            for w in range(WIDTH):
                summed = out[k, w]
                for i in range(5):
                    summed += matrix[k, 5 * begin + i] * values[5 * begin + i, w]
                out[k, w] = summed
        for i in range(n - n % 5, n):
            for w in range(WIDTH):
                out[k, w] += matrix[k, i] * values[i, w]


@nb.njit(**VECTOR)
def propose(sizes, shrinks, normals, z, slope, step):
    """Turn slopes into those of the posterior in units of `shrinks`, and set steps along axes."""
    for k in range(step.shape[0]):
        for w in range(WIDTH):
            slope[k, w] = shrinks[k, w] * (slope[k, w] - z[k, w])
            step[k, w] = shrinks[k, w] * sizes[w] * (0.5 * sizes[w] * slope[k, w] + normals[k, w])


@nb.njit(**VECTOR)
def half_squares(log_likelihoods, z, out):
    """Set `out` to the log density of each person, given the population."""
    for w in range(WIDTH):
        out[w] = log_likelihoods[w]
    for k in range(z.shape[0]):
        for w in range(WIDTH):
            out[w] -= 0.5 * z[k, w] * z[k, w]


@nb.njit(**VECTOR)
def add(values, out):
    """Add values to `out`."""
    for k in range(out.shape[0]):
        for w in range(WIDTH):
            out[k, w] += values[k, w]


@nb.njit(**VECTOR)
def log_ratios(sizes, shrinks, normals, z, slope, new_slope, density, new_density, out):
    """Set `out` to the logarithm of what makes each proposal acceptable.

    Density there less density here, plus that of the way back less that of the way there.
    """
    for w in range(WIDTH):
        out[w] = new_density[w] - density[w]
    for k in range(z.shape[0]):
        for w in range(WIDTH):
            turned = slope[k, w] + shrinks[k, w] * (new_slope[k, w] - z[k, w])
            back = normals[k, w] + 0.5 * sizes[w] * turned
            out[w] += 0.5 * (normals[k, w] * normals[k, w] - back * back)


@nb.njit(**LOOP)
def learn(persons, words, ratios, gain, sizes, n_accepted):
    """Replace each log ratio by 1 where the proposal is accepted and 0 where it is not."""
    for w in range(WIDTH):
        accepted = persons[w] >= 0 and np.log(uniform_of(words[w])) < ratios[w]
        if gain > 0.0:
            sizes[w] = adapted(sizes[w], ratios[w], gain, BEST_ACCEPTANCE)
        elif accepted:
            n_accepted[w] += 1
        ratios[w] = 1.0 if accepted else 0.0


@nb.njit(**VECTOR)
def take(accepted, proposed, out):
    """Replace values of those who accepted."""
    for k in range(out.shape[0]):
        for w in range(WIDTH):
            out[k, w] = proposed[k, w] if accepted[w] > 0.5 else out[k, w]


@nb.njit(**VECTOR)
def take_one(accepted, proposed, out):
    """Replace a value of those who accepted."""
    for w in range(WIDTH):
        out[w] = proposed[w] if accepted[w] > 0.5 else out[w]


@nb.njit(**VECTOR)
def approach(weight, values, average):
    """Move averages towards the values."""
    for k in range(values.shape[0]):
        for w in range(WIDTH):
            average[k, w] += weight * (values[k, w] - average[k, w])


@nb.njit(**VECTOR)
def add_to_moments(share, values, means, squares):
    """Update running means and sums of squared deviations (Welford 1962)."""
    for k in range(values.shape[0]):
        for w in range(WIDTH):
            off = values[k, w] - means[k, w]
            means[k, w] += share * off
            squares[k, w] += off * (values[k, w] - means[k, w])
