"""Counterflow plans a product backwards from demand.

From what people choose, to what to build and at what price, how many, where and when, and from
which parts. The names here are the public API; each is documented where it is defined.
"""

from counterflow.bootstrap import open_field, open_workspace
from counterflow.choice.answers.holdout import HoldoutFit, holdout, holdout_of_known
from counterflow.choice.answers.predict import predict, shares
from counterflow.choice.answers.responses import diversion_ratios, elasticities
from counterflow.choice.answers.welfare import welfare_change
from counterflow.choice.answers.worth import marginal_worth
from counterflow.choice.answers.worth_over_people import worth_over_people
from counterflow.choice.arviz_export import to_arviz
from counterflow.choice.constraints import Constraints
from counterflow.choice.cross_nested_logit import CrossNestedLogit
from counterflow.choice.hierarchical_bayes import HierarchicalBayes, HierarchicalBayesResult
from counterflow.choice.inference.functions import delta_method, krinsky_robb
from counterflow.choice.inference.likelihood_ratio import likelihood_ratio_test
from counterflow.choice.inference.wald import equality_test, wald_test
from counterflow.choice.latent_class import LatentClassLogit
from counterflow.choice.latent_class_count import choose_n_classes
from counterflow.choice.mixed_logit import MixedLogit
from counterflow.choice.mixed_logit_result import MixedLogitResult
from counterflow.choice.multinomial_logit import MultinomialLogit, MultinomialLogitResult
from counterflow.choice.nested_logit import NestedLogit
from counterflow.choice.parameter_estimates import ParameterEstimates
from counterflow.choice.validation import compare, cross_validate, split_last_tasks
from counterflow.choice.willingness_to_pay import willingness_to_pay
from counterflow.definition.assortment.best_assortment import best_assortment
from counterflow.definition.define import define_line
from counterflow.definition.first_choice.best_line import best_first_choice_line
from counterflow.definition.front import line_front
from counterflow.definition.prices.best_responses import best_responses
from counterflow.definition.prices.equilibrium import equilibrium_prices
from counterflow.demand.forecast import forecast_volumes
from counterflow.demand.uncertainty import uncertainty_by_driver
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.definition import Definition, Offer
from counterflow.domain.design_settings import DesignSettings
from counterflow.domain.errors import (
    AnswersAbsentError,
    CounterflowError,
    InputError,
    LabelMismatchError,
    NoLineError,
    NothingBuildableError,
    NotIdentifiedError,
    Problem,
)
from counterflow.domain.estimate import Estimate
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.production_plan import ProductionPlan
from counterflow.domain.programme import Programme
from counterflow.domain.utility import ScaledBy, Utility, as_utility
from counterflow.domain.volumes import VolumeDraws
from counterflow.domain.willingness_to_pay import WillingnessToPay
from counterflow.formats.choice_design import import_design
from counterflow.formats.fitted_model import load_model, save_model
from counterflow.formats.programme_toml import load_programme
from counterflow.production.plan import plan_production
from counterflow.programme.chain import Chain, Silent
from counterflow.programme.clean import clean_answers
from counterflow.programme.compare import compare_definitions
from counterflow.programme.package_worth import worth_of_package
from counterflow.programme.run import run
from counterflow.programme.sample_size import sample_size
from counterflow.programme.simulate_market import simulate_market
from counterflow.runners.threads import ThreadRunner
from counterflow.solvers.highs import HighsSolver
from counterflow.survey.adaptive.adaptive_tasks import AdaptiveTasks
from counterflow.survey.design.diagnostics import diagnose
from counterflow.survey.design.make import make_design
from counterflow.survey.design.maxdiff import maxdiff_design
from counterflow.survey.design.specification import DesignSpecification
from counterflow.survey.simulate import simulate_answers
from counterflow.survey.weighting.rake_respondents import rake_respondents

__all__ = [
    "AdaptiveTasks",
    "AnswersAbsentError",
    "Chain",
    "ChoiceData",
    "ChoiceDesign",
    "Constraints",
    "CounterflowError",
    "CrossNestedLogit",
    "Definition",
    "DesignSettings",
    "DesignSpecification",
    "Estimate",
    "HierarchicalBayes",
    "HierarchicalBayesResult",
    "HighsSolver",
    "HoldoutFit",
    "InputError",
    "LabelMismatchError",
    "LatentClassLogit",
    "MixedLogit",
    "MixedLogitResult",
    "MultinomialLogit",
    "MultinomialLogitResult",
    "NestedLogit",
    "NoLineError",
    "NotIdentifiedError",
    "NothingBuildableError",
    "Offer",
    "ParameterEstimates",
    "PartWorths",
    "Problem",
    "ProductionPlan",
    "Programme",
    "ScaledBy",
    "Silent",
    "ThreadRunner",
    "Utility",
    "UtilityCoding",
    "VolumeDraws",
    "WillingnessToPay",
    "as_utility",
    "best_assortment",
    "best_first_choice_line",
    "best_responses",
    "choose_n_classes",
    "clean_answers",
    "compare",
    "compare_definitions",
    "cross_validate",
    "define_line",
    "delta_method",
    "diagnose",
    "diversion_ratios",
    "elasticities",
    "equality_test",
    "equilibrium_prices",
    "forecast_volumes",
    "holdout",
    "holdout_of_known",
    "import_design",
    "krinsky_robb",
    "likelihood_ratio_test",
    "line_front",
    "load_model",
    "load_programme",
    "make_design",
    "marginal_worth",
    "maxdiff_design",
    "open_field",
    "open_workspace",
    "plan_production",
    "predict",
    "rake_respondents",
    "run",
    "sample_size",
    "save_model",
    "shares",
    "simulate_answers",
    "simulate_market",
    "split_last_tasks",
    "to_arviz",
    "uncertainty_by_driver",
    "wald_test",
    "welfare_change",
    "willingness_to_pay",
    "worth_of_package",
    "worth_over_people",
]
