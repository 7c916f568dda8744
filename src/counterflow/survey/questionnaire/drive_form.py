"""Read the page that asks for a test drive: interest, and contacts of who agrees to be reached."""

from __future__ import annotations

import re

from counterflow.domain.interview import Contact
from counterflow.domain.programme import Programme
from counterflow.survey.questionnaire.form_fields import FormFields, given
from counterflow.survey.questionnaire.page_form import PageForm
from counterflow.survey.questionnaire.page_to_show import partner_field
from counterflow.survey.questionnaire.pages import questionnaire_of

MOST_CONTACT_LETTERS = 200

# Wide enough for every country; a stricter pattern would refuse numbers that ring.
_PHONE = re.compile(r"\+?[0-9 ()./-]{5,40}")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")


def read_test_drive(fields: FormFields, programme: Programme) -> PageForm:
    """Return whether and where a test drive is wanted; contacts only of who is to be reached.

    Who wants no test drive is asked for nothing, and nothing that was typed is kept.
    """
    interest = fields.one_of("interest", ["yes", "no"])
    if interest != "yes":
        return PageForm(answers=given(interest=interest))
    region = fields.one_of("region", list(programme.market.regions))
    contact = _contact(fields, region)
    agreed = fields.is_ticked("consent_contact")
    partners = tuple(
        partner
        for i, partner in enumerate(questionnaire_of(programme).consent.partners)
        if fields.is_ticked(partner_field(i))
    )
    if agreed and (contact is None or not (contact.phone or contact.email)):
        fields.wrong("phone", "no_contact", "a name, and a phone number or an e-mail", "neither")
    if not agreed and (contact is not None or partners):
        expected = "the consent to be reached, or no contact and nobody to pass it to"
        fields.wrong("consent_contact", "no_consent", expected, "no such consent")
    return PageForm(
        answers=given(interest=interest, region=region),
        contact=contact,
        agreed_to_contact=agreed,
        partners=partners,
    )


def _contact(fields: FormFields, region: str | None) -> Contact | None:
    """Return how to reach the person; None where nothing was filled in, or something is wrong."""
    before = len(fields.problems)
    name = fields.text("name", most=MOST_CONTACT_LETTERS, required=False)
    phone = fields.plain_text("phone", most=MOST_CONTACT_LETTERS, required=False)
    email = fields.plain_text("email", most=MOST_CONTACT_LETTERS, required=False)
    if phone is not None and not _PHONE.fullmatch(phone):
        fields.wrong("phone", "no_phone", "a phone number", "something else")
    if email is not None and not _EMAIL.fullmatch(email):
        fields.wrong("email", "no_email", "an e-mail address", "something else")
    if name is not None and len(name.splitlines()) > 1:
        fields.wrong("name", "no_text", "a name in one line", "several lines")
    if (phone or email) and name is None and len(fields.problems) == before:
        fields.wrong("name", "missing", "a name to ask for", "none")
    if not name and not phone and not email:
        return None
    return Contact(name=name or "", region=region, phone=phone, email=email)
