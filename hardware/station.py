"""The provisioning station: chip after chip, hands free. Put one on, hear the bell, read the number, next.

    settle -> [label] -> wait for a chip -> journal -> dialogue with the server -> number -> wait for removal -> ...

The station carries commands between server and chip and knows neither keys nor protocol. Everything that can be
cut will be: the chip is pulled away, the reader unplugged, the lid closed, the network lost, the program killed.

1. A writing is in the journal before the server hears of it, each changing step before the chip does.
2. A chip that goes away ends its dialogue (`lost`); the server keeps its number reserved for that UID.
3. The same chip again begins a new dialogue, which starts from what the chip says and goes on from there.
4. After a restart `settle` ends what the journal shows open, so no dialogue waits for ever.
5. A chip that is done already, or of the other family, gets no command at all. The server refuses what else is
   wrong before it lets anything be written.

So whatever happens, each chip is blank, complete, or reserved for the one number that it gets when it comes
back, and no number has two chips that work.

Worked example: `Station(server, journal, opener, screen, world).write([plan], sim=True)`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from ocop.hardware.client import (
    Command,
    Done,
    Next,
    Plan,
    Refusal,
    Server,
    ServerAway,
    ServerRefused,
    Wish,
)
from ocop.hardware.journal import Journal, Outcome, known_before
from ocop.hardware.phrases import VI, Words
from ocop.hardware.reader import ChipLost, Contact, Family, NoChip, NoReader, Reader, ReaderError
from ocop.trace.tags.dialogue import Step

FAMILY: Final = {Family.TYPE_2: "ntag21x", Family.TYPE_4: "ntag424", Family.OTHER: "other"}
OPEN_STATES: Final = ("reserved", "live")
WAIT_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 1.0


class Kind(StrEnum):
    """What a sign on the screen is about; decides its colour and its sound."""

    WAITING = "waiting"
    WRITING = "writing"
    DONE = "done"
    AGAIN = "again"
    PULLED = "pulled"
    REFUSED = "refused"
    READER = "reader"
    SERVER = "server"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Sign:
    """What the person sees and hears. `number` is the big one, None where there is none."""

    kind: Kind
    sentence: str
    hint: str = ""
    number: int | None = None
    progress: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    """For reports: `plan`, `uid`, and of a chip made ready `link` and `state`."""


class Screen(Protocol):
    """Whoever shows signs."""

    def show(self, sign: Sign) -> None:
        """Shows one, until the next."""


@dataclass(frozen=True, slots=True)
class World:
    """Time, waiting and chance, as arguments."""

    now: Callable[[], datetime]
    pause: Callable[[float], None]
    new_request: Callable[[], str]


@dataclass(slots=True)
class Progress:
    """How far a plan is and how fast: only what this run did counts for the pace."""

    done: int
    total: int
    begun: datetime
    made: int = 0

    def says(self, now: datetime, words: Words) -> str:
        """For the person."""
        seconds = (now - self.begun).total_seconds()
        per_hour = round(self.made * 3600 / seconds) if self.made >= 3 and seconds > 0 else None
        return words.progress(self.done, self.total, per_hour)


class Station:
    """One reader, one journal, one server. `open_reader` is asked again whenever the reader was gone."""

    def __init__(
        self,
        server: Server,
        journal: Journal,
        open_reader: Callable[[], Reader],
        screen: Screen,
        world: World,
        words: Words = VI,
    ) -> None:
        self._server, self._journal, self._screen, self._world = server, journal, screen, world
        self._open_reader, self._words = open_reader, words
        self._reader: Reader | None = None
        self._plans: dict[str, Plan] = {}
        self._progress = Progress(0, 0, world.now())

    def close(self) -> None:
        """Lets go of the reader."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def settle(self, sim: bool = False) -> None:
        """Ends at the server what a cut left open. Raises ServerError; what is settled stays settled."""
        for left in self._journal.open():
            dialogue = left.dialogue
            if not dialogue:
                # Cut off before the first step, with or without an answer: the same request gives the same dialogue.
                wish = Wish(left.request, "provision", left.family, left.plan, left.wished, sim)
                try:
                    dialogue, _ = self._server.begin(wish)
                except ServerRefused:
                    self._journal.finish(left.id, Outcome.REFUSED, self._world.now())
                    continue
            self._server.lost(dialogue)
            known = self._server.chip(left.uid) or {}
            number = known.get("number")
            # Its last answer may have reached the server and only our own note of it was cut off.
            ready = known.get("state") == "live" and str(known.get("plan")) == left.plan
            self._journal.finish(
                left.id,
                Outcome.DONE if ready else Outcome.LOST,
                self._world.now(),
                number if isinstance(number, int) else None,
            )

    def write(
        self,
        plans: Sequence[Plan],
        *,
        sim: bool = False,
        label: Callable[[], int | None] | None = None,
        more: Callable[[], bool] = lambda: True,
    ) -> int:
        """Writes chips until the plans are full; gives how many were made ready.

        The kind of chip decides which plan it is for: the first of `plans` for that kind that has a number left.
        `label` is asked for the number before each chip (None: stop). `more` is asked when no chip came for a
        while whether to go on waiting. Raises ServerRefused when the server won't have this station, and what
        opening the reader raises at the very beginning.
        """
        self._reader = self._reader or self._open_reader()
        self._settle_when_there(sim)
        self._plans = {plan.plan: plan for plan in plans}
        self._progress = Progress(0, 0, self._world.now())
        self._count()
        left = [line for plan in plans for line in self._journal.unfinished(plan.plan)]
        if left:
            said = self._words.unfinished([line.number for line in left])
            self._show(Kind.WAITING, said, self._words.unfinished_hint)
        while self._progress.done < self._progress.total:
            wished = label() if label else None
            if (label and wished is None) or not self._one(wished, sim, more):
                self._show(Kind.CLOSED, self._words.taken_out(self._progress.done, self._progress.total))
                return self._progress.made
        self._show(Kind.CLOSED, self._words.finished(self._progress.total))
        return self._progress.made

    @property
    def left(self) -> int:
        """How many numbers of the plans have no chip yet."""
        return self._progress.total - self._progress.done

    def look(
        self, contact: Contact, kind: str = "inspect", sim: bool = False, by: str = "", reason: str = ""
    ) -> Done | Refusal:
        """Looks at the chip on the reader, or takes it back (`void`). Raises ReaderError, ServerError."""
        wish = Wish(self._world.new_request(), kind, FAMILY[contact.family], sim=sim, by=by, reason=reason)
        dialogue, following = self._server.begin(wish)
        try:
            while isinstance(following, Command):
                following = self._server.answer(dialogue, following.position, self._exchange(following))
        except ReaderError:
            self._server.lost(dialogue)
            raise
        return following

    def contact(self, more: Callable[[], bool] = lambda: True) -> Contact | None:
        """The next chip on the reader, None when nobody waits for it any more."""
        while True:
            try:
                self._reader = self._reader or self._open_reader()
                return self._reader.wait_for_chip(WAIT_SECONDS)
            except (NoChip, ChipLost):
                if not more():
                    return None
            except ReaderError as error:
                self._reader_gone(error)

    def _one(self, wished: int | None, sim: bool, more: Callable[[], bool]) -> bool:
        """One number, until a chip of it is ready or a chip is refused; whether to go on."""
        while True:
            self._show(Kind.WAITING, self._words.waiting, number=wished)
            contact = self.contact(more)
            if contact is None:
                return False
            try:
                settled = self._write(contact, wished, sim)
            except ServerAway as error:
                self._show(Kind.SERVER, self._words.away, f"{self._words.away_hint} ({error.sentence})")
                self._settle_when_there(sim)
                continue
            except (NoChip, ChipLost):
                about = {"uid": contact.uid.hex().upper()}
                self._show(Kind.PULLED, self._words.pulled, self._words.pulled_hint, about=about)
                continue
            except ReaderError as error:
                self._reader_gone(error)
                continue
            self._until_removed()
            if settled or wished is None:
                return True

    def _write(self, contact: Contact, wished: int | None, sim: bool) -> bool:
        """One chip. Whether it was made ready; what went wrong with it is on the screen then."""
        family, uid = FAMILY[contact.family], contact.uid.hex().upper()
        mine = [plan for plan in self._plans.values() if plan.family == family]
        if not mine:
            wanted = list(dict.fromkeys(plan.family for plan in self._plans.values()))
            self._show(Kind.REFUSED, *self._words.wrong_family(wanted), about={"uid": uid})
            return False
        if any(self._is_done(plan, uid) for plan in mine):
            return False
        plan = next((plan for plan in mine if plan.done < plan.total), mine[0])
        self._show(Kind.WRITING, self._words.writing, number=wished)
        request = self._world.new_request()
        entry = self._journal.plan(
            plan=plan.plan, family=family, request=request, uid=uid, wished=wished, now=self._world.now()
        )
        dialogue = ""
        try:
            dialogue, first = self._server.begin(Wish(request, "provision", family, plan.plan, wished, sim))
            end = self._relay(entry, dialogue, first)
        except ReaderError:
            # If this raises ServerAway the line stays open in the journal, and `settle` ends it.
            self._server.lost(dialogue)
            self._journal.finish(entry, Outcome.LOST, self._world.now())
            raise
        except ServerRefused as error:
            self._journal.finish(entry, Outcome.REFUSED, self._world.now(), told=error.code)
            if error.status in (401, 403):
                raise
            end = Refusal(error.code, error.sentence, error.hint)
        return self._ended(plan, entry, uid, end)

    def _is_done(self, plan: Plan, uid: str) -> bool:
        """A chip put on twice. The journal remembers; the server says whether it still is so (not void since)."""
        before = self._journal.done(plan.plan, uid)
        if before is None:
            return False
        known = self._server.chip(uid)
        if known is None or known.get("state") not in OPEN_STATES:
            return False
        hint = self._words.again_hint(plan.classifier, before.number)
        about = {"plan": plan.plan, "uid": uid}
        self._show(Kind.AGAIN, self._words.again(before.number), hint, before.number, about)
        return True

    def _relay(self, entry: int, dialogue: str, following: Next) -> Done | Refusal:
        """Carries commands to the chip and answers to the server, the journal always first."""
        doing: Step | None = None
        while isinstance(following, Command):
            if following.step.changes and following.step is not doing:
                doing = following.step
                self._journal.note(entry, known_before(doing), doing, self._world.now(), dialogue)
            following = self._server.answer(dialogue, following.position, self._exchange(following))
        return following

    def _exchange(self, command: Command) -> bytes:
        reader = self._held()
        if command.reactivate:
            reader.reactivate()
        return reader.transceive(command.command)

    def _ended(self, plan: Plan, entry: int, uid: str, end: Done | Refusal) -> bool:
        now, about = self._world.now(), {"plan": plan.plan, "uid": uid}
        if isinstance(end, Refusal):
            self._journal.finish(entry, Outcome.REFUSED, now, told=end.code)
            self._recount(plan, 0)
            said, hint = self._words.refusal(end.code, end.sentence, end.hint, end.about)
            self._show(Kind.REFUSED, said, hint, about={**about, "code": end.code})
            return False
        told = json.dumps({"link": end.link, "state": end.state, **end.report}, ensure_ascii=False)
        self._journal.finish(entry, Outcome.DONE, now, end.number, told)
        self._progress.made += 1
        self._recount(plan, 1)
        sentence = (
            self._words.again(None) if end.number is None else self._words.put_on(end.number, plan.classifier)
        )
        about |= {"uid": end.uid, "link": end.link, "state": end.state}
        self._show(Kind.DONE, sentence, plan.product, end.number, about)
        return True

    def _recount(self, plan: Plan, made: int) -> None:
        """Asks how far the plans are: other stations may work on them too. Without an answer, our own count."""
        try:
            known = {found.plan: found for found in self._server.plans()}
        except ServerAway:
            self._plans[plan.plan] = replace(plan, done=plan.done + made)
        else:
            # A plan that is not told any more was closed: nothing is left to do for it.
            self._plans = {
                name: known.get(name, replace(mine, done=mine.total)) for name, mine in self._plans.items()
            }
        self._count()

    def _count(self) -> None:
        self._progress.done = sum(plan.done for plan in self._plans.values())
        self._progress.total = sum(plan.total for plan in self._plans.values())

    def _held(self) -> Reader:
        if self._reader is None:
            raise NoReader(self._words.gone, self._words.gone_hint)
        return self._reader

    def _until_removed(self) -> None:
        try:
            while not self._held().wait_for_removal(WAIT_SECONDS):
                continue
        except ReaderError as error:
            self._reader_gone(error)

    def _reader_gone(self, error: ReaderError) -> None:
        """Shows it, and tries again until the reader is back."""
        self._show(Kind.READER, error.sentence or self._words.gone, error.hint or self._words.gone_hint)
        self.close()
        while self._reader is None:
            self._world.pause(RETRY_SECONDS)
            try:
                self._reader = self._open_reader()
            except ReaderError:
                continue

    def _settle_when_there(self, sim: bool) -> None:
        while True:
            try:
                return self.settle(sim)
            except ServerAway as error:
                self._show(Kind.SERVER, self._words.away, f"{self._words.away_hint} ({error.sentence})")
                self._world.pause(RETRY_SECONDS)

    def _show(
        self,
        kind: Kind,
        sentence: str,
        hint: str = "",
        number: int | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        progress = self._progress.says(self._world.now(), self._words)
        self._screen.show(Sign(kind, sentence, hint, number, progress, about or {}))
