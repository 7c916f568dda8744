"""The answers that a programme names are read in its attributes, or their absence is told."""

import shutil
import tomllib

import numpy as np
import pytest

from counterflow.domain.errors import AnswersAbsentError, InputError
from counterflow.domain.programme import Programme
from counterflow.formats.answers import load_answers
from strategies.workspaces import EXAMPLES

FOLDER = EXAMPLES / "california-cars"


def _programme(**answers: object) -> Programme:
    raw = tomllib.loads((FOLDER / "programme.toml").read_text(encoding="utf-8"))
    raw["survey"]["answers"].update(answers)
    return Programme.model_validate(raw)


def test_answers_come_in_the_attributes_and_levels_of_the_programme():
    programme = _programme()
    data = load_answers(programme, FOLDER)
    assert (data.n_respondents, data.n_rows) == (4654, 6 * 4654)
    assert list(data.columns) == list(programme.attributes)
    for name, attribute in programme.attributes.items():
        column = data.columns[name]
        if attribute.is_numeric:
            assert np.isin(column.values, attribute.values).all() or attribute.continuous
        else:
            assert column.levels == attribute.level_names


def test_a_column_that_the_programme_does_not_know_is_refused():
    known = _programme().survey.answers.about_respondent
    with pytest.raises(InputError, match=f'columns: expected only .* found "{known[0]}"'):
        load_answers(_programme(about_respondent=[]), FOLDER)


def test_absent_answers_are_an_error_that_names_their_source():
    with pytest.raises(InputError) as refused:
        load_answers(_programme(path="away.csv", source="The archive."), FOLDER)
    problem = refused.value.problems[0]
    assert problem.key == "survey.answers.path"
    assert problem.where.endswith("away.csv")
    assert "The archive." in problem.advice


def test_absent_answers_may_end_a_run_with_a_clear_line():
    programme = _programme(path="away.csv", when_absent="skip", source="The archive.")
    with pytest.raises(AnswersAbsentError, match=r"away\.csv\. They come from: The archive\."):
        load_answers(programme, FOLDER)


def test_damaged_answers_are_refused_even_where_absent_ones_may_be_skipped(tmp_path):
    shutil.copy(FOLDER / "answers.parquet", tmp_path)
    path = tmp_path / "answers.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="expected a Parquet file"):
        load_answers(_programme(when_absent="skip"), tmp_path)


def test_a_programme_with_simulated_respondents_names_no_answers():
    raw = tomllib.loads((EXAMPLES / "national-car" / "programme.toml").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match=r"survey\.answers"):
        load_answers(Programme.model_validate(raw), EXAMPLES)
