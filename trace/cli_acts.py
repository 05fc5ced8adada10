"""Commands that act: register a product, issue, release, hold and let go, withdraw, recall, undo.

What changes a batch is written in the log of what people did, in the same transaction.
"""

from pathlib import Path
from typing import Annotated

import typer
from ocop.trace import auditing, certifying_acts, issuing, registering, withdrawing
from ocop.trace.cli_common import (
    Actor,
    Because,
    Json,
    Key,
    Lot,
    Reason,
    Refused,
    a_date,
    batch_of,
    by,
    confirm,
    desk,
    give,
    login,
    now,
    open_keys,
    say,
)
from ocop.trace.cli_keys import Yes
from ocop.trace.registry import ledger_store
from ocop.trace.registry.editing import product_row
from ocop.trace.registry.ledger_store import By
from ocop.trace.signing.entries import Why
from ocop.trace.text import civil_date
from sqlmodel import Session

First = Annotated[int | None, typer.Option("--from", help="First number; the whole batch by default.")]
Last = Annotated[int | None, typer.Option("--to", help="Last number.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (register, issue, release, hold, unhold, withdraw, recall, undo):
        app.command()(command)


def register(
    file: Annotated[Path | None, typer.Argument(help="A TOML file that describes one product.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Print an example to fill in.")] = False,
    actor: Actor = "",
    json_: Json = False,
) -> None:
    """Put issuer, producer, product, certificates and stories into the register, all or nothing; again to correct."""
    if example or file is None:
        if not example:
            raise Refused("expected a TOML file, got none", "see `ocop-trace register --example`", 3)
        typer.echo(registering.EXAMPLE)
        return
    with desk() as at:
        product = registering.read_file(file)
        # Opened first: a registration without the key it needs would be half of one.
        keys = open_keys(at.settings) if registering.wants_key(at.store, product.issuer) else None
        done = registering.register(at.store, product, by(actor))
        if keys is not None:
            registering.first_key(at.store, keys, done.issuer, by(actor))
    if json_:
        give({"key": done.key, "issuer": done.issuer, "new": done.new})
    else:
        say(f"{done.name} is in the register as {done.key} of {done.issuer}")


def issue(
    key: Key,
    lot: Lot,
    made: Annotated[str, typer.Option(help="The day it was made, 2026-09-01 or 01/09/2026.")],
    count: Annotated[int, typer.Option(help="How many items, 1 to 999999; 0: one code for the whole batch.")],
    expiry: Annotated[str, typer.Option(help="Use by, inclusive.")] = "",
    request: Annotated[
        str, typer.Option("--request", help="Idempotency key: asking again with it makes no second batch.")
    ] = "",
    actor: Actor = "",
    json_: Json = False,
) -> None:
    """Enter a batch. Its codes can be printed from then on, and count once it is released."""
    what, day = batch_of(key, lot), a_date(made)
    if day > civil_date(now()):
        hint = "a lot is one batch for ever: a wrong year could not be taken back"
        raise Refused(f"made: expected a day that is not to come, got {day}", hint, 3)
    wanted = issuing.IssueRequest(
        idempotency_key=request or f"cli {what.path}",
        key=what.key,
        lot=what.lot,
        made=day,
        count=count,
        expiry=a_date(expiry) if expiry else None,
    )
    with desk() as at:
        try:
            done = issuing.issue(at.store.begin, open_keys(at.settings), wanted, actor or login(), now())
        except issuing.IdempotencyConflict:
            if request:
                raise
            raise Refused(
                f"expected a new lot, got {what.lot}, which was issued with another day or number of items",
                "a lot is one batch for ever: choose another one",
            ) from None
    if json_:
        give(
            {
                "key": done.key,
                "lot": done.lot,
                "level": done.level.value,
                "first": done.first,
                "last": done.last,
                "position": done.position,
                "created": done.created,
            }
        )
        return
    codes = f"{done.count:,} codes" if done.last else "one code for the whole batch"
    say(
        f"lot {done.lot}: {codes}, ledger position {done.position}"
        + ("" if done.created else " (issued earlier)")
    )
    say("print with `ocop-trace labels`, open for sale with `ocop-trace release`")


def release(key: Key, lot: Lot, reason: Reason = "", actor: Actor = "", json_: Json = False) -> None:
    """Open a batch for sale: its codes count from the next scan on."""
    what, act = batch_of(key, lot), by(actor, reason)
    with desk() as at, at.store.begin() as session:
        done = withdrawing.release(session, what.key, what.lot, act)
        _note(session, "batch.release", what.key, what.lot, act)
    _done(json_, f"lot {what.lot} is on sale", done.position)


def hold(
    key: Key, lot: Lot, reason: Reason, why: Because = Why.OFFICE_HOLD, actor: Actor = "", json_: Json = False
) -> None:
    """Keep a batch off sale, against its maker too, until it is let go with `unhold`."""
    what, act = batch_of(key, lot), by(actor, reason)
    with desk() as at, at.store.begin() as session:
        done = certifying_acts.hold_batch(session, what.key, what.lot, why, act)
        _note(session, "batch.hold", what.key, what.lot, act)
    if json_:
        give({"position": None if done is None else done.position})
    elif done is None:
        say(f"lot {what.lot} is held; it was not on sale")
    else:
        _done(json_, f"lot {what.lot} is held", done.position)


def unhold(key: Key, lot: Lot, reason: Reason, actor: Actor = "", json_: Json = False) -> None:
    """Let a held batch go; it is on sale again if it was when it was held."""
    what, act = batch_of(key, lot), by(actor, reason)
    with desk() as at, at.store.begin() as session:
        on_sale = certifying_acts.lift_hold(session, what.key, what.lot, act)
        _note(session, "batch.lift", what.key, what.lot, act)
    if json_:
        give({"on_sale": on_sale})
    else:
        say(f"lot {what.lot} is let go; it is " + ("on sale again" if on_sale else "not on sale, as before"))


def withdraw(
    key: Key,
    lot: Lot,
    reason: Reason,
    first: First = None,
    last: Last = None,
    why: Because = Why.OTHER,
    actor: Actor = "",
    yes: Yes = False,
    json_: Json = False,
) -> None:
    """Cancel codes: a range of numbers, or the whole batch."""
    what = batch_of(key, lot)
    if (first is None) != (last is None):
        raise Refused("expected both --from and --to, or neither", code=3)
    ranges = None if first is None or last is None else [(first, last)]
    with desk() as at:
        with at.store.read() as session:
            preview = withdrawing.preview_withdraw(ledger_store.replay(session), what.key, what.lot, ranges)
        if not json_:
            say(f"{preview.codes:,} codes will be cancelled, {preview.already:,} of them are already")
        confirm("cancel them?", yes)
        with at.store.begin() as session:
            act = by(actor, reason)
            done = withdrawing.withdraw(session, what.key, what.lot, why, act, ranges)
            _note(session, "batch.withdraw", what.key, what.lot, act)
    _done(json_, f"lot {what.lot}: {preview.codes:,} codes are cancelled", done[-1].position)


def recall(
    key: Key,
    lot: Lot,
    reason: Reason,
    advice: Annotated[str, typer.Option("--advice", help="What whoever holds one should do.")],
    why: Because = Why.SAFETY,
    actor: Actor = "",
    yes: Yes = False,
    json_: Json = False,
) -> None:
    """Call the goods of a batch back; every page of it says so, loud and first."""
    what = batch_of(key, lot)
    confirm(f"call lot {what.lot} back, visible to everybody at once?", yes)
    act = by(actor, reason, advice)
    with desk() as at, at.store.begin() as session:
        done = withdrawing.recall(session, what.key, what.lot, why, act)
        _note(session, "batch.recall", what.key, what.lot, act)
    _done(json_, f"lot {what.lot} is called back", done.position)


def undo(
    position: Annotated[int, typer.Argument(help="Ledger position of a release, withdrawal or recall.")],
    reason: Reason,
    why: Because = Why.MISTAKE,
    actor: Actor = "",
    json_: Json = False,
) -> None:
    """Take back a release, withdrawal or recall, by another act."""
    act = by(actor, reason)
    with desk() as at, at.store.begin() as session:
        done = withdrawing.undo(session, position, why, act)
        auditing.note(session, None, "batch.undo", f"#{position}", act.reason, at=act.at, name=act.actor)
    _done(json_, f"the act at position {position} is taken back", done.position)


def _done(json_: bool, text: str, position: int) -> None:
    if json_:
        give({"position": position})
    else:
        say(f"{text} (ledger position {position}); pages show it from the next scan on")


def _note(session: Session, what: str, key: str, lot: str, act: By) -> None:
    """The line of the log for an act on a batch; its maker reads it too."""
    maker = product_row(session, key).producer_id
    auditing.note(session, None, what, f"{key} {lot}", act.reason, maker, at=act.at, name=act.actor)
