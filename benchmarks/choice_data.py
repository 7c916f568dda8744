"""Choices as arrays become `ChoiceData`, each column a number."""

from __future__ import annotations

import numpy as np

from benchmarks.choices import Choices
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.columns import Numeric


def choice_data(choices: Choices) -> ChoiceData:
    """Return the same choices with respondents called by number; the design is not copied."""
    columns = {label: Numeric(choices.design[:, k]) for k, label in enumerate(choices.labels)}
    return ChoiceData(
        columns=columns,
        is_outside=np.zeros(len(choices.chosen), dtype=bool),
        task_starts=_starts(choices.tasks),
        respondent_starts=_starts(choices.people_of_tasks),
        chosen_rows=np.flatnonzero(choices.chosen),
        respondent_ids=tuple(map(str, range(choices.n_people))),
    )


def _starts(runs: np.ndarray) -> np.ndarray:
    """Return where each run of equal numbers begins, and where the last one ends."""
    return np.append(np.flatnonzero(np.diff(runs, prepend=-1)), len(runs))
