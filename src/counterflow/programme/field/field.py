"""What a survey in the field works with: one programme, its choice design, and the store."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from counterflow.domain.answered_task import NextTask
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.errors import CounterflowError
from counterflow.domain.interview import Interview
from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import Questionnaire
from counterflow.domain.texts import Texts
from counterflow.programme.field_store import FieldStore, Fieldwork
from counterflow.survey.questionnaire.as_seen import questionnaire_as_seen
from counterflow.survey.questionnaire.design_fit import check_design
from counterflow.survey.questionnaire.pages import Page, pages_of, questionnaire_of


class UnknownPageError(CounterflowError, LookupError):
    """The questionnaire has no page of this id."""

    def __init__(self, page: str) -> None:
        self.page = page
        super().__init__(f"expected a page of the questionnaire, found {page!r}")


class ChangedProgrammeError(CounterflowError):
    """An interview was begun with a definition that knew what the present one does not."""

    def __init__(self, interview_id: str, what: str) -> None:
        self.interview_id, self.what = interview_id, what
        super().__init__(
            f"expected what the interview was begun with, found a programme without {what}"
        )


class PageNotDueError(CounterflowError):
    """A page was handed in before the ones that come earlier; `due` is the one to answer now."""

    def __init__(self, page: str, due: str) -> None:
        self.page, self.due = page, due
        super().__init__(f"expected the answers of {due!r} first, found those of {page!r}")


@dataclass(frozen=True, kw_only=True)
class Field:
    """A programme in the field; made by `bootstrap.open_field`, closed by `close`.

    Parameters
    ----------
    design
        What new interviews are asked; an interview that was begun with another goes on with that.
    texts
        Everything of the programme that respondents read, by language.
    folder
        The folder of the programme file, beside which pictures stand.
    clock
        The time, in UTC.
    secret
        Key of the hash by which devices are told apart; kept with the store, never shown.
    next_task
        Makes the next task from the answers so far; None where tasks come from the design.
    picture_hashes
        Content hash of each picture of a level, by its place beside the programme file.
    software
        Version of what draws the pages.
    """

    programme: Programme
    design: ChoiceDesign
    store: FieldStore
    texts: Mapping[str, Texts]
    folder: Path
    clock: Callable[[], datetime]
    secret: bytes
    next_task: NextTask | None = None
    picture_hashes: Mapping[str, str] = field(default_factory=dict)
    software: str = ""
    random_bytes: Callable[[int], bytes] = secrets.token_bytes

    def __post_init__(self) -> None:
        check_design(self.programme, self.design)

    @property
    def questionnaire(self) -> Questionnaire:
        """Return what is asked."""
        return questionnaire_of(self.programme)

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """Return the pages that a respondent passes."""
        return pages_of(self.programme)

    @cached_property
    def programme_version(self) -> str:
        """Return the content hash of the programme."""
        return self.programme.version

    @property
    def questionnaire_version(self) -> str:
        """Return the content hash of all that respondents see, in every language."""
        return self.fieldwork.questionnaire_version

    def drawn_from(self, interview: Interview, version: str | None = None) -> str | None:
        """Return what is kept of the version that a page was drawn from; the present if not said.

        None stands for the one that the interview was begun with.
        """
        version = version or self.questionnaire_version
        return None if version == interview.questionnaire_version else version

    @cached_property
    def design_hash(self) -> str:
        """Return the content hash of the choice design."""
        return self.design.content_hash

    def design_of(self, interview: Interview) -> ChoiceDesign:
        """Return the design that an interview was begun with."""
        if interview.design_hash == self.design_hash:
            return self.design
        if interview.design_hash not in self._earlier_designs:
            design = self.store.design(interview.design_hash)
            self._earlier_designs[interview.design_hash] = design
        return self._earlier_designs[interview.design_hash]

    @cached_property
    def _earlier_designs(self) -> dict[str, ChoiceDesign]:
        return {}

    @cached_property
    def pictures(self) -> frozenset[str]:
        """Return the files that pages may show: those that levels name, and no others."""
        levels = (x for a in self.programme.attributes.values() for x in a.levels)
        return frozenset(level.picture for level in levels if level.picture is not None)

    @cached_property
    def fieldwork(self) -> Fieldwork:
        """Return what the store must know of the survey."""
        asked = self.questionnaire
        quotas = {
            f"{question}={answer}": limit
            for question, cells in asked.quotas.items()
            for answer, limit in cells.items()
        }
        if asked.most_respondents is not None:
            quotas["all"] = asked.most_respondents
        return Fieldwork(
            programme_version=self.programme_version,
            design=self.design,
            questionnaire=questionnaire_as_seen(
                self.programme,
                self.texts,
                pictures=self.picture_hashes,
                software=self.software,
            ),
            quotas=quotas,
        )

    def language(self, *wanted: str) -> str:
        """Return the first wanted language that the survey speaks; else the survey's first.

        Examples of what fits: "zh-Hans-CN" is answered by "zh", "ko" by "ko-KR".
        """
        spoken = self.questionnaire.languages
        for tag in wanted:
            same = (x for x in spoken if x.lower() == tag.lower())
            related = (x for x in spoken if _primary(x) == _primary(tag))
            if (found := next(same, None) or next(related, None)) is not None:
                return found
        return spoken[0]

    def device_hash(self, device: str) -> str:
        """Return what stands for a device in the store: an HMAC, of which it cannot be guessed."""
        return hmac.new(self.secret, device.encode(), hashlib.sha256).hexdigest()[:32]

    def new_key(self) -> str:
        """Return an idempotency key for a form: 128 random bits as text."""
        return self.random_bytes(16).hex()

    def new_id(self) -> str:
        """Return the id of an interview: 128 random bits, safe and short in an address."""
        return base64.urlsafe_b64encode(self.random_bytes(16)).decode().rstrip("=")

    def close(self) -> None:
        """Store what waits, and let go of everything."""
        self.store.close()


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()
