"""In which order a respondent sees tasks, alternatives and attributes: at random, and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterflow.domain.random_streams import random_stream


@dataclass(frozen=True)
class Arrangement:
    """The order on the screen of one respondent.

    Parameters
    ----------
    tasks
        Task of the design, from 0, by task on the screen.
    alternatives
        For each task on the screen: places of the design, from 0, by place on the screen.
    attributes
        Attributes from top to bottom, the same in all tasks; the price is first or last.
    """

    tasks: tuple[int, ...]
    alternatives: tuple[tuple[int, ...], ...]
    attributes: tuple[str, ...]


def arrangement_of(
    *, n_tasks: int, n_alternatives: int, attributes: Sequence[str], price: str, seed: int
) -> Arrangement:
    """Return the arrangement that a seed stands for: each order is as likely, and independent.

    The price goes first or last, each for half of the respondents, so that it is found at the
    edge and its place does not decide what it weighs.

    Examples
    --------
    >>> found = arrangement_of(
    ...     n_tasks=2, n_alternatives=3, attributes=["trim", "range", "price"], price="price",
    ...     seed=7)
    >>> sorted(found.tasks), [sorted(places) for places in found.alternatives]
    ([0, 1], [[0, 1, 2], [0, 1, 2]])
    >>> "price" in (found.attributes[0], found.attributes[-1])
    True
    """
    stream = random_stream(seed, "questionnaire: order")
    tasks = tuple(stream.permutation(n_tasks).tolist())
    places = tuple(tuple(stream.permutation(n_alternatives).tolist()) for _ in range(n_tasks))
    others = [name for name in attributes if name != price]
    shuffled = [others[i] for i in stream.permutation(len(others)).tolist()]
    price_first = bool(stream.integers(2))
    with_price = [price, *shuffled] if price_first else [*shuffled, price]
    return Arrangement(tasks, places, tuple(with_price))
