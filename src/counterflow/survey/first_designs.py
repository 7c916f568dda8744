"""First, tiny designs, adaptive tasks, tests and weights, so that all they need is compiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.columns import coded
from counterflow.domain.design_settings import DesignSettings, PriorBelief
from counterflow.survey.adaptive.adaptive_tasks import AdaptiveTasks
from counterflow.survey.design.make import make_design
from counterflow.survey.design.specification import DesignSpecification
from counterflow.survey.quality.random_answers import likelihood_test
from counterflow.survey.weighting.rake_respondents import rake_respondents

_METHODS = get_args(DesignSettings.model_fields["method"].annotation)
_CRITERIA = ("d_zero", "d_bayesian", "a", "s")


def design_and_judge(answers: ChoiceData) -> Iterator[str]:
    """Make a design by each method, next tasks, a test of answers and weights; yield each name."""
    spec = _specification()
    for method in _METHODS:
        make_design(spec.searched(method=method), n_starts=1)
    for criterion in _CRITERIA:
        make_design(spec.searched(method="exchange", criterion=criterion), n_starts=1)
    yield "choice designs"
    AdaptiveTasks(spec).warm_up()
    AdaptiveTasks(spec, method="ellipsoidal").warm_up()
    yield "adaptive tasks"
    coding = UtilityCoding.of_data(answers)
    population = np.random.default_rng(0).normal(size=(8, len(coding.labels)))
    likelihood_test(answers, coding, population, level=0.05, seed=0, n_simulated=20)
    about = {"age": coded(np.array([0, 1, 1]), ("young", "old"))}
    rake_respondents(about, {"age": {"young": 0.5, "old": 0.5}}, start=np.ones(3))
    yield "answer quality and weights"


def _specification() -> DesignSpecification:
    return DesignSpecification.of(
        {"trim": ["base", "plus"], "colour": ["red", "blue", "grey"], "price": [10, 12, 14]},
        n_tasks=6,
        n_alternatives=2,
        signs={"price": "negative"},
        settings=DesignSettings(
            n_versions=2,
            seconds=2.0,
            once_a_task=("price",),
            priors={"price": PriorBelief(mean=-0.3, sd=0.1)},
        ),
    )
