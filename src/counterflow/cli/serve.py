"""`counterflow serve`: ask people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterflow.bootstrap import field_folder, open_field, programme_file
from counterflow.cli.arguments import HERE, Database, ProgrammePath
from counterflow.cli.outcome import errors, outcome
from counterflow.domain.errors import InputError, Problem
from counterflow.web.guard.passwords import (
    PasswordHash,
    generated_password,
    read_hash,
    read_password,
    write_hash,
)
from counterflow.web.guard.settings import Rate, ServiceSettings

_ADMINISTRATOR_FILE = "administrator.json"

Host = Annotated[str, typer.Option("--host", help="The address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")]
PublicUrl = Annotated[
    list[str] | None,
    typer.Option(
        "--public-url",
        metavar="URL",
        help="Where people reach the survey, e.g. https://survey.example.org; may be repeated. "
        "Requests for other hosts are refused.",
        show_default="http://HOST:PORT",
    ),
]
TrustedProxy = Annotated[
    list[str] | None,
    typer.Option(
        "--trusted-proxy",
        metavar="ADDRESS",
        help="An address or network whose X-Forwarded-For and -Proto are believed; "
        "may be repeated.",
        show_default="none",
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--admin-password-file",
        metavar="FILE",
        help="Set the password of the researcher's page to the first line of this file.",
        show_default="made on the first start, and printed once",
    ),
]
RequestsPerAddress = Annotated[
    float,
    typer.Option(
        "--requests-per-address",
        min=0.0,
        help="Requests a second that one address may send over time; 0 for no limit.",
    ),
]


def serve(
    programme: ProgrammePath = HERE,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    public_url: PublicUrl = None,
    trusted_proxy: TrustedProxy = None,
    database: Database = None,
    admin_password_file: PasswordFile = None,
    requests_per_address: RequestsPerAddress = 20.0,
) -> None:
    """Serve the survey of a programme, and a page for its researcher at /field."""
    # The web server takes long to import, and no other command needs it.
    from counterflow.web.serving import Listening
    from counterflow.web.serving import serve as serve_field

    with outcome(as_json=False):
        field = open_field(programme, database)
        try:
            folder = field_folder(programme_file(programme).parent)
            origins = tuple(public_url or _local_origins(host, port))
            administrator = _administrator(folder, admin_password_file)
            _say(f"{field.programme.survey.title} {origins[0]}")
            _say(f"The researcher's page: {origins[0]}/field. Stop with Ctrl+C.")
            serve_field(
                field,
                Listening(
                    host=host,
                    port=port,
                    has_database_elsewhere=not (database or "sqlite:").startswith("sqlite"),
                ),
                settings=ServiceSettings(
                    public_origins=_checked(origins),
                    trusted_proxies=tuple(trusted_proxy or ()),
                    per_address=_rate(requests_per_address),
                ),
                administrator=administrator,
            )
        finally:
            field.close()


def _local_origins(host: str, port: int) -> list[str]:
    names = dict.fromkeys([host, "localhost", "127.0.0.1"])
    return [f"http://{name}:{port}" for name in names if name not in ("0.0.0.0", "::")]


def _checked(origins: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [x for x in origins if not x.startswith(("https://", "http://"))]
    if wrong:
        expected = "an address that begins with https:// or http://"
        raise InputError([Problem(expected, f'"{x}"', where="--public-url") for x in wrong])
    return origins


def _rate(per_second: float) -> Rate | None:
    return Rate(per_second, burst=10.0 * per_second) if per_second else None


def _administrator(folder: Path, password_file: Path | None) -> PasswordHash:
    """Return the hash of the administrator's password: as told, as kept, or of a new one."""
    path = folder / _ADMINISTRATOR_FILE
    if password_file is not None:
        kept = PasswordHash.of(read_password(password_file))
    elif (found := read_hash(path)) is not None:
        return found
    else:
        password = generated_password()
        kept = PasswordHash.of(password)
        _say(f"Password of the researcher's page, shown this once: {password}")
    write_hash(kept, path)
    return kept


def _say(line: str) -> None:
    errors().print(line, markup=False, soft_wrap=True)
