"""What stands on a page of the survey: its form, and the facts on its cards, as people read them.

Nothing is told to programs that is not told to people: of each card, only what is printed is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_CHOICE = "choice"
_CARD_FACTS = "facts-"
_FORM_MARKS = frozenset({"data-page", "data-begin"})


@dataclass(frozen=True)
class CardInHtml:
    """A card: what is handed in for choosing it, and its facts, each a term with its text."""

    value: str
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PageInHtml:
    """A page's form.

    Parameters
    ----------
    action
        Where it is handed in; None where there is nothing to fill in: the end of the interview.
    hidden
        What is handed in with it, by name.
    offered
        The values offered by field, in their order; none for fields that are typed in.
    cards
        Of a choice task, from left to right.
    """

    action: str | None
    hidden: Mapping[str, str]
    offered: Mapping[str, Sequence[str]]
    cards: Sequence[CardInHtml] = ()

    @property
    def has_outside(self) -> bool:
        """Return whether something may be chosen that is no card."""
        return len(self.offered.get(_CHOICE, ())) > len(self.cards)


def read_page(html: str) -> PageInHtml:
    """Return the form of a page.

    Examples
    --------
    >>> page = read_page('''
    ...     <form method="post" action="/i/7/task-1" data-page>
    ...     <input type="hidden" name="key" value="k">
    ...     <input type="radio" name="choice" value="2" aria-describedby="facts-1">
    ...     <dl id="facts-1"><div><dt>Range</dt><dd><span>500 km</span></dd></div></dl>
    ...     <input type="radio" name="choice" value="none"></form>''')
    >>> page.action, page.cards[0].value, page.cards[0].facts, page.has_outside
    ('/i/7/task-1', '2', {'Range': '500 km'}, True)
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return PageInHtml(
        action=reader.action,
        hidden=reader.hidden,
        offered=reader.offered,
        cards=[CardInHtml(reader.card_values[x], facts) for x, facts in reader.facts.items()],
    )


@dataclass
class _Facts:
    term: str | None = None
    by_term: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Reads the one form of a page that is filled in; a page has others, e.g. to withdraw."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.action: str | None = None
        self.hidden: dict[str, str] = {}
        self.offered: dict[str, list[str]] = {}
        self.card_values: dict[str, str] = {}
        self.facts: dict[str, dict[str, str]] = {}
        self._is_in_form = False
        self._facts: _Facts | None = None
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and _FORM_MARKS & given.keys():
            self._is_in_form = True
            self.action = given["action"]
        elif not self._is_in_form:
            return
        elif tag in ("input", "textarea"):
            self._field(given)
        elif tag == "dl" and given.get("id", "") in self.card_values:
            self._facts = _Facts()
            self.facts[given["id"]] = self._facts.by_term
        elif tag in ("dt", "dd"):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_in_form = False
        elif tag == "dl":
            self._facts = None
        elif tag in ("dt", "dd"):
            self._inside = None

    def handle_data(self, data: str) -> None:
        text = data.strip()
        if self._facts is None or not text:
            return
        if self._inside == "dt":
            self._facts.term = text
        elif self._inside == "dd" and self._facts.term is not None:
            # What comes after the first text explains it, e.g. a price after subsidies.
            self._facts.by_term.setdefault(self._facts.term, text)

    def _field(self, given: Mapping[str, str]) -> None:
        name, value = given["name"], given.get("value", "")
        if given.get("type") == "hidden":
            self.hidden[name] = value
            return
        offered = self.offered.setdefault(name, [])
        if given.get("type") in ("radio", "checkbox"):
            offered.append(value)
            facts = given.get("aria-describedby", "")
            if name == _CHOICE and facts.startswith(_CARD_FACTS) and value != "none":
                self.card_values[facts] = value
