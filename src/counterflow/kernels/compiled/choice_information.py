"""Compiled loops on informations of tasks, one matrix for each draw of the coefficients.

Draws stand last in every array, so that each step is a loop over neighbouring numbers: what is
written below for one matrix is done for all draws at once.
"""

from typing import NamedTuple

import numba as nb
import numpy as np

from counterflow.kernels.compiled.elementary import exp, log
from counterflow.kernels.compiled.options import ELEMENT, LOOP, VECTOR
from counterflow.kernels.compiled.small_matrices import total

D_ERROR, A_ERROR, S_ERROR = 0, 1, 2

_MOST_UTILITY = 40.0
"""Utilities above or below the highest of a task are cut here: e**40 against 1 is certainty, and
products of four are still finite."""
_RIDGE = 1e-9
"""Share of the diagonal that is added to it. An information that lacks a task, or belongs to a bad
start, may be singular; with the ridge its determinant still says which task helps most."""
_LEAST_RIDGE, _LEAST_PIVOT = 1e-12, 1e-300


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
    utilities: np.ndarray
    """(n, R): less the highest when the task was taken up."""
    odds: np.ndarray
    """(n, R): their exponentials."""
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
    forward: np.ndarray
    """(n, R)"""
    scaled: np.ndarray
    """(K, R)"""
    work: np.ndarray
    """(2, R)"""


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
        np.zeros((n, r)),
        np.zeros((k, r)),
        np.zeros((2, r)),
    )


@nb.njit(**LOOP)
def take_tasks(aim, desk, columns):
    """Set the information on the desk to that of tasks, (Q, J, K)."""
    desk.information[:] = 0.0
    for q in range(columns.shape[0]):
        take_task(aim, desk, columns[q])
        add_task(desk, 1.0)


@nb.njit(**LOOP)
def take_task(aim, desk, columns):
    """Set rows and odds of the desk to those of a task."""
    n_alternatives = columns.shape[0]
    for j in range(desk.rows.shape[0]):
        desk.rows[j] = columns[j] if j < n_alternatives else aim.outside[j - n_alternatives]
    _set_odds(aim.draws, desk.rows, desk.utilities, desk.work[0], desk.odds)


@nb.njit(**VECTOR)
def _set_odds(draws, rows, utilities, highest, odds):
    n_rows, n_draws = odds.shape
    for j in range(n_rows):
        for r in range(n_draws):
            utilities[j, r] = 0.0
        for k in range(rows.shape[1]):
            x = rows[j, k]
            if x != 0.0:
                for r in range(n_draws):
                    utilities[j, r] += x * draws[k, r]
    for r in range(n_draws):
        highest[r] = utilities[0, r]
    for j in range(1, n_rows):
        for r in range(n_draws):
            highest[r] = max(highest[r], utilities[j, r])
    for j in range(n_rows):
        for r in range(n_draws):
            utilities[j, r] -= highest[r]
            odds[j, r] = exp(max(utilities[j, r], -_MOST_UTILITY))


@nb.njit(**LOOP)
def add_task(desk, sign):
    """Add the information of the task on the desk, sign 1, or take it away, sign -1.

    X' (diag p - p p') X, p the odds over their sum.
    """
    _set_probabilities(desk.odds, desk.work, desk.solved)
    _add_information(desk.rows, desk.solved, sign, desk.new_products, desk.information)


@nb.njit(**VECTOR)
def _set_probabilities(odds, work, probabilities):
    for r in range(odds.shape[1]):
        work[0, r] = 0.0
    for j in range(odds.shape[0]):
        for r in range(odds.shape[1]):
            work[0, r] += odds[j, r]
    for j in range(odds.shape[0]):
        for r in range(odds.shape[1]):
            probabilities[j, r] = odds[j, r] / work[0, r]


@nb.njit(**VECTOR)
def _add_information(rows, probabilities, sign, mean, information):
    n_rows, n_columns = rows.shape
    n_draws = mean.shape[1]
    for k in range(n_columns):
        for r in range(n_draws):
            mean[k, r] = 0.0
        for j in range(n_rows):
            x = rows[j, k]
            if x != 0.0:
                for r in range(n_draws):
                    mean[k, r] += x * probabilities[j, r]
        for m in range(k + 1):
            for j in range(n_rows):
                product = sign * rows[j, k] * rows[j, m]
                if product != 0.0:
                    for r in range(n_draws):
                        information[k, m, r] += product * probabilities[j, r]
            for r in range(n_draws):
                information[k, m, r] -= sign * mean[k, r] * mean[m, r]


@nb.njit(**VECTOR)
def copy_with_ridge(information, matrix):
    """Copy the lower triangle, the ridge added to its diagonal."""
    n_columns, n_draws = information.shape[0], information.shape[2]
    for k in range(n_columns):
        for m in range(k + 1):
            for r in range(n_draws):
                matrix[k, m, r] = information[k, m, r]
        for r in range(n_draws):
            matrix[k, k, r] += _RIDGE * information[k, k, r] + _LEAST_RIDGE


@nb.njit(**LOOP)
def invert(matrix, pivots, column, scaled):
    """Turn a positive definite matrix, its lower triangle, into its inverse, both triangles.

    The sweep operator (Goodnight, American Statistician 33, 1979). The product of `pivots`, all
    set, is the determinant.
    """
    for p in range(matrix.shape[0]):
        _sweep(matrix, p, pivots, column, scaled)
    _mirror(matrix)


@nb.njit(**VECTOR)
def _sweep(matrix, p, pivots, column, scaled):
    n, n_draws = matrix.shape[0], matrix.shape[2]
    for r in range(n_draws):
        pivots[p, r] = matrix[p, p, r]
    for i in range(n):
        one, other = max(i, p), min(i, p)
        for r in range(n_draws):
            column[i, r] = matrix[one, other, r]
            scaled[i, r] = column[i, r] / pivots[p, r]
            matrix[one, other, r] = scaled[i, r]
    # The pivot's own row and column are done: zeros leave them as they are.
    for r in range(n_draws):
        column[p, r] = 0.0
        scaled[p, r] = 0.0
        matrix[p, p, r] = -1.0 / pivots[p, r]
    for i in range(n):
        for j in range(i + 1):
            for r in range(n_draws):
                matrix[i, j, r] -= column[i, r] * scaled[j, r]


@nb.njit(**VECTOR)
def _mirror(matrix):
    for i in range(matrix.shape[0]):
        for j in range(i + 1):
            for r in range(matrix.shape[2]):
                matrix[i, j, r] = -matrix[i, j, r]
                matrix[j, i, r] = matrix[i, j, r]


@nb.njit(**VECTOR)
def eliminate(matrix, n, pivots):
    """Turn the first n rows of a matrix, its lower triangle, into L D L'; set D's `pivots`."""
    n_draws = matrix.shape[2]
    for p in range(n):
        for r in range(n_draws):
            pivots[p, r] = matrix[p, p, r]
        for i in range(p + 1, n):
            for j in range(p + 1, i + 1):
                for r in range(n_draws):
                    matrix[i, j, r] -= matrix[i, p, r] * matrix[j, p, r] / pivots[p, r]
        for i in range(p + 1, n):
            for r in range(n_draws):
                matrix[i, p, r] /= pivots[p, r]


@nb.njit(**LOOP)
def whole_error(aim, desk):
    """Return the criterion of the information on the desk, as it stands."""
    n_columns = desk.rows.shape[1]
    copy_with_ridge(desk.information, desk.inverse)
    if aim.criterion == D_ERROR:
        eliminate(desk.inverse, n_columns, desk.pivots)
        _set_error(aim.weights, desk.pivots, desk.error)
        return total(desk.error)
    invert(desk.inverse, desk.pivots, desk.new_products, desk.scaled)
    for k in range(n_columns):
        desk.new_products[k] = desk.inverse[k, k]
    return _variance_error(aim, desk)


@nb.njit(**VECTOR)
def _set_error(weights, pivots, error):
    """Set the weighted D-errors from the pivots."""
    n_columns, n_draws = pivots.shape
    for r in range(n_draws):
        error[r] = 0.0
    for k in range(n_columns):
        for r in range(n_draws):
            error[r] += log(max(pivots[k, r], _LEAST_PIVOT))
    for r in range(n_draws):
        error[r] = weights[r] * exp(-error[r] / n_columns)


@nb.njit(**LOOP)
def _variance_error(aim, desk):
    """Return the A- or S-error of the variances that `new_products` holds."""
    _gather_variances(
        aim.needed, desk.new_products, aim.weights, aim.criterion == S_ERROR, desk.work
    )
    return total(desk.work[1])


@nb.njit(**VECTOR)
def _gather_variances(needed, variances, weights, is_largest, work):
    n_columns, n_draws = variances.shape
    for r in range(n_draws):
        work[1, r] = 0.0
    for k in range(n_columns):
        if is_largest:
            for r in range(n_draws):
                work[1, r] = max(work[1, r], needed[k, r] * variances[k, r])
        else:
            for r in range(n_draws):
                work[1, r] += needed[k, r] * variances[k, r]
    for r in range(n_draws):
        work[1, r] *= weights[r]


@nb.njit(**LOOP)
def set_out(aim, desk):
    """Prepare the desk for changes of the task that lies on it and was taken from the information.

    Return the criterion with the task as it is.
    """
    copy_with_ridge(desk.information, desk.inverse)
    invert(desk.inverse, desk.pivots, desk.new_products, desk.scaled)
    if aim.criterion == D_ERROR:
        _set_error(aim.weights, desk.pivots, desk.error)
    _set_products(desk.rows, desk.inverse, desk.products, desk.gram)
    return changed_error(aim, desk, 0, 0)


@nb.njit(**VECTOR)
def _set_products(rows, inverse, products, gram):
    """Set the products of the inverse with the rows, and of these with the rows."""
    n_rows, n_columns = rows.shape
    n_draws = gram.shape[2]
    for j in range(n_rows):
        for k in range(n_columns):
            for r in range(n_draws):
                products[j, k, r] = 0.0
        for m in range(n_columns):
            x = rows[j, m]
            if x != 0.0:
                for k in range(n_columns):
                    for r in range(n_draws):
                        products[j, k, r] += x * inverse[m, k, r]
        for i in range(j + 1):
            for r in range(n_draws):
                gram[j, i, r] = 0.0
            for k in range(n_columns):
                x = rows[i, k]
                if x != 0.0:
                    for r in range(n_draws):
                        gram[j, i, r] += x * products[j, k, r]
            for r in range(n_draws):
                gram[i, j, r] = gram[j, i, r]


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
    changed, change = desk.changed[:n_changed], desk.change[:n_changed]
    _shift_odds(aim.draws, changed, change, desk.utilities, j, desk.work[0], desk.new_odds)
    _shift_gram(desk.gram, desk.products, desk.inverse, changed, change, j, desk.new_gram)
    base = n_rows - 1 if j < n_rows - 1 else 0
    if aim.criterion != D_ERROR or n_rows > 3:
        _set_small(desk.gram, desk.new_gram, desk.odds, desk.new_odds, j, base, desk.small)
        eliminate(desk.small, n_rows - 1, desk.solved)
        if aim.criterion != D_ERROR:
            _set_variances(desk, changed, change, j, base)
            return _variance_error(aim, desk)
    errors = desk.work[1]
    power = 1.0 / desk.rows.shape[1]
    if n_rows == 2:
        _set_d_errors_of_two(
            desk.error, desk.odds, desk.new_odds, desk.gram, desk.new_gram, j, base, power, errors
        )
    elif n_rows == 3:
        _set_d_errors_of_three(
            desk.error, desk.odds, desk.new_odds, desk.gram, desk.new_gram, j, base, power, errors
        )
    else:
        _set_d_errors(desk.error, desk.odds, desk.new_odds, desk.solved, j, power, errors)
    return total(errors)


@nb.njit(**VECTOR)
def _shift_odds(draws, changed, change, utilities, j, utility, new_odds):
    for r in range(new_odds.shape[0]):
        utility[r] = utilities[j, r]
    for c in range(changed.shape[0]):
        k, x = changed[c], change[c]
        for r in range(new_odds.shape[0]):
            utility[r] += x * draws[k, r]
    for r in range(new_odds.shape[0]):
        new_odds[r] = exp(min(max(utility[r], -_MOST_UTILITY), _MOST_UTILITY))


@nb.njit(**VECTOR)
def _shift_gram(gram, products, inverse, changed, change, j, new_gram):
    n_draws = new_gram.shape[1]
    for i in range(gram.shape[0]):
        for r in range(n_draws):
            new_gram[i, r] = gram[i, j, r]
        twice = 2.0 if i == j else 1.0
        for c in range(changed.shape[0]):
            k, x = changed[c], twice * change[c]
            for r in range(n_draws):
                new_gram[i, r] += x * products[i, k, r]
    for c in range(changed.shape[0]):
        k = changed[c]
        for d in range(c + 1):
            m, x = changed[d], change[c] * change[d]
            if d < c:
                x *= 2.0
            for r in range(n_draws):
                new_gram[j, r] += x * inverse[k, m, r]


@nb.njit(**VECTOR)
def _set_d_errors_of_two(error, odds, new_odds, gram, new_gram, j, base, power, out):
    for r in range(out.shape[0]):
        all_odds = new_odds[r] + odds[base, r]
        distance = new_gram[j, r] - 2.0 * new_gram[base, r] + gram[base, base, r]
        ratio = 1.0 + new_odds[r] * odds[base, r] * distance / (all_odds * all_odds)
        out[r] = error[r] * exp(-power * log(ratio))


@nb.njit(**VECTOR)
def _set_d_errors_of_three(error, odds, new_odds, gram, new_gram, j, base, power, out):
    other = 3 - j - base
    for r in range(out.shape[0]):
        all_odds = new_odds[r] + odds[base, r] + odds[other, r]
        by_base = all_odds / odds[base, r]
        at_base = by_base + gram[base, base, r]
        one = all_odds / new_odds[r] + new_gram[j, r] - 2.0 * new_gram[base, r] + at_base
        two = all_odds / odds[other, r] + gram[other, other, r] - 2.0 * gram[base, other, r]
        two += at_base
        both = new_gram[other, r] - new_gram[base, r] - gram[base, other, r] + at_base
        shares = new_odds[r] * odds[base, r] * odds[other, r] / (all_odds * all_odds * all_odds)
        out[r] = error[r] * exp(-power * log((one * two - both * both) * shares))


@nb.njit(**VECTOR)
def _set_d_errors(error, odds, new_odds, pivots, j, power, out):
    n_rows = odds.shape[0]
    for r in range(out.shape[0]):
        all_odds = new_odds[r]
        ratio = new_odds[r]
        for i in range(n_rows):
            if i != j:
                all_odds += odds[i, r]
        ratio /= all_odds
        for i in range(n_rows):
            if i != j:
                ratio *= odds[i, r] / all_odds
        for s in range(n_rows - 1):
            ratio *= pivots[s, r]
        out[r] = error[r] * exp(-power * log(ratio))


@nb.njit(**ELEMENT)
def _row_at(s, j, base):
    """Return the row that stands at s of those that are not the base: the changed one first."""
    if s == 0:
        return j
    first, second = min(j, base), max(j, base)
    row = s - 1
    row += row >= first
    row += row >= second
    return row


@nb.njit(**VECTOR)
def _set_small(gram, new_gram, odds, new_odds, j, base, small):
    """Set `small` to C^-1 + D M^-1 D', its lower triangle."""
    n_rows, n_draws = odds.shape
    for s in range(n_rows - 1):
        row = _row_at(s, j, base)
        for t in range(s + 1):
            column = _row_at(t, j, base)
            for r in range(n_draws):
                all_odds = new_odds[r]
                for i in range(n_rows):
                    if i != j:
                        all_odds += odds[i, r]
                found = all_odds / odds[base, r] + gram[base, base, r]
                if t == 0:
                    found += new_gram[row, r] - new_gram[base, r]
                else:
                    found += gram[row, column, r] - gram[column, base, r]
                if s == 0:
                    found += all_odds / new_odds[r] - new_gram[base, r]
                else:
                    found -= gram[row, base, r]
                    if s == t:
                        found += all_odds / odds[row, r]
                small[s, t, r] = found


@nb.njit(**LOOP)
def _set_variances(desk, changed, change, j, base):
    """Set `new_products` to the diagonal of M^-1 - M^-1 D' small^-1 D M^-1 (Woodbury)."""
    for k in range(desk.rows.shape[1]):
        _set_variance(
            desk.inverse,
            desk.products,
            desk.small,
            desk.solved,
            changed,
            change,
            j,
            base,
            k,
            desk.forward,
            desk.new_products,
        )


@nb.njit(**VECTOR)
def _set_variance(
    inverse, products, small, pivots, changed, change, j, base, k, forward, variances
):
    n_draws = variances.shape[1]
    for r in range(n_draws):
        variances[k, r] = inverse[k, k, r]
    for s in range(products.shape[0] - 1):
        row = _row_at(s, j, base)
        for r in range(n_draws):
            forward[s, r] = products[row, k, r] - products[base, k, r]
        if s == 0:
            for c in range(changed.shape[0]):
                m, x = changed[c], change[c]
                for r in range(n_draws):
                    forward[s, r] += x * inverse[k, m, r]
        for t in range(s):
            for r in range(n_draws):
                forward[s, r] -= small[s, t, r] * forward[t, r]
        for r in range(n_draws):
            variances[k, r] -= forward[s, r] * forward[s, r] / pivots[s, r]


@nb.njit(**LOOP)
def make_change(desk, j):
    """Replace row j by `new_row`, whose error was the last to be asked for."""
    for i in range(desk.rows.shape[0]):
        desk.gram[i, j] = desk.new_gram[i]
        desk.gram[j, i] = desk.new_gram[i]
    for k in range(desk.rows.shape[1]):
        change = desk.new_row[k] - desk.rows[j, k]
        if change != 0.0:
            for m in range(desk.rows.shape[1]):
                for r in range(desk.error.shape[0]):
                    desk.products[j, m, r] += change * desk.inverse[m, k, r]
    desk.utilities[j] = desk.work[0]
    desk.odds[j] = desk.new_odds
    desk.rows[j] = desk.new_row
