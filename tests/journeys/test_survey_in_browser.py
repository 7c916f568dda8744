"""Respondents and the researcher use the survey in a real browser, on a phone and on a desk."""

import csv
import re
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from strategies.served_survey import PASSWORD, ServedSurvey, served_survey

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
N_PAGES = 13
N_TASKS = 8

# On a machine that is busy a page takes its time; what is wrong stays wrong.
expect.set_options(timeout=30_000)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no browser called `chromium` on this machine"
)


@pytest.fixture(scope="module")
def survey(tmp_path_factory) -> Iterator[ServedSurvey]:
    with served_survey(tmp_path_factory.mktemp("survey") / "car") as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def phones(browser) -> Iterator["Phones"]:
    made = Phones(browser)
    yield made
    made.close()


class Phones:
    """Makes devices that share nothing, and puts them away."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def new(self, *, language: str = "en", **settings) -> Page:
        """Return a fresh phone that speaks a language."""
        context = self._browser.new_context(locale=language, viewport=PHONE, **settings)
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        return context.new_page()

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def begin(page: Page, survey: ServedSurvey) -> None:
    """Open the survey, agree and start."""
    page.goto(survey.address)
    page.check("input[name=consent]")
    go_on(page)
    expect(page.locator("progress")).to_have_attribute("value", "2")


def go_on(page: Page) -> None:
    """Press the one button that leads on."""
    page.click("main form .send button")


def expect_no_connection(page: Page) -> None:
    """Wait until the page has found out that it has no network: before, it only says it sends."""
    told = page.locator("#state").get_attribute("data-offline")
    expect(page.locator("#state")).to_have_text(told)


def number(page: Page) -> int:
    """Return which page of the questionnaire is shown; 0 before and after."""
    bar = page.locator("progress")
    return int(bar.get_attribute("value") or 0) if bar.count() else 0


def answer(page: Page) -> None:
    """Answer the page that is shown, as somebody with no wish for a test drive."""
    for group in page.locator("main form .send").first.evaluate(
        """() => [...new Set([...document.querySelectorAll(
            'main form[data-page] input[type=radio][required]')].map(x => x.name))]"""
    ):
        choices = page.locator(f"main form[data-page] input[name={group}]")
        choices.nth(1 if group in ("age", "interest", "choice") else 0).check()


def finish(page: Page, *, upto: int = N_PAGES) -> None:
    """Answer page after page until the end, or until page number `upto` is shown."""
    while (at := number(page)) and (at < upto or upto == N_PAGES):
        answer(page)
        go_on(page)
        if at == N_PAGES:
            expect(page.locator("progress")).to_have_count(0)
        else:
            expect(page.locator("progress")).to_have_attribute("value", str(at + 1))


def check_accessible(page: Page) -> None:
    """Hold the page to axe: nothing serious, nothing critical."""
    found = Axe().run(page).response["violations"]
    grave = [x for x in found if x["impact"] in ("serious", "critical")]
    told = [(x["id"], [node["html"][:200] for node in x["nodes"][:3]]) for x in grave]
    assert not told, told


def check_fits(page: Page) -> None:
    """Hold the page to the width of the phone."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], f"{page.url}: {width} pixels wide"


def stored(survey: ServedSurvey, page: Page):
    """Return the interview of the page as it is stored."""
    interview_id = re.search(r"/i/([\w-]+)", page.url).group(1)
    return next(x for x in survey.interviews() if x.id == interview_id)


@pytest.mark.parametrize("language", ["en", "ko", "zh"])
def test_a_respondent_finishes_on_a_small_phone_in_the_language_of_the_phone(
    survey, phones, language
):
    page = phones.new(language={"en": "en-GB", "ko": "ko-KR", "zh": "zh-CN"}[language])
    page.goto(survey.address)
    assert page.locator("html").get_attribute("lang") == language
    check_accessible(page)
    check_fits(page)
    page.check("input[name=consent]")
    go_on(page)
    for at in range(2, N_PAGES + 1):
        expect(page.locator("progress")).to_have_attribute("value", str(at))
        check_fits(page)
        if at in (2, 3, 11, 12, 13):
            check_accessible(page)
        answer(page)
        go_on(page)
    expect(page.locator("progress")).to_have_count(0)
    check_accessible(page)
    check_fits(page)
    interview = stored(survey, page)
    assert (interview.status, interview.language) == ("complete", language)
    assert len(interview.answers) == N_PAGES
    assert all(x.seconds is not None for x in interview.answers if x.page.startswith("task-"))


def test_everything_works_without_script(survey, phones):
    page = phones.new(java_script_enabled=False)
    page.goto(survey.address)
    page.check("input[name=consent]")
    go_on(page)
    fields = {"licence": "yes", "age": "from_30", "intends": "this_year"}
    for at in range(2, N_PAGES + 1):
        expect(page.locator("progress")).to_have_attribute("value", str(at))
        if at == 2:
            wanted = fields
        elif at <= 2 + N_TASKS:
            wanted = {"choice": "none"}
        else:
            wanted = [{"chance": "3"}, {"interest": "no"}, {"home": "other", "household": "one"}][
                at - 3 - N_TASKS
            ]
        for name, value in wanted.items():
            page.check(f"input[name={name}][value='{value}']")
        go_on(page)
    assert number(page) == 0
    assert stored(survey, page).status == "complete"


def test_a_page_that_was_left_out_says_what_is_missing_beside_the_question(survey, phones):
    page = phones.new(java_script_enabled=False)
    begin(page, survey)
    # The browser itself would not hand in an incomplete form.
    form = {
        name: page.locator(f"form[action$='/screening'] input[name={name}]").get_attribute("value")
        for name in ("key", "csrf")
    }
    reply = page.context.request.post(page.url + "/screening", form={**form, "licence": "yes"})
    assert reply.status == 422
    text = reply.text()
    assert text.count('class="problem"') == 2
    assert 'href="#field-age"' in text
    assert 'href="#field-intends"' in text


def test_a_respondent_goes_on_where_they_stopped_on_another_device(survey, phones):
    first, second = phones.new(), phones.new(language="en-US")
    begin(first, survey)
    finish(first, upto=6)
    card = first.locator(".card").first.inner_text()
    first.locator("summary").first.click()
    link = first.locator("#resume").get_attribute("href")
    first.context.close()
    second.goto(link)
    assert number(second) == 6
    assert second.locator(".card").first.inner_text() == card
    finish(second)
    interview = stored(survey, second)
    assert interview.status == "complete"
    assert len({x.page for x in interview.answers}) == len(interview.answers) == N_PAGES


def test_answers_given_without_a_network_arrive_once_when_it_is_back(survey, phones):
    page = phones.new()
    begin(page, survey)
    finish(page, upto=5)
    page.context.set_offline(True)
    answer(page)
    go_on(page)
    expect(page.locator("#state")).to_have_text(
        page.locator("#state").get_attribute("data-offline")
    )
    page.wait_for_timeout(1500)
    page.context.set_offline(False)
    expect(page.locator("progress")).to_have_attribute("value", "6")
    finish(page)
    interview = stored(survey, page)
    assert interview.status == "complete"
    assert [x.page for x in interview.answers].count("task-3") == 1


def test_an_answer_kept_on_a_phone_that_was_switched_off_is_sent_when_it_is_on_again(
    survey, phones
):
    page = phones.new()
    begin(page, survey)
    finish(page, upto=4)
    address = page.url
    # The network goes for this address alone, so that the page itself can be loaded again.
    page.route("**/task-2", lambda route: route.abort())
    answer(page)
    chosen = page.locator("input[name=choice]:checked").get_attribute("value")
    go_on(page)
    expect_no_connection(page)
    page.unroute("**/task-2")
    page.goto(address)
    expect(page.locator("progress")).to_have_attribute("value", "5")
    answers = {x.page: x.answers for x in stored(survey, page).answers}
    assert answers["task-2"] == {"choice": chosen}


def test_the_keyboard_alone_leads_to_the_end(survey, phones):
    page = phones.new()
    page.goto(survey.address)
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("class") == "skip"
    page.focus("input[name=consent]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    for at in range(2, N_PAGES + 1):
        expect(page.locator("progress")).to_have_attribute("value", str(at))
        for name in page.evaluate(
            """() => [...new Set([...document.querySelectorAll(
                'form[data-page] input[type=radio][required]')].map(x => x.name))]"""
        ):
            page.focus(f"form[data-page] input[name={name}] >> nth=0")
            page.keyboard.press("Space")
            page.keyboard.press("ArrowDown")
        page.focus("main form .send button")
        page.keyboard.press("Enter")
    expect(page.locator("progress")).to_have_count(0)


def test_who_is_under_age_is_thanked_and_asked_nothing_more(survey, phones):
    page = phones.new()
    begin(page, survey)
    for name, value in {"licence": "yes", "age": "under_18", "intends": "later"}.items():
        page.check(f"input[name={name}][value={value}]")
    go_on(page)
    expect(page.locator("progress")).to_have_count(0)
    check_accessible(page)
    assert stored(survey, page).status == "screened_out"


def test_the_researcher_watches_and_exports(survey, browser, phones, tmp_path):
    respondent = phones.new()
    begin(respondent, survey)
    finish(respondent)
    context = browser.new_context(locale="en", viewport=DESK, accept_downloads=True)
    try:
        page = context.new_page()
        page.goto(f"{survey.address}/field")
        check_accessible(page)
        page.fill("#password", "not the pass phrase")
        page.click("button[type=submit]")
        expect(page.locator("#problem-password")).to_be_visible()
        page.fill("#password", PASSWORD)
        page.click(".sign-in button[type=submit]")
        expect(page.locator(".tiles")).to_be_visible()
        check_accessible(page)
        complete = sum(x.status == "complete" for x in survey.interviews())
        assert page.locator(".main-tile dd").inner_text().startswith(str(complete))
        with page.expect_download() as download:
            page.click("a[href$='export.csv?rows=respondents']")
        file = tmp_path / "export.csv"
        download.value.save_as(file)
    finally:
        context.close()
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) >= complete
