"""A configuration: one level of each attribute that is built or agreed; and the rules on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from counterflow.domain.mismatch import Mismatch
from counterflow.domain.section import Condition, Section, Text


@dataclass(frozen=True, order=True)
class Configuration:
    """One level by attribute, in the order of the programme; hashable and comparable.

    Examples
    --------
    >>> car = Configuration.of({"trim": "plus", "colour": "red"})
    >>> car["trim"], car.meets({"trim": ("plus", "max")}), str(car)
    ('plus', True, 'trim=plus;colour=red')
    """

    levels: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, levels: Mapping[str, str]) -> Configuration:
        """Return the configuration with these levels."""
        return cls(tuple(levels.items()))

    def __getitem__(self, attribute: str) -> str:
        for name, level in self.levels:
            if name == attribute:
                return level
        raise KeyError(attribute)

    def __str__(self) -> str:
        return ";".join(f"{attribute}={level}" for attribute, level in self.levels)

    def as_dict(self) -> dict[str, str]:
        """Return the levels by attribute."""
        return dict(self.levels)

    def only(self, attributes: Iterable[str]) -> Configuration:
        """Return the part of the configuration that concerns `attributes`."""
        wanted = set(attributes)
        return Configuration(tuple(item for item in self.levels if item[0] in wanted))

    def meets(self, condition: Mapping[str, tuple[str, ...]]) -> bool:
        """Return whether each attribute that the condition names has one of its levels."""
        mine = dict(self.levels)
        return all(mine.get(attribute) in levels for attribute, levels in condition.items())


class Rule(Section):
    """What can be built together: where `when` holds, `requires` must and `excludes` must not."""

    when: Condition = {}
    """Where the rule applies; everywhere if absent."""
    requires: Condition = {}
    """What must hold there."""
    excludes: Condition = {}
    """What must not hold there."""
    reason: Text
    """Why, for the person who wonders what happened to a configuration."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a rule that rules nothing out."""
        if not self.requires and not self.excludes:
            yield Mismatch((), "the key `requires` or `excludes`", "neither")

    def allows(self, configuration: Configuration) -> bool:
        """Return whether the rule leaves this configuration buildable."""
        if not configuration.meets(self.when):
            return True
        if self.excludes and configuration.meets(self.excludes):
            return False
        return configuration.meets(self.requires)
