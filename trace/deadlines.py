"""By when a request about personal data must be taken up and carried out (floor 0, pure).

Law 91/2025/QH15 and Decree 356/2025/NĐ-CP, in force since 01/01/2026. A request is acknowledged within two working
days; then, in days of the calendar after the day it came in:

| request                    | carried out | when others hold the data too | once longer by |
|----------------------------|-------------|-------------------------------|----------------|
| withdraw, restrict, object | 15          | 20                            | 15             |
| see, correct, delete       | 10          | 10                            | 10             |

Working days leave out Saturdays, Sundays and `HOLIDAYS`, and take in `MADE_UP`: Saturdays on which offices work for
a weekday that was given free. Where the days come from, as read in November 2026 in copies of these papers:

| days | source |
|---|---|
| New Year, Tet, 10/3 of the moon, 30/4, 1/5, 2/9, days in lieu | Labour Code 45/2019/QH14, articles 112 and 111(3) |
| 24/11, from 2026 on, without a day in lieu | Resolution 28/2026/QH16, article 2, in force since 01/07/2026 |
| Tet 16 to 20/02/2026; 1/9; 31/8/2026 free, 22/8 worked | Notice 9441/TB-BNV of 16/10/2025 |
| 2/1/2026 free, 10/1 worked | Letter 12729/VPCP-KGVX of 25/12/2025 |
| nothing moved around 30/4/2026 | Letter 3383/BNV-CVL of 10/04/2026 |

For 2027 no notice could be found: its days are what the Code gives by itself, and Tet's five days, the second day of
2/9 and any exchange are still to be announced (`announced`; pages say so). Of those the list holds only what is free
under any choice, since a day that is missing makes a deadline earlier, never later. For the same reason no last day
moves to the next working day.

>>> acknowledge_by(date(2026, 4, 24)), done_by("withdraw", date(2026, 4, 24))   # 27/04 in lieu of 10/3 of the moon
(datetime.date(2026, 4, 29), datetime.date(2026, 5, 9))
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

ACKNOWLEDGE = 2
SOON = 3


class Span(NamedTuple):
    """Days to carry a request out, days when others hold the data too, days by which it may become longer once."""

    days: int
    others: int
    longer: int


_STOPS, _OTHER = Span(15, 20, 15), Span(10, 10, 10)
SPANS = {
    "see": _OTHER,
    "correct": _OTHER,
    "delete": _OTHER,
    "withdraw": _STOPS,
    "restrict": _STOPS,
    "object": _STOPS,
}
KINDS = tuple(SPANS)

ANNOUNCED_UNTIL = date(2026, 12, 31)

HOLIDAYS = frozenset(
    {
        # 2026: New Year and an exchanged day; Tet, from the last day of the old year; 10/3 of the moon in lieu; 30/4;
        # 1/5; an exchanged day, the day before 2/9, and it; 24/11.
        date(2026, 1, 1),
        date(2026, 1, 2),
        *(date(2026, 2, day) for day in range(16, 21)),
        date(2026, 4, 27),
        date(2026, 4, 30),
        date(2026, 5, 1),
        date(2026, 8, 31),
        date(2026, 9, 1),
        date(2026, 9, 2),
        date(2026, 11, 24),
        # 2027: New Year; the third day of Tet, and two in lieu of the first ones on a weekend; 10/3; 30/4; 1/5 in
        # lieu; 2/9; 24/11.
        date(2027, 1, 1),
        *(date(2027, 2, day) for day in range(8, 11)),
        date(2027, 4, 16),
        date(2027, 4, 30),
        date(2027, 5, 3),
        date(2027, 9, 2),
        date(2027, 11, 24),
    }
)
MADE_UP = frozenset({date(2026, 1, 10), date(2026, 8, 22)})


class Urgency(StrEnum):
    """How near a deadline is: three days or fewer are `soon`, the last day is among them."""

    CALM = "calm"
    SOON = "soon"
    LATE = "late"


def is_working(day: date) -> bool:
    """Whether offices work on that day."""
    return day in MADE_UP or (day.weekday() < 5 and day not in HOLIDAYS)


def announced(day: date) -> bool:
    """Whether the government has said which days of that year are free and which are exchanged."""
    return day <= ANNOUNCED_UNTIL


def acknowledge_by(filed: date) -> date:
    """The last day to say that a request of `filed` has come in: the second working day after it."""
    day, left = filed, ACKNOWLEDGE
    while left:
        day += timedelta(days=1)
        left -= is_working(day)
    return day


def done_by(kind: str, filed: date, *, others: bool = False, longer: bool = False) -> date:
    """The last day to carry a request of that kind out (`KINDS`).

    >>> done_by("withdraw", date(2026, 11, 2), others=True, longer=True)
    datetime.date(2026, 12, 7)
    """
    span = SPANS[kind]
    days = (span.others if others else span.days) + (span.longer if longer else 0)
    return filed + timedelta(days=days)


def urgency(due: date, today: date) -> Urgency:
    """How near that day is."""
    if today > due:
        return Urgency.LATE
    return Urgency.SOON if (due - today).days <= SOON else Urgency.CALM
