"""Commands about chips: their master keys, the plans by which they are written, what became of each."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer
from ocop.trace import auditing
from ocop.trace import provisioning_chips as verbs
from ocop.trace import provisioning_stations as stations
from ocop.trace.cli_acts import First, Last
from ocop.trace.cli_common import (
    KEYSTORE,
    Actor,
    Json,
    Key,
    Lot,
    Reason,
    batch_of,
    by,
    confirm,
    desk,
    give,
    login,
    now,
    open_keys,
    say,
    warn,
)
from ocop.trace.cli_keys import Yes
from ocop.trace.provisioning_stations import PlanView
from ocop.trace.registry.editing import product_row
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.masters import Masters, generations_in
from ocop.trace.registry.seals import seal_changed
from ocop.trace.settings import Settings
from ocop.trace.tags.plan import Kind
from sqlmodel import Session

chips = typer.Typer(no_args_is_help=True, help="Chips: master keys, plans, and what became of each.")
master = typer.Typer(no_args_is_help=True, help="The master keys that the keys of all chips follow from.")
chips.add_typer(master, name="master")

Family = Annotated[Kind, typer.Option(help="Chips of one family: ntag424 (counts its taps) or ntag21x.")]
PlanNumber = Annotated[int, typer.Argument(help="The plan's number, see `chips plans`.", min=1)]
Uid = Annotated[str, typer.Argument(help="The chip's UID, 14 hex digits.")]
NO_MASTER = "no master key for chips yet: make one with `ocop-trace chips master add`"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(chips, name="chips")


def has_master(settings: Settings) -> bool:
    """Whether chips can be written: a master key is there. The keystore stays closed."""
    folder = settings.data / KEYSTORE
    return folder.is_dir() and bool(generations_in(path.name for path in folder.iterdir()))


@master.command("add")
def master_add(json_: Json = False) -> None:
    """Make the next generation; chips written from now on use it. Back up the keystore before writing any."""
    with desk() as at:
        generation = Masters(open_keys(at.settings)).add()
    if json_:
        give({"generation": generation})
    else:
        say(f"generation {generation} is in the keystore; back it up before a chip is written with it")


@master.command("list")
def master_list(json_: Json = False) -> None:
    """The generations that there are, each opened and found good."""
    with desk() as at:
        masters = Masters(open_keys(at.settings))
        masters.check()
        found = masters.generations()
    for generation in found:
        if json_:
            give({"generation": generation, "newest": generation == found[-1]})
        else:
            say(f"generation {generation}" + ("  for new chips" if generation == found[-1] else ""))
    if not found and not json_:
        say(NO_MASTER)


@chips.command("plan")
def plan(
    key: Key,
    lot: Lot,
    family: Family,
    first: First = None,
    last: Last = None,
    station: Annotated[str, typer.Option(help="Only this station may work on it; any by default.")] = "",
    actor: Actor = "",
    json_: Json = False,
) -> None:
    """Let stations write chips for items of a batch. Whether the link has room on the chip is checked now."""
    what = batch_of(key, lot)
    with desk() as at:
        with at.store.begin() as session:
            made = stations.make_plan(
                session, what.key, what.lot, family, first, last, at.settings.public_url, actor or login(),
                now(), station,
            )  # fmt: skip
        ready = has_master(at.settings)
    if json_:
        give(_plan(made))
    else:
        say(
            f"plan {made.plan}: {family.value} chips for {made.product}, lot {made.lot}, {made.first} to {made.last}"
        )
    if not ready:
        warn(NO_MASTER)


@chips.command("plans")
def plans(json_: Json = False) -> None:
    """The open plans and how far they are."""
    with desk() as at, at.store.read() as session:
        found = stations.open_plans(session)
    for each in found:
        if json_:
            give(_plan(each))
        else:
            say(f"{each.plan:>5}  {each.family.value:8} {each.product}, lot {each.lot}, {each.first} to {each.last}: "
                f"{each.done} of {each.total} done, {each.void} given up")  # fmt: skip


@chips.command("close")
def close(number: PlanNumber, actor: Actor = "", json_: Json = False) -> None:
    """End a plan. With the last one of a batch the ledger gets the root over the UIDs of its chips."""
    with desk() as at, at.store.begin() as session:
        closed = stations.close_plan(session, number, by(actor))
    if json_:
        give(_plan(closed))
    else:
        say(f"plan {closed.plan} is closed: {closed.done} of {closed.total} done")


@chips.command("seal")
def seal(actor: Actor = "", json_: Json = False) -> None:
    """Enter the root over the UIDs of its chips for each batch whose chips changed, as a running service does each day
    and each release does for its batch. To be done before the list of chips is handed to others."""
    with desk() as at:
        sealed = seal_changed(at.store.begin, at.store.read, by(actor))
    for key, lot in sealed:
        if json_:
            give({"key": key, "lot": lot})
        else:
            say(f"{key}, lot {lot}: the ledger has a new root over its chips")
    if not sealed and not json_:
        say("nothing to do: the ledger's roots stand for the chips that are bound")


@chips.command("list")
def list_(
    key: Key,
    lot: Lot,
    gone: Annotated[bool, typer.Option("--all", help="Also chips that were given up or replaced.")] = False,
    json_: Json = False,
) -> None:
    """The chips of a batch by number."""
    what = batch_of(key, lot)
    with desk() as at, at.store.read() as session:
        found = verbs.chips_of(session, what.key, what.lot, all_states=gone)
    for each in found:
        if json_:
            give(asdict(each))
        else:
            shown = "" if each.mirror == "full" else "  written by phone"
            say(f"{each.number:>6}  {each.uid}  {each.type:8} {each.state}{shown}")


@chips.command("void")
def void(uid: Uid, reason: Reason, actor: Actor = "", yes: Yes = False, json_: Json = False) -> None:
    """Give up a lost or broken chip: its number is free again, its link answers `withdrawn`."""
    _end("void", uid, by(actor, reason), yes, json_)


@chips.command("replace")
def replace(uid: Uid, reason: Reason, actor: Actor = "", yes: Yes = False, json_: Json = False) -> None:
    """Take a chip off its number for another one; its link answers that the chip was replaced."""
    _end("replace", uid, by(actor, reason), yes, json_)


ENDS: dict[str, tuple[str, Callable[[Session, bytes, By], verbs.ChipView]]] = {
    "void": ("give it up?", verbs.void_chip),
    "replace": ("replace it?", verbs.replace_chip),
}


def _end(what: str, text: str, act: By, yes: bool, json_: bool) -> None:
    """End a binding, with its line in the log, in one transaction."""
    uid = verbs.read_uid(text)
    question, verb = ENDS[what]
    with desk() as at:
        with at.store.read() as session:
            found = verbs.standing_chip(session, uid)
        confirm(f"{found.uid} is on number {found.number} of lot {found.lot}: {question}", yes)
        with at.store.begin() as session:
            ended = verb(session, uid, act)
            about = f"{ended.key} {ended.lot} {ended.number} {ended.uid}"
            maker = product_row(session, ended.key).producer_id
            auditing.note(session, None, f"chip.{what}", about, act.reason, maker, at=act.at, name=act.actor)
    if json_:
        give({"uid": ended.uid, "number": ended.number, "lot": ended.lot, "state": ended.state})
    else:
        say(f"{ended.uid} is {ended.state}; number {ended.number} of lot {ended.lot} can get another chip")


def _plan(made: PlanView) -> dict[str, object]:
    return {
        "plan": made.plan, "key": made.key, "lot": made.lot, "family": made.family.value, "first": made.first,
        "last": made.last, "total": made.total, "done": made.done, "void": made.void, "state": made.state,
    }  # fmt: skip
