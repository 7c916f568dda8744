"""How far people drive who rent, and which terms of rent they were asked about."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.domain.distances import share_unanswered
from counterflow.domain.findings import Findings
from counterflow.domain.market import Distance
from counterflow.report.content import Facts
from counterflow.report.names import Names
from counterflow.report.numbers import SHARE, Measure
from counterflow.report.sections.contract_terms import contract_terms


def driving(findings: Findings, names: Names) -> Facts | None:
    """Return what was assumed of distances and of terms; None where nobody's own counts."""
    facts = (*_distances(findings), *_asked(findings, names))
    return Facts(title="What people pay who rent", facts=facts) if facts else None


def _distances(findings: Findings) -> Iterator[tuple[str, str]]:
    distance = findings.programme.market.distance
    if distance is None:
        return
    if distance.question is None:
        yield "How far each drives", _lognormal(distance)
        return
    survey = findings.programme.survey
    assert survey.questionnaire is not None, "it asks the question"
    label = survey.questionnaire.questions[distance.question].label
    yield "How far each drives", f"as each answered to “{label}”"
    open_share = share_unanswered(findings.estimate.part_worths, distance.question)
    if open_share > 0.0:
        yield (
            "Who did not say",
            f"{SHARE.text(open_share, digits=2)} of people, each taken to drive as far as somebody "
            "who did, in each draw another",
        )


def _lognormal(distance: Distance) -> str:
    assert distance.mean_km_per_year is not None, "without a question there is a mean"
    assert distance.relative_sd is not None, "without a question there is a spread"
    mean = Measure("km").exact(distance.mean_km_per_year)
    return f"{mean} a year on average, lognormal, standard deviation " + (
        f"{SHARE.exact(distance.relative_sd)} of that"
    )


def _asked(findings: Findings, names: Names) -> Iterator[tuple[str, str]]:
    """Yield the terms that were asked about where others are offered."""
    for contract in findings.programme.contracts.values():
        if contract.asked is not None:
            # Neither was a buy-out asked about, nor does it count.
            terms = list(contract_terms(contract.as_asked, names))[:2]
            yield (
                f"{contract.label}, as asked",
                f"{', '.join(terms)}; people value the difference as they value a price",
            )
