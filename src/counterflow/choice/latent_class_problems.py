"""What can be wrong with a maximum of a latent class logit, found and said in words."""

from __future__ import annotations

from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import softmax

from counterflow.choice.latent_class_likelihood import LatentClassLikelihood
from counterflow.choice.maximum_likelihood import Fit
from counterflow.choice.scaled_design import material
from counterflow.domain.combination import combination_in_words
from counterflow.kernels.logit import ChoiceSets, log_likelihood
from counterflow.kernels.separation import separating_direction

Status = Literal[
    "converged", "iteration_limit", "stalled", "not_identified", "separated", "empty_class"
]
"""How the search ended, or what is wrong with where it ended; see `Finding`."""

_FEWEST_MEMBERS = 1.0
"""Expected members below which a class is empty."""
_SUSPICIOUS = 1e-3
"""Information that fell to this share of that at equal shares may be on its way to nothing."""
_CERTAIN = 1e-6
"""The same for the logit of membership."""
_NO_MEMBER = 1e-6
"""Posterior share below which a person's choices do not count as those of a class."""
_MOST_ROWS, _MOST_LOOKS = 20_000, 20
_SEPARATES = 1e-6
"""Utility that speaks against a choice by no more than rounding of the linear programme."""
_SAME = 1e-3
"""Difference of utility, of a typical difference within a task, that is none between classes."""


class Finding(NamedTuple):
    """The status of a fit, and what to know about it."""

    status: Status
    message: str


def finding(
    likelihood: LatentClassLikelihood, fit: Fit, weights: Float[np.ndarray, " N"]
) -> Finding:
    """Return whether the maximum can be trusted, and if not, why.

    "empty_class": fewer than one person is expected in a class. "separated": the choices of a
    class's members are predicted perfectly, or its members are, so that coefficients grow without
    end.
    "not_identified": there are more parameters than the choices can tell apart, as with two
    classes that are the same.
    """
    found = likelihood.evaluate(fit.point)
    members = found.posteriors.sum(axis=0)
    if likelihood.parameters.n_classes > 1 and members.min() < _FEWEST_MEMBERS:
        return Finding("empty_class", _empty(members))
    for g, posteriors in enumerate(found.posteriors.T):
        direction = _separating(likelihood, fit, g, weights * posteriors, posteriors)
        if direction:
            return Finding("separated", _separated(g, direction, members[g]))
    if told := _told_by_traits(likelihood, fit, weights):
        return Finding("separated", _certain(*told))
    if runaway := _runaway(likelihood, fit):
        return Finding("separated", _unbounded(runaway))
    if twins := _twins(likelihood, fit):
        return Finding("not_identified", _alike(*twins))
    if fit.status == "not_identified":
        return Finding(fit.status, _flat(fit))
    return Finding(fit.status, _unfinished(fit))


def _separating(
    likelihood: LatentClassLikelihood,
    fit: Fit,
    g: int,
    importance: Float[np.ndarray, " N"],
    posteriors: Float[np.ndarray, " N"],
) -> dict[str, float]:
    """Return the combination that predicts the choices of class g's members; empty if none does.

    Under separation the information of the class vanishes along it. Only then is the exact test
    worth its time.
    """
    sets, parameters = likelihood.sets, likelihood.parameters
    coefficients = likelihood.scaled_classes(fit.point).coefficients[g]
    moves = np.asarray(fit.space.spread[parameters.of_class(g)] != 0.0).any(axis=1)
    if not moves.any():
        return {}
    there, at_zero = (
        log_likelihood(sets, importance, b, likelihood.map_blocks).information[np.ix_(moves, moves)]
        for b in (coefficients, np.zeros(len(coefficients)))
    )
    scale = np.sqrt(np.maximum(np.diag(at_zero), np.finfo(float).tiny))
    whitened = np.linalg.lstsq(at_zero / np.outer(scale, scale), there / np.outer(scale, scale))[0]
    is_suspicious = np.linalg.eigvals(whitened).real.min() <= _SUSPICIOUS
    if not is_suspicious and not _runaway(likelihood, fit):
        return {}
    rows = _rows_of(sets, posteriors > _NO_MEMBER)[:, moves]
    direction = _separating_direction(rows)
    if direction is None:
        return {}
    labels = tuple(np.array(parameters.coefficients)[moves].tolist())
    return material(direction, labels)


def _separating_direction(rows: Float[np.ndarray, "rows K"]) -> Float[np.ndarray, " K"] | None:
    """Return what `separating_direction` of all rows would, looking at few of many."""
    looked_at = rows[:_MOST_ROWS]
    for _ in range(_MOST_LOOKS):
        direction = separating_direction(looked_at)
        if direction is None or len(looked_at) == len(rows):
            return direction
        against = rows @ direction
        worst = np.argsort(-against, kind="stable")[:_MOST_ROWS]
        worst = worst[against[worst] > _SEPARATES]
        if not worst.size:
            return direction
        looked_at = np.concatenate([looked_at, rows[worst]])
    return None


def _told_by_traits(
    likelihood: LatentClassLikelihood, fit: Fit, weights: Float[np.ndarray, " N"]
) -> tuple[int, dict[str, float]] | None:
    """Return a class, and the combination of traits that tells for sure who belongs to it."""
    traits, labels = likelihood.traits, likelihood.parameters.traits
    if len(labels) == 1:
        return None
    logits = traits @ likelihood.scaled_classes(fit.point).memberships.T
    shares = softmax(logits, axis=1)
    root = np.linalg.cholesky(_squares(traits, 0.25 * weights))
    for g in range(1, shares.shape[1]):
        bend = _squares(traits, weights * shares[:, g] * (1.0 - shares[:, g]))
        values, vectors = np.linalg.eigh(np.linalg.solve(root, np.linalg.solve(root, bend).T))
        if values[0] < _CERTAIN:
            direction = np.linalg.solve(root.T, vectors[:, 0])
            return g, material(direction / np.abs(direction).max(), labels)
    return None


def _squares(
    traits: Float[np.ndarray, "N traits"], weights: Float[np.ndarray, " N"]
) -> Float[np.ndarray, "traits traits"]:
    return np.einsum("n,ni,nj->ij", weights, traits, traits)


def _runaway(likelihood: LatentClassLikelihood, fit: Fit) -> list[str]:
    """Return the parameters that the search gave up following towards infinity."""
    is_far = np.abs(fit.point) >= likelihood.limits * (1.0 - 1e-9)
    return [
        label
        for label, far in zip(likelihood.labels, is_far, strict=True)
        if far and label in fit.at_bound
    ]


def _twins(likelihood: LatentClassLikelihood, fit: Fit) -> tuple[int, int] | None:
    """Return two classes with the same coefficients, if only their shares could tell them apart."""
    if likelihood.traits.shape[1] > 1:
        return None
    coefficients = likelihood.scaled_classes(fit.point).coefficients
    for g, h in combinations(range(len(coefficients)), 2):
        if np.abs(coefficients[g] - coefficients[h]).max() < _SAME:
            return g, h
    return None


def _rows_of(sets: ChoiceSets, is_member: np.ndarray) -> Float[np.ndarray, "rows K"]:
    rows = np.diff(sets.task_starts[sets.person_starts])
    return sets.differences[np.repeat(is_member, rows)]


def _combination(direction: dict[str, float]) -> str:
    return combination_in_words({label: x for label, x in direction.items() if abs(x) >= 0.005})


def _empty(members: Float[np.ndarray, " G"]) -> str:
    g = int(np.argmin(members))
    return (
        f"expected one person or more in every class, found {members[g]:.2g} in class {g + 1} of "
        f"{len(members)}: the data carry fewer classes. Ask for {len(members) - 1}."
    )


def _separated(g: int, direction: dict[str, float], members: float) -> str:
    return (
        f"class {g + 1} (about {members:.0f} people) always chooses by {_combination(direction)}, "
        "in units of typical differences within a task: these coefficients grow without end, and "
        "their values and standard errors mean nothing. Bound them (`constraints`), make them "
        "equal over classes (`shared`), or ask for fewer classes."
    )


def _certain(g: int, direction: dict[str, float]) -> str:
    return (
        f"who belongs to class {g + 1} is told for sure by {_combination(direction)}: its "
        "coefficients of membership grow without end, and their standard errors mean nothing. "
        "Bound them (`constraints`), or leave the trait out and fit its groups apart."
    )


def _unbounded(labels: list[str]) -> str:
    return (
        f"no finite value is the likeliest for {', '.join(labels)}: some choices or memberships "
        "are predicted perfectly. Set bounds (`constraints`), or ask for fewer classes."
    )


def _alike(g: int, h: int) -> str:
    return (
        f"classes {g + 1} and {h + 1} have the same coefficients, so that only the sum of their "
        "shares is known: the data carry fewer classes. Ask for fewer."
    )


def _flat(fit: Fit) -> str:
    return (
        f"the likelihood does not change along {_combination(dict(fit.flat))}: the data carry "
        "fewer classes, or fewer coefficients in them. Ask for fewer, or share some over classes."
    )


def _unfinished(fit: Fit) -> str:
    if fit.status == "converged":
        return ""
    return (
        f"the search ended {fit.gradient_norm:.1e} standard errors from the maximum after "
        f"{fit.n_iterations} iterations ({fit.status.replace('_', ' ')})."
    )
