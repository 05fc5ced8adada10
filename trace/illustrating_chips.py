"""Chips for one illustrative batch: two that are ready, and plans for twenty more to try a station with (floor 3).

    numbers     chip                    what it is for
    n .. n+9    NTAG 424 DNA            an open plan: `ocop-station write --reader sim`
    n+10 .. 19  NTAG215 or 216          another
    n+20        NTAG 424 DNA, ready     its taps open the story page, each once
    n+21        NTAG215, ready          its two links stand among the illustrative codes

n is 1, or the number after the sample's, whose printed code shall stay without a chip. The two are simulated and
written through the same dialogues as real ones, so a fill that is cut off is completed by the next.

    batch = chip_batch(day)
    prepare(bench, batch, now, chip_of, secrets.token_bytes)       # each step once
    for code in chip_codes(bench, batch): ...                      # links of the static chip
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from ocop.trace import provisioning
from ocop.trace import provisioning_stations as stations
from ocop.trace.facts import Level
from ocop.trace.illustrating import ACTOR, IllustrativeCode
from ocop.trace.illustrative import BatchAct, products
from ocop.trace.issuing import find_issued
from ocop.trace.provisioning_desk import Bench, sign_link
from ocop.trace.provisioning_stations import Caller
from ocop.trace.registry import stations as rows
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.tables_chips import Chip, ProvisioningPlan
from ocop.trace.tags.link import MIRROR_MARK
from ocop.trace.tags.plan import Kind
from ocop.trace.tags.sun import Mirror
from sqlmodel import Session, select

STATION: Final = "Trạm minh họa"
EACH: Final = 10
FAMILIES: Final = (Kind.NTAG424, Kind.NTAG21X)


class ChipOnReader(Protocol):
    """A simulated chip within reach."""

    def transceive(self, command: bytes) -> bytes:
        """One exchange."""

    def reactivate(self) -> None:
        """The field goes off and on."""


@dataclass(frozen=True, slots=True)
class ChipBatch:
    """The batch that gets chips; `first` is the number of the first one."""

    product: str
    key: str
    lot: str
    stars: str
    first: int

    def planned(self, family: Kind) -> range:
        """The numbers that are left to a station."""
        start = self.first + EACH * FAMILIES.index(family)
        return range(start, start + EACH)

    def ready(self, family: Kind) -> int:
        """The number of the chip that is written already."""
        return self.first + EACH * len(FAMILIES) + FAMILIES.index(family)


def chip_batch(day: date) -> ChipBatch:
    """The first batch on sale with room for the chips. Raises Unknown when the illustration has none."""
    wanted = (EACH + 1) * len(FAMILIES)
    for one in products(day):
        for batch in one.batches:
            first = 1 if batch.sample > wanted else batch.sample + 1
            on_sale = batch.act is BatchAct.RELEASED and batch.expected_code == "code_issued"
            if on_sale and batch.level is Level.ITEM and first + wanted - 1 <= batch.count:
                name = one.product.texts["vi"].name
                return ChipBatch(name, one.product.key, batch.lot, batch.expected_stars, first)
    raise Unknown("illustrative batch with room for chips", wanted)


def station_token(
    session: Session, kept: str, chance: Callable[[int], bytes], now: datetime
) -> tuple[Caller, str]:
    """The station of the illustration and its token: the one that was `kept`, if it still opens, else a new one."""
    try:
        return stations.authenticate(session, kept), kept
    except stations.NotAllowed:
        pass
    try:
        token = stations.renew_token(session, STATION, chance)
    except Unknown:
        token = stations.add_station(session, STATION, chance, now)
    return stations.authenticate(session, token), token


def prepare(
    bench: Bench,
    caller: Caller,
    batch: ChipBatch,
    chip_of: Callable[[Kind], ChipOnReader],
    chance: Callable[[int], bytes],
) -> None:
    """Make the plans and write the two chips, each once. Raises what those verbs raise."""
    with bench.begin() as session:
        plans = _plans(session, bench, batch)
    for family, plan in plans.items():
        with bench.read() as session:
            done = _chip(session, batch, family) is not None
        if not done:
            _write(bench, caller, plan, family, chip_of(family), chance)
        with bench.begin() as session:
            if rows.locked_plan(session, plan).state == "open":
                stations.close_plan(session, plan, By(ACTOR, bench.clock()))


def chip_codes(bench: Bench, batch: ChipBatch) -> Iterator[IllustrativeCode]:
    """The links of the static chip: as it shows them, and without its number. Nothing before `prepare`."""
    with bench.read() as session:
        chip = _chip(session, batch, Kind.NTAG21X)
        if chip is None:
            return
        issued = find_issued(session, batch.key, batch.lot)
    about = {
        "number": chip.number, "carrier": chip.carrier, "issuer": issued.issuer,
        "signing_key": issued.key_number, "key": batch.key, "lot": batch.lot,
    }  # fmt: skip
    link = sign_link(bench, about, chip.uid)
    shown = f"{link}{MIRROR_MARK}{Mirror(chip.uid, chip.counter or 0).text()}"
    yield IllustrativeCode(batch.product, shown, "chip_known", batch.stars)
    yield IllustrativeCode(batch.product, link, "code_issued", batch.stars)


def _plans(session: Session, bench: Bench, batch: ChipBatch) -> dict[Kind, int]:
    """The plans of the chips that are ready, made together with those that are left to a station."""
    batch_id = rows.batch_row(session, batch.key, batch.lot).id
    found = session.scalars(select(ProvisioningPlan).where(ProvisioningPlan.batch_id == batch_id)).all()
    ready = {Kind(row.family): row.id or 0 for row in found if row.first == row.last}
    if not found:
        for family in FAMILIES:
            for numbers in (batch.planned(family), range(batch.ready(family), batch.ready(family) + 1)):
                view = stations.make_plan(
                    session, batch.key, batch.lot, family, numbers[0], numbers[-1], bench.public_url, ACTOR,
                    bench.clock(),
                )  # fmt: skip
                if len(numbers) == 1:
                    ready[family] = view.plan
    return ready


def _chip(session: Session, batch: ChipBatch, family: Kind) -> Chip | None:
    """The chip that is ready, once it is."""
    bound = rows.bindings(session, batch.key, batch.lot)
    return next((c for c in bound if c.number == batch.ready(family) and c.state == "live"), None)


def _write(
    bench: Bench, caller: Caller, plan: int, family: Kind, chip: ChipOnReader, chance: Callable[[int], bytes]
) -> None:
    wish = provisioning.Wish(chance(16).hex(), "provision", family, plan, simulated=True)
    began = provisioning.begin(bench, caller, wish, chance)
    reply = began.reply
    while isinstance(reply, provisioning.Command):
        if reply.exchange.reactivate:
            chip.reactivate()
        data = chip.transceive(reply.exchange.command)
        reply = provisioning.answer(bench, caller, began.dialogue, reply.position, data)
    if isinstance(reply, provisioning.Refused):
        raise Conflict(f"expected a simulated chip that can be written, got: {reply.sentence}")
