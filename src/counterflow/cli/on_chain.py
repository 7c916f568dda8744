"""Commands on the chain of a programme: the options that they share, and their session."""

from __future__ import annotations

from collections.abc import Callable

from counterflow.cli.arguments import HERE, AsJson, Database, FromField, FromScratch, ProgrammePath
from counterflow.cli.session import session
from counterflow.programme.chain import Chain


def on_chain(show: Callable[[Chain, bool], None]) -> Callable[..., None]:
    """Return `show` as a command: it is given the chain of the programme, and whether as JSON.

    What documents `show` is the command's help.
    """

    def command(
        programme: ProgrammePath = HERE,
        from_field: FromField = False,
        database: Database = None,
        as_json: AsJson = False,
        from_scratch: FromScratch = False,
    ) -> None:
        with session(
            programme,
            as_json=as_json,
            from_scratch=from_scratch,
            from_field=from_field,
            database=database,
        ) as chain:
            show(chain, as_json)

    command.__doc__ = show.__doc__
    return command
