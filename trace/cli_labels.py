"""The command that prints: label sheets as PDF."""

from pathlib import Path
from typing import Annotated

import typer
from ocop.trace import illustrating
from ocop.trace.cli_acts import First, Last
from ocop.trace.cli_common import (
    Actor,
    Json,
    Key,
    Lot,
    Refused,
    batch_of,
    desk,
    give,
    login,
    now,
    open_keys,
    progress_bar,
    say,
)
from ocop.trace.gs1.uri import is_loopback_host
from ocop.trace.pages.labels_stock import STOCKS, find_stock
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(labels)
    app.command()(stocks)


def stocks(json_: Json = False) -> None:
    """The sticker sheets that labels can be printed on; any roll is `roll-WIDTHxHEIGHT` in mm."""
    for stock in STOCKS.values():
        if json_:
            give({"name": stock.name, "title": stock.title})
        else:
            say(f"{stock.name:12} {stock.title}")


def labels(
    key: Key,
    lot: Lot,
    first: First = None,
    last: Last = None,
    stock: Annotated[str, typer.Option(help="See `ocop-trace stocks`.")] = "a4-21",
    out: Annotated[
        Path | None, typer.Option(help="A folder or a file; the current folder by default.")
    ] = None,
    reprint: Annotated[bool, typer.Option("--reprint", help="Print numbers again on purpose.")] = False,
    skip: Annotated[int, typer.Option(help="Labels already used up on the first sheet.")] = 0,
    dx: Annotated[float, typer.Option(help="Shift right, mm, for a printer that pulls askew.")] = 0.0,
    dy: Annotated[float, typer.Option(help="Shift up, mm.")] = 0.0,
    actor: Actor = "",
    json_: Json = False,
) -> None:
    """Make a print-ready PDF of a batch's labels and record the run."""
    # With numpy and reportlab: no other command waits for them.
    from ocop.trace import printing
    from ocop.trace.pages.labels import sheet_name

    what = batch_of(key, lot)
    job = printing.Job(what.key, what.lot, find_stock(stock), first, last, skip, dx, dy, reprint)
    with desk() as at:
        if is_loopback_host(at.settings.host) and at.meta.realm != illustrating.REALM:
            raise Refused(
                f"expected the address that buyers reach, got OCOP_PUBLIC_URL={at.settings.public_url}",
                "what is printed can't be changed: set OCOP_PUBLIC_URL first",
                3,
            )
        prepared = printing.prepare(at.store, job)
        path = _path(out, sheet_name(prepared.name, what.lot, prepared.first, prepared.last))
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with progress_bar(*columns, quiet=json_) as progress:
            task = progress.add_task("labels", total=prepared.total)
            report = printing.print_labels(
                at.store,
                open_keys(at.settings),
                prepared,
                path,
                realm=at.meta.realm,
                public_url=at.settings.public_url,
                actor=actor or login(),
                now=now(),
                progress=lambda done: progress.update(task, completed=done),
            )
    if json_:
        give({"path": str(path), "labels": report.labels, "pages": report.pages, "bytes": report.bytes})
        return
    say(f"{report.labels:,} labels on {report.pages:,} pages are in {path}")
    say("print at 100 %, hold the ruler against a real one, and scan one label before the rest")


def _path(out: Path | None, name: str) -> Path:
    if out is None:
        return Path(name)
    if out.is_dir():
        return out / name
    if not out.parent.is_dir():
        raise Refused(f"expected a folder for the sheet, got {out.parent}", "make it first", 3)
    return out
