"""Token buckets: how often somebody may ask, without keeping who it was."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from counterflow.web.guard.settings import Rate

_MOST_BUCKETS = 100_000


class TokenBuckets:
    """A bucket for each visitor: filled at a steady rate, emptied by one a request.

    The least recently used buckets are let go, so that many visitors cost bounded memory; a
    bucket that is let go was full again, or its owner one of a hundred thousand at that moment.

    Examples
    --------
    >>> now = 0.0
    >>> buckets = TokenBuckets(Rate(per_second=0.5, burst=2.0), clock=lambda: now)
    >>> [buckets.wait_s("a") for _ in range(3)]
    [0.0, 0.0, 2.0]
    """

    def __init__(self, rate: Rate | None, *, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._buckets: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def wait_s(self, visitor: object) -> float:
        """Take a token and return 0; or take none, and return the seconds until there is one."""
        if self._rate is None:
            return 0.0
        now = self._clock()
        tokens, since = self._buckets.pop(visitor, (self._rate.burst, now))
        tokens = min(self._rate.burst, tokens + (now - since) * self._rate.per_second)
        may = tokens >= 1.0
        self._buckets[visitor] = (tokens - 1.0 if may else tokens, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0.0 if may else (1.0 - tokens) / self._rate.per_second
