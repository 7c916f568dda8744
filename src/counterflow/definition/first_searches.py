"""First, tiny searches of every kind, so that all they need is compiled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from counterflow.definition.assortment.best_assortment import best_assortment
from counterflow.definition.attributes.search import search_attributes
from counterflow.definition.first_choice.best_line import LineSearch, best_first_choice_line
from counterflow.domain.cutting import OpenProgramme
from counterflow.domain.linear_relaxation import Relax
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.kernels.first_choice import Rules, problem_of_utilities, profits_with
from counterflow.kernels.first_choices import first_choices, places_taken
from counterflow.kernels.line_bound import bound_lines
from counterflow.kernels.line_search import LineProblem, local_search

_N_PEOPLE, _N_CANDIDATES = 60, 16


def search_every_way(
    programme: Programme,
    part_worths: PartWorths,
    *,
    open_programme: OpenProgramme,
    relax: Relax,
) -> Iterator[str]:
    """Search a line in each way, on a few people; yield what was done."""
    random = np.random.default_rng(0)
    utility = random.normal(size=(_N_PEOPLE, _N_CANDIDATES))
    margin = random.random(_N_CANDIDATES) + 0.5
    first_choice = problem_of_utilities(
        utility, np.zeros(_N_PEOPLE), margin, np.ones(_N_PEOPLE), Rules(n_offers=3)
    )
    best_first_choice_line(first_choice, open_programme, LineSearch(n_starts=2, time_limit_s=5.0))
    profits_with(first_choice, (0,))
    starts = np.arange(_N_CANDIDATES + 1)
    choices = first_choices(utility, np.eye(_N_CANDIDATES), starts, margin, np.zeros(_N_PEOPLE))
    places_taken(choices, (0, 1))
    yield "lines for first choices"
    odds = np.exp(2.0 * utility).astype(np.float32)
    logit = LineProblem(
        odds=odds,
        earnings=(odds * margin).astype(np.float32),
        weights=np.ones(_N_PEOPLE),
        group=np.arange(_N_CANDIDATES),
        fixed_per_offer=0.1,
        fees=np.zeros(0),
        uses=np.zeros((_N_CANDIDATES, 0), dtype=bool),
        n_offers=3,
    )
    # So few lines would be listed, and the bound never be made.
    bound_lines(logit, local_search(logit), most_nodes=32, most_listed=1)
    best_assortment(logit, relax=relax, seed=0, n_random=2, seconds=5.0)
    yield "lines for mixed logit"
    search_attributes(programme, part_worths, go_on=lambda: False)
    yield "lines level by level"
