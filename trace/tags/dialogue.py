"""A dialogue with a chip is a generator: it yields a command and receives the answer.

The generator knows the protocol and holds the keys; whoever drives it knows a reader and nothing else. So the
same dialogue runs in one process (`drive`), or on a server that sends each command to a station and gets
each answer back (`advance`).

**On a server nothing has to be kept in memory.** A dialogue is deterministic: its only chance comes from a
seed (`seeded`). Store the seed and the answers; `advance` builds the dialogue anew, feeds it the answers and
gives the next command or the result. Any worker can do that, also after a restart. Two rules make it safe:
an answer once stored at a position is never replaced (the same challenge must not meet two chips), and
what the dialogue asks of its surroundings in the middle must be idempotent.

**Steps.** Each exchange says what it is for. A journal is written before the first exchange of a step that
`changes` the chip, so that a cut can be understood afterwards.

**Type 2 answers.** ACK and NAK are four bits on air and one byte here: 0A, or 00, 01, 04, 05. A chip that is
present and does not answer gives b"". After either the chip has to be activated again, which the next
exchange then asks for (`reactivate`).

Worked example: `drive(get_version(), reader.transceive)` sends 9060000000, 90AF000000, 90AF000000.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Generic, TypeVar

T = TypeVar("T")


class Step(StrEnum):
    """What an exchange is for, in the order in which a chip is made ready."""

    LOOK = "look"
    WRITE = "write"
    SETTINGS = "settings"
    KEY_1 = "key_1"
    KEY_2 = "key_2"
    KEY_3 = "key_3"
    KEY_4 = "key_4"
    KEY_0 = "key_0"
    PASSWORD = "password"  # noqa: S105 the name of a step
    PROTECT = "protect"
    CHECK = "check"
    LOCK = "lock"

    @property
    def changes(self) -> bool:
        """Whether this step changes what the chip remembers (reading counters aside)."""
        return self not in (Step.LOOK, Step.CHECK)

    @classmethod
    def key(cls, number: int) -> "Step":
        """The step that changes key `number` (0 to 4)."""
        return cls(f"key_{number}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command to send. With `reactivate` the field goes off and on first (a new activation).

    The command is not in its `repr`: a password travels in it.
    """

    command: bytes = field(repr=False)
    step: Step = Step.LOOK
    reactivate: bool = False


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """A dialogue that has ended well, and what it found."""

    value: T


Dialogue = Generator[Exchange, bytes, T]


def drive(
    dialogue: Dialogue[T],
    transceive: Callable[[bytes], bytes],
    reactivate: Callable[[], None] = lambda: None,
    journal: Callable[[Exchange], None] = lambda exchange: None,
) -> T:
    """Runs a dialogue against a reader and returns its result.

    `journal` is called before each exchange is sent. Raises whatever the dialogue or the reader raises; the
    dialogue is closed then.
    """
    try:
        exchange = next(dialogue)
        while True:
            journal(exchange)
            if exchange.reactivate:
                reactivate()
            exchange = dialogue.send(transceive(exchange.command))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    finally:
        dialogue.close()


def advance(dialogue: Dialogue[T], answers: Iterable[bytes]) -> Exchange | Finished[T]:
    """Feeds a fresh dialogue the answers got so far; gives the next exchange, or how it finished.

    Raises what the dialogue raises at the last answer. Answers after the end are an error of the caller.
    """
    try:
        exchange = next(dialogue)
        for answer in answers:
            exchange = dialogue.send(answer)
    except StopIteration as end:
        return Finished(end.value)
    finally:
        dialogue.close()
    return exchange


def seeded(seed: bytes) -> Callable[[int], bytes]:
    """A source of bytes that gives the same ones for the same seed: SHA-256 over seed and a running number.

    As good as its seed: a dialogue's seed comes from the operating system, 32 bytes, and is kept secret.
    """
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        out = b""
        while len(out) < count:
            out += sha256(seed + drawn.to_bytes(8, "big")).digest()
            drawn += 1
        return out[:count]

    return draw
