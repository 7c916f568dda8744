"""The latent class logit, as in the book (Train 2009, section 14.2.2), person by person."""

import numpy as np
from scipy.special import logsumexp, softmax

from counterflow.kernels.latent_class import Classes, ClassSlope, StartSlopes
from counterflow.kernels.logit import ChoiceSets
from reference.logit import log_likelihood


def class_slope(sets: ChoiceSets, traits: np.ndarray, classes: Classes) -> ClassSlope:
    """Return the log of the mixed likelihood, posterior shares, and the score by chain rule."""
    ones = np.ones(sets.n_persons)
    each = [log_likelihood(sets, ones, b) for b in classes.coefficients]
    by_class = np.array([one.by_person for one in each]).T
    shares = softmax(traits @ classes.memberships.T, axis=1)
    by_person = logsumexp(np.log(shares) + by_class, axis=1)
    posteriors = shares * np.exp(by_class - by_person[:, None])
    parts = [posteriors[:, g : g + 1] * one.scores for g, one in enumerate(each)]
    parts += [(posteriors - shares)[:, g : g + 1] * traits for g in range(len(each))]
    return ClassSlope(by_person, posteriors, np.concatenate(parts, axis=1))


def start_slopes(
    sets: ChoiceSets, traits: np.ndarray, weights: np.ndarray, starts: np.ndarray, n_classes: int
) -> StartSlopes:
    """Return each start by itself; the M-step's information given everybody's posterior shares."""
    values, gradients, informations = [], [], []
    for start in starts:
        classes = Classes.of(start, n_classes, sets.n_coefficients)
        found = class_slope(sets, traits, classes)
        values.append(weights @ found.by_person)
        gradients.append(weights @ found.scores)
        informations.append(_complete(sets, traits, weights, classes, found.posteriors))
    return StartSlopes(np.array(values), np.array(gradients), np.array(informations))


def _complete(
    sets: ChoiceSets,
    traits: np.ndarray,
    weights: np.ndarray,
    classes: Classes,
    posteriors: np.ndarray,
) -> np.ndarray:
    g, k = classes.coefficients.shape
    shares = softmax(traits @ classes.memberships.T, axis=1)
    whole = np.zeros((len(classes.flat), len(classes.flat)))
    for c, b in enumerate(classes.coefficients):
        own = log_likelihood(sets, weights * posteriors[:, c], b).information
        whole[c * k : (c + 1) * k, c * k : (c + 1) * k] = own
    for w, p, z in zip(weights, shares, traits, strict=True):
        whole[g * k :, g * k :] += w * np.kron(np.diag(p) - np.outer(p, p), np.outer(z, z))
    return whole
