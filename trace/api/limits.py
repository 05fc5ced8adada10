"""How often one network may send a form: counted in this worker's memory, forgotten with it.

A phone's network is shared by many people, so the limits are wide; they stop a script, not a market. Nothing
is stored, and a network is a truncated address (`sightings.network`).
"""

from collections import OrderedDict

KEPT = 20_000


class Limits:
    """At most `most` events per name in any window of `seconds`. The time is an argument."""

    __slots__ = ("_most", "_seconds", "_seen")

    def __init__(self, most: int, seconds: int) -> None:
        self._most = most
        self._seconds = seconds
        self._seen: OrderedDict[object, tuple[int, int]] = OrderedDict()

    def allows(self, name: object, now: int) -> bool:
        """Count one event of `name`; False when it is one too many in its window."""
        since, count = self._seen.pop(name, (now, 0))
        if now - since >= self._seconds:
            since, count = now, 0
        self._seen[name] = (since, count + 1)
        if len(self._seen) > KEPT:
            self._seen.popitem(last=False)
        return count < self._most
