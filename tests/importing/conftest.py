"""A list as an office keeps it, and how it is rehearsed and carried out."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.trace.importing import Wanted, carry_out, rehearse
from ocop.trace.importing_plan import Plan
from ocop.trace.registry import tables
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import Store, open_store
from ocop.trace.sheets.reading import read_sheet
from sqlmodel import select

TODAY = date(2026, 11, 23)
BY = By("Lê Thị Mai", datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC))
HEAD = ("TT", "Chủ thể", "Mã số thuế", "Xã", "Tỉnh", "Điện thoại", "Sản phẩm", "Khối lượng", "Mã vạch", "Nhóm",
        "Hạng sao", "Số quyết định", "Ngày quyết định", "Cơ quan công nhận", "Hiệu lực đến", "Trang web")  # fmt: skip
LINE = {
    "Chủ thể": "HTX Ví Dụ", "Tỉnh": "Nghệ An", "Xã": "Giai Xuân", "Sản phẩm": "Trà Ví Dụ", "Nhóm": "2",
    "Hạng sao": "4 sao", "Số quyết định": "12/QĐ-UBND", "Ngày quyết định": "12/05/2026",
    "Cơ quan công nhận": "UBND tỉnh Nghệ An",
    "Hiệu lực đến": "12/05/2029", "Khối lượng": "200 g",
}  # fmt: skip


def listed(*changes: dict[str, str], defaults: dict[str, str] | None = None, province: str = "") -> Wanted:
    """A list of lines like `LINE`, each changed; the first stands in line 2."""
    rows = [";".join(HEAD)]
    for number, change in enumerate(changes, 1):
        line = {**LINE, "TT": str(number), **change}
        rows.append(";".join('"' + line.get(name, "").replace('"', '""') + '"' for name in HEAD))
    return Wanted.suggested(read_sheet("list.csv", "\n".join(rows).encode()), defaults, province)


class Office:
    """What an officer does with a list, on one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def rehearse(self, wanted: Wanted) -> Plan:
        with self.store.read() as session:
            return rehearse(session, wanted, TODAY)

    def carry_out(self, wanted: Wanted, **more: Any) -> Plan:
        with self.store.begin() as session:
            return carry_out(session, wanted, BY, **more)

    def rows(self) -> dict[str, list[Any]]:
        """Every row that an import may write."""
        kinds = (tables.Producer, tables.LegalId, tables.Product, tables.ProductKey, tables.ProductText,
                 tables.Decision, tables.Certificate, tables.DecisionLine)  # fmt: skip
        with self.store.read() as session:
            return {
                kind.__tablename__: [row.model_dump() for row in session.exec(select(kind)).all()]
                for kind in kinds
            }


@pytest.fixture
def office(sqlite_store: Store) -> Office:
    return Office(sqlite_store)


@pytest.fixture
def both(store: Store) -> Office:
    """Once on each database."""
    return Office(store)


@pytest.fixture
def another(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    """A second office, with a store of its own."""
    data = tmp_path / "another"
    data.mkdir()
    shutil.copy(sqlite_template, data / "ocop.db")
    store = open_store("", data=data)
    yield Office(store)
    store.close()


@pytest.fixture
def make() -> Callable[..., Wanted]:
    """`listed`."""
    return listed
