"""Old encodings are recognised over the whole list and converted; what is Unicode already stays as it is."""

import subprocess
import unicodedata

import pytest
from ocop.trace.sheets.encodings import from_tcvn3, from_vni, old_font
from ocop.trace.sheets.grid import BadSheet
from ocop.trace.sheets.reading import read_pasted, read_sheet

TEXT = "Tên chủ thể;Tên sản phẩm;Địa chỉ\nHợp tác xã Đồng Tiến;Bún khô Nguyễn Thị Ưởng;xã Mỹ Đức, huyện Thủy Nguyên\n"
TONES = "\u0300\u0301\u0303\u0309\u0323"

VNI = [
    ("Hôïp taùc xaõ Ñoàng Tieán", "Hợp tác xã Đồng Tiến"),
    ("Buùn khoâ Nguyeãn Thò Öôûng", "Bún khô Nguyễn Thị Ưởng"),
    ("Caàn Thô, Kyø Anh, Myõ Ñöùc, Lyù Sôn", "Cần Thơ, Kỳ Anh, Mỹ Đức, Lý Sơn"),
    ("Maéc ca Ñaék Laék, raèm, baêng, chaëng, thaúng", "Mắc ca Đắk Lắk, rằm, băng, chặng, thẳng"),
    ("SÔN TRAØ ÑAØ NAÜNG", "SƠN TRÀ ĐÀ NẴNG"),
]
ABC = [
    ("Hîp t¸c x· §ång TiÕn", "Hợp tác xã Đồng Tiến"),
    ("Bón kh« NguyÔn ThÞ ¦ëng", "Bún khô Nguyễn Thị Ưởng"),
    ("Chñ thÓ, n¨m, ®Æc s¶n, tr¨m hoa", "Chủ thể, năm, đặc sản, trăm hoa"),
    ("HîP T¸C X·", "HỢP TÁC XÃ"),
]


def windows_1258(text: str) -> bytes:
    """As an old Windows wrote it: a letter with its hat, then its tone."""
    out = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES))
        out += (base + "".join(part for part in parts if part in TONES)).encode("cp1258")
    return out


@pytest.mark.parametrize(("old", "new"), ABC, ids=[new for _, new in ABC])
def test_text_of_abc_fonts_becomes_unicode(old: str, new: str) -> None:
    assert from_tcvn3(old) == new
    assert old_font([old]) == "tcvn3"


@pytest.mark.parametrize(("old", "new"), VNI, ids=[new for _, new in VNI])
def test_text_of_vni_fonts_becomes_unicode(old: str, new: str) -> None:
    assert from_vni(old) == new
    assert old_font([old]) == "vni"


def test_the_table_of_abc_fonts_is_that_of_the_standard() -> None:
    codes = bytes(code for code in range(0xA1, 0xFF) if not 0xB0 <= code <= 0xB4)
    done = subprocess.run(
        ["iconv", "-f", "TCVN5712-1", "-t", "UTF-8"], input=codes, capture_output=True, check=True
    )
    assert from_tcvn3(codes.decode("latin-1")) == done.stdout.decode()


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", TEXT.encode()),
        ("utf-8", TEXT.encode("utf-8-sig")),
        ("utf-8", unicodedata.normalize("NFD", TEXT).encode()),
        ("utf-16", TEXT.encode("utf-16")),
        ("utf-16", TEXT.encode("utf-16-le")),
        ("utf-16", TEXT.encode("utf-16-be")),
        ("windows-1258", windows_1258(TEXT)),
    ],
    ids=["utf-8", "bom", "nfd", "utf-16", "utf-16-le", "utf-16-be", "windows-1258"],
)
def test_a_file_of_any_usual_encoding_gives_the_same_cells(encoding: str, content: bytes) -> None:
    sheet = read_sheet("list.csv", content)
    assert sheet.encoding == encoding
    cells = [unicodedata.normalize("NFC", str(cell)) for line in sheet.lines for cell in line.cells]
    assert cells == [cell for line in TEXT.splitlines() for cell in line.split(";")]


@pytest.mark.parametrize("content", [
    "Chñ thÓ;S¶n phÈm\nHîp t¸c x· A;ChÌ nân\n".encode("latin-1"),
    "Chñ thÓ;S¶n phÈm\nHîp t¸c x· A;ChÌ nân\n".encode(),
    "Chuû theå;Saûn phaåm\nHôïp taùc xaõ A;Cheø noõn\n".encode("latin-1"),
    "Chuû theå;Saûn phaåm\nHôïp taùc xaõ A;Cheø noõn\n".encode(),
], ids=["abc-bytes", "abc-as-utf-8", "vni-bytes", "vni-as-utf-8"])  # fmt: skip
def test_a_list_typed_in_an_old_font_is_read_however_it_was_saved(content: bytes) -> None:
    lines = read_sheet("list.csv", content).lines
    assert lines[0].cells == ("Chủ thể", "Sản phẩm")
    assert lines[1].cells[0] == "Hợp tác xã A"


def test_words_that_happen_to_have_latin_marks_only_are_left_alone() -> None:
    sheet = read_pasted("Chè\tCà phê\tThanh Hoá\nGiò\tBánh ú\tRàu\n")
    assert (sheet.encoding, sheet.lines[0].cells) == ("utf-8", ("Chè", "Cà phê", "Thanh Hoá"))


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"PNG\x00abc" + bytes(range(255)) * 3], ids=["half", "binary"]
)
def test_what_is_no_text_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(BadSheet, match=r"list: expected"):
        read_sheet("x", content)
