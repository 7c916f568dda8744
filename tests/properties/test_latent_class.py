"""The latent class logit keeps its laws."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.choice.constraints import Constraints
from counterflow.choice.latent_class_likelihood import LatentClassLikelihood
from counterflow.choice.latent_class_parameters import ClassParameters
from counterflow.choice.latent_class_search import expect_and_maximise
from counterflow.kernels.latent_class import (
    Classes,
    class_information,
    class_slope,
    start_slopes,
)
from counterflow.kernels.logit import log_likelihood
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


@settings(max_examples=25)
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


@settings(max_examples=20)
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


def likelihood_of(made, n_classes: int) -> LatentClassLikelihood:
    k = len(made.coefficients)
    return LatentClassLikelihood(
        parameters=ClassParameters(
            coefficients=tuple(f"x{i}" for i in range(k)), traits=("constant",), n_classes=n_classes
        ),
        sets=made.sets,
        scales=np.ones(k),
        traits=np.ones((len(made.weights), 1)),
    )


@settings(max_examples=20)
@given(any_choices, few, few)
def test_the_likelihood_of_no_start_falls_in_a_round_of_em(made, n_classes, n_starts):
    likelihood = likelihood_of(made, n_classes)
    space = Constraints().space(likelihood.labels)
    random = np.random.default_rng(n_starts)
    thetas = 2.0 * random.normal(size=(n_starts, len(likelihood.labels)))
    before = likelihood.starts(thetas, made.weights).log_likelihoods
    for _ in range(5):
        found = expect_and_maximise(
            likelihood, thetas, weights=made.weights, space=space, n_rounds=1
        )
        assert (found.log_likelihoods >= before).all()
        thetas, before = found.thetas, found.log_likelihoods


@settings(max_examples=20)
@given(any_choices, st.integers(2, 4), st.randoms(use_true_random=False))
def test_the_order_of_classes_does_not_matter(made, n_classes, random):
    likelihood = likelihood_of(made, n_classes)
    order = np.array(random.sample(range(n_classes), n_classes))
    theta = np.random.default_rng(1).normal(size=len(likelihood.labels))
    before = likelihood.evaluate(theta)
    after = likelihood.evaluate(likelihood.parameters.reordered(theta, order))
    np.testing.assert_allclose(after.by_person, before.by_person, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(after.posteriors, before.posteriors[:, order], atol=1e-9)


@settings(max_examples=20)
@given(any_choices, few)
def test_classes_that_are_alike_are_one_logit(made, n_classes):
    likelihood = likelihood_of(made, n_classes)
    shares = np.random.default_rng(1).normal(size=n_classes - 1)
    theta = np.concatenate([np.tile(made.coefficients, n_classes), shares])
    expected = log_likelihood(made.sets, made.weights, made.coefficients).by_person
    np.testing.assert_allclose(likelihood.slope(theta).by_person, expected, rtol=1e-9, atol=1e-9)
