"""Latent class logit: likelihood, scores and information of a finite mixture of logits."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import block_diag

from counterflow.kernels.blocks import MapBlocks, person_blocks
from counterflow.kernels.compiled import latent_class as compiled
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.symmetric import from_lower_half


class Classes(NamedTuple):
    """G classes: how each chooses, and who is likely to belong to it.

    Derivatives are by the G (K + traits) entries in the order of `flat`.
    """

    coefficients: Float[np.ndarray, "G K"]
    memberships: Float[np.ndarray, "G traits"]
    """Logit of belonging to the class, a unit of each trait; zeros for the class compared with."""

    @property
    def flat(self) -> Float[np.ndarray, " entries"]:
        """Return coefficients class by class, then memberships class by class."""
        return np.concatenate([self.coefficients.ravel(), self.memberships.ravel()])

    @classmethod
    def of(
        cls, flat: Float[np.ndarray, " entries"], n_classes: int, n_coefficients: int
    ) -> Classes:
        """Return the classes of which `flat` is the flat form."""
        n = n_classes * n_coefficients
        return cls(
            np.ascontiguousarray(flat[:n].reshape(n_classes, n_coefficients), dtype=float),
            np.ascontiguousarray(flat[n:].reshape(n_classes, -1), dtype=float),
        )


class ClassSlope(NamedTuple):
    """The log-likelihood of each person, with the classes that the choices point to."""

    by_person: Float[np.ndarray, " N"]
    posteriors: Float[np.ndarray, "N G"]
    """Probability of each class given the person's choices."""
    scores: Float[np.ndarray, "N entries"]


class StartSlopes(NamedTuple):
    """Weighted log-likelihood of several starts, with what a step of EM needs."""

    log_likelihoods: Float[np.ndarray, " starts"]
    gradients: Float[np.ndarray, "starts entries"]
    complete: Float[np.ndarray, "starts entries entries"]
    """Information that there would be if everybody's class were seen."""


def class_slope(
    sets: ChoiceSets,
    traits: Float[np.ndarray, "N traits"],
    classes: Classes,
    map_blocks: MapBlocks = map,
) -> ClassSlope:
    """Return the panel log-likelihood of each person with posterior shares and scores.

    Notes
    -----
    With 𝑃_ng the logit share of class g given traits z_n, and L_ng the product of the logit
    probabilities of all choices of person n under the coefficients of class g,

        log-likelihood   ln sum_g 𝑃_ng L_ng
        posterior        h_ng = 𝑃_ng L_ng / sum_f 𝑃_nf L_nf
        score            h_ng grad ln L_ng  and  (h_ng - 𝑃_ng) z_n

    (Bhat, Transportation Science 31, 1997; Train 2009, section 14.2.2).

    Examples
    --------
    Two alternatives; one class chooses by chance, the other has odds of 3 to 1 for the choice:

    >>> sets = ChoiceSets(np.array([[-1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> classes = Classes(np.array([[0.0], [np.log(3.0)]]), np.zeros((2, 1)))
    >>> found = class_slope(sets, np.ones((1, 1)), classes)
    >>> np.exp(found.by_person), found.posteriors
    (array([0.625]), array([[0.4, 0.6]]))
    """
    n, n_classes = sets.n_persons, len(classes.coefficients)
    by_person, posteriors = np.empty(n), np.empty((n, n_classes))
    scores = np.empty((n, len(classes.flat)))
    work = partial(_slope_block, sets, np.ascontiguousarray(traits, dtype=float), classes)
    for first, last, *part in map_blocks(work, person_blocks(n)):
        by_person[first:last], posteriors[first:last], scores[first:last] = part
    return ClassSlope(by_person, posteriors, scores)


def class_information(
    sets: ChoiceSets,
    traits: Float[np.ndarray, "N traits"],
    weights: Float[np.ndarray, " N"],
    classes: Classes,
    map_blocks: MapBlocks = map,
) -> Float[np.ndarray, "entries entries"]:
    """Return minus the Hessian of the weighted log-likelihood.

    Notes
    -----
    The information of complete data less that which is missing, the variance of the complete
    score over the classes that a person may belong to (Louis, JRSS B 44, 1982, equation 3.2).

    Examples
    --------
    One class is a multinomial logit: P (1 - P) with P = 3/4.

    >>> sets = ChoiceSets(np.array([[-1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> classes = Classes(np.array([[np.log(3.0)]]), np.zeros((1, 1)))
    >>> class_information(sets, np.ones((1, 1)), np.ones(1), classes)
    array([[0.1875, 0.    ],
           [0.    , 0.    ]])
    """
    n_classes, k = classes.coefficients.shape
    u, t = len(classes.flat), n_classes * classes.memberships.shape[1]
    work = partial(
        _information_block,
        sets,
        np.ascontiguousarray(traits, dtype=float),
        np.array(weights, dtype=float),
        classes,
    )
    complete, by_trait, missing = np.zeros((n_classes, k, k)), np.zeros((t, t)), np.zeros((u, u))
    for part in map_blocks(work, person_blocks(sets.n_persons)):
        complete += part[0]
        by_trait += part[1]
        missing += part[2]
    return from_lower_half(block_diag(*complete, by_trait) - missing)


def start_slopes(
    sets: ChoiceSets,
    traits: Float[np.ndarray, "N traits"],
    weights: Float[np.ndarray, " N"],
    starts: Float[np.ndarray, "starts entries"],
    n_classes: int,
    map_blocks: MapBlocks = map,
) -> StartSlopes:
    """Return likelihood, gradient and complete-data information of all starts in one pass.

    A row of attributes is read once for the classes of all starts.

    Notes
    -----
    The gradient of the likelihood is that of what EM maximises in its M-step (Fisher's identity),
    and `complete` is minus the Hessian of it, so one Newton step of the M-step is
    complete^-1 gradient (Lange, JRSS B 57, 1995).

    Examples
    --------
    >>> sets = ChoiceSets(np.array([[-1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> found = start_slopes(sets, np.ones((1, 1)), np.ones(1), np.zeros((2, 2)), n_classes=1)
    >>> np.exp(found.log_likelihoods), found.gradients[0], found.complete[0, 0]
    (array([0.5, 0.5]), array([0.5, 0. ]), array([0.25, 0.  ]))
    """
    k, n_traits, n_starts = sets.n_coefficients, traits.shape[1], len(starts)
    each = [Classes.of(start, n_classes, k) for start in starts]
    lanes = n_starts * n_classes
    coefficients = np.ascontiguousarray(np.concatenate([x.coefficients for x in each]).T)
    memberships = np.ascontiguousarray(np.concatenate([x.memberships for x in each]).T)
    work = partial(
        _starts_block,
        sets,
        np.ascontiguousarray(traits, dtype=float),
        np.array(weights, dtype=float),
        coefficients,
        memberships,
        n_classes,
    )
    sums: Any = None
    for part in map_blocks(work, person_blocks(sets.n_persons)):
        sums = part if sums is None else [a + b for a, b in zip(sums, part, strict=True)]
    log_likelihoods, gradient, pairs, trait_gradient, trait_information = sums
    gradients = np.concatenate(
        [
            gradient.T.reshape(n_starts, n_classes * k),
            trait_gradient.T.reshape(n_starts, n_classes * n_traits),
        ],
        axis=1,
    )
    lower = np.zeros((lanes, k, k))
    rows, columns = np.tril_indices(k)
    lower[:, rows, columns] = pairs.T
    by_start = lower.reshape(n_starts, n_classes, k, k)
    complete = np.array(
        [
            from_lower_half(block_diag(*blocks, block))
            for blocks, block in zip(by_start, trait_information, strict=True)
        ]
    )
    return StartSlopes(log_likelihoods, gradients, complete)


def _choices(sets: ChoiceSets, edge: tuple[int, int]) -> tuple[Any, ...]:
    first, last = edge
    begin, end = sets.person_starts[first], sets.person_starts[last]
    return (
        sets.differences,
        sets.task_starts[begin : end + 1],
        sets.person_starts[first : last + 1] - begin,
    )


def _slope_block(
    sets: ChoiceSets,
    traits: Float[np.ndarray, "N traits"],
    classes: Classes,
    edge: tuple[int, int],
) -> tuple[Any, ...]:
    first, last = edge
    n, n_classes = last - first, len(classes.coefficients)
    parts = (np.empty(n), np.empty((n, n_classes)), np.empty((n, len(classes.flat))))
    compiled.slope_block(
        *_choices(sets, edge),
        traits[first:last],
        classes.coefficients,
        np.ascontiguousarray(classes.memberships.T),
        *parts,
    )
    return (first, last, *parts)


def _information_block(
    sets: ChoiceSets,
    traits: Float[np.ndarray, "N traits"],
    weights: Float[np.ndarray, " N"],
    classes: Classes,
    edge: tuple[int, int],
) -> tuple[Any, ...]:
    first, last = edge
    n_classes, k = classes.coefficients.shape
    t, u = n_classes * traits.shape[1], len(classes.flat)
    parts = (np.zeros((n_classes, k, k)), np.zeros((t, t)), np.zeros((u, u)))
    compiled.add_informations(
        *_choices(sets, edge),
        weights[first:last],
        traits[first:last],
        classes.coefficients,
        np.ascontiguousarray(classes.memberships.T),
        *parts,
    )
    return parts


def _starts_block(
    sets: ChoiceSets,
    traits: Float[np.ndarray, "N traits"],
    weights: Float[np.ndarray, " N"],
    coefficients: Float[np.ndarray, "K lanes"],
    memberships: Float[np.ndarray, "traits lanes"],
    n_classes: int,
    edge: tuple[int, int],
) -> tuple[Any, ...]:
    first, last = edge
    (k, lanes), n_traits = coefficients.shape, len(memberships)
    t, n_starts = n_classes * n_traits, lanes // n_classes
    parts = (
        np.zeros(n_starts),
        np.zeros((k, lanes)),
        np.zeros((k * (k + 1) // 2, lanes)),
        np.zeros((n_traits, lanes)),
        np.zeros((n_starts, t, t)),
    )
    compiled.add_starts(
        *_choices(sets, edge),
        weights[first:last],
        traits[first:last],
        coefficients,
        memberships,
        n_classes,
        *parts,
    )
    return parts
