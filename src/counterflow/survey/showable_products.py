"""The products that a choice task may show: what can be built, at prices that could be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from counterflow.domain.buildable import buildable_configurations
from counterflow.domain.columns import Column, Numeric, coded
from counterflow.domain.configuration import Configuration
from counterflow.domain.programme import Programme
from counterflow.domain.settings import PriceRange


@dataclass(frozen=True, eq=False)
class ShowableProducts:
    """U distinct products, each a buildable configuration with a price; one value an attribute."""

    columns: dict[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    @property
    def values(self) -> dict[str, Int[np.ndarray, " U"] | Float[np.ndarray, " U"]]:
        """Return codes of levels, or numbers, by attribute in the order of the programme."""
        return {
            name: column.values if isinstance(column, Numeric) else column.codes
            for name, column in self.columns.items()
        }


def showable_products(programme: Programme) -> ShowableProducts:
    """Return every product that the programme's rules allow, at each price that fits it.

    The prices of a configuration are the levels of the price attribute that lie within the first
    range of `search.prices` that applies to it; all levels where none applies, as for a rival's
    brand that the search leaves out.

    Raises
    ------
    NothingBuildableError
        If the rules allow nothing.
    """
    configurations = buildable_configurations(programme.configurable, programme.rules)
    levels = np.array(programme.attributes[programme.price_attribute].values)
    fitting = [_prices(x, levels, programme.search.prices) for x in configurations]
    product = np.repeat(np.arange(len(configurations)), [len(prices) for prices in fitting])
    prices = np.concatenate(fitting)
    columns: dict[str, Column] = {}
    for name, attribute in programme.attributes.items():
        if attribute.kind == "price":
            columns[name] = Numeric(prices)
            continue
        position = {level: i for i, level in enumerate(attribute.level_names)}
        codes = np.array([position[x[name]] for x in configurations])[product]
        columns[name] = (
            Numeric(np.array(attribute.values)[codes])
            if attribute.is_numeric
            else coded(codes, attribute.level_names)
        )
    return ShowableProducts(columns)


def _prices(
    configuration: Configuration, levels: Float[np.ndarray, " L"], ranges: Sequence[PriceRange]
) -> Float[np.ndarray, " some"]:
    for asked in ranges:
        if configuration.meets(asked.when):
            return levels[(levels >= asked.least) & (levels <= asked.most)]
    return levels
