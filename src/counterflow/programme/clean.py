"""Clean: interviews into weighted choice data, with a trail of who was left out and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.columns import coded
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.interview import Interview
from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import Questionnaire
from counterflow.programme.clean_audit import audit_trail
from counterflow.programme.interview_sorting import Sorting
from counterflow.programme.random_responders import find_random_responders
from counterflow.survey.cleaning.gather import DesignOf, Gathering
from counterflow.survey.weighting.rake_respondents import (
    RakingOptions,
    Weighting,
    rake_respondents,
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Cleaned:
    """What became of the interviews.

    Parameters
    ----------
    data
        The choices of those who count, weighted to the margins if there are any. Respondents are
        called by the number of their interview.
    flags
        Reason by flag of each flagged interview, whether it counts or not, by its number.
    audit
        The whole trail as JSON values; docs/explanation/answer-quality.md says what it holds.
    """

    data: ChoiceData
    flags: Mapping[str, Mapping[str, str]]
    audit: Mapping[str, Any]


def clean_answers(
    programme: Programme,
    design_of: DesignOf,
    interviews: Iterable[Interview],
    *,
    keep_flagged: bool = False,
    weighting: RakingOptions | None = None,
    is_weighted: bool = True,
    software: str = "",
) -> Cleaned:
    """Return the choices of the interviews that count, and why the others do not.

    Parameters
    ----------
    programme
        With [survey.questionnaire]: quality limits, margins and what respondents were asked.
    design_of
        The choice design of a content hash, as `FieldStore.design`.
    interviews
        As `FieldStore.interviews` yields them, one held at a time. Those that are not complete are
        counted by status and not used.
    keep_flagged
        Whether flagged interviews count too. They then bear their flags in the column `flags` of
        `about_respondents`.
    weighting
        Bounds on weights.
    is_weighted
        Whether respondents are weighted to the margins; without, each counts as one.
    software
        Version of what cleaned, for the audit trail.

    Raises
    ------
    InputError
        If nobody is left, or a margin has an answer that nobody gave.

    Notes
    -----
    Flagged interviews are left out, with one exception: of those whose answers look random
    (`quality.random_answers`) only the ones for whom random answers are the likelier explanation.
    The test lets few random responders through, and so must also flag people with weak or unusual
    preferences; to leave these out would make everybody else look more decided than people are.
    """
    questionnaire = _questionnaire(programme)
    sorting = Sorting(questionnaire.quality, Gathering(programme, design_of))
    for interview in interviews:
        sorting.add(interview)
    if not len(sorting.gathering):
        raise InputError([_nobody(sorting)])
    everybody = sorting.gathering.choice_data()
    responders = find_random_responders(
        programme, everybody, sorting.is_flagged(everybody), questionnaire.quality
    )
    sorting.flag_random_answers(everybody, responders)
    is_kept = sorting.who_counts(everybody, keep_flagged=keep_flagged)
    if not is_kept.any():
        raise InputError([_nobody(sorting)])
    kept = everybody.take_respondents(np.flatnonzero(is_kept))
    weights = _weights(questionnaire, kept, weighting) if is_weighted else None
    data = kept if weights is None else replace(kept, weights=weights.weights)
    audit = audit_trail(
        programme,
        sorting,
        responders,
        everybody=everybody,
        kept=data,
        weighting=weights,
        keep_flagged=keep_flagged,
        software=software,
    )
    if keep_flagged:
        data = _with_flags(data, sorting.flags)
    return Cleaned(data=data, flags=sorting.flags, audit=audit)


def _questionnaire(programme: Programme) -> Questionnaire:
    if programme.survey.questionnaire is None:
        problem = Problem(
            expected="[survey.questionnaire], the pages that people answered",
            found="none",
            key="survey",
            advice="Answers that others collected are read by [survey.answers], and not cleaned.",
        )
        raise InputError([problem])
    return programme.survey.questionnaire


def _nobody(sorting: Sorting) -> Problem:
    statuses = ", ".join(f"{n} {status}" for status, n in sorting.by_status.items())
    rules = ", ".join(f"{rule} {len(who)}" for rule, who in sorting.left_out.items())
    found = f"none (interviews: {statuses or 'none'}{f'; left out: {rules}' if rules else ''})"
    return Problem(
        expected="at least one complete interview that counts",
        found=found,
        key="survey.questionnaire",
        advice="Wait for answers, or use --keep-flagged.",
    )


def _weights(
    questionnaire: Questionnaire, data: ChoiceData, options: RakingOptions | None
) -> Weighting | None:
    if not questionnaire.margins:
        return None
    return rake_respondents(
        data.about_respondents,
        questionnaire.margins,
        start=np.asarray(data.weights),
        options=options,
    )


def _with_flags(data: ChoiceData, flags: Mapping[str, Mapping[str, str]]) -> ChoiceData:
    """Return the data with a column of what each respondent is flagged for, "none" included."""
    found = ["+".join(sorted(flags.get(n, ()))) or "none" for n in data.respondent_ids]
    levels = ("none", *sorted(set(found) - {"none"}))
    position = {level: code for code, level in enumerate(levels)}
    column = coded(np.array([position[level] for level in found]), levels)
    return replace(data, about_respondents={**data.about_respondents, "flags": column})
