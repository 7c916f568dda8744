"""Simulate respondents who answer a design, to see what their choices would tell."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.coding import LinearTerm, UtilityCoding
from counterflow.domain.columns import Numeric
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.choice_design import columns_of
from counterflow.survey.design.criteria import problem_of
from counterflow.survey.design.specification import DesignSpecification


def simulated_choices(
    design: ChoiceDesign,
    spec: DesignSpecification,
    coefficients: Float[np.ndarray, "N K"],
    *,
    seed: int,
) -> ChoiceData:
    """Return the choices of N people with these coefficients, versions dealt out in turn.

    The columns are those of utility, one a coefficient, interactions and all, so that any design
    can be refitted: also partial profiles, which attributes by level cannot tell from a base level.
    Fit them with `utility_of_columns`.

    Notes
    -----
    U = x'b + e with e standard Gumbel; the alternative with the largest utility is chosen.
    """
    n, j = len(coefficients), design.n_alternatives + design.has_outside
    versions = np.arange(n) % design.n_versions
    rows = columns_of(problem_of(spec), design.codes)
    if spec.coding.outside is not None:
        none = np.broadcast_to(spec.coding.outside, (*rows.shape[:2], 1, rows.shape[3]))
        rows = np.concatenate([rows, none], axis=2)
    utility = np.einsum("ntjk,nk->ntj", rows[versions], coefficients)
    noise = random_stream(seed, "design: simulated choices").gumbel(size=utility.shape)
    chosen = (utility + noise).argmax(axis=-1).ravel()
    n_all = n * design.n_tasks
    task_starts = np.arange(0, (n_all + 1) * j, j)
    return ChoiceData(
        columns=_columns(rows[versions].reshape(n_all * j, -1), spec),
        is_outside=np.tile(np.arange(j) == design.n_alternatives, n_all),
        task_starts=task_starts,
        respondent_starts=np.arange(0, n_all + 1, design.n_tasks),
        chosen_rows=task_starts[:-1] + chosen,
        respondent_ids=tuple(str(i + 1) for i in range(n)),
    )


def utility_of_columns(spec: DesignSpecification) -> UtilityCoding:
    """Return the utility by which `simulated_choices` are refitted: each column as it stands."""
    return UtilityCoding(
        tuple(LinearTerm(label) for label in _inside(spec)), has_outside=spec.has_outside
    )


def _inside(spec: DesignSpecification) -> tuple[str, ...]:
    labels = spec.coding.labels
    return labels[:-1] if spec.has_outside else labels


def _columns(rows: Float[np.ndarray, "rows K"], spec: DesignSpecification) -> dict[str, Numeric]:
    return {label: Numeric(rows[:, k].copy()) for k, label in enumerate(_inside(spec))}
