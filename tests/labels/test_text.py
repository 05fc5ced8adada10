"""The words on a label: what they say, how they break, and what is cut first."""

import pytest
from ocop.trace.pages.labels_stock import LabelError, find_stock, place
from ocop.trace.pages.labels_text import LabelText, Line, clean, compose

TEA = LabelText("Trà Hương Vân", "L2609A", "hộp", 12, 300, "id.ocop.vn")


def lines(text: LabelText, stock: str = "a4-21") -> tuple[Line, ...]:
    kind = find_stock(stock)
    return compose(text, kind, place(kind, 7))


def words(text: LabelText, stock: str = "a4-21") -> str:
    shown = (
        f"{line.text}{text.number}{line.after}" if line.numbered else line.text for line in lines(text, stock)
    )
    return " ".join(" ".join(shown).split())


def changed(**fields: object) -> LabelText:
    values = {name: getattr(TEA, name) for name in LabelText.__slots__}
    return LabelText(**{**values, **fields})  # type: ignore[arg-type]


def test_a_label_says_its_five_things_in_their_order() -> None:
    assert words(TEA) == (
        "Quét mã, đọc lời người làm Trà Hương Vân Lô L2609A Hộp số 12/300 Chỉ tin địa chỉ id.ocop.vn"
    )


def test_the_code_of_a_whole_batch_has_no_number() -> None:
    assert words(changed(number=None)) == (
        "Quét mã, đọc lời người làm Trà Hương Vân Lô L2609A Chỉ tin địa chỉ id.ocop.vn"
    )


@pytest.mark.parametrize(
    ("classifier", "line"), [("bức", "Bức số 12/300"), ("đôi", "Đôi số 12/300"), ("", "Số 12/300")]
)
def test_the_number_uses_the_product_s_own_classifier_with_a_capital(classifier: str, line: str) -> None:
    assert line in words(changed(classifier=classifier))


def test_phrases_stay_together_while_the_type_is_comfortable() -> None:
    texts = [line.text for line in lines(TEA)]
    assert texts[:2] == ["Quét mã,", "đọc lời người làm"]
    assert "Chỉ tin địa chỉ" in texts


def test_a_name_in_decomposed_form_is_composed() -> None:
    decomposed = "Tra\u0300 Hu\u031bo\u031bng Va\u0302n"
    assert words(changed(name=decomposed)) == words(TEA)


def test_spaces_and_invisible_characters_in_a_name_are_tidied() -> None:
    assert clean(" Trà\u00a0\n Hương\u200b \u202eVân\t") == "Trà Hương Vân"


def test_a_long_name_is_cut_with_an_ellipsis_and_nothing_else_is() -> None:
    shown = words(changed(name="Nước mắm cá cơm nguyên chất truyền thống làng nghề Vạn Phần " * 4), "a4-65")
    assert "…" in shown
    assert shown.startswith("Quét mã, đọc lời người làm Nước mắm")
    assert shown.endswith("Lô L2609A Hộp số 12/300 Chỉ tin địa chỉ id.ocop.vn")


def test_a_short_name_is_never_cut() -> None:
    assert all("…" not in words(TEA, stock) for stock in ("a4-65", "roll-40x30", "a4-12"))


def test_a_long_host_breaks_after_a_point_and_stays_whole() -> None:
    host = "truyxuat.nguongoc.ocop.nghean.gov.vn"
    shown = [line.text for line in lines(changed(host=host), "roll-40x30")]
    tail = shown[shown.index("Chỉ tin địa chỉ") + 1 :] if "Chỉ tin địa chỉ" in shown else shown[-4:]
    assert "".join(tail).endswith(host.rpartition("ocop.")[2])
    assert "".join(shown).endswith(host)


def test_numbers_of_a_batch_share_one_layout() -> None:
    assert lines(changed(number=1)) == lines(changed(number=300))


def test_large_numbers_break_after_the_stroke_rather_than_leave_the_label() -> None:
    shown = lines(changed(number=999_999, count=999_999), "roll-40x30")
    assert next(line for line in shown if line.numbered).after == "/"


def test_what_cannot_fit_is_refused_with_what_to_do() -> None:
    host = "-".join(["a" * 40] * 6)
    with pytest.raises(LabelError, match=r"text on a4-65: expected lines that fit .* choose a larger label"):
        lines(changed(host=host), "a4-65")


@pytest.mark.parametrize("name", ["Trà 茶", "Trà 🍵"])
def test_letters_that_the_face_lacks_are_refused_by_name(name: str) -> None:
    with pytest.raises(LabelError, match=r"label text: expected letters .* got U\+"):
        lines(changed(name=name))


@pytest.mark.parametrize("name", ["", " \u200b "])
def test_a_product_without_a_name_gets_no_label(name: str) -> None:
    with pytest.raises(LabelError, match="product name: expected a name, got nothing"):
        lines(changed(name=name))
