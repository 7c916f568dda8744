"""All that respondents see of a programme, as JSON values: what a questionnaire's version is of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterflow.domain.programme import Programme
from counterflow.domain.texts import Texts
from counterflow.survey.questionnaire.pages import questionnaire_of

_NOT_SEEN = {"quotas", "margins", "quality", "most_respondents", "panel"}


def questionnaire_as_seen(
    programme: Programme,
    texts: Mapping[str, Texts],
    *,
    pictures: Mapping[str, str],
    software: str,
) -> dict[str, Any]:
    """Return what pages are made of, and nothing that no respondent sees (costs, quotas, seeds).

    Parameters
    ----------
    programme
        With a questionnaire.
    texts
        Every text of the programme, by language; a changed translation is another questionnaire.
    pictures
        Content hash of each picture that levels name, by file: it may change under one name.
    software
        Version of what draws the pages, whose own words these values do not hold.
    """
    market = programme.model_dump(mode="json", include={"market"})["market"]
    asked = questionnaire_of(programme).model_dump(mode="json", exclude=_NOT_SEEN)
    return {
        **programme.model_dump(mode="json", include={"attributes", "contracts"}),
        "market": {
            "regions": sorted(programme.market.regions),
            "subsidies": market["subsidies"],
            "taxes": market["taxes"],
        },
        "questionnaire": asked,
        "texts": {language: _nested(said) for language, said in texts.items()},
        "pictures": dict(pictures),
        "software": software,
    }


def _nested(texts: Texts) -> dict[str, Any]:
    """Return the texts as a file of texts has them: tables within tables."""
    nested: dict[str, Any] = {}
    for (*tables, name), text in texts.items():
        table = nested
        for key in tables:
            table = table.setdefault(key, {})
        table[name] = text
    return nested
