"""Filling an empty store with the illustrative products, so that a fresh installation can be looked at (floor 3).

Everything goes the way of real goods: registered, pictures taken in, keys made, batches issued and released; then
some are recalled or withdrawn. The realm is `demo.invalid/tag`, so no such code ever holds elsewhere.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ocop.trace import issuing, registering, withdrawing
from ocop.trace.illustrative import BatchAct, IllustrativeBatch, IllustrativeProduct, draw, products
from ocop.trace.issuing import Issued, IssueRequest
from ocop.trace.registering import Picture, Registration
from ocop.trace.registry import ledger_store
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.media import Pictures
from ocop.trace.registry.store import Store
from ocop.trace.registry.tables_issue import Batch
from ocop.trace.signing.entries import Why
from ocop.trace.text import civil_date
from sqlmodel import func, select

REALM = "demo.invalid/tag"
ACTOR = "minh họa"


@dataclass(frozen=True, slots=True)
class IllustrativeCode:
    """One printed code and what a scan of it must answer."""

    product: str
    link: str
    code: str
    stars: str


def is_empty(store: Store) -> bool:
    """Whether no batch was ever issued here."""
    with store.read() as session:
        return session.execute(select(func.count()).select_from(Batch)).scalar_one() == 0


def fill(store: Store, keystore: Keystore, now: datetime, tell: Callable[[str], None] | None = None) -> None:
    """Register the products and issue their batches, each once. Raises what those verbs raise."""
    with Pictures(store.data) as pictures:
        for one in products(civil_date(now)):
            by = By(ACTOR, now, "dữ liệu minh họa")
            done = registering.register(store, _registration(one), by, pictures=pictures)
            if done.needs_key:
                registering.first_key(store, keystore, done.issuer, by)
            for batch in one.batches:
                _enter(store, keystore, one, batch, now)
            if tell is not None:
                tell(done.name)


def codes(store: Store, keystore: Keystore, public_url: str, now: datetime) -> Iterator[IllustrativeCode]:
    """The code of each batch's sample item, with the answers expected of it."""
    for one in products(civil_date(now)):
        for batch in one.batches:
            with store.read() as session:
                issued = issuing.find_issued(session, one.product.key, batch.lot)
            yield IllustrativeCode(
                one.product.texts["vi"].name,
                _link(keystore, public_url, issued, batch.sample),
                batch.expected_code,
                batch.expected_stars,
            )


def _link(keystore: Keystore, public_url: str, issued: Issued, number: int) -> str:
    return next(issuing.links(keystore, REALM, public_url, issued, number, number))[1]


def _registration(one: IllustrativeProduct) -> Registration:
    def picture(id_: str) -> Callable[[], bytes]:
        def content() -> bytes:
            out = io.BytesIO()
            # Drawn anew by `Pictures` anyway: a fast, lossless way through is all that is needed.
            draw(one.slug, id_).save(out, "PNG", compress_level=1)
            return out.getvalue()

        return content

    return Registration(
        issuer=one.producer.slug[:40].strip("-"),
        issuer_name=one.producer.name,
        province_code=one.producer.place.province_code,
        producer=one.producer,
        product=one.product,
        certificates=one.product.certificates,
        stories=tuple(one.product.stories.values()),
        pictures={each.id: Picture(picture(each.id), each.alt, each.caption) for each in one.pictures},
    )


def _enter(
    store: Store, keystore: Keystore, one: IllustrativeProduct, batch: IllustrativeBatch, now: datetime
) -> None:
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
    issued = issuing.issue(store.begin, keystore, request, ACTOR, now)
    if not issued.created or batch.act is BatchAct.NOT_RELEASED:
        return
    by = By(ACTOR, now + timedelta(seconds=1), batch.reason.get("vi", ""), batch.advice.get("vi", ""))
    with store.begin() as session:
        state = ledger_store.replay(session)
        withdrawing.release(session, key, lot, By(ACTOR, now), known=state)
        if batch.act is BatchAct.RECALLED:
            withdrawing.recall(session, key, lot, Why.SAFETY, by)
        elif batch.act is BatchAct.WITHDRAWN:
            withdrawing.withdraw(session, key, lot, Why.LABELS_LOST, by)
