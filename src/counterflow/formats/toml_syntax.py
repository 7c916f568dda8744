"""What is wrong with text that is no TOML, in words for people who do not write TOML every day."""

from __future__ import annotations

import re

from counterflow.domain.errors import Problem
from counterflow.domain.mismatch import dotted
from counterflow.formats.toml_positions import positions_in

_NUMBERS = "Decimals have a point, and there are no commas in numbers: 0.5, 12000 or 12_000."
_TEXT = "Text stands in double quotes; true and false are written small; decimals begin with 0."
_NAMES = "A name with spaces or letters beyond a to z stands in double quotes."
_LISTS = "A list [ ... ] that began on this line or above is not closed, or a comma is missing."
_TABLES = "A table in { ... } stays on one line, with commas between its keys and none at the end."

# The beginnings of tomllib's messages, what it expected there, and what to do about it.
_MISTAKES = {
    "Invalid value": ("a value", _TEXT),
    "Expected newline": ("nothing more on the line after one value", _NUMBERS),
    "Expected '=' after a key in": ("a key, = and a value", _NAMES),
    "Invalid initial character": ("a key", _TABLES),
    "Invalid statement": ("a key, = and a value, or a [table]", "A comment begins with #."),
    "Unclosed array": ("a comma or ]", _LISTS),
    "Unclosed inline table": ("a comma or }", _TABLES),
    "Unterminated string": ("a closing quote", "Text that begins here is never closed."),
    "Expected \"'": ("a closing quote", "Text that begins here is never closed."),
    "Illegal character": (
        "text that ends on the same line, without control characters",
        'Text over several lines stands in """ ... """.',
    ),
    "Unescaped '\\'": (
        "text without single backslashes",
        "Write / in paths, or put the text in single quotes.",
    ),
    "Invalid hex": ("four or eight hexadecimal digits after \\u or \\U", ""),
    "Escaped character": ("a character that exists after \\u or \\U", ""),
    "Expected ']'": ("a closing ] after the name of the table", ""),
    "Expected ']]'": ("a closing ]] after the name of the list of tables", ""),
    "Invalid date": ("a date such as 2025-11-09", "Put it in quotes if it is a name."),
    "Cannot": ("each key and table once", "It is given above: join the two, or delete one."),
    "Found invalid character": ("text without control characters", "Delete the character."),
}

_WIDTH = 80


def syntax_problems(message: str, text: str, where: str) -> list[Problem]:
    """Return why `text` is no TOML; `message` is what tomllib said, ending with its place.

    Examples
    --------
    >>> message = "Expected newline or end of document after a statement (at line 1, column 6)"
    >>> print(*syntax_problems(message, "a = 0,5", "programme.toml"))
    programme.toml:1: expected nothing more on the line after one value, found `a = 0,5` (at
    column 6). Decimals have a point, and there are no commas in numbers: 0.5, 12000 or 12_000.
    """
    if message.startswith(("Cannot", "Duplicate")) and (again := _given_again(text, where)):
        return again
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if place:
        line, column = int(place[1]), int(place[2])
    else:  # the end of the document, which is not where the mistake is
        line, column = positions_in(text).broken_line or text.count("\n") + 1, 0
    expected, advice = next(
        (words for beginning, words in _MISTAKES.items() if message.startswith(beginning)),
        ("TOML", f"{message}."),
    )
    return [Problem(expected, _evidence(text, line, column), where, line, advice=advice)]


def _given_again(text: str, where: str) -> list[Problem]:
    positions = positions_in(text)
    return [
        Problem(
            expected="each key and table once",
            found=f"it again, after line {positions.line_of(key)}",
            where=where,
            line=line,
            key=dotted(key),
            advice="Join the two, or delete one.",
        )
        for key, line in positions.repeated
    ]


def _evidence(text: str, line: int, column: int) -> str:
    """Return the line as it stands, of a long one what surrounds the column (0: unknown)."""
    lines = text.split("\n")
    shown = lines[line - 1] if line <= len(lines) else ""
    if len(shown) > _WIDTH:
        start = max(0, min(column - _WIDTH // 2, len(shown) - _WIDTH))
        shown = shown[start : start + _WIDTH]
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown.strip())
    if not shown:
        return "an empty line"
    return f"`{shown}` (at column {column})" if column else f"`{shown}`"
