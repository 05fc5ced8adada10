"""One chip of a batch in the studio: what became of it, and how it is taken off its item.

GET  …/chips/{number}          the chip that the item has now, those it had, and the form
POST …/chips/{number}/end      `act`: `void` gives the chip up, `replace` makes room for another; `why`, `words`

Whoever ends a binding proves to be who they are; what they did, to which chip and why is in the log. The form names the
binding it was made for: when another chip stands on the item meanwhile, nothing is ended and the page says so. What
stands on the chip answers "withdrawn" from the next scan on.
"""

from ocop.trace import batching
from ocop.trace.api.rooms.batch_common import batch_path, lot_of, maker_of, number_of
from ocop.trace.api.rooms.routes import Route, where_batch
from ocop.trace.api.rooms.visit import Answer, Go, Page, Visit
from ocop.trace.pages.rooms.base import FieldState
from ocop.trace.pages.rooms.batch_views import ChipView
from ocop.trace.provisioning_chips import replace_chip, void_chip
from ocop.trace.registry import chips, tables
from ocop.trace.registry.errors import Unknown
from ocop.trace.registry.ledger_store import By
from ocop.trace.rights import Right
from ocop.trace.signing.entries import Why
from sqlalchemy import select
from sqlmodel import Session, col

ACTS = ("void", "replace")
REASONS = ("lost", "broken", "mistaken", "other")
WORDS = 200


def shown(visit: Visit) -> Answer:
    """The chip and the form."""
    return _shown(visit, FieldState())


def ended(visit: Visit) -> Answer:
    """Take the chip off its item."""
    session, form, lot = visit.session, visit.form, lot_of(visit, visit.session)
    number = _number(visit, lot)
    act, reason, words = form.one("act"), form.one("why"), form.one("words").strip()
    problems = {}
    if act not in ACTS:
        problems["act"] = visit.say("chip.problem.act")
    if reason not in REASONS:
        problems["why"] = visit.say("chip.problem.why")
    if len(words) > WORDS or (reason == "other" and not words):
        problems["words"] = visit.say("chip.problem.words", most=WORDS)
    if problems:
        return _shown(visit, FieldState(form.values(), problems), 422)
    standing = chips.of_item(session, lot.key, lot.lot, number)
    if standing is None or str(standing.id) != form.one("chip"):
        return _shown(visit, FieldState({}, {"act": visit.say("chip.problem.other")}), 409)
    why = visit.say(f"chip.why.{reason}") + (f": {words}" if words else "")
    by = By(visit.actor.name, visit.now, why)
    if act == "replace":
        done = replace_chip(session, standing.uid, by)
    else:
        done = void_chip(session, standing.uid, by, Why.MISTAKE if reason == "mistaken" else Why.OTHER)
    visit.note(
        f"chip.{act}",
        f"{lot.key} {lot.lot} {number} {done.uid}",
        why,
        for_producer=maker_of(session, lot.key).producer_id,
    )
    return Go(f"{batch_path(lot.key, lot.lot)}/chips", f"chip.said.{act}", {"number": number})


def _number(visit: Visit, lot: batching.Lot) -> int:
    number = number_of(visit.params["number"])
    if number is None or not lot.first <= number <= lot.last:
        raise Unknown("number", visit.params["number"][:20])
    return number


def _shown(visit: Visit, state: FieldState, status: int = 200) -> Page:
    session, lot = visit.session, lot_of(visit, visit.session)
    number = _number(visit, lot)
    found = _bindings(session, lot, number)
    if not found:
        raise Unknown("chip on number", number)
    standing = next((chip for chip in found if chip.ended_at is None), None)
    path = f"{batch_path(lot.key, lot.lot)}/chips"
    view = ChipView(
        visit.base_view(visit.say("chip.title", number=number, lot=lot.lot)),
        path,
        f"{path}/{number}/end",
        standing.id or 0 if standing is not None else 0,
        tuple(_row(visit, chip) for chip in found),
        tuple((act, visit.say(f"chip.act.{act}")) for act in ACTS),
        tuple((reason, visit.say(f"chip.why.{reason}")) for reason in REASONS),
        state,
    )
    return Page(view, status)


def _bindings(session: Session, lot: batching.Lot, number: int) -> list[tables.Chip]:
    query = select(tables.Chip).where(
        col(tables.Chip.key) == lot.key, col(tables.Chip.lot) == lot.lot, col(tables.Chip.number) == number
    )
    return list(session.scalars(query.order_by(col(tables.Chip.id).desc())))


def _row(visit: Visit, chip: tables.Chip) -> tuple[str, ...]:
    at = visit.words.day_of(chip.ended_at) if chip.ended_at else ""
    kind = "phone" if chip.mirror == "none" else chip.carrier
    return (
        visit.say(f"chips.state.{chip.state}", at=at),
        visit.say(f"chips.kind.{kind}"),
        visit.words.day_of(chip.bound_at),
        chip.uid.hex(":").upper(),
    )


_CHIP = "/studio/products/{key}/batches/{lot}/chips/{number}"
ROUTES: tuple[Route, ...] = (
    Route("GET", _CHIP, Right.CHIPS_WRITE, shown, where_batch, step_up=True),
    Route("POST", f"{_CHIP}/end", Right.CHIPS_WRITE, ended, where_batch, step_up=True),
)
