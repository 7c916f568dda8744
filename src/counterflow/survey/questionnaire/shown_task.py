"""A choice task as a respondent saw it: what is drawn on the page and what is stored are this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterflow.domain.answered_task import AnsweredTask, Profile
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.survey.questionnaire.arrangement import Arrangement

NONE = "none"
"""What is handed in, and stored, for choosing none of the products."""


@dataclass(frozen=True)
class ShownAlternative:
    """An alternative: its place in the design, from 1, and its level by attribute."""

    place: int
    levels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ShownTask:
    """The alternatives from left to right and the attributes from top to bottom.

    Parameters
    ----------
    design_task, version
        Which task of which version of the choice design, both from 0; `version` is None where the
        task was made for the respondent, who then saw `design_task` tasks before.
    has_outside
        Whether none of the products could be chosen.
    """

    design_task: int
    version: int | None
    alternatives: tuple[ShownAlternative, ...]
    attributes: tuple[str, ...]
    has_outside: bool = True

    @property
    def choices(self) -> tuple[str, ...]:
        """Return what may be handed in as the choice."""
        return (*map(str, self.places), *([NONE] if self.has_outside else []))

    @property
    def places(self) -> tuple[int, ...]:
        """Return the places of the design, from 1, in the order of the screen."""
        return tuple(alternative.place for alternative in self.alternatives)

    def record(self) -> dict[str, Any]:
        """Return the task as JSON values, as they are stored with the answer."""
        return {
            "design_task": self.design_task,
            "version": self.version,
            "alternatives": [
                {"place": shown.place, "levels": dict(shown.levels)} for shown in self.alternatives
            ],
            "attributes": list(self.attributes),
            "has_outside": self.has_outside,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ShownTask:
        """Return the task of which `record` gave these values."""
        return cls(
            design_task=record["design_task"],
            version=record["version"],
            alternatives=tuple(
                ShownAlternative(shown["place"], shown["levels"])
                for shown in record["alternatives"]
            ),
            attributes=tuple(record["attributes"]),
            # Records that were made before this was kept are of programmes that offered it.
            has_outside=record.get("has_outside", True),
        )

    def answered(self, choice: str) -> AnsweredTask:
        """Return the task with the choice that was made, by place in the design."""
        in_order = sorted(self.alternatives, key=lambda shown: shown.place)
        return AnsweredTask(
            alternatives=tuple(tuple(shown.levels.items()) for shown in in_order),
            chosen=None if choice == NONE else int(choice) - 1,
        )


def task_of_design(
    design: ChoiceDesign, version: int, arrangement: Arrangement, k: int
) -> ShownTask:
    """Return what a respondent with this version sees as task `k`, from 0, on the screen."""
    task = arrangement.tasks[k]
    products = design.task(version, task)
    return _shown(task, version, products, arrangement, k, has_outside=design.has_outside)


def task_for_respondent(
    profiles: tuple[Profile, ...], arrangement: Arrangement, k: int, *, has_outside: bool = True
) -> ShownTask:
    """Return a task that was made for the respondent, as task `k`, from 0, on the screen."""
    products = tuple(map(dict, profiles))
    return _shown(k, None, products, arrangement, k, has_outside=has_outside)


def _shown(
    task: int,
    version: int | None,
    products: tuple[dict[str, str], ...],
    arrangement: Arrangement,
    k: int,
    *,
    has_outside: bool,
) -> ShownTask:
    named = {name for product in products for name in product}
    return ShownTask(
        design_task=task,
        version=version,
        alternatives=tuple(
            ShownAlternative(place + 1, products[place]) for place in arrangement.alternatives[k]
        ),
        attributes=tuple(name for name in arrangement.attributes if name in named),
        has_outside=has_outside,
    )
