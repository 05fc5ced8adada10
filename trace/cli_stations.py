"""Commands about stations: who may write chips. A token is shown once, when the station is made."""

import json
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer
from ocop.trace import provisioning_stations as verbs
from ocop.trace.cli_common import Json, Refused, desk, give, now, say
from ocop.trace.registry import stations as rows

station = typer.Typer(no_args_is_help=True, help="Stations: machines with a reader that may write chips.")
Name = Annotated[str, typer.Argument(help="The station's name, such as 'Bàn 1, HTX Bến Mây'.")]
FILE = "station.json"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(station, name="station")


def write_station_file(path: Path, url: str, token: str, name: str) -> None:
    """What `ocop-station` reads to find its server, readable by its owner only; an earlier file is replaced whole."""
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump({"url": url, "token": token, "name": name}, out, ensure_ascii=False, indent=1)
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


@station.command("add")
def add(
    name: Name,
    out: Annotated[
        Path | None, typer.Option(help="Write a file for `ocop-station` instead of showing the token.")
    ] = None,
    json_: Json = False,
) -> None:
    """Let a machine write chips. Its token is shown now and never again."""
    if out is not None and out.exists():
        raise Refused(f"expected a new file, got {out}, which is there", "choose another name", 3)
    with desk() as at:
        with at.store.begin() as session:
            token = verbs.add_station(session, name, secrets.token_bytes, now())
            if out is not None:
                write_station_file(out, at.settings.public_url, token, name)
        url = at.settings.public_url
    if json_:
        give({"station": name, "url": url} | ({"file": str(out)} if out else {"token": token}))
    elif out is not None:
        say(f"{out} is for the station {name!r}: carry it there, and keep it from others")
    else:
        say(f"the token of {name!r}, shown this once:\n  {token}")


@station.command("list")
def list_(json_: Json = False) -> None:
    """Every station, when it was last used for a chip, also those whose token was taken away."""
    with desk() as at, at.store.read() as session:
        seen = rows.last_seen(session)
        for row in rows.stations(session):
            used = seen.get(row.id or 0)
            if json_:
                dates = {"created_at": row.created_at, "revoked_at": row.revoked_at, "used_at": used}
                give({"station": row.name} | dates)
            else:
                state = "in use" if row.revoked_at is None else f"revoked on {row.revoked_at:%d/%m/%Y}"
                last = f"last chip on {used:%d/%m/%Y}" if used else "no chip yet"
                say(f"{row.name}: {state}, {last}")


@station.command("revoke")
def revoke(name: Name, json_: Json = False) -> None:
    """Refuse a station's token from now on, also in the middle of a chip; another station goes on with it."""
    with desk() as at, at.store.begin() as session:
        verbs.revoke_station(session, name, now())
    if json_:
        give({"station": name, "state": "revoked"})
    else:
        say(f"{name!r} may write no more chips")
