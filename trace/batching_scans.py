"""How a batch is scanned, as figures that never single out a person (floor 3).

    told = summary(session, key, lot, now)      # lot "": all batches of the key
    told.total, told.days, told.hours, told.languages, told.thanks, told.odd

There are no places and no visitors in a scan row, so there can be none here. What remains is how many, when and in
which reading language, and with few scans even that tells who was there: "one scan on Tuesday at 7 in Japanese" is the
Japanese guest of Tuesday. So

    total                 always
    days, last 28         once the 28 days have FEW scans (20); days are those of UTC+07:00
    hours, in eight parts once they have MANY (50)
    languages             each with at least GROUP (5); the smaller ones are one group, named when it has GROUP too

Odd things are told with item numbers, since a number is printed on a thing and belongs to nobody:

    often        a number scanned from unusually many networks: copied, or a display item
    foreign      codes scanned under this lot's name that were never issued
    copied       another chip than the bound one answered
    cancelled    cancelled codes still being scanned, and those of a batch called back
    not_on_sale  scans of a batch that is not on sale

Example: 120 scans, 90 in vi, 26 in en, 4 in ko -> languages (vi 90, en 26), others 0: four are too few to be named.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ocop.trace.registry import tables
from ocop.trace.registry.feedback import thanks_of
from ocop.trace.text import VIETNAM, civil_date
from ocop.trace.verdict_ids import CodeAnswer
from sqlalchemy import func, select
from sqlmodel import Session, col

FEW, MANY, GROUP = 20, 50, 5
DAYS = 28
PARTS, PART_HOURS = 8, 3
NUMBERS_SHOWN = 8
ODD = {
    CodeAnswer.CODE_ISSUED_OFTEN: "often",
    CodeAnswer.NOT_ISSUED: "foreign",
    CodeAnswer.COPIED_CHIP: "copied",
    CodeAnswer.WITHDRAWN: "cancelled",
    CodeAnswer.RECALLED: "cancelled",
    CodeAnswer.NOT_RELEASED: "not_on_sale",
}


@dataclass(frozen=True, slots=True)
class Odd:
    """Something to look at: how many scans, and the item numbers concerned (at most `NUMBERS_SHOWN`)."""

    kind: str
    scans: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of one lot, or of all lots of a key. What would be too few to show is empty."""

    total: int
    printed: int
    tapped: int
    recent: int
    days: tuple[tuple[date, int], ...]
    hours: tuple[tuple[int, int, int], ...]
    languages: tuple[tuple[str, int], ...]
    others: int
    thanks: int
    thanks_languages: tuple[tuple[str, int], ...]
    odd: tuple[Odd, ...]

    @property
    def best_day(self) -> tuple[date, int] | None:
        """The day with most scans, None when days are not shown."""
        return max(self.days, key=lambda day: (day[1], day[0]), default=None)

    @property
    def best_hours(self) -> tuple[int, int, int] | None:
        """(from, to, scans) of the busiest part of a day."""
        return max(self.hours, key=lambda part: part[2], default=None)


def summary(session: Session, key: str, lot: str, now: datetime) -> Summary:
    """The figures at the moment `now`. Reads aggregates only: no row of a scan leaves the database."""
    channels, languages = _counted(session, key, lot, "channel"), _counted(session, key, lot, "lang")
    named = tuple((lang, count) for lang, count in languages.most_common() if count >= GROUP)
    rest = languages.total() - sum(count for _, count in named)
    moments = _recent(session, key, lot, now)
    recent = sum(moments.values())
    thanks = Counter(thanks_of(session, key, lot))
    return Summary(
        total=channels.total(),
        printed=channels["print"],
        tapped=channels["nfc"],
        recent=recent,
        days=_days(moments, now) if recent >= FEW else (),
        hours=_hours(moments) if recent >= MANY else (),
        languages=named if languages.total() >= FEW else (),
        others=rest if rest >= GROUP and languages.total() >= FEW else 0,
        thanks=thanks.total(),
        thanks_languages=tuple((lang, count) for lang, count in thanks.most_common() if count >= GROUP),
        odd=_odd(session, key, lot),
    )


def _counted(session: Session, key: str, lot: str, column: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for table, count in (
        (tables.Scan, func.count()),
        (tables.ScanMonth, func.sum(col(tables.ScanMonth.count))),
    ):
        value = getattr(table, column)
        query = select(value, count).where(col(table.key) == key).group_by(value)
        if lot:
            query = query.where(col(table.lot) == lot)
        for name, number in session.execute(query):
            found[name] += int(number)
    return found


def _recent(session: Session, key: str, lot: str, now: datetime) -> dict[tuple[date, int], int]:
    """Scans of the last 28 civil days by (day, hour). The database counts hours of UTC, +7 is whole hours."""
    at = col(tables.Scan.at)
    sqlite = session.get_bind().dialect.name == "sqlite"
    hour = func.substr(at, 1, 13) if sqlite else func.to_char(func.timezone("UTC", at), 'YYYY-MM-DD"T"HH24')
    midnight = datetime.combine(civil_date(now), datetime.min.time(), VIETNAM)
    since = midnight - timedelta(days=DAYS - 1)
    query = select(hour, func.count()).where(col(tables.Scan.key) == key, at >= since).group_by(hour)
    if lot:
        query = query.where(col(tables.Scan.lot) == lot)
    found: Counter[tuple[date, int]] = Counter()
    for text, count in session.execute(query):
        local = datetime.fromisoformat(f"{text}:00:00+00:00").astimezone(VIETNAM)
        found[local.date(), local.hour] += int(count)
    return found


def _days(moments: dict[tuple[date, int], int], now: datetime) -> tuple[tuple[date, int], ...]:
    total: Counter[date] = Counter()
    for (day, _), count in moments.items():
        total[day] += count
    last = civil_date(now)
    span = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    return tuple((day, total[day]) for day in span)


def _hours(moments: dict[tuple[date, int], int]) -> tuple[tuple[int, int, int], ...]:
    total: Counter[int] = Counter()
    for (_, hour), count in moments.items():
        total[hour // PART_HOURS] += count
    return tuple((part * PART_HOURS, (part + 1) * PART_HOURS, total[part]) for part in range(PARTS))


def _odd(session: Session, key: str, lot: str) -> tuple[Odd, ...]:
    scans: Counter[str] = Counter()
    numbers: dict[str, list[int]] = {}
    query = select(col(tables.Scan.code), col(tables.Scan.serial), func.count()).where(
        col(tables.Scan.key) == key, col(tables.Scan.code).in_(ODD)
    )
    if lot:
        query = query.where(col(tables.Scan.lot) == lot)
    query = query.group_by(col(tables.Scan.code), col(tables.Scan.serial)).order_by(func.count().desc())
    for code, serial, count in session.execute(query):
        kind = ODD[CodeAnswer(code)]
        scans[kind] += int(count)
        # The number in a code that nobody issued is whatever its maker liked.
        if serial and lot and kind != "foreign" and len(numbers.setdefault(kind, [])) < NUMBERS_SHOWN:
            numbers[kind].append(serial)
    order = dict.fromkeys(ODD.values())
    return tuple(Odd(kind, scans[kind], tuple(numbers.get(kind, ()))) for kind in order if scans[kind])
