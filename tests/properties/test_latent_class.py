"""The latent class logit keeps its laws."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.kernels.latent_class import (
    Classes,
    class_information,
    class_slope,
    start_slopes,
)
from reference import latent_class as reference
from strategies.choice_sets import any_choices


def mixtures(made, n_classes: int, n_traits: int, n_starts: int) -> tuple[np.ndarray, np.ndarray]:
    """Return traits of the persons and flat classes of each start."""
    random = np.random.default_rng(made.chosen_rows.sum())
    traits = random.normal(size=(len(made.weights), n_traits))
    traits[:, 0] = 1.0
    size = n_classes * (len(made.coefficients) + n_traits)
    return traits, random.normal(size=(n_starts, size))


few = st.integers(1, 4)


@settings(max_examples=40)
@given(any_choices, few, few, few)
def test_the_compiled_loops_agree_with_the_formulas(made, n_classes, n_traits, n_starts):
    traits, starts = mixtures(made, n_classes, n_traits, n_starts)
    classes = Classes.of(starts[0], n_classes, len(made.coefficients))
    pairs = zip(
        (
            *class_slope(made.sets, traits, classes),
            *start_slopes(made.sets, traits, made.weights, starts, n_classes),
        ),
        (
            *reference.class_slope(made.sets, traits, classes),
            *reference.start_slopes(made.sets, traits, made.weights, starts, n_classes),
        ),
        strict=True,
    )
    for found, expected in pairs:
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@settings(max_examples=30)
@given(any_choices, few, few)
def test_the_information_is_minus_the_derivative_of_the_score(made, n_classes, n_traits):
    traits, starts = mixtures(made, n_classes, n_traits, 1)
    k, step = len(made.coefficients), 1e-5

    def gradient(flat):
        return made.weights @ class_slope(made.sets, traits, Classes.of(flat, n_classes, k)).scores

    found = class_information(made.sets, traits, made.weights, Classes.of(starts[0], n_classes, k))
    bound = 1e-6 * (1.0 + np.abs(found).max())
    for row, unit in zip(found, step * np.eye(len(found)), strict=True):
        curve = (gradient(starts[0] - unit) - gradient(starts[0] + unit)) / (2.0 * step)
        np.testing.assert_allclose(row, curve, atol=bound)
