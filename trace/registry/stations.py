"""Rows of stations, plans and dialogues (floor 2). What they are: `tables_chips`.

    with store.begin() as session:
        row = locked_dialogue(session, 7)             # nobody else moves it until this transaction ends
        given = answers(session, 7)
        add_answer(session, 7, len(given), b"...")

An answer is written once and never replaced: the same challenge must not meet two chips.
"""

from datetime import datetime

from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.registry.tables_catalogue import ProductText
from ocop.trace.registry.tables_chips import Chip, ChipDialogue, DialogueAnswer, ProvisioningPlan, Station
from ocop.trace.registry.tables_issue import Batch, Recall, SerialRange
from sqlalchemy import func
from sqlmodel import Session, col, select

BOUND = ("reserved", "live")


class BatchClosed(Conflict):
    """A batch that was recalled or cancelled gets no chips."""


def station_named(session: Session, name: str) -> Station:
    """A station by its name. Raises `Unknown`."""
    row: Station | None = session.execute(select(Station).where(Station.name == name)).scalar_one_or_none()
    if row is None:
        raise Unknown("station", name, "see `ocop-trace station list`")
    return row


def stations(session: Session) -> list[Station]:
    """Every station, by name."""
    return list(session.execute(select(Station).order_by(col(Station.name))).scalars())


def add_station(session: Session, name: str, token_hash: bytes, now: datetime) -> Station:
    """A new station. Raises `Conflict` when the name is taken."""
    if session.execute(select(Station.id).where(Station.name == name)).first() is not None:
        raise Conflict(f"expected a new name for the station, got {name!r}, which is in use", "name")
    row = Station(name=name, token_hash=token_hash, created_at=now)
    session.add(row)
    session.flush()
    return row


def batch_row(session: Session, key: str, lot: str) -> Batch:
    """An entered batch. Raises `Unknown`."""
    row: Batch | None = session.execute(
        select(Batch).where(Batch.key == key, Batch.lot == lot)
    ).scalar_one_or_none()
    if row is None or row.position is None:
        raise Unknown("batch", f"{key} lot {lot}", "issue it first")
    return row


def classifier(session: Session, batch: Batch) -> str:
    """The product's own counting word, in Vietnamese; may be empty."""
    text = session.get(ProductText, (batch.product_id, "vi"))
    return text.classifier if text else ""


def locked_plan(session: Session, plan_id: int) -> ProvisioningPlan:
    """A plan that nobody else takes numbers from until this transaction ends. Raises `Unknown`."""
    wanted = select(ProvisioningPlan).where(ProvisioningPlan.id == plan_id).with_for_update()
    row: ProvisioningPlan | None = session.execute(wanted).scalar_one_or_none()
    if row is None:
        raise Unknown("plan", plan_id)
    return row


def hold_open_plans(session: Session) -> None:
    """Nobody takes numbers from an open plan until this transaction ends.

    For acts that lock the ledger and end plans after it: whoever binds a chip locks the plan first, then the ledger,
    and the other way round each would wait for the other.
    """
    wanted = select(ProvisioningPlan.id).where(ProvisioningPlan.state == "open")
    session.execute(wanted.order_by(col(ProvisioningPlan.id)).with_for_update()).all()


def open_plans(session: Session, batch_id: int | None = None) -> list[ProvisioningPlan]:
    """Plans that are not closed, oldest first."""
    wanted = select(ProvisioningPlan).where(ProvisioningPlan.state == "open")
    if batch_id is not None:
        wanted = wanted.where(ProvisioningPlan.batch_id == batch_id)
    return list(session.execute(wanted.order_by(col(ProvisioningPlan.id))).scalars())


def may_write(session: Session, station_id: int, chip: Chip) -> bool:
    """Whether a plan, open or closed, lets or let this station write the number that a chip is on."""
    wanted = (
        select(ProvisioningPlan.id)
        .join(Batch, col(Batch.id) == ProvisioningPlan.batch_id)
        .where(Batch.key == chip.key, Batch.lot == chip.lot)
        .where(ProvisioningPlan.first <= chip.number, ProvisioningPlan.last >= chip.number)
        .where(ProvisioningPlan.family == ("ntag424" if chip.type == "ntag424" else "ntag21x"))
        .where(col(ProvisioningPlan.station_id).is_(None) | (col(ProvisioningPlan.station_id) == station_id))
    )
    return session.execute(wanted.limit(1)).first() is not None


def last_seen(session: Session) -> dict[int, datetime]:
    """When each station began with a chip last; a station that never did is left out."""
    wanted = select(ChipDialogue.station_id, func.max(col(ChipDialogue.started_at)))
    found = session.execute(wanted.group_by(col(ChipDialogue.station_id))).all()
    return {int(station): at for station, at in found}


def counted(session: Session, batch: Batch, first: int, last: int) -> dict[str, int]:
    """How many bindings of each state the numbers `first`..`last` of a batch have or had."""
    wanted = select(Chip.state, func.count()).where(Chip.key == batch.key, Chip.lot == batch.lot)
    wanted = wanted.where(Chip.number >= first, Chip.number <= last).group_by(col(Chip.state))
    return {state: int(number) for state, number in session.execute(wanted).all()}


def reserved(session: Session, batch: Batch, first: int, last: int) -> list[Chip]:
    """The bindings of numbers `first`..`last` of a batch whose chip was never finished, by number."""
    wanted = select(Chip).where(Chip.key == batch.key, Chip.lot == batch.lot, Chip.state == "reserved")
    wanted = wanted.where(Chip.number >= first, Chip.number <= last)
    return list(session.execute(wanted.order_by(col(Chip.number))).scalars())


def bindings(session: Session, key: str, lot: str) -> list[Chip]:
    """Every binding that a batch ever had, by number, oldest first."""
    wanted = select(Chip).where(Chip.key == key, Chip.lot == lot)
    return list(session.execute(wanted.order_by(col(Chip.number), col(Chip.id))).scalars())


def history(session: Session, uid: bytes) -> list[Chip]:
    """Every binding that a chip ever had, oldest first. At most the last one stands."""
    return list(session.execute(select(Chip).where(Chip.uid == uid).order_by(col(Chip.id))).scalars())


def check_open(session: Session, batch: Batch) -> None:
    """Raises `BatchClosed` for a batch that was recalled or wholly cancelled."""
    recalled = select(Recall.id).where(Recall.batch_id == batch.id, col(Recall.undone_id).is_(None))
    if session.execute(recalled).first() is not None:
        raise BatchClosed(f"expected a batch that gets chips, got lot {batch.lot}, which is recalled")
    whole = select(SerialRange.id).where(
        SerialRange.batch_id == batch.id,
        SerialRange.kind == "withdrawn",
        SerialRange.first <= batch.first,
        SerialRange.last >= batch.last,
        col(SerialRange.undone_id).is_(None),
    )
    if session.execute(whole).first() is not None:
        raise BatchClosed(f"expected a batch that gets chips, got lot {batch.lot}, which is cancelled")


def closed_numbers(session: Session, batch: Batch) -> set[int]:
    """Items of a batch that must not get a chip: bound ones, and cancelled ones."""
    wanted = select(Chip.number).where(
        Chip.key == batch.key, Chip.lot == batch.lot, col(Chip.state).in_(BOUND)
    )
    taken = set(session.execute(wanted).scalars())
    gone = select(SerialRange.first, SerialRange.last).where(
        SerialRange.batch_id == batch.id,
        SerialRange.kind == "withdrawn",
        col(SerialRange.undone_id).is_(None),
    )
    for first, last in session.execute(gone):
        taken.update(range(first, last + 1))
    return taken


def dialogue_by_request(session: Session, station_id: int, request: str) -> ChipDialogue | None:
    """The dialogue that this station began with this request."""
    wanted = select(ChipDialogue).where(
        ChipDialogue.station_id == station_id, ChipDialogue.request == request
    )
    return session.execute(wanted).scalar_one_or_none()


def locked_dialogue(session: Session, dialogue_id: int, station_id: int) -> ChipDialogue:
    """A dialogue of this station, locked until the transaction ends. Raises `Unknown`."""
    wanted = select(ChipDialogue).where(ChipDialogue.id == dialogue_id, ChipDialogue.station_id == station_id)
    row: ChipDialogue | None = session.execute(wanted.with_for_update()).scalar_one_or_none()
    if row is None:
        raise Unknown("dialogue", dialogue_id, "begin a new one")
    return row


def links(session: Session, uid: bytes) -> list[tuple[int, str]]:
    """(binding, static link) of every dialogue that gave this chip a link, the newest first."""
    wanted = select(ChipDialogue).where(ChipDialogue.uid == uid).order_by(col(ChipDialogue.id).desc())
    said = [row.snapshot for row in session.execute(wanted).scalars()]
    return [(int(one["bound"]["chip"]), str(one["base"])) for one in said if one.get("base")]


def keeps_password(session: Session, uid: bytes) -> bool:
    """Whether a station wrote this chip under a password and none has made it blank since."""
    if not any(chip.password_generation for chip in history(session, uid)):
        return False
    wanted = select(ChipDialogue).where(ChipDialogue.uid == uid).order_by(col(ChipDialogue.id).desc())
    for row in session.execute(wanted).scalars():
        if row.kind == "void" and row.state == "finished":
            return False
        if row.snapshot.get("bound") and not row.snapshot.get("given back"):
            return True
    return True


def answers(session: Session, dialogue_id: int) -> list[bytes]:
    """What the chip has answered so far, in order."""
    wanted = select(DialogueAnswer.answer).where(DialogueAnswer.dialogue_id == dialogue_id)
    return [bytes(a) for a in session.execute(wanted.order_by(col(DialogueAnswer.position))).scalars()]


def add_answer(session: Session, dialogue_id: int, position: int, answer: bytes) -> None:
    """Store what the chip answered at `position`; a second answer there is a `Conflict` of the database."""
    session.add(DialogueAnswer(dialogue_id=dialogue_id, position=position, answer=answer))
    session.flush()
