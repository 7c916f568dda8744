"""Counterflow plans a product backwards from demand.

From what people choose, to what to build and at what price, how many, where and when, and from
which parts. The names here are the public API; each is documented where it is defined.
"""

from counterflow.bootstrap import open_workspace
from counterflow.choice.hierarchical_bayes import HierarchicalBayes, HierarchicalBayesResult
from counterflow.choice.multinomial_logit import MultinomialLogit, MultinomialLogitResult
from counterflow.choice.willingness_to_pay import willingness_to_pay
from counterflow.definition.define import define_line
from counterflow.demand.forecast import forecast_volumes
from counterflow.demand.uncertainty import uncertainty_by_driver
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.definition import Definition, Offer
from counterflow.domain.errors import (
    AnswersAbsentError,
    CounterflowError,
    InputError,
    LabelMismatchError,
    NothingBuildableError,
    NotIdentifiedError,
    Problem,
)
from counterflow.domain.estimate import Estimate
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.production_plan import ProductionPlan
from counterflow.domain.programme import Programme
from counterflow.domain.volumes import VolumeDraws
from counterflow.domain.willingness_to_pay import WillingnessToPay
from counterflow.formats.programme_toml import load_programme
from counterflow.production.plan import plan_production
from counterflow.programme.chain import Chain, Silent
from counterflow.programme.run import run
from counterflow.runners.threads import ThreadRunner
from counterflow.solvers.highs import HighsSolver
from counterflow.survey.simulate import simulate_answers

__all__ = [
    "AnswersAbsentError",
    "Chain",
    "ChoiceData",
    "CounterflowError",
    "Definition",
    "Estimate",
    "HierarchicalBayes",
    "HierarchicalBayesResult",
    "HighsSolver",
    "InputError",
    "LabelMismatchError",
    "MultinomialLogit",
    "MultinomialLogitResult",
    "NotIdentifiedError",
    "NothingBuildableError",
    "Offer",
    "PartWorths",
    "Problem",
    "ProductionPlan",
    "Programme",
    "Silent",
    "ThreadRunner",
    "UtilityCoding",
    "VolumeDraws",
    "WillingnessToPay",
    "define_line",
    "forecast_volumes",
    "load_programme",
    "open_workspace",
    "plan_production",
    "run",
    "simulate_answers",
    "uncertainty_by_driver",
    "willingness_to_pay",
]
