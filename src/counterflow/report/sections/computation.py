"""How it was computed: answers, model, search, draws, and what identifies each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from counterflow.domain.definition import Definition, Interval
from counterflow.domain.estimate import Answers, Coefficient, Estimate
from counterflow.domain.findings import Findings
from counterflow.domain.programme import Programme
from counterflow.domain.settings import MultinomialEstimation
from counterflow.report.content import Block, Facts, Section, Table
from counterflow.report.names import Names, plural
from counterflow.report.numbers import NOT_KNOWN, SHARE, Measure, count, number, significant

_CHOICE_RULES = {"logit": "By logit", "first_choice": "Each takes the best"}

_MODELS = {"mnl": "multinomial logit", "hb": "hierarchical Bayes logit"}
_CONVERGENCE = {
    "gradient_norm": "Distance to the maximum, in standard errors",
    "worst_r_hat": "Worst R-hat",
    "least_bulk_effective_sample": "Least effective sample, bulk",
    "least_tail_effective_sample": "Least effective sample, tails",
}


def computation(findings: Findings, names: Names) -> Section:
    """Return the section on methods and provenance."""
    blocks: list[Block] = [
        _answers(findings),
        _model(findings.estimate),
        _coefficients(findings.estimate),
        _search(findings.definition, names),
        _draws(findings),
        _identity(findings),
    ]
    return Section(
        anchor="computation",
        question="How it was computed",
        finding=_finding(findings),
        blocks=blocks,
        is_result=False,
    )


def gap_in_words(definition: Definition) -> str:
    """Return how far the line may be from the best one."""
    if not math.isfinite(definition.gap):
        return "no bound on how much better another line could be is known"
    if definition.gap <= 0.0:
        return "no line of the candidates can earn more on the buyers searched"
    gap = SHARE.text(definition.gap, digits=2)
    return f"no line of the candidates can earn more than {gap} above it on the buyers searched"


def _finding(findings: Findings) -> str:
    estimate, definition = findings.estimate, findings.definition
    fit = "converged" if estimate.is_converged else f"did not converge ({estimate.status})"
    tried = "Every line was tried" if definition.status == "optimal" else "The search was local"
    return (
        f"{_people(estimate.answers)} made {count(estimate.answers.n_tasks)} choices; the "
        f"{_MODELS[estimate.model]} {fit}. {tried}: {gap_in_words(definition)}."
    )


def _people(answers: Answers) -> str:
    kind = "simulated respondent" if answers.is_simulated else "respondent"
    return plural(answers.n_respondents, kind)


def _answers(findings: Findings) -> Facts:
    answers = findings.estimate.answers
    outside = answers.share_outside
    return Facts(
        title="Answers",
        facts=(
            ("Source", f"{'Simulated. ' if answers.is_simulated else ''}{answers.source}"),
            ("Respondents", count(answers.n_respondents)),
            ("Choice tasks", count(answers.n_tasks)),
            ("Alternatives shown", count(answers.n_alternatives)),
            (
                "Chose none",
                "was not offered" if outside is None else f"{SHARE.text(outside)} of tasks",
            ),
            ("Weights", _weights(findings)),
        ),
    )


def _weights(findings: Findings) -> str:
    source, estimation = findings.programme.survey.answers, findings.programme.estimation
    if source is None or source.weights is None:
        return "none; every respondent counts the same"
    if isinstance(estimation, MultinomialEstimation) and not estimation.use_weights:
        return f"in column {source.weights}, not used in the likelihood"
    return f"from column {source.weights}"


def _model(estimate: Estimate) -> Facts:
    convergence = (
        (_CONVERGENCE.get(name, name.replace("_", " ")), significant(value, 4))
        for name, value in estimate.convergence.items()
    )
    return Facts(
        title="Choice model",
        facts=(
            ("Model", _MODELS[estimate.model]),
            ("Status", estimate.status),
            *convergence,
            ("Log-likelihood", number(estimate.log_likelihood, step=0.01)),
            ("With equal shares", number(estimate.null_log_likelihood, step=0.01)),
            ("Of a multinomial logit", number(estimate.multinomial_log_likelihood, step=0.01)),
            ("McFadden's rho²", number(estimate.rho_squared, step=0.001)),
        ),
    )


def _coefficients(estimate: Estimate) -> Table:
    numbers = ("Mean", "5 %", "95 %", "Standard deviation between people")
    return Table(
        title="Coefficients of utility",
        columns=("Coefficient", *numbers),
        rows=tuple(
            (c.label, *_estimated(c), significant(c.sd_over_people, 2))
            for c in estimate.coefficients
        ),
        numbers=frozenset(numbers),
    )


def _estimated(c: Coefficient) -> Iterator[str]:
    interval = Interval(c.mean, c.low, c.mean, c.high)
    for value in (c.mean, c.low, c.high):
        yield Measure("").bare(value, like=interval)


def _search(definition: Definition, names: Names) -> Facts:
    money = names.money
    return Facts(
        title="Search for the line",
        facts=(
            ("Method", definition.method),
            ("Status", definition.status.replace("_", " ")),
            ("Buildable configurations", count(definition.n_configurations)),
            ("Candidates: configuration and price", count(definition.n_candidates)),
            ("Profit on the buyers searched", money.text(definition.search_value, digits=4)),
            ("Bound on the profit of any line", _bound(definition, names)),
            ("How buyers choose", _CHOICE_RULES[definition.choice_rule]),
            ("Profit on all draws, expected", money.text(definition.profit.mean, digits=4)),
        ),
    )


def _bound(definition: Definition, names: Names) -> str:
    if not math.isfinite(definition.bound):
        return NOT_KNOWN
    above = SHARE.text(max(definition.gap, 0.0), digits=2)
    return f"{names.money.text(definition.bound, digits=4)}, {above} above the line found"


def _draws(findings: Findings) -> Facts:
    worths, plan = findings.estimate.part_worths, findings.production
    return Facts(
        title="Draws and build plan",
        facts=(
            ("Draws of part-worths", f"{count(worths.n_draws)} for {_for_whom(findings)}"),
            ("Draws of volume", count(len(findings.volumes.draws))),
            ("Build plan", plan.status.replace("_", " ")),
            (
                "Its distance to the bound",
                SHARE.text(plan.gap, digits=2) if np.isfinite(plan.gap) else "no bound is known",
            ),
        ),
    )


def _for_whom(findings: Findings) -> str:
    worths = findings.estimate.part_worths
    return plural(worths.n_respondents, "respondent") if worths.is_individual else "the market"


def _identity(findings: Findings) -> Table:
    return Table(
        title="What identifies this result",
        columns=("What", "Value"),
        rows=tuple(_identity_rows(findings)),
        is_code=True,
    )


def _identity_rows(findings: Findings) -> Iterator[tuple[str, str]]:
    provenance, programme = findings.provenance, findings.programme
    yield "Counterflow", provenance.software
    yield "Programme, SHA-256", programme.version
    yield "Definition, SHA-256", findings.definition.version
    for what, digest in provenance.hashes.items():
        yield what.replace("_", " "), digest
    for what, seed in _seeds(programme):
        yield f"Seed of {what}", str(seed)
    yield from provenance.versions.items()


def _seeds(programme: Programme) -> Iterator[tuple[str, int]]:
    yield from programme.seeds.model_dump().items()
