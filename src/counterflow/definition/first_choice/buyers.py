"""Buyers who take the best: what they think of each candidate, with or without drawn errors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.candidates import Candidate
from counterflow.definition.problem import Choices
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.first_choices import FirstChoices, first_choices

_BUYERS_AT_ONCE = 256


class Errors(NamedTuple):
    """Errors of utility: one of each product, as a buyer sees it, and one of the rest."""

    of_products: Float[np.ndarray, "M B products"]
    of_rest: Float[np.ndarray, "M B"]
    product: Int[np.ndarray, " V"]
    """The product of each variant: its configuration, whatever its price."""


def drawn_errors(
    candidates: Sequence[Candidate], choices: Choices, *, seed: int, replicate: int
) -> Errors:
    """Return independent standard Gumbel errors for each buyer in each region.

    The prices of one configuration share an error, as a line has one of them at most. The best of
    rivals and outside option has one as well, if it is counted by its logsum: the largest of
    independent Gumbel variables is one.
    """
    variants = [variant for candidate in candidates for variant in candidate.variants]
    number = {variant: i for i, variant in enumerate(dict.fromkeys(variants))}
    shape = len(choices.regions), len(choices.buyers.weights)
    stream = random_stream(seed, "errors of utility", replicate)
    return Errors(
        of_products=stream.gumbel(size=(*shape, len(number))),
        of_rest=stream.gumbel(size=shape),
        product=np.array([number[variant] for variant in variants]),
    )


def choices_of_buyers(
    choices: Choices, errors: Errors | None = None, *, map_blocks: MapBlocks = map
) -> FirstChoices:
    """Return what every buyer thinks of the candidates, region after region.

    Without errors each takes the best of everything. With errors a variant counts for one of the
    variants of its candidate, as in a logit: who takes what then has the logit's probabilities.
    """
    n_buyers, n_candidates = len(choices.buyers.weights), len(choices.starts) - 1
    n_people = len(choices.regions) * n_buyers
    found = FirstChoices(
        np.empty((n_people, n_candidates), np.float32),
        np.empty((n_people, n_candidates), np.float32),
        np.empty((n_people, n_candidates), np.int32),
    )
    blocks = [
        _Block(place, region, first, min(first + _BUYERS_AT_ONCE, n_buyers))
        for place, region in enumerate(choices.regions)
        for first in range(0, n_buyers, _BUYERS_AT_ONCE)
    ]
    filled = 0
    for part in map_blocks(partial(_choices_of_block, choices, errors), blocks):
        people = slice(filled, filled + len(part.advantage))
        for whole, of_block in zip(found, part, strict=True):
            whole[people] = of_block
        filled = people.stop
    return found


class _Block(NamedTuple):
    place: int
    """Of the region among those that stand for others."""
    region: int
    first: int
    end: int


def _choices_of_block(choices: Choices, errors: Errors | None, block: _Block) -> FirstChoices:
    buyers, m = slice(block.first, block.end), block.region
    people, rows = choices.part_worths[buyers], choices.rows[m]
    if errors is None:
        drawn, product, rest = None, None, _best_rest(choices, people, m)
    else:
        # A column of ones: what a variant counts for is a part of its utility.
        people = np.column_stack([people, np.ones(len(people))])
        n_variants = np.diff(choices.starts)
        rows = np.column_stack([rows, -np.log(np.repeat(n_variants, n_variants))])
        drawn, product = errors.of_products[block.place, buyers], errors.product
        rest = choices.log_rest[m, buyers] + errors.of_rest[block.place, buyers]
    found = first_choices(
        people, rows, choices.starts, choices.values[m], rest, errors=drawn, product=product
    )
    if choices.overage is not None:
        for p, paid in enumerate(choices.overage.values):
            own = choices.overage.contract_of_variant == p
            found.earned[:, own] += paid[buyers, None]
    return found


def _best_rest(
    choices: Choices, people: Float[np.ndarray, "people K"], region: int
) -> Float[np.ndarray, " people"]:
    """Return the largest utility of rivals and outside option."""
    market = choices.market
    utility = np.einsum("nk,ak->na", people, market.rows[region]) + market.offsets[region]
    return np.asarray(utility.max(axis=1))
