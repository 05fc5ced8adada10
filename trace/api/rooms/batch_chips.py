"""The studio's rooms about chips: those of a batch and their state, and putting one on with a phone.

The page of a phone asks twice with POST, as a form with the secret of its session: `bind` (which chip, which number)
gives the text to write, `readback` hands in what stands on the chip now. Everything else is the browser's: without Web
NFC the page offers printed codes and the station, kindly and without any script.
"""

from datetime import datetime

from ocop.trace import batching
from ocop.trace.api.rooms import batch_chip
from ocop.trace.api.rooms.batch_common import (
    TELLABLE,
    allowed,
    batch_path,
    lot_of,
    maker_of,
    number_of,
    told,
    unprintable,
)
from ocop.trace.api.rooms.routes import Route, where_batch
from ocop.trace.api.rooms.visit import Answer, Json, Page, Visit
from ocop.trace.facts import Level
from ocop.trace.pages.rooms.batch_views import ChipsView, WriteView
from ocop.trace.provisioning_chips import read_uid
from ocop.trace.provisioning_phone import (
    ForeignUid,
    NoNumberLeft,
    NothingWritten,
    NumberClosed,
    OtherItem,
    OtherLot,
    OtherText,
    Place,
    WrittenAtStation,
    bind_phone,
    read_back,
)
from ocop.trace.registry import tables
from ocop.trace.registry.chips import ChipIsBound, ItemHasChip
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.stations import BatchClosed
from ocop.trace.rights import Right
from ocop.trace.tags.plan import PlanError
from ocop.trace.text import format_number
from sqlalchemy import func, select
from sqlmodel import Session, col

ROWS_SHOWN = 200
ON_AN_ITEM = ("reserved", "live")
_WORDS = (
    (ForeignUid, "write.problem.foreign"),
    (OtherLot, "write.problem.lot"),
    (WrittenAtStation, "write.problem.station"),
    (NoNumberLeft, "write.full"),
    (NumberClosed, "write.problem.closed"),
    (NothingWritten, "write.problem.empty"),
    (OtherText, "write.problem.other"),
    (BatchClosed, "labels.problem.cancelled"),
    (ChipIsBound, "write.problem.lot"),
    (PlanError, "write.problem.room"),
)


def shown(visit: Visit) -> Answer:
    """Chips of a batch: number, kind, state, day of the last tap."""
    session, lot = visit.session, lot_of(visit, visit.session)
    start = number_of(visit.query.get("from", "")) or lot.first
    taps = _taps(session, lot)
    query = (
        select(tables.Chip)
        .where(col(tables.Chip.key) == lot.key, col(tables.Chip.lot) == lot.lot)
        .where(col(tables.Chip.number) >= start)
        .order_by(col(tables.Chip.number), col(tables.Chip.id).desc())
        .limit(ROWS_SHOWN + 1)
    )
    chips = list(session.scalars(query))
    path = batch_path(lot.key, lot.lot)
    may_end = allowed(visit, Right.CHIPS_WRITE, maker_of(session, lot.key))
    ends = f"{path}/chips" if may_end else ""
    may_write = may_end and lot.level is Level.ITEM and not lot.gone
    view = ChipsView(
        visit.base_view(visit.say("chips.title", lot=lot.lot)),
        path,
        _lead(visit, session, lot),
        tuple(_row(visit, chip, taps, ends) for chip in chips[:ROWS_SHOWN]),
        f"{path}/chips/write" if may_write else "",
        f"{path}/chips?from={chips[ROWS_SHOWN].number}" if len(chips) > ROWS_SHOWN else "",
    )
    return Page(view)


def writing(visit: Visit) -> Answer:
    """Put a chip on with the phone."""
    lot = lot_of(visit, visit.session)
    path = batch_path(lot.key, lot.lot)
    title = visit.say("write.title", lot=lot.lot)
    free = 0 if lot.gone or lot.level is not Level.ITEM else _free(visit.session, lot)
    view = WriteView(
        visit.base_view(title, scripts=("writing.js",)),
        path,
        path,
        f"{path}/labels",
        lot.first,
        lot.last,
        free,
        f"{visit.service.settings.public_url}/",
    )
    return Page(view)


def bound(visit: Visit) -> Answer:
    """What to write on this chip."""
    if unprintable(visit):
        return _said(visit, visit.say("labels.problem.address"), 409)
    with visit.service.store.read() as session:
        lot = lot_of(visit, session)
        producer_id = maker_of(session, lot.key).producer_id
    number = number_of(visit.form.one("number"))
    if number is None or not lot.first <= number <= lot.last:
        return _said(visit, visit.say("batch.problem.number"), 422)
    try:
        uid = read_uid(visit.form.one("uid"))
        done = bind_phone(visit.service.bench, Place(lot.key, lot.lot, by=visit.actor.name), uid, number)
    except (*TELLABLE, PlanError) as error:
        return _refused(visit, error)
    if not done.again:
        with visit.begin() as session:
            about = f"{lot.key} {lot.lot} {done.number}"
            visit.note("chip.bind", about, for_producer=producer_id, session=session)
    return Json({"number": done.number, "text": done.text})


def checked(visit: Visit) -> Answer:
    """What stands on the chip now: the very text makes it live."""
    with visit.service.store.read() as session:
        lot = lot_of(visit, session)
        producer_id = maker_of(session, lot.key).producer_id
    try:
        uid = read_uid(visit.form.one("uid"))
        done = read_back(visit.service.bench, Place(lot.key, lot.lot), uid, visit.form.one("text"))
    except (*TELLABLE, PlanError) as error:
        return _refused(visit, error)
    with visit.service.store.read() as session:
        free = _free(session, lot)
    if not done.again:
        with visit.begin() as session:
            about = f"{lot.key} {lot.lot} {done.number}"
            visit.note("chip.live", about, for_producer=producer_id, session=session)
    return Json({"number": done.number, "next": free})


def _refused(visit: Visit, error: Exception) -> Json:
    if isinstance(error, OtherItem | ItemHasChip):
        name = "write.problem.item" if isinstance(error, OtherItem) else "write.problem.taken"
        return _said(visit, visit.say(name, number=error.number), 409)
    for kind, name in _WORDS:
        if isinstance(error, kind):
            return _said(visit, visit.say(name), 409)
    if isinstance(error, BadValue):
        return _said(visit, visit.say("write.problem.foreign"), 422)
    return _said(visit, told(visit, error)[1], 409)


def _said(visit: Visit, sentence: str, status: int) -> Json:
    return Json({"problem": sentence}, status)


def _free(session: Session, lot: batching.Lot) -> int:
    """The lowest number that stands without a chip and counts, 0 when there is none."""
    taken = set(
        session.scalars(
            select(col(tables.Chip.number)).where(
                col(tables.Chip.key) == lot.key,
                col(tables.Chip.lot) == lot.lot,
                col(tables.Chip.state).in_(ON_AN_ITEM),
            )
        )
    )
    gone = session.execute(
        select(col(tables.SerialRange.first), col(tables.SerialRange.last))
        .join(tables.Batch, col(tables.Batch.id) == col(tables.SerialRange.batch_id))
        .where(col(tables.Batch.key) == lot.key, col(tables.Batch.lot) == lot.lot)
        .where(col(tables.SerialRange.kind) == "withdrawn", col(tables.SerialRange.undone_id).is_(None))
        .order_by(col(tables.SerialRange.first))
    ).all()
    number = lot.first
    while number <= lot.last:
        over = next((last for first, last in gone if first <= number <= last), None)
        if over is None and number not in taken:
            return number
        number = number + 1 if over is None else over + 1
    return 0


def _taps(session: Session, lot: batching.Lot) -> dict[int, datetime]:
    """When each number was last tapped, of chips that keep no counter here."""
    query = select(col(tables.Scan.serial), func.max(tables.Scan.at)).where(
        col(tables.Scan.key) == lot.key, col(tables.Scan.lot) == lot.lot, col(tables.Scan.channel) == "nfc"
    )
    return {serial: at for serial, at in session.execute(query.group_by(col(tables.Scan.serial))) if at}


def _row(
    visit: Visit, chip: tables.Chip, taps: dict[int, datetime], ends: str
) -> tuple[str | tuple[str, str], ...]:
    """A row of the table; the number of a chip that stands on its item leads to its page below `ends`."""
    last = chip.counter_at
    if chip.carrier == "static" and chip.state in ON_AN_ITEM:
        last = taps.get(chip.number)
    kind = visit.say("chips.kind.phone" if chip.mirror == "none" else f"chips.kind.{chip.carrier}")
    ended = visit.words.day_of(chip.ended_at) if chip.ended_at else ""
    state = visit.say(f"chips.state.{chip.state}", at=ended)
    number = str(chip.number)
    head = (number, f"{ends}/{number}") if ends and chip.state in ON_AN_ITEM else number
    return head, kind, state, visit.words.day_of(last) if last else visit.say("chips.tap.never")


def _lead(visit: Visit, session: Session, lot: batching.Lot) -> str:
    query = select(col(tables.Chip.state), func.count()).where(
        col(tables.Chip.key) == lot.key, col(tables.Chip.lot) == lot.lot
    )
    states: dict[str, int] = {
        state: int(n) for state, n in session.execute(query.group_by(col(tables.Chip.state)))
    }
    standing = sum(states.get(state, 0) for state in ON_AN_ITEM)
    return visit.say("chips.lead", n=standing, count=format_number(lot.count, visit.lang))


_CHIPS = "/studio/products/{key}/batches/{lot}/chips"
ROUTES: tuple[Route, ...] = (
    Route("GET", _CHIPS, Right.BATCH_SEE, shown, where_batch),
    Route("GET", f"{_CHIPS}/write", Right.CHIPS_WRITE, writing, where_batch),
    Route("POST", f"{_CHIPS}/bind", Right.CHIPS_WRITE, bound, where_batch, commits=True),
    Route("POST", f"{_CHIPS}/readback", Right.CHIPS_WRITE, checked, where_batch, commits=True),
    *batch_chip.ROUTES,
)
