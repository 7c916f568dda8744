"""Part-worths as a programme's simulated respondents have them, without asking or estimating."""

import numpy as np

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.own_numbers import OwnNumbers
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.survey.simulated_numbers import simulated_number


def simulated_part_worths(
    programme: Programme, *, n_draws: int = 8, n_respondents: int = 30, seed: int = 5
) -> PartWorths:
    """Return draws about each respondent's own part-worths; weights differ between respondents."""
    coding = UtilityCoding.of(programme.attributes, has_outside=True)
    spreads = programme.survey.simulated.preferences
    means = np.array([spreads[label].mean for label in coding.labels])
    sds = np.array([spreads[label].sd for label in coding.labels])
    random = np.random.default_rng(seed)
    own = means + sds * random.standard_normal((n_respondents, len(means)))
    doubt = 0.3 * sds * random.standard_normal((n_draws, n_respondents, len(means)))
    return PartWorths(
        draws=own + doubt,
        coding=coding,
        respondent_ids=tuple(f"r{n}" for n in range(n_respondents)),
        weights=np.linspace(0.5, 2.0, n_respondents),
        own_numbers=_own_numbers(programme, n_respondents),
    )


def _own_numbers(programme: Programme, n_respondents: int) -> OwnNumbers:
    return OwnNumbers(
        respondent_ids=tuple(f"r{n}" for n in range(n_respondents)),
        weights=np.linspace(0.5, 2.0, n_respondents),
        answers={
            question: np.array(
                [simulated_number(programme, question, n) for n in range(n_respondents)],
                dtype=float,
            )
            for question in programme.survey.simulated.numbers
        },
    )
