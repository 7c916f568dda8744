"""Commands on the chain of a programme: the options that they share, and their session."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

from counterflow.cli.arguments import HERE, AsJson, Database, FromField, FromScratch, ProgrammePath
from counterflow.cli.session import session


def on_chain(show: Callable[..., None]) -> Callable[..., None]:
    """Return `show` as a command: it is given the chain of the programme, and whether as JSON.

    What else `show` takes are arguments and options of the command, before those that all commands
    on a chain share; what documents `show` is the command's help.
    """

    def command(
        *,
        programme: ProgrammePath = HERE,
        from_field: FromField = False,
        database: Database = None,
        as_json: AsJson = False,
        from_scratch: FromScratch = False,
        **own: Any,
    ) -> None:
        with session(
            programme,
            as_json=as_json,
            from_scratch=from_scratch,
            from_field=from_field,
            database=database,
        ) as chain:
            show(chain, as_json, **own)

    _chain, _as_json, *its_own = signature(show, eval_str=True).parameters.values()
    *shared, _own = signature(command, eval_str=True).parameters.values()
    named = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in (*its_own, *shared)]
    # Typer reads which arguments and options a command has from its signature.
    vars(command)["__signature__"] = signature(command).replace(parameters=named)
    command.__doc__ = show.__doc__
    return command
