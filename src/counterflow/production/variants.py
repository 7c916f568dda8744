"""The variants of a definition, in the order of the volumes that were drawn for them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.domain.definition import Definition, Variant
from counterflow.domain.errors import LabelMismatchError
from counterflow.domain.volumes import VolumeDraws


def variants_of(definition: Definition, volumes: VolumeDraws) -> tuple[Variant, ...]:
    """Return the definition's variant for each variant of the volumes, matched by label.

    Raises
    ------
    LabelMismatchError
        If the volumes were drawn for another line.
    """
    known = {
        (offer.name, str(variant.configuration)): variant
        for offer in definition.offers
        for variant in offer.variants
    }
    wanted = tuple(zip(volumes.offer_of_variant, volumes.variants, strict=True))
    if set(wanted) != set(known):
        raise LabelMismatchError(
            "volumes.variants", expected=map(_text, known), found=map(_text, wanted)
        )
    return tuple(known[label] for label in wanted)


def expected_mix(volumes: VolumeDraws) -> Float[np.ndarray, "O V"]:
    """Return the share of each variant among an offer's vehicles, over all draws; rows sum to 1.

    An offer that nobody wants in any draw is split evenly over its variants.
    """
    expected = volumes.draws.mean(axis=0).sum(axis=(1, 2))
    member = np.array(volumes.offer_of_variant) == np.array(volumes.offers)[:, None]
    wanted = member * expected
    weight = np.where(wanted.sum(axis=1, keepdims=True) > 0, wanted, member.astype(float))
    return weight / weight.sum(axis=1, keepdims=True)


def _text(label: tuple[str, str]) -> str:
    return ": ".join(label)
