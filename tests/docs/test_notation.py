"""Every letter that stands for a size in an annotation is in NOTATION.md, and means one thing."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOTATION = (ROOT / "NOTATION.md").read_text(encoding="utf-8")
SIZES = NOTATION.split("## Symbols")[0]
LETTERS = re.findall(r"^\| ([A-Z]) \| ([a-z]) \|", SIZES, flags=re.MULTILINE)
SHAPE = re.compile(r'(?:Float|Int|Bool|Num|Shaped)\w*\[[\w.]+, ?"([^"]*)"\]')


def test_every_letter_of_a_shape_is_in_the_table():
    known = {size for size, _ in LETTERS}
    unknown = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        shapes = SHAPE.findall(path.read_text(encoding="utf-8"))
        used = {word for shape in shapes for word in shape.split()}
        if strange := sorted(w for w in used if re.fullmatch("[A-Z]", w) and w not in known):
            unknown[path.relative_to(ROOT).as_posix()] = strange
    assert unknown == {}, "enter the letter in NOTATION.md first"


def test_a_letter_means_one_thing():
    assert len(LETTERS) > 10
    assert [letter for letter, n in Counter(size for size, _ in LETTERS).items() if n > 1] == []
    assert all(size.lower() == index for size, index in LETTERS)
