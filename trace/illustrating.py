"""Filling an empty store with the illustrative products, so that a fresh installation can be looked at (floor 3).

Everything goes the way of real goods: registered, pictures taken in, keys made, batches issued and released; then
some are recalled or withdrawn. The realm is `demo.invalid/tag`, so no such code ever holds elsewhere.

Lots and days are counted from the day the store was made, never from today: the store that answers tomorrow has
the lots of today, and labels printed from it stay good. So the illustration grows old with its store; after
`FRESH_DAYS` some of the answers that `codes` expects are no longer the ones a scan gets.

    fill(store, keystore, now)                  # 20 s; a second time it finds its mark and does nothing
    for code in codes(store, keystore, "https://id.ocop.example"): ...

A fill that was cut off is completed by the next one: products are registered as often as one likes, and a batch is
issued and put into its state in one transaction. The mark (`OCOP_DATA/illustrative`) is written last; it names the
store and the exact content, so another store or another version of the illustration is filled anew.
"""

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable

from ocop.trace import illustrative, issuing, registering, withdrawing
from ocop.trace.illustrative import BatchAct, IllustrativeBatch, IllustrativeProduct, draw, products
from ocop.trace.issuing import Issued, IssueRequest
from ocop.trace.registering import Picture, Registration
from ocop.trace.registry import telling
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.media import Pictures
from ocop.trace.registry.store import Store, bump_facts
from ocop.trace.signing.entries import Why
from ocop.trace.text import civil_date
from sqlmodel import Session

REALM = "demo.invalid/tag"
ACTOR = "minh họa"
TELLER = "Người kể (minh họa)"
PROOF = "Dữ liệu minh họa: không có ai ngoài đời đứng sau lời đồng ý này."
FRESH_DAYS = 20
MARK = "illustrative"
JPEG_QUALITY = 95

Drawn = Mapping[tuple[str, str], Future[bytes]]


@dataclass(frozen=True, slots=True)
class IllustrativeCode:
    """One printed code and what a scan of it must answer while the store is fresh."""

    product: str
    link: str
    code: str
    stars: str


def day_of(store: Store) -> date:
    """The civil day from which the illustration counts: when the store was made. Raises StoreError."""
    return civil_date(store.check().created_at)


def fill(store: Store, keystore: Keystore, now: datetime, tell: Callable[[str], None] | None = None) -> None:
    """Register the products and issue their batches, each once. Raises what those verbs raise, OSError."""
    mark, content = store.data / MARK, _fingerprint(store)
    if mark.is_file() and mark.read_text("ascii", "replace") == content:
        return
    wanted = products(day_of(store))
    with _drawing(wanted) as drawn, Pictures(store.data) as pictures:
        for one in wanted:
            by = By(ACTOR, now, "dữ liệu minh họa")
            done = registering.register(store, _registration(one, drawn), by, pictures=pictures)
            if done.needs_key:
                registering.first_key(store, keystore, done.issuer, by)
            if one.producer.press:
                with store.begin() as session:
                    _let_press_in(session, one.producer.slug, now)
            for batch in one.batches:
                with store.begin() as session:
                    _enter(session, keystore, one, batch, now)
            if tell is not None:
                tell(done.name)
    mark.write_text(content, "ascii")


def codes(store: Store, keystore: Keystore, public_url: str) -> Iterator[IllustrativeCode]:
    """The code of each batch's sample item, with the answers expected of it. Raises Unknown before a `fill`."""
    for one in products(day_of(store)):
        for batch in one.batches:
            with store.read() as session:
                issued = issuing.find_issued(session, one.product.key, batch.lot)
            yield IllustrativeCode(
                one.product.texts["vi"].name,
                _link(keystore, public_url, issued, batch.sample),
                batch.expected_code,
                batch.expected_stars,
            )


def _let_press_in(session: Session, slug: str, now: datetime) -> None:
    """The consents that name the teller and let the press in; nobody real stands behind them, and they say so."""
    for item in ("quote", "press"):
        telling.give_consent(session, slug, item, person=TELLER, proof=PROOF, at=now)
    bump_facts(session)


def _link(keystore: Keystore, public_url: str, issued: Issued, number: int) -> str:
    return next(issuing.links(keystore, REALM, public_url, issued, number, number))[1]


def _fingerprint(store: Store) -> str:
    """SHA-256 over the store's moment of birth and every file that texts and pictures are made from."""
    digest = hashlib.sha256(store.check().created_at.isoformat().encode())
    for file in _files(resources.files(illustrative)):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith((".py", ".toml")):
            yield entry


@contextmanager
def _drawing(wanted: tuple[IllustrativeProduct, ...]) -> Iterator[Drawn]:
    """Draws every picture in a thread ahead of the one that takes them in: both cores of a small machine work."""
    pool = ThreadPoolExecutor(1)
    try:
        yield {
            (one.slug, each.id): pool.submit(_draw, one.slug, each.id)
            for one in wanted
            for each in one.pictures
        }
    finally:
        pool.shutdown(cancel_futures=True)


def _draw(slug: str, id_: str) -> bytes:
    out = io.BytesIO()
    # Drawn anew by `Pictures` anyway; PNG would cost ten times as much for a picture nobody sees.
    draw(slug, id_).save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return out.getvalue()


def _registration(one: IllustrativeProduct, drawn: Drawn) -> Registration:
    return Registration(
        issuer=one.producer.slug[:40].strip("-"),
        issuer_name=one.producer.name,
        province_code=one.producer.place.province_code,
        producer=one.producer,
        product=one.product,
        certificates=one.product.certificates,
        stories=tuple(one.product.stories.values()),
        pictures={
            each.id: Picture(drawn[one.slug, each.id].result, each.alt, each.caption) for each in one.pictures
        },
    )


def _enter(
    session: Session, keystore: Keystore, one: IllustrativeProduct, batch: IllustrativeBatch, now: datetime
) -> None:
    """Issue a batch and bring it into its state: all of it in the caller's transaction, or none."""
    key, lot = one.product.key, batch.lot
    request = IssueRequest(
        idempotency_key=f"illustrative {key} {lot}",
        key=key,
        lot=lot,
        made=batch.made,
        count=batch.count,
        expiry=batch.expiry,
        events=batch.events,
    )
    issued = issuing.issue(lambda: nullcontext(session), keystore, request, ACTOR, now)
    if not issued.created or batch.act is BatchAct.NOT_RELEASED:
        return
    by = By(ACTOR, now + timedelta(seconds=1), batch.reason.get("vi", ""), batch.advice.get("vi", ""))
    withdrawing.release(session, key, lot, By(ACTOR, now))
    if batch.act is BatchAct.RECALLED:
        withdrawing.recall(session, key, lot, Why.SAFETY, by)
    elif batch.act is BatchAct.WITHDRAWN:
        withdrawing.withdraw(session, key, lot, Why.LABELS_LOST, by)
