"""Level-balanced tasks: each level, and each pair, as often as the others; overlap at will."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Int16

from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.survey.design.products import Products
from counterflow.survey.design.random_tasks import new_task, repeated_tasks
from counterflow.survey.design.specification import DesignSpecification

_MOST_CANDIDATES = 512
_OVERLAP, _ONE_WAY, _TWO_WAY, _ALL_VERSIONS = 1000.0, 10.0, 1.0, 0.01
"""Weights in this order of importance; a sum of later ones stays below one of an earlier kind."""

_TRIES = 20


def balanced_codes(
    spec: DesignSpecification, *, overlap: float, report: Report | None = None
) -> Int16[np.ndarray, "V T J A"]:
    """Return versions put together product by product, the least used levels first.

    `overlap` is the share of the attributes, drawn anew for each product, in which a level may come
    again within a task: 0 for minimal overlap; 1/4 for balanced overlap, which leaves about half
    the overlap of random tasks.

    Notes
    -----
    After the complete enumeration and balanced overlap methods of Sawtooth Software (The CBC System
    for Choice-Based Conjoint Analysis, version 9, technical paper, 2017): of up to 512 products,
    drawn at random where there are more, each step takes the one that adds least to overlap in
    the task, then to one-way and two-way level counts of the version, then to those of all.
    """
    counts = _Counts(spec)
    whole = _Candidates.of(spec.products, counts)
    n_versions = spec.settings.n_versions
    codes = np.empty(
        (n_versions, spec.n_tasks, spec.n_alternatives, len(spec.levels)), dtype=np.int16
    )
    for v in range(n_versions):
        stream = random_stream(spec.settings.seed, "design: balanced tasks", v)
        codes[v] = _version(spec, whole, counts, overlap, stream)
        if report is not None:
            report((v + 1) / n_versions, f"version {v + 1:,} of {n_versions:,}")
    return codes


class _Counts:
    """How often levels and pairs of levels were shown, in a version and in all before it.

    Levels of all attributes are numbered through; the last number stands for "not shown".
    """

    def __init__(self, spec: DesignSpecification) -> None:
        sizes = np.array([len(levels) for levels in spec.levels.values()])
        self.starts = np.cumsum(sizes) - sizes
        self.n = int(sizes.sum())
        of_level = np.repeat(sizes, sizes).astype(float)
        # A level of many is expected less often: what counts is the use beside what is expected.
        mean = sizes.mean()
        self._expected = np.append(of_level, 0.0) / mean
        self._two_way_expected = np.outer(self._expected, self._expected).ravel()
        self._everywhere = np.zeros((self.n + 1) ** 2)
        self.begin_version()

    def begin_version(self) -> None:
        """Forget what the version before showed, but not what all did."""
        self.one_way = np.zeros(self.n + 1)
        self.two_way = np.zeros((self.n + 1) ** 2)

    def numbers(self, codes: Int16[np.ndarray, "*n A"]) -> Int[np.ndarray, "*n A"]:
        """Return the numbers of levels, counted through all attributes."""
        return np.where(codes >= 0, codes + self.starts, self.n)

    def pairs(self, numbers: Int[np.ndarray, "n A"]) -> Int[np.ndarray, "n pairs"]:
        """Return the place of each pair of levels in the flat table of pairs."""
        first, second = np.triu_indices(numbers.shape[1], k=1)
        return numbers[:, first] * (self.n + 1) + numbers[:, second]

    def add(self, numbers: Int[np.ndarray, " A"]) -> None:
        """Count a product that was shown."""
        self.one_way[numbers] += 1.0
        pairs = self.pairs(numbers[None])[0]
        np.add.at(self.two_way, pairs, 1.0)
        np.add.at(self._everywhere, pairs, 1.0)

    def weigh(self) -> None:
        """Work out how much each level and pair counts from now on."""
        everywhere = self._everywhere / max(1.0, float(self._everywhere.max()))
        used = _TWO_WAY * self.two_way + _ALL_VERSIONS * everywhere
        # Pairs together weigh about as one attribute, whatever their number.
        n_attributes = len(self.starts)
        self._pair_weights = used * self._two_way_expected * (2.0 / n_attributes)
        self._weights = _ONE_WAY * self.one_way * self._expected

    def scores(
        self, numbers: Int[np.ndarray, "n A"], pairs: Int[np.ndarray, "n pairs"]
    ) -> Float[np.ndarray, " n"]:
        """Return how much used the levels and pairs of each product are."""
        return self._weights[numbers].sum(axis=1) + self._pair_weights[pairs].sum(axis=1)


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Products with the numbers of their levels and pairs, which are looked up many times."""

    products: Products
    numbers: Int[np.ndarray, "U A"]
    pairs: Int[np.ndarray, "U pairs"]

    @classmethod
    def of(cls, products: Products, counts: _Counts) -> _Candidates:
        numbers = counts.numbers(products.codes)
        return cls(products, numbers, counts.pairs(numbers))


def _version(
    spec: DesignSpecification,
    whole: _Candidates,
    counts: _Counts,
    overlap: float,
    stream: np.random.Generator,
) -> Int16[np.ndarray, "T J A"]:
    counts.begin_version()
    t, j, n_attributes = spec.n_tasks, spec.n_alternatives, len(spec.levels)
    codes = np.empty((t, j, n_attributes), dtype=np.int16)
    times_shown = np.zeros(n_attributes)
    for k in range(t):
        candidates = whole
        if spec.settings.n_shown is not None:
            order = np.lexsort((stream.random(n_attributes), times_shown))
            shown = np.sort(order[: spec.settings.n_shown])
            times_shown[shown] += 1
            candidates = _Candidates.of(spec.products.showing(shown), counts)
        counts.weigh()
        codes[k] = _task(spec, candidates, counts, codes[:k], overlap, stream)
        for row in counts.numbers(codes[k]):
            counts.add(row)
    return codes


def _task(
    spec: DesignSpecification,
    candidates: _Candidates,
    counts: _Counts,
    others: Int16[np.ndarray, "k J A"],
    overlap: float,
    stream: np.random.Generator,
) -> Int16[np.ndarray, "J A"]:
    for _ in range(_TRIES):
        task = _greedy(spec, candidates, counts, overlap, stream)
        if task is not None and not repeated_tasks(np.concatenate([others, task[None]]))[-1]:
            return task
    return new_task(spec, others, stream)


def _greedy(
    spec: DesignSpecification,
    candidates: _Candidates,
    counts: _Counts,
    overlap: float,
    stream: np.random.Generator,
) -> Int16[np.ndarray, "J A"] | None:
    task: list[np.ndarray] = []
    for place in range(spec.n_alternatives):
        choices = candidates.products.at(place)
        if len(choices) > _MOST_CANDIDATES:
            choices = choices[stream.integers(len(choices), size=_MOST_CANDIDATES)]
        codes = candidates.products.codes[choices]
        fits = np.ones(len(codes), dtype=bool)
        repeats = np.zeros(len(codes))
        counted = stream.random(codes.shape[1]) >= overlap
        for one in task:
            fits &= spec.task_rules.compatible(one, codes)
            repeats += ((codes == one) & (one >= 0))[:, counted].sum(axis=1)
        if not fits.any():
            return None
        score = _OVERLAP * repeats + counts.scores(
            candidates.numbers[choices], candidates.pairs[choices]
        )
        score += 1e-3 * stream.random(len(codes))
        task.append(codes[np.where(fits, score, np.inf).argmin()])
    return np.stack(task)
