"""Send a programme's simulated respondents into the field, to try the survey before people do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.interview import Status
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.programme.ports import Runner
from counterflow.survey.questionnaire.simulated_respondent import SimulatedRespondent
from counterflow.survey.simulate import simulate_coefficients


def simulated_respondents(programme: Programme) -> tuple[SimulatedRespondent, ...]:
    """Return the respondents of [survey.simulated], each with coefficients of their own.

    Raises InputError if the programme states no preferences, or asks nobody.
    """
    survey = programme.survey
    problems = []
    if survey.simulated is None:
        expected = "[survey.simulated] with the preferences to answer from"
        problems.append(Problem(expected, "none", key="survey"))
    if survey.questionnaire is None:
        expected = "[survey.questionnaire], the pages to answer on"
        problems.append(Problem(expected, "none", key="survey"))
    if problems:
        raise InputError(problems)
    return tuple(
        SimulatedRespondent(
            programme=programme,
            coefficients=coefficients,
            number=number,
            seed=programme.seeds.simulation,
        )
        for number, coefficients in enumerate(simulate_coefficients(programme))
    )


def send_respondents(
    respondents: Sequence[SimulatedRespondent],
    visit: Callable[[SimulatedRespondent], Status],
    *,
    runner: Runner,
    report: Report,
) -> Mapping[Status, int]:
    """Return how many interviews ended how; as many are under way as the runner does at once.

    `visit` takes one respondent through the pages, and says how that ended.
    """
    ends: Counter[Status] = Counter()
    for end in runner.map(visit, respondents):
        ends[end] += 1
        n = ends.total()
        report(n / len(respondents), f"{n:,} of {len(respondents):,} respondents")
    return ends
