"""The choices of 448 Chinese car buyers, and the models fitted to them.

Helveston et al. 2015: 6,720 tasks of three cars, 16 coefficients. The figures depend on data that
are not part of the project.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.case import ROOT
from counterflow.choice.hierarchical_bayes import HierarchicalBayes
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.settings import HierarchicalEstimation
from counterflow.formats.answers import load_answers
from counterflow.formats.programme_toml import load_programme

Model = MultinomialLogit | HierarchicalBayes


@dataclass(frozen=True)
class Study:
    """The answers, and the two models as examples/china-cars sets them."""

    answers: ChoiceData
    multinomial: MultinomialLogit
    hierarchical: HierarchicalBayes

    def model(self, name: str, *, quick: bool) -> Model:
        """Return the model called mnl or hb, the latter with short chains if quick."""
        if name == "mnl":
            return self.multinomial
        return (
            replace(self.hierarchical, n_burn_in=200, n_sweeps=400) if quick else self.hierarchical
        )


def load() -> Study:
    folder = ROOT / "examples" / "china-cars"
    programme = load_programme(folder / "programme.toml")
    answers = load_answers(programme, folder)
    settings = programme.estimation
    assert isinstance(settings, HierarchicalEstimation)
    coding = UtilityCoding.of(programme.attributes, has_outside=answers.has_outside)
    return Study(
        answers=answers,
        multinomial=MultinomialLogit(coding=coding),
        hierarchical=HierarchicalBayes(
            coding=coding,
            signs=settings.signs,
            n_chains=settings.n_chains,
            n_burn_in=settings.n_burn_in,
            n_sweeps=settings.n_sweeps,
            n_draws=settings.n_draws,
            seed=programme.seeds.estimation,
        ),
    )
