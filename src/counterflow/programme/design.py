"""Design: the choice tasks that a programme's respondents are shown, and what they can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.content_hash import content_hash
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.programme.answers import dump
from counterflow.programme.chain import Chain, Step
from counterflow.programme.sample_size import SampleSize, sample_size
from counterflow.survey.design.diagnostics import DesignDiagnostics, diagnose
from counterflow.survey.design.make import adopt_design, make_design
from counterflow.survey.design.specification import DesignSpecification


@dataclass(frozen=True)
class Designed:
    """The step that made the design, and the specification that it was made by."""

    step: Step[ChoiceDesign]
    specification: DesignSpecification

    def diagnostics(self, n_respondents: int = 300) -> DesignDiagnostics:
        """Return what the design can be trusted with."""
        return diagnose(self.step.value(), self.specification, n_respondents=n_respondents)

    def sample_size(self, standard_errors: Mapping[str, float]) -> SampleSize:
        """Return how many respondents give these standard errors, by simulation."""
        design, spec = self.step.value(), self.specification
        return sample_size(design, spec, standard_errors=standard_errors)


def design_tasks(
    chain: Chain,
    *,
    prior: PartWorths | None = None,
    n_versions: int | None = None,
    seconds: float | None = None,
) -> Designed:
    """Return the choice design that the programme asks for: searched, or from its file.

    It is kept until attributes, rules, prices, settings of the design or the prior change; what a
    questionnaire asks besides choice tasks does not count.

    Parameters
    ----------
    chain
        The steps of the run.
    prior
        Earlier part-worths, in place of what the programme says of coefficients.
    n_versions, seconds
        In place of what the programme says.
    """
    workspace, programme = chain.workspace, chain.workspace.programme
    given = {"n_versions": n_versions, "seconds": seconds}
    asked = {name: value for name, value in given.items() if value is not None}
    spec = DesignSpecification.of_programme(programme, prior=prior)
    if spec.settings.file is not None:
        return _adopted(chain, spec, spec.settings.file, asked)
    spec = spec.searched(**asked)
    step = chain.step(
        "design",
        "Designing choice tasks",
        settings=_settings(chain, spec),
        needs=(),
        make=lambda report: make_design(spec, report=report, map_blocks=workspace.runner.map),
    )
    return Designed(step, spec)


def _adopted(
    chain: Chain, spec: DesignSpecification, place: str, asked: Mapping[str, object]
) -> Designed:
    """Return the design that was made elsewhere, if it keeps what the programme asks."""
    if asked:
        problem = Problem(
            expected="a search, to which these settings would matter",
            found=", ".join(asked),
            key="survey.design.file",
            advice="Leave them out, or take the key away and let the design be searched.",
        )
        raise InputError([problem])
    made = chain.workspace.load_design(
        place,
        levels=spec.levels,
        alternatives=spec.alternatives,
        has_outside=spec.has_outside,
    )
    step = chain.step(
        "design",
        "Checking the design",
        settings={**_settings(chain, spec), "adopted": made.content_hash},
        needs=(),
        make=lambda _: adopt_design(made, spec),
    )
    return Designed(step, spec)


def _settings(chain: Chain, spec: DesignSpecification) -> dict[str, Any]:
    return {
        **_of_programme(chain),
        "design": spec.settings.model_dump(mode="json"),
        "alternatives": list(spec.alternatives),
        "n_tasks": spec.n_tasks,
        "has_outside": spec.has_outside,
        "signs": dict(spec.signs),
        "prior": content_hash(spec.prior.draws.tolist()),
    }


def design_of_interviews(chain: Chain) -> ChoiceDesign:
    """Return the design that interviews are begun with: the one that the programme asks for.

    The tasks of an adaptive questionnaire come from each respondent's answers instead. Random tasks
    then say how many there are and of what, and number the versions; a search would be in vain.
    """
    programme = chain.workspace.programme
    questionnaire = programme.survey.questionnaire
    if questionnaire is None or not questionnaire.adaptive:
        return design_tasks(chain).step.value()
    return make_design(DesignSpecification.of_programme(programme).searched(method="random"))


def _of_programme(chain: Chain) -> Mapping[str, Any]:
    programme = chain.workspace.programme
    return {
        "attributes": dump(programme, "attributes"),
        "rules": dump(programme, "rules"),
        "prices": dump(programme, "search")["prices"],
    }
