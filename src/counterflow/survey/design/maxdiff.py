"""MaxDiff designs: items, pairs of items and places in a set, each as often as the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int, Int16
from scipy.optimize import linear_sum_assignment

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.maxdiff_design import MaxDiffDesign
from counterflow.domain.mismatch import quoted
from counterflow.domain.random_streams import random_stream

_TRIES, _FEWEST, _MOST = 400, 4, 40
"""Versions put together with ties broken at random, in all and for each that is kept: the best."""
_SWAPS = 20_000
"""Exchanges of items between sets that are tried, in all."""


def maxdiff_design(
    items: Sequence[str], *, n_sets: int, set_size: int, n_versions: int = 1, seed: int = 1
) -> MaxDiffDesign:
    """Return a design that shows items, pairs and places as evenly as may be.

    In each version the items are shown equally often, but for one time where the number of places
    is no multiple of theirs. Pairs of items stand together as evenly as a search finds, first
    within the version and then over all; and so do items at each place of a set.

    Raises
    ------
    InputError
        With everything that is wrong, such as sets larger than the list of items.

    Notes
    -----
    Put together item by item, the least shown first and among them those that met the rest of the
    set least; of several such versions the one with the least sum of squared pair counts is kept,
    and items are exchanged between its sets where that lowers the sum or leaves it. Items go to
    places by assignment (Kuhn 1955), the least seen place first. In a balanced incomplete block
    design, where there is one, all pair counts are equal (Louviere, Flynn and Marley, Best-Worst
    Scaling, 2015, section 2.3).

    Examples
    --------
    Seven items in seven sets of three: every pair once, as in the Fano plane.

    >>> design = maxdiff_design(list("abcdefg"), n_sets=7, set_size=3)
    >>> sorted(set(design.pair_counts()[np.triu_indices(7, k=1)].tolist()))
    [1]
    """
    _check(items, n_sets, set_size, n_versions)
    n = len(items)
    pairs, places = np.zeros((n, n), dtype=np.int64), np.zeros((n, set_size), dtype=np.int64)
    codes = np.empty((n_versions, n_sets, set_size), dtype=np.int16)
    n_tries = min(max(_TRIES // n_versions, _FEWEST), _MOST)
    for v in range(n_versions):
        stream = random_stream(seed, "design: maxdiff", v)
        tries = [_version(n, n_sets, set_size, pairs, stream) for _ in range(n_tries)]
        best = min(tries, key=lambda sets: _unevenness(sets, pairs))
        codes[v] = _evened(best, pairs, min(_SWAPS // n_versions, _SWAPS // 5), stream)
        pairs += _pair_counts(codes[v], n)
        _place(codes[v], places)
    design = MaxDiffDesign(
        items=tuple(items), codes=codes, provenance={"method": "balanced", "seed": seed}
    )
    _check_connected(design)
    return design


def _version(
    n: int,
    n_sets: int,
    set_size: int,
    pairs: Int[np.ndarray, "items items"],
    stream: np.random.Generator,
) -> Int16[np.ndarray, "T J"]:
    shown, met = np.zeros(n, dtype=np.int64), np.zeros((n, n), dtype=np.int64)
    sets = np.empty((n_sets, set_size), dtype=np.int16)
    everywhere = pairs / max(1, pairs.max())
    for t in range(n_sets):
        chosen: list[int] = []
        for _ in range(set_size):
            met_here, met_there = met[:, chosen].sum(axis=1), everywhere[:, chosen].sum(axis=1)
            order = np.lexsort((stream.random(n), met_there, met_here, shown))
            chosen.append(int(next(i for i in order if i not in chosen)))
        shown[chosen] += 1
        met[np.ix_(chosen, chosen)] += 1
        sets[t] = chosen
    return sets


def _evened(
    sets: Int16[np.ndarray, "T J"],
    pairs: Int[np.ndarray, "items items"],
    n_swaps: int,
    stream: np.random.Generator,
) -> Int16[np.ndarray, "T J"]:
    """Return the sets after exchanges of two items between two of them; each comes as often."""
    if len(sets) < 2:
        return sets
    current, value = sets.copy(), _unevenness(sets, pairs)
    n_sets, set_size = sets.shape
    fewest = _pair_counts_least(len(pairs), n_sets, set_size)
    for _ in range(n_swaps):
        if value[0] <= fewest and not pairs.any():
            break
        (s, t), (i, j) = stream.choice(n_sets, 2, replace=False), stream.integers(set_size, size=2)
        one, other = current[s, i], current[t, j]
        if one in current[t] or other in current[s]:
            continue
        current[s, i], current[t, j] = other, one
        found = _unevenness(current, pairs)
        if found <= value:
            value = found
        else:
            current[s, i], current[t, j] = one, other
    return current


def _pair_counts_least(n: int, n_sets: int, set_size: int) -> int:
    """Return the least sum of squared pair counts: all as equal as their number allows."""
    total, n_pairs = n_sets * set_size * (set_size - 1) // 2, n * (n - 1) // 2
    low, more = divmod(total, n_pairs)
    return 2 * ((n_pairs - more) * low**2 + more * (low + 1) ** 2)


def _pair_counts(sets: Int16[np.ndarray, "T J"], n: int) -> Int[np.ndarray, "items items"]:
    stands = np.zeros((len(sets), n), dtype=np.int64)
    np.put_along_axis(stands, sets.astype(np.int64), 1, axis=1)
    counts = stands.T @ stands
    np.fill_diagonal(counts, 0)
    return counts


def _unevenness(
    sets: Int16[np.ndarray, "T J"], pairs: Int[np.ndarray, "items items"]
) -> tuple[int, int]:
    mine = _pair_counts(sets, len(pairs))
    return int((mine**2).sum()), int(((mine + pairs) ** 2).sum())


def _place(sets: Int16[np.ndarray, "T J"], places: Int[np.ndarray, "items J"]) -> None:
    """Put the items of each set where they stood least, within this version and then before."""
    here = np.zeros_like(places)
    for chosen in sets:
        items = chosen.astype(np.int64)
        cost = here[items] * (1.0 + places.max()) + places[items]
        which, place = linear_sum_assignment(cost)
        chosen[place] = items[which]
        here[chosen, np.arange(len(chosen))] += 1
    places += here


def _check(items: Sequence[str], n_sets: int, set_size: int, n_versions: int) -> None:
    problems = []
    twice = sorted({item for item in items if list(items).count(item) > 1})
    if twice:
        found = ", ".join(map(quoted, twice)) + " more than once"
        problems.append(Problem("distinct items", found, key="items"))
    if len(items) < 3:
        problems.append(Problem("3 items or more", str(len(items)), key="items"))
    if not 2 <= set_size <= len(items):
        expected = f"sets of 2 to {len(items)} items"
        problems.append(Problem(expected, str(set_size), key="set_size"))
    for key, number in (("n_sets", n_sets), ("n_versions", n_versions)):
        if number < 1:
            problems.append(Problem("1 or more", str(number), key=key))
    if problems:
        raise InputError(problems)


def _check_connected(design: MaxDiffDesign) -> None:
    if not design.is_connected():
        problem = Problem(
            expected="sets in which all items can be compared, over others if need be",
            found=f"{design.codes.shape[0] * design.codes.shape[1]} sets that do not",
            key="n_sets",
            advice="Ask for more or larger sets, or more versions.",
        )
        raise InputError([problem])
