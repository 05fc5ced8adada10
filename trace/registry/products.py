"""From rows to the frozen values of `ocop.trace.facts`: products with their makers, read in bulk (floor 2).

`load(session, ids)` reads any number of products with one query a table, so a catalogue page of 24 costs as
many queries as one product.

Which revision of a story is shown: the newest published one that somebody has checked; where none was checked,
the newest published one. So a first story goes live at once (the page says that nobody has read it yet), and a
later edit leaves the checked words up until it is checked itself.

A phone number, web site, visiting hours, portrait or voice is shown while a consent to it stands, and no longer; so is
the way to the page for the press. The words of a story are its maker's, but whoever tells is named beside them only
while somebody agreed to be quoted, and nobody who is named there has taken that back. Of a maker that stopped nothing
personal is shown, whatever rows say: no name of who tells, no own words; how the thing is made and the land it comes
from stay.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from ocop.trace import facts
from ocop.trace.registry import tables
from ocop.trace.text import civil_date, fold
from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

Row = TypeVar("Row", bound=SQLModel)
CHUNK = 500  # SQLite takes at most 32,766 values in one statement; small chunks keep plans short


@dataclass(frozen=True, slots=True)
class Loaded:
    """One product and its maker of today; `id` and `maker_id` are the rows'."""

    id: int
    product: facts.Product
    producer: facts.Producer
    maker_id: int = 0


def load(session: Session, ids: Sequence[int], *, on: date | None = None) -> list[Loaded]:
    """The products with these row ids, in this order; unknown ids are left out.

    `on` is the day on which `other_certified` must hold (None: on any day).
    """
    products = {row.id: row for row in rows(session, tables.Product, tables.Product.id, ids)}
    loader = _Loader(session, [row for row in products.values() if row.id is not None], on)
    return [loader.loaded(products[id_]) for id_ in ids if id_ in products]


def rows(session: Session, table: type[Row], column: Any, values: Iterable[Any]) -> list[Row]:
    """All rows of `table` whose `column` is one of `values`."""
    wanted = sorted(set(values))
    found: list[Row] = []
    for start in range(0, len(wanted), CHUNK):
        found += session.scalars(select(table).where(col(column).in_(wanted[start : start + CHUNK])))
    return found


def photos(session: Session, names: Iterable[str | None]) -> dict[str, facts.Photo]:
    """The pictures of these names."""
    found = rows(session, tables.Photo, tables.Photo.name, {name for name in names if name})
    return {row.name: photo_of(row) for row in found}


def photo_of(row: tables.Photo) -> facts.Photo:
    """The value of a picture's row."""
    return facts.Photo(row.name, tuple((w, h) for w, h in row.sizes), row.alt, row.caption)


def may_be_named(teller: str, quotes: Iterable[tuple[str, bool]]) -> bool:
    """Whether whoever tells may be named, by the consents to be quoted: (person, whether it stands)."""
    folded = [(f" {fold(person)} ", stands) for person, stands in quotes]
    standing = {person for person, stands in folded if stands}
    ended = {person for person, stands in folded if not stands} - standing
    return bool(standing) and not any(person in f" {fold(teller)} " for person in ended)


def certificates(session: Session, ids: Iterable[int]) -> dict[int, tuple[facts.Certificate, ...]]:
    """The certificates of products, newest decision first."""
    found = rows(session, tables.Certificate, tables.Certificate.product_id, ids)
    decisions = {
        row.id: row
        for row in rows(session, tables.Decision, tables.Decision.id, {c.decision_id for c in found})
    }
    by_product: dict[int, list[facts.Certificate]] = defaultdict(list)
    for row in found:
        by_product[row.product_id].append(_certificate(row, decisions[row.decision_id]))
    return {
        id_: tuple(sorted(list_, key=lambda c: (c.decision_date, c.valid_to), reverse=True))
        for id_, list_ in by_product.items()
    }


def _certificate(row: tables.Certificate, decision: tables.Decision) -> facts.Certificate:
    return facts.Certificate(
        stars=row.stars,
        decision_no=decision.number,
        decision_date=decision.signed_on,
        authority=decision.authority,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        state=facts.CertificateState(row.state),
        potential=row.potential,
        reason=row.reason,
        closed_on=row.closed_on,
        resubmitted_on=row.resubmitted_on,
    )


def holds_star(certificate: facts.Certificate, on: date | None) -> bool:
    """Whether a certificate is a star (not a potential one) that stands, on a day where one is given."""
    stands = certificate.state is facts.CertificateState.IN_FORCE and not certificate.potential
    return stands and (on is None or certificate.valid_from <= on <= certificate.valid_to)


class _Loader:
    """Everything that one call of `load` needs, grouped by product."""

    def __init__(self, session: Session, products: list[tables.Product], on: date | None) -> None:
        self._on = on
        ids = {row.id for row in products if row.id is not None}
        makers = {row.producer_id for row in products}
        self._makers = _Makers(session, makers)
        self._texts = _grouped(rows(session, tables.ProductText, tables.ProductText.product_id, ids))
        self._keys = _grouped(rows(session, tables.ProductKey, tables.ProductKey.product_id, ids))
        standards = rows(session, tables.ProductStandard, tables.ProductStandard.product_id, ids)
        self._standards = _grouped(sorted(standards, key=lambda row: row.line))
        signs = rows(session, tables.RecognitionSign, tables.RecognitionSign.product_id, ids)
        self._signs = _grouped(sorted(signs, key=lambda row: row.line))
        self._stories = _shown_stories(session, ids)
        shown = [story.id for stories in self._stories.values() for story in stories if story.id is not None]
        steps = rows(session, tables.StoryStep, tables.StoryStep.story_id, shown)
        self._steps = _grouped(sorted(steps, key=lambda row: row.line), "story_id")
        stories = [story for group in self._stories.values() for story in group]
        names = [s.portrait for s in stories] + [s.photo for s in steps] + [s.photo for s in signs]
        self._photos = photos(session, [*names, *(row.photo for row in products)])
        self._voices = {
            row.name: row
            for row in rows(session, tables.Voice, tables.Voice.name, {s.voice for s in stories if s.voice})
        }
        self._load_stars(session, products, ids, makers)

    def _load_stars(
        self, session: Session, products: list[tables.Product], ids: set[int], makers: set[int]
    ) -> None:
        siblings = rows(session, tables.Product, tables.Product.producer_id, makers)
        self._siblings = _grouped(siblings, "producer_id")
        others = {row.id for row in siblings if row.id is not None}
        self._certificates = certificates(session, ids | others)
        texts = rows(session, tables.ProductText, tables.ProductText.product_id, others - ids)
        self._names = {row.product_id: row.name for row in texts if row.lang == "vi"}
        self._names |= {
            id_: text.name for id_, group in self._texts.items() for text in group if text.lang == "vi"
        }

    def loaded(self, row: tables.Product) -> Loaded:
        """The value of one product row."""
        id_ = row.id or 0
        producer, allowed = self._makers.value(row.producer_id), self._makers.allowed(row.producer_id)
        stars = self._certificates.get(id_, ())
        product = facts.Product(
            key=row.key,
            keys=tuple(sorted((k.key for k in self._keys[id_]), key=lambda key: (key != row.key, key))),
            group=row.group_no,
            texts={text.lang: _text(text) for text in sorted(self._texts[id_], key=_lang_order)},
            brand=row.brand,
            standards=tuple(standard.text for standard in self._standards.get(id_, ())),
            signs=tuple(
                facts.RecognitionSign(sign.text, self._photo(sign.photo)) for sign in self._signs.get(id_, ())
            ),
            photo=self._photo(row.photo),
            seal=row.seal,
            chip_place=row.chip_place,
            certificates=stars,
            other_certified="" if any(holds_star(c, self._on) for c in stars) else self._other(row),
            stories={
                s.lang: _closed_story(self._story(s, allowed, ()))
                if producer.closed_on
                else self._story(s, allowed, self._makers.quotes(row.producer_id))
                for s in self._stories.get(id_, ())
            },
            illustrative=row.illustrative,
        )
        return Loaded(id_, product, producer, row.producer_id)

    def _photo(self, name: str | None) -> facts.Photo | None:
        return self._photos.get(name) if name else None

    def _other(self, row: tables.Product) -> str:
        """A product of the same maker that holds a star, the longest valid one; else what the office said."""
        best = max(
            (
                (certificate.valid_to, self._names.get(other.id or 0, ""))
                for other in self._siblings.get(row.producer_id, ())
                if other.id != row.id
                for certificate in self._certificates.get(other.id or 0, ())
                if holds_star(certificate, self._on)
            ),
            default=None,
        )
        return best[1] if best else row.other_certified

    def _story(
        self, row: tables.Story, allowed: frozenset[str], quotes: Iterable[tuple[str, bool]]
    ) -> facts.Story:
        voice = self._voices.get(row.voice) if row.voice and "voice" in allowed else None
        first, second, third, fourth, fifth = row.answers
        return facts.Story(
            lang=row.lang,
            title=row.title,
            lead=row.lead,
            answers=(first, second, third, fourth, fifth),
            steps=tuple(
                facts.Step(step.text, self._photo(step.photo)) for step in self._steps.get(row.id or 0, ())
            ),
            land=row.land,
            teller=row.teller if may_be_named(row.teller, quotes) else "",
            portrait=self._photo(row.portrait) if "portrait" in allowed else None,
            voice=facts.Voice(
                voice.name, voice.media_type, voice.seconds, voice.size, row.transcript or voice.transcript
            )
            if voice
            else None,
            state=facts.StoryState(row.state),
            machine_draft=row.machine_draft,
            checked_by=row.checked_by,
            checked_on=row.checked_on,
            updated_on=row.updated_on,
        )


class _Makers:
    """Producers with what they allow to be shown."""

    def __init__(self, session: Session, ids: set[int]) -> None:
        self._rows = {row.id: row for row in rows(session, tables.Producer, tables.Producer.id, ids)}
        self._legal = _grouped(rows(session, tables.LegalId, tables.LegalId.producer_id, ids), "producer_id")
        self._consents, self._quotes = _consents(session, ids)

    def quotes(self, id_: int) -> Iterable[tuple[str, bool]]:
        """Whom its people allowed to quote, and whether that stands."""
        return self._quotes.get(id_, ())

    def allowed(self, id_: int) -> frozenset[str]:
        """What its people allow; nothing once it has stopped."""
        return frozenset() if self._rows[id_].closed_at else self._consents.get(id_, frozenset())

    def value(self, id_: int) -> facts.Producer:
        """The value of one producer's row."""
        row, allowed = self._rows[id_], self.allowed(id_)
        return facts.Producer(
            slug=row.slug,
            name=row.name,
            kind=facts.ProducerKind(row.kind),
            place=facts.Place(
                row.province_code, row.province, row.commune_code, row.commune, row.detail, row.formerly
            ),
            legal_ids=tuple(
                facts.LegalId(legal.kind, legal.value)
                for legal in sorted(self._legal.get(id_, ()), key=lambda one: (one.kind, one.value))
            ),
            phone=row.phone if "phone" in allowed else "",
            website=row.website if "website" in allowed else "",
            visit=row.visit if "visit" in allowed else "",
            press="press" in allowed,
            closed_on=civil_date(row.closed_at) if row.closed_at else None,
        )


def maker(session: Session, id_: int) -> facts.Producer:
    """One producer."""
    return _Makers(session, {id_}).value(id_)


def _closed_story(story: facts.Story) -> facts.Story:
    """What is left of a story whose maker stopped: the making and the land, nobody's name and own words."""
    return replace(story, answers=("",) * 5, teller="", portrait=None, voice=None)


def _grouped(found: Iterable[Row], column: str = "product_id") -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in found:
        groups[getattr(row, column)].append(row)
    return groups


def _consents(
    session: Session, makers: set[int]
) -> tuple[Mapping[int, frozenset[str]], Mapping[int, list[tuple[str, bool]]]]:
    """By maker: the items that somebody allows, and every consent to be quoted with whether it stands."""
    standing: dict[int, set[str]] = defaultdict(set)
    quotes: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for row in rows(session, tables.Consent, tables.Consent.producer_id, makers):
        if row.withdrawn_at is None:
            standing[row.producer_id].add(row.item)
        if row.item == "quote":
            quotes[row.producer_id].append((row.person, row.withdrawn_at is None))
    return {maker: frozenset(items) for maker, items in standing.items()}, quotes


def _shown_stories(session: Session, ids: set[int]) -> dict[int, list[tables.Story]]:
    best: dict[tuple[int, str], tables.Story] = {}
    for row in rows(session, tables.Story, tables.Story.product_id, ids):
        if row.state != facts.StoryState.PUBLISHED:
            continue
        place = (row.product_id, row.lang)
        known = best.get(place)
        if known is None or _shown_before(row) > _shown_before(known):
            best[place] = row
    return _grouped(sorted(best.values(), key=_lang_order))


def _shown_before(row: tables.Story) -> tuple[bool, int]:
    return row.checked_on is not None, row.revision


def _lang_order(row: tables.ProductText | tables.Story) -> tuple[bool, str]:
    """Vietnamese first."""
    return row.lang != "vi", row.lang


def _text(row: tables.ProductText) -> facts.ProductText:
    return facts.ProductText(
        name=row.name,
        net=row.net,
        classifier=row.classifier,
        origin=row.origin,
        ingredients=row.ingredients,
        usage=row.usage,
        storage=row.storage,
        warnings=row.warnings,
        shelf_life=row.shelf_life,
    )
