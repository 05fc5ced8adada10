"""Sample facts and one scan per answer: the longest names that the pages must bear, judged by the real table."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from ocop.trace.facts import (
    Batch,
    BatchFacts,
    Certificate,
    CertificateState,
    LegalId,
    Level,
    Photo,
    Place,
    Producer,
    ProducerKind,
    Product,
    ProductFacts,
    ProductText,
    Recall,
    RecognitionSign,
    StageEvent,
    Step,
    Story,
    Voice,
    Withdrawal,
)
from ocop.trace.pages.phrases import phrases
from ocop.trace.pages.render import Renderer
from ocop.trace.pages.story_page import story_view
from ocop.trace.pages.views import ItemValues, item_values
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.token import Carrier
from ocop.trace.verdict import Evidence, Tap, Verdict, judge

NOW = datetime(2026, 11, 23, 3, 42, 7, tzinfo=UTC)  # 10:42 in Viet Nam
ORIGIN = "https://id.example.vn"
PATH = "/01/09521234543213/10/L2609A/21/000012"
QUERY = "s=EAAHuDc-eHX5MCBfSjT9Ha_PafGIB0jqp2_9vo4Sy8q_osr69IL-TfBhimrsPlBD89Cx0LrWzKK6A9_UoNQiK63oBw"
UID = bytes.fromhex("04de5f1eacc040")

LONG_MAKER = "Hợp tác xã Nông nghiệp Sản xuất và Dịch vụ Du lịch Cộng đồng Hương Vân Trà Tân Cương"
LONG_NAME = "Trà xanh ướp hương sen Tây Hồ thượng hạng Hương Vân Trà"
SIZES = ((360, 270), (720, 540), (1200, 900))


def photo(letter: str, alt: str) -> Photo:
    return Photo(name=letter * 64, sizes=SIZES, alt={"vi": alt, "en": f"Picture: {alt}"})


def certificate(**changes: object) -> Certificate:
    paper = Certificate(
        stars=4,
        decision_no="MH-1234/QĐ-UBND",
        decision_date=date(2024, 5, 13),
        authority="UBND tỉnh Thái Nguyên",
        valid_from=date(2024, 5, 13),
        valid_to=date(2027, 5, 12),
    )
    return replace(paper, **changes)  # type: ignore[arg-type]


def story(lang: str) -> Story:
    if lang == "vi":
        return Story(
            lang="vi",
            title="Ba giờ sáng, bếp đã đỏ",
            lead="Chè hái xong mà để qua đêm là ngái. Nên ở xóm này, hái chiều nào sao ngay đêm ấy.",
            answers=(
                "Mẹ chồng dạy. Bà không nói nhiều, chỉ cầm tay tôi đặt lên thành chảo cho biết nóng.",
                "Giữ lửa. Già lửa thì cháy cánh, non lửa thì nước đỏ. Mỗi mẻ phải đứng trọn bốn mươi phút.",
                "Máy sao đều tay hơn người. Nhưng máy không biết hôm ấy chè ướt hay ráo.",
                "Cánh xoăn như móc câu, phủ phấn trắng. Nước đầu xanh non, nước thứ ba vẫn còn ngọt.",
                "Nhớ là có người thức cùng ấm trà này.",
            ),
            steps=(
                Step("Hái một tôm hai lá, buổi chiều ráo sương.", photo("c", "Tay hái chè")),
                Step("Làm héo trên nong tre hai giờ.", photo("d", "Nong chè")),
                Step("Sao tay trên chảo gang, bốn mươi phút.", photo("e", "Chảo gang")),
            ),
            land="Đồi thấp, đất pha sỏi cơm. Chè trung du trồng từ hạt, rễ sâu, ít nước mà đậm.",
            teller="Nhóm sao chè xóm Hồng Thái",
            portrait=photo("f", "Bếp sao chè"),
            voice=Voice("voice-1.m4a", "audio/mp4", 42, 180_000, "Chè là cái cây biết đợi người."),
            updated_on=date(2026, 10, 1),
        )
    return Story(
        lang="en",
        title="Three in the morning, the fire is lit",
        lead="Leaves kept overnight taste of grass. So what is picked in the afternoon is roasted the same night.",
        answers=(
            "My mother-in-law.",
            "Keeping the fire.",
            "",
            "The leaf curls like a hook.",
            "Someone sat up.",
        ),
        steps=(Step("One bud and two leaves.", photo("c", "Tay hái chè")),),
        land="Low hills, gravelly soil.",
        machine_draft=True,
        checked_by="Văn phòng Điều phối nông thôn mới tỉnh Thái Nguyên",
        checked_on=date(2026, 9, 1),
    )


def product(**changes: object) -> Product:
    made = Product(
        key="09521234543213",
        keys=("09521234543213", "P/4VTR0QB4"),
        group=2,
        texts={
            "vi": ProductText(
                name=LONG_NAME,
                net="200 g",
                classifier="hộp",
                origin="Tân Cương, Thái Nguyên",
                ingredients="Búp chè trung du, hương sen",
                usage="Tráng ấm bằng nước sôi. 5 g trà với 150 ml nước 85 °C, ủ 40 giây.",
                storage="Nơi khô, kín, xa mùi lạ.",
                warnings="Có caffeine.",
                shelf_life="18 tháng kể từ ngày sản xuất",
            ),
            "en": ProductText(
                name="Green tea with West Lake lotus scent, Huong Van Tra", net="200 g", classifier="box"
            ),
        },
        brand="Hương Vân Trà",
        standards=("TCCS 01:2024/HVT", "TCVN 9740:2013"),
        signs=(
            RecognitionSign(
                {"vi": "Cánh trà xoăn như móc câu", "en": "Leaves curl like hooks"}, photo("1", "Cánh trà")
            ),
            RecognitionSign({"vi": "Nắp thiếc khắc hình búp chè"}, photo("2", "Nắp thiếc")),
            RecognitionSign({"vi": "Chỉ son khâu mép hộp, bảy mũi"}, photo("3", "Mũi chỉ")),
        ),
        photo=photo("a", "Hộp trà trên nong"),
        seal={"vi": "Tem giấy dó dán ngang nắp"},
        chip_place={"vi": "Dưới đáy hộp, bên phải"},
        certificates=(certificate(),),
        stories={"vi": story("vi"), "en": story("en")},
        illustrative=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def batch(**changes: object) -> Batch:
    made = Batch(
        key="09521234543213",
        lot="L2609A",
        level=Level.ITEM,
        first=1,
        last=300,
        issuer="Văn phòng Điều phối nông thôn mới tỉnh Thái Nguyên",
        key_number=7,
        position=3,
        made=date(2026, 9, 12),
        issued_at=NOW - timedelta(days=60),
        expiry=date(2028, 3, 12),
        name=LONG_NAME,
        net="200 g",
        photo=photo("a", "Hộp trà trên nong"),
        seal="Tem giấy dó dán ngang nắp",
        released_at=NOW - timedelta(days=50),
        events=(
            StageEvent({"vi": "Hái"}, date(2026, 9, 11), "893-TC-01"),
            StageEvent({"vi": "Sao và đóng hộp"}, date(2026, 9, 12), "893-TC-02"),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


PRODUCER = Producer(
    slug="huong-van-tra",
    name=LONG_MAKER,
    kind=ProducerKind.COOPERATIVE,
    place=Place(
        "19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương", "xóm Hồng Thái 2", "xã Tân Cương, TP Thái Nguyên"
    ),
    legal_ids=(LegalId("mst", "4600000000"), LegalId("gln", "8930000000000")),
    phone="0912 345 678",
    website="https://tra.example.vn",
    visit="Sáng thứ bảy có người đón ở đầu xóm; xin gọi trước một ngày.",
)

RECALL = Recall(
    NOW - timedelta(days=2),
    "Phát hiện mốc trong một số hộp do mối hàn nắp bị hở khi vận chuyển đường dài trong mùa mưa bão vừa qua",
    "Giữ nguyên hộp, không pha uống, mang lại nơi mua hoặc gọi cho hợp tác xã để đổi hộp khác, không cần hóa đơn",
)
STATIC, SUN, PRINT = Carrier.STATIC, Carrier.SUN, Carrier.PRINT
HOLDS = Evidence(Signature.HOLDS, PRINT, "000012")
TAP = Evidence(Signature.HOLDS, SUN, "000012", presented=True, tap=Tap.FRESH, tap_at=NOW)
EXPIRED = certificate(
    stars=5, valid_from=date(2023, 6, 21), valid_to=date(2026, 6, 20), resubmitted_on=date(2026, 5, 30)
)


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: what is known, what was shown."""

    facts: BatchFacts | None
    evidence: Evidence
    now: datetime = NOW

    @property
    def verdict(self) -> Verdict:
        known = self.facts
        return judge(
            self.evidence, known.product if known else None, known.batch if known else None, self.now
        )

    def values(self, lang: str) -> ItemValues:
        return item_values(phrases(lang), self.verdict, path=PATH, query=QUERY)

    def page(self, renderer: Renderer, lang: str) -> bytes:
        return renderer.page(story_view(self.facts, self.verdict, lang, ORIGIN, self.values(lang)))


def scan(evidence: Evidence = HOLDS, *, of: Product | None = None, lot: Batch | None = None) -> Scan:
    return Scan(BatchFacts(1, of or product(), PRODUCER, lot or batch()), evidence)


def gone(first: int, last: int) -> tuple[Withdrawal, ...]:
    return (
        Withdrawal(first, last, NOW - timedelta(days=3), "In nhầm ngày sản xuất trên toàn bộ tem của lô này"),
    )


def scans() -> dict[str, Scan]:
    """One scan for every answer and every wording of it; `code-` answer 1, `stars-` answer 3."""
    used = TAP._replace(tap=Tap.USED, tap_at=NOW - timedelta(hours=5))
    sold_out = product(certificates=(EXPIRED,))
    whole = batch(level=Level.BATCH, first=0, last=0)
    return {
        "code-cannot_say": scan(HOLDS._replace(our_fault=True)),
        "code-cannot_say-foreign_host": scan(HOLDS._replace(foreign_host=True)),
        "code-cannot_say-unknown": Scan(None, HOLDS),
        "code-cannot_say-chip": scan(Evidence(Signature.UNBOUND, STATIC, "000012", presented=True)),
        "code-not_issued": scan(Evidence(Signature.FALSE, PRINT, "000012")),
        "code-not_issued-unknown": Scan(None, Evidence(Signature.MALFORMED)),
        "code-not_issued-recalled": scan(
            Evidence(Signature.FALSE, PRINT, "000012"), lot=batch(recall=RECALL)
        ),
        "code-recalled": scan(lot=batch(recall=RECALL), of=sold_out),
        "code-recalled-no_code": scan(Evidence(Signature.NONE), lot=batch(recall=RECALL)),
        "code-withdrawn": scan(lot=batch(withdrawals=gone(1, 300))),
        "code-withdrawn-item": scan(lot=batch(withdrawals=gone(10, 20))),
        "code-withdrawn-chip": scan(TAP._replace(replaced_at=NOW - timedelta(days=9))),
        "code-key_withdrawn": scan(lot=batch(key_withdrawn=True)),
        "code-not_released": scan(lot=batch(released_at=None)),
        "code-copied_chip": scan(Evidence(Signature.BOUND_ONLY, STATIC, "000012", presented=True)),
        "code-already_used": scan(used),
        "code-already_used-calm": scan(used._replace(tap_at=NOW - timedelta(minutes=3), tap_is_last=True)),
        "code-code_issued_often": scan(HOLDS._replace(often=True), of=sold_out),
        "code-chip_answered": scan(TAP),
        "code-chip_answered-unknown": scan(TAP._replace(tap_jump=40)),
        "code-chip_known": scan(Evidence(Signature.HOLDS, STATIC, "000012", presented=True)),
        "code-chip_silent": scan(Evidence(Signature.HOLDS, SUN, "000012")),
        "code-chip_silent-again": scan(TAP._replace(tap=Tap.FLOOR_UNKNOWN)),
        "code-code_issued": scan(),
        "code-code_issued-chip": scan(lot=batch(chips={12: UID})),
        "code-code_issued-batch": scan(Evidence(Signature.HOLDS, PRINT, ""), lot=whole),
        "code-no_code": scan(Evidence(Signature.NONE, None, "000012")),
        "stars-expiring": scan(of=product(certificates=(certificate(valid_to=date(2026, 12, 10)),))),
        "stars-expired": scan(of=sold_out, lot=batch(made=date(2026, 6, 1), expiry=date(2026, 11, 1))),
        "stars-withdrawn": scan(
            of=product(
                certificates=(certificate(state=CertificateState.WITHDRAWN, closed_on=date(2026, 8, 1)),)
            )
        ),
        "stars-suspended": scan(
            of=product(
                certificates=(certificate(state=CertificateState.SUSPENDED, closed_on=date(2026, 11, 1)),)
            )
        ),
        "stars-potential": scan(of=product(certificates=(certificate(stars=5, potential=True),))),
        "stars-none": scan(of=product(certificates=())),
        "stars-none-other": scan(
            of=product(certificates=(), other_certified="Trà móc câu thượng hạng Hương Vân")
        ),
        "stars-none-coming": scan(of=product(certificates=(certificate(valid_from=date(2027, 1, 1)),))),
    }


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer()


class Samples(SimpleNamespace):
    """Everything above, for tests: modules of this folder can't import each other."""

    def __repr__(self) -> str:
        return "samples"


@pytest.fixture(scope="session")
def samples() -> Samples:
    return Samples(
        scans=scans(),
        scan=scan,
        product=product,
        batch=batch,
        certificate=certificate,
        photo=photo,
        producer=PRODUCER,
        recall=RECALL,
        now=NOW,
        origin=ORIGIN,
        path=PATH,
        query=QUERY,
        product_facts=ProductFacts(1, product(), PRODUCER, {}),
    )
