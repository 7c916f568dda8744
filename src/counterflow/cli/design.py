"""`counterflow design`: the choice tasks, and what they can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from counterflow.bootstrap import write_design
from counterflow.cli.arguments import HERE, AsJson, FromScratch, ProgrammePath
from counterflow.cli.outcome import print_json
from counterflow.cli.session import session
from counterflow.cli.tables import amount, print_line, print_table
from counterflow.formats.part_worths import read_part_worths
from counterflow.programme.design import Designed, design_tasks
from counterflow.programme.sample_size import SampleSize


def design(
    programme: ProgrammePath = HERE,
    n_versions: Annotated[
        int | None,
        typer.Option(
            help="Versions to make, in place of survey.design.n_versions.", min=1, max=10_000
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(help="How long to search, in place of survey.design.seconds.", min=0.1),
    ] = None,
    prior_from: Annotated[
        Path | None,
        typer.Option(help="Earlier part-worths (a part_worths.parquet), in place of the prior."),
    ] = None,
    respondents: Annotated[
        int, typer.Option(help="Respondents for which standard errors are shown.", min=1)
    ] = 300,
    standard_error: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL=NUMBER",
            help="A coefficient and the standard error that is wanted of it: also say how many "
            "respondents that takes, by simulating and refitting them. May be given several times.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Also write the design to this .csv or .parquet file.")
    ] = None,
    as_json: AsJson = False,
    from_scratch: FromScratch = False,
) -> None:
    """Put the choice tasks together, and say what they can tell."""
    wanted = _wanted(standard_error or [])
    with session(programme, as_json=as_json, from_scratch=from_scratch) as chain:
        designed = design_tasks(
            chain,
            prior=read_part_worths(prior_from) if prior_from is not None else None,
            n_versions=n_versions,
            seconds=seconds,
        )
        made = designed.step.value()
        size = designed.sample_size(wanted) if wanted else None
        if out is not None:
            write_design(made, out)
        place = str(out or chain.workspace.results.place(designed.step.name))
        if as_json:
            print_json(
                {
                    "content_hash": made.content_hash,
                    "provenance": dict(made.provenance),
                    "diagnostics": designed.diagnostics(respondents).as_dict(),
                    **({"sample_size": size.as_dict()} if size else {}),
                    "written_to": place,
                }
            )
        else:
            _print(designed, respondents)
            if size is not None:
                _print_size(size)
            print_line(f"version {made.content_hash}: {place}")


def _wanted(given: Sequence[str]) -> dict[str, float]:
    """Return the standard errors that are wanted, by label."""
    wanted = {}
    for text in given:
        label, _, number = text.rpartition("=")
        try:
            wanted[label] = float(number)
        except ValueError:
            label = ""
        if not label:
            expected = "a coefficient and a number, such as price=0.02"
            raise typer.BadParameter(
                f"expected {expected}, found {text!r}.", param_hint="--standard-error"
            )
    return wanted


def _print(designed: Designed, respondents: int) -> None:
    made, found = designed.step.value(), designed.diagnostics(respondents)
    print_table(
        f"{found.n_versions:,} versions of {found.n_tasks} tasks with {found.n_alternatives} "
        f"products{' and none' if made.has_outside else ''} ({made.provenance['method']})",
        ("attribute", "shown, least to most often", "a version", "overlap"),
        [
            (
                levels.attribute,
                f"{min(levels.shares.values()):.1%} to {max(levels.shares.values()):.1%}",
                f"{levels.least_in_a_version} to {levels.most_in_a_version}",
                f"{found.overlap[levels.attribute]:.0%}",
            )
            for levels in found.balance
        ],
    )
    print_table(
        f"What {respondents:,} respondents tell, if the prior is right "
        f"({made.provenance['prior']})",
        ("coefficient", "prior mean", "standard error"),
        [(p.label, amount(p.prior_mean), amount(p.standard_error)) for p in found.precision],
    )
    names = {
        "d_zero": "D-error at zero",
        "d_prior": "at the prior's mean",
        "d_bayesian": "over its draws (D_B)",
        "a": "A",
        "s": "respondents until each t-ratio is 1.96 (S)",
    }
    print_line(", ".join(f"{names[name]} {value:.4g}" for name, value in found.criteria.items()))
    if found.correlations:
        one, other, correlation = found.correlations[0]
        print_line(f"largest correlation {correlation:+.2f}, {one} with {other}")
    print_line(
        f"{found.n_dominated:,} tasks with a dominated product, {found.n_repeated_tasks:,} "
        f"repeated in a version, {found.n_repeated_products:,} with a product twice"
    )
    for remark in _remarks(made.provenance):
        print_line(remark)


def _print_size(size: SampleSize) -> None:
    wanted = ", ".join(f"{label} {error:g}" for label, error in size.wanted.items())
    reached = "" if size.status == "found" else " and more, which is where trials ended"
    print_line(f"respondents for standard errors of {wanted}: {size.n_respondents:,}{reached}")
    print_line(
        f"({size.by_information:,} if all were alike; {size.method}; a simulated standard error is "
        f"itself known to {size.relative_error:.0%})"
    )


def _remarks(provenance: Mapping[str, Any]) -> Iterator[str]:
    """Yield what somebody who looks at the figures should know of how the design was sought."""
    if not provenance.get("is_settled", True):
        yield (
            f"{provenance['seconds']:g} seconds were too few: the search had more to gain "
            "(--seconds, or survey.design.seconds)"
        )
    if not provenance.get("is_balanced", True):
        yield (
            "levels are not shown equally often: the rules left no such design that was found, so "
            "swaps began as near to it as they allow"
        )
