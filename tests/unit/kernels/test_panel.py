"""Likelihood, gradient and information of persons are those of the formula, ragged as they come."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.panel import panel_of, person_informations, person_log_likelihoods
from reference import hierarchical_bayes as reference
from reference.logit import log_likelihood
from strategies.choice_sets import any_choices


@st.composite
def panels(draw):
    """Draw choices, signs of coefficients, and latent values of persons."""
    made = draw(any_choices)
    n, k = len(made.weights), len(made.coefficients)
    signs = draw(arrays(float, k, elements=st.sampled_from([-1.0, 0.0, 1.0])))
    latents = np.random.default_rng(draw(st.integers(0, 10**6))).normal(size=(n, k))
    return made.sets, signs, latents


@given(panels())
def test_log_likelihood_and_gradient_are_those_of_the_formula(panel):
    sets, signs, latents = panel
    found = person_log_likelihoods(panel_of(sets, signs), latents)
    known = reference.person_log_likelihoods(sets, signs, latents)
    for fast, slow in zip(found, known, strict=True):
        np.testing.assert_allclose(fast, slow, rtol=1e-9, atol=1e-9)


@settings(max_examples=15)
@given(panels())
def test_the_information_is_that_of_the_formula(panel):
    sets, signs, latents = panel
    k = len(signs)
    axes = np.random.default_rng(len(latents)).normal(size=(k, k))
    curvatures, summed = person_informations(panel_of(sets, signs), latents, axes)
    known = np.zeros_like(summed)
    for n, latent in enumerate(latents):
        beta = reference.coefficients_of(latent, signs)
        chain_rule = np.where(signs == 0.0, 1.0, beta)
        own = np.zeros(len(latents))
        own[n] = 1.0
        information = log_likelihood(sets, own, beta).information
        information *= np.outer(chain_rule, chain_rule)
        along = np.diag(axes.T @ information @ axes)
        np.testing.assert_allclose(curvatures[n], along, rtol=1e-8, atol=1e-9)
        known += information
    np.testing.assert_allclose(summed, known, rtol=1e-8, atol=1e-8 * (1 + np.abs(known).max()))


def test_odds_beyond_all_bounds_stay_numbers():
    sets = any_sets(np.array([[1e6], [-1e6]]))
    found, gradient = person_log_likelihoods(panel_of(sets, np.zeros(1)), np.array([[1.0]]))
    # Log odds are cut at 300: a choice against them has a probability of e^-300.
    np.testing.assert_allclose(found, [-300.0], rtol=1e-12)
    assert np.isfinite(gradient).all()


def any_sets(differences):
    """Return one person who answered a task of two alternatives for each row."""
    n = len(differences)
    return ChoiceSets(differences, np.arange(n + 1), np.array([0, n]))
