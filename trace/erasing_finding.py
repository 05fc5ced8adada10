"""Where somebody appears: every place that may hold a person's data, searched by name and number (floor 3).

    for one in find(session, scope, "Nguyễn Thị Hoa", "0912 345 678"): print(one.kind, one.place, one.shown)

A name is found as whole words, without regard to marks; a number in any way of writing it. Only what lies in `scope`
is looked at. A find carries the entry that would erase it, so that what was ticked is what is done. Of a maker whose
people or stories were met, portraits, pictures of the making and clips are offered too: a name doesn't stand on them.

| kind | where |
|---|---|
| consent, help | who agreed, and how it is proved |
| invitation | a link that was sent to somebody |
| maker | telephone, web site, visiting hours of a producer |
| story, draft, aside, voice (words), caption | words |
| photo, voice | pictures and clips of these makers' stories |
| report, request | contacts, places, photographs and words of those who wrote |
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ocop.trace import certifying_reports, doors_phone, erasing
from ocop.trace.certifying import Scope
from ocop.trace.erasing_texts import flat, spans
from ocop.trace.registry import tables
from ocop.trace.registry.erasures import Entry, mark_of
from ocop.trace.registry.errors import BadValue
from sqlalchemy import or_, select
from sqlmodel import Session, col

AROUND = 40
MOST = 200
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Found:
    """One place: its kind, whose it is, the words around, and the entry that erases it. `item`: of a consent."""

    entry: Entry
    place: str
    shown: str = ""
    picture: str = ""
    item: str = ""

    @property
    def kind(self) -> str:
        """What kind of place it is; the words of a clip are another one than the clip."""
        return "transcript" if self.entry.kind == "voice" and self.entry.number else self.entry.kind

    @property
    def ref(self) -> str:
        """What names it in a form; it changes when what was found changes."""
        return f"{self.entry.kind}-{self.entry.number}-{self.entry.mark.hex()[:24]}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    phone: str
    at: datetime

    def spans(self, text: str) -> list[tuple[int, int]]:
        return spans(text, self.name, self.phone)

    def among(self, *texts: str) -> str:
        """The words around the first place among some texts, empty when there is none."""
        for text in texts:
            for start, end in self.spans(text):
                return text[max(0, start - AROUND) : end + AROUND].strip()
        return ""


def read_phone(typed: str) -> str:
    """The number in a contact as people write it, in E.164; empty when there is none."""
    try:
        return doors_phone.normal(typed)
    except BadValue:
        return ""


def find(session: Session, scope: Scope, name: str, phone: str, now: datetime, but: int = 0) -> list[Found]:
    """Every place in `scope` that holds the name or the number; `but` is a request to leave out. Raises BadValue."""
    name, number = name.strip(), read_phone(phone)
    if phone.strip() and not number:
        raise BadValue("phone", "a telephone number", phone[:40])
    if len(name) < SHORTEST and not number:
        raise BadValue("name", f"a name of {SHORTEST} letters at least, or a number", name)
    wanted = _Wanted(name if len(name) >= SHORTEST else "", number, now)
    found: list[Found] = []
    makers: set[int] = set()
    for table, look in ((tables.Consent, _consent), (tables.HelpConsent, _help), (tables.Producer, _maker)):
        found += look(session, scope, wanted, makers, table)
    found += _invitations(session, scope, wanted)
    found += _told(session, scope, wanted, makers)
    found += _pictures(session, wanted, makers)
    found += _reports(session, scope, wanted)
    found += _requests(session, scope, wanted, but)
    return found[:MOST]


def _consent(
    session: Session, scope: Scope, wanted: _Wanted, makers: set[int], table: Any
) -> Iterator[Found]:
    for row, maker in _of_makers(session, scope, table):
        if shown := wanted.among(row.person, row.proof):
            makers.add(maker.id or 0)
            yield Found(
                _entry("consent", row, wanted, (erasing.WORDS_TOO,)), maker.name, shown, item=row.item
            )


def _help(session: Session, scope: Scope, wanted: _Wanted, makers: set[int], table: Any) -> Iterator[Found]:
    for row, maker in _of_makers(session, scope, table):
        if shown := wanted.among(row.agreed_by, row.proof):
            makers.add(maker.id or 0)
            yield Found(_entry("help", row, wanted, (erasing.WORDS_TOO,)), maker.name, shown)


def _maker(session: Session, scope: Scope, wanted: _Wanted, makers: set[int], table: Any) -> Iterator[Found]:
    for row in session.scalars(select(table).where(*scope.conditions())):
        values = [getattr(row, field) for field in erasing.CONTACTS]
        places = tuple(number for number, value in enumerate(values) if wanted.spans(value))
        if places:
            makers.add(row.id or 0)
            yield Found(_entry("maker", row, wanted, places), row.name, wanted.among(*values))


def _of_makers(session: Session, scope: Scope, table: Any) -> Iterator[Any]:
    query = select(table, tables.Producer).join(
        tables.Producer, col(tables.Producer.id) == col(table.producer_id)
    )
    return iter(session.execute(query.where(*scope.conditions()).order_by(col(table.id))))


def _entry(kind: str, row: Any, wanted: _Wanted, places: tuple[int, ...] = ()) -> Entry:
    return Entry(kind, row.id or 0, mark_of(row), wanted.at, places)


def _invitations(session: Session, scope: Scope, wanted: _Wanted) -> Iterator[Found]:
    letter, maker = tables.Invitation, tables.Producer
    query = select(letter).join(maker, col(maker.id) == col(letter.producer_id), isouter=True)
    if scope.province:
        query = query.where(
            or_(col(maker.province_code) == scope.province, col(letter.province) == scope.province)
        )
    for row in session.scalars(query.order_by(col(letter.id))):
        if shown := wanted.among(row.name, row.phone):
            yield Found(_entry("invitation", row, wanted), f"#{row.id}", shown)


def _told(session: Session, scope: Scope, wanted: _Wanted, makers: set[int]) -> Iterator[Found]:
    """Words of stories, drafts and versions that were put aside."""
    for kind, table in (("story", tables.Story), ("draft", tables.StoryDraft), ("aside", tables.StoryAside)):
        query = (
            select(table, tables.Product, tables.Producer)
            .join(tables.Product, col(tables.Product.id) == col(table.product_id))
            .join(tables.Producer, col(tables.Producer.id) == col(tables.Product.producer_id))
            .where(*scope.conditions())
        )
        for row, product, maker in session.execute(query):
            texts, number, revision = _words_of(session, kind, row)
            places = [wanted.spans(text) for text in texts]
            if not any(places):
                continue
            makers.add(maker.id or 0)
            mark = erasing.words_mark(row.product_id, row.lang, texts, revision)
            place = f"{maker.name}, {product.key} ({row.lang}{f', {revision}' if revision else ''})"
            yield Found(Entry(kind, number, mark, wanted.at, flat(places)), place, wanted.among(*texts))


def _words_of(session: Session, kind: str, row: Any) -> tuple[list[str], int, int]:
    """The words of a row, the number of its entry, its revision (0: it has none)."""
    if kind == "story":
        return erasing.story_texts(session, row), row.id or 0, row.revision
    if kind == "draft":
        return erasing.told_texts(row.content["told"]), row.product_id, 0
    return erasing.told_texts(row.content), row.id or 0, 0


def _pictures(session: Session, wanted: _Wanted, makers: set[int]) -> Iterator[Found]:
    """Portraits, pictures of the making and clips of these makers' stories and drafts, with what is said of them."""
    product, story, moved = tables.Product, tables.Story, tables.HandOver
    # A product that went to another maker kept its older revisions, with the people of the one before in them.
    theirs = or_(
        col(product.producer_id).in_(makers),
        col(product.id).in_(select(col(moved.product_id)).where(col(moved.from_id).in_(makers))),
    )
    ids = [(row.id or 0, row.key) for row in session.scalars(select(product).where(theirs))]
    where: dict[str, str] = {}
    for id_, key in ids:
        told = select(story).where(col(story.product_id) == id_)
        for row in session.scalars(told):
            steps = select(col(tables.StoryStep.photo)).where(col(tables.StoryStep.story_id) == row.id)
            for name in (row.portrait, row.voice, *session.scalars(steps)):
                where.setdefault(name or "", key)
        drafted = select(col(tables.StoryDraft.content)).where(col(tables.StoryDraft.product_id) == id_)
        for content in session.scalars(drafted):
            for name in (content["portrait"], content["voice"], *content["photos"]):
                where.setdefault(name or "", key)
    where.pop("", None)
    for name, key in where.items():
        digest = bytes.fromhex(name[:64])
        clip = session.get(tables.Voice, name)
        if clip is not None:
            yield Found(Entry("voice", 0, digest, wanted.at), key)
            if places := wanted.spans(clip.transcript):
                entry = Entry("voice", 1, digest, wanted.at, flat([places]))
                yield Found(entry, key, wanted.among(clip.transcript))
        photo = session.get(tables.Photo, name)
        if photo is not None:
            yield Found(Entry("photo", 0, digest, wanted.at), key, picture=name)
            if shown := wanted.among(*photo.alt.values(), *photo.caption.values()):
                yield Found(Entry("caption", 0, digest, wanted.at), key, shown)


def _reports(session: Session, scope: Scope, wanted: _Wanted) -> Iterator[Found]:
    for closed in (False, True):
        for one in certifying_reports.cases(session, scope, closed=closed):
            words = (one.words, one.outcome, *(step.words for step in one.steps))
            shown, in_words = wanted.among(one.contact, one.place), wanted.among(*words)
            if shown or in_words:
                row = session.get_one(tables.Report, one.number)
                places = (erasing.WORDS_TOO,) if in_words else ()
                yield Found(_entry("report", row, wanted, places), f"#{one.number}", shown or in_words)


def _requests(session: Session, scope: Scope, wanted: _Wanted, but: int) -> Iterator[Found]:
    """Requests that are closed: an open one needs its name to be answered."""
    row_of = tables.DataRequest
    query = select(row_of).where(col(row_of.closed_at).is_not(None), col(row_of.id) != but)
    if scope.province:
        query = query.where(col(row_of.province_code) == scope.province)
    for row in session.scalars(query.order_by(col(row_of.id))):
        if shown := wanted.among(row.name, row.contact, row.words):
            yield Found(_entry("request", row, wanted, (erasing.WORDS_TOO,)), f"#{row.id}", shown)


def ticked(found: Sequence[Found], refs: Sequence[str], now: datetime) -> list[Entry]:
    """The entries of what was ticked. Raises BadValue when something of it is no longer as it was found."""
    by_ref = {one.ref: one for one in found}
    gone = [ref for ref in refs if ref not in by_ref]
    if gone or not refs:
        raise BadValue("items", "what was found, as it stands now", gone[:3])
    return [replace(by_ref[ref].entry, at=now) for ref in dict.fromkeys(refs)]
