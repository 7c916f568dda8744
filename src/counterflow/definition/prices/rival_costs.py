"""What a vehicle costs rivals, where anybody knows: only these rivals can answer with prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import did_you_mean, one_of, quoted
from counterflow.domain.programme import Programme


def rival_costs(programme: Programme, given: Mapping[str, float]) -> dict[str, float]:
    """Return the unit costs of rivals that are known: those given, else `unit_cost` of each.

    Raises
    ------
    InputError
        If costs are given of rivals that do not exist.
    """
    rivals = programme.market.competitors
    if unknown := [name for name in given if name not in rivals]:
        expected = one_of(tuple(rivals)) if rivals else "nothing, as there are no rivals"
        raise InputError(
            [
                Problem(
                    expected, quoted(n), where="rival costs", advice=did_you_mean(n, tuple(rivals))
                )
                for n in unknown
            ]
        )
    known = {n: rival.unit_cost for n, rival in rivals.items() if rival.unit_cost is not None}
    return {**known, **given}


def notes_on_held_prices(programme: Programme, known: Mapping[str, float]) -> Iterator[str]:
    """Yield a note that names the rivals whose prices stay, if there are any."""
    held = [name for name in programme.market.competitors if name not in known]
    if held:
        yield f"prices of rivals whose unit_cost is not known are held: {', '.join(held)}"
