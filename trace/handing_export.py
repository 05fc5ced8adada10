"""Everything that is kept of a maker, as ZIP files to take away (floor 3).

    parts = part_count(session, data_folder, producer_id)                      # 1 and up
    content = packed(session, data_folder, producer_id, 1, now, readme="…")    # at most some 17 MB

Part 1 holds README.txt (Vietnamese), `data.json`, `batches.csv` and `scans.csv`; pictures and recordings fill it and
the parts after it, `PART_BYTES` each, so that neither a cheap telephone nor this service ever holds all at once. A
file larger than a part has one to itself. Pictures are the largest that are kept.

`data.json`, version 1, every moment in UTC as `2026-11-24T03:00:00+00:00` or null:

    {"format": "ocop-trace/producer-data", "version": 1, "made_at": …, "part": 1, "parts": 3,
     "producer": {"slug", "name", "kind", "commune", "province", "detail", "formerly", "phone", "website", "visit",
                  "closed_at", "legal_ids": [{"kind", "value"}]},
     "people": [{"name", "given_at", "ended_at"}],
     "consents": [{"item", "person", "proof", "given_at", "withdrawn_at"}],
     "products": [{"key", "keys", "group", "brand", "texts": {"vi": {…}}, "standards", "signs", "seal", "chip_place",
                   "photo", "certificates": [{"decision", "authority", "stars", "potential", "valid_from", …}],
                   "stories": [every revision in every language], "drafts": [{"language", "content", "saved_at"}],
                   "thanks": {"vi": 12}}],
     "handed_over": [{"product", "from", "to", "reason", "at"}],
     "files": ["photos/…", "voices/…"]}

`batches.csv`: one line a batch, as issued by this maker. `scans.csv`: how often each lot was scanned in which month,
with which answer, in which language.
"""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ocop.trace import doors_own
from ocop.trace.certifying_csv import Cell, to_csv
from ocop.trace.registry import tables
from ocop.trace.registry.feedback import thanks_of
from ocop.trace.registry.products import rows
from ocop.trace.text import civil_date
from sqlalchemy import select
from sqlmodel import Session, col

PART_BYTES = 16_000_000
BATCH_COLUMNS = ("key", "lot", "level", "first", "last", "made", "expiry", "issued_at", "released_at", "name", "net",
                 "maker")  # fmt: skip
SCAN_COLUMNS = ("key", "lot", "month", "code", "stars", "channel", "lang", "count")

Files = list[tuple[str, Path]]


def part_count(session: Session, data: Path, producer_id: int) -> int:
    """How many ZIP files there are."""
    return len(_parts(session, data, producer_id))


def packed(
    session: Session, data: Path, producer_id: int, part: int, now: datetime, *, readme: str
) -> bytes | None:
    """The bytes of one part; None for a number that there isn't."""
    parts = _parts(session, data, producer_id)
    if not 1 <= part <= len(parts):
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if part == 1:
            said = told(session, producer_id, now)
            files = [name for group in parts for name, _ in group]
            said |= {"part": 1, "parts": len(parts), "files": files}
            archive.writestr("README.txt", readme)
            archive.writestr("data.json", json.dumps(said, ensure_ascii=False, indent=1))
            archive.writestr("batches.csv", to_csv(BATCH_COLUMNS, _batches(session, producer_id)))
            archive.writestr("scans.csv", to_csv(SCAN_COLUMNS, _scans(session, producer_id)))
        for name, path in parts[part - 1]:
            # Pictures and recordings are packed already.
            archive.write(path, name, zipfile.ZIP_STORED)
    return out.getvalue()


def _parts(session: Session, data: Path, producer_id: int) -> list[Files]:
    """The files in portions; the first portion may be empty."""
    parts: list[Files] = [[]]
    size = 0
    for name, path in doors_own.files_of(session, data, [producer_id], largest=True):
        more = path.stat().st_size
        if parts[-1] and size + more > PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append((name, path))
        size += more
    return parts


def told(session: Session, producer_id: int, now: datetime) -> dict[str, Any]:
    """What `data.json` says, without its files."""
    maker = session.get_one(tables.Producer, producer_id)
    legal = _of(session, tables.LegalId, "producer_id", producer_id)
    fields = ("slug", "name", "kind", "commune", "province", "detail", "formerly", "phone", "website", "visit",
              "closed_at")  # fmt: skip
    products = _of(session, tables.Product, "producer_id", producer_id)
    return {
        "format": "ocop-trace/producer-data",
        "version": 1,
        "made_at": _plain(now),
        "producer": _named(maker, *fields) | {"legal_ids": [_named(row, "kind", "value") for row in legal]},
        "people": _people(session, producer_id),
        "consents": [
            _named(row, "item", "person", "proof", "given_at", "withdrawn_at")
            for row in _of(session, tables.Consent, "producer_id", producer_id)
        ],
        "products": [_product(session, row) for row in sorted(products, key=lambda row: row.id or 0)],
        "handed_over": _handed_over(session, producer_id),
    }


def _people(session: Session, producer_id: int) -> list[dict[str, Any]]:
    query = (
        select(col(tables.Person.name), col(tables.RoleGrant.given_at), col(tables.RoleGrant.ended_at))
        .join(tables.RoleGrant, col(tables.RoleGrant.person_id) == col(tables.Person.id))
        .where(col(tables.RoleGrant.producer_id) == producer_id)
        .order_by(col(tables.RoleGrant.id))
    )
    return [
        {"name": name, "given_at": _plain(given), "ended_at": _plain(ended)}
        for name, given, ended in session.execute(query)
    ]


def _product(session: Session, row: tables.Product) -> dict[str, Any]:
    number = row.id or 0
    keys = sorted(one.key for one in _of(session, tables.ProductKey, "product_id", number))
    texts = _of(session, tables.ProductText, "product_id", number)
    lines = sorted(_of(session, tables.ProductStandard, "product_id", number), key=lambda one: one.line)
    signs = sorted(_of(session, tables.RecognitionSign, "product_id", number), key=lambda one: one.line)
    drafts = _of(session, tables.StoryDraft, "product_id", number)
    thanks: Counter[str] = Counter()
    for key in keys:
        thanks.update(thanks_of(session, key))
    return {
        **_named(row, "key", "group_no", "brand", "photo", "seal", "chip_place"),
        "keys": keys,
        "texts": {text.lang: _but(text, "product_id", "lang") for text in texts},
        "standards": [line.text for line in lines],
        "signs": [_named(sign, "text", "photo") for sign in signs],
        "certificates": _certificates(session, number),
        "stories": _stories(session, number),
        "drafts": [_named(draft, "lang", "content", "author", "saved_at") for draft in drafts],
        "thanks": dict(thanks),
    }


def _certificates(session: Session, product_id: int) -> list[dict[str, Any]]:
    found = _of(session, tables.Certificate, "product_id", product_id)
    papers = rows(session, tables.Decision, tables.Decision.id, {row.decision_id for row in found})
    by_id = {paper.id: paper for paper in papers}
    fields = ("stars", "potential", "valid_from", "valid_to", "state", "reason", "closed_on")
    return [
        _named(by_id[row.decision_id], "number", "signed_on", "authority") | _named(row, *fields)
        for row in found
    ]


def _stories(session: Session, product_id: int) -> list[dict[str, Any]]:
    found = _of(session, tables.Story, "product_id", product_id)
    steps = rows(session, tables.StoryStep, tables.StoryStep.story_id, {row.id or 0 for row in found})
    return [
        _but(row, "id", "product_id")
        | {
            "steps": [
                _named(step, "text", "photo")
                for step in sorted(steps, key=lambda one: one.line)
                if step.story_id == row.id
            ]
        }
        for row in sorted(found, key=lambda one: (one.lang, one.revision))
    ]


def _handed_over(session: Session, producer_id: int) -> list[dict[str, Any]]:
    moved = tables.HandOver
    query = select(moved).where((col(moved.from_id) == producer_id) | (col(moved.to_id) == producer_id))
    return [
        {
            "product": session.get_one(tables.Product, row.product_id).key,
            "from": session.get_one(tables.Producer, row.from_id).name,
            "to": session.get_one(tables.Producer, row.to_id).name,
            "reason": row.reason,
            "at": _plain(row.at),
        }
        for row in session.scalars(query.order_by(col(moved.id)))
    ]


def _batches(session: Session, producer_id: int) -> Iterable[Sequence[Cell]]:
    query = select(tables.Batch).where(
        col(tables.Batch.producer_id) == producer_id, col(tables.Batch.state) == "entered"
    )
    for row in session.scalars(query.order_by(col(tables.Batch.position))):
        yield [_plain(getattr(row, name)) for name in BATCH_COLUMNS]


def _scans(session: Session, producer_id: int) -> Iterable[Sequence[Cell]]:
    """Every month of every lot: what is still single rows, and what was folded into months already."""
    batches = select(col(tables.Batch.key), col(tables.Batch.lot)).where(
        col(tables.Batch.producer_id) == producer_id
    )
    for key, lot in session.execute(batches.order_by(col(tables.Batch.position))).all():
        count: Counter[tuple[str, ...]] = Counter()
        folded = tables.ScanMonth
        for month in session.scalars(select(folded).where(col(folded.key) == key, col(folded.lot) == lot)):
            count[month.month, month.code, month.stars, month.channel, month.lang] += month.count
        one = tables.Scan
        single = select(col(one.at), col(one.code), col(one.stars), col(one.channel), col(one.lang)).where(
            col(one.key) == key, col(one.lot) == lot
        )
        for at, *what in session.execute(single.execution_options(yield_per=5_000)):
            count[f"{civil_date(at):%Y-%m}", *what] += 1
        for name, number in sorted(count.items()):
            yield [key, lot, *name, number]


def _of(session: Session, table: type[Any], column: str, value: int) -> list[Any]:
    return list(session.scalars(select(table).where(col(getattr(table, column)) == value)))


def _named(row: Any, *fields: str) -> dict[str, Any]:
    return {field: _plain(getattr(row, field)) for field in fields}


def _but(row: Any, *fields: str) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.model_dump().items() if name not in fields}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
