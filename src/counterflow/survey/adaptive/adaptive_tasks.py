"""Adaptive tasks: what a respondent is shown next, from the answers so far and a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from jaxtyping import Float, Int, Int16

from counterflow.domain.answered_task import AnsweredTask, Profile
from counterflow.domain.choice_design import NOT_SHOWN
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.adaptive_task import (
    AnsweredTasks,
    Candidates,
    Draws,
    Normal,
    best_task,
    importance_draws,
    laplace,
    moment_matched,
)
from counterflow.survey.adaptive.prior_normal import prior_normal
from counterflow.survey.design.specification import DesignSpecification

_TRIES = 200
"""Random tasks tried for a start before more products are looked at."""


@dataclass(frozen=True, eq=False)
class AdaptiveTasks:
    """Chooses each next task so that the answer is expected to teach most about the respondent.

    Parameters
    ----------
    specification
        What may be shown together, how it becomes utility, and what is believed beforehand.
    method
        "bayesian_d": draws from the posterior by importance sampling, and the task with the least
        expected D-error (Yu, Goos and Vandebroek 2011). "ellipsoidal": a normal posterior, updated
        along one direction an answer, and the task that cuts its ellipsoid best at its centre
        (Saure and Vielma 2019); faster, and as good where answers are few.
    n_draws
        Draws of the posterior (bayesian_d).
    n_candidates
        Products, drawn at random for every task, among which its products are sought.
    n_starts
        Searches from different random tasks, of which the best counts.

    Notes
    -----
    The next task is a function of the answers, of the seed and of nothing else: no state is kept
    between tasks, so any process may serve any page, and a page that is opened twice is the same.
    """

    specification: DesignSpecification
    _: KW_ONLY
    method: Literal["bayesian_d", "ellipsoidal"] = "bayesian_d"
    n_draws: int = 64
    n_candidates: int = 128
    n_starts: int = 2

    @classmethod
    def of_programme(
        cls,
        programme: Programme,
        *,
        prior: PartWorths | None = None,
        method: Literal["bayesian_d", "ellipsoidal"] = "bayesian_d",
    ) -> AdaptiveTasks:
        """Return the adaptive tasks of a programme: products, rules and priors of its design.

        `prior` are part-worths of earlier answers; if absent, what [survey.design] states.

        Raises
        ------
        InputError
            If no task keeps the programme's rules, or attributes are to be left out of tasks.
        """
        found = cls(DesignSpecification.of_programme(programme, prior=prior), method=method)
        found.warm_up()
        return found

    def warm_up(self) -> None:
        """Choose a first and a second task, so that all loops are compiled before people wait."""
        if self.specification.settings.n_shown is not None:
            raise InputError([_no_partial_profiles(self.specification.settings.n_shown)])
        first = self.next_task((), 0)
        self.next_task((AnsweredTask(first, 0),), 0)

    def next_task(self, answered: Sequence[AnsweredTask], seed: int) -> tuple[Profile, ...]:
        """Return the alternatives of the next task by place, as (attribute, level) pairs.

        Raises
        ------
        InputError
            If no task was found that keeps the rules.
        """
        stream = random_stream(seed, "adaptive task", len(answered))
        answers = self._answers(answered)
        products, starts = self._products(stream)
        codes = self.specification.products.codes[products]
        rows, offsets = self._whitened(self._design_rows(codes))
        meet = self.specification.task_rules.compatible
        candidates = Candidates(
            rows=np.concatenate([rows, self._outside[0]]),
            offsets=np.concatenate([offsets, self._outside[1]]),
            may_stand=self.specification.products.may_stand[:, products],
            may_meet=np.asarray(meet(codes[:, None, :], codes[None, :, :])),
        )
        draws, precision, counted = self._belief(answers, stream)
        best = best_task(candidates, counted, draws, starts, precision=precision)
        return tuple(self._profile(code) for code in codes[best.products])

    def posterior(self, answered: Sequence[AnsweredTask]) -> Normal:
        """Return what is known of the respondent's coefficients, in the units of the coding.

        The normal at the posterior mode, or the moment-matched one of the ellipsoidal method.
        """
        answers = self._answers(answered)
        found = laplace(answers) if self.method == "bayesian_d" else moment_matched(answers)
        mean, root = self._prior
        return Normal(mean + root @ found.mean, root @ found.covariance @ root.T)

    def _belief(
        self, answers: AnsweredTasks, stream: np.random.Generator
    ) -> tuple[Draws, Float[np.ndarray, "K K"], AnsweredTasks]:
        """Return draws, the information that they start from, and the answers not yet in it."""
        k = answers.rows.shape[2]
        if self.method == "ellipsoidal":
            found = moment_matched(answers)
            nothing = AnsweredTasks(answers.rows[:0], answers.offsets[:0], answers.chosen[:0])
            centre = Draws(found.mean[None, :], np.ones(1))
            return centre, np.linalg.inv(found.covariance), nothing
        draws = importance_draws(
            answers, stream.standard_normal((self.n_draws, k)), stream.random(self.n_draws)
        )
        return draws, np.eye(k), answers

    def _products(
        self, stream: np.random.Generator
    ) -> tuple[Int[np.ndarray, " C"], Int[np.ndarray, "starts J"]]:
        """Return products to choose from, and tasks of them that keep the rules.

        All products are looked at before it is said that there is no such task.
        """
        products = self.specification.products
        n_places, n = products.may_stand.shape
        for n_tried in (self.n_candidates, 8 * self.n_candidates, n):
            each = -(-min(n_tried, n) // n_places)
            picked = [
                stream.choice(at, min(each, len(at)), replace=False)
                for at in map(products.at, range(n_places))
            ]
            found = np.unique(np.concatenate(picked))
            starts = [task for _ in range(self.n_starts) if (task := self._start(found, stream))]
            if starts:
                return found, np.array(starts)
        raise InputError([_no_task(n, n_places)])

    def _start(
        self, products: Int[np.ndarray, " C"], stream: np.random.Generator
    ) -> list[int] | None:
        """Return a random task, as positions in `products`; None if none was found soon."""
        codes = self.specification.products.codes[products]
        may_stand = self.specification.products.may_stand[:, products]
        compatible = self.specification.task_rules.compatible
        for _ in range(_TRIES):
            task: list[int] = []
            for allowed in may_stand:
                for chosen in task:
                    allowed = allowed & compatible(codes, codes[chosen])
                left = np.flatnonzero(allowed)
                if not left.size:
                    break
                task.append(int(stream.choice(left)))
            if len(task) == len(may_stand):
                return task
        return None

    def _answers(self, answered: Sequence[AnsweredTask]) -> AnsweredTasks:
        has_outside = self.specification.has_outside
        size = self.specification.n_alternatives + has_outside
        k = len(self.specification.coding.labels)
        rows, offsets = np.empty((len(answered), size, k)), np.empty((len(answered), size))
        chosen = np.empty(len(answered), dtype=np.int64)
        for t, task in enumerate(answered):
            seen, at_mean = self._whitened(self._design_rows(self._codes(task.alternatives)))
            rows[t] = np.concatenate([seen, self._outside[0]])
            offsets[t] = np.concatenate([at_mean, self._outside[1]])
            chosen[t] = size - 1 if task.chosen is None else task.chosen
        return AnsweredTasks(rows, offsets, chosen)

    def _codes(self, profiles: Sequence[Profile]) -> Int16[np.ndarray, "J A"]:
        levels = self.specification.levels
        shown = [dict(profile) for profile in profiles]
        return np.array(
            [
                [of.index(p[name]) if name in p else NOT_SHOWN for name, of in levels.items()]
                for p in shown
            ],
            dtype=np.int16,
        )

    def _profile(self, codes: Int16[np.ndarray, " A"]) -> Profile:
        named = zip(self.specification.levels.items(), codes.tolist(), strict=True)
        return tuple((name, levels[code]) for (name, levels), code in named if code != NOT_SHOWN)

    def _design_rows(self, codes: Int16[np.ndarray, "C A"]) -> Float[np.ndarray, "C K"]:
        columns = []
        for term in self.specification.coding.terms:
            of_term = codes[:, list(term.attributes)]
            found = term.rows[tuple(of_term.T)] if term.attributes else term.rows
            columns.append(np.where((of_term < 0).any(axis=1, keepdims=True), 0.0, found))
        return np.concatenate([c.reshape(len(codes), -1) for c in columns], axis=1)

    def _whitened(
        self, rows: Float[np.ndarray, "C K"]
    ) -> tuple[Float[np.ndarray, "C K"], Float[np.ndarray, " C"]]:
        """Return rows in coordinates in which the prior is N(0, I), and utilities at its mean."""
        mean, root = self._prior
        return rows @ root, rows @ mean

    @cached_property
    def _outside(self) -> tuple[Float[np.ndarray, "rows K"], Float[np.ndarray, " rows"]]:
        """Return the row of choosing none; no row if nobody may."""
        row = self.specification.coding.outside
        k = len(self.specification.coding.labels)
        return self._whitened(np.empty((0, k)) if row is None else row[None, :])

    @cached_property
    def _prior(self) -> Normal:
        """Return the mean of the prior, and a root of its covariance."""
        spec = self.specification
        rows = self._design_rows(spec.products.codes)
        if spec.coding.outside is not None:
            rows = np.concatenate([rows, spec.coding.outside[None, :]])
        return prior_normal(spec.prior.draws, rows)


def _no_partial_profiles(n_shown: int) -> Problem:
    return Problem(
        expected="adaptive tasks that show every attribute",
        found=f"survey.design.n_shown = {n_shown}",
        key="survey.questionnaire.adaptive",
        advice="Leave out n_shown, or do not ask for adaptive tasks.",
    )


def _no_task(n_products: int, n_places: int) -> Problem:
    return Problem(
        expected=f"a task of {n_places} products that keeps the rules",
        found=f"none among {n_products} products",
        key="survey.design",
        advice="Show fewer alternatives, or drop once_a_task or avoid_dominance.",
    )
