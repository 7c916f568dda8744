from xml.etree.ElementTree import fromstring

import altair as alt

from counterflow.report.charts.svg import draw, marks_of


def drawn(text: str) -> str:
    """Return a drawing of one text."""
    marks = marks_of([{"text": text, "x": 1}]).mark_text().encode(x="x:Q", text="text:N")
    return str(draw(alt.LayerChart(layer=[marks]), says=text))


def test_text_of_a_programme_stays_text_in_a_drawing():
    hostile = "<script>alert(1)</script>\" onload='x'"
    root = fromstring(drawn(hostile))
    assert root.get("aria-label") == hostile
    assert [text.text for text in root.iter("text")][-1] == hostile
    assert [element.tag for element in root.iter() if "script" in element.tag] == []
    assert [name for element in root.iter() for name in element.attrib if name[:2] == "on"] == []


def test_a_drawing_names_no_address_and_holds_no_identifier():
    drawing = drawn("a label with id=7 and 3.14159 in it")
    assert "http" not in drawing
    assert " id=" not in drawing.replace("a label with id=7", "")


def test_only_lengths_are_rounded_never_the_text():
    assert "3.14159 in it</text>" in drawn("3.14159 in it")
