"""Whether a form was handed in from a page of this service."""

from __future__ import annotations

from starlette.requests import Request

from counterflow.web.guard.errors import ForgedRequestError

_OWN_SITES = frozenset({"same-origin", "none"})


def require_own_origin(request: Request) -> None:
    """Refuse what a browser says was sent by a page of another site.

    Browsers tell by `Sec-Fetch-Site`, older ones by `Origin`; programs that are no browsers carry
    nobody's cookies, say neither, and are let through.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in _OWN_SITES:
            raise ForgedRequestError
        return
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host", ""):
        raise ForgedRequestError
