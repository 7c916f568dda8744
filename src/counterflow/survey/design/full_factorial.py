"""The full factorial in blocks: every product that may be shown is, and as often as the others."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Int, Int16

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.random_streams import random_stream
from counterflow.survey.design.specification import DesignSpecification

_LOOK_AHEAD = 400


def full_codes(spec: DesignSpecification) -> Int16[np.ndarray, "V T J A"]:
    """Return all products dealt out over the versions, in shuffled decks.

    A product that may not stand beside those already in a task waits for the next one; where none
    of the deck may, a new deck begins. So products are shown equally often, but for what the rules
    of a task and the last deck leave over.

    Raises
    ------
    InputError
        If the versions have too few places to show every product.
    """
    t, j = spec.n_tasks, spec.n_alternatives
    _check_places(spec)
    stream = random_stream(spec.settings.seed, "design: full factorial")
    decks = [_Deck(spec.products.at(place), stream) for place in range(j)]
    if spec.settings.labelled_by is None:
        decks = decks[:1] * j
    codes = spec.products.codes
    picks = np.empty((spec.settings.n_versions * t, j), dtype=np.int64)
    for task in picks:
        for place in range(j):
            task[place] = _dealt(spec, decks[place], codes[task[:place]])
    _check_all_shown(spec, picks)
    return codes[picks].reshape(spec.settings.n_versions, t, j, -1)


class _Deck:
    """Products in random order; a new deck goes under the old one when it runs short."""

    def __init__(self, products: Int[np.ndarray, " n"], stream: np.random.Generator) -> None:
        self._products, self._stream = products, stream
        self.left: list[int] = stream.permutation(products).tolist()

    def reshuffle(self) -> None:
        self.left += self._stream.permutation(self._products).tolist()


def _dealt(spec: DesignSpecification, deck: _Deck, beside: Int16[np.ndarray, "n A"]) -> int:
    """Return the first product of the deck that may stand beside those of the task."""
    codes, looked_at = spec.products.codes, 0
    while looked_at < len(spec.products) + _LOOK_AHEAD:
        if len(deck.left) <= looked_at:
            deck.reshuffle()
        ahead = deck.left[looked_at : looked_at + _LOOK_AHEAD]
        fits = np.ones(len(ahead), dtype=bool)
        for one in beside:
            fits &= spec.task_rules.compatible(one, codes[ahead])
        if fits.any():
            return deck.left.pop(looked_at + int(fits.argmax()))
        looked_at += len(ahead)
    problem = Problem(
        expected=f"a product beside each of those in a task of {spec.n_alternatives}",
        found=f"none of {len(spec.products):,} that the rules of a task allow",
        key="design",
        advice="Show fewer alternatives, or drop once_a_task or avoid_dominance.",
    )
    raise InputError([problem])


def _check_places(spec: DesignSpecification) -> None:
    t, j, n_versions = spec.n_tasks, spec.n_alternatives, spec.settings.n_versions
    if spec.settings.labelled_by is None:
        needed = math.ceil(len(spec.products) / (t * j))
    else:
        needed = math.ceil(max(len(spec.products.at(place)) for place in range(j)) / t)
    if n_versions < needed:
        problem = Problem(
            expected=f"at least {needed:,} versions, to show each of {len(spec.products):,} "
            f"products in {t} tasks of {j}",
            found=str(n_versions),
            key="n_versions",
            advice="Ask for more versions, or take another method.",
        )
        raise InputError([problem])


def _check_all_shown(spec: DesignSpecification, picks: Int[np.ndarray, "tasks J"]) -> None:
    n_shown = len(np.unique(picks))
    if n_shown < len(spec.products):
        problem = Problem(
            expected=f"places for each of {len(spec.products):,} products beside products that "
            "may stand with it",
            found=f"{len(spec.products) - n_shown:,} left over",
            key="n_versions",
            advice="Ask for more versions, or drop once_a_task or avoid_dominance.",
        )
        raise InputError([problem])
