"""A browser without script, as far as forms need one: it reads pages and hands forms in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from counterflow.programme.field.field import Field
from counterflow.web.app import create_app
from counterflow.web.guard.passwords import PasswordHash
from counterflow.web.guard.settings import ServiceSettings

HOME = "http://survey.test"
JSON = {"accept": "application/json"}
SETTINGS = ServiceSettings(public_origins=(HOME,), per_address=None, per_device=None, sign_ins=None)
PASSWORD = "correct horse battery staple"
ADMINISTRATOR = PasswordHash.of(PASSWORD)

ANSWERS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "screening": {"licence": ["yes"], "age": ["from_18"], "intends": ["this_year"]},
    "chance": {"chance": ["7"]},
    "test-drive": {"interest": ["no"]},
    "background": {"home": ["other"], "household": ["two"]},
}
TASK = {"choice": ["2"]}


def visit(field: Field, settings: ServiceSettings = SETTINGS, **further: Any) -> Browser:
    """Return a client of the service that keeps cookies and follows no redirect by itself."""
    app = create_app(field, settings=settings, **{"administrator": ADMINISTRATOR, **further})
    return Browser(app, settings.public_origins[0])


class Browser:
    """Keeps cookies, and follows no redirect by itself."""

    def __init__(self, app: Any, home: str) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("10.0.0.1", 1))
        self.app = app
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(transport=transport, base_url=home)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_error: object) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def get(self, address: str, **further: Any) -> httpx.Response:
        return self.request("GET", address, **further)

    def post(self, address: str, **further: Any) -> httpx.Response:
        return self.request("POST", address, **further)

    def request(self, method: str, address: str, **further: Any) -> httpx.Response:
        content = further.get("content")
        if content is not None and not isinstance(content, bytes):
            further["content"] = _one_by_one(content)
        return self._runner.run(self._client.request(method, address, **further))


async def _one_by_one(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@dataclass
class Form:
    """A form of a page: where it goes, and its fields as they stand."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    is_aside: bool = False


@dataclass
class Tag:
    name: str
    attributes: dict[str, str]


class PageRead(HTMLParser):
    """A page taken apart: its tags, its forms, its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append(Tag(tag, attributes))
        if tag == "form":
            self.forms.append(Form(attributes["action"], is_aside="data-plain" in attributes))
        elif tag == "input" and self.forms and "name" in attributes:
            is_offered = attributes.get("type") in ("radio", "checkbox")
            if not is_offered or "checked" in attributes:
                values = self.forms[-1].values.setdefault(attributes["name"], [])
                values.append(attributes.get("value", ""))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def form(self) -> Form:
        """Return the form that the page is about."""
        return next(form for form in self.forms if not form.is_aside)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def named(self, name: str) -> list[Tag]:
        return [tag for tag in self.tags if tag.name == name]


def begin(client: Browser, *, panel_id: str = "", language: str = "en") -> str:
    """Begin an interview from the first page; return where it is gone on with."""
    page = PageRead(client.get("/", params={"lang": language, "id": panel_id}).text)
    response = client.post(page.form.action, data={**page.form.values, "consent": ["yes"]})
    assert response.status_code == 303, response.text
    return response.headers["location"]


def due(client: Browser, address: str) -> PageRead:
    """Return the page that is due."""
    response = client.get(address)
    assert response.status_code == 200, response.text
    return PageRead(response.text)


def filled(form: Form, answers: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    """Return what a form hands in that somebody has filled in."""
    page = form.action.rpartition("/")[2]
    found = answers if answers is not None else ANSWERS.get(page, TASK)
    return {**form.values, **{name: list(values) for name, values in found.items()}}


def go_on(client: Browser, address: str, answers: Mapping[str, Sequence[str]] | None = None) -> Any:
    """Fill in and hand in the page that is due; return the response."""
    form = due(client, address).form
    return client.post(form.action, data=filled(form, answers))


def go_on_to(client: Browser, address: str, page: str) -> None:
    """Answer pages until `page` is due."""
    for _ in range(20):
        if due(client, address).form.action.endswith(f"/{page}"):
            return
        assert go_on(client, address).status_code == 303
    raise AssertionError(f"{page} did not become due")


def finish(client: Browser, address: str) -> PageRead:
    """Answer all pages; return the end."""
    for _ in range(20):
        page = due(client, address)
        if all(form.is_aside for form in page.forms):
            return page
        assert go_on(client, address).status_code == 303
    raise AssertionError("the interview did not end")
