"""Commands about the store: init, upgrade, backup, restore, erasures, tidy, ledger."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from ocop.trace import housekeeping, keeping
from ocop.trace.cli_chips import NO_MASTER, has_master
from ocop.trace.cli_common import (
    KEK,
    KEYSTORE,
    Json,
    Refused,
    desk,
    give,
    make_keys,
    now,
    progress_bar,
    say,
    warn,
)
from ocop.trace.gs1.uri import is_private_host
from ocop.trace.registry import dialogue_sweep, erasures, ledger_store, media_sweep
from ocop.trace.registry import keystore as keys
from ocop.trace.registry.ledger_store import LedgerBroken
from ocop.trace.registry.store import open_store
from ocop.trace.settings import read_settings
from ocop.trace.signing.entries import EntryError, parse

ledger = typer.Typer(no_args_is_help=True, help="The ledger of what must never be rewritten.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(init)
    app.command()(upgrade)
    app.command()(backup)
    app.command()(restore)
    app.command(name="erasures")(erased)
    app.command()(tidy)
    app.add_typer(ledger, name="ledger")


def init(json_: Json = False) -> None:
    """Make an empty store and keystore in OCOP_DATA, for ever under one realm."""
    settings = read_settings()
    realm = settings.realm or f"{settings.host.strip('[]').replace(':', '-')}/tag"
    store = open_store(settings.database_url, data=settings.data)
    if not keeping.is_hollow(store):
        store.check(settings.realm)
        raise Refused(
            f"expected no store at {store.where}, got one", "it is kept as it is; choose another OCOP_DATA"
        )
    folder = settings.data / KEYSTORE
    made = None
    if keys.is_keystore(folder):
        warn(f"the keystore in {folder} is kept")
    else:
        settings.data.mkdir(parents=True, exist_ok=True)
        _, made = make_keys(settings, ask=True)
    store.create(realm, now())
    store.close()
    if json_:
        give({"store": store.where, "realm": realm, "kek": str(made) if made else None})
        return
    say(f"a store was made at {store.where} for the realm {realm}")
    if made:
        say(f"its key-encryption key is the file {made}: keep a copy elsewhere, and keep it out of backups")
    if is_private_host(settings.host):
        warn(f"OCOP_PUBLIC_URL is {settings.public_url}: set the public address before anything is printed")


def upgrade(json_: Json = False) -> None:
    """Bring the store to this version's schema. Make a backup first."""
    settings = read_settings()
    store = open_store(settings.database_url, data=settings.data)
    with closing(store):
        upgraded = store.upgrade()
    ready = has_master(settings)
    if json_:
        give({"store": store.where, "upgraded": upgraded, "chip_master": ready})
        return
    say("the schema was upgraded" if upgraded else "the schema is current; nothing to do")
    if not ready:
        say(NO_MASTER)


def backup(
    out: Annotated[Path, typer.Argument(help="The new file, such as ocop-2026-11-23.zip.")],
    with_kek: Annotated[bool, typer.Option("--with-kek", help="Take the key-encryption key along.")] = False,
    json_: Json = False,
) -> None:
    """Write everything that must not be lost into one file."""
    with desk() as at, progress_bar(quiet=json_) as progress:
        task = progress.add_task("backup", total=None)
        kek = None
        if with_kek:
            kek = at.settings.kek_file or at.settings.data / KEK
            if not kek.is_file():
                raise Refused(
                    f"expected the key-encryption key at {kek}, got no file", "was a passphrase chosen?", 3
                )
        if not out.parent.is_dir():
            raise Refused(f"expected a folder for the backup, got {out.parent}", "make it first", 3)
        kept = keeping.backup(
            at.store, out, now(), kek=kek, tell=lambda what: progress.update(task, description=what)
        )
    if json_:
        give(
            {
                "path": str(out),
                "rows": kept.rows,
                "files": kept.files,
                "ledger": kept.ledger_size,
                "kek": with_kek,
            }
        )
        return
    say(
        f"{kept.rows:,} rows and {kept.files:,} files are in {out}; the ledger has {kept.ledger_size:,} entries"
    )
    if not with_kek:
        say("the key-encryption key is not in it: keep that apart, or the keys in the backup can't be opened")


def restore(
    source: Annotated[Path, typer.Argument(help="A file that backup wrote.")],
    listed: Annotated[
        Path | None,
        typer.Option("--erasures", help="A list that `ocop-trace erasures` wrote after the backup."),
    ] = None,
    json_: Json = False,
) -> None:
    """Bring a backup back into an empty OCOP_DATA. What was erased after it is erased again before anything is served:
    by the list in OCOP_DATA, and by --erasures where that folder was lost."""
    settings = read_settings()
    if not source.is_file():
        raise Refused(f"expected a backup, got no file: {source}", "see `ocop-trace backup`", 3)
    if listed is not None and not listed.is_file():
        raise Refused(f"expected a list of erasures, got no file: {listed}", "see `ocop-trace erasures`", 3)
    store = open_store(settings.database_url, data=settings.data)
    with closing(store), progress_bar(quiet=json_) as progress:
        task = progress.add_task("restore", total=None)
        kept = keeping.restore(
            store,
            source,
            now(),
            realm=settings.realm,
            tell=lambda what: progress.update(task, description=what),
            erased=listed,
        )
    if json_:
        give(
            {
                "realm": kept.realm,
                "erasures": kept.erasures,
                "erasures_listed": kept.listed,
                "taken_at": kept.taken_at.isoformat(),
                "rows": kept.rows,
                "files": kept.files,
            }
        )
        return
    say(f"{kept.rows:,} rows and {kept.files:,} files are back as of {kept.taken_at:%d/%m/%Y %H:%M} UTC")
    if kept.listed:
        say(f"{kept.erasures:,} erasures since then were carried out again")
    else:
        warn(
            "no list of erasures was found: what was erased after the backup is back; put the newest list to"
            f" {settings.data / erasures.FILE} and it is carried out at the next start"
        )
    say("older keys verify only: make a new one for each issuer with `ocop-trace key add`")
    if not kept.with_kek and not (settings.kek_file or settings.data / KEK).exists():
        say(f"the key-encryption key is not here: put it to {settings.kek_file or settings.data / KEK}")


def tidy(
    look: Annotated[
        bool,
        typer.Option("--look", help="Only say what of files and dialogues would go; nothing is changed."),
    ] = False,
    json_: Json = False,
) -> None:
    """Let go of what is over, as a running service does each day: old scans are counted by month, reports and requests
    lose their persons after 24 months, pictures and clips that nothing holds leave the disk after 30 days, what a
    station and a chip said to each other goes after 7. Batches whose chips changed get their root in the ledger."""
    with desk() as at:
        if look:
            free = media_sweep.sweep(at.store, now(), only_look=True)
            with at.store.read() as session:
                over = dialogue_sweep.over(session, now())
            if json_:
                give({"files": free, "dialogues": over})
            else:
                say(f"{len(free):,} pictures and clips would go, {over:,} dialogues with chips are over")
            return
        done = housekeeping.tidy(at.store, now())
    if json_:
        give(done._asdict())
        return
    say(
        f"{done.scans:,} scans were counted by month; {done.reports:,} reports and {done.requests:,} requests lost"
        f" their persons; {done.files:,} pictures and clips and {done.unfinished:,} unfinished files are gone;"
        f" {done.dialogues:,} dialogues with chips were emptied;"
        f" {done.sealed:,} batches have a new root over their chips in the ledger"
    )


def erased(
    out: Annotated[
        Path | None,
        typer.Argument(help="A new file for the list, to be kept apart from OCOP_DATA; without: show it."),
    ] = None,
    json_: Json = False,
) -> None:
    """What was erased for good, as numbers and digests, for a restore from an older backup. The newest list lies in
    OCOP_DATA too; a copy elsewhere helps when that folder is lost."""
    with desk() as at, at.store.read() as session:
        entries = erasures.listed(session)
    if out is not None:
        if not out.parent.is_dir():
            raise Refused(f"expected a folder for the list, got {out.parent}", "make it first", 3)
        try:
            with out.open("xb") as file:
                file.write(erasures.to_bytes(at.meta.realm, entries))
        except FileExistsError:
            raise Refused(f"expected a new name for the list, got {out}", "choose another name", 4) from None
    if json_:
        kinds = Counter(entry.kind for entry in entries)
        last = entries[-1].at.isoformat() if entries else None
        give({"entries": len(entries), "kinds": kinds, "newest": last, "path": str(out) if out else None})
    elif out is not None:
        say(f"{len(entries):,} erasures are in {out}")
    else:
        for entry in entries:
            say(f"{entry.at:%Y-%m-%d %H:%M}  {entry.kind:<10} {entry.number or entry.mark.hex()[:16]}")
        say(f"{len(entries):,} erasures")


@ledger.command("check")
def check(json_: Json = False) -> None:
    """Replay the ledger and hold every row against it. Exit code 1 when something is not in order."""
    with desk() as at, at.store.read() as session:
        findings = ledger_store.examine(session)
        size = ledger_store.size(session)
    if json_:
        give({"entries": size, "findings": list(findings)})
    else:
        for finding in findings:
            say(finding)
        state = "is in order" if not findings else f"is not in order: {len(findings)} findings"
        say(f"the ledger of {size:,} entries {state}")
    if findings:
        raise typer.Exit(1)


@ledger.command("list")
def entries(
    last: Annotated[int, typer.Option(help="How many of the newest entries.", min=1)] = 20,
    json_: Json = False,
) -> None:
    """The newest entries with their positions; `undo` takes a position."""
    with desk() as at, at.store.read() as session:
        size = ledger_store.size(session)
        for position, data in ledger_store.read(session, max(0, size - last)):
            try:
                at_ = parse(data).at
            except EntryError as error:
                raise LedgerBroken((f"ledger entry {position}: {error}",)) from error
            if json_:
                typer.echo(f'{{"position":{position},"entry":{data.decode("ascii")}}}')
            else:
                say(f"{position:>6}  {at_:%Y-%m-%d %H:%M}  {data.decode('ascii')}")
