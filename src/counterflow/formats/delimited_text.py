"""Delimited text as a person sees it: its header, its lines, and what is wrong with them."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import quoted

_BOM = b"\xef\xbb\xbf"
_OTHER_KINDS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK\x03\x04": "Excel or zip"}
_SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
_MOST_LINES = 20


class DelimitedText:
    """The bytes of a delimited text file, cut into records only where a message needs it.

    Raises
    ------
    InputError
        If the bytes are plainly something else.
    """

    def __init__(self, raw: bytes, delimiter: str, *, where: str) -> None:
        self.raw = raw.removeprefix(_BOM)
        self._delimiter = delimiter
        self._where = where
        for start, name in _OTHER_KINDS.items():
            if raw.startswith(start):
                raise self._not_utf8(f"what looks like {name}", line=None)

    @property
    def has_quotes(self) -> bool:
        """Return whether a cell may be quoted, and so hold the end of a line."""
        return b'"' in self.raw

    def header(self) -> list[str]:
        """Return the names of the columns; InputError if there are none."""
        _, names = self._first_record
        if len(names) < 2:
            for separator, word in _SEPARATORS.items():
                if separator != self._delimiter and names and separator in names[0]:
                    raise self._wrong_separator(word)
        return names

    def header_line(self) -> int:
        """Return the line at which the header stands, from 1."""
        line, _ = self._first_record
        return line

    def lines_of_rows(self, rows: np.ndarray) -> np.ndarray:
        """Return the lines at which rows begin; rows count from 0 after the header."""
        lines = self._row_lines
        # Records are cut a second time here, for the message alone: should the two ways of cutting
        # ever differ, a line that is about right is better than no message.
        return lines[rows] if rows.max(initial=0) < len(lines) else rows + 2

    def refusal(self, reason: str) -> InputError:
        """Return the error of a file that could not be cut into equal records for `reason`."""
        self._check_encoding()
        n, wrong = len(self.header()), []
        try:
            wrong = [(line, len(cells)) for line, cells in self._records() if len(cells) != n]
        except csv.Error as error:
            return self._broken_quotes(error)
        if not wrong:
            return InputError([Problem(self._kind, reason, self._where)])
        lines = ", ".join(str(line) for line, _ in wrong[:_MOST_LINES])
        more = f" and {len(wrong) - _MOST_LINES:,} more" if len(wrong) > _MOST_LINES else ""
        problem = Problem(
            expected=f"{n} cells in every line, as in the header",
            found=f"{wrong[0][1]} in line {wrong[0][0]}",
            where=self._where,
            line=wrong[0][0],
            key=f"line{'s' if len(wrong) > 1 else ''} {lines}{more}",
            advice="Put cells that hold the separator in double quotes.",
        )
        return InputError([problem])

    def check_quotes(self) -> None:
        """Raise InputError if a quoted cell never ends: it would swallow the rows after it."""
        if self.raw.count(b'"') % 2:
            try:
                for _ in self._records():
                    pass
            except csv.Error as error:
                raise self._broken_quotes(error) from error

    @property
    def _kind(self) -> str:
        return f"text with cells separated by {_SEPARATORS[self._delimiter]}"

    @cached_property
    def _first_record(self) -> tuple[int, list[str]]:
        try:
            for record in self._records():
                return record
        except UnicodeDecodeError:
            self._check_encoding()
        except csv.Error as error:
            raise self._broken_quotes(error) from error
        raise InputError(
            [Problem("a header with the names of columns", "an empty file", self._where)]
        )

    @cached_property
    def _row_lines(self) -> np.ndarray:
        lines = []
        with contextlib.suppress(csv.Error):
            lines = [line for line, _ in self._records(is_strict=False)]
        return np.array(lines[1:], dtype=np.int64)

    def _records(self, *, is_strict: bool = True) -> Iterator[tuple[int, list[str]]]:
        """Yield the first line and the cells of each record; empty lines hold none."""
        text = io.TextIOWrapper(io.BytesIO(self.raw), encoding="utf-8", newline="")
        reader = csv.reader(text, delimiter=self._delimiter, strict=is_strict)
        line = 1
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1

    def _check_encoding(self) -> None:
        try:
            self.raw.decode()
        except UnicodeDecodeError as error:
            before = self.raw[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            found = f"the byte 0x{self.raw[error.start]:02x}"
            raise self._not_utf8(found, line=before.count(b"\n") + 1) from error

    def _not_utf8(self, found: str, *, line: int | None) -> InputError:
        advice = "Save the file as CSV in UTF-8."
        return InputError([Problem("text in UTF-8", found, self._where, line, advice=advice)])

    def _wrong_separator(self, word: str) -> InputError:
        separator = quoted(self._delimiter)
        advice = (
            f"Save the file with {separator} between cells and a point in decimal numbers, "
            "and end its name in .csv for commas or .tsv for tabs."
        )
        problem = Problem(self._kind, word, self._where, self.header_line(), advice=advice)
        return InputError([problem])

    def _broken_quotes(self, error: csv.Error) -> InputError:
        problem = Problem(
            expected="a second double quote where a quoted cell ends",
            found=f"none ({error})",
            where=self._where,
            line=self._last_good_line() + 1,
            advice="Write a double quote within a cell twice, and the cell within double quotes.",
        )
        return InputError([problem])

    def _last_good_line(self) -> int:
        """Return the line at which the last whole record begins."""
        last = 0
        with contextlib.suppress(csv.Error):
            for line, _ in self._records():
                last = line
        return last
