"""Arrays that begin where a vector of eight doubles may begin."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

_BYTES = 64


def aligned_zeros(*shape: int) -> Float[np.ndarray, ...]:
    """Return zeros whose first element is aligned to 64 bytes.

    NumPy aligns to 16. A vector that straddles two lines of the cache takes two reads: on arrays
    that stay in the first cache, loops took up to twice as long.

    Examples
    --------
    >>> aligned_zeros(3, 8).ctypes.data % 64
    0
    """
    size = int(np.prod(shape))
    room = np.zeros(size + _BYTES // 8)
    first = -room.ctypes.data % _BYTES // 8
    return room[first : first + size].reshape(shape)
