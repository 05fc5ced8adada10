"""Issuing: a batch of up to 999,999 items is entered, and only then its codes leave the house (floor 3).

    request = IssueRequest("hoa-2026-09-01", "09521234543213", "L2609A", made=date(2026, 9, 1), count=300)
    batch = issue(store.begin, keystore, request, "chị Hoa", now)
    for number, link in links(keystore, realm, "https://id.ocop.example", batch, 1, 300): ...

No item has a row: serials are a range and Ed25519 is deterministic, so the batch is all there is to keep, and
the same link can be made again at any time.

`issue` has one commit point, named `entered`. Before it: nothing has happened. In its transaction, in this
order: the row of the batch as a draft, with a snapshot of what the pack says today; the ledger entry; the row
becomes `entered`. After it: the batch exists for ever, whether or not anybody heard of it. Whoever was cut off
asks again with the same idempotency key and gets the same batch; another content under that key is refused.
(id, lot) is one batch for ever, so a second batch of a lot is refused too.

A batch is signed by the newest key of the identifier's present holder. Keys from before a restore verify only:
what they signed since the backup is not known any more.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime

from ocop.trace.facts import Level, StageEvent
from ocop.trace.gs1.errors import LinkError
from ocop.trace.gs1.identifier import MAX_ITEM, identifier, item_serial
from ocop.trace.registry.editing import product_row, words
from ocop.trace.registry.errors import BadValue, Conflict, RegistryError, Unknown
from ocop.trace.registry.keystore import Keystore, KeystoreError
from ocop.trace.registry.ledger_store import By, Ledger, open_ledger
from ocop.trace.registry.makers import refuse_issue, refuse_more
from ocop.trace.registry.quotas import check_quota
from ocop.trace.registry.store import read_meta
from ocop.trace.registry.tables_catalogue import Producer, ProductText
from ocop.trace.registry.tables_issue import Batch, BatchEvent, Issuer, SigningKey
from ocop.trace.signing.entries import BatchEntry
from ocop.trace.signing.keys import Signer
from ocop.trace.signing.ledger import KeyRecord, State
from ocop.trace.signing.token import Carrier, qr_text, sign
from ocop.trace.tags.qr import print_link
from sqlmodel import Session, col, select

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction that commits at the end of its block: `Store.begin`."""

MAX_IDEMPOTENCY_KEY = 200


class IdempotencyConflict(RegistryError):
    """An idempotency key that was used for another content."""


class LotTaken(Conflict):
    """There is a batch of that lot already, and there can only ever be one."""


class NoUsableKey(RegistryError):
    """No key may sign this: none was made, it was withdrawn, or it is older than the last restore."""


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """What is to be issued. `count` is the number of items, 0 for a batch with one code for all of it.

    `key` is the identifier (`09521234543213` or `P/4VTR0QB4`), `made` and `expiry` are civil dates,
    `idempotency_key` is any text of up to 200 printable ASCII characters that the caller never uses again.
    """

    idempotency_key: str
    key: str
    lot: str
    made: date
    count: int
    expiry: date | None = None
    events: tuple[StageEvent, ...] = ()

    @property
    def level(self) -> Level:
        """`item` when items are counted, else `batch`."""
        return Level.ITEM if self.count else Level.BATCH

    @property
    def serials(self) -> tuple[int, int]:
        """First and last serial: 1..count, or 0..0."""
        return (1, self.count) if self.count else (0, 0)

    def content(self) -> bytes:
        """SHA-256 over everything but the idempotency key."""
        events = [[dict(event.step), event.on.isoformat(), event.place_code] for event in self.events]
        expiry = self.expiry.isoformat() if self.expiry else None
        values = [self.key, self.lot, self.made.isoformat(), self.count, expiry, events]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class Issued:
    """A batch in the ledger. `created` is False when an earlier request with the same content made it."""

    key: str
    lot: str
    level: Level
    first: int
    last: int
    issuer: str
    key_number: int
    position: int
    issued_at: datetime
    created: bool = False

    @property
    def count(self) -> int:
        """How many codes it has: its items, or the one of the batch."""
        return self.last - self.first + 1


def issue(
    begin: Begin,
    keystore: Keystore,
    request: IssueRequest,
    actor: str,
    now: datetime,
    *,
    known: State | None = None,
) -> Issued:
    """Enter a batch, once, whoever asks how often.

    `known` may be a trust state replayed earlier; it is not changed.
    Raises `BadValue`, `Unknown`, `LotTaken`, `IdempotencyConflict`, `MakerClosed`, `NoUsableKey`, `KeystoreError`,
    `QuotaSpent`, `EntryRefused`, `StoreError`. After any of them but a `StoreError` nothing was issued; after a
    `StoreError` the same request tells.
    """
    _check(request)
    by = By(words("actor", actor, needed=True), now)
    with begin() as session:  # commit point: entered
        found = _earlier(session, request)
        if found is not None:
            return found
        ledger = open_ledger(session, known)
        # Only now is nobody else writing: who came second must see what the first one did.
        found = _earlier(session, request)
        if found is not None:
            return found
        record = _signing_key(session, ledger.state, request.key)
        refuse_issue(session, request.key)
        signer = _signer(keystore, record)
        _refuse_second(session, request)
        first, last = request.serials
        check_quota(session, request.key, record.issuer, codes=last - first + 1, now=now)
        draft = _draft(session, request, record, now)
        entered = _enter(ledger, draft, signer, by)
        draft.position, draft.state = entered, "entered"
        session.add(draft)
        session.flush()
        return _issued(draft, signer.issuer, created=True)


def find_issued(session: Session, key: str, lot: str) -> Issued:
    """A batch that was issued earlier, to print it. Raises `Unknown`."""
    wanted = select(Batch, Issuer.code).join(Issuer, col(Issuer.id) == Batch.issuer_id)
    row = session.execute(wanted.where(Batch.key == key, Batch.lot == lot)).first()
    if row is None or row[0].position is None:
        raise Unknown("batch", f"{key} lot {lot}", "issue it first")
    return _issued(row[0], row[1])


def check_may_sign(session: Session, batch: Issued) -> None:
    """Return if codes of the batch may still be made, else raise `NoUsableKey`, `MakerClosed`, `MadeByOther`.

    A retired key may, for its own batches; a withdrawn one may not, nor one from before a restore. Nor is a further
    code made of what a maker left behind that stopped or gave the product away.
    """
    refuse_more(session, batch.key, batch.lot)
    wanted = select(SigningKey.state).join(Issuer, col(Issuer.id) == SigningKey.issuer_id)
    found = session.execute(wanted.where(Issuer.code == batch.issuer, SigningKey.number == batch.key_number))
    if found.scalar_one() == "withdrawn":
        raise NoUsableKey(
            f"expected a key that may sign, got key {batch.key_number} of {batch.issuer}, which was withdrawn; "
            "issue the goods again as a new lot"
        )
    _refuse_before_restore(session, batch.key_number)


def links(
    keystore: Keystore,
    realm: str,
    public_url: str,
    batch: Issued,
    first: int | None = None,
    last: int | None = None,
) -> Iterator[tuple[int, str]]:
    """(number, text of the printed code) of the batch's items `first`..`last`, all of them by default.

    A batch-level code is one pair with number 0. Call it for entered batches only, which is what `Issued` is,
    after `check_may_sign`. Raises `BadValue` for numbers the batch doesn't have, `KeystoreError`, `QRError`.
    """
    start = batch.first if first is None else first
    end = batch.last if last is None else last
    if not batch.first <= start <= end <= batch.last:
        raise BadValue("numbers", f"a range within {batch.first}..{batch.last}", f"{start}..{end}")
    signer = keystore.signer(batch.issuer, batch.key_number)
    return _links(signer, realm, public_url, batch, range(start, end + 1))


def _links(
    signer: Signer, realm: str, public_url: str, batch: Issued, numbers: range
) -> Iterator[tuple[int, str]]:
    whole = identifier(batch.key, batch.lot)
    for number in numbers:
        serial = item_serial(number) if number else ""
        path = f"{whole.path}/21/{serial}" if serial else whole.path
        token = sign(signer, realm, Carrier.PRINT, batch.key, batch.lot, serial)
        yield number, print_link(public_url, path, qr_text(token))


def _check(request: IssueRequest) -> None:
    key = request.idempotency_key
    if not (0 < len(key) <= MAX_IDEMPOTENCY_KEY and key.isascii() and key.isprintable()):
        raise BadValue("idempotency key", f"1 to {MAX_IDEMPOTENCY_KEY} printable ASCII characters", key[:80])
    if not request.lot:
        raise BadValue("lot", "1 to 20 of A-Z, 0-9 and -", request.lot)
    try:
        identifier(request.key, request.lot)
    except LinkError as error:
        raise BadValue("identifier", error.expected, error.got, error.hint) from None
    if not 0 <= request.count <= MAX_ITEM:
        raise BadValue("count", f"1 to {MAX_ITEM} items, or 0 for one code of the batch", request.count)
    if request.expiry is not None and request.expiry < request.made:
        raise BadValue("expiry", f"a day not before {request.made}, when it was made", str(request.expiry))


def _earlier(session: Session, request: IssueRequest) -> Issued | None:
    """The batch an earlier request with this idempotency key made. Raises `IdempotencyConflict`."""
    wanted = select(Batch, Issuer.code).join(Issuer, col(Issuer.id) == Batch.issuer_id)
    row = session.execute(wanted.where(Batch.idempotency_key == request.idempotency_key)).first()
    if row is None:
        return None
    batch, issuer = row
    if batch.content_hash != request.content():
        raise IdempotencyConflict(
            f"expected the same content as before under idempotency key {request.idempotency_key!r}, got another one; "
            f"it made lot {batch.lot} of {batch.key}: use a new key for a new batch"
        )
    return _issued(batch, issuer)


def _refuse_second(session: Session, request: IssueRequest) -> None:
    wanted = select(Batch).where(Batch.key == request.key, Batch.lot == request.lot)
    taken = session.execute(wanted).scalars().first()
    if taken is not None:
        raise LotTaken(
            f"expected a new lot, got {request.lot}, issued on {taken.issued_at:%d/%m/%Y} for {request.key}; "
            "a lot is one batch for ever: give the new goods a new lot",
            "lot",
        )


def _signing_key(session: Session, state: State, key: str) -> KeyRecord:
    holders = state.holders(key)
    if not holders:
        raise Unknown("identifier of an issuer", key, "assign it to an issuer first")
    record = state.active_key(holders[-1])
    if record is None:
        raise NoUsableKey(
            f"expected a key that may sign, got none for {holders[-1]}; make one with `ocop-trace key add`"
        )
    _refuse_before_restore(session, record.number)
    return record


def _refuse_before_restore(session: Session, number: int) -> None:
    meta = read_meta(session)
    if number < meta.key_floor:
        raise NoUsableKey(
            f"expected a key made since the store was restored, got key {number}, which verifies only; "
            "make a new one with `ocop-trace key add`"
        )


def _signer(keystore: Keystore, record: KeyRecord) -> Signer:
    """The private half, held against the ledger's public one. Raises `KeystoreError`."""
    signer = keystore.signer(record.issuer, record.number)
    if signer.public != record.verifier.public:
        raise KeystoreError(
            f"expected the private half of key {record.number} of {record.issuer}, got another key; "
            "is this the keystore of this store?"
        )
    return signer


def _draft(session: Session, request: IssueRequest, record: KeyRecord, now: datetime) -> Batch:
    product = product_row(session, request.key)
    text = session.get(ProductText, (product.id, "vi"))
    first, last = request.serials
    draft = Batch(
        product_id=product.id or 0,
        key=request.key,
        lot=request.lot,
        level=request.level.value,
        first=first,
        last=last,
        issuer_id=session.execute(select(Issuer.id).where(Issuer.code == record.issuer)).scalar_one(),
        key_number=record.number,
        made=request.made,
        expiry=request.expiry,
        issued_at=By("", now).second,
        name=text.name if text else "",
        net=text.net if text else "",
        producer_id=product.producer_id,
        maker=session.get_one(Producer, product.producer_id).name,
        photo=product.photo,
        seal=product.seal.get("vi", ""),
        idempotency_key=request.idempotency_key,
        content_hash=request.content(),
    )
    session.add(draft)
    session.flush()
    for line, event in enumerate(request.events):
        session.add(
            BatchEvent(
                batch_id=draft.id or 0,
                line=line,
                step=dict(event.step),
                on_day=event.on,
                place_code=event.place_code,
            )
        )
    return draft


def _enter(ledger: Ledger, draft: Batch, signer: Signer, by: By) -> int:
    entry = BatchEntry(
        at=by.second,
        issuer=signer.issuer,
        key=signer.number,
        id=draft.key,
        lot=draft.lot,
        level=draft.level,
        first=draft.first,
        last=draft.last,
        made=draft.made,
    )
    return ledger.enter(entry, by).position


def _issued(batch: Batch, issuer: str, *, created: bool = False) -> Issued:
    return Issued(
        key=batch.key,
        lot=batch.lot,
        level=Level(batch.level),
        first=batch.first,
        last=batch.last,
        issuer=issuer,
        key_number=batch.key_number,
        position=-1 if batch.position is None else batch.position,
        issued_at=batch.issued_at,
        created=created,
    )
