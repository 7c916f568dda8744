"""Raking gives the tables that were published."""

import numpy as np

from counterflow.kernels.raking import rake


def _table(counts, rows, columns, *, total):
    """Return a table raked to margins, in counts of `total`."""
    counts = np.array(counts, dtype=float)
    r, c = np.nonzero(counts)
    targets = np.zeros((2, max(counts.shape)))
    targets[0, : len(rows)] = np.array(rows) / np.sum(rows)
    targets[1, : len(columns)] = np.array(columns) / np.sum(columns)
    found = rake(np.array([r, c]), targets, counts[r, c], tolerance=1e-12).weights
    table = np.zeros(counts.shape)
    table[r, c] = found / found.sum() * total
    return table


def test_age_and_marital_status_of_women_are_adjusted_as_in_bishop_fienberg_and_holland():
    """Friedlander (1961), women of England and Wales in thousands, raked to a later year.

    Bishop, Fienberg and Holland, Discrete Multivariate Analysis, 1975, section 3.6, p. 98; also
    SAS/IML User's Guide, example 9.14 (output 9.14.1). Two digits are printed.
    """
    known = [
        [1306, 83, 0],
        [619, 765, 3],
        [263, 1194, 9],
        [173, 1372, 28],
        [171, 1393, 51],
        [159, 1372, 81],
        [208, 1350, 108],
        [1116, 4100, 2329],
    ]
    ages = [1412, 1402, 1450, 1541, 1681, 1532, 1662, 7644]
    found = _table(known, ages, [3988, 11702, 2634], total=18324)
    published = [
        [1325.27, 86.73, 0.00],
        [615.56, 783.39, 3.05],
        [253.94, 1187.18, 8.88],
        [165.13, 1348.55, 27.32],
        [173.41, 1454.71, 52.87],
        [147.21, 1308.12, 76.67],
        [202.33, 1352.28, 107.40],
        [1105.16, 4181.04, 2357.81],
    ]
    np.testing.assert_allclose(found, published, atol=0.01)
