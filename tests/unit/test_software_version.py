"""Results name the software that made them: another version where any file of it is another."""

from pathlib import Path

import pytest

import counterflow
from counterflow.bootstrap import package_hash


def files_of(package: Path) -> list[Path]:
    return [
        path
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.relative_to(package).parts
    ]


ENDINGS = sorted({path.suffix for path in files_of(Path(counterflow.__file__).parent)})


def test_pages_and_texts_are_files_of_the_software():
    assert {".py", ".html", ".css", ".js", ".toml"} <= set(ENDINGS)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_that_changes_makes_another_version(tmp_path, ending):
    file = tmp_path / "web" / f"file{ending}"
    file.parent.mkdir()
    file.write_text("before")
    before = package_hash(tmp_path)
    file.write_text("after")
    assert package_hash(tmp_path) != before


def test_a_file_that_is_renamed_makes_another_version(tmp_path):
    file = tmp_path / "one.py"
    file.write_text("same")
    before = package_hash(tmp_path)
    file.rename(tmp_path / "two.py")
    assert package_hash(tmp_path) != before


def test_what_is_compiled_makes_no_other_version(tmp_path):
    (tmp_path / "one.py").write_text("same")
    before = package_hash(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "one.cpython-311.pyc").write_bytes(b"compiled")
    assert package_hash(tmp_path) == before
