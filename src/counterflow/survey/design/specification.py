"""What a design is made for: attributes, products, places in a task, coefficients and beliefs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int16

from counterflow.domain.attributes import Attribute
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.configuration import Rule
from counterflow.domain.design_settings import DesignSettings
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.settings import HierarchicalEstimation
from counterflow.survey.design.coding import DesignCoding
from counterflow.survey.design.prior import Prior
from counterflow.survey.design.products import Products, products_of, products_of_programme
from counterflow.survey.design.specification_problems import (
    attributes_from,
    problems_of_products,
    problems_of_request,
)
from counterflow.survey.design.task_rules import TaskRules

Levels = Attribute | Sequence[str | int | float]
"""An attribute of a programme, or its levels: all numbers for a linear effect, else names."""


@dataclass(frozen=True, eq=False, kw_only=True)
class DesignSpecification:
    """What may be shown, what is to be learnt from it, and how a design is to be sought.

    Make one with `DesignSpecification.of` from levels, or `of_programme`.

    Parameters
    ----------
    levels
        The levels of each attribute by name.
    products
        What an alternative may be.
    coding
        How levels become the columns of utility.
    prior
        What is believed about the coefficients.
    signs
        Coefficients of which the sign is known.
    alternatives
        What the J places of a task are called.
    n_tasks
        Tasks of each version.
    settings
        How the design is sought.
    origin
        Where the specification comes from, for the provenance of designs.
    """

    levels: Mapping[str, tuple[str, ...]]
    products: Products
    coding: DesignCoding
    prior: Prior
    signs: Mapping[str, str]
    alternatives: tuple[str, ...]
    n_tasks: int
    settings: DesignSettings
    origin: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        attributes: Mapping[str, Levels],
        *,
        n_tasks: int,
        n_alternatives: int | None = None,
        outside_option: bool = True,
        rules: Sequence[Rule] = (),
        signs: Mapping[str, str] | None = None,
        only_for: Mapping[str, Sequence[str]] | None = None,
        prior: Prior | PartWorths | None = None,
        settings: DesignSettings | None = None,
    ) -> DesignSpecification:
        """Return the specification of a design for these attributes.

        Parameters
        ----------
        attributes
            Levels by attribute. Numbers enter utility as one linear effect, names one by one; an
            `Attribute` enters as its coding says.
        n_tasks, n_alternatives
            Tasks of a version, and products in each; the latter may be left out where alternatives
            are labelled, as there is one for each label.
        outside_option
            Whether a respondent may choose none. It then counts in every criterion.
        rules
            What cannot go together within a product.
        signs
            "positive" or "negative" by coefficient label, where known.
        only_for
            Attributes that only some labelled alternatives have: the labels, by attribute.
        prior
            What is believed about the coefficients; that of `settings.priors` if left out.
        settings
            How to search; `DesignSettings()` if left out.

        Raises
        ------
        InputError
            With everything that is wrong.
        NothingBuildableError
            If the rules allow no product.

        Examples
        --------
        >>> spec = DesignSpecification.of(
        ...     {"trim": ["base", "plus"], "price": [10, 12, 14]}, n_tasks=6, n_alternatives=2,
        ...     signs={"price": "negative"})
        >>> spec.coding.labels, len(spec.products)
        (('trim[plus]', 'price', 'outside'), 6)
        """
        settings = settings or DesignSettings()
        known = attributes_from(attributes)
        j = _n_places(known, settings, n_alternatives)
        _refuse(
            problems_of_request(
                known,
                settings,
                n_tasks=n_tasks,
                n_alternatives=j,
                asked_alternatives=n_alternatives,
                rules=rules,
                only_for=only_for or {},
            )
        )
        levels = {name: attribute.level_names for name, attribute in known.items()}
        products = products_of(
            levels,
            rules,
            labelled_by=settings.labelled_by,
            only_for=only_for or {},
            n_alternatives=j,
        )
        return cls._whole(
            known, products, n_tasks, outside_option, signs or {}, prior, settings, {}
        )

    @classmethod
    def of_programme(
        cls, programme: Programme, *, prior: PartWorths | None = None
    ) -> DesignSpecification:
        """Return the specification that a programme asks for.

        Tasks and alternatives are those of the questionnaire, else of the simulated survey, else 8
        tasks of 3. The prior is the one given, else `survey.design.priors`, else the preferences
        from which respondents are simulated, else zero.

        Raises
        ------
        InputError
            With everything that is wrong.
        """
        settings = programme.survey.design
        asked = programme.survey.questionnaire or programme.survey.simulated
        n_tasks, n_alternatives, has_outside = (
            (asked.n_tasks, asked.n_alternatives, asked.outside_option) if asked else (8, 3, True)
        )
        j = _n_places(programme.attributes, settings, n_alternatives)
        _refuse(
            problems_of_request(
                programme.attributes,
                settings,
                n_tasks=n_tasks,
                n_alternatives=j,
                asked_alternatives=n_alternatives,
                rules=programme.rules,
                only_for={},
                section="survey.design.",
            )
        )
        estimation = programme.estimation
        signs = estimation.signs if isinstance(estimation, HierarchicalEstimation) else {}
        return cls._whole(
            programme.attributes,
            products_of_programme(programme, j),
            n_tasks,
            has_outside,
            signs,
            prior if prior is not None else _simulated_prior(programme, settings),
            settings,
            {"programme": programme.version},
        )

    @classmethod
    def _whole(
        cls,
        attributes: Mapping[str, Attribute],
        products: Products,
        n_tasks: int,
        has_outside: bool,
        signs: Mapping[str, str],
        prior: Prior | PartWorths | Mapping[str, Any] | None,
        settings: DesignSettings,
        origin: Mapping[str, Any],
    ) -> DesignSpecification:
        levels = {name: attribute.level_names for name, attribute in attributes.items()}
        utility = UtilityCoding.of(attributes, has_outside=has_outside)
        coding = DesignCoding.of(utility, levels, settings.interactions)
        by = settings.labelled_by
        j = len(products.may_stand)
        spec = cls(
            levels=levels,
            products=products,
            coding=coding,
            prior=_prior(prior, coding, signs, settings),
            signs=signs,
            alternatives=levels[by] if by else tuple(str(place + 1) for place in range(j)),
            n_tasks=n_tasks,
            settings=settings,
            origin=origin,
        )
        _refuse(problems_of_products(products, levels, signs, coding))
        return spec

    @property
    def n_alternatives(self) -> int:
        """Return J, the outside option not counted."""
        return len(self.alternatives)

    @property
    def has_outside(self) -> bool:
        """Return whether a respondent may choose none."""
        return self.coding.has_outside

    @cached_property
    def task_rules(self) -> TaskRules:
        """Return what may not stand together in a task."""
        names = list(self.levels)
        return TaskRules.of(
            self.coding,
            self.prior,
            signs=self.signs,
            once=[names.index(name) for name in self.settings.once_a_task],
            avoid_dominance=self.settings.avoid_dominance,
        )

    def searched(self, **settings: Any) -> DesignSpecification:
        """Return the specification with other settings of the search, such as `method`.

        Settings that change what may be shown or learnt need a new specification.
        """
        fixed = {"interactions", "labelled_by", "priors"} & settings.keys()
        if fixed:
            raise ValueError(
                f"expected settings of the search, found {', '.join(sorted(fixed))}. "
                "Make a new DesignSpecification for these."
            )
        new = DesignSettings.model_validate(
            {**self.settings.model_dump(), "file": None, **settings}
        )
        return replace(self, settings=new)

    def design(
        self, codes: Int16[np.ndarray, "V T J A"], provenance: Mapping[str, Any]
    ) -> ChoiceDesign:
        """Return codes as a design of this specification."""
        made = {
            "method": self.settings.method,
            "seed": self.settings.seed,
            "prior": self.prior.source,
            **self.origin,
            **provenance,
        }
        return ChoiceDesign(
            levels=self.levels,
            codes=codes,
            alternatives=self.alternatives,
            has_outside=self.has_outside,
            provenance=made,
        )


def _n_places(
    attributes: Mapping[str, Attribute], settings: DesignSettings, n_alternatives: int | None
) -> int:
    by = settings.labelled_by
    if by is not None and by in attributes:
        return len(attributes[by].levels)
    return n_alternatives if n_alternatives is not None else 0


def _simulated_prior(programme: Programme, settings: DesignSettings) -> Mapping[str, Any] | None:
    simulated = programme.survey.simulated
    if settings.priors or simulated is None:
        return None
    return simulated.preferences


def _prior(
    given: Prior | PartWorths | Mapping[str, Any] | None,
    coding: DesignCoding,
    signs: Mapping[str, str],
    settings: DesignSettings,
) -> Prior:
    if isinstance(given, Prior):
        if given.labels != coding.labels:
            raise InputError(_wrong_labels(given.labels, coding.labels))
        return given
    if isinstance(given, PartWorths):
        return Prior.of_part_worths(coding.labels, given, seed=settings.seed)
    if given is not None:
        known = {label: belief for label, belief in given.items() if label in coding.labels}
        return Prior.of(coding.labels, known, signs=signs, source="survey.simulated.preferences")
    if settings.priors:
        return Prior.of(coding.labels, settings.priors, signs=signs, where="survey.design.priors")
    return Prior.zero(coding.labels)


def _wrong_labels(found: Sequence[str], expected: Sequence[str]) -> list[Problem]:
    return [
        Problem(
            expected=f"a prior of the coefficients {', '.join(expected)}",
            found=", ".join(found),
            key="prior",
            advice="Make it with Prior.of(spec.coding.labels, ...).",
        )
    ]


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InputError(problems)
