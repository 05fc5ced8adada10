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
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from ocop.hardware.client import (
    Command,
    Done,
    Next,
    Plan,
    Refusal,
    Server,
    ServerAway,
    ServerError,
    ServerRefused,
    Wish,
)
from ocop.hardware.faults import NOT_A_CHIP, told
from ocop.hardware.journal import Journal, Outcome, known_before
from ocop.hardware.phrases import VI, Words
from ocop.hardware.phrases_refusals import NEW_LABEL, plain
from ocop.hardware.reader import ChipLost, Contact, Family, NoChip, NoReader, NotAChip, Reader, ReaderError
from ocop.hardware.signs import Kind, Progress, Screen, Sign, World
from ocop.trace.tags.dialogue import Step

FAMILY: Final = {Family.TYPE_2: "ntag21x", Family.TYPE_4: "ntag424", Family.OTHER: "other"}
OPEN_STATES: Final = ("reserved", "live")
WAIT_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 1.0
UNREAD_SECONDS: Final = 0.3
"""Between two looks at a chip that can't be activated."""
UNREAD_TIMES: Final = 3
"""One that comes near is missed once or twice; more often is worth a sentence."""
LASTING_TIMES: Final = 5
"""Seconds, and tries, after which another reason why there is no reader is told in place of the first."""
FLICKER_SECONDS: Final = 3.0
"""A chip that comes back so soon after its own sign has not been put on twice: it lies at the edge of the field."""


class After(Enum):
    """What is needed after a chip: nothing, another chip for the same number, or another number."""

    READY = "ready"
    KNOWN = "known"  # nothing was asked of the server: another chip
    OTHER_CHIP = "other chip"
    OTHER_LABEL = "other label"


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
        self._wished: int | None = None
        self._told: tuple[bytes, datetime] | None = None

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
            self._wished = label() if label else None
            if label and self._wished is None:
                self._show(Kind.CLOSED, self._words.stopped(self._progress.done, self._progress.total))
                return self._progress.made
            if not self._one(sim, more):
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
        """The next chip on the reader, None when nobody waits for it any more. One that can't be read is told."""
        unread, shown = 0, False
        while True:
            try:
                self._reader = self._reader or self._open_reader()
                return self._reader.wait_for_chip(WAIT_SECONDS)
            except NoChip:
                if shown:
                    self._invite()
                unread, shown = 0, False
                if not more():
                    return None
            except ChipLost as error:
                unread += 1
                if not shown and (unread >= UNREAD_TIMES or isinstance(error, NotAChip)):
                    known, shown = told(NOT_A_CHIP, self._words.lang), True
                    self._show(Kind.REFUSED, known.sentence, known.hint)
                if not more():
                    return None
                self._world.pause(UNREAD_SECONDS)
            except ReaderError as error:
                self._reader_gone(error)
                self._invite()

    def _next_chip(self, more: Callable[[], bool]) -> Contact | None:
        """The next chip; the one whose sign is on the screen, flickering at the edge of the field, is none."""
        while True:
            contact = self.contact(more)
            if contact is None or self._told is None or contact.uid != self._told[0]:
                return contact
            if (self._world.now() - self._told[1]).total_seconds() > FLICKER_SECONDS:
                return contact
            self._until_removed()
            self._told = (contact.uid, self._world.now())

    def _invite(self) -> None:
        self._show(Kind.WAITING, self._words.waiting, number=self._wished)

    def _one(self, sim: bool, more: Callable[[], bool]) -> bool:
        """One number, until a chip of it is ready or a chip is refused; whether to go on."""
        while True:
            self._invite()
            contact = self._next_chip(more)
            if contact is None:
                return False
            try:
                after = self._write(contact, sim)
            except ServerAway as error:
                self._settle_when_there(sim, error)
                continue
            except (NoChip, ChipLost):
                about = {"uid": contact.uid.hex().upper()}
                self._show(Kind.PULLED, self._words.pulled, self._words.pulled_hint, about=about)
                continue
            except ReaderError as error:
                self._reader_gone(error)
                continue
            self._until_removed()
            self._told = (contact.uid, self._world.now()) if after in (After.READY, After.KNOWN) else None
            if after is not After.KNOWN:
                self._recount()
            if self._wished is None or after in (After.READY, After.OTHER_LABEL):
                return True

    def _write(self, contact: Contact, sim: bool) -> After:
        """One chip. What went wrong with it is on the screen then."""
        family, uid, wished = FAMILY[contact.family], contact.uid.hex().upper(), self._wished
        mine = [plan for plan in self._plans.values() if plan.family == family]
        if not mine:
            wanted = list(dict.fromkeys(plan.family for plan in self._plans.values()))
            self._show(Kind.REFUSED, *self._words.wrong_family(wanted), about={"uid": uid})
            return After.KNOWN
        if any(self._is_done(plan, uid) for plan in mine):
            return After.KNOWN
        if wished is not None:
            mine = [plan for plan in mine if plan.first <= wished <= plan.last] or mine
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
            self._refused(plan, uid, Refusal(error.code, error.sentence, error.hint))
            return After.OTHER_CHIP if dialogue else After.OTHER_LABEL
        if isinstance(end, Refusal):
            self._journal.finish(entry, Outcome.REFUSED, self._world.now(), told=end.code)
            self._refused(plan, uid, end)
            return After.OTHER_LABEL if plain(end.code) in NEW_LABEL else After.OTHER_CHIP
        self._ready(plan, entry, uid, end)
        return After.READY

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

    def _refused(self, plan: Plan, uid: str, end: Refusal) -> None:
        said, hint = self._words.refusal(end.code, end.sentence, end.hint, end.about)
        self._show(Kind.REFUSED, said, hint, about={"plan": plan.plan, "uid": uid, "code": end.code})

    def _ready(self, plan: Plan, entry: int, uid: str, end: Done) -> None:
        """Shows the number: whatever else fails from here on, the chip is live and its number must be read."""
        self._progress.made += 1
        self._plans[plan.plan] = replace(plan, done=min(plan.done + 1, plan.total))
        self._count()
        report = json.dumps({"link": end.link, "state": end.state, **end.report}, ensure_ascii=False)
        try:
            self._journal.finish(entry, Outcome.DONE, self._world.now(), end.number, report)
        finally:
            sentence = (
                self._words.again(None)
                if end.number is None
                else self._words.put_on(end.number, plan.classifier)
            )
            about = {"plan": plan.plan, "uid": end.uid or uid, "link": end.link, "state": end.state}
            self._show(Kind.DONE, sentence, plan.product, end.number, about)

    def _recount(self) -> None:
        """Asks how far the plans are: other stations may work on them too. Without an answer our own count stands."""
        try:
            known = {found.plan: found for found in self._server.plans()}
        except ServerError:
            return  # whatever it is, the next chip will tell it
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
        """Shows it, and tries again until the reader is back. A reason that comes later and stays is shown as well."""
        self._show(Kind.READER, error.sentence or self._words.gone, error.hint or self._words.gone_hint)
        shown, reason, times = error.sentence, error.sentence, 0
        self.close()
        while self._reader is None:
            self._world.pause(RETRY_SECONDS)
            try:
                self._reader = self._open_reader()
            except ReaderError as again:
                times = times + 1 if again.sentence == reason else 1
                reason = again.sentence
                if reason != shown and times >= LASTING_TIMES:
                    self._show(Kind.READER, again.sentence, again.hint)
                    shown = reason

    def _settle_when_there(self, sim: bool, error: ServerAway | None = None) -> None:
        """Ends what is open as soon as the server answers. Says why it does not, and again when that changes."""
        shown = ""
        while True:
            if error is not None:
                sentence, hint = self._words.server_away(error.code, error.sentence, error.hint, error.about)
                if sentence != shown:
                    self._show(Kind.SERVER, sentence, hint)
                self._world.pause(max(error.after, RETRY_SECONDS if shown else 0.0))
                shown = sentence
            try:
                return self.settle(sim)
            except ServerAway as again:
                error = again

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
