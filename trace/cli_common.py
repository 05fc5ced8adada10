"""What the commands share: settings, the opened store and keystore, who acts and when, how things are said."""

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.gs1.identifier import Identifier, identifier
from ocop.trace.registry import keystore as keys
from ocop.trace.registry.keystore import KeyFile, Keystore, Passphrase, Secret
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.masters import Masters
from ocop.trace.registry.store import Store, StoreMeta, open_store
from ocop.trace.settings import Settings, read_settings
from ocop.trace.signing.entries import Why
from rich.console import Console
from rich.progress import Progress, ProgressColumn

KEYSTORE = "keystore"
KEK = "kek"

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]
Actor = Annotated[str, typer.Option("--by", help="Who acts; the name of your login by default.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words that people will read.")]
Because = Annotated[Why, typer.Option("--why", help="Why, as the code that the ledger keeps for ever.")]
Key = Annotated[str, typer.Argument(help="GTIN (14 digits) or product code, such as 4VTR0QB4.")]
Lot = Annotated[str, typer.Argument(help="The lot, as printed.")]


class Refused(Exception):
    """A command that can't do what was asked; `hint` says what would help, `code` is the exit code."""

    def __init__(self, text: str, hint: str = "", code: int = 4) -> None:
        self.hint, self.code = hint, code
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Desk:
    """An opened store and what goes with it."""

    settings: Settings
    store: Store
    meta: StoreMeta


@contextmanager
def desk() -> Iterator[Desk]:
    """The store of this deployment, checked. Raises SettingsError, StoreError."""
    settings = read_settings()
    store = open_store(settings.database_url, data=settings.data)
    try:
        yield Desk(settings, store, store.check(settings.realm))
    finally:
        store.close()


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def by(actor: str, reason: str = "", advice: str = "") -> By:
    """Who acts now, and in which words."""
    return By(actor or login(), now(), reason, advice)


def login() -> str:
    """The name of who is logged in on this machine."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "ocop-trace"


def product_key(text: str) -> str:
    """The identifier's key from what people type: a GTIN without its zeros, a code with or without `P/`."""
    text = text.strip().upper()
    if text.isascii() and text.isdigit() and len(text) in {8, 12, 13}:
        text = text.zfill(14)
    elif len(text) == 8 and not text.startswith("P/"):
        text = f"P/{text}"
    return identifier(text).key


def batch_of(key: str, lot: str) -> Identifier:
    """The checked identifier of a lot. Raises LinkError."""
    if not lot:
        raise LinkError("lot", "a lot of 1 to 20 characters of A-Z, 0-9 and hyphen", lot)
    return identifier(product_key(key), lot)


def open_keys(settings: Settings) -> Keystore:
    """The keystore, opened with the key file, or with a passphrase that is asked for. Raises KeystoreError."""
    folder = settings.data / KEYSTORE
    return keys.open_keystore(folder, _secret(settings, passphrase=keys.needs_passphrase(folder)))


def _secret(settings: Settings, *, passphrase: bool) -> Secret:
    if not passphrase:
        return KeyFile(settings.kek_file or settings.data / KEK)
    if not sys.stdin.isatty():
        raise Refused(
            "expected a terminal to ask for the passphrase of the keystore, got none",
            "make the keystore with OCOP_KEK_FILE where nobody is there to type",
            code=5,
        )
    return Passphrase(_ask("Passphrase of the keystore: "))


def make_keys(settings: Settings, *, ask: bool) -> tuple[Keystore, Path | None]:
    """A new keystore. Its secret is OCOP_KEK_FILE; else, with a terminal, a passphrase; else a file `kek`.

    The first master key of chips is in it. Returns the keystore and the file that was made for it, if one was.
    """
    folder = settings.data / KEYSTORE
    if settings.kek_file is None and ask and sys.stdin.isatty():
        first = _ask("A passphrase for the keystore (8 characters or more): ")
        if _ask("The same again: ") != first:
            raise Refused("expected the same passphrase twice, got two", "begin again", code=3)
        return _with_master(keys.create(folder, Passphrase(first))), None
    path = settings.kek_file or settings.data / KEK
    made = None if path.exists() else path
    secret = KeyFile(path) if made is None else keys.new_key_file(path)
    return _with_master(keys.create(folder, secret)), made


def _with_master(keystore: Keystore) -> Keystore:
    """A new keystore can write chips from the start."""
    Masters(keystore).add()
    return keystore


def _ask(question: str) -> str:
    try:
        return getpass.getpass(question)
    except EOFError:
        raise Refused("expected a passphrase, got none; nothing was done", code=130) from None


def progress_bar(*columns: ProgressColumn, quiet: bool) -> Progress:
    """How far long work is: shown to whoever sits at a terminal, never mixed into what a script reads."""
    seen = sys.stderr.isatty() and not quiet
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not seen)


def say(text: str) -> None:
    """One line for a person."""
    typer.echo(text)


def warn(text: str) -> None:
    """One line for a person, beside what a script reads."""
    typer.echo(f"ocop-trace: {text}", err=True)


def give(values: dict[str, Any] | list[dict[str, str]]) -> None:
    """One line of JSON for a script."""
    typer.echo(json.dumps(values, ensure_ascii=False, default=str))


def confirm(question: str, yes: bool) -> None:
    """Ask on a terminal, unless told not to. A script has decided already."""
    if yes or not sys.stdin.isatty():
        return
    try:
        agreed = typer.confirm(question)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise Refused("nothing was done", code=130)


def a_date(text: str) -> date:
    """A civil date, `2026-09-01` or `01/09/2026`."""
    try:
        if "/" in text:
            day, month, year = text.split("/")
            return date(int(year), int(month), int(day))
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Refused(f"expected a date such as 2026-09-01 or 01/09/2026, got {text!r}", code=3) from None
