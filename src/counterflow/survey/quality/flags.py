"""What an interview is flagged for, cheaply enough to ask at every page that is handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

from counterflow.domain.interview import Interview
from counterflow.domain.questionnaire import QualityLimits
from counterflow.survey.cleaning.tasks_seen import TaskSeen, tasks_seen

SPEEDING = "speeding"
STRAIGHT_LINING = "straight_lining"
DUPLICATE_DEVICE = "duplicate_device"
RANDOM_ANSWERS = "random_answers"
"""Set by the likelihood test over all interviews (`quality.random_answers`), not here."""

_FEWEST_TASKS = 4
"""In three tasks of three alternatives, one honest respondent in nine stays at one place."""


def flags_of(
    interview: Interview, limits: QualityLimits, n_of_device: int = 1
) -> Mapping[str, str]:
    """Return what an interview is flagged for, by name, with the reason in words.

    A flag drops nobody. It marks the interview, so that results can be had with it and without.

    Parameters
    ----------
    interview
        The interview so far, the page that is being handed in included.
    limits
        From where on something is remarkable.
    n_of_device
        Interviews that bear this device, this one included.

    Notes
    -----
    `speeding`: the median of seconds over choice tasks lies below the limit; a median, because one
    long pause says nothing about the other tasks. `straight_lining`: the share of tasks in which
    the product at one place on the screen was chosen reaches the limit, from four tasks on. Who
    always chooses none is no straight-liner: none stands at the same place for everybody, and to
    want none of the products is an opinion. `duplicate_device`: there was an interview before.

    Free text is not judged. What looks like nonsense differs between languages and scripts, no
    estimate uses it, and a wrong verdict would cost a respondent who did everything else well.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from counterflow.domain.interview import PageAnswer
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> shown = {"version": 0, "design_task": 0, "attributes": [],
    ...          "alternatives": [{"place": 2, "levels": {}}, {"place": 1, "levels": {}}]}
    >>> page = PageAnswer(page="task-1", answers={"choice": "1"}, shown=shown, seconds=0.8,
    ...                   received_at=now)
    >>> interview = Interview(id="x", number=1, programme_version="", design_hash="", seed=1,
    ...                       language="en", status="open", started_at=now, answers=[page])
    >>> flags_of(interview, QualityLimits())
    {'speeding': 'median of 0.8 s a choice task, below 2 s'}
    """
    return flags_of_tasks(tuple(tasks_seen(interview)), limits, n_of_device)


def flags_of_tasks(
    tasks: Sequence[TaskSeen], limits: QualityLimits, n_of_device: int = 1
) -> dict[str, str]:
    """Return the flags of an interview whose choice tasks are at hand already."""
    found = {
        SPEEDING: _speeding(tasks, limits.least_seconds_per_task),
        STRAIGHT_LINING: _straight_lining(tasks, limits.most_same_place_share),
        DUPLICATE_DEVICE: _duplicate_device(n_of_device),
    }
    return {name: reason for name, reason in found.items() if reason}


def _speeding(tasks: Sequence[TaskSeen], least_s: float) -> str:
    seconds = [task.seconds for task in tasks if task.seconds is not None]
    if not seconds or (middle := median(seconds)) >= least_s:
        return ""
    return f"median of {middle:.1f} s a choice task, below {least_s:g} s"


def _straight_lining(tasks: Sequence[TaskSeen], most_share: float) -> str:
    chosen = Counter(task.chosen for task in tasks if task.chosen is not None)
    if len(tasks) < _FEWEST_TASKS or not chosen:
        return ""
    [(position, n)] = chosen.most_common(1)
    if n < most_share * len(tasks):
        return ""
    return f"place {position + 1} on the screen in {n} of {len(tasks)} tasks"


def _duplicate_device(n_of_device: int) -> str:
    return f"{n_of_device} interviews from one device" if n_of_device > 1 else ""
