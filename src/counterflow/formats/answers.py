"""Load the answers that a programme names, in its own attributes and levels."""

from __future__ import annotations

from pathlib import Path

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import AnswersAbsentError, InputError, Problem
from counterflow.domain.programme import Programme
from counterflow.domain.survey import AnswersFile


def load_answers(programme: Programme, folder: Path) -> ChoiceData:
    """Return the choices in the answers file of `programme`, whose file stands in `folder`.

    Every column must be used or listed in `ignore`, and every value must be one of the
    programme's levels, or lie between them where an attribute is continuous.

    Raises
    ------
    InputError
        With everything that is wrong with the file, by column and row; or if it is absent and the
        programme refuses that.
    AnswersAbsentError
        If it is absent and the programme skips then.
    """
    answers = programme.survey.answers
    if answers is None:
        raise ValueError("expected a programme with [survey.answers], found [survey.simulated]")
    path = folder / answers.path
    if not path.exists():
        raise _absent(answers, path)
    return ChoiceData.from_long(
        path,
        respondent=answers.respondent,
        chosen=answers.chosen,
        attributes=programme.attributes,
        columns=answers.attributes,
        task=answers.task,
        alternative=answers.alternative,
        alternatives=answers.alternatives,
        outside_alternative=answers.outside_alternative,
        available=answers.available,
        weights=answers.weights,
        about_respondent=answers.about_respondent,
        ignore=answers.ignore,
    )


def _absent(answers: AnswersFile, path: Path) -> AnswersAbsentError | InputError:
    if answers.when_absent == "skip":
        return AnswersAbsentError(str(path), answers.source)
    problem = Problem(
        expected="the file of answers",
        found="no file",
        where=str(path),
        key="survey.answers.path",
        advice=f"The answers come from: {answers.source}",
    )
    return InputError([problem])
