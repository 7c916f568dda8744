"""Domain values made within a strategy, where only Hypothesis may use random numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def made_in_strategy(make: Callable[[], Made]) -> Made:
    """Return `make()` and leave the random module as it was.

    The shape checks of every test look at a random item of each container; Hypothesis warns of a
    strategy that draws from anything but itself.
    """
    state = random.getstate()
    try:
        return make()
    finally:
        random.setstate(state)
