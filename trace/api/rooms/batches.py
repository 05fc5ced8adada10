"""The studio's rooms about batches: lists, a new batch, its page, putting it on sale, display items.

A new batch is three pages: the form, what it means read once more, the batch. The first two are asked with GET, so that
going back, a reload and the proof of who it is lose nothing that was typed. The form carries a ticket: whoever taps
twice, or asks again because no answer came, gets the batch that was made.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from ocop.trace import batching, certifying_acts, issuing_keys
from ocop.trace.api.rooms.batch_common import (
    TELLABLE,
    allowed,
    batch_path,
    by,
    day_of,
    key_of,
    lot_of,
    maker_of,
    number_of,
    product_path,
    told,
)
from ocop.trace.api.rooms.routes import Route, where_batch, where_product
from ocop.trace.api.rooms.visit import Answer, Go, Page, Visit
from ocop.trace.facts import Level
from ocop.trace.gs1.identifier import MAX_ITEM
from ocop.trace.issuing import Begin, IssueRequest, issue
from ocop.trace.pages.rooms.base import FieldState
from ocop.trace.pages.rooms.batch_views import (
    BatchCard,
    BatchListView,
    BatchNewView,
    BatchReviewView,
    BatchView,
)
from ocop.trace.registry import makers, tables
from ocop.trace.rights import Right
from ocop.trace.text import civil_date, format_number
from ocop.trace.withdrawing import NothingToDo
from sqlalchemy import select
from sqlmodel import Session, col

TICKET_BYTES = 16
OLDEST_DAYS, LATEST_DAYS = 3650, 3650


def mine(visit: Visit) -> Answer:
    """All batches of the makers whom this person belongs to."""
    lots = [lot for one in visit.actor.producers for lot in batching.of_producer(visit.session, one)]
    return Page(BatchListView(visit.base_view(visit.say("batch.title.mine")), cards(visit, lots), ""))


def listed(visit: Visit) -> Answer:
    """The batches of one product."""
    key = key_of(visit)
    lots = batching.of_product(visit.session, key)
    may_issue = allowed(visit, Right.BATCH_ISSUE, maker_of(visit.session, key))
    title = visit.say("batch.title.product", name=batching.suggest(visit.session, key, visit.now).name)
    new = f"{product_path(key)}/new" if may_issue else ""
    return Page(BatchListView(visit.base_view(title), cards(visit, list(lots), named=False), new))


def cards(visit: Visit, lots: list[batching.Lot], *, named: bool = True) -> tuple[BatchCard, ...]:
    """Batches as cards of a list; `named` with their product, where there may be several."""
    return tuple(
        BatchCard(
            batch_path(lot.key, lot.lot),
            visit.say("batch.card", name=lot.product, lot=lot.lot)
            if named
            else visit.say("batch.one", lot=lot.lot),
            visit.say("batch.card.detail", count=_count(visit, lot), made=visit.words.date(lot.made)),
            _state(visit, lot),
            visit.say("batch.nag") if lot.waits else "",
        )
        for lot in lots
    )


def new(visit: Visit) -> Answer:
    """The form, filled with what is likely."""
    plan = batching.suggest(visit.session, key_of(visit), visit.now)
    values = {"lot": plan.lot, "made": plan.made.isoformat(), "level": "item", "count": ""}
    return _form(visit, plan, FieldState(values | {n: visit.query[n] for n in values if n in visit.query}))


def review(visit: Visit) -> Answer:
    """What the form means, before it is for ever."""
    plan = batching.suggest(visit.session, key_of(visit), visit.now)
    request, problems = read(visit, plan, visit.query)
    if request is None:
        here = visit.query.get("here") or ("no" if visit.query.get("place") else "")
        return _form(visit, plan, FieldState({**visit.query, "here": here}, problems), 422)
    say, words = visit.say, visit.words
    count = _items(visit, request.count, plan.classifier)
    rows = [
        (say("batch.product"), plan.name),
        (say("batch.lot"), request.lot),
        (say("batch.made"), words.date(request.made)),
        (say("batch.expiry"), words.date(request.expiry) if request.expiry else say("batch.expiry.none")),
        (say("batch.amount"), count if request.count else say("batch.count.whole")),
    ]
    if request.events[0].place_code:
        rows.append((say("batch.where"), plan.place))
    path = product_path(plan.key)
    sent = tuple((name, visit.query[name]) for name in _FIELDS if name in visit.query)
    back = (
        f"{path}/new?lot={request.lot}&made={request.made}&level={request.level}&count={request.count or ''}"
    )
    title = say("batch.title.review", lot=request.lot)
    return Page(BatchReviewView(visit.base_view(title), path, back, tuple(rows), sent))


def issued(visit: Visit) -> Answer:
    """Issue it, once."""
    key = key_of(visit)
    with visit.service.store.read() as session:
        plan = batching.suggest(session, key, visit.now)
        producer_id = maker_of(session, key).producer_id
    values = {name: visit.form.one(name) for name in _FIELDS if name in visit.form.fields}
    request, problems = read(visit, plan, values)
    if request is None:
        return _form(visit, plan, FieldState(values, problems), 422)
    try:
        issuing_keys.first_key(visit.begin, visit.service.keystore, key, by(visit))
        begin = _noting(visit, request, producer_id)
        done = issue(begin, visit.service.keystore, request, visit.actor.name, visit.now)
    except TELLABLE as error:
        field, sentence = told(visit, error)
        return _form(visit, plan, FieldState(values, {field: sentence}), 409)
    return Go(batch_path(done.key, done.lot), "batch.said.issued", {"lot": done.lot})


def shown(visit: Visit) -> Answer:
    """One batch."""
    return _shown(visit, FieldState())


def released(visit: Visit) -> Answer:
    """ "Mở bán lô này"."""
    lot = lot_of(visit, visit.session)
    try:
        batching.put_on_sale(visit.session, lot.key, lot.lot, by(visit))
    except NothingToDo:
        return Go(batch_path(lot.key, lot.lot), "batch.said.released", {"lot": lot.lot})
    except TELLABLE as error:
        field, sentence = told(visit, error)
        return _shown(visit, FieldState({}, {field: sentence}), 409)
    visit.note("batch.release", f"{lot.key} {lot.lot}", for_producer=_maker(visit, lot.key))
    return Go(batch_path(lot.key, lot.lot), "batch.said.released", {"lot": lot.lot})


def displayed(visit: Visit) -> Answer:
    """ "Hàng trưng bày", in one tap."""
    lot, typed = lot_of(visit, visit.session), visit.form.one("number")
    number = number_of(typed)
    if number is None or not lot.first <= number <= lot.last or lot.level is not Level.ITEM:
        problem = visit.say("batch.problem.number")
        return _shown(visit, FieldState({"number": typed}, {"number": problem}), 422)
    try:
        batching.show_off(visit.session, lot.key, lot.lot, number, by(visit))
    except TELLABLE as error:
        _, sentence = told(visit, error)
        return _shown(visit, FieldState({"number": typed}, {"number": sentence}), 409)
    visit.note("batch.display", f"{lot.key} {lot.lot} {number}", for_producer=_maker(visit, lot.key))
    return Go(batch_path(lot.key, lot.lot), "batch.said.display", {"number": number})


def put_away(visit: Visit) -> Answer:
    """A display item is one no more."""
    lot, number = lot_of(visit, visit.session), number_of(visit.form.one("number"))
    if number is not None and number in lot.display:
        batching.put_away(visit.session, lot.key, lot.lot, number, by(visit))
        visit.note("batch.display.end", f"{lot.key} {lot.lot} {number}", for_producer=_maker(visit, lot.key))
    return Go(batch_path(lot.key, lot.lot), "batch.said.away", {"number": number or 0})


_FIELDS = ("ticket", "lot", "made", "expiry", "level", "count", "here", "place")


def read(
    visit: Visit, plan: batching.Suggestion, given: Mapping[str, str]
) -> tuple[IssueRequest | None, dict[str, str]]:
    """The request that a form means, or None with what is wrong by field."""
    problems: dict[str, str] = {}
    today = civil_date(visit.now)
    made, expiry = day_of(given.get("made", "")), day_of(given.get("expiry", ""))
    if made is None or not today - timedelta(OLDEST_DAYS) <= made <= today:
        problems["made"] = visit.say("batch.problem.made")
    if given.get("expiry") and (expiry is None or expiry > today + timedelta(LATEST_DAYS)):
        problems["expiry"] = visit.say("batch.problem.day")
    elif expiry is not None and made is not None and expiry < made:
        problems["expiry"] = visit.say("batch.problem.expiry")
    items = given.get("level", "item") != "batch"
    count = number_of(given.get("count", "")) if items else 0
    if count is None or (items and not 1 <= count <= MAX_ITEM):
        problems["count"] = visit.say("batch.problem.count")
    ticket = given.get("ticket", "")
    if not (ticket.isascii() and ticket.isalnum() and len(ticket) <= 2 * TICKET_BYTES):
        problems["lot"] = visit.say("batch.problem.form")
    lot = given.get("lot", "").strip().upper()
    if not _is_lot(lot):
        problems["lot"] = visit.say("batch.problem.lot")
    if problems or made is None or count is None:
        return None, problems
    place = plan.place_code if given.get("here") == "1" else ""
    return batching.asked(plan.key, lot, made, count, ticket=ticket, expiry=expiry, place_code=place), {}


def _is_lot(lot: str) -> bool:
    return 0 < len(lot) <= 20 and lot.isascii() and lot.replace("-", "A").isalnum() and lot.upper() == lot


def _form(visit: Visit, plan: batching.Suggestion, state: FieldState, status: int = 200) -> Page:
    path = product_path(plan.key)
    ticket = state.value("ticket") or secrets.token_hex(TICKET_BYTES)
    title = visit.say("batch.title.new", name=plan.name)
    classifier = plan.classifier or visit.say("batch.piece")
    base = visit.base_view(title)
    place = plan.place if plan.place_code else ""
    return Page(BatchNewView(base, f"{path}/review", path, classifier, place, ticket, state), status)


def _shown(visit: Visit, state: FieldState, status: int = 200) -> Page:
    session, say, words = visit.session, visit.say, visit.words
    lot = lot_of(visit, session)
    where = maker_of(session, lot.key)
    sold = (
        words.moment(lot.released_at)
        if lot.released_at
        else say("batch.sale.held" if lot.held else "batch.sale.no")
    )
    rows = [
        (say("batch.product"), lot.product),
        (say("batch.amount"), _count(visit, lot)),
        (say("batch.made"), words.date(lot.made)),
        (say("batch.expiry"), words.date(lot.expiry) if lot.expiry else say("batch.expiry.none")),
        (say("batch.issued"), words.moment(lot.issued_at)),
        (say("batch.sale"), sold),
        (say("batch.printed"), _printed(visit, lot.printed, lot.count)),
        (say("batch.scanned"), say("batch.scanned.times", n=format_number(lot.scans, visit.lang))),
    ]
    if lot.withdrawn:
        rows.append((say("batch.cancelled"), _printed(visit, lot.withdrawn, lot.count)))
    gone = say("batch.gone.recalled") if lot.recalled else say("batch.gone.cancelled") if lot.gone else ""
    other = makers.made_by_other(session, lot.key, lot.lot)
    if other and not gone:
        gone = say("batch.gone.handed_over", maker=other)
    hold = certifying_acts.held(session, lot.key, lot.lot)
    if hold is not None and not gone:
        gone = say("batch.held", who=hold.held_by, day=words.day_of(hold.held_at), reason=hold.reason)
    suggested = next((n for n in range(lot.first, lot.last + 1) if n not in lot.display), lot.first)
    view = BatchView(
        visit.base_view(say("batch.one", lot=lot.lot)),
        product_path(lot.key),
        batch_path(lot.key, lot.lot),
        tuple(rows),
        say("batch.nag") if lot.waits else "",
        gone,
        can_release=not (lot.released_at or gone) and allowed(visit, Right.BATCH_RELEASE, where),
        can_print=not other and allowed(visit, Right.LABELS_PRINT, where),
        can_write=not other and allowed(visit, Right.CHIPS_WRITE, where),
        sees_scans=allowed(visit, Right.SCANS_SEE, where),
        items=lot.level is Level.ITEM,
        display=lot.display,
        suggested=suggested,
        state=state,
    )
    return Page(view, status)


def _count(visit: Visit, lot: batching.Lot) -> str:
    if lot.level is not Level.ITEM:
        return visit.say("batch.count.whole")
    return _items(visit, lot.count, lot.classifier)


def _items(visit: Visit, count: int, classifier: str) -> str:
    number = format_number(count, visit.lang)
    return visit.say("batch.count.items", n=number, classifier=classifier or visit.say("batch.piece"))


def _printed(visit: Visit, some: int, count: int) -> str:
    printed, all_of_it = format_number(some, visit.lang), format_number(count, visit.lang)
    return visit.say("batch.printed.of", printed=printed, count=all_of_it)


def _state(visit: Visit, lot: batching.Lot) -> str:
    if lot.gone:
        return visit.say("batch.gone.recalled" if lot.recalled else "batch.gone.cancelled")
    sold = (
        visit.say("batch.state.sold", on=visit.words.day_of(lot.released_at))
        if lot.released_at
        else visit.say("batch.sale.held" if lot.held else "batch.sale.no")
    )
    return visit.say("batch.state", sold=sold, n=format_number(lot.scans, visit.lang))


def _noting(visit: Visit, request: IssueRequest, producer_id: int | None) -> Begin:
    """Transactions that write the line of the log together with the batch itself."""
    made = select(col(tables.Batch.id)).where(col(tables.Batch.idempotency_key) == request.idempotency_key)

    @contextmanager
    def begin() -> Iterator[Session]:
        with visit.begin() as session:
            there = session.execute(made).first()
            yield session
            if there is None and session.execute(made).first() is not None:
                about = f"{request.key} {request.lot}, {request.count}"
                visit.note("batch.issue", about, for_producer=producer_id, session=session)

    return begin


def _maker(visit: Visit, key: str) -> int | None:
    return maker_of(visit.session, key).producer_id


_PRODUCT = "/studio/products/{key}/batches"
_BATCH = f"{_PRODUCT}/{{lot}}"
ROUTES: tuple[Route, ...] = (
    Route("GET", "/studio/batches", Right.BATCH_SEE, mine),
    Route("GET", _PRODUCT, Right.BATCH_SEE, listed, where_product),
    Route("GET", f"{_PRODUCT}/new", Right.BATCH_ISSUE, new, where_product, step_up=True, held=True),
    Route("GET", f"{_PRODUCT}/review", Right.BATCH_ISSUE, review, where_product, step_up=True, held=True),
    Route("POST", _PRODUCT, Right.BATCH_ISSUE, issued, where_product, step_up=True, commits=True, held=True),
    Route("GET", _BATCH, Right.BATCH_SEE, shown, where_batch),
    Route("POST", f"{_BATCH}/release", Right.BATCH_RELEASE, released, where_batch),
    Route("POST", f"{_BATCH}/display", Right.LABELS_PRINT, displayed, where_batch),
    Route("POST", f"{_BATCH}/display/end", Right.LABELS_PRINT, put_away, where_batch),
)
