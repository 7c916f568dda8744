"""The terms of a contract in words."""

from __future__ import annotations

from collections.abc import Iterator

from counterflow.domain.contracts import Contract
from counterflow.report.names import Names
from counterflow.report.numbers import Measure


def contract_terms(contract: Contract, names: Names) -> Iterator[str]:
    """Yield every term of the contract: what is not shown here is not agreed."""
    money = names.money
    yield f"Rent {money.exact(contract.rent_per_month)} a month"
    if contract.cap_km_per_month is None:
        yield "No limit on distance"
    else:
        cap = Measure("km").exact(contract.cap_km_per_month)
        overage = f"then {money.exact(contract.overage_per_km)} per km"
        yield f"{cap} a month included, {overage if contract.overage_per_km else 'no charge above'}"
    if contract.buy_out is None:
        yield "What is rented cannot be bought out"
    else:
        yield f"May be bought out for {money.exact(contract.buy_out)}"
