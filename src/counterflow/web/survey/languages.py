"""Which language a visitor is spoken to in: the one asked for, else the browser's."""

from __future__ import annotations

from starlette.requests import Request

from counterflow.programme.field.field import Field

_MOST_TAGS = 20


def language_of(request: Request, field: Field) -> str:
    """Return a language of the survey: of `?lang=`, else of the header `Accept-Language`."""
    asked = request.query_params.get("lang")
    accepted = accepted_languages(request.headers.get("accept-language", ""))
    return field.language(*([asked] if asked else []), *accepted)


def accepted_languages(header: str) -> list[str]:
    """Return the language tags of a header, the most wanted first; those with q=0 left out.

    Examples
    --------
    >>> accepted_languages("en;q=0.5, ko-KR, zh;q=0.9, fr;q=0")
    ['ko-KR', 'zh', 'en']
    """
    wanted = []
    for i, part in enumerate(header.split(",")[:_MOST_TAGS]):
        tag, _, parameter = part.strip().partition(";")
        quality = _quality(parameter)
        if tag and tag != "*" and quality > 0.0:
            wanted.append((-quality, i, tag.strip()))
    return [tag for _, _, tag in sorted(wanted)]


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
