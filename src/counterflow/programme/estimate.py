"""Estimate: what people want, as draws of part-worths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from counterflow.choice.hierarchical_bayes import HierarchicalBayes, HierarchicalBayesResult
from counterflow.choice.multinomial_logit import MultinomialLogit, MultinomialLogitResult
from counterflow.choice.willingness_to_pay import willingness_to_pay
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.estimate import Answers, Estimate
from counterflow.domain.own_numbers import OwnNumbers
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.settings import HierarchicalEstimation
from counterflow.programme.answers import Source, dump, obtain_answers, source_of_answers
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
        make=lambda report: _fit(
            programme,
            answers.value(),
            source_of_answers(workspace),
            workspace.runner,
            report,
        ),
    )


def _fit(
    programme: Programme,
    data: ChoiceData,
    source: Source,
    runner: Runner,
    report: Report,
) -> Estimate:
    coding = UtilityCoding.of(programme.attributes, has_outside=data.has_outside)
    settings, seed = programme.estimation, programme.seeds.estimation
    fitted: MultinomialLogitResult | HierarchicalBayesResult
    if isinstance(settings, HierarchicalEstimation):
        fitted = HierarchicalBayes(
            utility=coding,
            signs=settings.signs,
            n_chains=settings.n_chains,
            n_burn_in=settings.n_burn_in,
            n_sweeps=settings.n_sweeps,
            n_draws=settings.n_draws,
            seed=seed,
        ).fit(data, map_blocks=runner.map, report=report)
        multinomial, part_worths = fitted.multinomial, fitted.part_worths()
        status = (
            "converged" if fitted.is_converged else f"not converged: {fitted.convergence.worst}"
        )
        convergence = dict(fitted.convergence.as_dict())
    else:
        fitted = multinomial = MultinomialLogit(
            utility=coding, use_weights=settings.use_weights
        ).fit(data, report=report, map_blocks=runner.map)
        part_worths = multinomial.part_worths(settings.n_draws, seed)
        status = multinomial.status
        convergence = {"gradient_norm": multinomial.gradient_norm}
    return Estimate(
        model=settings.model,
        status=status,
        answers=describe(programme, data, source),
        log_likelihood=fitted.log_likelihood,
        null_log_likelihood=fitted.null_log_likelihood,
        multinomial_log_likelihood=multinomial.log_likelihood,
        convergence=convergence,
        coefficients=fitted.coefficient_table(),
        willingness_to_pay=willingness_to_pay(
            part_worths, programme.attributes, programme.price_attribute
        ),
        part_worths=replace(part_worths, own_numbers=OwnNumbers.of_data(data)),
        settings={**settings.model_dump(mode="json"), "seed": seed},
    )


def describe(programme: Programme, data: ChoiceData, source: Source) -> Answers:
    """Return what the answers are, in numbers and words."""
    chosen_outside = data.is_outside[np.asarray(data.chosen_rows)]
    return Answers(
        n_respondents=data.n_respondents,
        n_tasks=data.n_tasks,
        n_alternatives=data.n_rows,
        share_outside=float(chosen_outside.mean()) if data.has_outside else None,
        is_simulated=source in ("simulation", "rehearsal"),
        source=_source_in_words(programme, source),
    )


def _source_in_words(programme: Programme, source: Source) -> str:
    if source == "field":
        return f"Asked by the questionnaire of {programme.programme.title}, cleaned and weighted."
    survey = programme.survey
    if source == "rehearsal" and survey.simulated is not None:
        return f"{survey.simulated.source} Answered on the pages of the questionnaire."
    collected = survey.answers if source == "file" else survey.simulated
    assert collected is not None, "it is where the answers come from"
    return collected.source
