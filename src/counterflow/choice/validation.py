"""Out of sample: cross-validation over people, later tasks of the same people, models compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Int

from counterflow.choice.answers.holdout import HoldoutFit, holdout, holdout_of_known
from counterflow.choice.estimator import Estimator
from counterflow.choice.fitted_model import FittedModel
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.domain.runs import taken_runs
from counterflow.kernels.blocks import MapBlocks


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """How well each fold of people was predicted by a model fitted to the others."""

    folds: tuple[HoldoutFit, ...]
    statuses: tuple[str, ...]
    """Of the fit that predicted each fold."""
    seed: int

    @property
    def total(self) -> HoldoutFit:
        """Return the figures over all people: each was predicted once."""
        return HoldoutFit.pooled(list(self.folds))

    @property
    def is_converged(self) -> bool:
        """Return whether every fit converged."""
        return set(self.statuses) == {"converged"}

    def __str__(self) -> str:
        """Return a table of folds and their total."""
        named = [(f"fold {i}", fold) for i, fold in enumerate(self.folds, start=1)]
        rows = [_row(name, fold) for name, fold in (*named, ("all", self.total))]
        statuses = ", ".join(sorted(set(self.statuses)))
        table = text_table(("", *_COLUMNS), rows)
        return f"{table}\nfits: {statuses}"


def cross_validate(
    model: Estimator,
    data: ChoiceData,
    *,
    n_folds: int = 5,
    seed: int = 0,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> CrossValidation:
    """Return how well `model` predicts people whom it has not seen.

    People are cut into folds, not choices: choices of one person would tell on one another.

    Parameters
    ----------
    model
        A specification; it is copied, and remembers nothing of this.
    data
        Choices of at least as many people as folds.
    n_folds
        Parts into which people are cut; each is predicted by a fit to all others.
    seed
        Decides who is in which fold.
    map_blocks
        Where fits run: `ThreadRunner().map` for threads.
    report
        Told of progress.
    """
    folds = folds_of(data.n_respondents, n_folds=n_folds, seed=seed)
    found, statuses = [], []
    results = map_blocks(partial(_predict_fold, model, data), folds)
    for i, (fold, status) in enumerate(results, start=1):
        found.append(fold)
        statuses.append(status)
        if report is not None:
            report(i / n_folds, f"fold {i} of {n_folds}")
    return CrossValidation(folds=tuple(found), statuses=tuple(statuses), seed=seed)


def folds_of(
    n_people: int, *, n_folds: int, seed: int, purpose: str = "folds"
) -> list[Int[np.ndarray, " fold"]]:
    """Return the people of each fold, in order; sizes differ by one at most.

    Folds for another purpose are drawn independently, though the seed be the same.

    Examples
    --------
    >>> sorted(n for fold in folds_of(5, n_folds=2, seed=1) for n in fold.tolist())
    [0, 1, 2, 3, 4]
    """
    if not 2 <= n_folds <= n_people:
        raise ValueError(f"expected 2 to {n_people} folds of {n_people} people, found {n_folds}")
    order = random_stream(seed, purpose).permutation(n_people)
    return [np.sort(fold) for fold in np.array_split(order, n_folds)]


def split_last_tasks(data: ChoiceData, n_last: int = 1) -> tuple[ChoiceData, ChoiceData]:
    """Return the choices without the last tasks of each person, and those tasks.

    People with no more than `n_last` tasks are left out of both, for nothing would be known of
    them. To see how well a model knows people: fit to the first, then `holdout_known`.

    Raises
    ------
    ValueError
        If nobody has more tasks than that.

    Examples
    --------
    >>> table = {"who": [1, 1, 1, 1], "task": [1, 1, 2, 2], "price": [1, 2, 2, 1],
    ...          "took": [1, 0, 0, 1]}
    >>> data = ChoiceData.from_long(
    ...     table, respondent="who", task="task", chosen="took", attributes=["price"]
    ... )
    >>> earlier, later = split_last_tasks(data)
    >>> earlier.task_ids.names(), later.task_ids.names()
    (('1',), ('2',))
    """
    n_tasks = np.diff(data.respondent_starts)
    people = np.flatnonzero(n_tasks > n_last)
    if n_last < 1 or not people.size:
        raise ValueError(
            f"expected people with more than {max(n_last, 1)} tasks, found at most {n_tasks.max()}"
        )
    kept = data.take_respondents(people)
    ends = np.repeat(kept.respondent_starts[1:], np.diff(kept.respondent_starts))
    is_last = np.arange(kept.n_tasks) >= ends - n_last
    return _take_tasks(kept, ~is_last), _take_tasks(kept, is_last)


def compare(
    models: Mapping[str, Estimator],
    data: ChoiceData,
    *,
    n_folds: int = 5,
    seed: int = 0,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> Comparison:
    """Return fit and cross-validated prediction of several models of the same choices.

    Parameters are as of `cross_validate`; all models are given the same folds.
    """
    fits, validations = {}, {}
    for i, (name, model) in enumerate(models.items()):
        if report is not None:
            report(i / len(models), name)
        fits[name] = model.copy().fit(data)
        validations[name] = cross_validate(
            model, data, n_folds=n_folds, seed=seed, map_blocks=map_blocks
        )
    return Comparison(fits=fits, validations=validations)


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """Several models of the same choices, by name: the fits, and how well they predict."""

    fits: Mapping[str, FittedModel]
    validations: Mapping[str, CrossValidation]

    @property
    def best(self) -> str:
        """Return the model that predicts choices of people not seen best, by log-likelihood."""
        return max(self.validations, key=lambda name: self.validations[name].total.log_likelihood)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a model, for a dataframe.

        Notes
        -----
        AIC = 2 P - 2 L and BIC = P ln N - 2 L with P free parameters; N counts people, who are
        what was sampled (Train 2009, section 3.8; Schwarz, Annals of Statistics 6, 1978). A
        posterior mean of the log-likelihood, as of hierarchical Bayes, has neither.
        """
        return [self._row(name) for name in self.fits]

    def _row(self, name: str) -> dict[str, Any]:
        fitted, total = self.fits[name], self.validations[name].total
        n_free = fitted.parameters.n_free
        is_maximum = bool(np.isfinite(getattr(fitted, "gradient_norm", np.nan)))
        deviance = -2.0 * fitted.log_likelihood if is_maximum else np.nan
        return {
            "model": name,
            "status": fitted.status,
            "parameters": n_free,
            "log_likelihood": fitted.log_likelihood,
            "aic": deviance + 2.0 * n_free,
            "bic": deviance + n_free * np.log(fitted.n_respondents),
            "out_of_sample_per_task": total.per_task,
            "hit_rate": total.hit_rate,
            "brier": total.brier,
        }

    def __str__(self) -> str:
        """Return the table as text."""
        rows = self.rows()
        columns = [key for key in rows[0] if key not in ("model", "status")]
        table = text_table(
            ("model", *(column.replace("_", " ") for column in columns)),
            [(row["model"], *(float(row[column]) for column in columns)) for row in rows],
        )
        unsure = [
            f"{row['model']}: {row['status']}" for row in rows if row["status"] != "converged"
        ]
        return "\n".join((table, *unsure))


def holdout_known(
    model: Estimator, data: ChoiceData, *, n_last: int = 1
) -> tuple[HoldoutFit, FittedModel]:
    """Return how well a model that knows people predicts their last tasks, and its fit.

    Raises
    ------
    TypeError
        If the model does not know people; `cross_validate` is for those.
    """
    earlier, later = split_last_tasks(data, n_last)
    fitted = model.copy().fit(earlier)
    return holdout_of_known(fitted, later, earlier), fitted


_COLUMNS = ("tasks", "log-likelihood", "a task", "hit rate", "Brier")


def _row(name: str, fold: HoldoutFit) -> tuple[str | float, ...]:
    n_tasks = float(fold.n_tasks)
    return (name, n_tasks, fold.log_likelihood, fold.per_task, fold.hit_rate, fold.brier)


def _predict_fold(
    model: Estimator, data: ChoiceData, fold: Int[np.ndarray, " fold"]
) -> tuple[HoldoutFit, str]:
    others = np.delete(np.arange(data.n_respondents), fold)
    # A copy, because the specification remembers its latest fit and threads would share it.
    fitted = model.copy().fit(data.take_respondents(others))
    return holdout(fitted, data.take_respondents(fold)), fitted.status


def _take_tasks(data: ChoiceData, taken: np.ndarray) -> ChoiceData:
    """Return some tasks of every respondent; each must keep one."""
    tasks = np.flatnonzero(taken)
    rows, task_starts = taken_runs(data.task_starts, tasks)
    counts = np.add.reduceat(taken.astype(int), data.respondent_starts[:-1])
    names = data.alternative_names
    return replace(
        data,
        columns={name: column.take(rows) for name, column in data.columns.items()},
        is_outside=data.is_outside[rows],
        task_starts=task_starts,
        respondent_starts=np.append(0, np.cumsum(counts)),
        chosen_rows=task_starts[:-1] + data.chosen_rows[tasks] - data.task_starts[tasks],
        task_ids=data.task_ids.take(tasks),
        alternative_names=None if names is None else names.take(rows),
    )
