"""What each answer says, in the words that the design fixes, and what it must not lend credit to."""

import pytest
from ocop.trace.pages.answers import LOOKS
from ocop.trace.pages.phrases import LANGS, plain
from ocop.trace.pages.story_page import story_view
from ocop.trace.pages.views import Tone, kept_query, scrub
from ocop.trace.verdict_ids import CodeAnswer, StarAnswer

MAKER = "Hợp tác xã Nông nghiệp Sản xuất và Dịch vụ Du lịch Cộng đồng Hương Vân Trà Tân Cương"
NAME = "Trà xanh ướp hương sen Tây Hồ thượng hạng Hương Vân Trà"
HIDDEN = [
    "code-not_issued", "code-not_issued-unknown", "code-not_issued-recalled", "code-copied_chip", "code-key_withdrawn",
    "code-cannot_say", "code-cannot_say-foreign_host", "code-cannot_say-unknown", "code-cannot_say-chip",
]  # fmt: skip

# The fixed sentences, in Vietnamese, as title and details read one after the other.
SENTENCES = {
    "code-cannot_say": "Chưa kiểm tra được: lỗi ở phía chúng tôi. Xin thử lại.",
    "code-not_issued": "Chúng tôi không phát hành mã này (có thể in lỗi, bị sửa hoặc của nơi khác. Quét lại; nếu vẫn"
    " vậy, hãy hỏi người bán)",
    "code-recalled": "Lô này đang được thu hồi. Xin đừng dùng. Lý do: Phát hiện mốc",
    "code-withdrawn": "Mã của lô này đã hủy từ 20/11/2026",
    "code-withdrawn-item": "Mã số 12 đã hủy từ 20/11/2026",
    "code-withdrawn-chip": "Chip đã được thay",
    "code-not_released": "Lô này chưa mở bán",
    "code-copied_chip": "Không phải con chip đã gắn cho món số 12",
    "code-already_used": "Liên kết này đã mở rồi. Xin chạm lại vào chip. Lần mở đầu: 05:42, 23/11/2026",
    "code-already_used-calm": "Lần chạm lúc 10:39. Chạm lại để kiểm tra mới",
    "code-code_issued_often": "Mã số 12 được quét nhiều bất thường (có thể tem đã bị chép; hàng trưng bày cũng hay như"
    " vậy)",
    "code-chip_answered": "Đúng con chip của món số 12, vừa trả lời lúc 10:42 (chip không bảo đảm cho món hàng gắn"
    " kèm)",
    "code-chip_answered-unknown": "Đúng con chip của món số 12, không rõ trả lời lúc nào (chip không bảo đảm",
    "code-chip_known": "Số chip khớp với món số 12 (loại chip này có thể bị sao chép)",
    "code-chip_silent": "chạm vào chip để kiểm tra",
    "code-chip_silent-again": "thêm một lần",
    "code-code_issued": f"Mã này do {MAKER} phát hành (tem in có thể bị sao chép, hãy so với món trên tay)",
    "code-code_issued-chip": "Món này có chip: chạm vào chip để kiểm tra.",
    "code-no_code": "Trang giới thiệu: chưa kiểm tra món nào",
}
STARS = {
    "code-code_issued": "4 sao, còn hiệu lực đến 12/05/2027",
    "stars-expiring": "4 sao, sắp hết hạn: còn hiệu lực đến 10/12/2026",
    "stars-expired": "5 sao đã hết hạn ngày 20/06/2026. Làm ngày 01/06/2026, khi sao còn hiệu lực. Sao hết hạn không có"
    " nghĩa là hàng kém. Đã nộp hồ sơ công nhận lại ngày 30/05/2026.",
    "stars-withdrawn": "4 sao đã bị thu hồi từ 01/08/2026",
    "stars-suspended": "4 sao đang tạm dừng từ 01/11/2026",
    "stars-potential": "Tiềm năng 5 sao, chưa được công nhận",
    "stars-none": "Sản phẩm này không có hạng sao",
    "stars-none-other": "Hạng sao của cơ sở này là của sản phẩm khác: Trà móc câu thượng hạng Hương Vân",
    "stars-none-coming": "Quyết định công nhận chưa đến ngày có hiệu lực.",
    "code-code_issued_often": "Làm ngày 12/09/2026, khi sao không có hiệu lực.",
    "code-not_issued": "Không nói về hạng sao với mã này",
    "code-cannot_say-unknown": "Không nói về hạng sao với mã này",
}


def view_of(samples, name, lang="vi"):
    scan = samples.scans[name]
    return story_view(scan.facts, scan.verdict, lang, samples.origin, scan.values(lang))


def code_words(view):
    return " ".join(plain(text) for text in (view.answers.code.title, *view.answers.code.details))


def test_every_answer_of_the_verdict_has_a_scan_here(samples):
    verdicts = [scan.verdict for scan in samples.scans.values()]
    assert {verdict.code for verdict in verdicts} == set(CodeAnswer)
    assert {verdict.stars for verdict in verdicts} >= set(StarAnswer) - {StarAnswer.CANNOT_SAY}


@pytest.mark.parametrize("name", SENTENCES)
def test_answer_1_says_the_fixed_sentence(samples, name):
    assert SENTENCES[name] in code_words(view_of(samples, name))


@pytest.mark.parametrize("name", STARS)
def test_answer_3_says_the_fixed_sentence(samples, name):
    stars = view_of(samples, name).answers.stars
    assert STARS[name] in " ".join(plain(text) for text in (stars.title, *stars.details))


def test_answer_2_compares_with_the_thing_in_the_hand(samples):
    thing = view_of(samples, "code-code_issued").answers.thing
    assert plain(thing.title) == f"Mã này của hộp {NAME} số 12, loại 200 g. Giống ảnh không?"
    assert thing.picture is not None


def test_a_passed_use_by_date_is_said_in_answer_2(samples):
    assert plain(view_of(samples, "stars-expired").answers.thing.warning) == "Đã quá hạn dùng: 01/11/2026"


def test_a_star_is_never_shown_without_its_date(samples):
    for name, scan in samples.scans.items():
        for lang in LANGS:
            stars = view_of(samples, name, lang).answers.stars
            if stars.stars and scan.verdict.stars is not StarAnswer.POTENTIAL:
                assert "202" in plain(stars.title), (name, lang)


def test_gold_stars_are_stars_in_force(samples):
    lit = {name for name in samples.scans if view_of(samples, name).answers.stars.lit}
    assert lit == {
        n for n, s in samples.scans.items() if s.verdict.stars in (StarAnswer.VALID, StarAnswer.EXPIRING)
    }


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", HIDDEN)
def test_nothing_of_the_product_lends_credit_to_a_code_that_does_not_hold(samples, renderer, name, lang):
    view = view_of(samples, name, lang)
    assert (view.item, view.story, view.legal, view.stages, view.thanks, view.share) == (
        None,
        None,
        (),
        (),
        "",
        "",
    )
    assert view.answers.thing.picture is None
    assert view.answers.stars.stars == 0
    page = samples.scans[name].page(renderer, lang).decode()
    assert "<img" not in page
    assert "og:" not in page.replace('prefix="og:', "")
    assert MAKER not in page


@pytest.mark.parametrize("name", ["code-not_issued-recalled", "code-recalled", "code-recalled-no_code"])
def test_a_recall_is_shown_whatever_the_code(samples, name):
    (notice,) = view_of(samples, name).recall
    assert notice.lot == "L2609A"
    assert notice.reason.text.startswith("Phát hiện mốc")
    assert notice.since == "21/11/2026"


def test_a_recall_comes_before_everything_but_the_answers(samples, renderer):
    page = samples.scans["code-recalled"].page(renderer, "vi").decode()
    assert page.index("Xin đừng dùng") < page.index("Giống ảnh không") < page.index("Thông báo thu hồi")
    assert page.index("Thông báo thu hồi") < page.index("Người làm kể")


def test_no_tone_is_green_and_only_the_chip_answers():
    assert {look.tone for look in LOOKS.values()} == set(Tone)
    assert [code for code, look in LOOKS.items() if look.tone is Tone.ANSWERED] == [CodeAnswer.CHIP_ANSWERED]
    assert LOOKS[CodeAnswer.CODE_ISSUED].tone is Tone.NEUTRAL


def test_number_and_twins_are_said_only_of_an_item_whose_code_holds(samples):
    shown = view_of(samples, "code-code_issued").item
    assert plain(shown.number) == "Số 12/300"
    assert plain(shown.twin) == "Hai hộp cùng số là có tem chép; xin báo"
    introduced = view_of(samples, "code-no_code").item
    assert (introduced.number, introduced.twin) == (None, None)
    whole = view_of(samples, "code-code_issued-batch").item
    assert (plain(whole.number), whole.twin) == ("Lô L2609A", None)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("", ""),
        ("lang=en", ""),
        ("s=EAA", "s=EAA&"),
        ("lang=ko&s=EAA", "s=EAA&"),
        ("s=EAA&s=EAA", "s=0&"),
        ("s=", "s=0&"),
        ("s=%3Cscript%3E", "s=0&"),
        ("s=EAA&m=04DE5F1EACC040x000001", "s=0&"),
        ("m=04DE5F1EACC040x000001", "s=0&"),
        ("s=" + "A" * 201, "s=0&"),
        ("q=s=EAA", ""),
    ],
)
def test_a_language_switch_keeps_the_code_and_nothing_else(raw, kept):
    assert kept_query(raw) == kept


def test_scrub_takes_out_what_could_break_a_page_or_forge_a_slot():
    dirty = "a\ufdd0number\ufdd1b\u202ec\x00d\ud800e\u2066f\tg\nh"
    assert scrub(dirty) == "anumberbcdef\tg\nh"


def test_scrub_reaches_every_text_of_the_facts(samples):
    facts = samples.scans["code-code_issued"].facts
    assert scrub(facts) == facts
