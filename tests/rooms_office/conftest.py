"""An office with two provinces, three products, an issuer and its key, on each database."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ocop.trace import facts
from ocop.trace.issuing import Issued, IssueRequest, issue
from ocop.trace.issuing_keys import add_issuer, add_key
from ocop.trace.registry import editing, tables, telling
from ocop.trace.registry.keystore import Keystore, create, new_key_file
from ocop.trace.registry.ledger_store import By, replay
from ocop.trace.registry.store import Store
from ocop.trace.signing.ledger import State
from sqlalchemy import select
from sqlmodel import col

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TEA, LEAF, HAMMOCK = "09521234543213", "P/4VTR0QB4", "09521234543220"
ISSUER = "van-phong-ntm"
STORY = facts.Story(
    lang="vi",
    title="Lớn lên cùng nương chè",
    lead="Năm giờ sáng, sương còn trên búp, cả nhà đã ra nương hái chè cho kịp mẻ sao đầu tiên trong ngày.",
    answers=(
        "Mẹ tôi dạy tôi sao chè từ năm tôi mười hai tuổi, bên chiếc chảo gang của bà ngoại để lại.",
        "Khó nhất là giữ lửa đều tay, lửa già một chút là cháy búp, lửa non thì chè ngái.",
        "Máy sao nhanh nhưng không biết nghe mùi, tay người thì biết dừng đúng lúc.",
        "Búp cong như móc câu, nước xanh vàng, vị chát dịu rồi ngọt lâu ở cổ họng.",
        "Xin nhớ pha bằng nước tám mươi lăm độ và uống cùng một người bạn.",
    ),
    land="Đất Tân Cương",
    teller="Cô Vân",
)


@dataclass
class Office:
    """Everything the verbs need."""

    store: Store
    keystore: Keystore
    story: facts.Story = STORY

    def by(self, reason: str = "chờ kết quả kiểm nghiệm") -> By:
        return By("chị Hà", NOW, reason, "xin giữ hàng lại")

    def issue(self, lot: str = "L1", count: int = 10, key: str = TEA, now: datetime = NOW) -> Issued:
        request = IssueRequest(f"{key} {lot}", key, lot, made=date(2026, 9, 1), count=count)
        return issue(self.store.begin, self.keystore, request, "chị Hoa", now)

    def state(self) -> State:
        with self.store.read() as session:
            return replay(session)

    def tell(self, key: str, story: facts.Story = STORY) -> int:
        """Publish a story; returns the id of its newest revision."""
        with self.store.begin() as session:
            telling.save_story(session, key, story, TODAY)
            product = editing.product_row(session, key)
            query = select(col(tables.Story.id)).where(
                col(tables.Story.product_id) == product.id, col(tables.Story.lang) == story.lang
            )
            return session.scalars(query.order_by(col(tables.Story.revision).desc())).first() or 0


def furnish(store: Store, folder: Path) -> Office:
    folder.mkdir(parents=True, exist_ok=True)
    keystore = create(folder / "keystore", new_key_file(folder / "kek"))
    tea_maker = facts.Producer(
        "htx-huong-van-tra",
        "HTX Hương Vân Trà",
        facts.ProducerKind.COOPERATIVE,
        facts.Place("19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương"),
        phone="0912 345 678",
    )
    weaver = replace(
        tea_maker,
        slug="to-hop-tac-ben-may",
        name="Tổ hợp tác Bến Mây (hư cấu)",
        kind=facts.ProducerKind.GROUP,
        place=facts.Place("40", "tỉnh Nghệ An", "17278", "xã Giai Xuân"),
    )
    with store.begin() as session:
        for maker, key, name, group in (
            (tea_maker, TEA, "Trà Hương Vân", 2),
            (tea_maker, LEAF, "Trà Đinh Hương Vân", 2),
            (weaver, HAMMOCK, "Võng gai Bến Mây", 4),
        ):
            editing.save_producer(session, maker)
            text = facts.ProductText(name, net="200 g", origin="Việt Nam")
            product = facts.Product(key=key, keys=(key,), group=group, texts={"vi": text})
            editing.save_product(session, product, producer_slug=maker.slug, now=NOW)
        add_issuer(session, ISSUER, "Văn phòng NTM", "19", By("phòng", NOW), [TEA, LEAF, HAMMOCK])
    add_key(store.begin, keystore, ISSUER, By("phòng", NOW))
    return Office(store, keystore)


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    """A furnished office on each database."""
    return furnish(store, tmp_path)


@pytest.fixture
def sqlite_office(sqlite_store: Store, tmp_path: Path) -> Office:
    """A furnished office on SQLite."""
    return furnish(sqlite_store, tmp_path)


@pytest.fixture
def furnished() -> Callable[[Store, Path], Office]:
    """Furnishes a store of the test's own."""
    return furnish
