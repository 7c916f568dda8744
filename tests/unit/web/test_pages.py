from __future__ import annotations

import gzip
import re
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.web.survey import rendering
from counterflow.web.survey.static_files import StaticFiles
from strategies.fieldwork import asking, field_in_memory
from unit.web.client import PageRead, begin, due, filled, go_on, go_on_to, visit

STATIC = Path(rendering.__file__).parent / "static"
PAGES = ("screening", "task-1", "chance", "test-drive", "background")


@pytest.fixture(scope="module")
def pages():
    field = field_in_memory()
    found = []
    with visit(field) as client:
        found.append(PageRead(client.get("/?lang=ko").text))
        address = begin(client, language="ko")
        for name in PAGES:
            go_on_to(client, address, name)
            form = due(client, address).form
            found.append(due(client, address))
            found.append(PageRead(client.post(form.action, data=filled(form, {})).text))
        under_way = begin(client, language="ko")
        go_on(client, address)
        found.append(due(client, address))
    consent = field.questionnaire.consent.model_dump(mode="json")
    same = {name: getattr(field, name) for name in ("store", "design", "random_bytes")}
    reworded = field_in_memory(asking(consent={**consent, "version": "another"}), **same)
    with visit(reworded) as client:
        form = due(client, under_way).form
        found.append(due(client, under_way))
        found.append(PageRead(client.post(form.action, data=form.values).text))
    return found


def test_every_field_has_one_label_and_every_id_is_there_once(pages):
    for page in pages:
        ids = [tag.attributes["id"] for tag in page.tags if "id" in tag.attributes]
        assert len(ids) == len(set(ids))
        labelled = [tag.attributes["for"] for tag in page.named("label")]
        fields = [
            tag.attributes["id"]
            for tag in page.tags
            if tag.name in ("input", "textarea", "select", "progress")
            and tag.attributes.get("type") != "hidden"
        ]
        assert sorted(labelled) == sorted(fields)


def test_whatever_a_page_points_to_is_on_it(pages):
    for page in pages:
        ids = {tag.attributes.get("id") for tag in page.tags}
        for tag in page.tags:
            targets = tag.attributes.get("aria-describedby", "").split()
            if tag.attributes.get("href", "").startswith("#"):
                targets.append(tag.attributes["href"][1:])
            assert set(targets) <= ids


def test_fields_to_choose_from_stand_in_a_group_with_a_name(pages):
    for page in pages:
        n_groups = len(page.named("fieldset"))
        assert n_groups == len(page.named("legend"))
        names = {
            tag.attributes["name"]
            for tag in page.named("input")
            if tag.attributes.get("type") == "radio"
        }
        assert n_groups >= len(names)


def test_a_page_has_one_first_heading_a_language_and_a_way_past_the_frame(pages):
    for page in pages:
        assert len(page.named("h1")) == 1
        assert page.named("html")[0].attributes["lang"] == "ko"
        assert page.named("a")[0].attributes["href"] == "#main"
        assert page.named("main")[0].attributes["id"] == "main"
        assert "width=device-width" in page.named("meta")[1].attributes["content"]
        assert all("alt" in image.attributes for image in page.named("img"))


def test_nothing_is_ticked_beforehand(pages):
    for page in pages:
        assert not [tag for tag in page.named("input") if "checked" in tag.attributes]


def test_a_page_with_problems_lists_them_with_links_to_their_fields():
    field = field_in_memory()
    with visit(field) as client:
        address = begin(client)
        form = due(client, address).form
        response = client.post(form.action, data=filled(form, {"age": ["from_30"]}))
    page = PageRead(response.text)
    assert response.status_code == 422
    links = [t.attributes["href"] for t in page.named("a") if "#field" in t.attributes["href"]]
    assert links == ["#field-licence", "#field-intends"]
    assert [t.attributes["value"] for t in page.named("input") if "checked" in t.attributes] == [
        "from_30"
    ]


def test_all_script_is_under_15_kilobytes_compressed():
    scripts = [path.read_bytes() for path in STATIC.glob("*.js")]
    assert len(gzip.compress(b"".join(scripts), 9)) < 15 * 1024


def test_styles_and_script_name_no_other_host():
    for path in (*STATIC.glob("*.js"), *STATIC.glob("*.css")):
        assert not re.search(r"https?://|@import|url\(", path.read_text("utf-8"))


def test_a_changed_file_has_another_address():
    files = StaticFiles("counterflow.web.survey")
    assert re.fullmatch(r"/static/[0-9a-f]{12}/survey\.css", files.address("survey.css"))


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "{{ 7*7 }}{% raw %}",
            "'; DROP TABLE interview; --",
            "\x00\x1b[31m",
            "{n}{0.__class__}",
        ]
    ),
)


@settings(max_examples=40)
@given(value=HOSTILE, name=st.sampled_from(["name", "phone", "email", "interest", "region", "x"]))
def test_what_is_entered_is_shown_again_as_text_or_not_at_all(drive, value, name):
    client, form = drive
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    data = {**form.values, "interest": ["yes"], "consent_contact": ["yes"], name: [value]}
    response = client.post(form.action, data=data)
    assert response.status_code in (303, 409, 422)
    if escape(value) != value and len(value) > 5:
        assert value not in response.text


@pytest.fixture(scope="module")
def drive():
    with visit(field_in_memory()) as client:
        address = begin(client)
        go_on_to(client, address, "test-drive")
        yield client, due(client, address).form
