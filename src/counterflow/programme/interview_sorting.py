"""Sort interviews: what each is flagged for, and which cannot be used, in one pass."""

from __future__ import annotations

from collections import Counter

import numpy as np
from jaxtyping import Bool

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.interview import Interview
from counterflow.domain.questionnaire import QualityLimits
from counterflow.programme.random_responders import RandomResponders
from counterflow.survey.cleaning.gather import Gathering, UnusableError
from counterflow.survey.quality.flags import (
    RANDOM_ANSWERS,
    SPEEDING,
    STRAIGHT_LINING,
    flags_of_tasks,
)


class Sorting:
    """Goes through interviews once, and notes of each what it is flagged or left out for.

    `flags` and `left_out` hold reasons: by number of the interview and by flag; by rule and number.
    """

    def __init__(self, limits: QualityLimits, gathering: Gathering) -> None:
        self.gathering = gathering
        self.by_status: Counter[str] = Counter()
        self.by_version: Counter[str] = Counter()
        self.by_questionnaire: Counter[str] = Counter()
        self.by_design: Counter[str] = Counter()
        self.flags: dict[str, dict[str, str]] = {}
        self.left_out: dict[str, dict[str, str]] = {}
        self._limits = limits
        self._of_device: Counter[str] = Counter()

    def add(self, interview: Interview) -> None:
        """Take an interview, or note why it cannot be used."""
        self.by_status[interview.status] += 1
        number = str(interview.number)
        if interview.status != "complete":
            return
        try:
            tasks = self.gathering.add(interview)
        except UnusableError as error:
            self.leave_out(number, error.rule, str(error))
            return
        self.by_version[interview.programme_version] += 1
        self.by_questionnaire[interview.questionnaire_version] += 1
        self.by_design[interview.design_hash] += 1
        n_of_device = 1
        if interview.device is not None:
            self._of_device[interview.device] += 1
            n_of_device = self._of_device[interview.device]
        # What was stored was judged by the limits of the day; a device may since be forgotten.
        kept = {n: r for n, r in interview.flags.items() if n not in (SPEEDING, STRAIGHT_LINING)}
        found = {**kept, **flags_of_tasks(tasks, self._limits, n_of_device)}
        if found:
            self.flags[number] = found

    def leave_out(self, number: str, rule: str, reason: str) -> None:
        """Note that an interview does not count, and why."""
        self.left_out.setdefault(rule, {})[number] = reason

    def is_flagged(self, data: ChoiceData) -> Bool[np.ndarray, " N"]:
        """Return which respondents have a flag."""
        return np.array([number in self.flags for number in data.respondent_ids])

    def flag_random_answers(self, data: ChoiceData, responders: RandomResponders) -> None:
        """Add the flags that only all interviews together can give."""
        for n in np.flatnonzero(responders.is_flagged).tolist():
            number = data.respondent_ids[n]
            self.flags.setdefault(number, {})[RANDOM_ANSWERS] = responders.reason(n)
            if responders.probability[n] > 0.5:
                self.leave_out(number, RANDOM_ANSWERS, responders.reason(n))

    def who_counts(self, data: ChoiceData, *, keep_flagged: bool) -> Bool[np.ndarray, " N"]:
        """Return who counts; the others are noted under every rule that leaves them out."""
        if keep_flagged:
            self.left_out.pop(RANDOM_ANSWERS, None)
        else:
            for number, flags in self.flags.items():
                for name, reason in flags.items():
                    if name != RANDOM_ANSWERS:
                        self.leave_out(number, name, reason)
        numbers = {number for of_rule in self.left_out.values() for number in of_rule}
        return np.array([number not in numbers for number in data.respondent_ids])
