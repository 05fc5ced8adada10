"""The texts of the illustrative products, read from `data/<slug>.toml` and dated from `today` (floor 1).

One file is one product. Dates in it are relative, so that the illustration is as sensible in two years as
today. Worked example, read on 23/11/2026:

    made_on = ["03-22", "10-12"]   the last of these days at least 3 days ago    -> 12/10/2026
    made_days_ago = 38             for goods without a season                     -> 16/10/2026
    expiry_months = 18             counted from the day it was made               -> 12/04/2028
    valid_to_in_days = 402         last day of a certificate                      -> 30/12/2027
    decision date                  36 months before that last day                 -> 30/12/2024
    number = "DEMO-0141/{year}"    the year of the decision                       -> DEMO-0141/2024
    origin = "Huế, {province}"     the province's kind and name today (`units`)   -> thành phố Huế
    lot                            `prefix` and the day it was made               -> NT261012

A file is checked as strictly as a stranger's: a missing, unknown or mistyped entry is a `ContentError` that
names the file and the entry.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from ocop.trace.facts import (
    Certificate,
    CertificateState,
    Lang,
    Level,
    Place,
    Producer,
    ProducerKind,
    Product,
    ProductText,
    RecognitionSign,
    StageEvent,
    Step,
    Story,
)
from ocop.trace.illustrative.model import (
    BatchAct,
    IllustrativeBatch,
    IllustrativeProduct,
    Picture,
    PictureKind,
)
from ocop.trace.illustrative.table import ContentError, Table
from ocop.trace.illustrative.units import filled, province_name

__all__ = ["ORDER", "ContentError", "products"]

ORDER = (
    "tra-huong-van-nom-tom",
    "tranh-la-bo-de-sinh-duoc",
    "vai-thieu-luc-ngan",
    "gom-ben-may",
    "vong-gai-giai-xuan",
    "gia-vi-bun-bo-bep-gio",
    "mut-sen-dia-gio",
    "oi-son-duong",
    "tra-huong-van-moc-cau",
    "sau-rieng-con-nang",
    "banh-dau-xanh-trang-rom",
)
LANGS: tuple[Lang, ...] = ("vi", "en")
SIZES = {PictureKind.HERO: (1600, 1200), PictureKind.SIGN: (800, 800), PictureKind.STEP: (1200, 900)}
CERTIFICATE_MONTHS = 36
DAYS_BEFORE_SALE = 3
_CLOSE_UP = {"vi": "Hình vẽ cận cảnh: ", "en": "Drawn close-up: "}
_DRAWN = {"vi": "Hình vẽ minh họa: ", "en": "Illustration: "}


def products(today: date) -> tuple[IllustrativeProduct, ...]:
    """The eleven products as they are on `today` (a civil date at UTC+07:00), in the order of a catalogue.

    Raises:
        ContentError: a data file is missing or not in the form above.
    """
    return tuple(_product(Table(slug, _parsed(slug)), today) for slug in ORDER)


@cache
def _parsed(slug: str) -> Mapping[str, object]:
    """The file of one product; package data, read once."""
    file: Traversable = resources.files(__package__).joinpath("data", f"{slug}.toml")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ContentError(slug, "", "a readable TOML file", str(error)) from error


def months_after(start: date, months: int) -> date:
    """The same day `months` later (or earlier when negative), the last of the month where it has no such day."""
    year, month0 = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = (date(year + month0 // 11, (month0 + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month0 + 1, min(start.day, last))


def _product(table: Table, today: date) -> IllustrativeProduct:
    slug, key, invented = table.text("slug"), table.text("key"), table.flag("invented")
    producer = _producer(table.table("producer"), today)
    code = producer.place.province_code
    batches = tuple(_batch(batch, today) for batch in table.tables("batches"))
    hero = _by_lang(table.table("hero"))
    signs = tuple(_by_lang(sign) for sign in table.tables("signs"))
    steps = tuple(_by_lang(step) for step in table.tables("steps"))
    stories = table.table("story")
    product = Product(
        key=key,
        keys=(key,),
        group=table.number("group"),
        texts=_texts(table.table("text"), code, today),
        brand=table.text("brand"),
        standards=table.texts("standards"),
        signs=tuple(RecognitionSign(text) for text in signs),
        seal=_by_lang(table.table("seal")),
        chip_place=_by_lang(table.table("chip_place")),
        certificates=tuple(_certificate(entry, code, today) for entry in table.tables("certificates")),
        other_certified=table.text("other_certified", ""),
        stories={lang: _story(stories.table(lang), lang, steps) for lang in LANGS},
        illustrative=True,
    )
    stories.close()
    table.close()
    return IllustrativeProduct(slug, invented, producer, product, batches, _pictures(hero, signs, steps))


def _by_lang(table: Table) -> Mapping[Lang, str]:
    texts = {lang: table.text(lang) for lang in LANGS}
    table.close()
    return texts


def _producer(table: Table, today: date) -> Producer:
    code = table.text("province_code")
    try:
        province = province_name(code, today, "vi")
    except KeyError:
        raise ContentError(table.slug, "producer.province_code", "the code of a province", code) from None
    place = Place(
        province_code=code,
        province=province,
        commune_code=table.text("commune_code", ""),
        commune=table.text("commune", ""),
        detail=table.text("detail", ""),
        formerly=table.text("formerly", ""),
    )
    kind = table.choice("kind", ProducerKind)
    producer = Producer(
        slug=table.text("slug"),
        name=table.text("name"),
        kind=kind,
        place=place,
        press=table.flag("press", False),
    )
    table.close()
    return producer


def _texts(table: Table, province: str, today: date) -> Mapping[Lang, ProductText]:
    texts = {}
    for lang in LANGS:
        entry = table.table(lang)
        given = {name: entry.text(name) for name in ProductText.__dataclass_fields__}
        texts[lang] = ProductText(**{**given, "origin": filled(given["origin"], province, today, lang)})
        entry.close()
    table.close()
    return texts


def _certificate(table: Table, province: str, today: date) -> Certificate:
    valid_to = today + timedelta(days=table.number("valid_to_in_days"))
    decided = months_after(valid_to, -CERTIFICATE_MONTHS)
    closed = table.number("closed_days_ago", 0)
    reason = table.table("reason") if table.has("reason") else None
    certificate = Certificate(
        stars=table.number("stars"),
        decision_no=table.text("number").format(year=decided.year),
        decision_date=decided,
        authority=filled(table.text("authority"), province, decided, "vi"),
        valid_from=decided,
        valid_to=valid_to,
        state=table.choice("state", CertificateState, CertificateState.IN_FORCE),
        potential=table.flag("potential", False),
        reason=reason.text("vi") if reason else "",
        closed_on=today - timedelta(days=closed) if closed else None,
    )
    if reason:
        reason.close()
    table.close()
    return certificate


def _story(table: Table, lang: Lang, steps: tuple[Mapping[Lang, str], ...]) -> Story:
    answers = table.texts("answers")
    if len(answers) != 5:
        raise ContentError(table.slug, f"story.{lang}.answers", "five answers", str(len(answers)))
    story = Story(
        lang=lang,
        title=table.text("title"),
        lead=table.text("lead"),
        answers=(answers[0], answers[1], answers[2], answers[3], answers[4]),
        steps=tuple(Step(step[lang]) for step in steps),
        land=table.text("land"),
        teller=table.text("teller"),
    )
    table.close()
    return story


def _batch(table: Table, today: date) -> IllustrativeBatch:
    made = _made(table, today)
    months = table.number("expiry_months", 0)
    batch = IllustrativeBatch(
        lot=f"{table.text('prefix')}{made:%y%m%d}",
        level=table.choice("level", Level),
        count=table.number("count"),
        made=made,
        expiry=months_after(made, months) if months else None,
        events=tuple(_stage(stage, made) for stage in table.tables("stages")),
        act=table.choice("act", BatchAct, BatchAct.RELEASED),
        reason=_by_lang(table.table("reason")) if table.has("reason") else {},
        advice=_by_lang(table.table("advice")) if table.has("advice") else {},
        sample=table.number("sample", 0),
        expected_code=table.text("expected_code"),
        expected_stars=table.text("expected_stars"),
    )
    table.close()
    return batch


def _made(table: Table, today: date) -> date:
    """The day a batch was made: so many days ago, or the last of its season's days that goods can be sold."""
    if table.has("made_days_ago"):
        return today - timedelta(days=table.number("made_days_ago"))
    latest = today - timedelta(days=DAYS_BEFORE_SALE)
    days = table.texts("made_on")
    try:
        candidates = [
            date.fromisoformat(f"{y}-{day}") for y in (latest.year - 1, latest.year) for day in days
        ]
    except ValueError as error:
        raise ContentError(table.slug, "made_on", "days as MM-DD", repr(days)) from error
    return max(day for day in candidates if day <= latest)


def _stage(table: Table, made: date) -> StageEvent:
    on = made - timedelta(days=table.number("days_before"))
    place = table.text("place")
    return StageEvent(step=_by_lang(table), on=on, place_code=place)


def _pictures(
    hero: Mapping[Lang, str], signs: tuple[Mapping[Lang, str], ...], steps: tuple[Mapping[Lang, str], ...]
) -> tuple[Picture, ...]:
    def picture(
        kind: PictureKind, number: int, alt: Mapping[Lang, str], caption: Mapping[Lang, str]
    ) -> Picture:
        name = f"{kind}-{number}" if number else kind.value
        return Picture(name, kind, SIZES[kind], alt, caption)

    return (
        picture(PictureKind.HERO, 0, hero, {}),
        *(picture(PictureKind.SIGN, n, _prefixed(_CLOSE_UP, text), text) for n, text in enumerate(signs, 1)),
        *(picture(PictureKind.STEP, n, _prefixed(_DRAWN, text), text) for n, text in enumerate(steps, 1)),
    )


def _prefixed(prefix: Mapping[Lang, str], text: Mapping[Lang, str]) -> Mapping[Lang, str]:
    """ "Hình vẽ cận cảnh: vỏ đỏ tươi …": what a reader who cannot see the picture hears."""
    return {lang: prefix[lang] + text[lang][:1].lower() + text[lang][1:] for lang in text}
