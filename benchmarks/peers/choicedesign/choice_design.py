"""Search for a published design by choicedesign's random swaps, for so many seconds."""

from __future__ import annotations

import argparse
import contextlib
import io
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from biogeme.expressions import Beta, Variable
from choicedesign.design import EffDesign

from benchmarks.fit import fit_and_print
from benchmarks.published_designs import PublishedDesign, named


def main() -> None:
    arguments = _arguments()
    published = named(arguments.name)

    def search() -> np.ndarray:
        with contextlib.redirect_stdout(io.StringIO()):
            design = EffDesign(_attributes(published), _alternatives(published), published.n_tasks)
            # Sets the conditions, of which there are none, that optimise asks for.
            design.gen_initdesign()
            found, *_ = design.optimise(
                _start(design, arguments.seed),
                _utilities(published),
                seed=arguments.seed,
                time_lim=arguments.seconds / 60.0,
            )
        return _codes(published, found)

    fit_and_print(
        f"choicedesign {version('choicedesign')}",
        search,
        repetitions=1,
        quality=lambda _: {},
        parameters=lambda codes: {"codes": codes.tolist()},
    )


def _start(design: EffDesign, seed: int) -> pd.DataFrame:
    """Return a start that shows each level as often as the others, in random order.

    That of choicedesign 0.1.6 has the first level alone in as many tasks as there are columns.
    """
    random = np.random.default_rng(seed)
    columns = {
        name: random.permutation(np.resize(levels, design.N))
        for name, levels in zip(design.names, design.levs, strict=True)
    }
    return pd.DataFrame(columns)


def _alternatives(published: PublishedDesign) -> list[str]:
    return [f"alt{j}" for j in range(published.n_alternatives)]


def _places(published: PublishedDesign, a: int) -> tuple[int, ...]:
    only_at = None if published.only_at is None else published.only_at[a]
    return tuple(range(published.n_alternatives)) if only_at is None else only_at


def _attributes(published: PublishedDesign) -> list[dict[str, Any]]:
    """Return the attributes by the numbers of their levels; utilities code them."""
    return [
        {
            "name": f"x{a}",
            "levels": list(range(len(block))),
            "avail": [f"alt{j}" for j in _places(published, a)],
            "fixed": None,
        }
        for a, block in enumerate(published.coding)
    ]


def _utilities(published: PublishedDesign) -> dict[int, Any]:
    return {j + 1: _utility(published, j) for j in range(published.n_alternatives)}


def _utility(published: PublishedDesign, j: int) -> Any:
    """Return the sum over attributes, levels and columns of coefficient times code of the level."""
    coefficients = iter(published.draws[0].tolist())
    utility: Any = 0
    for a, block in enumerate(published.coding):
        for column in range(block.shape[1]):
            beta = Beta(f"b_{a}_{column}", next(coefficients), None, None, 0)
            if j not in _places(published, a):
                continue
            for level, x in enumerate(block[:, column].tolist()):
                if x != 0.0:
                    utility = utility + beta * x * (Variable(f"alt{j}_x{a}") == level)
    return utility


def _codes(published: PublishedDesign, found: Any) -> np.ndarray:
    codes = np.full((published.n_tasks, published.n_alternatives, len(published.coding)), -1)
    for a in range(len(published.coding)):
        for j in _places(published, a):
            codes[:, j, a] = found[f"alt{j}_x{a}"].to_numpy().astype(int)
    return codes


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.choicedesign.choice_design")
    parser.add_argument("name", help="a name of benchmarks.published_designs")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
