"""Writing chips: a dialogue that the server leads and a station carries (floor 3).

    began = begin(bench, caller, Wish("7f3c…", "provision", Kind.NTAG424, plan=4), random_bytes)
    reply = answer(bench, caller, began.dialogue, 0, b"…")        # Command, Finished or Refused
    lost(bench, caller, began.dialogue)                           # the chip was pulled away

A dialogue is its seed, its answers and what was decided in it, all of it stored, so any worker can go on with it,
also after a restart; what a worker keeps in memory (`provisioning_talks`) only spares it the replay. Commit points,
in their order:

    begun       the dialogue and its seed; the same `request` again finds it
    answered    one answer, once for ever, before the next command is computed
    reserved    item, UID and generation, before anything is signed (`provisioning_desk`)
    finished    the chip answered: `reserved` becomes `live`, and the counter that our reading spent is its floor

Sent again, a request gets the same reply; another answer at a known position is refused (`OtherAnswer`), and so is
one that comes too early (`OutOfOrder`). A dialogue that was lost or refused is over; the next one with the same
chip finds the binding and goes on from what the chip says.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from ocop.trace.issuing import NoUsableKey
from ocop.trace.provisioning_desk import Bench, ServerDesk
from ocop.trace.provisioning_flows import NXP, SIMULATED, Done, dialogue
from ocop.trace.provisioning_inspect import inspection
from ocop.trace.provisioning_refusals import BindingEnded
from ocop.trace.provisioning_stations import Caller, plan_of
from ocop.trace.registry import chips
from ocop.trace.registry import stations as rows
from ocop.trace.registry.editing import LONG, words
from ocop.trace.registry.errors import BadValue, Conflict, StoreError, Unknown
from ocop.trace.registry.tables_chips import Chip, ChipDialogue
from ocop.trace.tags.dialogue import Dialogue, Exchange
from ocop.trace.tags.errors import ChipError
from ocop.trace.tags.plan import Kind
from sqlmodel import Session

DEMO_REALM: Final = "demo.invalid/tag"
KINDS: Final = ("provision", "void", "inspect")
MAX_ANSWER, MAX_ANSWERS = 300, 1000
NAME: Final = 80
_REQUEST: Final = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class OtherAnswer(Conflict):
    """An answer is known at this position, and it is another one."""


class OutOfOrder(Conflict):
    """An answer to a command that was not given yet, or to a dialogue that is over."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a station wants to do. `number` when a label was scanned first; `request` makes it repeatable.

    `by` is the person at the station and `reason` why, for the log; a chip that is voided should have both.
    """

    request: str
    kind: str
    family: Kind
    plan: int | None = None
    number: int | None = None
    simulated: bool = False
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """The next command for the chip."""

    position: int
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Finished:
    """How a dialogue ended well."""

    uid: bytes
    number: int | None
    link: str
    state: str
    report: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a chip is not written; `code` is short and fixed, `about` what there is to say of it: `number`, `lot`, …"""

    code: str
    sentence: str
    hint: str = ""
    about: dict[str, Any] = field(default_factory=dict)


Reply = Command | Finished | Refused


@dataclass(frozen=True, slots=True)
class Began:
    """A dialogue and its first command."""

    dialogue: int
    reply: Reply


def begin(bench: Bench, caller: Caller, wish: Wish, chance: Callable[[int], bytes]) -> Began:
    """Begin a dialogue, once for each `request`.

    Raises `BadValue`, `Unknown`, `Conflict` (a closed plan, another content under that request), `StoreError`,
    `KeystoreError`.
    """
    _check(bench, wish)
    with bench.begin() as session:  # commit point: begun
        row = rows.dialogue_by_request(session, caller.id, wish.request)
        if row is None:
            if wish.kind == "provision" or wish.plan is not None:
                plan_of(session, wish.plan, caller, wish.family)
            row = ChipDialogue(
                station_id=caller.id, plan_id=wish.plan, kind=wish.kind, family=wish.family.value,
                request=wish.request, seed=chance(32), simulated=wish.simulated, number=wish.number,
                snapshot={"wish": _content(wish), "said": _said(wish)}, started_at=bench.clock(),
            )  # fmt: skip
            session.add(row)
            session.flush()
        elif row.snapshot.get("wish") != _content(wish):
            raise Conflict(f"expected the same wish as before under request {wish.request}, got another one")
        given = rows.answers(session, row.id or 0)
    return Began(row.id or 0, _reply(bench, caller, row, given))


def answer(bench: Bench, caller: Caller, dialogue_id: int, position: int, data: bytes) -> Reply:
    """What the chip answered at `position`; gives what comes next.

    Raises `Unknown`, `OtherAnswer`, `OutOfOrder`, `BadValue`, and `StoreError` or `KeystoreError`, after which the
    same answer may be sent again.
    """
    if len(data) > MAX_ANSWER:
        raise BadValue("answer", f"at most {MAX_ANSWER} bytes", len(data))
    with bench.begin() as session:  # commit point: answered
        row = rows.locked_dialogue(session, dialogue_id, caller.id)
        given = rows.answers(session, dialogue_id)
        if 0 <= position < len(given):
            if given[position] != data:
                raise OtherAnswer(
                    f"expected the answer that is known at position {position}, got another one"
                )
            given = given[: position + 1]
        elif position != len(given) or row.state != "running" or position >= MAX_ANSWERS:
            raise OutOfOrder(
                f"expected the answer at position {len(given)} of a running dialogue, got position {position}"
                f" of one that is {row.state}"
            )
        else:
            rows.add_answer(session, dialogue_id, position, data)
            given.append(data)
            _refuse_ended(session, row)
    return _reply(bench, caller, row, given)


def lost(bench: Bench, caller: Caller, dialogue_id: int) -> None:
    """The chip is away: the dialogue is over, its binding stays. Of one that is over already: nothing."""
    with bench.begin() as session:
        row = rows.locked_dialogue(session, dialogue_id, caller.id)
        if row.state == "running":
            row.state, row.ended_at = "lost", bench.clock()
            session.add(row)
    bench.talks.forget(dialogue_id)


def _check(bench: Bench, wish: Wish) -> None:
    if not _REQUEST.fullmatch(wish.request):
        raise BadValue("request", "8 to 64 of A-Z, a-z, 0-9 and -", wish.request[:80])
    if wish.kind not in KINDS:
        raise BadValue("kind", ", ".join(KINDS), wish.kind[:40])
    if wish.simulated and bench.realm != DEMO_REALM:
        raise BadValue("sim", f"false outside the realm {DEMO_REALM}", True, "simulated chips prove nothing")
    if wish.kind != "inspect" or wish.family is Kind.NTAG424:
        bench.masters.generations()  # a keystore that is shut is said now, not with a chip half written


def _content(wish: Wish) -> list[Any]:
    return [wish.kind, wish.family.value, wish.plan, wish.number, wish.simulated]


def _said(wish: Wish) -> dict[str, str]:
    return {"by": words("by", wish.by, NAME), "reason": words("reason", wish.reason, LONG)}


def _refuse_ended(session: Session, row: ChipDialogue) -> None:
    """A binding that was ended elsewhere meanwhile must not be written on."""
    bound = row.snapshot.get("bound")
    if bound is None or "refused" in row.snapshot:
        return
    chip = session.get(Chip, bound["chip"])
    if chip is None or chip.state not in rows.BOUND:
        ended = BindingEnded(
            f"expected the binding of number {bound['number']} to stand, got one that was ended meanwhile",
            "put this chip aside and void it",
        )
        row.snapshot = {**row.snapshot, "refused": [len(rows.answers(session, row.id or 0)), *_words(ended)]}
        session.add(row)


def _reply(bench: Bench, caller: Caller, row: ChipDialogue, given: list[bytes]) -> Reply:
    """What follows from the answers. The same for the same answers, however often it is asked."""
    end = row.snapshot.get("refused")
    if end is not None and len(given) >= end[0]:
        _close(bench, caller, row, "refused", end)
        return Refused(*end[1:])
    said = row.snapshot.get("finished")
    if said is not None and len(given) >= said[0]:
        return _told(said)
    try:
        found = bench.talks.advance(row.id or 0, given, lambda: _flow(bench, caller, row))
    except StoreError:
        raise
    except (ChipError, NoUsableKey, Conflict, Unknown) as error:
        told = [len(given), *_words(error)]
        return Refused(*_close(bench, caller, row, "refused", told)[1:])
    if isinstance(found, Exchange):
        return Command(len(given), found)
    return _finish(bench, caller, row, len(given), found.value)


def _flow(bench: Bench, caller: Caller, row: ChipDialogue) -> Dialogue[Done]:
    makers = SIMULATED if row.simulated else NXP
    return dialogue(row.kind, Kind(row.family), ServerDesk(bench, caller, row), row.seed, makers)


def _words(error: Exception) -> list[Any]:
    """(code, sentence, hint, about): the code is the error's name in snake case."""
    code = _WORD.sub("_", type(error).__name__).lower()
    about = dict(getattr(error, "about", {}))
    if isinstance(error, ChipError):
        return [code, error.sentence, error.hint, about]
    return [code, str(error), "", about]


def _close(bench: Bench, caller: Caller, row: ChipDialogue, state: str, told: list[Any]) -> list[Any]:
    """Writes how the dialogue ended, once; what was written first counts."""
    with bench.begin() as session:
        now = rows.locked_dialogue(session, row.id or 0, caller.id)
        if state not in now.snapshot:
            now.snapshot = {**now.snapshot, state: told}
        if now.state == "running":
            now.state, now.ended_at = state, bench.clock()
        session.add(now)
        return list(now.snapshot[state])


def _finish(bench: Bench, caller: Caller, row: ChipDialogue, position: int, done: Done) -> Finished:
    report: dict[str, Any] = {
        "type": done.chip_type, "locked": done.locked, "live": done.live, "counter": done.counter,
        "original": done.original,
    }  # fmt: skip
    with bench.begin() as session:  # commit point: finished
        now = rows.locked_dialogue(session, row.id or 0, caller.id)
        if "finished" in now.snapshot:
            return _told(now.snapshot["finished"])
        number, state = now.number, "void"
        if row.kind == "provision":
            number, state = _promote(session, bench, now, done)
        elif row.kind == "inspect":
            number, state, more = inspection(session, bench, done)
            report |= more
        said = [position, done.uid.hex(), number, done.link, state, report]
        now.snapshot = {**now.snapshot, "finished": said}
        now.state, now.ended_at = "finished", bench.clock()
        session.add(now)
    return _told(said)


def _promote(session: Session, bench: Bench, row: ChipDialogue, done: Done) -> tuple[int, str]:
    bound = row.snapshot["bound"]
    chip_id = int(bound["chip"])
    with suppress(Unknown):
        # Ended between the last write and here: what stands on the chip answers `withdrawn`, and so do we.
        chips.promote(session, chip_id, bench.clock(), counter=done.counter)
    return int(bound["number"]), session.get_one(Chip, chip_id).state


def _told(said: list[Any]) -> Finished:
    _, uid, number, link, state, report = said
    return Finished(bytes.fromhex(uid), number, link, state, report)
