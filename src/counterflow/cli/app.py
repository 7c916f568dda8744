"""The commands of `counterflow`, one module each."""

from __future__ import annotations

import typer

from counterflow.cli import (
    backup,
    check,
    clean,
    compiling,
    define,
    design,
    estimate,
    export,
    forecast,
    forget,
    market,
    new,
    package,
    plan,
    price,
    report,
    restore,
    run,
    schema,
    serve,
    simulate,
)

_EPILOG = (
    "Exit codes: 0 done, or skipped because the answers may be absent; 2 wrong usage; "
    "3 a programme file or its answers are wrong; 4 no answer (nothing buildable, coefficients "
    "not identified); 5 the database of interviews fails; 130 interrupted. "
    "Outputs are whole or not there."
)

app = typer.Typer(
    name="counterflow",
    help="Plan a product backwards from demand: choices, definition, volumes, parts, report.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

app.command("new")(new.new)
app.command("check")(check.check)
app.command("schema")(schema.schema)
app.command("design")(design.design)
app.command("serve")(serve.serve)
app.command("simulate")(simulate.simulate)
app.command("clean")(clean.clean)
app.command("export")(export.export)
app.command("estimate")(estimate.estimate)
app.command("define")(define.define)
app.command("package")(package.package)
app.command("price")(price.price)
app.command("forecast")(forecast.forecast)
app.command("market")(market.market)
app.command("plan")(plan.plan)
app.command("report")(report.report)
app.command("run")(run.run)
app.command("forget")(forget.forget)
app.command("backup")(backup.backup)
app.command("restore")(restore.restore)
app.command("compile")(compiling.compile_all)


@app.callback(invoke_without_command=True)
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(installed("counterflow"))
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    app()
