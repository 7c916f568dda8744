"""Part explosion: volumes of joint configurations turned into parts, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.domain.definition import Definition, Variant
from counterflow.domain.volumes import VolumeDraws
from counterflow.kernels.part_needs import part_needs
from counterflow.production.variants import variants_of


@dataclass(frozen=True, eq=False, kw_only=True)
class PartNeeds:
    """S draws of how many of each part are needed to build what is wanted, when it is wanted."""

    parts: tuple[str, ...]
    periods: tuple[str, ...]
    draws: Float[np.ndarray, "S P Q"]
    """In each part's unit."""


def explode_parts(definition: Definition, volumes: VolumeDraws) -> PartNeeds:
    """Return the parts that each draw of volumes needs, over all regions.

    Each draw is exploded by itself and by joint configuration, so the quantiles of a part's need
    are those of the draws. Parts come in the order in which the line's variants name them.

    Raises
    ------
    LabelMismatchError
        If the volumes were drawn for another line.
    """
    variants = variants_of(definition, volumes)
    parts = parts_of(variants)
    return PartNeeds(
        parts=parts,
        periods=volumes.periods,
        draws=part_needs(volumes.draws.sum(axis=2), quantities(variants, parts)),
    )


def parts_of(variants: Sequence[Variant]) -> tuple[str, ...]:
    """Return the parts that the variants are made of, in the order in which they name them."""
    return tuple(dict.fromkeys(part for variant in variants for part in variant.parts))


def quantities(variants: Sequence[Variant], parts: Sequence[str]) -> Float[np.ndarray, "V P"]:
    """Return how many of each part go into one vehicle of each variant."""
    rows = [[variant.parts.get(part, 0.0) for part in parts] for variant in variants]
    return np.array(rows, dtype=float).reshape(len(variants), len(parts))
