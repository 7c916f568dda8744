from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "security.md").read_text("utf-8")

# Requirements of level 1 in each section of ASVS 5.0.0; they are the first ones everywhere.
N_BY_SECTION = {
    "1.2": 5, "1.3": 2, "1.5": 1, "2.1": 1, "2.2": 2, "2.3": 1, "3.2": 2, "3.3": 1, "3.4": 2,
    "3.5": 3, "4.1": 1, "4.4": 1, "5.2": 2, "5.3": 2, "6.1": 1, "6.2": 8, "6.3": 2, "6.4": 2,
    "7.2": 4, "7.4": 2, "8.1": 1, "8.2": 2, "8.3": 1, "9.1": 3, "9.2": 1, "10.4": 5, "11.3": 2,
    "11.4": 1, "12.1": 1, "12.2": 2, "13.4": 1, "14.2": 1, "14.3": 1, "15.1": 1, "15.2": 1,
    "15.3": 1,
}  # fmt: skip
LEVEL_1 = {f"{section}.{i + 1}" for section, n in N_BY_SECTION.items() for i in range(n)}


def test_every_requirement_of_level_1_has_a_row():
    assert len(LEVEL_1) == 70
    starts = "\n".join(re.findall(r"^\| ([0-9., to]+) ", PAGE, re.MULTILINE))
    named = set(re.findall(r"\d+\.\d+\.\d+", starts))
    for first, last in re.findall(r"(\d+\.\d+\.\d+) to (\d+\.\d+\.\d+)", starts):
        section, _, low = first.rpartition(".")
        named |= {f"{section}.{n}" for n in range(int(low), int(last.rpartition(".")[2]) + 1)}
    assert named == LEVEL_1


def test_the_tests_that_the_page_names_are_there():
    tests = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("*.py"))
    for name in re.findall(r"`(test_[a-z0-9_]+)`", PAGE):
        assert f"def {name}(" in tests
    for path in re.findall(r"`(tests/[a-z_/]+\.py)`", PAGE):
        assert (ROOT / path).exists()
