"""The studio's rooms about labels: sheets and files, the test sheet, a link for a print shop.

A form carries a ticket, so a double tap gives the same file and one run. Numbers that were printed before are asked
about on the same page, with what was typed kept; a ticket box says that the first labels are destroyed. The test page
asks by itself whether the sheet was scanned and has a link for whoever runs no scripts.
"""

import secrets
from dataclasses import replace

from ocop.trace import batching
from ocop.trace.api.rooms.batch_common import (
    TELLABLE,
    batch_path,
    key_of,
    lot_of,
    maker_of,
    number_of,
    press_of,
    told,
    unprintable,
)
from ocop.trace.api.rooms.batch_printer import OTHER_ROLL, USUAL_STOCK, mm_text, paper_of
from ocop.trace.api.rooms.routes import Route, where_batch
from ocop.trace.api.rooms.visit import Answer, Download, Go, Json, Page, Refusal, Visit
from ocop.trace.batching_files import Form, form_of
from ocop.trace.batching_printer import Shift, keep_shift, shift_of
from ocop.trace.batching_sheets import TEST_MOST, Order, Tested, make, next_numbers, runs, trial, trial_order
from ocop.trace.batching_shop import (
    SECRET_BYTES,
    LinkSpent,
    Waiting,
    end_link,
    fetch,
    links_of,
    look,
    make_link,
)
from ocop.trace.facts import Level
from ocop.trace.pages.labels import STOCKS, find_stock
from ocop.trace.pages.rooms.base import FieldState
from ocop.trace.pages.rooms.batch_views import (
    LabelsView,
    LinkMadeView,
    ShopRow,
    ShopView,
    StockChoice,
    TrialView,
    stock_picture,
)
from ocop.trace.printing import PrintedBefore
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.rights import Right
from sqlmodel import Session

USUAL_STOCKS = frozenset({"a4-65", "a4-21", "cut-18", "roll-50x30"})
TICKET_MOST = 64


def shown(visit: Visit) -> Answer:
    """What can be printed, and what was."""
    return _shown(visit, visit.session, FieldState())


def made(visit: Visit) -> Answer:
    """The file that was asked for."""
    return _file(visit, test=False)


def tried(visit: Visit) -> Answer:
    """The test sheet."""
    return _file(visit, test=True)


def trial_shown(visit: Visit) -> Answer:
    """Whether the test sheet was scanned."""
    lot = lot_of(visit, visit.session)
    path = batch_path(lot.key, lot.lot)
    test = trial(visit.session, lot.key, lot.lot)
    if test is None:
        return Go(f"{path}/labels")
    title = visit.say("labels.title.test", lot=lot.lot)
    view = TrialView(
        visit.base_view(title, scripts=("trial.js",)),
        path,
        visit.words.moment(test.at),
        _range(visit, test.first, test.last),
        _seen(visit, test),
        _ticket(),
        test.stock,
        f"{path}/labels/test",
        _shift(visit.session, lot),
    )
    return Page(view)


def trial_asked(visit: Visit) -> Answer:
    """The same for the page's script: true once the sheet was scanned."""
    lot = lot_of(visit, visit.session)
    test = trial(visit.session, lot.key, lot.lot)
    return Json({"seen": test is not None and test.seen is not None})


def shop_made(visit: Visit) -> Answer:
    """The link for a print shop, shown this once."""
    session, lot = visit.session, lot_of(visit, visit.session)
    if unprintable(visit):
        return Refusal(409, "labels.problem.address")
    order, problems = _order(visit, session, lot, "shop")
    if order is None:
        return _shown(visit, session, FieldState(visit.form.values(), problems), 422)
    chance = secrets.token_bytes(SECRET_BYTES)
    try:
        secret = make_link(session, order, visit.actor.name, visit.now, chance)
    except TELLABLE as error:
        return _told(visit, session, error, shop=True)
    about = f"{lot.key} {lot.lot} {order.first}-{order.last} {order.form}"
    visit.note("sheet.shop", about, for_producer=maker_of(session, lot.key).producer_id)
    (newest, *_) = links_of(session, lot.key, lot.lot, visit.now)
    text = visit.say(
        "labels.link.message",
        name=lot.product,
        numbers=_range(visit, order.first, order.last),
        stock=order.stock.title,
        host=visit.service.settings.authority,
    )
    view = LinkMadeView(
        visit.base_view(visit.say("labels.title.link")),
        f"{visit.service.settings.public_url}/studio/shop/{secret}",
        text,
        visit.words.moment(newest.expires_at),
        f"{batch_path(lot.key, lot.lot)}/labels",
    )
    return Page(view)


def shop_ended(visit: Visit) -> Answer:
    """Take a link back."""
    lot, number = lot_of(visit, visit.session), number_of(visit.params["number"])
    if number is None:
        raise Unknown("link", visit.params["number"])
    end_link(visit.session, lot.key, lot.lot, number, visit.now)
    where = maker_of(visit.session, lot.key)
    visit.note("sheet.shop.end", f"{lot.key} {lot.lot} {number}", for_producer=where.producer_id)
    return Go(f"{batch_path(lot.key, lot.lot)}/labels", "labels.said.ended")


def shop_shown(visit: Visit) -> Answer:
    """What a print shop sees; looking spends nothing."""
    return _shop(visit, look(visit.session, visit.params["secret"], visit.now))


def shop_fetched(visit: Visit) -> Answer:
    """The file, once."""
    secret = visit.params["secret"]
    if unprintable(visit):
        return Refusal(409, "labels.problem.address")
    try:
        found, file = fetch(press_of(visit), secret, visit.now)
    except LinkSpent:
        with visit.service.store.read() as session:
            return _shop(visit, look(session, secret, visit.now), 410)
    except PrintedBefore:
        return Refusal(409, "shop.problem.printed")
    except TELLABLE as error:
        return Refusal(409, "shop.problem.other", {"why": told(visit, error)[1]})
    with visit.begin() as session:
        about = f"{found.key} {found.lot} {found.first}-{found.last} {found.form}"
        visit.note("sheet.shop.fetch", about, for_producer=found.producer_id, session=session)
    return Download(file.name, file.media_type, file.content)


def _file(visit: Visit, *, test: bool) -> Answer:
    if unprintable(visit):
        return Refusal(409, "labels.problem.address")
    with visit.service.store.read() as session:
        lot = lot_of(visit, session)
        producer_id = maker_of(session, lot.key).producer_id
        order, problems = _order(visit, session, lot, "test" if test else "own")
        if order is None:
            return _shown(visit, session, FieldState(visit.form.values(), problems), 422)
    try:
        file = make(press_of(visit), order, visit.actor.name, visit.now)
    except TELLABLE as error:
        with visit.service.store.read() as session:
            return _told(visit, session, error)
    with visit.begin() as session:
        about = f"{lot.key} {lot.lot} {order.first}-{order.last} {order.form}"
        visit.note("sheet.print", about, for_producer=producer_id, session=session)
        if keep_shift(session, producer_id or 0, Shift(order.dx, order.dy)):
            moved = f"{order.dx:g} {order.dy:g}"
            visit.note("sheet.shift", moved, for_producer=producer_id, session=session)
    return Download(file.name, file.media_type, file.content)


def _told(visit: Visit, session: Session, error: Exception, *, shop: bool = False) -> Page:
    """The page again, with what is wrong; numbers that were printed before are a question, not a fault."""
    field, sentence = told(visit, error)
    values = visit.form.values()
    if isinstance(error, PrintedBefore):
        return _shown(visit, session, FieldState(values), 409, asks=sentence, shop=shop)
    return _shown(visit, session, FieldState(values, {field: sentence}), 409)


def _order(
    visit: Visit, session: Session, lot: batching.Lot, purpose: str
) -> tuple[Order | None, dict[str, str]]:
    """The order that a form means, or None with what is wrong by field."""
    form, problems = visit.form, dict[str, str]()
    kind = Form.PDF
    kept = Shift() if purpose == "shop" else shift_of(session, maker_of(session, lot.key).producer_id or 0)
    paper, wrong = paper_of(visit, kept)
    problems |= wrong
    stock = paper.stock
    try:
        kind = form_of(form.one("form") or "pdf")
    except BadValue:
        problems["form"] = visit.say("batch.problem.form")
    ticket = form.one("ticket")
    if not (ticket.isascii() and ticket.isalnum() and len(ticket) <= TICKET_MOST):
        problems["ticket"] = visit.say("batch.problem.form")
    again = form.one("again") == "1"
    if purpose == "test":
        if problems:
            return None, problems
        name = f"{ticket}-test-{stock.name}"
        order = trial_order(session, lot.key, lot.lot, stock, name, again=again, skip=paper.skip)
        return replace(order, dx=paper.shift.dx, dy=paper.shift.dy), {}
    first, last = number_of(form.one("first")), number_of(form.one("last"))
    if first is None or not lot.first <= first <= lot.last:
        problems["first"] = visit.say("batch.problem.first")
    elif last is None or not first <= last <= lot.last:
        problems["last"] = visit.say("batch.problem.last")
    if problems or first is None or last is None:
        return None, problems
    # A page stays open after its download: what it asks for next is another order.
    ticket = f"{ticket}-{kind}-{stock.name}-{first}-{last}"
    order = Order(lot.key, lot.lot, kind, stock, first, last, ticket, purpose, reprint=again)
    if purpose == "shop":
        return order, {}
    return replace(order, skip=paper.skip, dx=paper.shift.dx, dy=paper.shift.dy), {}


def _shown(
    visit: Visit,
    session: Session,
    state: FieldState,
    status: int = 200,
    *,
    asks: str = "",
    shop: bool = False,
) -> Page:
    lot = batching.find(session, key_of(visit), visit.params["lot"])
    path = batch_path(lot.key, lot.lot)
    test = trial(session, lot.key, lot.lot)
    waiting = next_numbers(session, lot.key, lot.lot)
    first, last = waiting or (lot.first, lot.last)
    chosen = state.value("stock") or (test.stock if test else USUAL_STOCK)
    stocks = tuple(
        StockChoice(
            stock.name, stock.title, stock_picture(stock), stock.name == chosen, stock.name in USUAL_STOCKS
        )
        for stock in STOCKS.values()
    )
    view = LabelsView(
        visit.base_view(visit.say("labels.title", lot=lot.lot)),
        path,
        path,
        stocks,
        first,
        min(last, first + Form.PDF.most - 1),
        items=lot.level is Level.ITEM,
        done=waiting is None,
        forms=tuple((form.value, visit.say(f"labels.form.{form}")) for form in Form),
        ticket=state.value("ticket") or _ticket(),
        test=_test_line(visit, test),
        # Once numbers were printed, a test sheet would print them a second time.
        test_count=min(TEST_MOST, lot.count) if lot.printed == 0 else 0,
        runs=_runs(visit, session, lot),
        links=tuple(_link(visit, path, link) for link in links_of(session, lot.key, lot.lot, visit.now)),
        shift=_shift(session, lot),
        other_roll=OTHER_ROLL,
        asks=asks,
        shop=shop,
        state=state,
    )
    return Page(view, status)


def _shift(session: Session, lot: batching.Lot) -> tuple[str, str]:
    """The kept shift as the fields of a form show it."""
    kept = shift_of(session, maker_of(session, lot.key).producer_id or 0)
    return mm_text(kept.dx), mm_text(kept.dy)


def _test_line(visit: Visit, test: Tested | None) -> str:
    if test is None:
        return ""
    return _seen(visit, test) or visit.say("labels.test.open")


def _seen(visit: Visit, test: Tested) -> str:
    if test.seen is None or test.seen_at is None:
        return ""
    at = visit.words.moment(test.seen_at)
    if test.seen == 0:
        return visit.say("labels.test.seen.one", at=at)
    return visit.say("labels.test.seen", number=test.seen, at=at)


def _runs(visit: Visit, session: Session, lot: batching.Lot) -> tuple[tuple[str, ...], ...]:
    found = []
    for run in runs(session, lot.key, lot.lot):
        what = visit.say(f"labels.run.{run.purpose}", form=run.form.upper(), stock=_title(run.stock))
        if run.reprint:
            what = f"{what}, {visit.say('labels.run.again')}"
        found.append((visit.words.moment(run.at), _range(visit, run.first, run.last), what, run.actor))
    return tuple(found)


def _link(visit: Visit, path: str, link: Waiting) -> ShopRow:
    at = link.fetched_at if link.fetched_at is not None else link.expires_at
    text = visit.say(
        f"labels.link.{link.state}", numbers=_range(visit, link.first, link.last), at=visit.words.moment(at)
    )
    return ShopRow(text, f"{path}/labels/shop/{link.id}/end" if link.state == "open" else "")


def _shop(visit: Visit, found: Waiting, status: int = 200) -> Page:
    say = visit.say
    rows = (
        (say("batch.product"), found.name),
        (say("batch.lot"), found.lot),
        (say("labels.run.numbers"), _range(visit, found.first, found.last)),
        (say("labels.run.what"), f"{found.form.upper()}, {_title(found.stock)}"),
        (say("shop.until"), visit.words.moment(found.expires_at)),
    )
    closed = "" if found.state == "open" else say(f"shop.closed.{found.state}")
    base = visit.base_view(say("shop.title"))
    return Page(ShopView(base, f"/studio/shop/{visit.params['secret']}", rows, closed), status)


def _title(stock: str) -> str:
    return find_stock(stock).title if stock else ""


def _range(visit: Visit, first: int, last: int) -> str:
    if last == 0:
        return visit.say("labels.whole")
    return f"{first}–{last}" if first != last else str(first)


def _ticket() -> str:
    return secrets.token_hex(16)


_LABELS = "/studio/products/{key}/batches/{lot}/labels"
_SHOP = "/studio/shop/{secret}"
ROUTES: tuple[Route, ...] = (
    Route("GET", _LABELS, Right.LABELS_PRINT, shown, where_batch),
    Route("POST", _LABELS, Right.LABELS_PRINT, made, where_batch, commits=True),
    Route("GET", f"{_LABELS}/test", Right.LABELS_PRINT, trial_shown, where_batch),
    Route("POST", f"{_LABELS}/test", Right.LABELS_PRINT, tried, where_batch, commits=True),
    Route("GET", f"{_LABELS}/test/seen", Right.LABELS_PRINT, trial_asked, where_batch),
    Route("POST", f"{_LABELS}/shop", Right.LABELS_PRINT, shop_made, where_batch),
    Route("POST", f"{_LABELS}/shop/{{number}}/end", Right.LABELS_PRINT, shop_ended, where_batch),
    Route("GET", _SHOP, None, shop_shown),
    Route("POST", _SHOP, None, shop_fetched, commits=True),
)
