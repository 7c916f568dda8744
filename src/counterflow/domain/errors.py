"""What Counterflow says when something is wrong: facts as attributes, and the text from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from counterflow.domain.combination import combination_in_words


class CounterflowError(Exception):
    """The root of every error that Counterflow raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input: where, what was found, what is allowed, what to do.

    `where` names the file or argument, `line` counts from 1, `key` is the dotted key of a
    programme file or the column (and row) of a table. Any of them may be unknown.
    """

    expected: str
    found: str
    where: str = ""
    line: int | None = None
    key: str = ""
    advice: str = ""

    def __str__(self) -> str:
        """Return the problem as one line, e.g. `programme.toml:12: search.n_offers: ...`."""
        place = f"{self.where}:{self.line}" if self.line is not None else self.where
        start = ": ".join(part for part in (place, self.key) if part)
        text = f"expected {self.expected}, found {self.found}."
        return " ".join(part for part in (f"{start}:" if start else "", text, self.advice) if part)

    def as_dict(self) -> dict[str, object]:
        """Return the facts by name, for JSON."""
        return asdict(self)


class InputError(CounterflowError, ValueError):
    """An input cannot be used; `problems` lists everything that is wrong with it, not the first.

    Examples
    --------
    >>> problem = Problem("a number above 0", "-3", "programme.toml", 12, "search.n_offers")
    >>> print(InputError([problem]))
    programme.toml:12: search.n_offers: expected a number above 0, found -3.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("an InputError needs at least one problem")
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class LabelMismatchError(CounterflowError, ValueError):
    """Two things that must carry the same labels do not; `missing` and `unknown` say which.

    Examples
    --------
    >>> print(LabelMismatchError("prices", expected=["van", "cargo"], found=["van", "bus"]))
    prices must name each label once: missing ['cargo'], unknown ['bus'].
    """

    def __init__(self, what: str, *, expected: Iterable[str], found: Iterable[str]) -> None:
        wanted, given = set(expected), set(found)
        self.what, self.missing, self.unknown = what, sorted(wanted - given), sorted(given - wanted)
        super().__init__(
            f"{what} must name each label once: missing {self.missing}, unknown {self.unknown}."
        )


class NothingBuildableError(CounterflowError, ValueError):
    """The rules leave no configuration to build; `rules` are the ones that conflict."""

    def __init__(self, rules: Sequence[str]) -> None:
        self.rules = tuple(rules)
        listed = "; ".join(self.rules) or "search.keep"
        super().__init__(
            "expected at least one buildable configuration, found none. "
            f"What excludes them: {listed}. Loosen one of these."
        )


class NoLineError(CounterflowError, ValueError):
    """The rules of the search leave no line of offers; `rules` are the ones that conflict."""

    def __init__(self, rules: Sequence[str]) -> None:
        self.rules = tuple(rules)
        super().__init__(
            "expected at least one line of offers that keeps to the rules, found none. "
            f"What excludes them: {'; '.join(self.rules)}. Loosen one of these."
        )


class NotIdentifiedError(CounterflowError, ValueError):
    """The choices cannot tell some coefficients apart; `combination` gives the direction."""

    def __init__(self, combination: dict[str, float]) -> None:
        self.combination = dict(combination)
        terms = combination_in_words(self.combination)
        super().__init__(
            "expected every coefficient to change some choice probability; found that the "
            f"combination {terms} changes none. Drop one of these coefficients or set it fixed."
        )


class AnswersAbsentError(CounterflowError, FileNotFoundError):
    """The answers of a programme are not on this machine, and the programme allows for that."""

    def __init__(self, path: str, source: str) -> None:
        self.path, self.source = path, source
        super().__init__(f"answers not found at {path}. They come from: {source}")
