"""Begin an interview: with the consent to take part, and not without."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from threading import Timer

from counterflow.domain.content_hash import content_hash
from counterflow.domain.interview import Interview, NewInterview, Receipt
from counterflow.programme.field.field import Field
from counterflow.programme.field.submit_page import submission_of
from counterflow.programme.field_store import StoreBusyError
from counterflow.survey.questionnaire.form import read_form, read_key, read_panel_id

_SEED_BYTES = 7
"""Of which any number is exact in JSON's floating point, and none beyond 64 bits."""


def begin_interview(
    field: Field,
    *,
    key: str,
    language: str,
    consented: bool,
    panel_id: str | None = None,
    device: str | None = None,
) -> Future[Receipt]:
    """Return the receipt of a new interview; done when it and the consent are durable.

    A repeated key leads to the interview that it began. `device` is what one device is told by
    (its address and the like); only a keyed hash of it is kept.

    Raises
    ------
    FormError
        If the consent was not given, or the panel's id is none.
    StoreBusyError, StoreFailedError, KeyReusedError
        From the store, now or in the future.
    """
    page = field.pages[0]
    read = read_form(field.programme, page, {"consent": ["yes"] if consented else []})
    key = read_key(key)
    new = NewInterview(
        id=field.new_id(),
        programme_version=field.programme_version,
        design_hash=field.design_hash,
        questionnaire_version=field.questionnaire_version,
        language=field.language(language),
        seed=int.from_bytes(field.random_bytes(_SEED_BYTES)) >> 3,
        started_at=field.clock(),
        panel_id=read_panel_id(panel_id),
        device=field.device_hash(device) if device else None,
    )
    body_hash = content_hash({"language": new.language, "panel_id": new.panel_id})

    def consent(interview_id: str) -> Future[Receipt]:
        submission = submission_of(
            field,
            # The store has yet to number it, and what is handed in does not bear the number.
            Interview.of(replace(new, id=interview_id), number=0),
            page,
            read,
            key=content_hash({"key": key, "page": page.id})[:32],
            seconds=None,
        )
        return field.store.submit(submission)

    begun = field.store.begin(new, key=key, body_hash=body_hash)
    try:
        # Handed in together they are stored together: no interview begins without its consent.
        agreed: Future[Receipt] | None = consent(new.id)
    except StoreBusyError:
        agreed = None
    return _together(new, begun, agreed, consent)


def _together(
    new: NewInterview,
    begun: Future[Receipt],
    agreed: Future[Receipt] | None,
    consent: Callable[[str], Future[Receipt]],
) -> Future[Receipt]:
    """Return the receipt of the consent; an error of either is the error.

    A repeated key leads to an interview that was begun before, whose consent `agreed` is not.
    """
    last: Future[Receipt] = Future()

    def pass_on(done: Future[Receipt]) -> None:
        if (error := done.exception()) is not None:
            last.set_exception(error)
        else:
            last.set_result(done.result())

    def go_on(done: Future[Receipt]) -> None:
        try:
            found = done.result().interview_id
            its_own = agreed if found == new.id else None
            (its_own or consent(found)).add_done_callback(pass_on)
        except StoreBusyError as busy:
            # It has begun, so it is not refused any more: the consent waits until there is room.
            again = Timer(busy.retry_after_s, go_on, (done,))
            again.daemon = True
            again.start()
        except Exception as error:  # the future carries it to who waits
            last.set_exception(error)

    begun.add_done_callback(go_on)
    return last
