"""Commands that serve: serve, demo, and run, which is what `make run` calls."""

import contextlib
import os
import shlex
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from ocop.trace import illustrating
from ocop.trace.api.starting import check_keys
from ocop.trace.cli_common import (
    KEYSTORE,
    Json,
    Refused,
    desk,
    give,
    make_keys,
    now,
    open_keys,
    progress_bar,
    say,
    warn,
)
from ocop.trace.cli_demo import DemoChips
from ocop.trace.gs1.uri import is_private_host
from ocop.trace.keeping import is_hollow
from ocop.trace.registry import keystore as keys
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.store import Store, open_store
from ocop.trace.settings import Settings, read_settings
from ocop.trace.tags import qr
from ocop.trace.text import civil_date

FACTORY = "ocop.trace.api.app:create"
PROTOCOL = "ocop.trace.api.wire:Wire"
ANYWHERE = "0.0.0.0"  # noqa: S104  asked for by name, and said in a line
LOOPBACK = "127.0.0.1"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(serve)
    app.command()(demo)
    app.command(hidden=True)(run)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = LOOPBACK,
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Processes; one per core is enough.", min=1, max=64)] = 1,
) -> None:
    """Serve scans, stories and the API. Refuses an old schema, another realm or a weak master before it listens."""
    with desk() as at:
        check_keys(at.settings)
    _listen(host, port, workers)


def demo(json_: Json = False) -> None:
    """Fill an empty store with illustrative products, and print a code of each batch."""
    settings = read_settings()
    store, keystore, chips = _illustrated(settings, quiet=json_)
    for code in (*illustrating.codes(store, keystore, settings.public_url), *chips.codes()):
        if json_:
            give({"product": code.product, "link": code.link, "code": code.code, "stars": code.stars})
        else:
            say(f"{code.product}: {code.code}, {code.stars}\n  {code.link}")
    if not json_:
        _say_chips(chips, settings)
    store.close()


def run(
    port: Annotated[int, typer.Option(envvar="PORT", help="Port to listen on.", min=1, max=65535)] = 8000,
    lan: Annotated[int, typer.Option(envvar="LAN", help="0: this machine only.")] = 1,
) -> None:
    """A server with illustrative data, for looking at: prints a link and its QR."""
    address = _own_address() if lan else LOOPBACK
    os.environ.setdefault("OCOP_DATA", "var/demo")
    os.environ.setdefault("OCOP_PUBLIC_URL", f"http://{address}:{port}")
    settings = read_settings()
    store, keystore, chips = _illustrated(settings, quiet=False)
    code = next(iter(illustrating.codes(store, keystore, settings.public_url)))
    age = (civil_date(now()) - illustrating.day_of(store)).days
    store.close()
    if age > illustrating.FRESH_DAYS:
        say(f"these data are {age} days old; remove the folder {settings.data} to have them made anew")
    say("")
    say(qr.terminal(qr.matrix(qr.segments(code.link)), colours=sys.stdout.isatty()))
    say(f"{code.product}\n  {code.link}\n")
    _say_chips(chips, settings)
    say("a link for the first officer, who invites everybody else:")
    say(f"  {_command(settings, 'ocop-trace')} invite 'Nguyễn Thị Hạnh' province --province 24\n")
    say(f"catalogue: {settings.public_url}/")
    if address == LOOPBACK:
        say("only this machine can open it" + ("" if not lan else "; no other network was found"))
    else:
        say("a phone in the same network can open it; LAN=0 keeps it to this machine")
    say("stop with Ctrl-C")
    _listen(LOOPBACK if address == LOOPBACK else ANYWHERE, port, 1)


def _say_chips(chips: DemoChips, settings: Settings) -> None:
    say(f"a tap of a chip, which opens once:\n  {chips.tap()}")
    station = _command(settings, "ocop-station")
    say(
        f"write twenty more, and tap one that was written:\n  {station} write --reader sim\n  {station} tap\n"
    )


def _command(settings: Settings, name: str) -> str:
    """How to call a command of ours for this store, to be copied: from this folder and with the same settings."""
    path = Path(sys.executable).with_name(name)
    if path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    known = {"OCOP_DATA": str(settings.data)}
    if name == "ocop-trace":
        known["OCOP_PUBLIC_URL"] = settings.public_url
    return " ".join(
        [*(f"{key}={shlex.quote(value)}" for key, value in known.items()), shlex.quote(str(path))]
    )


def _illustrated(settings: Settings, *, quiet: bool) -> tuple[Store, Keystore, DemoChips]:
    """A store with the illustrative data in it; one that holds anything else is left alone."""
    store = open_store(settings.database_url, data=settings.data)
    new = is_hollow(store)
    realm = (settings.realm or illustrating.REALM) if new else store.check(settings.realm).realm
    if realm != illustrating.REALM:
        raise Refused(
            f"expected an empty or illustrative store, got one of the realm {realm}",
            "illustrative data never goes beside real goods: choose another OCOP_DATA, without OCOP_REALM",
        )
    if not keys.is_keystore(settings.data / KEYSTORE):
        settings.data.mkdir(parents=True, exist_ok=True)
        _, made = make_keys(settings, ask=False)
        if made:
            (warn if quiet else say)(f"the key-encryption key of this illustrative store is the file {made}")
    if new:
        store.create(illustrating.REALM, now())
    keystore = open_keys(settings)
    with _progress(quiet) as tell:
        illustrating.fill(store, keystore, now(), tell)
    chips = DemoChips(settings, store, keystore)
    chips.prepare()
    return store, keystore, chips


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task("illustrative data", total=11)
        yield lambda name: progress.update(task, advance=1, description=name)


def _own_address() -> str:
    """This machine's address in its network, by asking the routing table; nothing is sent."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # TEST-NET-1 (RFC 5737): connecting a datagram socket only chooses a route.
        probe.connect(("192.0.2.1", 9))
        address: str = probe.getsockname()[0]
        if is_private_host(address):
            return address
    return LOOPBACK


def _listen(host: str, port: int, workers: int) -> None:
    with contextlib.closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
    # A process of its own: a worker has no use for what the command line loads (25 MB of drawing and printing).
    sys.stdout.flush()
    sys.stderr.flush()
    words = [sys.executable, "-m", "uvicorn", FACTORY, "--factory", "--host", host, "--port", str(port),
             "--workers", str(workers), "--no-access-log", "--log-level", "warning", "--no-server-header",
             "--no-proxy-headers", "--http", PROTOCOL, "--timeout-graceful-shutdown", "10"]  # fmt: skip
    os.execv(sys.executable, words)  # noqa: S606
