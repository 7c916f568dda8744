"""The worth of a supplier's package: the best line with it against the best line without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from counterflow.definition.define import define_line
from counterflow.definition.package_buyers import has_package
from counterflow.definition.package_worth import PackageWorth, Stake, package_worth
from counterflow.domain.configuration import Rule
from counterflow.domain.costs import SupplierPackage
from counterflow.domain.definition import Offer
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import one_of
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.programme.answers import notes_on_answers
from counterflow.programme.chain import Chain
from counterflow.programme.define import define
from counterflow.programme.estimate import estimate_part_worths


def worth_of_package(
    chain: Chain, package: str, *, stake_share: float | None = None, stake_price: float = 0.0
) -> PackageWorth:
    """Return what the package is worth to buyers, to the maker and to the partner.

    With it is the line that is defined; where that does without the package, the best line whose
    every offer has it. Without it is the best line of all else. A `stake_share` of the partner,
    bought for `stake_price`, changes what the maker has of it.

    Raises
    ------
    InputError
        If there is no such package, a stake is not a share, or what the package costs the partner
        is not known and a stake asks for it.
    NothingBuildableError
        If nothing can be built without the package.
    """
    workspace, programme = chain.workspace, chain.workspace.programme
    stake = _checked(programme, package, stake_share, stake_price)
    supplied = programme.costs.packages[package]
    part_worths = estimate_part_worths(chain).value().part_worths
    line_with: Sequence[Offer] = define(chain).value().offers

    def best_line(changed: Programme, report: Report) -> Sequence[Offer]:
        found = define_line(changed, part_worths, map_blocks=workspace.runner.map, report=report)
        return found.offers

    with workspace.at_work("package", "Valuing the package") as report:
        if not any(has_package(supplied, offer) for offer in line_with):
            line_with = best_line(_only_with(programme, supplied), _part(report, 0))
        line_without = best_line(_without(programme, supplied), _part(report, 1))
        found = package_worth(
            programme,
            part_worths,
            package,
            line_with=line_with,
            line_without=line_without,
            stake=stake,
            map_blocks=workspace.runner.map,
            report=_part(report, 2),
        )
    return replace(found, notes=(*notes_on_answers(workspace), *found.notes))


def _only_with(programme: Programme, supplied: SupplierPackage) -> Programme:
    """Return the programme whose every offer has the package."""
    reason = f"Every offer has {supplied.label}."
    return _with_rule(programme, Rule(requires=supplied.when, reason=reason))


def _without(programme: Programme, supplied: SupplierPackage) -> Programme:
    """Return the programme in which no offer has the package."""
    return _with_rule(
        programme, Rule(excludes=supplied.when, reason=f"No offer has {supplied.label}.")
    )


def _with_rule(programme: Programme, rule: Rule) -> Programme:
    return programme.model_copy(update={"rules": (*programme.rules, rule)})


def _part(report: Report, third: int) -> Report:
    return lambda done, what: report((third + done) / 3.0, what)


def _checked(programme: Programme, package: str, share: float | None, price: float) -> Stake | None:
    """Return the stake; InputError with all that is wrong with what was asked."""
    packages = programme.costs.packages
    problems = []
    if package not in packages:
        expected = f"{one_of(packages)} of [costs.packages]" if packages else "a [costs.packages]"
        problems.append(Problem(expected, f'"{package}"' if packages else "none", key="package"))
    if share is not None and not 0.0 < share < 1.0:
        problems.append(Problem("a share above 0 and below 1", f"{share:g}", key="stake_share"))
    if not price >= 0.0:
        problems.append(Problem("a price of at least 0", f"{price:g}", key="stake_price"))
    if share is None and price > 0.0:
        problems.append(Problem("the share that this price buys", "none", key="stake_share"))
    if share is not None and package in packages and packages[package].partner_unit_cost is None:
        problems.append(
            Problem(
                expected="what the package costs the partner, per vehicle",
                found="nothing: the key is missing",
                key=f"costs.packages.{package}.partner_unit_cost",
                advice="A stake is a share of the partner's gain, which is not known without it.",
            )
        )
    if problems:
        raise InputError(problems)
    return None if share is None else Stake(share=share, price=price)
