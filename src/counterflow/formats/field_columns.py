"""The columns of exported interviews: what they are called, what they mean, how they are filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from counterflow.domain.interview import Interview
from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import Question, Questionnaire
from counterflow.survey.cleaning.answer_given import answer_given
from counterflow.survey.cleaning.tasks_seen import TaskSeen, tasks_seen
from counterflow.survey.questionnaire.shown_task import NONE


@dataclass(frozen=True, kw_only=True)
class FieldColumn:
    """One column of an export.

    Parameters
    ----------
    name
        Letters, digits and underscores, as SPSS wants them.
    label
        What people read.
    kind
        "levels" has names of `labels`; "own words" is text that a respondent wrote.
    labels
        What people read for each name that may stand in the column.
    """

    name: str
    label: str
    kind: Literal["text", "own words", "number", "levels"]
    labels: Mapping[str, str] = field(default_factory=dict)


Row = tuple[Any, ...]
"""Values in the order of the columns: text, numbers, None where there is nothing."""


@dataclass(frozen=True)
class FieldTable:
    """Columns, and the rows that an interview becomes.

    A column whose name another one bears has an underscore after it: a question may be called as
    an attribute is.
    """

    columns: tuple[FieldColumn, ...]
    rows_of: Callable[[Interview], Iterator[Row]]

    def __post_init__(self) -> None:
        names = _distinct([column.name for column in self.columns])
        renamed = (replace(c, name=name) for c, name in zip(self.columns, names, strict=True))
        object.__setattr__(self, "columns", tuple(renamed))


def _distinct(names: list[str]) -> list[str]:
    """Return the names as SPSS can tell them apart: no hyphens, whatever the case of letters."""
    taken: set[str] = set()
    found = []
    for name in names:
        new = name.replace("-", "_")
        while new.lower() in taken:
            new += "_"
        taken.add(new.lower())
        found.append(new)
    return found


def respondent_table(programme: Programme) -> FieldTable:
    """Return the table with one row for each interview (wide)."""
    filled = [*_about_interview(), *_about_respondent(programme), *_about_tasks(programme)]

    def rows_of(interview: Interview) -> Iterator[Row]:
        record = _Record.of(interview)
        yield tuple(read(record) for _, read in filled)

    return FieldTable(tuple(column for column, _ in filled), rows_of)


def alternative_table(programme: Programme) -> FieldTable:
    """Return the table with one row for each alternative of each choice task (long).

    `[survey.answers]` of a programme reads it: respondent, task, alternative, chosen, attributes.
    """
    about = [
        (column, read)
        for column, read in [*_about_interview(), *_about_respondent(programme)]
        if column.name != "interview"
    ]
    attributes = [_attribute_column(programme, name, name) for name in programme.attributes]
    columns = (
        FieldColumn(name="respondent", label="Number of the interview", kind="text"),
        FieldColumn(name="task", label="Choice task in the order of the screen", kind="number"),
        FieldColumn(name="alternative", label="Place in the design", kind="text"),
        FieldColumn(name="position", label="Place on the screen, from 1", kind="number"),
        FieldColumn(name="chosen", label="1 for what was chosen", kind="number"),
        FieldColumn(name="seconds", label="Time on the task (s)", kind="number"),
        *attributes,
        *(column for column, _ in about),
    )

    def rows_of(interview: Interview) -> Iterator[Row]:
        record = _Record.of(interview)
        known = tuple(read(record) for _, read in about)
        for task in record.tasks:
            for alternative, position, levels in _alternatives(task):
                is_chosen = task.chosen == (None if levels is None else position - 1)
                shown = [None if levels is None else levels.get(x) for x in programme.attributes]
                start = (str(interview.number), task.number, alternative, position)
                yield (*start, int(is_chosen), task.seconds, *shown, *known)

    return FieldTable(columns, rows_of)


def _alternatives(task: TaskSeen) -> Iterator[tuple[str, int, Mapping[str, str] | None]]:
    for i, shown in enumerate(task.shown.alternatives):
        yield str(shown.place), i + 1, shown.levels
    if task.shown.has_outside:
        yield NONE, len(task.shown.alternatives) + 1, None


@dataclass(frozen=True)
class _Record:
    """An interview with its answers by question and its tasks, read once for all columns."""

    interview: Interview
    said: Mapping[str, Any]
    tasks: tuple[TaskSeen, ...]

    @classmethod
    def of(cls, interview: Interview) -> _Record:
        said: dict[str, Any] = {}
        for page in interview.answers:
            if not page.page.startswith("task-"):
                said.update({f"{page.page}.{name}": x for name, x in page.answers.items()})
        return cls(interview, said, tuple(tasks_seen(interview)))

    def task(self, number: int) -> TaskSeen | None:
        return next((task for task in self.tasks if task.number == number), None)


_Filled = tuple[FieldColumn, Callable[[_Record], Any]]


def _about_interview() -> Iterator[_Filled]:
    """Yield what is known of an interview; its id, device and panel id lead to a person."""
    yield (
        FieldColumn(name="interview", label="Number of the interview", kind="text"),
        lambda r: str(r.interview.number),
    )
    for name, label in (
        ("status", "How the interview stands"),
        ("language", "Language of the pages"),
        ("programme_version", "Version of the programme that was shown"),
        ("questionnaire_version", "Version of what respondents saw, in every language"),
    ):
        yield (
            FieldColumn(name=name, label=label, kind="text"),
            lambda r, name=name: getattr(r.interview, name),  # type: ignore[misc]
        )
    yield (
        FieldColumn(name="started_at", label="Begun (UTC)", kind="text"),
        lambda r: r.interview.started_at.isoformat(timespec="seconds"),
    )
    yield (
        FieldColumn(name="minutes", label="From begin to end (min)", kind="number"),
        lambda r: _minutes(r.interview),
    )
    yield (
        FieldColumn(name="design_version", label="Version of the choice design", kind="number"),
        lambda r: r.interview.design_version,
    )
    yield (
        FieldColumn(name="flags", label="What the interview is flagged for", kind="text"),
        lambda r: "+".join(sorted(r.interview.flags)) or None,
    )


def _minutes(interview: Interview) -> float | None:
    if interview.ended_at is None:
        return None
    return round((interview.ended_at - interview.started_at).total_seconds() / 60.0, 2)


def _about_respondent(programme: Programme) -> Iterator[_Filled]:
    asked = _asked(programme)
    for page, questions in (("screening", asked.screening), ("background", asked.background)):
        for name, question in questions.items():
            yield from _of_question(f"{page}.{name}", name, question)
    if asked.purchase_chance:
        label = "How likely a purchase is, 0 to 10"
        column = FieldColumn(name="purchase_chance", label=label, kind="number")
        yield column, lambda r: r.said.get("chance.chance")
    if asked.test_drive:
        yield (
            FieldColumn(
                name="test_drive",
                label="Wants a test drive",
                kind="levels",
                labels={"yes": "Yes", "no": "No"},
            ),
            lambda r: r.said.get("test-drive.interest"),
        )
        regions = {name: region.label for name, region in programme.market.regions.items()}
        yield (
            FieldColumn(name="test_drive_region", label="Where", kind="levels", labels=regions),
            lambda r: r.said.get("test-drive.region"),
        )


def _of_question(key: str, name: str, question: Question) -> Iterator[_Filled]:
    def given(record: _Record) -> Any:
        return answer_given(question, record.said.get(key))

    if question.kind == "multiple":
        for answer in question.answers:
            label = f"{question.label} {answer.label}"
            column = FieldColumn(name=f"{name}_{answer.name}", label=label, kind="number")
            yield column, lambda r, a=answer.name: _is_among(a, given(r))  # type: ignore[misc]
        return
    column = FieldColumn(
        name=name,
        label=question.label,
        kind=_KINDS[question.kind],
        labels={answer.name: answer.label for answer in question.answers},
    )
    yield column, given


_KINDS: Mapping[str, Literal["text", "own words", "number", "levels"]] = {
    "single": "levels",
    "number": "number",
    "text": "own words",
}


def _is_among(answer: str, given: list[str] | None) -> int | None:
    return None if given is None else int(answer in given)


def _about_tasks(programme: Programme) -> Iterator[_Filled]:
    asked = _asked(programme)
    for t in range(1, asked.n_tasks + 1):
        yield (
            FieldColumn(name=f"t{t}_chosen", label=f"Task {t}: place chosen", kind="text"),
            lambda r, t=t: _chosen(r.task(t)),  # type: ignore[misc]
        )
        yield (
            FieldColumn(name=f"t{t}_seconds", label=f"Task {t}: time (s)", kind="number"),
            lambda r, t=t: None if (task := r.task(t)) is None else task.seconds,  # type: ignore[misc]
        )
        for j in range(1, asked.n_alternatives + 1):
            for name in programme.attributes:
                yield (
                    _attribute_column(programme, name, f"t{t}_a{j}_{name}"),
                    lambda r, t=t, j=j, name=name: _level(r.task(t), j, name),  # type: ignore[misc]
                )


def _chosen(task: TaskSeen | None) -> str | None:
    if task is None:
        return None
    return NONE if task.chosen is None else str(task.shown.places[task.chosen])


def _level(task: TaskSeen | None, place: int, attribute: str) -> str | None:
    if task is None:
        return None
    for alternative in task.shown.alternatives:
        if alternative.place == place:
            return alternative.levels.get(attribute)
    return None


def _attribute_column(programme: Programme, attribute: str, name: str) -> FieldColumn:
    described = programme.attributes[attribute]
    return FieldColumn(
        name=name,
        label=described.label,
        kind="levels",
        labels={level.name: level.text for level in described.levels},
    )


def _asked(programme: Programme) -> Questionnaire:
    if programme.survey.questionnaire is None:
        raise ValueError("expected a programme with [survey.questionnaire], found none")
    return programme.survey.questionnaire
