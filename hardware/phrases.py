"""What the station says to the person in front of it, in Vietnamese. One place, so that one person can read it all.

A sentence says what is, a hint says what to do now. The server's refusals are told by their code; one that is
not in the table is told in the server's own words.

Worked example: `put_on(12, "hộp")` -> "Chip này là số 12: dán lên hộp số 12."
"""

from typing import Final

FAMILIES: Final = {"ntag424": "NTAG 424 DNA", "ntag21x": "NTAG215 hoặc NTAG216"}

WAITING: Final = "Đặt chip tiếp theo lên đầu đọc."
WRITING: Final = "Đang viết, giữ yên chip."
PULLED: Final = "Chip bị nhấc ra sớm. Chưa mất gì."
PULLED_HINT: Final = "Đặt lại đúng con chip ấy, máy viết tiếp từ chỗ dở."
AWAY: Final = "Mất liên lạc với máy chủ."
AWAY_HINT: Final = "Cứ để chip ở đó. Có mạng lại thì máy tự viết tiếp."
GONE: Final = "Không còn thấy đầu đọc."
GONE_HINT: Final = "Cắm lại đầu đọc, máy tự làm tiếp."
WRONG_FAMILY_HINT: Final = "Để riêng con chip này, lấy chip đúng loại."
LABEL: Final = "Quét tem của món hàng, hoặc gõ số rồi bấm Enter."

_REFUSALS: Final = {
    "alreadywritten": (
        "Chip này đã mang nội dung khác, máy không viết đè.",
        "Để riêng con chip này, lấy chip trắng.",
    ),
    "foreignchip": (
        "Chip này mang khoá của nơi khác, không phải chip trắng của mình.",
        "Để riêng, đừng thử lại nhiều lần.",
    ),
    "foreignpassword": ("Chip này có mật khẩu của nơi khác.", "Để riêng con chip này, lấy chip khác."),
    "lockedchip": ("Chip này đã bị khoá ghi vĩnh viễn.", "Để riêng con chip này, lấy chip khác."),
    "notoriginal": (
        "Chip này không mang chữ ký của hãng NXP: có thể là hàng nhái.",
        "Để riêng và báo nơi bán.",
    ),
    "noversion": (
        "Chip này không trả lời câu hỏi loại chip: là bản nhái hoặc loại khác.",
        "Để riêng và báo nơi bán.",
    ),
    "toosmall": (
        "Chip này là NTAG213, chỉ có 137 byte, không đủ chỗ cho mã có chữ ký.",
        "Dùng NTAG215, NTAG216 hoặc NTAG 424 DNA.",
    ),
    "otherbatch": ("Chip này đã thuộc lô khác.", "Để riêng con chip này, trả về đúng lô của nó."),
    "planfull": ("Lô này đã đủ chip, không còn số nào trống.", "Chọn lô khác."),
    "numbertaken": ("Số này đã có chip rồi.", "Muốn thay chip, huỷ chip cũ trước; không thì quét tem khác."),
}


def put_on(number: int, classifier: str) -> str:
    """The one sentence that matters."""
    return f"Chip này là số {number}: dán lên {classifier or 'món hàng'} số {number}."


def again(number: int | None) -> str:
    """A chip that was made ready before."""
    return "Chip này đã viết xong từ trước" + (f", là số {number}." if number is not None else ".")


def again_hint(classifier: str, number: int | None) -> str:
    """Where that chip belongs."""
    where = f"Nó thuộc {classifier or 'món hàng'} số {number}. " if number is not None else ""
    return where + "Máy không viết lại; lấy chip khác."


def wrong_family(wanted: str) -> str:
    """A chip of the other family."""
    return f"Lô này cần chip {FAMILIES.get(wanted, wanted)}, chip vừa đặt là loại khác."


def refusal(code: str, sentence: str, hint: str) -> tuple[str, str]:
    """What the server will not have, in the person's words where we have them."""
    known = _REFUSALS.get(code.rpartition("/")[2].replace("_", "").replace("-", "").lower())
    return known or (sentence, hint)


def finished(total: int) -> str:
    """A batch is done."""
    return f"Xong cả lô: {total} chip."


def taken_out(done: int, total: int) -> str:
    """No more chips, and numbers left."""
    return f"Hết chip. Đã xong {done} trên {total}."


def progress(done: int, total: int, per_hour: int | None) -> str:
    """How far, how fast."""
    said = f"{done}/{total}"
    if not per_hour or done >= total:
        return said
    minutes = max(1, round((total - done) * 60 / per_hour))
    return f"{said} · {per_hour} chip mỗi giờ · còn khoảng {minutes} phút"


def unfinished(numbers: list[int | None]) -> str:
    """Chips that were cut off."""
    named = ", ".join("chưa rõ số" if number is None else f"số {number}" for number in numbers)
    return f"Có {len(numbers)} chip viết dở ({named})."


UNFINISHED_HINT: Final = "Đặt lại những chip ấy trước, máy viết tiếp từ chỗ dở."
