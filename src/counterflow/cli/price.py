"""`counterflow price`: what to ask, given rivals and among rivals who answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.rival_costs import PriceDraws, RivalCosts, costs_of
from counterflow.cli.tables import amount, between, print_line, print_notes, print_table
from counterflow.definition.prices.line_prices import AtPrices, LinePrices
from counterflow.domain.definition import Interval
from counterflow.programme.chain import Chain
from counterflow.programme.price import price as set_prices


@on_chain
def price(
    chain: Chain, as_json: bool, *, rival_cost: RivalCosts = None, draws: PriceDraws = 100
) -> None:
    """Set the prices of the line: the best given rivals, and what rivals would answer."""
    found = set_prices(chain, rival_unit_costs=costs_of(rival_cost or ()), n_draws=draws)
    if as_json:
        print_json(found.as_dict())
    else:
        _print(found)


def _print(found: LinePrices) -> None:
    at = {"now": found.now, "best given rivals": found.best}
    if found.at_equilibrium is not None:
        at["in equilibrium"] = found.at_equilibrium
    answered = found.equilibrium_by_draw
    print_table(
        f"Prices of the line, {found.currency}",
        ("offer", *at, "best in each draw", *(["equilibrium of each draw"] if answered else [])),
        [
            (
                name,
                *(amount(point.prices[name]) for point in at.values()),
                _each(found.best_by_draw, name),
                *([_each(answered, name)] if answered else []),
            )
            for name in found.now.prices
        ],
    )
    print_table(
        "What the line brings at these prices, mean and 90 % interval",
        ("prices", f"profit, {found.currency}", *(f"vehicles of {name}" for name in found.offers)),
        [_row(name, point, found.offers) for name, point in at.items()],
    )
    for name in found.offers:
        print_table(
            f"{name}: vehicles, and the line's profit, by its price",
            (f"price, {found.currency}", "vehicles", f"profit, {found.currency}"),
            [
                (amount(point.price), between(point.volume), between(point.profit))
                for point in found.curves[name]
            ],
        )
    print_table(
        "Elasticity: by how many % vehicles of the row change with 1 % of the column's price",
        ("", *found.now.prices),
        [
            (name, *(between(value) for value in row.values()))
            for name, row in found.elasticities.items()
        ],
    )
    _print_ends(found)


def _each(by_draw: Mapping[str, Interval], name: str) -> str:
    return between(by_draw[name]) if name in by_draw else ""


def _row(name: str, point: AtPrices, offers: Sequence[str]) -> tuple[str, ...]:
    return (name, between(point.profit), *(between(point.volumes[offer]) for offer in offers))


def _print_ends(found: LinePrices) -> None:
    print_line(
        f"best prices: {_said(found.found.status)}, {found.found.n_starts_at_it} of "
        f"{found.found.n_starts} starts; more profit than now in {found.is_better:.0%} of draws"
    )
    if (met := found.equilibrium) is not None:
        print_line(
            f"equilibrium: {_said(met.status)}, {met.n_starts_at_it} of {met.n_starts} starts"
        )
    for end in found.on_grids.ends:
        rounds = "; then ".join(_prices_in_words(prices) for prices in end.rounds)
        print_line(f"on price grids: {end.kind}, {end.n_starts} starts: {rounds}")
    print_notes(found.notes)


def _prices_in_words(prices: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {amount(price)}" for name, price in prices.items())


def _said(status: str) -> str:
    return status.replace("_", " ")
