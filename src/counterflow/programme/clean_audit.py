"""The audit trail of cleaning: every number that a reader needs to believe the rest, or not to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.domain.attributes import Attribute
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.columns import Column, Numeric
from counterflow.domain.programme import Programme
from counterflow.programme.interview_sorting import Sorting
from counterflow.programme.random_responders import RandomResponders
from counterflow.survey.cleaning.description import PURCHASE_CHANCE
from counterflow.survey.weighting.rake_respondents import Weighting

SCHEMA = "counterflow/cleaning/1"


def audit_trail(
    programme: Programme,
    sorting: Sorting,
    responders: RandomResponders,
    *,
    everybody: ChoiceData,
    kept: ChoiceData,
    weighting: Weighting | None,
    keep_flagged: bool,
    software: str,
) -> dict[str, Any]:
    """Return the whole trail as JSON values.

    `rules` names under each rule the interviews that it leaves out; an interview may stand under
    several. `results` sets what all complete interviews say beside what is left of them, without
    and with weights.
    """
    questionnaire = programme.survey.questionnaire
    assert questionnaire is not None, "only a programme with a questionnaire has interviews"
    return {
        "schema": SCHEMA,
        "software": software,
        "programme": programme.programme.name,
        "programme_version": programme.version,
        "interviews_by_programme_version": dict(sorting.by_version),
        "interviews_by_questionnaire_version": dict(sorting.by_questionnaire),
        "interviews_by_design": dict(sorting.by_design),
        "limits": questionnaire.quality.model_dump(mode="json"),
        "keep_flagged": keep_flagged,
        "interviews_by_status": dict(sorting.by_status),
        "n_complete": sorting.by_status["complete"],
        "n_usable": everybody.n_respondents,
        "n_kept": kept.n_respondents,
        "flags": _flags(sorting.flags),
        "random_answers": responders.as_dict(),
        "rules": {rule: dict(who) for rule, who in sorting.left_out.items()},
        "not_described_by": list(sorting.gathering.columns_left_out()),
        "weighting": {"status": "not_weighted"} if weighting is None else weighting.as_dict(),
        "results": {
            "all": _results(programme, everybody, np.ones(everybody.n_respondents)),
            "kept": _results(programme, kept, np.ones(kept.n_respondents)),
            "kept_weighted": _results(programme, kept, np.asarray(kept.weights)),
        },
        "answers_hash": kept.content_hash,
    }


def _flags(flags: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return how many interviews bear each flag, and each set of flags."""
    return {
        "n_flagged": len(flags),
        "by_flag": dict(Counter(name for of_one in flags.values() for name in of_one)),
        "by_set": dict(Counter("+".join(sorted(of_one)) for of_one in flags.values())),
    }


def _results(
    programme: Programme, data: ChoiceData, weights: Float[np.ndarray, " N"]
) -> dict[str, Any]:
    """Return how often what was shown was chosen: counts, which need no model.

    `chosen_by_level` is the share of a level's appearances in which that product was chosen.
    """
    of_task = np.repeat(weights, np.diff(data.respondent_starts))
    of_row = np.repeat(of_task, np.diff(data.task_starts))
    is_chosen = np.zeros(data.n_rows, dtype=bool)
    is_chosen[data.chosen_rows] = True
    outside = np.asarray(data.is_outside)[data.chosen_rows]
    chance = data.about_respondents.get(PURCHASE_CHANCE)
    return {
        "n_respondents": data.n_respondents,
        "n_tasks": data.n_tasks,
        "share_outside": float(of_task @ outside / of_task.sum()) if data.has_outside else None,
        "mean_purchase_chance": (
            float(weights @ chance.values / weights.sum()) if isinstance(chance, Numeric) else None
        ),
        "chosen_by_level": {
            name: _chosen_by_level(attribute, data.columns[name], of_row, is_chosen)
            for name, attribute in programme.attributes.items()
        },
    }


def _chosen_by_level(
    attribute: Attribute,
    column: Column,
    weights: Float[np.ndarray, " rows"],
    is_chosen: np.ndarray,
) -> dict[str, float]:
    shares = {}
    for code, level in enumerate(attribute.levels):
        is_level = (
            column.values == level.value if isinstance(column, Numeric) else (column.codes == code)
        )
        shown = float(weights[is_level].sum())
        if shown > 0.0:
            shares[level.name] = float(weights[is_level & is_chosen].sum()) / shown
    return shares
