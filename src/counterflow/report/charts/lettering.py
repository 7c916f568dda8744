"""Breaking labels into lines without measuring them: laying out a drawing needs no fonts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_WIDTH = 0.52
"""Width of an average letter, in font sizes; Chinese, Japanese and Korean letters take one."""


def lines(text: str, *, width: float, font_size: float, at_most: int) -> tuple[str, ...]:
    """Return the text in lines that fit `width`; what is left after `at_most` becomes an ellipsis.

    Examples
    --------
    >>> lines("Premium: panoramic view", width=80.0, font_size=10.0, at_most=2)
    ('Premium:', 'panoramic view')
    >>> lines("Premium: panoramic view", width=80.0, font_size=10.0, at_most=1)
    ('Premium:…',)
    """
    room = width / font_size
    broken = list(_broken(text, room))
    if len(broken) <= at_most:
        return tuple(broken)
    last = broken[at_most - 1]
    while last and text_width(last + "…") > room:
        last = last[:-1]
    return (*broken[: at_most - 1], last.rstrip() + "…")


def text_width(text: str) -> float:
    """Return roughly how wide the text is, in font sizes."""
    widths = (1.0 if unicodedata.east_asian_width(c) in "WF" else _WIDTH for c in text)
    return sum(widths, 0.0)


def _broken(text: str, room: float) -> Iterator[str]:
    line = ""
    for piece in _pieces(text, room):
        if line and text_width(line + piece.rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


def _pieces(text: str, room: float) -> Iterator[str]:
    """Yield what may stand on a line of its own: words, wide letters, parts of overlong words."""
    piece = ""
    for letter in text:
        is_wide = unicodedata.east_asian_width(letter) in "WF"
        if piece and (is_wide or text_width(piece + letter) > room):
            yield piece
            piece = ""
        piece += letter
        if letter == " " or is_wide:
            yield piece
            piece = ""
    if piece:
        yield piece
