"""Dialogues that a worker is in the middle of, so that an answer costs one step and not a replay (floor 3).

    found = talks.advance(7, given, begin)       # begin() is called only when this worker has no such dialogue

A dialogue is its seed and its answers (`tags.dialogue`), and both are in the store: what is kept here is a
convenience. A generator goes on only from answers that are the stored ones, so a worker that was restarted builds
it anew, one that another worker overtook feeds it what it missed, and an answer sent twice gets the same reply.
While a thread moves a generator nobody else sees it; a second thread replays.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

from ocop.trace.provisioning_flows import Done
from ocop.trace.tags.dialogue import Dialogue, Exchange, Finished

MOST: Final = 256


class _Talk:
    """A generator and the answers that it was given."""

    def __init__(self, dialogue: Dialogue[Done]) -> None:
        self.dialogue = dialogue
        self.given: list[bytes] = []
        self.exchange: Exchange | None = None

    def go_on(self, given: Sequence[bytes]) -> Exchange | Finished[Done]:
        try:
            exchange = self.exchange or next(self.dialogue)
            for answer in given[len(self.given) :]:
                exchange = self.dialogue.send(answer)
        except StopIteration as end:
            return Finished(end.value)
        self.given, self.exchange = list(given), exchange
        return exchange


class Talks:
    """The running dialogues of one worker, at most `most`, by their numbers. Threads may share it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = Lock()
        self._running: OrderedDict[int, _Talk] = OrderedDict()

    def __len__(self) -> int:
        return len(self._running)

    def advance(
        self, number: int, given: Sequence[bytes], begin: Callable[[], Dialogue[Done]]
    ) -> Exchange | Finished[Done]:
        """What follows from all answers so far. Raises what the dialogue raises."""
        talk = self._take(number, given) or _Talk(begin())
        ended = True
        try:
            found = talk.go_on(given)
            ended = isinstance(found, Finished)
        finally:
            if ended:
                talk.dialogue.close()
        if not ended:
            self._keep(number, talk)
        return found

    def forget(self, number: int) -> None:
        """The dialogue is over."""
        with self._lock:
            talk = self._running.pop(number, None)
        if talk is not None:
            talk.dialogue.close()

    def _take(self, number: int, given: Sequence[bytes]) -> _Talk | None:
        with self._lock:
            talk = self._running.get(number)
            # An earlier position that is asked again is replayed beside it.
            if talk is None or talk.given != list(given[: len(talk.given)]):
                return None
            return self._running.pop(number)

    def _keep(self, number: int, talk: _Talk) -> None:
        with self._lock:
            dropped: _Talk | None
            there = self._running.get(number)
            if there is not None and len(there.given) >= len(talk.given):
                dropped = talk
            else:
                self._running[number] = talk
                dropped = there
                if len(self._running) > self._most:
                    _, dropped = self._running.popitem(last=False)
        if dropped is not None:
            dropped.dialogue.close()
