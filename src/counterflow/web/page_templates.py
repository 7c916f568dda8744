"""Templates of pages: each package has its own, and all of them extend `base.html` beside this."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


@dataclass(frozen=True)
class LanguageLink:
    """Leads to the same page in another language."""

    tag: str
    name: str
    address: str


def page_templates(package: str) -> Environment:
    """Return the templates of a package: compiled once, all that goes into them is escaped."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(__package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
