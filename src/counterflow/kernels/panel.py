"""The choices of each person, laid out so that their likelihood takes a tenth of a microsecond."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, UInt64

from counterflow.kernels.compiled import panel as compiled
from counterflow.kernels.compiled.panel import WIDTH
from counterflow.kernels.logit import ChoiceSets

LEFT_OUT = -1e3
"""Utility of columns that stand for nothing; odds of e**-300 change no sum."""

_APART = 4 * WIDTH
"""Numbers between arrays that compiled loops must not take for overlapping."""

Tiles = Float[np.ndarray, "tiles K width"]
"""K values of each person, tile by tile."""


class Panel(NamedTuple):
    """The choices of each person, WIDTH persons side by side in a tile.

    A tile has columns of K rows each. A column holds, for each of the persons, one alternative of
    one task, less what was chosen; tasks follow one another within lanes, lane j the j-th
    alternative that was not chosen. A tile has as many tasks and lanes as its largest person needs;
    other persons are filled up with zeros whose offset takes them out of every sum. Persons of like
    size share a tile; in the last tile some places stay empty.
    """

    columns: Float32[np.ndarray, " K_times_numbers"]
    """Single: what takes long is to fetch them, and 1 part in 10^7 of an attribute is no matter."""
    offsets: Float[np.ndarray, " numbers"]
    tiles: Int[np.ndarray, "tiles 3"]
    """Where in `offsets` each tile starts, how many columns it has, and how many tasks."""
    persons: Int[np.ndarray, "tiles width"]
    """Which person stands where; -1 for nobody."""
    covariates: Float[np.ndarray, "tiles Q width"]
    """What the person's mean depends on: ones, then covariates; 0 for nobody."""
    signs: Float[np.ndarray, " K"]
    """-1 or 1 where a coefficient's sign is known, else 0."""
    signed: Int[np.ndarray, " n_signed"]
    """Where it is known."""
    units: Float[np.ndarray, "K K"]
    """What is reported of a person is this times the coefficients."""

    @property
    def n_persons(self) -> int:
        """Return N."""
        return int((self.persons >= 0).sum())

    @property
    def n_tiles(self) -> int:
        """Return the number of tiles."""
        return len(self.tiles)

    @property
    def n_coefficients(self) -> int:
        """Return K."""
        return len(self.signs)


class Room(NamedTuple):
    """Where compiled loops put what they need in passing."""

    odds: Float[np.ndarray, " most_numbers"]
    totals: Float[np.ndarray, " most_tasks"]
    coefficients: Float[np.ndarray, "K width"]
    tiles: Float[np.ndarray, "8 K width"]
    vectors: Float[np.ndarray, "4 apart"]
    """Rows far from one another, of which the first places are used."""
    spare: Float[np.ndarray, "K width"]
    rows: Float[np.ndarray, "QK width"]
    words: UInt64[np.ndarray, "most_words width"]


def panel_of(
    sets: ChoiceSets,
    signs: Float[np.ndarray, " K"],
    covariates: Float[np.ndarray, "N Q"] | None = None,
    units: Float[np.ndarray, "K K"] | None = None,
) -> Panel:
    """Return the choice sets laid out for the chain.

    Without covariates they are a column of ones, and without units coefficients are reported.

    Examples
    --------
    One person with a set of two alternatives besides the chosen one, and a set of one:

    >>> sets = ChoiceSets(np.array([[1.0], [2.0], [3.0]]), np.array([0, 2, 3]), np.array([0, 2]))
    >>> panel = panel_of(sets, np.zeros(1))
    >>> panel.columns.reshape(4, 64)[:, 0]
    array([1., 3., 2., 0.], dtype=float32)
    """
    n, k, sizes = sets.n_persons, sets.n_coefficients, np.diff(sets.task_starts)
    n_tasks = np.diff(sets.person_starts)
    most = np.maximum.reduceat(sizes, sets.person_starts[:-1])
    in_order = np.lexsort((most, n_tasks))
    place = np.empty(n, dtype=np.int64)
    place[in_order] = np.arange(n)
    persons = np.append(in_order, np.full(-n % WIDTH, -1)).reshape(-1, WIDTH)
    tasks = np.where(persons >= 0, n_tasks[persons], 0).max(axis=1)
    columns = np.where(persons >= 0, most[persons], 0).max(axis=1) * tasks
    starts = np.append(0, np.cumsum(columns * WIDTH))
    first = _numbers_of_rows(sets, starts, tasks, place)
    offsets = np.full(starts[-1], LEFT_OUT)
    offsets[first] = 0.0
    numbers = np.zeros(k * starts[-1], dtype=np.float32)
    # Within a column, the K rows follow one another.
    first = (first - first % WIDTH) * k + first % WIDTH
    for i in range(k):
        numbers[first + i * WIDTH] = sets.differences[:, i]
    known = np.ones((n, 1)) if covariates is None else np.asarray(covariates, dtype=float)
    signs = np.array(signs, dtype=float)
    return Panel(
        columns=numbers,
        offsets=offsets,
        tiles=np.stack([starts[:-1], columns, tasks], axis=1).astype(np.int64),
        persons=persons,
        covariates=_in_tiles(persons, known),
        signs=signs,
        signed=np.flatnonzero(signs),
        units=np.eye(k) if units is None else np.array(units, dtype=float),
    )


def _numbers_of_rows(
    sets: ChoiceSets,
    starts: Int[np.ndarray, " tiles_and_one"],
    tasks: Int[np.ndarray, " tiles"],
    place: Int[np.ndarray, " N"],
) -> Int[np.ndarray, " rows"]:
    """Return where in `offsets` each row of the choice sets stands."""
    sizes = np.diff(sets.task_starts)
    person = np.repeat(np.arange(sets.n_persons), np.diff(sets.person_starts))
    within = np.arange(sets.n_tasks) - sets.person_starts[person]
    tile = place[person] // WIDTH
    of_task = starts[tile] + within * WIDTH + place[person] % WIDTH
    lane = np.arange(len(sets.differences)) - np.repeat(sets.task_starts[:-1], sizes)
    return np.repeat(of_task, sizes) + lane * np.repeat(tasks[tile] * WIDTH, sizes)


def in_tiles(panel: Panel, values: Float[np.ndarray, "N K"]) -> Tiles:
    """Return values of each person, tile by tile; 0 for nobody."""
    return _in_tiles(panel.persons, values)


def by_person(panel: Panel, tiles: np.ndarray) -> np.ndarray:
    """Return the values of tiles in the order of persons: N, or N x K."""
    is_somebody = panel.persons.ravel() >= 0
    values = np.moveaxis(tiles, 1, -1) if tiles.ndim == 3 else tiles
    found = np.empty((panel.n_persons, *values.shape[2:]), dtype=tiles.dtype)
    flat = values.reshape(-1, *values.shape[2:])
    found[panel.persons.ravel()[is_somebody]] = flat[is_somebody]
    return found


def _in_tiles(persons: Int[np.ndarray, "tiles width"], values: np.ndarray) -> np.ndarray:
    taken = np.where(persons[..., None] >= 0, values[persons], 0.0)
    return np.ascontiguousarray(np.moveaxis(taken, -1, 1))


def room_for(panel: Panel) -> Room:
    """Return room for the loops over this panel."""
    k, rows = panel.n_coefficients, panel.n_coefficients + panel.covariates.shape[1]
    return Room(
        odds=_apart(int(panel.tiles[:, 1].max()) * WIDTH),
        totals=_apart(int(panel.tiles[:, 2].max()) * WIDTH),
        coefficients=_apart(k, WIDTH),
        tiles=_apart(8, k, WIDTH),
        vectors=_apart(4, _APART),
        spare=_apart(k, WIDTH),
        rows=_apart(rows, WIDTH),
        words=_apart((k + 1) // 2 + 1, WIDTH).view(np.uint64),
    )


def _apart(*shape: int) -> np.ndarray:
    """Return room for numbers that is far from any other array.

    Loops are compiled twice, with vectors and without, and take the second way where one array
    begins within another, or within as much again behind it as a cautious compiler may think that
    it goes on. The two round differently; which is taken must not be left to where memory was free.
    """
    size = int(np.prod(shape))
    start = size + _APART
    return np.empty(size + 2 * start)[start : start + size].reshape(shape)


def person_log_likelihoods(
    panel: Panel, latents: Float[np.ndarray, "N K"]
) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, "N K"]]:
    """Return each person's log-likelihood at the person's latent values, and its gradient.

    Notes
    -----
    As `logit.log_likelihood`, with coefficients theta or, where a sign s is known, s exp(theta);
    the gradient by theta then has the factor s exp(theta).

    Examples
    --------
    Odds of 3 to 1 against the choice, for a coefficient that is known to be positive:

    >>> sets = ChoiceSets(np.array([[1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> found = person_log_likelihoods(panel_of(sets, np.ones(1)), np.log(np.log([[3.0]])))
    >>> [values.round(4) for values in found]
    [array([-1.3863]), array([[-0.824]])]
    """
    placed = in_tiles(panel, latents)
    log_likelihoods, gradients = np.empty(panel.persons.shape), np.empty_like(placed)
    compiled.evaluate(panel, room_for(panel), placed, log_likelihoods, gradients, 0, panel.n_tiles)
    return by_person(panel, log_likelihoods), by_person(panel, gradients)


def person_informations(
    panel: Panel, latents: Float[np.ndarray, "N K"], axes: Float[np.ndarray, "K K"]
) -> tuple[Float[np.ndarray, "N K"], Float[np.ndarray, "K K"]]:
    """Return each person's information along the columns of `axes`, and the sum of all."""
    placed, members = in_tiles(panel, latents), np.zeros(panel.persons.shape, dtype=np.int64)
    k, room = panel.n_coefficients, room_for(panel)
    summed, curvatures = np.zeros((1, k, k)), np.empty(placed.shape)
    compiled.add_informations(panel, room, placed, members, 0, panel.n_tiles, summed)
    axes = np.array(axes[None], dtype=float)
    compiled.set_curvatures(panel, room, placed, members, axes, 0, panel.n_tiles, curvatures)
    return by_person(panel, curvatures), summed[0]
