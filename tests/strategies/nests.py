"""Choices between alternatives that lie in random networks of nests, available or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from counterflow.kernels.nested_logit import (
    NestedChoices,
    NestNetwork,
    NestParameters,
    nested_choices,
)
from strategies.shape_checks import made_in_strategy


@dataclass(frozen=True, eq=False)
class Nested:
    """A network of nests with parameters, choices in it, and the design that utilities come of."""

    network: NestNetwork
    parameters: NestParameters
    kinds: np.ndarray
    task_starts: np.ndarray
    person_starts: np.ndarray
    chosen_rows: np.ndarray
    design: np.ndarray
    coefficients: np.ndarray

    @property
    def choices(self) -> NestedChoices:
        """Return the choices as the kernel takes them."""
        return nested_choices(
            self.kinds, self.task_starts, self.person_starts, self.chosen_rows, self.network
        )

    @property
    def utilities(self) -> np.ndarray:
        """Return V of each row."""
        return self.design @ self.coefficients


def nested(
    seed: int,
    *,
    n_persons: int = 4,
    n_kinds: int = 5,
    n_nests: int = 4,
    most_parents: int = 1,
    scale: float = 1.0,
) -> Nested:
    """Return random choices; equal arguments give equal choices."""
    random = np.random.default_rng(seed)
    network = _network(random, n_kinds=n_kinds, n_nests=n_nests, most_parents=most_parents)
    n_tasks = random.integers(1, 4, n_persons)
    sizes = random.integers(2, n_kinds + 2, n_tasks.sum())
    starts = np.append(0, np.cumsum(sizes))
    # A kind may be shown twice: two cards with the same powertrain.
    kinds = random.integers(0, n_kinds, starts[-1])
    return Nested(
        network=network,
        parameters=NestParameters(
            lambdas=np.append(random.uniform(0.3, 1.3, n_nests - 1), 1.0),
            allocations=_allocations(random, network),
        ),
        kinds=kinds,
        task_starts=starts,
        person_starts=np.append(0, np.cumsum(n_tasks)),
        chosen_rows=starts[:-1] + random.integers(0, sizes),
        design=random.normal(size=(starts[-1], 3)),
        coefficients=scale * random.normal(size=3),
    )


def _network(
    random: np.random.Generator, *, n_kinds: int, n_nests: int, most_parents: int
) -> NestNetwork:
    starts, nests = [0], []
    for member in range(n_kinds + n_nests - 1):
        own = max(member - n_kinds, -1)
        above = np.arange(own + 1, n_nests)
        n_parents = min(random.integers(1, most_parents + 1), len(above))
        nests += sorted(random.choice(above, n_parents, replace=False))
        starts.append(len(nests))
    return NestNetwork(np.array([*starts, len(nests)]), np.array(nests), n_nests)


def _allocations(random: np.random.Generator, network: NestNetwork) -> np.ndarray:
    shares = random.uniform(0.1, 1.0, len(network.nests))
    totals = np.add.reduceat(shares, network.starts[:-2])
    return shares / np.repeat(totals, np.diff(network.starts[:-1]))


any_nested = st.builds(
    lambda *given, **named: made_in_strategy(lambda: nested(*given, **named)),
    st.integers(0, 2**32),
    n_persons=st.integers(1, 6),
    n_kinds=st.integers(2, 6),
    n_nests=st.integers(1, 5),
    most_parents=st.sampled_from([1, 1, 3]),
    scale=st.sampled_from([0.0, 0.5, 3.0]),
)
