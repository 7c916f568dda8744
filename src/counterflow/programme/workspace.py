"""What a run works with: one programme, and the ports through which it meets the world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.cutting import OpenProgramme
from counterflow.domain.findings import Findings
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.texts import TextKey
from counterflow.programme.definition_archive import DefinitionArchive
from counterflow.programme.field_store import FieldStore
from counterflow.programme.ports import LoadDesign, Progress, Results, Runner, Solver


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A programme with everything that its use cases need; made by `bootstrap`."""

    programme: Programme
    results: Results
    definitions: DefinitionArchive
    solver: Solver
    open_programme: OpenProgramme
    """Opens the engine of linear programmes that grow."""
    runner: Runner
    progress: Progress
    answers_version: Callable[[], str]
    """Hash of the bytes of the answers file; empty where respondents are simulated."""
    load_answers: Callable[[], ChoiceData]
    load_design: LoadDesign
    """Reads a choice design that was made elsewhere; InputError if it is absent or wrong."""
    load_part_worths: Callable[[str], PartWorths]
    """Reads part-worths that were estimated elsewhere, by their place seen from the programme.

    InputError if there are none."""
    render_report: Callable[[Findings], str]
    software: str
    """Version of Counterflow and hash of its code: other code may give another answer."""
    now: Callable[[], str]
    """The time as text, for the record of the run and the report."""
    seconds: Callable[[], float]
    """A clock that only goes forward, for timings."""
    open_field_store: Callable[[], AbstractContextManager[FieldStore]]
    """Opens the store of interviews, and closes it again."""
    missing_texts: Callable[[], Mapping[str, Sequence[TextKey]]]
    """Texts of the questionnaire that a language lacks, by language.

    InputError if a file of texts is wrong."""
    from_field: bool = False
    """Whether answers are those of the field although the programme names others."""
    is_rehearsal: bool = False
    """Whether everybody in the field is simulated (`counterflow simulate --through-http`)."""

    @contextmanager
    def at_work(self, step: str, what: str) -> Iterator[Report]:
        """Show work that is no step of the chain while it lasts, and what it took once it is done.

        It gives the function to which the work reports how far it has come.
        """
        started = self.seconds()
        self.progress.begin(step, what)
        yield self.progress.report
        self.progress.end(step, kept=False, seconds=self.seconds() - started)
