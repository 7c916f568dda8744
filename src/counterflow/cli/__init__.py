"""The command line: parse, ask the programme, print."""

from counterflow.cli.app import main

__all__ = ["main"]
