"""How the fieldwork stands: counts, quotas, where people stop, how long they take, flags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from counterflow.programme.field.field import Field
from counterflow.programme.field_store import FieldCounts
from counterflow.survey.questionnaire.pages import admission_page


@dataclass(frozen=True, kw_only=True)
class PageCount:
    """How many came to a page and went on.

    Parameters
    ----------
    reached
        Interviews that were shown the page: they answered the one before it and were not ended.
    answered
        Interviews that answered it.
    median_seconds
        Of those whose device told it; None where none did.
    """

    page: str
    reached: int
    answered: int
    median_seconds: float | None

    @property
    def share_left(self) -> float | None:
        """Return the share of who reached the page and has not answered it; None if nobody did."""
        return (self.reached - self.answered) / self.reached if self.reached else None


@dataclass(frozen=True, kw_only=True)
class FieldReport:
    """How the fieldwork stands.

    Parameters
    ----------
    title, programme_version, design_hash
        What is in the field.
    counts
        As the store counts: by status, flag, quota, version, language and day.
    pages
        In the order in which respondents pass them.
    most_respondents
        How many may complete; None: any number.
    """

    title: str
    programme_version: str
    design_hash: str
    counts: FieldCounts
    pages: tuple[PageCount, ...]
    most_respondents: int | None

    @property
    def n_begun(self) -> int:
        """Return how many interviews there are, however they stand."""
        return sum(self.counts.by_status.values())

    @property
    def n_complete(self) -> int:
        """Return how many are complete."""
        return self.counts.by_status.get("complete", 0)

    @property
    def n_flagged(self) -> int:
        """Return how many flags complete interviews bear."""
        return sum(self.counts.by_flag.values())


def field_report(field: Field) -> FieldReport:
    """Return how the fieldwork stands now."""
    counts = field.store.counts()
    return FieldReport(
        title=field.programme.survey.title,
        programme_version=field.programme_version,
        design_hash=field.design_hash,
        counts=counts,
        pages=tuple(_page_counts(field, counts)),
        most_respondents=field.questionnaire.most_respondents,
    )


def _page_counts(field: Field, counts: FieldCounts) -> Iterator[PageCount]:
    """Yield the pages in order. Screening is where interviews end before their last page."""
    came = sum(counts.by_status.values())
    ended = counts.by_status.get("screened_out", 0) + counts.by_status.get("over_quota", 0)
    admitting = admission_page(field.pages)
    for page in field.pages:
        answered = counts.answered_by_page.get(page.id, 0)
        yield PageCount(
            page=page.id,
            reached=max(came, answered),
            answered=answered,
            median_seconds=counts.median_seconds_by_page.get(page.id),
        )
        came = answered - (ended if page == admitting else 0)
