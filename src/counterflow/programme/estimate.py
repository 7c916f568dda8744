"""Estimate: what people want, as draws of part-worths."""

from __future__ import annotations

from counterflow.choice.hierarchical_bayes import HierarchicalBayes, HierarchicalBayesResult
from counterflow.choice.multinomial_logit import MultinomialLogit, MultinomialLogitResult
from counterflow.choice.willingness_to_pay import willingness_to_pay
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.estimate import Answers, Coefficient, Estimate
from counterflow.domain.programme import Programme
from counterflow.domain.settings import HierarchicalEstimation
from counterflow.programme.answers import dump, obtain_answers
from counterflow.programme.chain import Chain, Step
from counterflow.programme.ports import Runner


def estimate_part_worths(chain: Chain) -> Step[Estimate]:
    """Return the fitted choice model of the programme's answers."""
    workspace, programme = chain.workspace, chain.workspace.programme
    answers = obtain_answers(chain)
    return chain.step(
        "estimate",
        "Estimating part-worths",
        settings={
            "attributes": dump(programme, "attributes"),
            "estimation": dump(programme, "estimation"),
            "seed": programme.seeds.estimation,
        },
        needs=(answers,),
        make=lambda report: _fit(programme, answers.value(), workspace.runner, report),
    )
