"""One run of the station: server, journal, reader and screens put together, and taken apart again.

Which plans are written: those named; else all that are open when there is no doubt (one product and lot, one plan
for each kind of chip; or simulated chips); else the person is asked, and without a terminal told to name them.

Worked example: `with Session(options, environ) as session: session.write(["3"])`.
"""

import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from time import sleep
from typing import TextIO

from ocop.hardware import readers
from ocop.hardware.client import Me, Plan, StationClient
from ocop.hardware.journal import Journal, Writing
from ocop.hardware.label import LabelNotRead, OtherLot, number_on
from ocop.hardware.phrases import LANGUAGES, Words
from ocop.hardware.phrases_troubles import Trouble, trouble
from ocop.hardware.places import NotSetUp, Places
from ocop.hardware.reader import Reader, ReaderError
from ocop.hardware.screen import Afterwards, JsonLines, Terminal, Together
from ocop.hardware.signs import Kind, Screen, Sign, World
from ocop.hardware.simulator import SimulatedChip, SimulatedReader, blank_21x, blank_424
from ocop.hardware.simulator_tray import Tray
from ocop.hardware.station import Station
from ocop.trace.tags.ntag21x import NTAG215
from rich.console import Console

SIMULATED_OF_EACH = 10


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said."""

    reader: str = "auto"
    server: str = ""
    token: str = field(default="", repr=False)
    folder: Path | None = None
    lang: str = "vi"
    json: bool = False
    chip: int = 0
    """Which simulated chip lies on the reader, from 1; 0 is the next one of the tray."""

    @property
    def sim(self) -> bool:
        """Whether chips are simulated."""
        return self.reader == readers.SIM

    @property
    def words(self) -> Words:
        """The person's language."""
        return LANGUAGES[self.lang]


class NoSuchPlan(Trouble):
    """A plan that the server does not tell, or none chosen."""


def open_tray(places: Places) -> Tray:
    """The tray of simulated chips; the first time 10 NTAG 424 DNA and 10 NTAG215, each with its own UID."""
    salt, chips = token_hex(8), range(SIMULATED_OF_EACH)
    blanks: list[SimulatedChip] = [
        *(blank_424(f"{salt}-424-{n}".encode()) for n in chips),
        *(blank_21x(NTAG215, f"{salt}-215-{n}".encode()) for n in chips),
    ]
    return Tray.open(places.tray, blanks)


class Session:
    """A run; everything it opens is closed at its end, also when it is interrupted."""

    def __init__(
        self, options: Options, environ: Mapping[str, str], out: TextIO, console: Console, ask: TextIO
    ) -> None:
        self.options, self.places = options, Places.find(environ, options.folder)
        self._line = self.places.line(environ, options.server, options.token)
        if warning := self._line.warning(options.lang):
            print(f"ocop-station: {warning}", file=sys.stderr)
        self._out, self._console, self._ask = out, console, ask
        self._stack = ExitStack()
        self.screens: list[Screen] = [Terminal(console)]
        if options.json:
            self.screens.append(JsonLines(out))

    def __enter__(self) -> "Session":
        """Opens the journal and the line; asks the server who we are."""
        with ExitStack() as stack:
            self.journal = Journal(self.places.journal)
            stack.callback(self.journal.close)
            self.server = StationClient.connect(self._line.url, self._line.token)
            stack.callback(self.server.close)
            self.me: Me = self.server.me()
            self._stack = stack.pop_all()
        self.screens.append(Afterwards(self.keep_report))
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it all."""
        self._stack.close()

    def open_reader(self) -> Reader:
        """The reader that was asked for. Raises ReaderError."""
        if self.options.sim:
            tray = open_tray(self.places)
            at = self.options.chip - 1
            return SimulatedReader(tray.chip(at), changed=partial(tray.keep, at)) if at >= 0 else tray.reader
        return readers.open_reader(self.options.reader, self.options.lang)

    @contextmanager
    def station(self) -> Iterator[Station]:
        """A station on this session's reader, which must be there now. Raises ReaderError."""
        first = [self.open_reader()]
        world = World(lambda: datetime.now(UTC), sleep, lambda: uuid.uuid4().hex)
        made = Station(
            self.server,
            self.journal,
            lambda: first.pop() if first else self.open_reader(),
            Together(self.screens),
            world,
            self.options.words,
        )
        try:
            yield made
        finally:
            made.close()

    def plans(self, wanted: Sequence[str]) -> list[Plan]:
        """The plans to write; see the module. Raises NoSuchPlan, ServerError."""
        told = self.server.plans()
        if wanted:
            return [_named(told, name) for name in dict.fromkeys(wanted)]
        left = [plan for plan in told if plan.done < plan.total]
        kinds, lots = {plan.family for plan in left}, {(plan.product, plan.lot) for plan in left}
        if self.options.sim or (len(kinds) == len(left) and len(lots) <= 1):
            return left
        for plan in left:
            self._console.print(line_of(plan), markup=False, highlight=False)
        if not self._ask.isatty():
            raise NoSuchPlan("plans_unnamed")
        said = self._console.input("[bold]--plan ? [/]", stream=self._ask)
        return [_named(told, name) for name in said.replace(",", " ").split()]

    def write(self, plans: Sequence[Plan], label: Callable[[], int | None] | None) -> bool:
        """Writes; whether no number is left."""
        self.journal.want([plan.plan for plan in plans])
        if self.options.sim:
            open_tray(self.places).begin_again()
        with self.station() as station:
            more = (lambda: False) if self.options.sim else (lambda: True)
            station.write(plans, sim=self.options.sim, label=label, more=more)
            self.keep_report()
            return station.left == 0

    def ask_label(self, plans: Sequence[Plan]) -> int | None:
        """The number of a label that was scanned or typed; None when the person wants to end."""
        words, lots = self.options.words, {plan.lot for plan in plans}
        shown = Together(self.screens)
        shown.show(Sign(Kind.WAITING, words.label, words.end))
        while text := self._ask.readline(4096).strip():
            try:
                return number_on(text, lots)
            except LabelNotRead:
                shown.show(Sign(Kind.REFUSED, words.label_not_read))
            except OtherLot:
                shown.show(Sign(Kind.REFUSED, words.label_other_lot))
        return None

    def unfinished(self) -> list[str]:
        """The plans of the last run that have numbers left."""
        mine = self.journal.wanted()
        return [plan.plan for plan in self.server.plans() if plan.plan in mine and plan.done < plan.total]

    def keep_report(self) -> None:
        """The report beside the journal, whole or as it was."""
        lines = "".join(
            json.dumps(as_json(line), ensure_ascii=False) + "\n" for line in self.journal.report()
        )
        fresh = self.places.report.with_suffix(".new")
        try:
            fresh.write_text(lines, "utf-8")
            fresh.replace(self.places.report)
        except OSError as error:
            # The journal has it all: chips go on, `ocop-station report` writes it later.
            said = trouble("report", self.options.lang, path=self.places.report, said=error)
            print(f"ocop-station: {said[0]}\n  {said[1]}", file=sys.stderr)


def as_json(line: Writing) -> dict[str, object]:
    """The last word on a chip."""
    try:
        told = json.loads(line.told) if line.told.startswith("{") else {"code": line.told}
    except ValueError:
        told = {"code": line.told}
    known = {"plan": line.plan, "uid": line.uid, "number": line.number, "outcome": line.outcome.value}
    return {**known, "state": line.state.value, "at": line.changed_at, "told": told}


def line_of(plan: Plan) -> str:
    """A plan in a line."""
    numbers, done = f"{plan.first}..{plan.last}", f"{plan.done}/{plan.total}"
    return " · ".join((f"{plan.plan}: {plan.product}", plan.lot, numbers, plan.family, done))


def _named(told: Sequence[Plan], name: str) -> Plan:
    found = [plan for plan in told if plan.plan == name] or [plan for plan in told if plan.lot == name]
    if len(found) != 1:
        known = "; ".join(line_of(plan) for plan in told) or "-"
        raise NoSuchPlan("plan_named", plan=repr(name[:40]), got=len(found), known=known)
    return found[0]


__all__ = ["NoSuchPlan", "NotSetUp", "Options", "ReaderError", "Session", "open_tray"]
