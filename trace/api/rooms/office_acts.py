"""Acts on a batch: hold, withdraw, recall, and taking back; always with a look at what would change before."""

from collections.abc import Sequence

from ocop.trace import certifying_acts, withdrawing
from ocop.trace.api.rooms.office_common import (
    Problems,
    confirm,
    done,
    number_of,
    page,
    product_href,
    reason_field,
    text_of,
    tried,
    why_field,
    why_of,
)
from ocop.trace.api.rooms.routes import Route, product_key, where_batch, where_product
from ocop.trace.api.rooms.visit import Answer, Visit
from ocop.trace.certifying_acts import Standing, Touched
from ocop.trace.facts import Level
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section, Table
from ocop.trace.registry.editing import product_row
from ocop.trace.registry.errors import Unknown
from ocop.trace.registry.ledger_store import By, replay
from ocop.trace.registry.makers import MadeByOther, MakerClosed, refuse_more
from ocop.trace.registry.tables_office import BatchHold
from ocop.trace.rights import Right, may
from ocop.trace.signing.entries import Why
from ocop.trace.signing.ledger import BatchState, State
from ocop.trace.text import format_number
from ocop.trace.withdrawing import NothingToDo

ACTS = ("hold", "lift", "withdraw", "recall")
Ranges = Sequence[tuple[int, int]]


def batch(visit: Visit) -> Answer:
    """One batch: where it stands, what stands on it, what the office may do."""
    state, found = _batch(visit)
    key, lot = found.id, found.lot
    held = certifying_acts.held(visit.session, key, lot)
    on_sale = found.release_position is not None
    name = "on_sale" if on_sale else "kept_off" if held is not None and held.was_on_sale else "not_on_sale"
    facts = [
        (visit.say("office.col.state"), visit.say(f"office.batch.{name}")),
        (visit.say("office.col.codes"), format_number(found.last - found.first + 1, visit.lang)),
        (visit.say("office.col.made"), visit.words.date(found.made)),
    ]
    if held is not None:
        day = visit.words.day_of(held.held_at)
        facts.append((visit.say("office.held"), visit.say("office.held.by", who=held.held_by, day=day)))
        facts.append((visit.say("office.reason"), held.reason))
    allowed = may(visit.actor, Right.ACT, where_batch(visit.session, visit.params)).allowed
    here = _here(visit)
    links, over = [], _over(visit, found, held)
    if allowed:
        acts = [act for act in ACTS if act != ("lift" if held is None else "hold")]
        if found.recall is not None:
            acts.remove("recall")
        if over and held is not None:
            acts.remove("lift")
        links = [(visit.say(f"office.do.{act}"), f"{here}/{act}") for act in acts]
    acts_table = _standing_table(visit, state, found, allowed)
    text = (visit.say("office.batch.preview_first"),) if allowed else ()
    if over:
        text = (visit.say(over), *text)
    sections = [Section(facts=tuple(facts), text=text, links=tuple(links)), acts_table]
    back = Section(links=((visit.say("office.story.product"), product_href(key)),))
    return page(visit, visit.say("office.batch", lot=lot), *sections, back)


def act_form(visit: Visit, state_shown: FieldState = EMPTY) -> Answer:
    """Before an act: what would change, and the form that does it. Numbers in the address narrow a withdrawal."""
    act = _act(visit)
    state, found = _batch(visit)
    here = f"{_here(visit)}/{act}"
    try:
        ranges = _ranges(visit, found) if act == "withdraw" else None
    except Problems as error:
        problems = {name: visit.say(said) for name, said in error.by_field.items()}
        shown = FieldState(dict(visit.query), problems)
        return page(visit, visit.say(f"office.do.{act}"), Section(forms=(_range_form(visit, found, here),)),
                    state=shown, state_of=here)  # fmt: skip
    touched = certifying_acts.preview_batch(visit.session, state, found.id, found.lot, visit.now, ranges)
    said, refused = _said_of_lifting(visit, found) if act == "lift" else ((f"office.preview.{act}",), False)
    lifts = act == "lift" and not refused
    preview = Section(
        title=visit.say("office.preview"),
        warning="" if lifts else visit.say(said[0], lot=found.lot),
        text=tuple(visit.say(one, lot=found.lot) for one in said[0 if lifts else 1 :]),
        figures=touched_facts(visit, touched),
        forms=(_range_form(visit, found, here),) if act == "withdraw" and found.level == Level.ITEM else (),
    )
    alone = lifts and _ended(visit, found) == "closed"
    form = OfficeForm(
        here,
        _act_fields(visit, act, ranges, alone=alone),
        visit.say(f"office.do.{act}.yes"),
        danger=act != "lift",
    )
    last = confirm(visit, form, _here(visit))
    if refused and not state_shown.problems:
        # A form that can only be refused is not offered; what was sent all the same is shown with its problem.
        last = Section(links=last.links)
    return page(visit, visit.say(f"office.do.{act}"), preview, last, state=state_shown, state_of=here)


def do_act(visit: Visit) -> Answer:
    """Do it, in one transaction with its line in the log."""
    act = _act(visit)
    state, found = _batch(visit)
    key, lot = found.id, found.lot

    def do() -> Answer:
        reason = text_of(visit, "reason", needed="office.need.reason", most=1000)
        by = By(visit.actor.name, visit.now, reason)
        try:
            if act == "hold":
                certifying_acts.hold_batch(visit.session, key, lot, why_of(visit), by, state)
            elif act == "lift":
                certifying_acts.lift_hold(visit.session, key, lot, by, state)
            elif act == "recall":
                advice = text_of(visit, "advice", needed="office.need.advice", most=1000)
                by = By(visit.actor.name, visit.now, reason, advice)
                withdrawing.recall(visit.session, key, lot, why_of(visit), by, known=state)
            else:
                ranges = _ranges(visit, found, sent=True)
                withdrawing.withdraw(visit.session, key, lot, why_of(visit), by, ranges, known=state)
        except NothingToDo:
            raise Problems(reason="office.wrong.nothing_to_do") from None
        except (MakerClosed, MadeByOther) as error:
            raise Problems(reason=f"office.batch.over.{error.rule}") from None
        visit.note(f"batch.{act}", f"{key} {lot}", reason, _maker_of(visit, key))
        return done(_here(visit), f"office.done.{act}", {"lot": lot})

    return tried(visit, do, lambda shown: act_form(visit, shown))


def undo_form(visit: Visit, shown: FieldState = EMPTY) -> Answer:
    """Before taking something back: what it was, and what would change."""
    state, found = _batch(visit)
    one = _standing(visit, state, found)
    ranges = [(one.first, one.last)] if one.kind == "withdraw" and found.level == Level.ITEM else None
    touched = certifying_acts.preview_batch(visit.session, state, found.id, found.lot, visit.now, ranges)
    facts = (
        (visit.say("office.act"), visit.say(f"office.entry.{one.kind}")),
        (visit.say("office.reason"), one.reason or visit.say("office.nothing")),
        (visit.say("office.col.who"), one.actor),
        (visit.say("office.col.when"), visit.words.moment(one.at)),
    )
    here = f"{_here(visit)}/undo/{one.position}"
    form = OfficeForm(here, _act_fields(visit, "undo", None), visit.say("office.do.undo.yes"), danger=True)
    preview = Section(title=visit.say("office.preview"), facts=facts, figures=touched_facts(visit, touched))
    last = confirm(visit, form, _here(visit))
    return page(visit, visit.say("office.do.undo"), preview, last, state=shown, state_of=here)


def undo(visit: Visit) -> Answer:
    """Take back one act that stands on this batch."""
    state, found = _batch(visit)
    one = _standing(visit, state, found)

    def do() -> Answer:
        reason = text_of(visit, "reason", needed="office.need.reason", most=1000)
        by = By(visit.actor.name, visit.now, reason)
        withdrawing.undo(visit.session, one.position, why_of(visit), by, known=state)
        visit.note("batch.undo", f"{found.id} {found.lot}: {one.kind}", reason, _maker_of(visit, found.id))
        return done(_here(visit), "office.done.undo", {"lot": found.lot})

    return tried(visit, do, lambda shown: undo_form(visit, shown))


def hold_product_form(visit: Visit, shown: FieldState = EMPTY) -> Answer:
    """Before holding every batch of a product."""
    key = product_key(visit.params["key"])
    touched = certifying_acts.preview_product(visit.session, replay(visit.session), key, visit.now)
    here = f"{product_href(key)}/hold"
    form = OfficeForm(here, _act_fields(visit, "hold", None), visit.say("office.do.hold.yes"), danger=True)
    preview = Section(title=visit.say("office.preview"), warning=visit.say("office.preview.hold_product"),
                      figures=touched_facts(visit, touched))  # fmt: skip
    last = confirm(visit, form, product_href(key))
    return page(visit, visit.say("office.hold.product"), preview, last, state=shown, state_of=here)


def hold_product(visit: Visit) -> Answer:
    """Hold every batch of a product that isn't held yet."""
    key = product_key(visit.params["key"])

    def do() -> Answer:
        reason = text_of(visit, "reason", needed="office.need.reason", most=1000)
        by = By(visit.actor.name, visit.now, reason)
        try:
            lots = certifying_acts.hold_product(visit.session, key, why_of(visit), by)
        except NothingToDo:
            raise Problems(reason="office.wrong.nothing_to_do") from None
        visit.note("product.hold", f"{key}: {', '.join(lots)}", reason, _maker_of(visit, key))
        return done(product_href(key), "office.done.hold_product", {"n": len(lots)})

    return tried(visit, do, lambda shown: hold_product_form(visit, shown))


def touched_facts(visit: Visit, touched: Touched) -> tuple[tuple[str, str], ...]:
    """What an act would change, in numbers with words."""
    pairs = (
        ("office.touched.pages", touched.pages),
        ("office.touched.codes", touched.codes),
        ("office.touched.already", touched.already),
        ("office.touched.chips", touched.chips),
        ("office.touched.scans", touched.scans),
    )
    return tuple((visit.say(name), format_number(number, visit.lang)) for name, number in pairs)


def _act(visit: Visit) -> str:
    act = visit.params["act"]
    if act not in ACTS:
        raise Unknown("act", act)
    return act


def _here(visit: Visit) -> str:
    return f"/office/batches/{visit.params['key']}/{visit.params['lot']}"


def _batch(visit: Visit) -> tuple[State, BatchState]:
    state = replay(visit.session)
    key, lot = product_key(visit.params["key"]), visit.params["lot"]
    found = state.batch(key, lot)
    if found is None:
        raise Unknown("batch", f"{key} {lot}")
    return state, found


def _maker_of(visit: Visit, key: str) -> int:
    return product_row(visit.session, key).producer_id


def _ranges(visit: Visit, found: BatchState, *, sent: bool = False) -> Ranges | None:
    """Numbers from the form (`sent`) or from the address; None is the whole batch. Raises Problems."""
    if not sent:
        visit.form = type(visit.form)({name: (value,) for name, value in visit.query.items()})
    first, last = number_of(visit, "first", needed=False), number_of(visit, "last", needed=False)
    if first is None and last is None:
        return None
    first = found.first if first is None else first
    last = first if last is None else last
    if not found.first <= first <= last <= found.last or found.level != Level.ITEM:
        raise Problems(first="office.wrong.range")
    return [(first, last)]


def _range_form(visit: Visit, found: BatchState, here: str) -> OfficeForm:
    hint = visit.say("office.range.hint", first=found.first, last=found.last)
    fields = (
        Field("number", "first", visit.say("office.range.first"), visit.query.get("first", "")[:9], hint),
        Field("number", "last", visit.say("office.range.last"), visit.query.get("last", "")[:9]),
    )
    return OfficeForm(here, fields, visit.say("office.range.look"), heading=visit.say("office.range"), get=True,
                      quiet=True)  # fmt: skip


def _over(visit: Visit, found: BatchState, held: BatchHold | None) -> str:
    """The message that says why a batch goes on sale no more; empty for one that may, that is, or that was."""
    if found.release_position is not None or (held is not None and held.was_on_sale):
        return ""
    ended = _ended(visit, found)
    return f"office.batch.over.{ended}" if ended else ""


def _ended(visit: Visit, found: BatchState) -> str:
    """`closed` or `handed_over`, when this batch's maker is no longer there for it; else empty."""
    try:
        refuse_more(visit.session, found.id, found.lot)
    except (MakerClosed, MadeByOther) as error:
        return error.rule
    return ""


def _said_of_lifting(visit: Visit, found: BatchState) -> tuple[tuple[str, ...], bool]:
    """What letting go would do, as messages, and whether it would be refused."""
    held = certifying_acts.held(visit.session, found.id, found.lot)
    if held is None:
        return ("office.wrong.nothing_to_do",), True
    if held.was_on_sale:
        ended = _ended(visit, found)
        return ("office.preview.lift.sold", *([f"office.preview.lift.{ended}"] if ended else [])), False
    over = _over(visit, found, held)
    return (over or "office.preview.lift.unsold",), bool(over)


def _act_fields(visit: Visit, act: str, ranges: Ranges | None, *, alone: bool = False) -> tuple[Field, ...]:
    """`alone`: the maker has closed, so only the office reads the reason."""
    fields = [] if act == "lift" else [why_field(visit)]
    said = "office.reason.office" if alone else "office.reason.maker"
    hint = said if act in {"hold", "lift"} else "office.reason.public"
    fields.append(reason_field(visit, hint))
    if act == "recall":
        fields.append(Field("area", "advice", visit.say("office.advice"), hint=visit.say("office.advice.hint"),
                            required=True, most=1000))  # fmt: skip
    for first, last in ranges or ():
        fields += [Field("hidden", "first", value=str(first)), Field("hidden", "last", value=str(last))]
    return tuple(fields)


def _standing(visit: Visit, state: State, found: BatchState) -> Standing:
    named = visit.params["position"]
    for one in certifying_acts.standing_acts(visit.session, state, found.id, found.lot):
        if str(one.position) == named and one.kind != "release":
            return one
    raise Unknown("act", named[:40])


def _standing_table(visit: Visit, state: State, found: BatchState, allowed: bool) -> Section:
    rows = []
    for one in certifying_acts.standing_acts(visit.session, state, found.id, found.lot):
        what = visit.say(f"office.entry.{one.kind}")
        if one.kind == "withdraw" and (one.first, one.last) != (found.first, found.last):
            what = visit.say("office.entry.withdraw.range", first=one.first, last=one.last)
        why = visit.say(f"office.why.{one.why}") if one.why in tuple(Why) else "–"
        link = (visit.say("office.do.undo"), f"{_here(visit)}/undo/{one.position}")
        back = link if allowed and one.kind != "release" else "–"
        rows.append((what, why, one.reason or "–", one.actor, visit.words.moment(one.at), back))
    names = (
        "office.act",
        "office.why",
        "office.reason",
        "office.col.who",
        "office.col.when",
        "office.do.undo",
    )
    table = Table(visit.say("office.standing"), tuple(visit.say(name) for name in names), tuple(rows),
                  visit.say("office.standing.none"))  # fmt: skip
    return Section(table=table)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/office/batches/{key}/{lot}", Right.FIGURES_SEE, batch, where=where_batch),
    Route("GET", "/office/batches/{key}/{lot}/{act}", Right.ACT, act_form, where=where_batch),
    Route("POST", "/office/batches/{key}/{lot}/{act}", Right.ACT, do_act, where=where_batch),
    Route("GET", "/office/batches/{key}/{lot}/undo/{position}", Right.ACT, undo_form, where=where_batch),
    Route("POST", "/office/batches/{key}/{lot}/undo/{position}", Right.ACT, undo, where=where_batch),
    Route("GET", "/office/products/{key}/hold", Right.ACT, hold_product_form, where=where_product),
    Route("POST", "/office/products/{key}/hold", Right.ACT, hold_product, where=where_product),
)
