"""The examples are right, small enough to try, and say what they are."""

from __future__ import annotations

import gzip
import runpy
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from counterflow.domain.buildable import buildable_configurations
from counterflow.formats.programme_toml import load_programme

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SOURCE = ROOT.parent / "shared" / "data" / "choice" / "california_cars.csv"
FILES = sorted(EXAMPLES.glob("*/programme.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_an_example_is_right_and_named_after_its_folder(file):
    programme = load_programme(file)
    assert programme.programme.name == file.parent.name
    assert programme.programme.assumptions


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_an_example_has_few_enough_candidates_to_try(file):
    programme = load_programme(file)
    buildable = buildable_configurations(
        programme.configurable, programme.rules, keep=programme.search.keep
    )
    n_prices = [
        next(len(asked.prices) for asked in programme.search.prices if found.meets(asked.when))
        for found in buildable
    ]
    assert 1_000 < sum(n_prices) < 10_000


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_an_example_says_whether_its_answers_are_real(file):
    row = next(
        line
        for line in (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| [{file.parent.name}]")
    )
    is_simulated = load_programme(file).survey.simulated is not None
    assert ("**simulated**" in row, "real:" in row) == (is_simulated, not is_simulated)


@pytest.mark.skipif(not SOURCE.is_file(), reason=f"no {SOURCE.name} beside the project")
def test_the_tidy_answers_are_those_of_the_source(tmp_path):
    packed = tmp_path / "car.csv.gz"
    packed.write_bytes(gzip.compress(SOURCE.read_bytes()))
    tidied = runpy.run_path(str(EXAMPLES / "california-cars" / "tidy.py"))["tidy"](packed)
    assert tidied.equals(
        pq.read_table(EXAMPLES / "california-cars" / "answers.parquet"), check_metadata=True
    )
