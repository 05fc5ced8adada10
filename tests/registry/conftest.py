"""Sample products, and the ledger state that goes with them, for the registry's tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from ocop.trace import facts
from ocop.trace.registry import editing, telling
from ocop.trace.registry.store import Store

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)

MAKER = facts.Producer(
    slug="htx-huong-van-tra",
    name="HTX Hương Vân Trà",
    kind=facts.ProducerKind.COOPERATIVE,
    place=facts.Place(
        "19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương", "xóm Hồng Thái 2", "TP Thái Nguyên (cũ)"
    ),
    legal_ids=(facts.LegalId("ma_htx", "170000001"), facts.LegalId("mst", "4601234567")),
    phone="0912 345 678",
    website="https://tra.example",
    visit="8 giờ đến 17 giờ",
)
STAR = facts.Certificate(
    stars=4,
    decision_no="DEMO-12/QĐ-UBND",
    decision_date=date(2024, 12, 1),
    authority="UBND tỉnh Thái Nguyên",
    valid_from=date(2024, 12, 1),
    valid_to=date(2027, 11, 30),
)
STORY = facts.Story(
    lang="vi",
    title="Lớn lên cùng nương chè",
    lead="Năm giờ sáng, sương còn trên búp.",
    answers=("Mẹ dạy tôi.", "Giữ lửa đều tay.", "", "Búp cong như móc câu.", "Pha nước tám mươi lăm độ."),
    steps=(facts.Step("Hái một tôm hai lá"), facts.Step("Sao trên chảo gang")),
    land="Đất Tân Cương",
    teller="Cô Vân",
)
PRODUCT = facts.Product(
    key="09521234543213",
    keys=("09521234543213",),
    group=2,
    texts={
        "vi": facts.ProductText(name="Trà Hương Vân", net="200 g", classifier="hộp", storage="Nơi khô mát"),
        "en": facts.ProductText(name="Hương Vân tea", net="200 g", classifier="box"),
    },
    brand="Hương Vân",
    standards=("VietGAP", "TCVN 9740:2013"),
    signs=(facts.RecognitionSign({"vi": "Nắp in nổi", "en": "Embossed lid"}),),
    seal={"vi": "tem giấy qua nắp"},
    chip_place={"vi": "dưới nắp"},
)


def save(store: Store, product: facts.Product = PRODUCT, producer: facts.Producer = MAKER) -> None:
    """Everything of one product into a store, as an office and a maker would."""
    with store.begin() as session:
        editing.save_producer(session, producer)
        editing.save_product(session, product, producer_slug=producer.slug, now=NOW)
        for certificate in product.certificates:
            editing.save_certificate(session, product.key, certificate)
        for story in product.stories.values():
            telling.save_story(session, product.key, story, TODAY)


def named(name: str, key: str, **changes: object) -> facts.Product:
    """Another product like `PRODUCT`."""
    return replace(
        PRODUCT, key=key, keys=(key,), texts={"vi": facts.ProductText(name=name)}, brand="", **changes
    )  # type: ignore[arg-type]


@pytest.fixture
def maker() -> facts.Producer:
    """A cooperative."""
    return MAKER


@pytest.fixture
def product() -> facts.Product:
    """A tea with one star certificate and one story."""
    return replace(PRODUCT, certificates=(STAR,), stories={"vi": STORY})


@pytest.fixture
def saved() -> Callable[..., None]:
    """Puts a product into a store."""
    return save


@pytest.fixture
def another() -> Callable[..., facts.Product]:
    """Makes another product."""
    return named
