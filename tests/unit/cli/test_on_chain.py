from __future__ import annotations

import inspect

from counterflow.cli import market, package, price
from counterflow.cli.on_chain import on_chain

SHARED = ["programme", "from_field", "database", "as_json", "from_scratch"]


def test_a_command_has_its_own_arguments_before_those_that_all_commands_share():
    def show(chain, as_json, *, name: str, twice: bool = False) -> None:
        """Say it."""

    command = on_chain(show)
    assert list(inspect.signature(command).parameters) == ["name", "twice", *SHARED]
    assert command.__doc__ == "Say it."


def test_every_question_on_the_chain_can_be_asked_of_the_field_and_as_json():
    for command in (market.market, package.package, price.price):
        assert list(inspect.signature(command).parameters)[-5:] == SHARED
