"""Offered terms: what people make of terms of rent that differ from those they were asked about.

The part-worth of a level that is rented was estimated from cards that showed rent, cap and the
price of a kilometre above it, to people who know how far they drive. So what they pay on those
terms is in it, and only the difference to the terms that are offered is to be valued: the money
that it is for each person, at the worth that the person gives to money.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.domain.coding import AS_ASKED, OfferedTerms
from counterflow.domain.columns import Numeric
from counterflow.domain.contracts import AskedTerms, Contract
from counterflow.domain.definition import Offer
from counterflow.domain.distances import distances
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme


def with_offered_terms(
    programme: Programme, part_worths: PartWorths, offers: Iterable[Offer] = ()
) -> PartWorths:
    """Return the part-worths with one for each terms that differ from those asked about.

    Those of the programme's contracts, and those that `offers` state. The very part-worths that
    were given where everything is offered as asked, or the terms are known already.

    Notes
    -----
    v_n = min(b_n, 0) d_n, with d_n the present value of what person n pays more over the term than
    on the terms asked about, at n's own distance, and b_n the utility of paying a unit of money
    more on the day: that of the whole range of prices asked about over its width, so the price
    coefficient where price is linear (Train, Discrete Choice Methods with Simulation, 2nd ed. 2009,
    section 3.2). Draws in which somebody likes to pay count as 0, as nobody drives to pay overage.
    """
    contracts = {terms_name(name, c): c for name, c in programme.contracts.items()}
    for sold in sold_on(programme, offers):
        if sold.contract is not None:
            contracts[sold.terms] = sold.contract
    known = {AS_ASKED, *part_worths.labels}
    new = {name: contract for name, contract in contracts.items() if name not in known}
    if not new:
        return part_worths
    money = _utility_of_money(programme, part_worths)
    added = [money * _dearer(programme, part_worths, contract) for contract in new.values()]
    return _with_columns(part_worths, tuple(new), np.stack(added, axis=-1))


class SoldOn(NamedTuple):
    """On what an offer is sold."""

    contract: Contract | None
    """With the terms that the offer states; None if it is bought, or of a contract that is not
    known."""
    name: str
    """Tells contracts and their terms apart."""
    terms: str
    """What design rows call the terms: `AS_ASKED`, or a label of the coding."""


def sold_on(programme: Programme, offers: Iterable[Offer]) -> list[SoldOn]:
    """Return on what each offer is sold."""
    found: dict[tuple[object, ...], SoldOn] = {}
    of_offers = []
    # Candidates are many, and their terms few.
    for offer in offers:
        key = (offer.contract, *offer.terms.items())
        if key not in found:
            found[key] = _sold_on(programme, offer)
        of_offers.append(found[key])
    return of_offers


def terms_name(name: str, contract: Contract) -> str:
    """Return what design rows call the terms of a contract, with all that sets them apart."""
    offered, asked = _in_words(contract), _in_words(contract.as_asked)
    return AS_ASKED if offered == asked else f"{name}: {offered}; asked: {asked}"


def _sold_on(programme: Programme, offer: Offer) -> SoldOn:
    name = offer.contract or ""
    if name not in programme.contracts:
        return SoldOn(None, "", AS_ASKED)
    contract = programme.contracts[name].offered_on(offer.terms)
    return SoldOn(contract, f"{name}: {_in_words(contract)}", terms_name(name, contract))


def _in_words(contract: Contract) -> str:
    terms = {name: getattr(contract, name) for name in AskedTerms.model_fields}
    return ", ".join(f"{name} {value!r}" for name, value in terms.items() if value is not None)


def _utility_of_money(programme: Programme, part_worths: PartWorths) -> Float[np.ndarray, "S N"]:
    """Return what paying a unit of money more adds to utility, never more than 0."""
    name = programme.price_attribute
    values = programme.attributes[name].values
    ends = np.array([min(values), max(values)])
    coding = part_worths.coding
    term = next(term for term in coding.terms if term.attribute == name)
    low, high = term.encode(Numeric(ends))
    per_unit = (high - low) / (ends[1] - ends[0])
    return np.minimum(part_worths.draws[:, :, coding.columns_of(name)] @ per_unit, 0.0)


def _dearer(
    programme: Programme, part_worths: PartWorths, contract: Contract
) -> Float[np.ndarray, "S_or_one N"]:
    """Return by how much a person pays more than on the terms asked about, at today's value."""
    if contract.expected_km_per_month is not None:
        return contract.dearer_than_asked(np.zeros((1, 1)))
    return distances(programme, part_worths).mean(contract.dearer_than_asked)


def _with_columns(
    part_worths: PartWorths, names: tuple[str, ...], values: Float[np.ndarray, "S N P"]
) -> PartWorths:
    """Return the part-worths with further columns for terms, before that of the outside option."""
    coding, draws = part_worths.coding, part_worths.draws
    *others, last = coding.terms
    terms = (
        (*others, OfferedTerms((*last.names, *names)))
        if isinstance(last, OfferedTerms)
        else (*coding.terms, OfferedTerms(names))
    )
    end = draws.shape[2] - coding.has_outside
    return replace(
        part_worths,
        coding=replace(coding, terms=terms),
        draws=np.concatenate(
            [draws[:, :, :end], values.astype(draws.dtype), draws[:, :, end:]], axis=2
        ),
    )
