"""What a maker tells: stories with their revisions, pictures, voice, and the consents they stand on (floor 2).

A story is never overwritten: each edit is a new revision, and which one is shown follows from what was checked
(`products.py`). Saving what is there already makes no revision.

    save_photo(session, photo)                       # a value of media.py, its files are on disk
    revision = save_story(session, key, story, today)
    check_story(session, key, "vi", revision, by="Văn phòng NTM Thái Nguyên", on=today)
    give_consent(session, "htx-huong-van-tra", "phone", person="…", proof="…", at=now)
    withdraw_consent(session, "htx-huong-van-tra", "phone", at=now)      # unpublishes at the next scan
"""

from datetime import date, datetime

from ocop.trace import facts
from ocop.trace.registry import erasures, tables
from ocop.trace.registry.editing import LONG, by_lang, lang_tag, product_row, words
from ocop.trace.registry.erasures import Entry, mark_of
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.registry.tables_catalogue import CONSENT_ITEMS
from sqlalchemy import select
from sqlmodel import Session, col

ANSWERS = 5
STEPS = 12


def save_photo(session: Session, photo: facts.Photo) -> tables.Photo:
    """The row of a picture whose files exist; its alternative text and caption may be corrected."""
    row = session.get(tables.Photo, photo.name)
    if row is None:
        row = tables.Photo(name=photo.name, sizes=[[width, height] for width, height in photo.sizes])
    row.alt = by_lang("alternative text", photo.alt, LONG)
    row.caption = by_lang("caption", photo.caption, LONG)
    session.add(row)
    session.flush()
    return row


def save_story(session: Session, key: str, story: facts.Story, today: date) -> int:
    """Keep a revision of a story and return its number; the newest one's when nothing has changed."""
    product_id = product_row(session, key).id or 0
    row = _story_row(session, product_id, story, today)
    steps = [(words("step", step.text, LONG), _picture(session, step.photo)) for step in story.steps]
    latest = _latest(session, product_id, story.lang)
    if latest is not None:
        if _same(session, latest, row, steps):
            return latest.revision
        row.revision = latest.revision + 1
    session.add(row)
    session.flush()
    session.add_all(
        tables.StoryStep(story_id=row.id or 0, line=line, text=text, photo=photo)
        for line, (text, photo) in enumerate(steps)
    )
    session.flush()
    return row.revision


def save_clip(session: Session, name: str, media_type: str, seconds: int, size: int) -> tables.Voice:
    """The row of a voice clip whose file exists; its words come with each story."""
    row = session.get(tables.Voice, name)
    if row is None:
        row = tables.Voice(name=name, media_type=media_type, seconds=seconds, size=size, transcript="")
        session.add(row)
        session.flush()
    return row


def take_down(session: Session, key: str, lang: str) -> int:
    """No revision in this language is shown any more; returns how many were published."""
    product_id = product_row(session, key).id or 0
    query = select(tables.Story).where(
        col(tables.Story.product_id) == product_id,
        col(tables.Story.lang) == lang_tag(lang),
        col(tables.Story.state) == str(facts.StoryState.PUBLISHED),
    )
    published = list(session.scalars(query))
    for row in published:
        row.state = str(facts.StoryState.DRAFT)
        session.add(row)
    session.flush()
    return len(published)


def check_story(session: Session, key: str, lang: str, revision: int, *, by: str, on: date) -> None:
    """Somebody of an office has read this revision; it is the one shown from now on."""
    product = product_row(session, key)
    query = select(tables.Story).where(
        col(tables.Story.product_id) == product.id,
        col(tables.Story.lang) == lang,
        col(tables.Story.revision) == revision,
    )
    row = session.scalars(query).first()
    if row is None:
        raise Unknown("revision of the story", f"{key} {lang} {revision}")
    row.checked_by, row.checked_on = words("checked by", by, needed=True), on
    session.add(row)
    session.flush()


def give_consent(
    session: Session, producer_slug: str, item: str, *, person: str, proof: str, at: datetime
) -> None:
    """Somebody allows `item` to be shown; `proof` says where the consent is kept. Giving it twice is once."""
    maker = _maker(session, producer_slug, item)
    if _standing(session, maker, item, words("person", person, needed=True)):
        return
    proof = words("proof", proof, LONG, needed=True)
    session.add(tables.Consent(producer_id=maker, person=words("person", person), item=item, proof=proof,
                               given_at=at))  # fmt: skip
    session.flush()


def withdraw_consent(
    session: Session, producer_slug: str, item: str, *, at: datetime, person: str = ""
) -> int:
    """Take back what was allowed, by one person or by all; returns how many consents ended."""
    standing = _standing(session, _maker(session, producer_slug, item), item, words("person", person))
    for row in standing:
        row.withdrawn_at = at
        session.add(row)
        erasures.add(session, Entry("consent", row.id or 0, mark_of(row), at))
    session.flush()
    return len(standing)


def _story_row(session: Session, product_id: int, story: facts.Story, today: date) -> tables.Story:
    if len(story.answers) != ANSWERS:
        raise BadValue("story answers", f"{ANSWERS} answers, empty ones as empty text", len(story.answers))
    if len(story.steps) > STEPS:
        raise BadValue("steps", f"at most {STEPS}", len(story.steps))
    if (story.checked_by == "") != (story.checked_on is None):
        raise BadValue("checked", "both who and when, or neither", (story.checked_by, story.checked_on))
    return tables.Story(
        product_id=product_id,
        lang=lang_tag(story.lang),
        revision=1,
        title=words("story title", story.title, needed=True),
        lead=words("story lead", story.lead, LONG),
        answers=[words("story answer", answer, LONG) for answer in story.answers],
        land=words("land", story.land, LONG),
        teller=words("teller", story.teller),
        portrait=_picture(session, story.portrait),
        voice=_voice(session, story.voice),
        transcript=words("transcript", story.voice.transcript, LONG) if story.voice else "",
        state=str(story.state),
        machine_draft=story.machine_draft,
        checked_by=words("checked by", story.checked_by),
        checked_on=story.checked_on,
        updated_on=story.updated_on or today,
    )


def _latest(session: Session, product_id: int, lang: str) -> tables.Story | None:
    query = select(tables.Story).where(
        col(tables.Story.product_id) == product_id, col(tables.Story.lang) == lang
    )
    return session.scalars(query.order_by(col(tables.Story.revision).desc())).first()


def _same(
    session: Session, latest: tables.Story, row: tables.Story, steps: list[tuple[str, str | None]]
) -> bool:
    """Whether the newest revision says the same; who checked it and when it was saved don't make a new one."""
    ignored = {"id", "revision", "updated_on", "checked_by", "checked_on"}
    if latest.model_dump(exclude=ignored) != row.model_dump(exclude=ignored):
        return False
    if row.checked_on is not None and (latest.checked_by, latest.checked_on) != (
        row.checked_by,
        row.checked_on,
    ):
        return False
    query = select(tables.StoryStep).where(col(tables.StoryStep.story_id) == latest.id)
    known = sorted(session.scalars(query), key=lambda step: step.line)
    return [(step.text, step.photo) for step in known] == steps


def _picture(session: Session, photo: facts.Photo | None) -> str | None:
    if photo is None:
        return None
    if session.get(tables.Photo, photo.name) is None:
        raise Unknown("picture", photo.name, "save the picture first")
    return photo.name


def _voice(session: Session, voice: facts.Voice | None) -> str | None:
    """The row of a clip, made when it is new; a clip is named by its content and never changes."""
    if voice is None:
        return None
    if session.get(tables.Voice, voice.name) is None:
        transcript = words("transcript", voice.transcript, LONG, needed=True)
        session.add(tables.Voice(name=voice.name, media_type=voice.media_type, seconds=voice.seconds,
                                 size=voice.size, transcript=transcript))  # fmt: skip
        session.flush()
    return voice.name


def _maker(session: Session, slug: str, item: str) -> int:
    if item not in CONSENT_ITEMS:
        raise BadValue("consent", " or ".join(CONSENT_ITEMS), item)
    id_ = session.scalars(select(col(tables.Producer.id)).where(col(tables.Producer.slug) == slug)).first()
    if id_ is None:
        raise Unknown("producer", slug)
    return id_


def _standing(session: Session, maker: int, item: str, person: str) -> list[tables.Consent]:
    query = select(tables.Consent).where(
        col(tables.Consent.producer_id) == maker,
        col(tables.Consent.item) == item,
        col(tables.Consent.withdrawn_at).is_(None),
    )
    return [row for row in session.scalars(query) if not person or row.person == person]
