"""Compiled loops on informations of tasks, one matrix for each draw of the coefficients.

Draws stand last in every array, so that each step is a loop over neighbouring numbers: what is
written below for one matrix is done for all draws at once.
"""

from typing import NamedTuple

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp, log
from counterflow.kernels.compiled.options import LOOP, REDUCE, VECTOR
from counterflow.kernels.compiled.small_matrices import add_scaled
from counterflow.kernels.compiled.small_matrices import total as total_of

D_ERROR, A_ERROR, S_ERROR = 0, 1, 2

_MOST_UTILITY = 40.0
"""Utilities are cut here: e**40 against 1 is certainty, and products of four are still finite."""
_RIDGE = 1e-9
"""Share of the mean diagonal that is added to it. An information that lacks a task, or belongs to a
bad start, may be singular; with the ridge its determinant still says which task helps most."""


class Aim(NamedTuple):
    """What is made small."""

    draws: np.ndarray
    """(K, R)"""
    weights: np.ndarray
    """(R,)"""
    criterion: int
    needed: np.ndarray
    """(K, R): what the variance of a coefficient is multiplied by: 1 / K for A, the square of
    1.96 over the coefficient for S."""
    outside: np.ndarray
    """(1, K) or (0, K)"""


class Desk(NamedTuple):
    """Where one task is worked on: its n rows, those of the none option included, last."""

    information: np.ndarray
    """(K, K, R): of the whole design, or of all but this task; its lower triangle."""
    inverse: np.ndarray
    """(K, K, R): of the information without this task."""
    pivots: np.ndarray
    """(K, R)"""
    rows: np.ndarray
    """(n, K)"""
    odds: np.ndarray
    """(n, R)"""
    products: np.ndarray
    """(n, K, R): inverse times row."""
    gram: np.ndarray
    """(n, n, R): row times inverse times row."""
    error: np.ndarray
    """(R,): weighted D-error without this task."""
    new_row: np.ndarray
    """(K,)"""
    changed: np.ndarray
    """(K,): columns in which the new row differs."""
    change: np.ndarray
    """(K,)"""
    new_odds: np.ndarray
    """(R,)"""
    new_gram: np.ndarray
    """(n, R)"""
    new_products: np.ndarray
    """(K, R)"""
    small: np.ndarray
    """(n, n, R)"""
    solved: np.ndarray
    """(n, R)"""
    work: np.ndarray
    """(4, R)"""


@nb.njit(**LOOP)
def desk_for(n_rows, n_columns, n_draws):
    """Return a desk for tasks of so many rows."""
    k, r, n = n_columns, n_draws, n_rows
    return Desk(
        np.zeros((k, k, r)),
        np.zeros((k, k, r)),
        np.zeros((k, r)),
        np.zeros((n, k)),
        np.zeros((n, r)),
        np.zeros((n, k, r)),
        np.zeros((n, n, r)),
        np.zeros(r),
        np.zeros(k),
        np.zeros(k, np.int64),
        np.zeros(k),
        np.zeros(r),
        np.zeros((n, r)),
        np.zeros((k, r)),
        np.zeros((n, n, r)),
        np.zeros((n, r)),
        np.zeros((4, r)),
    )


@nb.njit(**VECTOR)
def _exponentiate(utility, out):
    for r in range(out.shape[0]):
        out[r] = exp(min(max(utility[r], -_MOST_UTILITY), _MOST_UTILITY))


@nb.njit(**VECTOR)
def _exponentiate_sum(first, second, out):
    for r in range(out.shape[0]):
        out[r] = exp(min(max(first[r] + second[r], -_MOST_UTILITY), _MOST_UTILITY))


@nb.njit(**VECTOR)
def _fill(value, out):
    for r in range(out.shape[0]):
        out[r] = value


@nb.njit(**VECTOR)
def _copy(values, out):
    for r in range(out.shape[0]):
        out[r] = values[r]


@nb.njit(**VECTOR)
def _add(values, out):
    for r in range(out.shape[0]):
        out[r] += values[r]


@nb.njit(**VECTOR)
def _divide(values, divisors, out):
    for r in range(out.shape[0]):
        out[r] = values[r] / divisors[r]


@nb.njit(**VECTOR)
def _subtract_quotient(a, b, divisors, out):
    for r in range(out.shape[0]):
        out[r] -= a[r] * b[r] / divisors[r]


@nb.njit(**VECTOR)
def _subtract_product(a, b, out):
    for r in range(out.shape[0]):
        out[r] -= a[r] * b[r]


@nb.njit(**VECTOR)
def _add_product(weight, a, b, out):
    for r in range(out.shape[0]):
        out[r] += weight * a[r] * b[r]


@nb.njit(**LOOP)
def set_odds(aim, desk, j):
    """Set the odds of row j from its columns."""
    utility = desk.work[0]
    _fill(0.0, utility)
    for k in range(desk.rows.shape[1]):
        if desk.rows[j, k] != 0.0:
            add_scaled(desk.rows[j, k], aim.draws[k], utility)
    _exponentiate(utility, desk.odds[j])


@nb.njit(**LOOP)
def take_task(aim, desk, columns):
    """Set rows and odds of the desk to those of a task."""
    n_alternatives = columns.shape[0]
    for j in range(desk.rows.shape[0]):
        desk.rows[j] = columns[j] if j < n_alternatives else aim.outside[j - n_alternatives]
        set_odds(aim, desk, j)


@nb.njit(**LOOP)
def add_task(desk, sign):
    """Add the information of the task on the desk, sign 1, or take it away, sign -1.

    X' (diag p - p p') X, p the odds over their sum.
    """
    n_rows, n_columns = desk.rows.shape
    probabilities, mean, total = desk.solved, desk.new_products, desk.work[0]
    _fill(0.0, total)
    for j in range(n_rows):
        _add(desk.odds[j], total)
    for j in range(n_rows):
        _divide(desk.odds[j], total, probabilities[j])
    for k in range(n_columns):
        _fill(0.0, mean[k])
        for j in range(n_rows):
            if desk.rows[j, k] != 0.0:
                add_scaled(desk.rows[j, k], probabilities[j], mean[k])
        for m in range(k + 1):
            for j in range(n_rows):
                product = desk.rows[j, k] * desk.rows[j, m]
                if product != 0.0:
                    add_scaled(sign * product, probabilities[j], desk.information[k, m])
            _add_product(-sign, mean[k], mean[m], desk.information[k, m])


@nb.njit(**LOOP)
def add_ridge(information):
    """Add the ridge to the diagonal."""
    n_columns = information.shape[0]
    ridge = np.zeros(information.shape[2])
    for k in range(n_columns):
        add_scaled(_RIDGE / n_columns, information[k, k], ridge)
    for r in range(ridge.shape[0]):
        ridge[r] += 1e-12
    for k in range(n_columns):
        _add(ridge, information[k, k])


@nb.njit(**LOOP)
def invert(matrix, pivots):
    """Turn a positive definite matrix, its lower triangle, into its inverse, both triangles.

    The sweep operator (Goodnight, American Statistician 33, 1979). The product of `pivots`, all
    set, is the determinant.
    """
    n = matrix.shape[0]
    column = np.empty((n, matrix.shape[2]))
    for p in range(n):
        _copy(matrix[p, p], pivots[p])
        for i in range(n):
            _copy(matrix[i, p] if i >= p else matrix[p, i], column[i])
        for i in range(n):
            if i == p:
                continue
            for j in range(i + 1):
                if j != p:
                    _subtract_quotient(column[i], column[j], pivots[p], matrix[i, j])
        for i in range(n):
            _divide(column[i], pivots[p], matrix[i, p] if i >= p else matrix[p, i])
        for r in range(pivots.shape[1]):
            matrix[p, p, r] = -1.0 / pivots[p, r]
    for i in range(n):
        for j in range(i + 1):
            for r in range(pivots.shape[1]):
                matrix[i, j, r] = -matrix[i, j, r]
                matrix[j, i, r] = matrix[i, j, r]


@nb.njit(**LOOP)
def eliminate(matrix, n, pivots):
    """Turn the first n rows of a matrix, its lower triangle, into L D L'; set D's `pivots`."""
    for p in range(n):
        _copy(matrix[p, p], pivots[p])
        for i in range(p + 1, n):
            for j in range(p + 1, i + 1):
                _subtract_quotient(matrix[i, p], matrix[j, p], pivots[p], matrix[i, j])
        for i in range(p + 1, n):
            _divide(matrix[i, p], pivots[p], matrix[i, p])


@nb.njit(**LOOP)
def whole_error(aim, desk):
    """Return the criterion of the information on the desk, as it stands."""
    n_columns = desk.rows.shape[1]
    for k in range(n_columns):
        for m in range(k + 1):
            _copy(desk.information[k, m], desk.inverse[k, m])
    add_ridge(desk.inverse)
    if aim.criterion == D_ERROR:
        eliminate(desk.inverse, n_columns, desk.pivots)
        _set_error_without(aim, desk)
        return desk.error.sum()
    invert(desk.inverse, desk.pivots)
    variances = desk.new_products
    for k in range(n_columns):
        _copy(desk.inverse[k, k], variances[k])
    return _variance_error(aim, desk, variances)


@nb.njit(**LOOP)
def _set_error_without(aim, desk):
    """Set the weighted D-errors from the pivots."""
    n_columns = desk.pivots.shape[0]
    for r in range(desk.error.shape[0]):
        logarithm = 0.0
        for k in range(n_columns):
            logarithm += log(max(desk.pivots[k, r], 1e-300))
        desk.error[r] = aim.weights[r] * exp(-logarithm / n_columns)


@nb.njit(**LOOP)
def _variance_error(aim, desk, variances):
    """Return the A- or S-error of variances, (K, R)."""
    found = desk.work[1]
    _fill(0.0, found)
    for k in range(variances.shape[0]):
        if aim.criterion == A_ERROR:
            _add_product(1.0, aim.needed[k], variances[k], found)
        else:
            _take_larger(aim.needed[k], variances[k], found)
    return _weighted_sum(aim.weights, found)


@nb.njit(**VECTOR)
def _take_larger(a, b, out):
    for r in range(out.shape[0]):
        out[r] = max(out[r], a[r] * b[r])


@nb.njit(**REDUCE)
def _weighted_sum(weights, values):
    found = 0.0
    for r in range(weights.shape[0]):
        found += weights[r] * values[r]
    return found


@nb.njit(**LOOP)
def set_out(aim, desk):
    """Prepare the desk for changes of the task that lies on it and was taken from the information.

    Return the criterion with the task as it is.
    """
    n_columns = desk.rows.shape[1]
    for k in range(n_columns):
        for m in range(k + 1):
            _copy(desk.information[k, m], desk.inverse[k, m])
    add_ridge(desk.inverse)
    invert(desk.inverse, desk.pivots)
    if aim.criterion == D_ERROR:
        _set_error_without(aim, desk)
    set_products(desk)
    return changed_error(aim, desk, 0, 0)


@nb.njit(**LOOP)
def set_products(desk):
    """Set the products of the inverse with the rows, and of these with the rows."""
    n_rows, n_columns = desk.rows.shape
    for j in range(n_rows):
        for k in range(n_columns):
            _fill(0.0, desk.products[j, k])
            for m in range(n_columns):
                if desk.rows[j, m] != 0.0:
                    add_scaled(desk.rows[j, m], desk.inverse[k, m], desk.products[j, k])
        for i in range(j + 1):
            _fill(0.0, desk.gram[j, i])
            for k in range(n_columns):
                if desk.rows[i, k] != 0.0:
                    add_scaled(desk.rows[i, k], desk.products[j, k], desk.gram[j, i])
            _copy(desk.gram[j, i], desk.gram[i, j])


@nb.njit(**LOOP)
def set_change(desk, j):
    """List the columns in which `new_row` differs from row j; return how many there are."""
    n = 0
    for k in range(desk.new_row.shape[0]):
        difference = desk.new_row[k] - desk.rows[j, k]
        if difference != 0.0:
            desk.changed[n] = k
            desk.change[n] = difference
            n += 1
    return n


@nb.njit(**LOOP)
def changed_error(aim, desk, j, n_changed):
    """Return the criterion with row j changed in the columns that are listed.

    With M the information without the task and D the differences of the other rows from one of
    them, the base: det(M + D' C D) = det M det C det(C^-1 + D M^-1 D'), where C = diag p - p p' has
    the inverse diag(1 / p) + 1 1' / p_base and the determinant of the product of all p. The change
    touches one row of D M^-1 D', so this takes K steps, not K^3 (Meyer and Nachtsheim,
    Technometrics 37, 1995, for exchanges of one row).
    """
    n_rows = desk.rows.shape[0]
    utility = desk.work[0]
    _fill(0.0, utility)
    for c in range(n_changed):
        add_scaled(desk.change[c], aim.draws[desk.changed[c]], utility)
    _multiply_by_exp(utility, desk.odds[j], desk.new_odds)
    for i in range(n_rows):
        gram = desk.new_gram[i]
        _copy(desk.gram[i, j], gram)
        twice = 2.0 if i == j else 1.0
        for c in range(n_changed):
            add_scaled(twice * desk.change[c], desk.products[i, desk.changed[c]], gram)
    own = desk.new_gram[j]
    for c in range(n_changed):
        for d in range(c):
            add_scaled(
                2.0 * desk.change[c] * desk.change[d],
                desk.inverse[desk.changed[c], desk.changed[d]],
                own,
            )
        add_scaled(desk.change[c] ** 2, desk.inverse[desk.changed[c], desk.changed[c]], own)
    base = n_rows - 1 if j < n_rows - 1 else 0
    errors = desk.work[2]
    if aim.criterion == D_ERROR and n_rows == 2:
        _set_d_errors_of_two(
            desk.error,
            desk.new_odds,
            desk.odds[base],
            own,
            desk.new_gram[base],
            desk.gram[base, base],
            1.0 / desk.rows.shape[1],
            errors,
        )
        return total_of(errors)
    if aim.criterion == D_ERROR and n_rows == 3:
        third = 3 - j - base
        _set_d_errors_of_three(
            desk.error,
            desk.new_odds,
            desk.odds[base],
            desk.odds[third],
            own,
            desk.new_gram[base],
            desk.new_gram[third],
            desk.gram[base, base],
            desk.gram[base, third],
            desk.gram[third, third],
            1.0 / desk.rows.shape[1],
            errors,
        )
        return total_of(errors)
    _set_small(desk, j, base)
    eliminate(desk.small, n_rows - 1, desk.solved)
    if aim.criterion == D_ERROR:
        return _d_error(desk, j)
    return _changed_variance_error(aim, desk, j, base, n_changed)


@nb.njit(**VECTOR)
def _multiply_by_exp(exponents, values, out):
    for r in range(out.shape[0]):
        out[r] = values[r] * exp(exponents[r])


@nb.njit(**VECTOR)
def _set_d_errors_of_two(error, c, b, gcc, gcb, gbb, power, out):
    for r in range(error.shape[0]):
        total = c[r] + b[r]
        ratio = 1.0 + c[r] * b[r] / (total * total) * (gcc[r] - 2.0 * gcb[r] + gbb[r])
        out[r] = error[r] * exp(-power * log(ratio))


@nb.njit(**VECTOR)
def _set_d_errors_of_three(error, c, b, o, gcc, gcb, gco, gbb, gbo, goo, power, out):
    for r in range(error.shape[0]):
        total = c[r] + b[r] + o[r]
        by_base = total / b[r]
        first = total / c[r] + by_base + gcc[r] - 2.0 * gcb[r] + gbb[r]
        second = total / o[r] + by_base + goo[r] - 2.0 * gbo[r] + gbb[r]
        both = by_base + gco[r] - gcb[r] - gbo[r] + gbb[r]
        determinant = first * second - both * both
        ratio = determinant * c[r] * b[r] * o[r] / (total * total * total)
        out[r] = error[r] * exp(-power * log(ratio))


@nb.njit(**LOOP)
def _set_small(desk, j, base):
    """Set `small` to C^-1 + D M^-1 D', the changed row first."""
    n_rows = desk.rows.shape[0]
    total = desk.work[1]
    _fill(0.0, total)
    for i in range(n_rows):
        _add(desk.new_odds if i == j else desk.odds[i], total)
    for s in range(n_rows - 1):
        row = _row_at(s, j, base)
        for t in range(s + 1):
            column = _row_at(t, j, base)
            out = desk.small[s, t]
            _divide(total, desk.odds[base], out)
            if s == t:
                _add_quotient(total, desk.new_odds if row == j else desk.odds[row], out)
            _add_gram(desk, row, column, j, 1.0, out)
            _add_gram(desk, row, base, j, -1.0, out)
            _add_gram(desk, column, base, j, -1.0, out)
            _add_gram(desk, base, base, j, 1.0, out)


@nb.njit(**LOOP)
def _row_at(s, j, base):
    """Return the row that stands at s: the changed one first, then the others but for the base."""
    if s == 0:
        return j
    row = -1
    for _ in range(s):
        row += 1
        while row in (j, base):
            row += 1
    return row


@nb.njit(**LOOP)
def _add_gram(desk, one, other, j, sign, out):
    if one == j:
        add_scaled(sign, desk.new_gram[other], out)
    elif other == j:
        add_scaled(sign, desk.new_gram[one], out)
    else:
        add_scaled(sign, desk.gram[one, other], out)


@nb.njit(**VECTOR)
def _add_quotient(a, b, out):
    for r in range(out.shape[0]):
        out[r] += a[r] / b[r]


@nb.njit(**LOOP)
def _d_error(desk, j):
    n_rows, power = desk.rows.shape[0], 1.0 / desk.rows.shape[1]
    total = desk.work[1]
    found = 0.0
    for r in range(total.shape[0]):
        ratio = desk.new_odds[r] / total[r]
        for s in range(n_rows - 1):
            ratio *= desk.solved[s, r]
        for i in range(n_rows):
            if i != j:
                ratio *= desk.odds[i, r] / total[r]
        found += desk.error[r] * exp(-power * log(ratio))
    return found


@nb.njit(**LOOP)
def _changed_variance_error(aim, desk, j, base, n_changed):
    """Return the A- or S-error: the diagonal of M^-1 - M^-1 D' small^-1 D M^-1 (Woodbury)."""
    n_rows, n_columns = desk.rows.shape
    forward = np.empty((n_rows, desk.error.shape[0]))
    variances = desk.new_products
    for k in range(n_columns):
        _copy(desk.inverse[k, k], variances[k])
        for s in range(n_rows - 1):
            row = _row_at(s, j, base)
            _copy(desk.products[row, k], forward[s])
            if row == j:
                for c in range(n_changed):
                    add_scaled(desk.change[c], desk.inverse[k, desk.changed[c]], forward[s])
            add_scaled(-1.0, desk.products[base, k], forward[s])
            for t in range(s):
                _subtract_product(desk.small[s, t], forward[t], forward[s])
            _subtract_quotient(forward[s], forward[s], desk.solved[s], variances[k])
    return _variance_error(aim, desk, variances)


@nb.njit(**LOOP)
def make_change(aim, desk, j):
    """Replace row j by `new_row`, with what follows from it."""
    n_changed = set_change(desk, j)
    changed_error(aim, desk, j, n_changed)
    for i in range(desk.rows.shape[0]):
        _copy(desk.new_gram[i], desk.gram[i, j])
        _copy(desk.new_gram[i], desk.gram[j, i])
    for k in range(desk.rows.shape[1]):
        for c in range(n_changed):
            add_scaled(desk.change[c], desk.inverse[k, desk.changed[c]], desk.products[j, k])
    _copy(desk.new_odds, desk.odds[j])
    desk.rows[j] = desk.new_row
