"""Buyers who take the best: what they think of each candidate, and what it earns."""

from __future__ import annotations

from functools import partial

import numpy as np
from jaxtyping import Float

from counterflow.definition.problem import BuyersBlock, Choices, blocks_of_buyers
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.first_choices import FirstChoices, first_choices


def choices_of_buyers(choices: Choices, *, map_blocks: MapBlocks = map) -> FirstChoices:
    """Return what every buyer thinks of the candidates, region after region."""
    n_buyers, n_candidates = len(choices.buyers.weights), len(choices.starts) - 1
    n_people = len(choices.regions) * n_buyers
    found = FirstChoices(
        np.empty((n_people, n_candidates), np.float32),
        np.empty((n_people, n_candidates), np.float32),
        np.empty((n_people, n_candidates), np.int32),
    )
    filled = 0
    for part in map_blocks(partial(_choices_of_block, choices), blocks_of_buyers(choices)):
        people = slice(filled, filled + len(part.advantage))
        for whole, of_block in zip(found, part, strict=True):
            whole[people] = of_block
        filled = people.stop
    return found


def _choices_of_block(choices: Choices, block: BuyersBlock) -> FirstChoices:
    m, buyers = block.region, block.buyers
    people = choices.part_worths[buyers]
    rest = _best_rest(choices, people, m)
    found = first_choices(people, choices.rows[m], choices.starts, choices.values[m], rest)
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
