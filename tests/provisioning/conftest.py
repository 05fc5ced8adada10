"""A house that writes chips: a batch of five, a station, a plan, masters, and simulated chips on a reader."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import SimulatedChip, SimulatedReader
from ocop.trace import facts
from ocop.trace import provisioning as verbs
from ocop.trace import provisioning_stations as stations
from ocop.trace.issuing import IssueRequest, issue
from ocop.trace.issuing_keys import add_issuer, add_key
from ocop.trace.provisioning_desk import Bench
from ocop.trace.registry import editing
from ocop.trace.registry import stations as rows
from ocop.trace.registry.keystore import create, new_key_file
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import Store
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.tags.dialogue import seeded
from ocop.trace.tags.plan import Kind

GTIN, LOT, ISSUER = "09521234543213", "L2609A", "htx-ben-may"
NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
_numbers = itertools.count(1)


class FixedMasters:
    """Two generations; new chips get the newest."""

    def __init__(self) -> None:
        self.keys = {1: bytes.fromhex("00112233445566778899aabbccddeeff")}

    def generations(self) -> tuple[int, ...]:
        return tuple(sorted(self.keys))

    def key(self, generation: int) -> bytes:
        return self.keys[generation]


@dataclass
class Workshop:
    """The server's side and a reader."""

    bench: Bench
    caller: stations.Caller
    token: str
    masters: FixedMasters
    store: Store
    chance: Callable[[int], bytes] = field(default_factory=lambda: seeded(b"workshop"))

    def plan(self, family: Kind = Kind.NTAG424, first: int = 1, last: int = 5, lot: str = LOT) -> int:
        with self.store.begin() as session:
            made = stations.make_plan(
                session, GTIN, lot, family, first, last, self.bench.public_url, "anh Tín", NOW
            )
        return made.plan

    def begin(self, plan: int | None, kind: str = "provision", **more: Any) -> verbs.Began:
        family = more.pop("family", Kind.NTAG424)
        wish = verbs.Wish(f"request-{next(_numbers)}", kind, family, plan, simulated=True, **more)
        return verbs.begin(self.bench, self.caller, wish, self.chance)

    def write(
        self, plan: int | None, chip: SimulatedChip, cut: tuple[int, int] | None = None, **more: Any
    ) -> verbs.Reply:
        """Carries one dialogue; with `cut` the chip leaves after so many exchanges (`Reader.cut_after`)."""
        began = self.begin(plan, **more)
        reader, reply = SimulatedReader(chip), began.reply
        if cut is not None:
            reader.cut_after(*cut)
        try:
            while isinstance(reply, verbs.Command):
                if reply.exchange.reactivate:
                    reader.reactivate()
                data = reader.transceive(reply.exchange.command)
                reply = verbs.answer(self.bench, self.caller, began.dialogue, reply.position, data)
        except ChipLost:
            verbs.lost(self.bench, self.caller, began.dialogue)
            raise
        self.last = reader.exchanges
        return reply

    def bindings(self, lot: str = LOT) -> list[Chip]:
        with self.store.read() as session:
            return rows.bindings(session, GTIN, lot)

    def bound(self) -> dict[int, Chip]:
        """Number -> the chip that stands bound; a second one would be a KeyError of the database."""
        standing = [chip for chip in self.bindings() if chip.state in rows.BOUND]
        found = {chip.number: chip for chip in standing}
        if len(found) != len(standing):
            raise RuntimeError("two chips on one number")
        return found


def furnish(store: Store, folder: Path) -> Workshop:
    place = facts.Place("40", "tỉnh Nghệ An")
    maker = facts.Producer(ISSUER, "HTX Bến Mây", facts.ProducerKind.COOPERATIVE, place)
    text = facts.ProductText("Trà Hương Vân", net="200 g", classifier="hộp")
    keystore = create(folder / "keystore", new_key_file(folder / "kek"))
    by = By("phòng Nông nghiệp", NOW)
    with store.begin() as session:
        editing.save_producer(session, maker)
        product = facts.Product(key=GTIN, keys=(GTIN,), group=1, texts={"vi": text})
        editing.save_product(session, product, producer_slug=maker.slug, now=NOW)
        add_issuer(session, ISSUER, "HTX Bến Mây", "40", by, [GTIN])
    add_key(store.begin, keystore, ISSUER, by)
    for lot in (LOT, "L2609B"):
        issue(store.begin, keystore, IssueRequest(lot, GTIN, lot, date(2026, 9, 1), 5), "chị Hoa", NOW)
    with store.begin() as session:
        token = stations.add_station(session, "Bàn 1", seeded(b"token"), NOW)
    masters = FixedMasters()
    # Simulated chips are for the demo realm only; the store's own realm plays no part in writing.
    bench = Bench(
        store.begin, store.read, keystore, masters, "demo.invalid/tag", "https://id.ocop.example", lambda: NOW
    )
    return Workshop(bench, stations.Caller(1, "Bàn 1"), token, masters, store)


@pytest.fixture
def furnished() -> Callable[[Store, Path], Workshop]:
    """For a test that chooses its database."""
    return furnish


@pytest.fixture
def workshop(store: Store, tmp_path: Path) -> Workshop:
    """On each database."""
    return furnish(store, tmp_path)


@pytest.fixture
def shop(sqlite_store: Store, tmp_path: Path) -> Workshop:
    """On SQLite."""
    return furnish(sqlite_store, tmp_path)


class InProcess(httpx.BaseTransport):
    """The station's client is not asynchronous, the application is; nothing goes over a wire."""

    def __init__(self, api: FastAPI) -> None:
        self._inner = httpx.ASGITransport(api)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def go() -> httpx.Response:
            reply = await self._inner.handle_async_request(request)
            return httpx.Response(reply.status_code, headers=reply.headers, content=await reply.aread())

        return asyncio.run(go())


@pytest.fixture
def connect() -> Callable[[FastAPI, str], httpx.Client]:
    """A client of an application in this process, with a station's token."""

    def to(api: FastAPI, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(transport=InProcess(api), base_url="http://station.test", headers=headers)

    return to
