"""The legal panel: what traceability law wants on a page about goods (floor 1, pure).

The lines are the union of two lists, in their order: Thông tư 02/2024/TT-BKHCN (name, picture, producer,
address, stages with place code and time, time of production, traceability code, brand and serial, use-by
date, standards) and Nghị định 37/2026/NĐ-CP (adds origin, lot and the producer's own number). Pictures stand
elsewhere on the page. A line marked "(nếu có)" in the law is left out when empty; a phone number is in
neither list. The certificate's decision is ours: a star without its paper says nothing.
"""

from ocop.trace.facts import Batch, Producer, Product
from ocop.trace.pages.answers import naming, product_text
from ocop.trace.pages.phrases import Phrases, Words
from ocop.trace.pages.views import ItemValues, Line, Stage, pick
from ocop.trace.verdict import Verdict

LEGAL_IDS = ("mst", "gln", "ma_htx")
"""Kinds of identifiers with a label of their own; any other is `khac`."""


def legal_lines(
    words: Phrases,
    product: Product,
    producer: Producer,
    batch: Batch | None,
    verdict: Verdict,
    values: ItemValues,
) -> tuple[Line, ...]:
    """The panel's lines, without empty ones."""
    text, tag = product_text(product, words.lang)
    lines = [
        Line("legal.product", (naming(words, product, batch).name,)),
        Line("legal.producer", (Words(producer.name, "vi"),)),
        *_place(producer),
        *(
            Line(f"legal.{i.kind if i.kind in LEGAL_IDS else 'khac'}", (Words(i.value),))
            for i in producer.legal_ids
        ),
        Line("legal.origin", (Words(text.origin, tag),)),
        *_codes(words, product, batch, verdict, values),
        Line("legal.brand", (Words(product.brand, "vi"),)),
        Line("legal.standards", (Words("\n".join(product.standards), "vi"),)),
        Line("legal.group", (Words(words.say(f"group.{product.group}"), words.lang),)),
        *_paper(words, verdict),
    ]
    return tuple(line for line in lines if any(run.text for run in line.words))


def _place(producer: Producer) -> list[Line]:
    place = producer.place
    address = ", ".join(part for part in (place.detail, place.commune, place.province) if part)
    return [
        Line("legal.address", (Words(address, "vi"),)),
        Line("legal.formerly", (Words(place.formerly, "vi"),)),
    ]


def _codes(
    words: Phrases, product: Product, batch: Batch | None, verdict: Verdict, values: ItemValues
) -> list[Line]:
    gtin = not product.key.startswith("P/")
    lines = [Line("legal.gtin" if gtin else "legal.product_code", (Words(product.key.removeprefix("P/")),))]
    if batch is None:
        return lines
    lines += [
        Line("legal.lot", (Words(batch.lot),)),
        Line("legal.serial", (Words("" if verdict.number is None else values.serial),)),
        Line("legal.code", (Words(values.path),)),
        Line("legal.made", (Words(words.date(batch.made), words.lang),)),
    ]
    if batch.expiry is not None:
        lines.append(Line("legal.expiry", (Words(words.date(batch.expiry), words.lang),)))
    return lines


def _paper(words: Phrases, verdict: Verdict) -> list[Line]:
    paper = verdict.certificate
    if paper is None:
        return []
    authority = Words(paper.authority, "vi")
    date = words.date(paper.decision_date)
    value = words.text(
        "legal.decision.value", number=Words(paper.decision_no), date=date, authority=authority
    )
    return [Line("legal.decision", value)]


def stages_view(words: Phrases, batch: Batch | None) -> tuple[Stage, ...]:
    """The stages of production, oldest first."""
    if batch is None:
        return ()
    return tuple(
        Stage(words.date(event.on), step, event.place_code)
        for event in sorted(batch.events, key=lambda event: event.on)
        if (step := pick(event.step, words.lang)) is not None
    )
