"""Pages that are derived from the code say what the code says now."""

from __future__ import annotations

import runpy
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGE = (REFERENCE / "programme-file.md").read_text(encoding="utf-8")


def test_the_page_of_the_programme_file_is_current():
    make = runpy.run_path(str(REFERENCE / "make.py"))
    assert make["page"]() == PAGE, "out of date: run `python docs/reference/make.py`"


def test_every_key_of_the_programme_file_says_what_it_means():
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert [row for row in rows if row.split(" | ")[-1].strip(" |") == ""] == []
