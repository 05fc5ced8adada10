"""The two lists that the law names, one row a batch, for CSV and JSON (floor 3).

**A**, Thông tư 02/2024/TT-BKHCN, ten items of traceability data: name, picture, producer's name, producer's address,
stages (product trace code, place code, time of each), time of production, trace code, brand and serial (if any),
use-by (if any), standards applied.
**B**, Nghị định 37/2026/NĐ-CP: name, picture, producer's name and address, origin, brand (if any), lot or serial,
use-by (if any).

    for row in legal_rows(session, Scope("19"), "https://id.ocop.example"): ...
    columns("A")       the column names, in Vietnamese as the law has them

A phone number stands in neither list and is never exported. Batches that were entered are exported, drafts are not.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ocop.trace import facts
from ocop.trace.certifying import Scope
from ocop.trace.gs1.identifier import identifier, item_serial
from ocop.trace.registry import tables
from ocop.trace.registry.errors import BadValue
from ocop.trace.registry.products import Loaded, load
from ocop.trace.text import format_date
from sqlalchemy import select
from sqlmodel import Session, col

ROWS_AT_ONCE = 200
_A = ("product", "picture", "producer", "address", "stages", "time", "trace_code", "brand", "serials", "use_by",
      "standards")  # fmt: skip
_B = ("product", "picture", "producer", "address", "origin", "brand", "lot", "serials", "use_by")
NAMES: Mapping[str, str] = {
    "product": "Tên sản phẩm",
    "picture": "Hình ảnh sản phẩm",
    "producer": "Tên đơn vị sản xuất, kinh doanh",
    "address": "Địa chỉ đơn vị sản xuất, kinh doanh",
    "stages": "Các công đoạn (mã sản phẩm, mã địa điểm, thời gian)",
    "time": "Thời gian sản xuất",
    "trace_code": "Mã truy xuất nguồn gốc",
    "brand": "Thương hiệu, nhãn hiệu (nếu có)",
    "lot": "Số lô",
    "serials": "Số sê-ri (nếu có)",
    "use_by": "Thời hạn sử dụng (nếu có)",
    "standards": "Tiêu chuẩn, quy chuẩn áp dụng",
    "origin": "Xuất xứ",
}


@dataclass(frozen=True, slots=True)
class LegalRow:
    """Every item of both lists for one batch."""

    product: str
    picture: str
    producer: str
    address: str
    stages: str
    time: str
    trace_code: str
    brand: str
    lot: str
    serials: str
    use_by: str
    standards: str
    origin: str

    def of(self, which: str) -> tuple[str, ...]:
        """The values of list A or B, in its order."""
        return tuple(getattr(self, name) for name in _items(which))

    def named(self, which: str) -> dict[str, str]:
        """The same by column name; empty items that the law asks for "if any" are left out."""
        pairs = ((NAMES[name], getattr(self, name)) for name in _items(which))
        return {name: value for name, value in pairs if value or "nếu có" not in name}


def columns(which: str) -> tuple[str, ...]:
    """The column names of list A or B. Raises BadValue."""
    return tuple(NAMES[name] for name in _items(which))


def legal_rows(session: Session, scope: Scope, public_url: str) -> Iterator[LegalRow]:
    """One row a batch, by product key and lot; a page of batches is in memory at a time."""
    last = 0
    while True:
        query = (
            select(tables.Batch)
            .join(tables.Product, col(tables.Product.id) == col(tables.Batch.product_id))
            .join(tables.Producer, col(tables.Producer.id) == col(tables.Product.producer_id))
            .where(col(tables.Batch.state) == "entered", col(tables.Batch.id) > last, *scope.conditions())
            .order_by(col(tables.Batch.id))
            .limit(ROWS_AT_ONCE)
        )
        batches = session.scalars(query).all()
        if not batches:
            return
        last = batches[-1].id or 0
        products = {one.id: one for one in load(session, sorted({batch.product_id for batch in batches}))}
        events = _events(session, [batch.id or 0 for batch in batches])
        for batch in batches:
            yield _row(batch, products[batch.product_id], events[batch.id or 0], public_url)


def _items(which: str) -> tuple[str, ...]:
    if which not in {"A", "B"}:
        raise BadValue("list", "A or B", which)
    return _A if which == "A" else _B


def _events(session: Session, ids: list[int]) -> dict[int, list[tables.BatchEvent]]:
    found: dict[int, list[tables.BatchEvent]] = defaultdict(list)
    query = select(tables.BatchEvent).where(col(tables.BatchEvent.batch_id).in_(ids))
    for row in session.scalars(query.order_by(col(tables.BatchEvent.batch_id), col(tables.BatchEvent.line))):
        found[row.batch_id].append(row)
    return found


def _row(batch: tables.Batch, loaded: Loaded, events: list[tables.BatchEvent], public_url: str) -> LegalRow:
    product, maker = loaded.product, loaded.producer
    text = product.texts["vi"]
    photo = batch.photo or (product.photo.name if product.photo else "")
    item = batch.level == facts.Level.ITEM
    return LegalRow(
        product=batch.name or text.name,
        picture=f"{public_url}/media/{photo[:2]}/{photo}.jpg" if photo else "",
        producer=maker.name,
        address=_address(maker.place),
        stages="; ".join(_stage(event, batch.key) for event in events),
        time=format_date(batch.made),
        trace_code=f"{public_url}{identifier(batch.key, batch.lot).path}",
        brand=product.brand,
        lot=batch.lot,
        serials=f"{item_serial(batch.first)} đến {item_serial(batch.last)}" if item else "",
        use_by=_use_by(batch.expiry, text.shelf_life),
        standards="; ".join(product.standards),
        origin=text.origin,
    )


def _address(place: facts.Place) -> str:
    return ", ".join(part for part in (place.detail, place.commune, place.province) if part)


def _stage(event: tables.BatchEvent, key: str) -> str:
    parts = (event.step.get("vi", ""), key, event.place_code, format_date(event.on_day))
    return ", ".join(part for part in parts if part)


def _use_by(expiry: date | None, shelf_life: str) -> str:
    return format_date(expiry) if expiry else shelf_life
