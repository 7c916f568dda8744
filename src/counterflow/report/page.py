"""The report page: the findings as one HTML file that needs no network and runs no script."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, PackageLoader, StrictUndefined

from counterflow.domain.findings import Findings
from counterflow.report.content import Page, Section
from counterflow.report.key_figures import key_figures
from counterflow.report.names import Names
from counterflow.report.notices import notices
from counterflow.report.sections.assumptions import assumptions
from counterflow.report.sections.computation import computation
from counterflow.report.sections.offers import offers
from counterflow.report.sections.parts import parts
from counterflow.report.sections.preferences import preferences
from counterflow.report.sections.rivals import rivals
from counterflow.report.sections.uncertainty import uncertainty
from counterflow.report.sections.volumes import volumes

_TEMPLATES = Environment(
    loader=PackageLoader("counterflow.report"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["zip"] = zip


def render_report(findings: Findings) -> str:
    """Return the report as one HTML page: the same findings give the same bytes.

    Styles and charts stand in the page itself. All text of the programme is escaped.
    """
    return _TEMPLATES.get_template("report.html").render(page=_page(findings))


def _page(findings: Findings) -> Page:
    names, about = Names(findings.programme), findings.programme.programme
    return Page(
        title=about.title,
        description=about.description,
        simulated=_simulated(findings),
        made=tuple(_made(findings)),
        notices=tuple(notices(findings, names)),
        key_figures=tuple(key_figures(findings, names)),
        sections=tuple(_sections(findings, names)),
    )


def _simulated(findings: Findings) -> str:
    answers = findings.estimate.answers
    return answers.source if answers.is_simulated else ""


def _made(findings: Findings) -> Iterator[tuple[str, str]]:
    provenance = findings.provenance
    if provenance.generated_at is not None:
        yield "Made at", provenance.generated_at
    yield "Definition", findings.definition.version[:12]
    yield "Programme", findings.programme.version[:12]
    yield "Counterflow", provenance.software


def _sections(findings: Findings, names: Names) -> Iterator[Section]:
    yield preferences(findings, names)
    yield offers(findings, names)
    yield rivals(findings, names)
    yield volumes(findings, names)
    yield parts(findings, names)
    yield uncertainty(findings)
    yield assumptions(findings, names)
    yield computation(findings, names)
