"""A scenario file: what to change in a market before asking who would take what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from counterflow.domain.buildable import buildable_configurations
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.errors import NothingBuildableError
from counterflow.domain.mismatch import Key, Mismatch, not_among, quoted
from counterflow.domain.programme import Programme
from counterflow.domain.references import known, numbered
from counterflow.domain.section import Many, Name, Section, Share, Text, is_number, level_name

Price = Annotated[float, Field(gt=0)]
Levels = Annotated[dict[Name, str | float], Field(min_length=1)]

Rule = Literal["logit", "first_choice", "randomised_first_choice", "purchase_likelihood"]

AlternativeName = Annotated[
    str,
    Field(pattern=r"^[^\s\[\]=;,]+$", json_schema_extra={"x-expected": "a name of one word"}),
]
"""What an offer is called: one word, as `counterflow define` names offers."""


class OfferChange(Section):
    """An offer of ours: a new one if it has levels, else one of the line that was defined."""

    levels: Levels | None = None
    """A level of each attribute that is fixed in an offer: all but the price and options."""
    price: Price | None = None
    """Before options and subsidies; a new offer needs one."""
    awareness: Share = 1.0
    """Share of those whom the line reaches at all who know of this offer."""
    distribution: Share = 1.0
    """Share of them who can get it where they are."""
    regions: Many[Name] = ()
    """Where it is sold; everywhere if absent."""
    withdrawn: bool = False
    """Whether it is taken out of the line."""


class RivalChange(Section):
    """A rival's offer: a new one if it has levels, else one that the programme names."""

    label: Text | None = None
    """What people read; the name if absent."""
    levels: Levels | None = None
    """A level of each attribute but the price; a number may lie between ours."""
    price: Price | None = None
    """What its buyer pays on the day, before subsidies; a new rival needs one."""
    awareness: Share = 1.0
    """Share of buyers who know of it."""
    distribution: Share = 1.0
    """Share of them who can get it where they are."""
    regions: Many[Name] | None = None
    """Where it is sold; as before if absent, everywhere if it is new."""
    withdrawn: bool = False
    """Whether it leaves the market."""


class LevelErrors(Section):
    """Errors of levels in randomised first choice, which offers that share a level share."""

    sd: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Standard deviation of each level's error, in utility; the error of each offer has 1.28."""
    n_repeats: Annotated[int, Field(ge=1, le=10_000)] = 20
    """How often errors are drawn for each person in each draw."""
    unshared: Many[Name] = ()
    """Attributes whose errors are drawn for each offer anew, e.g. ["price"]."""


class KnownMarket(Section):
    """What is known of the market before our line exists, as the programme describes it."""

    scale: Annotated[float, Field(gt=0)] | Literal["fit"] = 1.0
    """What utilities are multiplied by: how sharply people choose outside the survey. "fit" takes
    what makes the known shares the likeliest."""
    shares: dict[Name, Annotated[float, Field(gt=0, lt=1)]] = {}
    """Shares of rivals and of `outside`, in each region where they are sold, as far as known."""


class ScenarioFile(Section):
    """The whole scenario file; each key may be left out."""

    rule: Rule = "logit"
    """How people choose."""
    keep_line: bool = True
    """Whether the line that was defined is sold; if not, only the offers of this file are."""
    offers: dict[AlternativeName, OfferChange] = {}
    """Offers of ours."""
    rivals: dict[Name, RivalChange] = {}
    """Offers of rivals."""
    level_errors: LevelErrors = LevelErrors()
    """Errors of levels (rule `randomised_first_choice`)."""
    known: KnownMarket = KnownMarket()
    """What simulated shares are calibrated to."""


Parts = Mapping[str, Any]
"""Checked parts of the file by name; what is broken is None or left out."""


def unfit_for(programme: Programme, parts: Parts) -> Iterator[Mismatch]:
    """Yield what does not fit the programme: names that lead nowhere, offers nobody can build."""
    for name, offer in known(parts["offers"]):
        taken = {*programme.market.competitors, *(parts["rivals"] or ()), OUTSIDE}
        if name in taken:
            owner = "the outside option" if name == OUTSIDE else "a rival"
            yield Mismatch(("offers", name), "a name that is not taken", f"that of {owner}")
        yield from _unfit_offer(("offers", name), offer, programme, keep_line=parts["keep_line"])
    for name, rival in known(parts["rivals"]):
        yield from _unfit_rival(("rivals", name), rival, programme)
    yield from _unfit_errors(parts["level_errors"], programme)
    yield from _unfit_shares(parts["known"], programme)


def unfit_for_line(file: ScenarioFile, line: tuple[str, ...]) -> Iterator[Mismatch]:
    """Yield changes of offers that the line does not have."""
    for name, offer in file.offers.items():
        if offer.levels is None and name not in line:
            yield _or_new(not_among(("offers", name), name, line), "offer")


def _or_new(unknown: Mismatch, what: str) -> Mismatch:
    """Return the mismatch of a name that may also be a new one."""
    return replace(unknown, expected=f"{unknown.expected}, or a new {what} with levels")


def _unfit_offer(
    key: Key, offer: OfferChange, programme: Programme, *, keep_line: bool | None
) -> Iterator[Mismatch]:
    yield from _unfit_regions(key, offer.regions, programme)
    if offer.levels is None:
        if keep_line is False:
            expected = "the levels of the offer, as keep_line is false"
            yield Mismatch((*key, "levels"), expected, "nothing: the key is missing")
        return
    if offer.withdrawn:
        yield Mismatch((*key, "withdrawn"), "no withdrawn offer with levels of its own", "both")
    if offer.price is None:
        yield Mismatch((*key, "price"), "the price of a new offer", "nothing: the key is missing")
    fixed = {n: a for n, a in programme.configurable.items() if a.kind != "option"}
    wrong = list(_unfit_levels((*key, "levels"), offer.levels, fixed, between=False))
    yield from wrong
    if not wrong:
        yield from _unbuildable((*key, "levels"), offer.levels, programme)


def _unfit_rival(key: Key, rival: RivalChange, programme: Programme) -> Iterator[Mismatch]:
    name = str(key[-1])
    is_new = name not in programme.market.competitors
    yield from _unfit_regions(key, rival.regions or (), programme)
    if is_new and rival.levels is None:
        yield _or_new(not_among(key, name, programme.market.competitors), "rival")
        return
    if is_new and rival.price is None:
        yield Mismatch((*key, "price"), "the price of a new rival", "nothing: the key is missing")
    if name == OUTSIDE:
        yield Mismatch(key, "a name that is not taken", "that of the outside option")
    if rival.levels is not None:
        levels = (*key, "levels")
        yield from _unfit_levels(levels, rival.levels, programme.configurable, between=True)


def _unfit_levels(
    key: Key, levels: Mapping[str, str | float], attributes: Mapping[str, Any], *, between: bool
) -> Iterator[Mismatch]:
    for name, level in levels.items():
        if name not in attributes:
            yield not_among((*key, name), name, attributes)
        elif between and attributes[name].is_numeric and is_number(level):
            continue
        elif str(level_name(level)) not in attributes[name].level_names:
            yield not_among((*key, name), str(level_name(level)), attributes[name].level_names)
    for name in attributes:
        if name not in levels:
            expected = "a level of each attribute that is fixed in an offer"
            if between:
                expected = "a level of each attribute but the price"
            yield Mismatch((*key, name), expected, "nothing: the key is missing")


def _unbuildable(
    key: Key, levels: Mapping[str, str | float], programme: Programme
) -> Iterator[Mismatch]:
    keep = {name: (str(level_name(level)),) for name, level in levels.items()}
    try:
        buildable_configurations(programme.configurable, programme.rules, keep=keep)
    except NothingBuildableError as error:
        broken = [rule for rule in error.rules if not rule.startswith("search.keep")]
        yield Mismatch(key, "an offer that the rules allow", f"one against {'; '.join(broken)}")


def _unfit_regions(key: Key, regions: Any, programme: Programme) -> Iterator[Mismatch]:
    for i, region in numbered(regions):
        if region not in programme.market.regions:
            yield not_among((*key, "regions", i), region, programme.market.regions)


def _unfit_errors(errors: LevelErrors | None, programme: Programme) -> Iterator[Mismatch]:
    for i, name in numbered(errors.unshared if errors is not None else ()):
        if name not in programme.attributes:
            yield not_among(("level_errors", "unshared", i), name, programme.attributes)


def _unfit_shares(market: KnownMarket | None, programme: Programme) -> Iterator[Mismatch]:
    if market is None or market.shares is None:
        return
    rivals = programme.market.competitors
    shares = dict(known(market.shares))
    key: Key = ("known", "shares")
    for name in shares:
        if name not in (*rivals, OUTSIDE):
            yield not_among((*key, name), name, [*rivals, OUTSIDE])
    if any(name not in (*rivals, OUTSIDE) for name in shares):
        return
    total = sum(shares.values())
    stated = programme.market.outside_option.share
    others = [name for name in rivals if name not in shares]
    if OUTSIDE in shares and not others:
        if abs(total - 1.0) > 1e-9:
            yield Mismatch(key, "shares that sum to 1, as all are known", f"{total:.12g}")
    elif OUTSIDE not in shares and others and stated is not None and total + stated >= 1.0:
        expected = f"shares that sum to less than {1.0 - stated:.12g}, as the programme states "
        yield Mismatch(key, f"{expected}{stated:.12g} for the outside option", f"{total:.12g}")
    elif total >= 1.0:
        yield Mismatch(key, "shares that sum to less than 1, as others have some", f"{total:.12g}")
    if market.scale == "fit" and not shares and stated is None:
        yield Mismatch(("known", "scale"), "a number, as no shares are known", quoted("fit"))
