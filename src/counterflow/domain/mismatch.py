"""What does not fit in a definition: at which key, what was expected there and what was found."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Key = tuple[str | int, ...]
"""Where a value stands in a file: names of tables and keys, positions in arrays from 0."""

_MOST_NAMES = 20


@dataclass(frozen=True)
class Mismatch:
    """A value at `key` that does not fit the rest; an empty key is the whole section."""

    key: Key
    expected: str
    found: str
    advice: str = ""

    def __str__(self) -> str:
        """Return the mismatch as one line, e.g. `range.unit: expected text, found 3.`."""
        start = f"{dotted(self.key)}: " if self.key else ""
        text = f"{start}expected {self.expected}, found {self.found}."
        return f"{text} {self.advice}" if self.advice else text

    def under(self, key: Key) -> Mismatch:
        """Return the same mismatch of a section that itself stands at `key`."""
        return replace(self, key=(*key, *self.key))


class MismatchError(ValueError):
    """The parts of a section do not fit one another; `mismatches` lists everything that is wrong.

    Examples
    --------
    >>> print(MismatchError([Mismatch(("share",), "a share from 0 to 1", "1.5")]))
    share: expected a share from 0 to 1, found 1.5.
    """

    def __init__(self, mismatches: Sequence[Mismatch]) -> None:
        self.mismatches = tuple(mismatches)
        super().__init__("\n".join(map(str, self.mismatches)))


def dotted(key: Key) -> str:
    """Return the key as it is written in TOML; entries of an array count from 1, like lines.

    Examples
    --------
    >>> dotted(("survey", "preferences", "trim[plus]")), dotted(("rules", 0, "when"))
    ('survey.preferences."trim[plus]"', 'rules[1].when')
    """
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            bare = re.fullmatch(r"[A-Za-z0-9_-]+", part)
            text += f".{part}" if bare else f".{quoted(part)}"
    return text.removeprefix(".")


def quoted(text: str) -> str:
    """Return text in double quotes, as TOML has it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def one_of(names: Iterable[str]) -> str:
    """Return the choices in words; of very many, the first.

    Examples
    --------
    >>> one_of(["plus", "max"]), one_of(["plus"])
    ('one of "plus", "max"', '"plus"')
    """
    listed = [quoted(name) for name in names]
    if len(listed) == 1:
        return listed[0]
    more = [f"or {len(listed) - _MOST_NAMES} more"] if len(listed) > _MOST_NAMES else []
    return "one of " + ", ".join([*listed[:_MOST_NAMES], *more])


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that `name` is probably a slip of the pen for; None if none is near.

    Numbers have no such neighbour: 450 is as far from 400 as from 500.

    Examples
    --------
    >>> nearest("premum", ["plus", "premium"])
    'premium'
    """
    if re.fullmatch(r"[\d.]+", name):
        return None
    return next(iter(difflib.get_close_matches(name, list(names), n=1)), None)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return advice that offers the nearest name; empty if none is near.

    Examples
    --------
    >>> did_you_mean("premum", ["plus", "premium"])
    'Did you mean "premium"?'
    """
    meant = nearest(name, names)
    return f"Did you mean {quoted(meant)}?" if meant is not None else ""


def not_among(key: Key, name: str, names: Iterable[str]) -> Mismatch:
    """Return the mismatch of a name that is none of `names`."""
    known = list(names)
    expected = one_of(known) if known else "nothing, as there is none to name"
    return Mismatch(key, expected, quoted(name), did_you_mean(name, known))
