"""What is known about respondents as numbers, for models whose parameters depend on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.columns import Numeric
from counterflow.domain.errors import InputError, Problem


def respondent_design(
    data: ChoiceData, covariates: Sequence[str]
) -> tuple[tuple[str, ...], Float[np.ndarray, "N Q"]]:
    """Return the labels and values of Q covariates of the N respondents.

    A number is itself; levels become 0/1 columns `region[north]` for each level but the first.

    Raises
    ------
    InputError
        For covariates that `data.about_respondents` does not have, all at once.
    """
    known = data.about_respondents
    listed = ", ".join(known) or "none: name them as about_respondent when reading the data"
    problems = [
        Problem(expected=f"a column about respondents ({listed})", found=name, key="covariates")
        for name in covariates
        if name not in known
    ]
    if problems:
        raise InputError(problems)
    labels: list[str] = []
    columns: list[Float[np.ndarray, " N"]] = []
    for name in covariates:
        column = known[name]
        if isinstance(column, Numeric):
            labels.append(name)
            columns.append(column.values)
            continue
        labels += [f"{name}[{level}]" for level in column.levels[1:]]
        columns += [(column.codes == i).astype(float) for i in range(1, len(column.levels))]
    values = np.stack(columns, axis=1) if columns else np.empty((data.n_respondents, 0))
    return tuple(labels), np.ascontiguousarray(values)


def respondent_weights(data: ChoiceData, *, use_weights: bool) -> Float[np.ndarray, " N"]:
    """Return by how much each respondent's log-likelihood counts: by the weight, or all alike."""
    return np.asarray(data.weights) if use_weights else np.ones(data.n_respondents)
