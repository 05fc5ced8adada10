"""What the person at the reader sees and hears in a terminal: colour, bell, and a number one can read from afar.

    ██  ████
    ██     █       a number is drawn five lines high, in the colour of the sign's kind
    ██  ████
    ██  █
    ██  ████

One bell: ready. Two: look at the screen. None: nothing to do. Without a terminal (a file, a pipe) each sign is one
line. `JsonLines` writes one JSON object for each chip instead, for programs.

Worked example: `Terminal(Console()).show(Sign(Kind.DONE, "Chip này là số 12: …", number=12))`.
"""

import json
from collections.abc import Callable, Sequence
from typing import Final, TextIO

from ocop.hardware.signs import Kind, Screen, Sign
from rich.console import Console
from rich.text import Text

DIGITS: Final = {
    "0": ("████", "█  █", "█  █", "█  █", "████"),
    "1": ("  █ ", " ██ ", "  █ ", "  █ ", " ███"),
    "2": ("████", "   █", "████", "█   ", "████"),
    "3": ("████", "   █", " ███", "   █", "████"),
    "4": ("█  █", "█  █", "████", "   █", "   █"),
    "5": ("████", "█   ", "████", "   █", "████"),
    "6": ("████", "█   ", "████", "█  █", "████"),
    "7": ("████", "   █", "  █ ", "  █ ", "  █ "),
    "8": ("████", "█  █", "████", "█  █", "████"),
    "9": ("████", "█  █", "████", "   █", "████"),
}
COLOURS: Final = {
    Kind.WAITING: "cyan",
    Kind.WRITING: "blue",
    Kind.DONE: "green",
    Kind.AGAIN: "yellow",
    Kind.PULLED: "yellow",
    Kind.REFUSED: "red",
    Kind.READER: "magenta",
    Kind.SERVER: "magenta",
    Kind.CLOSED: "cyan",
}
BELLS: Final = {Kind.DONE: 1, Kind.AGAIN: 2, Kind.PULLED: 2, Kind.REFUSED: 2, Kind.READER: 2, Kind.SERVER: 2}
ABOUT_A_CHIP: Final = (Kind.DONE, Kind.AGAIN, Kind.PULLED, Kind.REFUSED)


def drawn(number: int) -> str:
    """The number in large digits, five lines."""
    digits = [DIGITS[sign] for sign in str(number)]
    return "\n".join("  ".join(digit[line] for digit in digits) for line in range(5))


class Terminal:
    """A screen in a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, sign: Sign) -> None:
        """Prints it; what was there before scrolls up."""
        colour = COLOURS[sign.kind]
        if not self._console.is_terminal:
            parts = [sign.progress, sign.sentence, sign.hint]
            self._console.print(Text(" · ".join(part for part in parts if part)), soft_wrap=True)
            return
        if sign.number is not None:
            self._console.print(Text("\n" + drawn(sign.number) + "\n", style=f"bold {colour}"))
        # The count on a line of its own rather than broken in two.
        wide = len(sign.sentence) + 1 + len(sign.progress) > self._console.width
        said, count = Text(sign.sentence, style=f"bold {colour}"), Text(sign.progress, style="dim")
        self._console.print(said, count, sep="\n  " if wide else " ")
        if sign.hint:
            self._console.print(Text("  " + sign.hint))
        for _ in range(BELLS.get(sign.kind, 0)):
            self._console.bell()


class JsonLines:
    """One JSON object for each chip that was dealt with, and one for the end."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, sign: Sign) -> None:
        """Writes the line at once."""
        if sign.kind in ABOUT_A_CHIP or sign.kind is Kind.CLOSED:
            self._out.write(json.dumps(as_json(sign), ensure_ascii=False) + "\n")
            self._out.flush()


class Together:
    """Several screens at once."""

    def __init__(self, screens: Sequence[Screen]) -> None:
        self._screens = screens

    def show(self, sign: Sign) -> None:
        """Shows it on each."""
        for screen in self._screens:
            screen.show(sign)


class Afterwards:
    """Calls something after each chip: how the report is kept."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    def show(self, sign: Sign) -> None:
        """Only chips count."""
        if sign.kind in ABOUT_A_CHIP:
            self._act()


def as_json(sign: Sign) -> dict[str, object]:
    """A sign as a JSON object."""
    shown: dict[str, object] = {"kind": sign.kind.value, "number": sign.number, "sentence": sign.sentence}
    return {**shown, "hint": sign.hint, "progress": sign.progress, **sign.about}
