"""Choices of people whose coefficients are mixed in every way, with draws anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from counterflow.kernels.compiled.mixing_distributions import UNIFORM
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.mixing import (
    KINDS,
    Mixing,
    Proposals,
    mixing_of,
    prior_proposals,
    with_entries,
)
from counterflow.kernels.nodes import Nodes, sobol_nodes
from strategies.choice_sets import Choices, choices
from strategies.shape_checks import made_in_strategy


@dataclass(frozen=True, eq=False)
class MixedChoices:
    """Choices, how coefficients are mixed, each person's means, and the draws."""

    choices: Choices
    mixing: Mixing
    means: np.ndarray
    nodes: Nodes
    proposals: Proposals

    @property
    def sets(self) -> ChoiceSets:
        """Return the choice sets as kernels take them."""
        return self.choices.sets

    @property
    def given(self) -> tuple[ChoiceSets, Mixing, np.ndarray, Nodes, Proposals]:
        """Return what kernels take, in their order."""
        return self.sets, self.mixing, self.means, self.nodes, self.proposals

    @property
    def entries(self) -> np.ndarray:
        """Return the estimated entries of the factor."""
        return self.mixing.factor[self.mixing.rows, self.mixing.columns]


def mixed_choices(
    seed: int,
    kinds: list[str],
    *,
    n_persons: int = 4,
    n_draws: int = 24,
    in_willingness_to_pay: bool = False,
    has_own_means: bool = False,
    is_centred: bool = False,
) -> MixedChoices:
    """Return random choices; equal arguments give equal choices.

    A kind "fixed" is a coefficient that is the same for all. The others are correlated as far as
    their kind allows.
    """
    random = np.random.default_rng(seed)
    k = len(kinds)
    made = choices(seed, n_persons=n_persons, n_coefficients=k)
    varies = [place for place, kind in enumerate(kinds) if kind != "fixed"] or [0]
    entries = [
        (row, column)
        for column, place in enumerate(varies)
        for row in varies[column:]
        if row == place or KINDS[_kind(kinds[row])] < UNIFORM
    ]
    mixing = mixing_of(
        [_kind(kind) for kind in kinds],
        [row for row, _ in entries],
        [column for _, column in entries],
        n_random=len(varies),
        scale_index=int(random.integers(k)) if in_willingness_to_pay else -1,
    )
    spreads = random.normal(size=len(entries)) * 0.4
    spreads[np.abs(spreads) < 0.05] = 0.3
    proposals = prior_proposals(n_persons, len(varies))
    if is_centred:
        proposals = _anywhere(random, proposals)
    return MixedChoices(
        choices=made,
        mixing=with_entries(mixing, spreads),
        means=0.5 * random.normal(size=(n_persons if has_own_means else 1, k)),
        nodes=sobol_nodes(n_draws, len(varies), n_groups=2, seed=seed),
        proposals=proposals,
    )


def _kind(kind: str) -> str:
    return "normal" if kind == "fixed" else kind


def _anywhere(random: np.random.Generator, proposals: Proposals) -> Proposals:
    n, d = proposals.centres.shape
    lower = np.tril_indices(d)
    spreads = 0.2 * random.normal(size=proposals.spreads.shape).astype(np.float32)
    diagonal = lower[0] == lower[1]
    spreads[:, diagonal] = random.uniform(0.8, 1.3, (n, d)).astype(np.float32)
    log_determinants = np.log(spreads[:, diagonal].astype(float)).sum(axis=1)
    return Proposals(0.5 * random.normal(size=(n, d)), spreads, log_determinants)


any_mixed_choices = st.builds(
    lambda *given, **named: made_in_strategy(lambda: mixed_choices(*given, **named)),
    st.integers(0, 2**32),
    st.lists(st.sampled_from(["fixed", *KINDS]), min_size=1, max_size=5),
    n_persons=st.integers(1, 20),
    n_draws=st.integers(1, 150),
    in_willingness_to_pay=st.booleans(),
    has_own_means=st.booleans(),
    is_centred=st.booleans(),
)
"""Mixed logits of every kind."""
