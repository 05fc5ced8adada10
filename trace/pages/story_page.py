"""The story page and the product page: what they show, in the order in which they show it (floor 1, pure).

The order is the product's promise: three answers; this item; the maker speaks; how it is made; land and
material; use and keeping; the legal panel; visit and buy; thanks; report. After `not_issued`, `copied_chip`,
`key_withdrawn` and `cannot_say` nothing of the product is shown that could lend it credit.

The legal panel is the union of two lists: Thông tư 02/2024/TT-BKHCN (ten items) and Nghị định 37/2026/NĐ-CP;
an empty "(nếu có)" line is left out, and a phone number, which neither list asks for, needs consent.

    story_view(facts, verdict, "vi", "https://id.example.vn")                 the form with slots, once per batch
    story_view(facts, verdict, "vi", "https://id.example.vn", item_values(…))   one page, ready to be rendered
"""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from ocop.trace.facts import BatchFacts, Lang, Producer, Product, ProductFacts, Recall
from ocop.trace.pages.answers import Subject, answers_view, naming, photo_of, product_text, recall_view
from ocop.trace.pages.legal import legal_lines, stages_view
from ocop.trace.pages.phrases import LANG_NAMES, LANGS, Phrases, Text, Words, phrases, plain
from ocop.trace.pages.telling import published_story, story_text
from ocop.trace.pages.views import (
    PRESS,
    PRODUCTS,
    REPORT,
    SLOTS,
    THANKS,
    Frame,
    ItemValues,
    ItemView,
    LangLink,
    Line,
    RecallView,
    SignView,
    StoryView,
    VisitView,
    pick,
    picture,
    scrub,
)
from ocop.trace.verdict import Verdict
from ocop.trace.verdict_ids import CodeAnswer, ThingAnswer

NOBODY = Subject(None, None, None)
_DESCRIBED = (ThingAnswer.SHOWN, ThingAnswer.INTRODUCED)


def page_key(verdict: Verdict) -> tuple[object, ...]:
    """What a prepared story page depends on beside its facts and language. Cheap and hashable."""
    paper = verdict.certificate
    return (
        verdict.code,
        verdict.code_reasons,
        verdict.thing,
        verdict.number is None,
        verdict.since is None,
        verdict.past_use_by,
        verdict.withdrawal.reason if verdict.withdrawal is not None else "",
        verdict.stars,
        verdict.star_reasons,
        (paper.decision_no, paper.stars, paper.valid_to) if paper is not None else None,
    )


def story_view(
    facts: BatchFacts | None, verdict: Verdict, lang: Lang, origin: str, values: ItemValues = SLOTS
) -> StoryView:
    """The page of a scan. `facts` is None when nothing is known; `origin` is the public URL, without a slash."""
    subject = NOBODY if facts is None else Subject(facts.product, facts.producer, facts.batch)
    return _page(phrases(lang), scrub(subject), scrub(verdict), origin, values)


def product_view(
    facts: ProductFacts, verdict: Verdict, lang: Lang, origin: str, values: ItemValues
) -> StoryView:
    """The page of a product, for a typed number or a shared link: no item is checked, recalled lots are named.

    `verdict` is that of a page without a code; `values.path` is the product's path.
    """
    subject = Subject(facts.product, facts.producer, None)
    view = _page(phrases(lang), scrub(subject), scrub(verdict), origin, values)
    recall = lots_recalled(phrases(lang), scrub(facts.recalls))
    press = "" if recall else view.press
    index = facts.producer.closed_on is None
    return replace(view, recall=recall, press=press, frame=replace(view.frame, index=index))


def _page(words: Phrases, subject: Subject, verdict: Verdict, origin: str, values: ItemValues) -> StoryView:
    answers = answers_view(words, subject, verdict, values)
    product, producer = subject.product, subject.producer
    described = verdict.thing in _DESCRIBED
    view = StoryView(
        frame=frame(
            words,
            origin,
            title=plain(answers.code.title),
            values=values,
            illustrative=product is not None and product.illustrative,
        ),
        answers=answers,
        recall=recall_view(words, verdict, subject.batch),
        report=f"{REPORT}{values.path}",
        retry=verdict.code is CodeAnswer.CANNOT_SAY,
    )
    if not described or product is None or producer is None:
        return view
    text, tag = product_text(product, words.lang)
    share = f"{origin}{PRODUCTS}{product.key}"
    return replace(
        view,
        frame=_about(view.frame, words, subject, product, share),
        item=_item(words, subject, product, verdict, values),
        story=story_text(words, product, replace(producer, name=producer.today)),
        land=_lines(tag, {"land.origin": text.origin, "land.ingredients": text.ingredients}),
        use=_lines(
            tag,
            {
                "use.usage": text.usage,
                "use.storage": text.storage,
                "use.shelf_life": text.shelf_life,
                "use.warnings": text.warnings,
            },
        ),
        legal=legal_lines(words, product, producer, subject.batch, verdict, values),
        stages=stages_view(words, subject.batch),
        visit=visit_view(producer),
        thanks=f"{THANKS}{values.path}" if producer.reads_thanks else "",
        share=share,
        press=_press(product, producer, verdict),
    )


def _press(product: Product, producer: Producer, verdict: Verdict) -> str:
    """The page for the press, where its maker lets the press in and nothing is called back."""
    told = producer.press and bool(product.stories) and verdict.recall is None
    return f"{PRESS}{product.key.replace('P/', 'P-')}" if told else ""


def frame(
    words: Phrases,
    origin: str,
    *,
    title: str,
    langs: tuple[Lang, ...] = LANGS,
    values: ItemValues | None = None,
    illustrative: bool = False,
    canonical: str = "",
    description: str = "",
    index: bool = False,
) -> Frame:
    """What every page has. `origin` is scheme, host and port; people are shown the host and port."""
    return Frame(
        lang=words.lang,
        langs=tuple(LangLink(lang, LANG_NAMES[lang]) for lang in langs),
        title=title,
        description=description,
        origin=origin,
        host=urlsplit(origin).netloc,
        canonical=canonical,
        query=values.query if values is not None else "",
        draft=words.draft,
        illustrative=illustrative,
        index=index,
    )


def _about(shell: Frame, words: Phrases, subject: Subject, product: Product, canonical: str) -> Frame:
    """The frame of a page that describes a product: how a shared link to it looks."""
    named = naming(words, product, subject.batch)
    title = named.name.text
    if subject.producer is not None:
        title = words.say("page.introduces", name=named.name, maker=Words(subject.producer.name, "vi"))
    if product.illustrative:
        title = f"{words.say('page.illustrative.tag')}: {title}"
    image = photo_of(words, subject, named)
    story = published_story(product, words.lang)
    return replace(
        shell,
        title=title,
        canonical=canonical,
        description=story.lead if story is not None else "",
        image=f"{shell.origin}{image.jpeg[-1].path}" if image is not None else "",
    )


def _item(
    words: Phrases, subject: Subject, product: Product, verdict: Verdict, values: ItemValues
) -> ItemView:
    batch, producer, named = subject.batch, subject.producer, naming(words, product, subject.batch)
    number, twin = _number(words, subject, verdict, values, named.classifier)
    shown = verdict.thing is ThingAnswer.SHOWN
    seal = pick(
        {**product.seal, **({"vi": batch.seal} if batch is not None and batch.seal else {})}, words.lang
    )
    chip = pick(product.chip_place, words.lang)
    lines = [("item.seal", seal), ("item.chip", chip)]
    return ItemView(
        heading="item.heading" if shown else "item.heading.product",
        name=named.name,
        maker=Words(producer.name if producer is not None else "", "vi"),
        maker_today=maker_today(words, producer) if producer is not None else (),
        place=_place(subject),
        net=named.net,
        number=number,
        twin=twin,
        picture=photo_of(words, subject, named),
        signs=tuple(
            SignView(text, picture(sign.photo, words.lang, text))
            for sign in product.signs
            if (text := pick(sign.text, words.lang)) is not None
        ),
        lines=tuple(Line(label, (text,)) for label, text in lines if text is not None),
    )


def maker_today(words: Phrases, producer: Producer) -> tuple[Text, ...]:
    """What became of a maker: said calmly and beside its name, for it changes nothing about the code."""
    said = []
    if producer.renamed:
        said.append(words.text("item.maker.renamed", name=Words(producer.renamed, "vi")))
    if producer.closed_on is not None:
        said.append(words.text("item.maker.closed", date=words.date(producer.closed_on)))
    if producer.successor:
        said.append(words.text("item.maker.successor", maker=Words(producer.successor, "vi")))
    return tuple(said)


def _number(
    words: Phrases, subject: Subject, verdict: Verdict, values: ItemValues, classifier: Words
) -> tuple[Text | None, Text | None]:
    """ "Số 12/300" and what two of the same number mean: only for an item whose code holds."""
    batch = subject.batch
    if batch is None or verdict.thing is not ThingAnswer.SHOWN:
        return None, None
    if verdict.number is None:
        return words.text("item.batch", lot=batch.lot), None
    number = words.text("item.number", number=values.number, count=batch.count)
    return number, words.text("item.twin", classifier=classifier)


def _place(subject: Subject) -> str:
    if subject.producer is None:
        return ""
    place = subject.producer.place
    return ", ".join(part for part in (place.commune, place.province) if part)


def _lines(tag: Lang, texts: Mapping[str, str]) -> tuple[Line, ...]:
    return tuple(Line(label, (Words(text, tag),)) for label, text in texts.items() if text)


def visit_view(producer: Producer) -> VisitView | None:
    """How to reach the maker, None when they consented to nothing."""
    if not (producer.visit or producer.phone or producer.website):
        return None
    website = producer.website if producer.website.startswith(("https://", "http://")) else ""
    return VisitView(Words(producer.visit, "vi") if producer.visit else None, producer.phone, website)


def lots_recalled(words: Phrases, recalls: Mapping[str, Recall]) -> tuple[RecallView, ...]:
    """Every lot that is called back."""
    return tuple(
        RecallView(words.day_of(recall.at), Words(recall.reason, "vi"), Words(recall.advice, "vi"), lot)
        for lot, recall in sorted(recalls.items())
    )
