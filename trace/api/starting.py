"""From settings to a running worker, and back: the store is checked before the first request is taken."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from ocop.trace.api.service import Service, utc_now
from ocop.trace.erasing import catch_up
from ocop.trace.housekeeping import tidy, tidy_rows
from ocop.trace.provisioning_desk import Bench
from ocop.trace.registry import keystore, marks
from ocop.trace.registry.errors import RegistryError
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.keystore_shut import KeystoreShut, ShutKeystore
from ocop.trace.registry.masters import Masters
from ocop.trace.registry.scans import ScanRecorder
from ocop.trace.registry.store import Store, open_store
from ocop.trace.registry.taps import TapWriter, receipt_secret
from ocop.trace.scanning import Scanner
from ocop.trace.settings import Settings
from ocop.trace.sightings import Mark, Sightings, day_of
from ocop.trace.taps import Receipts

LOG = logging.getLogger("ocop.trace")
SHARE_SECONDS = 5.0
LOOK_SECONDS = 0.5
SHARE_SOON = 5_000
"""Marks that wait, each some 200 bytes: so many are shared at the next look, however short the time."""
TIDY_FIRST, TIDY_EACH = 600.0, 86_400.0
LEARN_AT_ONCE = 500


@dataclass(slots=True)
class Running:
    """A started worker."""

    service: Service
    store: Store
    worker: int
    position: marks.Position = marks.START


def start(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Running:
    """Open what a worker needs. Raises StoreError when the store can't be served, KeystoreError for a bad keystore."""
    store = open_store(settings.database_url, data=settings.data)
    meta = store.check(settings.realm)
    now = int(clock().timestamp())
    catch_up(store)
    with store.begin() as session:
        salt, day = marks.shared_key(session, fresh=secrets.token_bytes(32), today=day_of(now))
        tidy_rows(session, clock())
        secret = receipt_secret(session, fresh=secrets.token_bytes(32))
    sightings = Sightings(salt, day)
    with store.read() as session:
        # Row by row: all of two busy days at once would be the most that this worker ever holds.
        rows, position = marks.unread(session, since=day_of(now) - 1)
        for row in rows:
            sightings.absorb(marks.bundle(session, row), now)
    keys, masters = open_keys(settings)
    restored = meta.restored_at is not None
    scanner = Scanner(store, meta.realm, sightings, restored=restored, master=masters.key)
    scanner.refresh()
    recorder, taps, receipts = ScanRecorder(store), TapWriter(store), Receipts(secret)
    bench = Bench(store.begin, store.read, keys, masters, meta.realm, settings.public_url, clock)
    service = Service(
        settings, store, scanner, sightings, recorder, taps, receipts, keys, masters, bench, clock=clock
    )
    return Running(service, store, secrets.randbits(62) | 1, position)


def check_keys(settings: Settings) -> None:
    """Said before a service listens: a damaged keystore, a weak or repeated master. Raises KeystoreError."""
    with suppress(KeystoreShut):
        masters_of(settings).check()


def masters_of(settings: Settings) -> Masters:
    """The masters of chips, each opened when it is asked for. Raises KeystoreError."""
    return Masters(_opened(settings))


def open_keys(settings: Settings) -> tuple[Keystore, Masters]:
    """The keystore and its masters of chips, all opened once, so that a weak or damaged one is found at the start.

    One that opens with a passphrase stays shut, since nobody types it for each worker, and so does one whose key
    file is not there: then nothing is signed here and taps of chips with a counter are "can't say"; a line in the
    log says so. Raises KeystoreError.
    """
    keys = _opened(settings)
    masters = Masters(keys)
    try:
        masters.check()
    except KeystoreShut as shut:
        LOG.warning("nothing is signed here and chip taps can't be checked: %s", shut)
    return keys, masters


def _opened(settings: Settings) -> Keystore:
    folder = settings.data / "keystore"
    if not keystore.is_keystore(folder):
        return ShutKeystore(folder, "expected the keystore of this service, got none")
    if keystore.needs_passphrase(folder):
        return ShutKeystore(
            folder,
            "expected a keystore that opens without a person, got one with a passphrase; its operator can serve"
            " with one made under OCOP_KEK_FILE",
        )
    try:
        return keystore.open_keystore(folder, keystore.KeyFile(settings.kek_file or settings.data / "kek"))
    except (keystore.BadSecret, keystore.WrongSecret) as error:
        LOG.warning("%s", error)
        return ShutKeystore(
            folder, "expected the key file of this service's keystore, got none or another one"
        )


def stop(running: Running) -> None:
    """Write what waits and let go of everything."""
    running.service.recorder.close()
    running.service.taps.close()
    exchange(running, running.service.sightings.take_marks(), running.service.sightings.state)
    running.service.scanner.close()
    running.store.close()


async def keep_sharing(running: Running, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Exchange marks with the other workers until cancelled. The memory is touched on the loop only.

    `sleep` waits for some seconds.
    """
    service = running.service
    while True:
        for _ in range(round(SHARE_SECONDS / LOOK_SECONDS)):
            await sleep(LOOK_SECONDS)
            if service.sightings.untold >= SHARE_SOON:
                break
        mine, state = service.sightings.take_marks(), service.sightings.state
        learnt = await asyncio.to_thread(exchange, running, mine, state)
        for start_ in range(0, len(learnt), LEARN_AT_ONCE):
            now = int(service.clock().timestamp())
            service.sightings.absorb(learnt[start_ : start_ + LEARN_AT_ONCE], now)
            await asyncio.sleep(0)


async def keep_tidy(running: Running, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Let go of what is over, some minutes after the start and then each day, until cancelled.

    `sleep` waits for some seconds. Workers of one service do it at about the same time: what one has let go of, the
    others no longer find.
    """
    wait = TIDY_FIRST
    while True:
        await sleep(wait)
        wait = TIDY_EACH
        try:
            await asyncio.to_thread(tidy, running.store, running.service.clock())
        except (RegistryError, OSError) as error:
            LOG.warning("what is over was not let go of, it will be tried again: %s", error)


def exchange(running: Running, mine: list[Mark], state: tuple[bytes, int]) -> list[Mark]:
    """Hand over what this worker learnt, get what others did. A store that is away costs these marks only."""
    salt, day = state
    store = running.store
    try:
        if mine:
            with store.begin() as session:
                marks.share(session, mine, running.worker)
                marks.keep_key(session, salt, day)
                marks.forget(session, before=day - 1)
        with store.read() as session:
            learnt, running.position = marks.news(
                session, since=day - 1, after=running.position, worker=running.worker
            )
        return learnt
    except RegistryError as error:
        LOG.warning("sightings were not shared: %s", error)
        return []
