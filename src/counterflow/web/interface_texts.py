"""What pages say besides the texts of the programme: one plain file for each language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from counterflow.survey.questionnaire.form import FormProblem

FALLBACK = "en"


class InterfaceTexts:
    """The texts of one language: called with a key, it returns the text with its gaps filled.

    Examples
    --------
    >>> texts = InterfaceTexts({"frame.progress": "Step {n} of {m}"})
    >>> texts("frame.progress", n=3, m=12)
    'Step 3 of 12'
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def __call__(self, key: str, **gaps: object) -> str:
        """Return the text of this key; KeyError if the file has none."""
        text = self._texts[key]
        return text.format(**gaps) if gaps else text

    @property
    def all_keys(self) -> frozenset[str]:
        """Return the keys of all texts."""
        return frozenset(self._texts)

    def figure(self, value: int | float) -> str:
        """Return a number as people read it: thousands apart, no idle decimals."""
        whole = float(value).is_integer()
        return f"{value:,.0f}" if whole else f"{value:,.6f}".rstrip("0")

    def quantity(self, value: int | float, unit: str | None) -> str:
        """Return a number with its unit."""
        if unit is None:
            return self.figure(value)
        return self("money.quantity", amount=self.figure(value), unit=unit)

    def money(self, value: int | float, currency: str | None) -> str:
        """Return an amount of money; with two decimals where it has any and is at least one."""
        whole = float(value).is_integer() or abs(value) < 1.0
        amount = self.figure(value) if whole else f"{value:,.2f}"
        return self("money.amount", amount=amount, currency=currency or "")

    def problem(self, problem: FormProblem) -> str:
        """Return what is wrong with a field, in words."""
        limit = "" if problem.limit is None else self.figure(problem.limit)
        return self(f"error.{problem.reason}", limit=limit)


class TextFiles:
    """The texts of a package: one file for each language in its folder `texts`."""

    def __init__(self, package: str) -> None:
        folder = files(package) / "texts"
        self._by_language = {
            file.name.removesuffix(".toml"): _read(file)
            for file in folder.iterdir()
            if file.name.endswith(".toml")
        }

    @property
    def languages(self) -> frozenset[str]:
        """Return the languages that there are files for."""
        return frozenset(self._by_language)

    def of(self, language: str) -> InterfaceTexts:
        """Return the texts for a language tag; in English where there are none in that language."""
        primary = language.partition("-")[0].lower()
        return self._by_language.get(primary) or self._by_language[FALLBACK]


def _read(file: Traversable) -> InterfaceTexts:
    return InterfaceTexts(dict(_flat("", tomllib.loads(file.read_text("utf-8")))))


def _flat(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(f"{name}.", value)
        else:
            yield name, value
