"""Compiled loops that find where each person's draws should lie: the mode of their posterior.

Newton's method on log-likelihood plus log density of the standard normals z, person by person,
with the curvature of the choices carried through the distributions (Gauss-Newton), which is never
indefinite; steps are halved until the posterior rises.
"""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp, log
from counterflow.kernels.compiled.logit import add_outer, exponentiate, subtract_rows
from counterflow.kernels.compiled.mixed_logit import rows_of
from counterflow.kernels.compiled.mixing_distributions import (
    LOGNORMAL,
    NEGATIVE_LOGNORMAL,
    UNIFORM,
    own_transform,
)
from counterflow.kernels.compiled.options import LOOP
from counterflow.kernels.compiled.small_matrices import (
    add_scaled,
    cholesky,
    dot,
    invert_lower,
    products,
)
from counterflow.kernels.compiled.unowned import unowned
from counterflow.kernels.compiled.vectors import copy, fill, scale

MOST_STEPS = 40
LEAST_FRACTION = 1e-3
# Newton step times slope, in units of the posterior's variance: below this the proposal could not
# be better centred than draws can tell.
CLOSE_ENOUGH = 1e-3
ROUNDING = 1e-9


@nb.njit(**LOOP)
def find_modes(sets, model, means, inflation, room, first, last, proposals):
    """Move the proposals of persons `first` to `last` to the modes of their posteriors.

    Starts from the present centres. The spread is `inflation` times the factor of the inverse
    curvature, so that the tails of the proposal reach beyond those of the posterior.
    """
    sets, model, room, proposals = unowned(sets), unowned(model), unowned(room), unowned(proposals)
    step, trial = room.step, room.trial
    for n in range(first, last):
        mean, mode = means[n % means.shape[0]], proposals.centres[n]
        copy(mode, trial)
        best, fraction = -np.inf, 1.0
        for _ in range(MOST_STEPS):
            coefficients_at(model, mean, trial, room.coefficients, room.jacobian)
            value = choices_at(sets, n, room) - 0.5 * dot(trial, trial)
            if not value >= best - ROUNDING:
                fraction *= 0.5
                if fraction < LEAST_FRACTION:
                    break
                copy(mode, trial)
                add_scaled(fraction, step, trial)
                continue
            best, fraction = value, 1.0
            copy(trial, mode)
            posterior_at(mode, room)
            cholesky(room.curvature, room.lower)
            solve(room.lower, room.slope, step)
            if dot(room.slope, step) < CLOSE_ENOUGH:
                break
            add_scaled(1.0, step, trial)
        proposals.log_determinants[n] = set_spread(
            room.lower, room.inverse, inflation, proposals.spreads[n]
        )


@nb.njit(**LOOP)
def coefficients_at(model, mean, z, coefficients, jacobian):
    """Set the coefficients at z and their derivatives by z (K x D)."""
    fill(0.0, jacobian.ravel())
    m = 0
    for k in range(coefficients.shape[0]):
        coefficients[k] = mean[k]
        while m < model.ends[k]:
            d = model.places[m]
            coefficients[k] += model.values[m] * z[d]
            jacobian[k, d] = model.values[m]
            m += 1
        kind = model.kinds[k]
        if kind in (LOGNORMAL, NEGATIVE_LOGNORMAL):
            coefficients[k] = exp(coefficients[k])
            if kind == NEGATIVE_LOGNORMAL:
                coefficients[k] = -coefficients[k]
            scale(coefficients[k], jacobian[k])
        elif kind >= UNIFORM:
            d = model.own_columns[k]
            coefficients[k], _, _, _, jacobian[k, d] = own_transform(
                kind, mean[k], model.spreads[k], z[d]
            )
    if model.scale_index >= 0:
        scale_at(model.scale_index, coefficients, jacobian)


@nb.njit(**LOOP)
def scale_at(scale_index, coefficients, jacobian):
    """Multiply all coefficients but one by the negative of that one."""
    factor = -coefficients[scale_index]
    for k in range(coefficients.shape[0]):
        if k != scale_index:
            scale(factor, jacobian[k])
            add_scaled(-coefficients[k], jacobian[scale_index], jacobian[k])
            coefficients[k] *= factor


@nb.njit(**LOOP)
def choices_at(sets, n, room):
    """Return a person's log-likelihood; set its gradient and minus its Hessian (lower half)."""
    rows = rows_of(sets, n)
    odds, mean = room.odds[: rows.shape[0]], room.mean
    gradient, information = room.gradient, room.information
    products(rows, room.coefficients, odds)
    exponentiate(odds)
    fill(0.0, gradient)
    fill(0.0, information.ravel())
    log_likelihood = 0.0
    start = sets.task_starts[sets.person_starts[n]]
    for task in range(sets.person_starts[n], sets.person_starts[n + 1]):
        begin, end = sets.task_starts[task] - start, sets.task_starts[task + 1] - start
        total = 1.0
        for i in range(begin, end):
            total += odds[i]
        log_likelihood -= log(total)
        for i in range(begin, end):
            odds[i] /= total
            add_outer(odds[i], rows[i], information)
        fill(0.0, mean)
        subtract_rows(rows[begin:end], odds[begin:end], mean)
        add_outer(-1.0, mean, information)
        add_scaled(1.0, mean, gradient)
    return log_likelihood


@nb.njit(**LOOP)
def posterior_at(z, room):
    """Set gradient and minus the curvature (lower half) of the log posterior by z."""
    jacobian, information = room.jacobian, room.information
    n_coefficients, n_random = jacobian.shape
    for k in range(n_coefficients):
        for m in range(k):
            information[m, k] = information[k, m]
    fill(0.0, room.slope)
    add_scaled(-1.0, z, room.slope)
    fill(0.0, room.curvature.ravel())
    for k in range(n_coefficients):
        add_scaled(room.gradient[k], jacobian[k], room.slope)
        # A row of information times the jacobian, to which most entries of the latter add nothing.
        fill(0.0, room.product)
        for m in range(n_coefficients):
            add_scaled(information[k, m], jacobian[m], room.product)
        for d in range(n_random):
            if jacobian[k, d] != 0.0:
                add_scaled(jacobian[k, d], room.product[: d + 1], room.curvature[d, : d + 1])
    for d in range(n_random):
        room.curvature[d, d] += 1.0


@nb.njit(**LOOP)
def solve(lower, right, solution):
    """Set the solution of lower lower' x = right."""
    n = lower.shape[0]
    for i in range(n):
        solution[i] = (right[i] - dot(lower[i, :i], solution[:i])) / lower[i, i]
    for i in range(n - 1, -1, -1):
        solution[i] /= lower[i, i]
        add_scaled(-solution[i], lower[i, :i], solution[:i])


@nb.njit(**LOOP)
def set_spread(lower, inverse, inflation, spread):
    """Set the packed lower factor of the inverse curvature; return its log determinant.

    `lower` is the factor of the curvature, and is overwritten.
    """
    n_random = lower.shape[0]
    invert_lower(lower, inverse)
    fill(0.0, lower.ravel())
    for m in range(n_random):
        for d in range(m + 1):
            add_scaled(inverse[m, d], inverse[m, : d + 1], lower[d, : d + 1])
    cholesky(lower, inverse)
    log_determinant, place = 0.0, 0
    for d in range(n_random):
        for e in range(d + 1):
            spread[place] = inflation * inverse[d, e]
            place += 1
        # As rounded to single precision: the density of the proposal must be its own.
        log_determinant += np.log(np.float64(spread[place - 1]))
    return log_determinant
