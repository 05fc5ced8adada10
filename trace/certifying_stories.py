"""The office reads stories: what waits, what is copied, what needs a paper, who read it and when (floor 3).

    for waiting in unread(session, Scope("19")): ...
    reading = open_story(session, officer.scope, story_id, samples)  # words, alike stories, flags, readings before
    check(session, officer, story_id, today, now)                # it is the shown one from now on
    send_back(session, officer, story_id, "Xin bỏ câu về chữa bệnh", now)   # words for the maker; nothing goes offline

A story goes live as soon as its maker publishes it; a checked revision stays up until a newer one is checked
(`registry/products.py`). So nobody waits for an office, and nobody's checked words change behind its back. Only
the newest published revision of a story waits to be read: older ones are history.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ocop.trace.certifying import NotYours, Officer, Scope
from ocop.trace.certifying_likeness import Flag, Samples, flags, most_alike
from ocop.trace.facts import StoryState
from ocop.trace.registry import tables, telling
from ocop.trace.registry.editing import LONG, product_row, words
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.registry.store import bump_facts
from sqlalchemy import Select, and_, func, select
from sqlmodel import Session, col


@dataclass(frozen=True, slots=True)
class Waiting:
    """A story that nobody of an office has read in its newest revision. `edited`: an older one was checked."""

    story_id: int
    key: str
    product: str
    producer: str
    lang: str
    title: str
    revision: int
    updated_on: date
    edited: bool
    returned: bool


@dataclass(frozen=True, slots=True)
class Copy:
    """Another product's story, and how many of 100 runs of four words of this one stand in it."""

    story_id: int
    key: str
    product: str
    producer: str
    percent: int
    same_maker: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a story as the pages name it (`lead`, `answer-1` …, `step-3`), with what was met in it."""

    name: str
    text: str
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """One reading: who, of which office, when, with what outcome."""

    outcome: str
    words: str
    office: str
    reader: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything somebody needs who reads a story."""

    waiting: Waiting
    newest: bool
    checked: bool
    parts: tuple[Part, ...]
    copies: tuple[Copy, ...]
    readings: tuple[Read, ...]

    @property
    def flags(self) -> int:
        """How many phrases need a second look."""
        return sum(len(part.flags) for part in self.parts)


def unread(session: Session, scope: Scope) -> list[Waiting]:
    """Stories whose newest published revision nobody has checked, the longest waiting first."""
    query = (
        _stories(scope)
        .where(col(tables.Story.checked_on).is_(None), col(tables.Producer.closed_at).is_(None))
        .order_by(col(tables.Story.updated_on), col(tables.Story.id))
    )
    found = list(session.execute(query))
    ids = [story.id for story, *_ in found]
    returned = _returned(session, ids)
    checked = _checked_before(session, {story.product_id for story, *_ in found})
    return [
        _waiting(story, product, name, producer, returned, checked)
        for story, product, name, producer in found
    ]


def open_story(session: Session, scope: Scope, story_id: int, samples: Samples) -> Reading:
    """One revision with everything about it; `samples` learns what it lacks. Raises Unknown (also for another
    place's)."""
    row = session.execute(_stories(scope, newest=False).where(col(tables.Story.id) == story_id)).first()
    if row is None:
        raise Unknown("story", story_id)
    story, product, name, producer = row
    waiting = _waiting(
        story,
        product,
        name,
        producer,
        _returned(session, [story.id]),
        _checked_before(session, {product.id or 0}),
    )
    return Reading(
        waiting=waiting,
        newest=story.revision == _newest(session, story),
        checked=story.checked_on is not None,
        parts=tuple(
            Part(part, text, flags(text, story.lang)) for part, text in _parts(session, story) if text
        ),
        copies=_copies(session, story, product, samples),
        readings=tuple(_readings(session, story_id)),
    )


def check(session: Session, officer: Officer, story_id: int, today: date, now: datetime) -> None:
    """The officer has read it: this revision is shown from now on, with the office's name and the day.

    Raises Unknown, NotYours, Conflict (there is a newer revision, or it was checked already).
    """
    story, product = _own(session, officer, story_id)
    if story.checked_on is not None:
        raise Conflict(f"expected a story that waits, got one that {story.checked_by} has read", "checked")
    telling.check_story(session, product.key, story.lang, story.revision, by=officer.office, on=today)
    _keep(session, officer, story_id, "checked", "", now)
    bump_facts(session)


def send_back(session: Session, officer: Officer, story_id: int, note: str, now: datetime) -> None:
    """The officer asks the maker to change something; the story stays as it is. Raises as `check`, BadValue."""
    story, _ = _own(session, officer, story_id)
    if story.checked_on is not None:
        raise Conflict(f"expected a story that waits, got one that {story.checked_by} has read", "checked")
    _keep(session, officer, story_id, "returned", words("note", note, LONG, needed=True), now)


def notes(session: Session, key: str) -> list[Read]:
    """What offices asked the maker to change in the newest words of a product's stories, the latest first.

    A note goes when the maker has told it anew, or an office has checked it. Raises Unknown.
    """
    product = product_row(session, key)
    query = (
        select(tables.StoryReading)
        .join(tables.Story, col(tables.Story.id) == col(tables.StoryReading.story_id))
        .where(
            col(tables.Story.product_id) == product.id,
            col(tables.Story.id).in_(_newest_ids()),
            col(tables.Story.checked_on).is_(None),
            col(tables.StoryReading.outcome) == "returned",
        )
        .order_by(col(tables.StoryReading.id).desc())
    )
    return [Read(row.outcome, row.words, row.office, row.reader, row.at) for row in session.scalars(query)]


def _own(session: Session, officer: Officer, story_id: int) -> tuple[tables.Story, tables.Product]:
    story = session.get(tables.Story, story_id)
    if story is None or story.state != StoryState.PUBLISHED:
        raise Unknown("story", story_id)
    product = session.get_one(tables.Product, story.product_id)
    maker = session.get_one(tables.Producer, product.producer_id)
    if not officer.scope.covers(maker.province_code, maker.commune_code):
        raise NotYours(f"expected a story of your own place, got one of {maker.name} in {maker.province}")
    if story.revision != _newest(session, story):
        raise Conflict(
            "expected the newest words of the maker, got older ones; read the new ones", "revision"
        )
    return story, product


def _keep(session: Session, officer: Officer, story_id: int, outcome: str, note: str, now: datetime) -> None:
    row = tables.StoryReading(
        story_id=story_id,
        outcome=outcome,
        words=note,
        office=words("office", officer.office, needed=True),
        reader=words("reader", officer.name, needed=True),
        at=now,
    )
    session.add(row)
    session.flush()


Lines = Select[tables.Story, tables.Product, str, tables.Producer]


def _stories(scope: Scope, *, newest: bool = True) -> Lines:
    query = (
        select(tables.Story, tables.Product, col(tables.ProductText.name), tables.Producer)
        .join(tables.Product, col(tables.Product.id) == col(tables.Story.product_id))
        .join(
            tables.ProductText,
            and_(
                col(tables.ProductText.product_id) == col(tables.Product.id),
                col(tables.ProductText.lang) == "vi",
            ),
        )
        .join(tables.Producer, col(tables.Producer.id) == col(tables.Product.producer_id))
        .where(col(tables.Story.state) == str(StoryState.PUBLISHED), *scope.conditions())
    )
    return query.where(col(tables.Story.id).in_(_newest_ids())) if newest else query


def _newest_ids() -> Select[int | None]:
    last = (
        select(
            col(tables.Story.product_id),
            col(tables.Story.lang),
            func.max(col(tables.Story.revision)).label("revision"),
        )
        .where(col(tables.Story.state) == str(StoryState.PUBLISHED))
        .group_by(col(tables.Story.product_id), col(tables.Story.lang))
        .subquery()
    )
    return select(col(tables.Story.id)).join(
        last,
        and_(
            last.c.product_id == col(tables.Story.product_id),
            last.c.lang == col(tables.Story.lang),
            last.c.revision == col(tables.Story.revision),
        ),
    )


def _newest(session: Session, story: tables.Story) -> int:
    query = select(func.max(col(tables.Story.revision))).where(
        col(tables.Story.product_id) == story.product_id,
        col(tables.Story.lang) == story.lang,
        col(tables.Story.state) == str(StoryState.PUBLISHED),
    )
    return int(session.scalar(query) or 0)


def _returned(session: Session, ids: list[int | None]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), 500):
        query = select(col(tables.StoryReading.story_id)).where(
            col(tables.StoryReading.story_id).in_(ids[start : start + 500]),
            col(tables.StoryReading.outcome) == "returned",
        )
        found.update(session.scalars(query))
    return found


def _checked_before(session: Session, products: set[int]) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    wanted = sorted(products)
    for start in range(0, len(wanted), 500):
        query = select(col(tables.Story.product_id), col(tables.Story.lang)).where(
            col(tables.Story.product_id).in_(wanted[start : start + 500]),
            col(tables.Story.checked_on).is_not(None),
        )
        found.update((product, lang) for product, lang in session.execute(query))
    return found


def _waiting(
    story: tables.Story,
    product: tables.Product,
    name: str,
    producer: tables.Producer,
    returned: set[int],
    checked: set[tuple[int, str]],
) -> Waiting:
    return Waiting(
        story_id=story.id or 0,
        key=product.key,
        product=name,
        producer=producer.name,
        lang=story.lang,
        title=story.title,
        revision=story.revision,
        updated_on=story.updated_on,
        edited=(story.product_id, story.lang) in checked,
        returned=story.id in returned,
    )


def _parts(session: Session, story: tables.Story) -> Iterator[tuple[str, str]]:
    yield "title", story.title
    yield "lead", story.lead
    for number, answer in enumerate(story.answers, 1):
        yield f"answer-{number}", answer
    yield "land", story.land
    query = select(tables.StoryStep).where(col(tables.StoryStep.story_id) == story.id)
    for step in session.scalars(query.order_by(col(tables.StoryStep.line))):
        yield f"step-{step.line + 1}", step.text


def _copies(
    session: Session, story: tables.Story, product: tables.Product, samples: Samples
) -> tuple[Copy, ...]:
    """Stories of other products in the same language that hold much of this one; all of the country's."""
    newest = select(col(tables.Story.id)).where(
        col(tables.Story.id).in_(_newest_ids()),
        col(tables.Story.lang) == story.lang,
        col(tables.Story.product_id) != product.id,
    )
    others = [id_ for id_ in session.scalars(newest) if id_ is not None]
    for id_, text in _texts(session, samples.missing(others)):
        samples.learn(id_, text)
    text = _whole(story.title, story.lead, story.answers, story.land)
    alike = most_alike(text, _texts(session, samples.near(text, others)))
    found = []
    for one in alike:
        query = _stories(Scope(), newest=False).where(col(tables.Story.id) == one.name)
        _, other, name, producer = session.execute(query).one()
        same = other.producer_id == product.producer_id
        found.append(Copy(one.name, other.key, name, producer.name, one.percent, same))
    return tuple(found)


def _texts(session: Session, ids: list[int]) -> Iterator[tuple[int, str]]:
    for start in range(0, len(ids), 500):
        query = select(
            col(tables.Story.id),
            col(tables.Story.title),
            col(tables.Story.lead),
            col(tables.Story.answers),
            col(tables.Story.land),
        ).where(col(tables.Story.id).in_(ids[start : start + 500]))
        for id_, title, lead, answers, land in session.execute(query):
            yield id_ or 0, _whole(title, lead, answers, land)


def _whole(title: str, lead: str, answers: list[str], land: str) -> str:
    return "\n".join((title, lead, *answers, land))


def _readings(session: Session, story_id: int) -> Iterator[Read]:
    query = select(tables.StoryReading).where(col(tables.StoryReading.story_id) == story_id)
    for row in session.scalars(query.order_by(col(tables.StoryReading.id).desc())):
        yield Read(row.outcome, row.words, row.office, row.reader, row.at)
