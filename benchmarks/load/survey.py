"""The survey that is put under load: the national car's, in a folder of its own."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from benchmarks.case import ROOT
from counterflow.domain.programme import Programme
from counterflow.formats.programme_toml import load_programme
from counterflow.survey.questionnaire.pages import Page, pages_of

EXAMPLE = ROOT / "examples" / "national-car"
PASSWORD = "a pass phrase for measurements"


def survey_in(folder: Path, *, most_respondents: int = 1_000_000) -> Programme:
    """Make the survey in a folder and return its programme; nobody is turned away by a quota.

    Tasks are drawn at random, as how good a design is makes no difference to the service.
    """
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("out"), dirs_exist_ok=True)
    file = folder / "programme.toml"
    text = file.read_text(encoding="utf-8")
    for key, value in {
        "method": '"random"',
        "most_respondents": str(most_respondents),
        **dict.fromkeys(("from_18", "from_30", "from_45", "from_60"), str(most_respondents)),
    }.items():
        # Quotas are whole numbers; margins of the same names are shares, and stay.
        text, n_found = re.subn(
            rf"^{key} = (\"\w+\"|[\d_]+)$", f"{key} = {value}", text, flags=re.M
        )
        assert n_found == 1, key
    file.write_text(text, encoding="utf-8")
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    return load_programme(file)


def answers_by_page(programme: Programme) -> dict[str, list[str]]:
    """Return what may be entered on each page, as bodies of forms; nobody is screened out."""
    return {page.id: _answers(programme, page) for page in pages_of(programme)}


def _answers(programme: Programme, page: Page) -> list[str]:
    asked = programme.survey.questionnaire
    assert asked is not None, "the example has a questionnaire"
    match page.kind:
        case "introduction":
            return [f"consent=yes&lang={language}" for language in asked.languages]
        case "task":
            places = [f"choice={place + 1}" for place in range(asked.n_alternatives)]
            return [*places, "choice=none"]
        case "chance":
            return [f"chance={chance}" for chance in range(11)]
        case "test_drive":
            contact = "name=A+Person&email=person%40example.com&consent_contact=yes"
            regions = [f"interest=yes&region={name}&{contact}" for name in programme.market.regions]
            return ["interest=no", "interest=no", *regions]
        case _:
            required = {
                name: [answer.name for answer in question.answers if not answer.screens_out]
                for name, question in page.questions.items()
                if question.required
            }
            return [
                "&".join(f"{name}={names[i % len(names)]}" for name, names in required.items())
                for i in range(max(map(len, required.values())))
            ]
