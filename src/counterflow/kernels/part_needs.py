"""Part needs: volumes of joint configurations exploded into parts, draw by draw."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def part_needs(
    volumes: Float[np.ndarray, "S V Q"], quantity: Float[np.ndarray, "V P"]
) -> Float[np.ndarray, "S P Q"]:
    """Return how many of each part each draw of volumes needs in each period.

    `volumes` are vehicles by variant and period, `quantity` the parts in one vehicle of a variant.

    Notes
    -----
    need[s, p, q] = sum over v of quantity[v, p] volume[s, v, q]: the bill of materials explosion
    of materials requirements planning (Hopp and Spearman, Factory Physics, 3rd ed. 2011, chapter
    3), with no netting and no lead-time offset. Variants are joint configurations: a part that
    only the combination of two options needs is counted right, which option shares alone cannot do.

    Examples
    --------
    Ten small cars with one camera and five large ones with three:

    >>> part_needs(np.array([[[10.0], [5.0]]]), np.array([[1.0], [3.0]]))
    array([[[25.]]])
    """
    return np.matmul(quantity.T, volumes)
