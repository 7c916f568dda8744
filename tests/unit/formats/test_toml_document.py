"""Files that are no TOML, and files that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterflow.domain.errors import InputError, Problem
from counterflow.formats.toml_document import read_toml


def problems_of(content: str | bytes, folder: Path) -> tuple[Problem, ...]:
    path = folder / "file.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read_toml(path)
    return caught.value.problems


@pytest.mark.parametrize(
    ("content", "line", "expected", "found"),
    [
        ("a = 1\nb = CNY\n", 2, "a value", "`b = CNY` (at column 5)"),
        ("a = “x”", 1, "a value", "`a = “x”` (at column 5)"),
        ("a = 1\nb 2\n", 2, "a key, = and a value", "`b 2` (at column 3)"),
        ("= 3", 1, "a key, = and a value, or a [table]", "`= 3` (at column 1)"),
        ("a = [1, 2\nb = 3\n", 2, "a comma or ]", "`b = 3` (at column 1)"),
        ("a = 1\nb = [1,\n2\n", 2, "a comma or ]", "`b = [1,`"),
        ("a = { b = 1,\n c = 2 }", 1, "a key", "`a = { b = 1,` (at column 13)"),
        ('a = 1\nb = """x\ny\n', 2, "a closing quote", '`b = """x`'),
        ("a = 'x", 1, "a closing quote", "`a = 'x`"),
        ("[a\nb = 1", 1, "a closing ] after the name of the table", "`[a` (at column 3)"),
        ("[[a]\n", 1, "a closing ]] after the name of the list of tables", "`[[a]` (at column 4)"),
        ('a = "C:\\q"', 1, "text without single backslashes", '`a = "C:\\q"` (at column 10)'),
        ("a = 1\n[[a]]", 2, "each key and table once", "`[[a]]` (at column 4)"),
        ("a = ", 1, "a value", "`a =`"),
        ("\x00", 1, "a key, = and a value, or a [table]", "`\ufffd` (at column 1)"),
        ("a = " + "[" * 3000, 1, "lists and tables a few deep", "brackets nested hundreds deep"),
        ("b = 1\na = " + "9" * 5000, 2, None, "one of thousands of digits"),
    ],
)
def test_what_is_no_toml_is_explained_with_its_line(
    content: str, line: int, expected: str | None, found: str, tmp_path: Path
) -> None:
    (problem,) = problems_of(content, tmp_path)
    assert (problem.line, problem.found) == (line, found)
    assert expected is None or problem.expected == expected


def test_a_mistake_far_along_a_line_is_shown_with_what_surrounds_it(tmp_path: Path) -> None:
    (problem,) = problems_of(f"a = [{'1, ' * 100}x{', 2' * 100}]", tmp_path)
    assert len(problem.found) < 110
    assert "1, x, 2" in problem.found


def test_keys_and_tables_given_twice_are_all_listed_with_their_first_line(tmp_path: Path) -> None:
    first, second, third = problems_of("[t]\nx = 1\n[u]\ny = 1\ny = 2\n[t]\nx = 2\n", tmp_path)
    assert (first.key, first.line, first.found) == ("u.y", 5, "it again, after line 4")
    assert (second.key, second.line, second.found) == ("t", 6, "it again, after line 1")
    assert (third.key, third.line, third.found) == ("t.x", 7, "it again, after line 2")


def test_bytes_that_are_no_text_are_located(tmp_path: Path) -> None:
    (problem,) = problems_of(b"a = 1\nb = 'caf\xe9'\n", tmp_path)
    assert (problem.line, problem.expected) == (2, "text in UTF-8")
    assert problem.found == "the byte 0xe9, which is none"
    (problem,) = problems_of("a = 1".encode("utf-16"), tmp_path)
    assert problem.advice == "Save the file in the encoding UTF-8."


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n[t]\r\nb = 2\r\n")
    document = read_toml(path)
    assert document.values == {"a": 1, "t": {"b": 2}}
    assert document.positions.line_of(("t", "b")) == 3


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a file in TOML, found no such file\.$"):
        read_toml(tmp_path / "nowhere.toml")
    with pytest.raises(InputError, match="The current folder is"):
        read_toml(Path("nowhere.toml"))


def test_a_folder_is_answered_with_the_file_in_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found a folder\.$"):
        read_toml(tmp_path)
    (tmp_path / "programme.toml").write_text("")
    with pytest.raises(InputError, match=r"Name the file in it: .*programme\.toml\."):
        read_toml(tmp_path)


def test_a_place_that_is_no_file_at_all_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="one that cannot be read"):
        read_toml(tmp_path / "file" / "programme.toml")
