"""The programme: the one definition from which survey, quote, parts and plan are derived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from counterflow.domain.attributes import Attribute
from counterflow.domain.configuration import Rule
from counterflow.domain.content_hash import content_hash
from counterflow.domain.contracts import Contract
from counterflow.domain.contradictions import contradictions
from counterflow.domain.costs import Costs, Part
from counterflow.domain.market import Market
from counterflow.domain.mismatch import Mismatch
from counterflow.domain.references import Sections, broken_references
from counterflow.domain.section import Many, Name, Section, Text
from counterflow.domain.settings import Estimation, Production, Search, Seeds
from counterflow.domain.survey import Survey


class About(Section):
    """What the programme is, and in which money it counts."""

    name: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9-]*$",
            json_schema_extra={"x-expected": "lower-case letters, digits and hyphens"},
        ),
    ]
    """Short name, for files and commands."""
    title: Text
    """Heading of the report."""
    description: Text
    """What is planned, in a sentence or two."""
    currency: Text
    """Unit of every amount of money in the file, e.g. "CNY" or "thousand USD"."""
    assumptions: Many[Text] = ()
    """Sentences that the report must repeat: what a reader could otherwise take for fact."""


class Programme(Section):
    """Everything that programme.toml says, checked; `version` is the hash of its content."""

    format: Annotated[int, Field(ge=1, le=1)]
    """Version of this file format."""
    programme: About
    attributes: Annotated[dict[Name, Attribute], Field(min_length=2)]
    """What a buyer can tell two products apart by; exactly one of them is the price."""
    rules: Many[Rule] = ()
    """What cannot be built together, and why."""
    contracts: dict[Name, Contract] = {}
    """Terms under which something is rented rather than bought."""
    parts: dict[Name, Part] = {}
    """What vehicles are made of."""
    costs: Costs
    market: Market
    survey: Survey
    estimation: Estimation
    """Which choice model, and how it is fitted."""
    search: Search
    production: Production
    seeds: Seeds

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield what does not fit between sections."""
        yield from mismatches_between(dict(self))
        for name, contract in self.contracts.items():
            if contract.expected_km_per_month is None and self.market.distance is None:
                key = ("contracts", name, "expected_km_per_month")
                expected = "how far every renter drives, or [market.distance]"
                yield Mismatch(key, expected, "neither")

    @property
    def version(self) -> str:
        """Return the content hash: SHA-256 of the normalised file, 64 hexadecimal digits.

        Two files that differ in order of keys, comments, number style or spelled-out defaults
        have one version.
        """
        return content_hash(self.model_dump(mode="json"))

    @property
    def price_attribute(self) -> str:
        """Return the name of the attribute of kind `price`."""
        return next(name for name, a in self.attributes.items() if a.kind == "price")

    @property
    def configurable(self) -> Mapping[str, Attribute]:
        """Return the attributes that make a configuration: all but the price."""
        return {name: a for name, a in self.attributes.items() if a.kind != "price"}


def mismatches_between(sections: Sections) -> Iterator[Mismatch]:
    """Yield names that lead nowhere, then statements that contradict one another."""
    yield from broken_references(sections)
    yield from contradictions(sections)
