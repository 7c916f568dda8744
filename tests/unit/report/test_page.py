import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from counterflow.domain.definition import Interval
from counterflow.domain.programme import Programme
from counterflow.report.page import render_report
from strategies.findings import national_car_findings, small_findings

TESTS = Path(__file__).parents[2]
QUESTIONS = [
    "What people want",
    "What to build, and at what price",
    "Against which rivals",
    "How many, where and when",
    "Which parts to order, and what to build when",
    "What is most uncertain",
    "What was assumed",
    "How it was computed",
]
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Reader(HTMLParser):
    """Reads a page as a browser would: elements with their attributes, and text by section."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.text: dict[str, str] = {}
        self._section = "masthead"
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag == "section":
            self._section = attributes.get("id", "opening")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        text = " ".join(data.split())
        if text and self.open and self.open[-1] != "style":
            self.text[self._section] = f"{self.text.get(self._section, '')} {text}".strip()


@pytest.fixture(scope="module")
def car_page() -> str:
    return render_report(national_car_findings())


@pytest.fixture(scope="module")
def small_page() -> str:
    return render_report(small_findings())


@pytest.fixture(scope="module", params=["car_page", "small_page"])
def page(request) -> str:
    return request.getfixturevalue(request.param)


def headings(page: str) -> list[str]:
    found = re.findall(r'<h2><span class="number">\d</span> ([^<]*?)\s*(?:<|$)', page)
    return [" ".join(text.split()) for text in found]


def test_every_section_is_there_in_the_order_of_the_questions(page):
    assert headings(page) == QUESTIONS


def test_the_page_is_well_formed(page):
    reader = Reader(page)
    assert reader.unbalanced == []
    assert reader.open == []


def test_nothing_is_fetched_and_nothing_is_run(page):
    for tag, attributes in Reader(page).elements:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in {"src", "href", "xlink:href", "action", "srcset"}:
                assert value.startswith("#"), (tag, name, value)
            assert "http" not in value or name == "aria-label", (tag, name, value)
    style = re.findall(r"<style>(.*?)</style>", page, flags=re.DOTALL)
    assert all("url(" not in text and "@import" not in text for text in style)


def test_links_within_the_page_lead_somewhere(page):
    elements = Reader(page).elements
    targets = [attributes["id"] for _, attributes in elements if "id" in attributes]
    links = [attributes["href"][1:] for tag, attributes in elements if tag == "a"]
    assert sorted(targets) == sorted(set(targets))
    assert set(links) <= set(targets)


def test_every_chart_says_in_words_what_it_shows(page):
    charts = [attributes for tag, attributes in Reader(page).elements if tag == "svg"]
    assert len(charts) >= 8
    for attributes in charts:
        assert attributes["role"] == "img"
        assert len(attributes["aria-label"]) > 20


def test_the_page_is_small_enough_to_forward(page):
    assert len(page.encode()) < 3_000_000


def test_no_figure_is_missing_without_being_said(page):
    # `nan` and `None` would stand as words of their own.
    texts = " ".join(Reader(page).text.values())
    assert re.findall(r"\b(nan|NaN|inf|None)\b(?! of these)", texts) == []


def test_simulated_respondents_are_named_wherever_results_are(car_page):
    text = Reader(car_page).text
    results = ["preferences", "offers", "rivals", "volumes", "parts", "uncertainty"]
    for section in ("masthead", "opening", *results):
        assert "Simulated respondents" in text[section], section
    assert "(simulated respondents)</title>" in car_page
    assert "Invented for this example" in text["masthead"]
    assert '@bottom-left { content: "Simulated respondents"; }' in car_page


def test_real_respondents_are_not_called_simulated(small_page):
    assert "imulated" not in small_page.replace("simulated {", "")


def test_what_people_want_leads_with_the_largest_step_and_its_interval(car_page):
    text = Reader(car_page).text["preferences"]
    assert (
        "The median buyer would pay 26,600 CNY (90 % interval 24,500 to 28,700) for 600 km rather "
        "than 400 km (Range)." in text
    )


def test_a_contract_is_shown_in_full(car_page):
    text = Reader(car_page).text["offers"]
    for term in (
        "49,900 CNY",
        "plus 399 CNY a month",
        "3,000 km a month included, then 0.2 CNY per km",
        "May be bought out for 28,000 CNY",
        "46,900 CNY in First-tier cities",
        "+1,000 CNY",
    ):
        assert term in text, term


def test_shares_and_volumes_add_up_to_what_the_draws_say(car_page):
    findings = national_car_findings()
    total = findings.volumes.draws.sum(axis=(1, 2, 3)).mean()
    text = Reader(car_page).text["volumes"]
    said = re.search(r"expected to want ([\d,]+) vehicles", text)
    assert said is not None
    assert float(said[1].replace(",", "")) == pytest.approx(total, rel=0.02)


def test_orders_come_first_due_first_with_critical_ratios(car_page):
    text = Reader(car_page).text["parts"]
    assert "6 parts must be ordered before demand is known: Driving-aid computer (" in text
    assert "20 weeks before 2025-11" in text
    # 7,800 / (7,800 + 1,900 (1 - 0.3)) = 0.854
    assert "Driving-aid computer (piece) 20 weeks before 2025-11 " in text
    assert " 0.85 " in text


def test_every_stated_assumption_and_rule_is_repeated(car_page):
    programme: Programme = national_car_findings().programme
    text = Reader(car_page).text["assumptions"]
    for sentence in (*programme.programme.assumptions, *(rule.reason for rule in programme.rules)):
        assert " ".join(sentence.split()) in text
    assert "72" in text
    assert "2,200 km" in text
    assert "as each answered to “How far do you drive in a year?”" in text


def test_seeds_hashes_and_versions_identify_the_result(car_page):
    findings = national_car_findings()
    text = Reader(car_page).text["computation"]
    for fact in (
        findings.programme.version,
        findings.definition.version,
        "20251014",
        "5d" * 32,
        "0.1.0+3f2a91c07be4",
        "numpy",
    ):
        assert fact in text, fact


def test_a_program_text_cannot_change_the_page():
    findings = national_car_findings()
    hostile = '<script>alert("x")</script><img src=x onerror=alert(1)>&\''
    text = findings.programme.model_dump(mode="json")
    text["programme"] |= {"title": hostile, "description": hostile, "assumptions": [hostile]}
    text["attributes"]["trim"]["label"] = hostile
    text["attributes"]["trim"]["levels"][1]["label"] = hostile
    text["market"]["regions"]["other"]["label"] = hostile
    text["market"]["competitors"]["hatch_a"]["label"] = hostile
    text["parts"]["lidar"] |= {"label": hostile, "unit": hostile}
    text["contracts"]["rent_3000"]["label"] = hostile
    answers = replace(findings.estimate.answers, source=hostile)
    page = render_report(
        replace(
            findings,
            programme=Programme.model_validate(text),
            estimate=replace(findings.estimate, answers=answers, status=hostile),
        )
    )
    reader = Reader(page)
    assert reader.unbalanced == []
    assert "<script" not in page
    assert "<img" not in page
    assert all(not n.startswith("on") for _, attributes in reader.elements for n in attributes)


def test_what_was_not_computed_is_said_instead_of_drawn():
    findings = small_findings()
    unknown = Interval(float("nan"), float("nan"), float("nan"), float("nan"))
    wtp = tuple(replace(w, amount=unknown) for w in findings.estimate.willingness_to_pay)
    page = render_report(
        replace(
            findings,
            estimate=replace(
                findings.estimate, willingness_to_pay=wtp, log_likelihood=float("nan")
            ),
            definition=replace(findings.definition, bound=float("inf")),
            volumes=replace(findings.volumes, shares={}),
            shifts={},
            drivers={},
        )
    )
    text = Reader(page).text
    assert "No willingness to pay was computed" in text["preferences"]
    assert "were not computed" in text["rivals"]
    assert "was not computed" in text["uncertainty"]
    assert "n/a" in text["computation"]
    assert headings(page) == QUESTIONS


def test_the_same_findings_give_the_same_bytes_in_another_process(small_page):
    program = (
        "import hashlib; from counterflow.report.page import render_report;"
        "from strategies.findings import small_findings;"
        "print(hashlib.sha256(render_report(small_findings()).encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(TESTS), "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashlib.sha256(small_page.encode()).hexdigest()
