"""What the documentation shows works: code runs, TOML is a programme's, links lead somewhere."""

from __future__ import annotations

import csv
import random
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from counterflow.formats.programme_schema import allowed_at

from .pages import ROOT, Page, pages

PAGES = pages()
MACHINE_PATH = re.compile(r"(?<![\w.])(/(?:home|root|tmp|work|Users|mnt|opt)/|[A-Z]:\\)")


def _showing(language: str) -> list[Page]:
    return [page for page in PAGES if page.snippets(language)]


@pytest.mark.parametrize("page", _showing("python"), ids=str)
def test_the_python_of_a_page_runs(page, folder):
    together: dict[str, Any] = {"__name__": "page"}
    for number, snippet in enumerate(page.snippets("python"), start=1):
        exec(compile(snippet, f"{page}, snippet {number}", "exec"), together)


@pytest.mark.parametrize("page", _showing("toml"), ids=str)
def test_the_toml_of_a_page_has_the_keys_of_a_programme(page):
    for snippet in page.snippets("toml"):
        shown = tomllib.loads(snippet)
        unknown = [key for key in _keys(shown) if not allowed_at(key, shown)]
        assert unknown == [], f"{page} shows keys that no programme has"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_links_of_a_page_lead_somewhere(page):
    known = {other.path: other for other in PAGES}
    broken = []
    for link in page.links:
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        if not target.exists() or (anchor and anchor not in known[target].anchors):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_names_no_place_on_a_machine(page):
    assert MACHINE_PATH.findall(page.text) == []


def test_every_page_of_the_documentation_is_reached_from_its_index():
    index = Page(ROOT / "docs" / "README.md")
    linked = {(index.path.parent / link.partition("#")[0]).resolve() for link in index.links}
    below = {page.path for page in PAGES if page.path.is_relative_to(ROOT / "docs")}
    assert below - linked - {index.path} == set()


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Return a folder as pages assume it: the examples, and answers in long form."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    _write_answers(tmp_path / "answers.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write_answers(path: Path) -> None:
    """Write the choices of 60 people between three cars by price and range, eight times each."""
    choose = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "task", "choice", "price", "range"])
        for person in range(60):
            for task in range(8):
                cars = [(choose.choice([60, 80, 100]), choose.choice([400, 500])) for _ in range(3)]
                worth = [
                    0.01 * range_km - 0.06 * price + choose.gauss(0, 1) for price, range_km in cars
                ]
                best = worth.index(max(worth))
                for car, (price, range_km) in enumerate(cars):
                    rows.writerow([person, task, int(car == best), price, range_km])


def _keys(value: Any, before: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    entries = value.items() if isinstance(value, dict) else ()
    entries = enumerate(value) if isinstance(value, list) else entries
    for name, entry in entries:
        yield (*before, name)
        yield from _keys(entry, (*before, name))
