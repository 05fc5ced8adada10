"""Erasing for good, at once and again after a restore: what each kind of entry does to its row (floor 3).

    erase(session, [Entry("photo", 0, digest, now)])      # the entry is kept, and carried out, in one transaction
    catch_up(store)                                       # at start: what the file knows and the table doesn't

One function a kind, the same for an officer today and for a restored backup next year; each may be repeated, and does
nothing when the row with that number is another one (its mark differs). `number`, `mark` and `spans` of the kinds:

| kind | number | mark | spans |
|---|---|---|---|
| person role consent help invitation maker report request | the row's | `erasures.mark_of(row)` | below |
| story aside | the row's | of its place and of all its words before | (which text, from, up to)* |
| draft | the product's | the same | the same |
| photo caption | 0 | the picture's name | |
| voice | 0; 1: its words alone | the clip's name | 1: as for a story |

Spans of a consent or help: 1 also empties who and how; of a maker: which of `CONTACTS` goes; of a report: 1 also
empties the words; of a request: 1 also empties name and words. A draft whose words have changed since is deleted: the
revision that was published stays, and nobody's name comes back.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ocop.trace import doors_leaving
from ocop.trace.doors_leaving import GONE
from ocop.trace.erasing_texts import taken_out, unflat
from ocop.trace.registry import erasures, tables
from ocop.trace.registry.erasures import Entry, mark, mark_of
from ocop.trace.registry.errors import StoreUnreachable
from ocop.trace.registry.store import Store, bump_facts
from sqlalchemy import Text, cast, delete, exists, select, update
from sqlmodel import Session, col

LOG = logging.getLogger("ocop.trace")
CONTACTS = ("phone", "website", "visit")
WORDS_TOO = 1


def erase(session: Session, entries: Iterable[Entry]) -> int:
    """Keep these entries in the list and carry them out; returns how many met their row."""
    met = 0
    for entry in entries:
        erasures.add(session, entry)
        met += apply(session, entry)
    bump_facts(session)
    return met


def apply(session: Session, entry: Entry) -> bool:
    """Carry one entry out; False when its row is not here, or is another one."""
    session.flush()
    done = _KINDS[entry.kind](session, entry)
    session.flush()
    return done


def missing(session: Session, entries: Iterable[Entry]) -> list[Entry]:
    """Those entries of a list that this store doesn't know yet, in their order."""
    here = {entry.name for entry in erasures.listed(session)}
    return [entry for entry in entries if entry.name not in here]


def catch_up(store: Store) -> int:
    """Carry out what the file of OCOP_DATA knows and the store doesn't, then write the file anew; returns how many.

    A store that was brought back by other means than `restore` is told so before it is served. Raises StoreError.
    """
    path = store.data / erasures.FILE
    with store.read() as session:
        realm, here = session.get_one(tables.Meta, 1).realm, erasures.listed(session)
    if not here and not path.exists():
        return 0
    try:
        with erasures.locked(store.data):
            kept = erasures.known(store.data, realm)
    except OSError as error:
        # Unread, it may hold somebody whom this store would show again: better no service than that one.
        raise StoreUnreachable(f"the list of erasures {path}: {error.strerror or error}") from error
    with store.read() as session:
        unknown = missing(session, kept)
    if unknown:
        with store.begin() as session:
            # Workers that start together take turns: the second one finds nothing left to do.
            session.get_one(tables.Meta, 1, with_for_update=True)
            erase(session, missing(session, kept))
        LOG.warning("%d erasures were carried out again, which this store did not know", len(unknown))
    elif len(erasures.united(kept, here)) > len(kept):
        erasures.keep_outside(store)
    return len(unknown)


def story_texts(session: Session, row: tables.Story) -> list[str]:
    """All words of a revision, in the order that spans count."""
    step = tables.StoryStep
    said = select(col(step.text)).where(col(step.story_id) == row.id).order_by(col(step.line))
    return texts_with(row, session.scalars(said))


def texts_with(row: tables.Story, steps: Iterable[str]) -> list[str]:
    """The same where the words of the making were looked up already, in their order."""
    return [row.title, row.lead, *row.answers, row.land, row.teller, row.transcript, *steps]


def told_texts(told: dict[str, Any]) -> list[str]:
    """The same of a draft's or an aside's words."""
    head = [told["title"], told["lead"], *told["answers"], told["land"], told["teller"], told["transcript"]]
    return [*head, *told["steps"]]


def words_mark(product_id: int, lang: str, texts: Sequence[str], revision: int = 0) -> bytes:
    """What tells these words from any others of that product."""
    return mark(product_id, lang, revision, *texts)


def _cut(texts: Sequence[str], spans: Sequence[int]) -> list[str]:
    places = unflat(spans)
    return [taken_out(text, places.get(number, ())) for number, text in enumerate(texts)]


def _row(table: Any, change: Callable[[Session, Any, Entry], None]) -> Callable[[Session, Entry], bool]:
    """What a kind does that erases in one row, the one with the entry's number and mark."""

    def act(session: Session, entry: Entry) -> bool:
        row = session.get(table, entry.number)
        if row is None or mark_of(row) != entry.mark:
            return False
        change(session, row, entry)
        session.add(row)
        return True

    return act


def _person(session: Session, row: tables.Person, entry: Entry) -> None:
    if row.closed_at is None:
        doors_leaving.forget(session, row, entry.at)


def _role(_: Session, row: tables.RoleGrant, entry: Entry) -> None:
    row.ended_at = row.ended_at or entry.at


def _consent(_: Session, row: tables.Consent, entry: Entry) -> None:
    row.withdrawn_at = row.withdrawn_at or max(entry.at, row.given_at)
    if WORDS_TOO in entry.spans:
        row.person, row.proof = GONE, GONE


def _help(_: Session, row: tables.HelpConsent, entry: Entry) -> None:
    row.ended_at = row.ended_at or entry.at
    if WORDS_TOO in entry.spans:
        row.agreed_by, row.proof = GONE, GONE


def _invitation(_: Session, row: tables.Invitation, entry: Entry) -> None:
    if row.used_at is None:
        row.ended_at = row.ended_at or entry.at
    row.name, row.phone = GONE, ""


def _maker(_: Session, row: tables.Producer, entry: Entry) -> None:
    for number in entry.spans:
        if number < len(CONTACTS):
            setattr(row, CONTACTS[number], "")


def _story(session: Session, entry: Entry) -> bool:
    row = session.get(tables.Story, entry.number)
    texts = [] if row is None else story_texts(session, row)
    if row is None or entry.mark != words_mark(row.product_id, row.lang, texts, row.revision):
        return False
    row.title, row.lead, *rest = _cut(texts, entry.spans)
    row.answers, (row.land, row.teller, row.transcript, *said) = (
        rest[: len(row.answers)],
        rest[len(row.answers) :],
    )
    session.add(row)
    query = select(tables.StoryStep).where(col(tables.StoryStep.story_id) == row.id)
    for step, text in zip(sorted(session.scalars(query), key=lambda one: one.line), said, strict=True):
        step.text = text
        session.add(step)
    return True


def _draft(session: Session, entry: Entry) -> bool:
    query = select(tables.StoryDraft).where(col(tables.StoryDraft.product_id) == entry.number)
    drafts = list(session.scalars(query))
    for row in drafts:
        texts = told_texts(row.content["told"])
        if entry.mark == words_mark(row.product_id, row.lang, texts):
            row.content = {**row.content, "told": _told_cut(row.content["told"], texts, entry.spans)}
            # An editor that is open somewhere has the words from before: what it saves is a clash, not their return.
            row.revision += 1
            session.add(row)
            return True
    older = [row for row in drafts if row.saved_at <= entry.at]
    for row in older:
        session.delete(row)
    return bool(older)


def _aside(session: Session, entry: Entry) -> bool:
    row = session.get(tables.StoryAside, entry.number)
    texts = [] if row is None else told_texts(row.content)
    if row is None or entry.mark != words_mark(row.product_id, row.lang, texts):
        return False
    row.content = _told_cut(row.content, texts, entry.spans)
    session.add(row)
    return True


def _told_cut(told: dict[str, Any], texts: Sequence[str], spans: Sequence[int]) -> dict[str, Any]:
    title, lead, *rest = _cut(texts, spans)
    count = len(told["answers"])
    answers, (land, teller, transcript, *steps) = rest[:count], rest[count:]
    return {**told, "title": title, "lead": lead, "answers": answers, "land": land, "teller": teller,
            "transcript": transcript, "steps": steps}  # fmt: skip


def _photo(session: Session, entry: Entry) -> bool:
    name = entry.mark.hex()
    stood = _out_of_drafts(session, name)
    for told in (
        update(tables.Story).where(col(tables.Story.portrait) == name).values(portrait=None),
        update(tables.StoryStep).where(col(tables.StoryStep.photo) == name).values(photo=None),
    ):
        stood += session.connection().execute(told).rowcount
    session.execute(delete(tables.Upload).where(col(tables.Upload.name) == name))
    session.expire_all()
    goods = (tables.Product.photo, tables.RecognitionSign.photo, tables.Batch.photo)
    if any(session.execute(select(exists().where(col(column) == name))).scalar_one() for column in goods):
        return stood > 0  # a picture of goods, or printed with a batch: it stays as that
    stood += session.connection().execute(delete(tables.Photo).where(col(tables.Photo.name) == name)).rowcount
    session.expire_all()
    erasures.lose_file(session, entry.mark)
    return stood > 0


def _voice(session: Session, entry: Entry) -> bool:
    digest = entry.mark.hex()
    row = session.scalars(select(tables.Voice).where(col(tables.Voice.name).startswith(digest))).first()
    if entry.number:
        if row is not None:
            row.transcript = _cut([row.transcript], entry.spans)[0]
            session.add(row)
        return row is not None
    stood = _out_of_drafts(session, digest) + (row is not None)
    told = col(tables.Story.voice).startswith(digest)
    session.execute(update(tables.Story).where(told).values(voice=None, transcript=""))
    session.execute(delete(tables.Upload).where(col(tables.Upload.name).startswith(digest)))
    session.execute(delete(tables.Voice).where(col(tables.Voice.name).startswith(digest)))
    session.expire_all()
    erasures.lose_file(session, entry.mark)
    return stood > 0


def _caption(session: Session, entry: Entry) -> bool:
    row = session.get(tables.Photo, entry.mark.hex())
    if row is None:
        return False
    row.alt, row.caption = {}, {}
    session.add(row)
    return True


def _out_of_drafts(session: Session, name: str) -> int:
    """Take a picture or a clip out of every draft that holds it."""
    query = select(tables.StoryDraft).where(cast(col(tables.StoryDraft.content), Text).contains(name))
    rows = list(session.scalars(query))
    for row in rows:
        content = dict(row.content)
        content["photos"] = ["" if one == name else one for one in content["photos"]]
        content["portrait"] = "" if content["portrait"] == name else content["portrait"]
        if content["voice"].startswith(name):
            content |= {"voice": "", "told": {**content["told"], "transcript": ""}}
        row.content = content
        row.revision += 1
        session.add(row)
    session.flush()
    return len(rows)


def _report(session: Session, row: tables.Report, entry: Entry) -> None:
    session.execute(delete(tables.ReportPrivate).where(col(tables.ReportPrivate.report_id) == entry.number))
    row.contact = ""
    if WORDS_TOO in entry.spans:
        row.words, row.outcome = "", GONE if row.outcome else ""
        step = tables.ReportStep
        said = col(step.report_id) == entry.number, col(step.words) != ""
        session.execute(update(step).where(*said).values(words=GONE))


def _request(_: Session, row: tables.DataRequest, entry: Entry) -> None:
    row.contact = ""
    if WORDS_TOO in entry.spans:
        row.name, row.words = GONE, GONE


_KINDS: dict[str, Callable[[Session, Entry], bool]] = {
    "person": _row(tables.Person, _person),
    "role": _row(tables.RoleGrant, _role),
    "consent": _row(tables.Consent, _consent),
    "help": _row(tables.HelpConsent, _help),
    "invitation": _row(tables.Invitation, _invitation),
    "maker": _row(tables.Producer, _maker),
    "story": _story,
    "draft": _draft,
    "aside": _aside,
    "photo": _photo,
    "voice": _voice,
    "caption": _caption,
    "report": _row(tables.Report, _report),
    "request": _row(tables.DataRequest, _request),
}
