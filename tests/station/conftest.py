"""A server in memory, a screen that remembers, a world that does not sleep."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ocop.hardware.client import Command, Done, Next, Plan, Refusal, ServerAway, ServerRefused, Wish
from ocop.hardware.client import Me as Station_
from ocop.hardware.journal import Journal
from ocop.hardware.reader import ChipLost, NoChip, Reader
from ocop.hardware.simulator import SimulatedReader, blank_21x, blank_424, simulated_maker
from ocop.hardware.simulator_ntag21x import Ntag21x
from ocop.hardware.simulator_ntag424 import Ntag424
from ocop.hardware.station import Sign, Station, World
from ocop.trace.tags import ntag21x, ntag21x_flows, ntag424, ntag424_flows
from ocop.trace.tags.dialogue import Dialogue, seeded
from ocop.trace.tags.errors import ChipError
from ocop.trace.tags.link import Content
from ocop.trace.tags.ndef import from_type4
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.originality import SECP128R1, SECP224R1

MASTER = bytes.fromhex("00112233445566778899aabbccddeeff")
Chip = Ntag424 | Ntag21x


class Refused(ChipError):
    """The server's own rules; `code` names it."""

    def __init__(self, code: str) -> None:
        super().__init__(f"refused: {code}")
        self.code = code


@dataclass
class Talk:
    wish: Wish
    seed: bytes
    answers: list[bytes] = field(default_factory=list)
    resuming: bool | None = None
    over: bool = False
    flow: Dialogue[Any] | None = None
    replies: list[Next] = field(default_factory=list)


class MemoryServer:
    """The station interface over the real dialogues. Its state outlives stations; `away` cuts the line.

    `cut(n, before)` loses the connection at the n-th call from now, before or after the server has acted.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.bound: dict[str, int] = {}
        self.live: set[str] = set()
        self.talks: dict[str, Talk] = {}
        self.calls = 0
        self.revoked = False
        self._cut: tuple[int, bool] | None = None

    def cut(self, calls: int, before: bool) -> None:
        self._cut = (self.calls + calls, before)

    def _reached(self, act: Callable[[], Any]) -> Any:
        self.calls += 1
        if self._cut and self.calls > self._cut[0]:
            before, self._cut = self._cut[1], None
            if not before:
                act()
            raise ServerAway("cut")
        if self.revoked:
            raise ServerRefused(401, "station_revoked", "the token was revoked")
        return act()

    def me(self) -> Station_:
        return self._reached(lambda: Station_("test", "demo.invalid/tag", "https://demo.invalid"))

    def plans(self) -> list[Plan]:
        done = len(self.live)
        p = self.plan
        return self._reached(
            lambda: [Plan(p.plan, p.product, p.lot, p.classifier, p.family, p.first, p.last, p.total, done)]
        )

    def begin(self, wish: Wish) -> tuple[str, Next]:
        def act() -> tuple[str, Next]:
            talk = self.talks.setdefault(wish.request, Talk(wish, wish.request.encode().ljust(32, b".")))
            return wish.request, self._next(talk)

        return self._reached(act)

    def answer(self, dialogue: str, position: int, answer: bytes) -> Next:
        def act() -> Next:
            talk = self.talks[dialogue]
            if position < len(talk.answers):
                if talk.answers[position] != answer:
                    raise ServerRefused(409, "answer_differs", "another answer is known")
                return talk.replies[position + 1]
            if talk.over or position > len(talk.answers):
                raise ServerRefused(409, "dialogue_over", "the dialogue is over")
            talk.answers.append(answer)
            return self._next(talk)

        return self._reached(act)

    def lost(self, dialogue: str) -> None:
        self._reached(lambda: setattr(self.talks[dialogue], "over", True))

    def chip(self, uid: str) -> Mapping[str, Any] | None:
        def act() -> Mapping[str, Any] | None:
            if uid not in self.bound:
                return None
            state = "live" if uid in self.live else "reserved"
            return {"uid": uid, "state": state, "number": self.bound[uid], "lot": "L2609A", "plan": "p"}

        return self._reached(act)

    def _next(self, talk: Talk) -> Next:
        """The reply to the last answer, asked of the dialogue once: the same answer again gets the same reply."""
        if len(talk.replies) == len(talk.answers):
            talk.replies.append(self._asked(talk))
        return talk.replies[len(talk.answers)]

    def _asked(self, talk: Talk) -> Next:
        try:
            if talk.flow is None:
                ours = talk.wish.family == "ntag424"
                talk.flow = self._provision_424(talk) if ours else self._provision_21x(talk)
                found = next(talk.flow)
            else:
                found = talk.flow.send(talk.answers[-1])
        except StopIteration as end:
            talk.over = True
            uid = end.value.uid.hex().upper()
            self.live.add(uid)
            return Done(self.bound[uid], uid, end.value.link, "live", {})
        except ChipError as error:
            talk.over = True
            code = error.code if isinstance(error, Refused) else type(error).__name__
            return Refusal(code, error.sentence, error.hint)
        return Command(len(talk.answers), found.command, found.step, found.reactivate)

    def bind(self, talk: Talk, uid: bytes) -> int:
        name = uid.hex().upper()
        if talk.resuming is None:
            talk.resuming = name in self.bound
        if name not in self.bound:
            taken = set(self.bound.values())
            free = [n for n in range(self.plan.first, self.plan.last + 1) if n not in taken]
            number = talk.wish.number or (free[0] if free else 0)
            if not number:
                raise Refused("plan_full")
            if number in taken:
                raise Refused("number_taken")
            self.bound[name] = number
        return self.bound[name]

    def link(self, number: int) -> str:
        return f"https://demo.invalid/01/09521234543213/10/L2609A/21/{number:06d}?s=" + "A" * 90

    def keys_of(self, uid: bytes) -> ntag424_flows.ChipKeys:
        return ntag424_flows.ChipKeys.derive(MASTER, uid, 1, 1)

    def order_21x(self, model: ntag21x.Model, number: int, resuming: bool = False) -> ntag21x_flows.Order:
        credential = ntag21x_flows.Credential(b"pw01", b"p1")
        return ntag21x_flows.Order(ntag21x.image(model, self.link(number)), credential, resuming=resuming)

    def _provision_424(self, talk: Talk) -> Dialogue[Any]:
        server = self

        class Desk:
            def keys(self, survey: ntag424_flows.Survey) -> ntag424_flows.KeyRing:
                return ntag424_flows.KeyRing.of(server.keys_of(survey.uid))

            def order(self, chip: ntag424_flows.Entered) -> ntag424_flows.Order:
                number = server.bind(talk, chip.uid)
                made = ntag424.template(server.link(number))
                return ntag424_flows.Order(made, resuming=bool(talk.resuming))

        return ntag424_flows.provision(Desk(), seeded(talk.seed), simulated_maker(SECP224R1))

    def _provision_21x(self, talk: Talk) -> Dialogue[Any]:
        found = yield from ntag21x_flows.survey(simulated_maker(SECP128R1))
        ntag21x.check_room(found.model)
        number = self.bind(talk, found.uid)
        order = self.order_21x(found.model, number, bool(talk.resuming))
        yield from ntag21x_flows.personalise(found, order)
        return (yield from ntag21x_flows.lock(found, order))

    def is_complete(self, chip: Chip) -> bool:
        """Whether the chip is wholly as its number wants it."""
        number = self.bound.get(chip.uid.hex().upper())
        if number is None:
            return False
        if isinstance(chip, Ntag424):
            keys, made = self.keys_of(chip.uid), ntag424.template(self.link(number))
            return (
                [(k.value, k.version) for k in chip.keys] == [(k, 1) for k in keys.keys]
                and chip.files[2].settings == made.settings
                and bytes(chip.files[2].data[: len(made.file)]) == made.file
            )
        image = ntag21x.image(chip.model, self.link(number))
        found = ntag21x.Config.decode(bytes(chip.memory[chip.model.cfg0 * 4 :][:8]))
        memory = bytes(chip.memory[16 : 16 + len(image.data)])
        return found.locked and image.config(found) == found and memory == image.data

    def shows(self, chip: Chip) -> Content:
        """What stands on a chip."""
        if isinstance(chip, Ntag424):
            return Content.of(from_type4(bytes(chip.files[2].data)))
        return ntag21x.content(bytes(chip.memory[16 : 16 + chip.model.user_bytes])) or Content()


class Remembers:
    """A screen that keeps its signs."""

    def __init__(self) -> None:
        self.signs: list[Sign] = []

    def show(self, sign: Sign) -> None:
        self.signs.append(sign)

    def kinds(self) -> list[str]:
        return [sign.kind.value for sign in self.signs]

    def numbers(self) -> list[int | None]:
        return [sign.number for sign in self.signs if sign.kind == "done"]


class Hand(SimulatedReader):
    """A reader, and the hand that puts chips on it: the next one when the last was taken, the same when it was cut.

    When the last chip was taken, nothing comes any more.
    """

    def __init__(self, chips: list[Chip]) -> None:
        super().__init__()
        self.waiting = list(chips)

    def wait_for_chip(self, seconds: float) -> Any:
        if not self.waiting:
            raise NoChip
        self.place(self.waiting[0])
        return super().wait_for_chip(seconds)

    def wait_for_removal(self, seconds: float) -> bool:
        del seconds
        self.waiting = self.waiting[1:]
        self.lift()
        return True


@dataclass
class Bench:
    """A station with everything around it; `restart` is what a kill and a new start leave."""

    server: MemoryServer
    folder: Path
    screen: Remembers = field(default_factory=Remembers)
    journal: Journal | None = None
    requests: Iterator[int] = field(default_factory=lambda: count(1))
    ticks: Iterator[int] = field(default_factory=count)

    def world(self) -> World:
        start = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
        return World(
            now=lambda: start + timedelta(seconds=next(self.ticks)),
            pause=lambda seconds: None,
            new_request=lambda: f"r{next(self.requests)}",
        )

    def station(self, open_reader: Callable[[], Reader]) -> Station:
        if self.journal is not None:
            self.journal.close()
        self.journal = Journal(self.folder / "journal.db")
        return Station(self.server, self.journal, open_reader, self.screen, self.world())

    def write(self, reader: Reader, **rest: Any) -> int:
        rest.setdefault("more", lambda: False)
        return self.station(lambda: reader).write(self.server.plans(), **rest)


def a_plan(family: str, total: int) -> Plan:
    return Plan("p", "Trà hương vân", "L2609A", "hộp", family, 1, total, total, 0)


@pytest.fixture(scope="session")
def blank() -> Callable[[str, str], Chip]:
    def make(family: str, seed: str) -> Chip:
        return blank_424(seed.encode()) if family == "ntag424" else blank_21x(NTAG215, seed.encode())

    return make


@pytest.fixture(scope="session")
def hand() -> type[Hand]:
    return Hand


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(family: str = "ntag424", total: int = 3) -> Bench:
        made.append(Bench(MemoryServer(a_plan(family, total)), tmp_path / f"station{len(made)}"))
        return made[-1]

    yield make
    for one in made:
        if one.journal is not None:
            one.journal.close()


__all__ = ["ChipLost"]
