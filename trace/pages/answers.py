"""The three answers of a story page: from a verdict to titles, details, tone and icon (floor 1, pure).

Words carry the meaning, the icon comes second and the colour last; no answer is a green tick. The tone of an
answer and its icon stand in one table. The answers are short on purpose: all three end within 360×520 points.

    code_issued   neutral   "Mã này do HTX Hương Vân Trà phát hành"
                            "(tem in có thể bị sao chép, hãy so với món trên tay)"
    shown                   "Mã này của hộp Trà Hương Vân số 12, loại 200 g. Giống ảnh không?"
    valid         4 stars   "4 sao, còn hiệu lực đến 12/05/2027"
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ocop.trace.facts import Batch, Certificate, Lang, Producer, Product, ProductText
from ocop.trace.pages.phrases import Phrases, Text, Words, plain
from ocop.trace.pages.views import (
    AnswersView,
    CodeView,
    ItemValues,
    Picture,
    RecallView,
    StarsView,
    ThingView,
    Tone,
    picture,
)
from ocop.trace.verdict import Verdict
from ocop.trace.verdict_ids import CodeAnswer, Reason, StarAnswer, ThingAnswer
from ocop.trace.verdict_stars import Stars


class Look(NamedTuple):
    """The icon and the tone of answer 1."""

    icon: str
    tone: Tone


LOOKS: Mapping[CodeAnswer, Look] = {
    CodeAnswer.CANNOT_SAY: Look("unknown", Tone.UNSURE),
    CodeAnswer.NOT_ISSUED: Look("stranger", Tone.ALARM),
    CodeAnswer.RECALLED: Look("stop", Tone.ALARM),
    CodeAnswer.WITHDRAWN: Look("cancelled", Tone.ALARM),
    CodeAnswer.KEY_WITHDRAWN: Look("cancelled", Tone.ALARM),
    CodeAnswer.NOT_RELEASED: Look("early", Tone.CAUTION),
    CodeAnswer.COPIED_CHIP: Look("copies", Tone.ALARM),
    CodeAnswer.ALREADY_USED: Look("again", Tone.CAUTION),
    CodeAnswer.CODE_ISSUED_OFTEN: Look("copies", Tone.CAUTION),
    CodeAnswer.CHIP_ANSWERED: Look("answering", Tone.ANSWERED),
    CodeAnswer.CHIP_KNOWN: Look("chip", Tone.NEUTRAL),
    CodeAnswer.CHIP_SILENT: Look("chip", Tone.NEUTRAL),
    CodeAnswer.CODE_ISSUED: Look("label", Tone.NEUTRAL),
    CodeAnswer.NO_CODE: Look("page", Tone.NEUTRAL),
}

CANNOT_SAY_REASONS = (
    Reason.FOREIGN_HOST,
    Reason.LIST_TOO_OLD,
    Reason.KEY_UNKNOWN_AFTER_RESTORE,
    Reason.CHIP_NOT_REGISTERED,
    Reason.SIGNED_BUT_UNKNOWN,
    Reason.TAP_NOT_SPENT,
)
"""Reasons with a sentence of their own; `our_fault` is what the plain answer says."""

_CLOSED_STARS = (StarAnswer.WITHDRAWN, StarAnswer.SUSPENDED)
_LIT_STARS = (StarAnswer.VALID, StarAnswer.EXPIRING)
_PAPERED = (*_LIT_STARS, *_CLOSED_STARS, StarAnswer.EXPIRED, StarAnswer.POTENTIAL)


class Subject(NamedTuple):
    """What the answers speak of. Everything is None when the registry knows nothing of the identifier."""

    product: Product | None
    producer: Producer | None
    batch: Batch | None


class Naming(NamedTuple):
    """A product's name, net content and classifier for a page in one language, each with its own language."""

    name: Words
    net: Words | None
    classifier: Words


def naming(words: Phrases, product: Product, batch: Batch | None) -> Naming:
    """How a page calls the product; Vietnamese name and net are those on the pack, as issued."""
    text, tag = product_text(product, words.lang)
    name, net = text.name, text.net
    if batch is not None and tag == "vi":
        name, net = batch.name or name, batch.net or net
    classifier = (
        Words(text.classifier, tag) if text.classifier else Words(words.say("item.classifier"), words.lang)
    )
    return Naming(Words(name, tag), Words(net, tag) if net else None, classifier)


def product_text(product: Product, lang: Lang) -> tuple[ProductText, Lang]:
    """The product's words in this language, else English, else Vietnamese; and which it is."""
    for tag in (lang, "en", "vi"):
        text = product.texts.get(tag)
        if text is not None and text.name:
            return text, tag
    return ProductText(name=product.key), ""


def answers_view(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> AnswersView:
    """The answer block. Says nothing of the product beyond what `verdict.thing` allows."""
    judged = Stars(verdict.stars, verdict.star_reasons, verdict.certificate)
    stars = stars_view(words, subject.product, subject.batch, judged)
    if (
        verdict.code is CodeAnswer.RECALLED
    ):  # who must not use the goods need not weigh when the star was valid
        stars = replace(stars, details=())
    return AnswersView(
        code=_code(words, subject, verdict, values),
        thing=_thing(words, subject, verdict, values),
        stars=stars,
        answered=words.text("page.answered", now=values.now),
        stamp=values.stamp,
    )


def recall_view(words: Phrases, verdict: Verdict, batch: Batch | None) -> tuple[RecallView, ...]:
    """The notice of a recall, whatever the code's answer is."""
    recall = verdict.recall
    if recall is None:
        return ()
    lot = batch.lot if batch is not None else ""
    return (RecallView(words.day_of(recall.at), Words(recall.reason, "vi"), Words(recall.advice, "vi"), lot),)


def _code(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> CodeView:
    icon, tone = LOOKS[verdict.code]
    title, details = _CODE_WORDING.get(verdict.code, _usual)(words, subject, verdict, values)
    return CodeView(verdict.code.value, tone, icon, _closed(words.lang, title, details), tuple(details))


def _closed(lang: Lang, title: Text, details: Sequence[Text]) -> Text:
    """The title as a full sentence when another follows it on the same line; "(…)" belongs to the title's."""
    if not details or plain(details[0]).startswith(("(", "（")) or plain(title).endswith((".", "。", ")")):
        return title
    return (*title, Words("。" if lang in ("zh-Hans", "zh-Hant", "ja") else ".", lang))


_Wording = tuple[Text, list[Text]]


def _usual(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> _Wording:
    """Title and detail that need no more than the maker, the number and the times."""
    name = f"code.{verdict.code}"
    title = words.text(f"{name}.title", maker=_maker(subject), number=values.number, time=values.clock)
    return title, [words.text(f"{name}.detail")]


def _cannot_say(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> _Wording:
    for reason in CANNOT_SAY_REASONS:
        if reason in verdict.code_reasons:
            return words.text("code.cannot_say.unsure"), [words.text(f"code.cannot_say.{reason}")]
    return _usual(words, subject, verdict, values)


def _recalled(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> _Wording:
    recall, details = verdict.recall, []
    if recall is not None and recall.reason:
        details.append(words.text("code.recalled.reason", reason=Words(recall.reason, "vi")))
    if recall is not None and recall.advice:
        details.append(words.text("code.recalled.advice", advice=Words(recall.advice, "vi")))
    return words.text("code.recalled.title"), details


def _withdrawn(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> _Wording:
    item = Reason.BATCH_CANCELLED not in verdict.code_reasons and verdict.number is not None
    title = words.text(
        f"code.withdrawn.{'item' if item else 'title'}", date=values.since, number=values.number
    )
    details = [words.text("code.withdrawn.detail")]
    if Reason.CHIP_REPLACED in verdict.code_reasons:
        details.insert(0, words.text("code.withdrawn.chip"))
    elif verdict.withdrawal is not None and verdict.withdrawal.reason:
        details.insert(0, words.text("code.recalled.reason", reason=Words(verdict.withdrawal.reason, "vi")))
    return title, details


def _already_used(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> _Wording:
    if Reason.TAPPED_JUST_NOW in verdict.code_reasons:
        return words.text("code.already_used.calm", time=values.clock), []
    details = (
        [words.text("code.already_used.detail", first=values.since)] if verdict.since is not None else []
    )
    return words.text("code.already_used.title"), details


def _chip_answered(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> _Wording:
    unknown = Reason.TAP_TIME_UNKNOWN in verdict.code_reasons or verdict.since is None
    name = "code.chip_answered.unknown" if unknown else "code.chip_answered.title"
    details = [words.text("code.chip_answered.detail")]
    return words.text(name, number=values.number, time=values.clock), details


def _chip_silent(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> _Wording:
    title, details = _usual(words, subject, verdict, values)
    if Reason.TAP_FLOOR_UNKNOWN in verdict.code_reasons:
        details = [words.text("code.chip_silent.again")]
    return title, details


def _code_issued(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> _Wording:
    title, details = _usual(words, subject, verdict, values)
    if Reason.CHIP_EXPECTED in verdict.code_reasons:
        details.append(words.text("code.code_issued.chip"))
    return title, details


_CODE_WORDING = {
    CodeAnswer.CANNOT_SAY: _cannot_say,
    CodeAnswer.RECALLED: _recalled,
    CodeAnswer.WITHDRAWN: _withdrawn,
    CodeAnswer.ALREADY_USED: _already_used,
    CodeAnswer.CHIP_ANSWERED: _chip_answered,
    CodeAnswer.CHIP_SILENT: _chip_silent,
    CodeAnswer.CODE_ISSUED: _code_issued,
}


def _maker(subject: Subject) -> Words:
    return Words(subject.producer.name if subject.producer is not None else "", "vi")


def _thing(words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues) -> ThingView:
    product, batch = subject.product, subject.batch
    if product is None or verdict.thing is ThingAnswer.NOTHING:
        return ThingView(ThingAnswer.NOTHING.value, words.text("thing.nothing"), None, None)
    named = naming(words, product, batch)
    if verdict.thing is ThingAnswer.ONLY_NAME_IN_REGISTER:
        title = words.text("thing.in_register", name=named.name)
        return ThingView(verdict.thing.value, title, None, None)
    if verdict.thing is ThingAnswer.INTRODUCED:
        title = words.text("thing.no_code", name=named.name)
    else:
        title = _shown(words, named, verdict, batch, values)
    return ThingView(
        verdict.thing.value, title, _past_use_by(words, verdict, batch), photo_of(words, subject, named)
    )


def _shown(words: Phrases, named: Naming, verdict: Verdict, batch: Batch | None, values: ItemValues) -> Text:
    lot = Words(batch.lot if batch is not None else "")
    suffix = "" if named.net else ".no_net"
    net = named.net or Words("")
    if verdict.number is None:
        return words.text(f"thing.batch{suffix}", lot=lot, name=named.name, net=net)
    return words.text(
        f"thing.item{suffix}", classifier=named.classifier, name=named.name, number=values.number, net=net
    )


def _past_use_by(words: Phrases, verdict: Verdict, batch: Batch | None) -> Text | None:
    if not verdict.past_use_by or batch is None or batch.expiry is None:
        return None
    return words.text("thing.past_use_by", date=words.date(batch.expiry))


def photo_of(words: Phrases, subject: Subject, named: Naming) -> Picture | None:
    """The picture to compare with: as the batch was issued with it, else the product's."""
    photo = subject.batch.photo if subject.batch is not None and subject.batch.photo is not None else None
    if photo is None and subject.product is not None:
        photo = subject.product.photo
    return picture(photo, words.lang, named.name)


def stars_view(words: Phrases, product: Product | None, batch: Batch | None, judged: Stars) -> StarsView:
    """Answer 3 in words; a star never stands without its date."""
    answer, _, certificate = judged
    if certificate is None or answer not in _PAPERED:
        return _starless(words, product, judged)
    day = certificate.closed_on if answer in _CLOSED_STARS else certificate.valid_to
    date = words.date(day or certificate.valid_to)
    title = words.text(f"stars.{answer}", stars=certificate.stars, date=date)
    details = tuple(_star_details(words, judged, certificate, batch))
    return StarsView(
        answer.value, certificate.stars, answer in _LIT_STARS, _closed(words.lang, title, details), details
    )


def _starless(words: Phrases, product: Product | None, judged: Stars) -> StarsView:
    details: list[Text] = []
    title = words.text(f"stars.{judged.answer}")
    if Reason.OTHER_PRODUCT_CERTIFIED in judged.reasons and product is not None:
        details.append(
            words.text("stars.other_product_certified", other=Words(product.other_certified, "vi"))
        )
    if Reason.NOT_YET_IN_FORCE in judged.reasons:
        details.append(words.text("stars.not_yet_in_force"))
    return StarsView(judged.answer.value, 0, False, _closed(words.lang, title, details), tuple(details))


def _star_details(words: Phrases, judged: Stars, certificate: Certificate, batch: Batch | None) -> list[Text]:
    """What the reader needs beside the state: the day of making where it differs, an expiry put right."""
    answer, reasons, _ = judged
    details: list[Text] = []
    made = words.date(batch.made) if batch is not None else ""
    if Reason.VALID_WHEN_MADE in reasons and answer not in _LIT_STARS:
        details.append(words.text("stars.valid_when_made", made=made))
    if Reason.NOT_VALID_WHEN_MADE in reasons:
        details.append(words.text("stars.not_valid_when_made", made=made))
    if answer is StarAnswer.EXPIRED:
        details.append(words.text("stars.expired.detail"))
    if certificate.resubmitted_on is not None and answer is not StarAnswer.VALID:
        details.append(words.text("stars.resubmitted", date=words.date(certificate.resubmitted_on)))
    if Reason.POTENTIAL_AIMED_AT in reasons:
        details.append(words.text("stars.potential_aimed_at"))
    return details
