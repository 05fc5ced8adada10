"""Why a chip or a wish is refused, in the words of the person at the reader: a sentence, and what to do.

The names are those of the errors, in lower case without marks: `AlreadyWritten` and `already_written` are
`alreadywritten`. Every error that ends a dialogue has words here, whichever side raised it.

A sentence may name what the refusal is about (`{number}`, `{lot}`, `{held}`). It stands under the name with ` +`, and
is used where the server said all of that; the one without is for a server that did not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

Refusals = dict[str, tuple[str, str]]

SAME: Final = {
    "truncated": "badanswer", "ndeferror": "badanswer", "secureerror": "badanswer", "macmismatch": "badanswer",
    "sunerror": "badanswer", "notpermitted": "statuserror", "integrityfailed": "statuserror",
    "authenticationfailed": "foreignchip",
}  # fmt: skip
"""Reasons that mean the same to the person at the reader."""

NEW_LABEL: Final = {
    "numbertaken", "itemhaschip", "planerror", "planfull", "batchclosed", "nousablekey", "numberclosed",
    "nonumberleft", "planstuck",
}  # fmt: skip
"""Refusals that another chip can't cure, and another number may."""


def plain(code: str) -> str:
    """The name of a reason: `already_written`, `AlreadyWritten` and `…/already-written` are `alreadywritten`."""
    name = code.rpartition("/")[2].replace("_", "").replace("-", "").lower()
    return SAME.get(name, name)


VI_REFUSALS: Final[Refusals] = {
    "alreadywritten": (
        "Chip này đã mang nội dung khác, máy không viết đè.",
        "Để riêng con chip này, lấy chip trắng.",
    ),
    "foreignchip": (
        "Chip này mang khóa của nơi khác, không phải chip trắng.",
        "Để riêng, đừng thử lại nhiều lần.",
    ),
    "foreignpassword": ("Chip này có mật khẩu của nơi khác.", "Để riêng con chip này, lấy chip khác."),
    "lockedchip": ("Chip này đã bị khóa ghi vĩnh viễn.", "Để riêng con chip này, lấy chip khác."),
    "notoriginal": (
        "Chip này không mang chữ ký của hãng NXP: có thể là hàng nhái.",
        "Để riêng và báo nơi bán.",
    ),
    "noversion": (
        "Chip này không trả lời câu hỏi loại chip: là bản nhái hoặc loại khác.",
        "Để riêng và báo nơi bán.",
    ),
    "wrongchip": ("Chip này không phải loại mà lô này dùng.", "Để riêng con chip này, lấy chip khác."),
    "toosmall": (
        "Chip này là NTAG213, chỉ có 137 byte, không đủ chỗ cho mã có chữ ký.",
        "Dùng NTAG215, NTAG216 hoặc NTAG 424 DNA.",
    ),
    "otherbatch": ("Chip này đã thuộc lô khác.", "Để riêng con chip này, trả về đúng lô của nó."),
    "othernumber": (
        "Chip này đã thuộc số khác trong lô.",
        "Dán nó vào đúng số của nó, hoặc lấy chip trắng.",
    ),
    "otherstation": (
        "Chip này không thuộc kế hoạch nào của trạm này.",
        "Cần hủy thì vào trang của con chip trong xưởng trên mạng, hoặc nhờ văn phòng.",
    ),
    "notproven": (
        "Chip này không chứng minh được nó là con chip đã ghi trong sổ. Chưa hủy gì cả.",
        "Để riêng. Nếu chip hỏng thật, hủy ở trang của nó trong xưởng trên mạng, hoặc nhờ văn phòng.",
    ),
    "otherbatch +": (
        "Chip này là của số {number}, lô {lot}.",
        "Trả nó về số {number} của lô {lot}; ở đây lấy chip trắng.",
    ),
    "othernumber +": (
        "Chip này là của số {number} trong lô, không phải số vừa quét.",
        "Dán nó vào số {number}, rồi lấy chip trắng cho số vừa quét.",
    ),
    "planstuck": (
        "Lô này không còn số nào trống, nhưng có số bị chip viết dở giữ.",
        "Đặt lại chip viết dở, hoặc nhờ văn phòng hủy nó (ocop-trace chips void).",
    ),
    "planstuck +": (
        "Không còn số nào trống. Chip viết dở đang giữ: {held}.",
        "Đặt lại chip ấy để viết tiếp. Chip hỏng hoặc mất: báo văn phòng số chip này để hủy (ocop-trace chips void).",
    ),
    "bindingended": (
        "Chip này vừa bị hủy ở nơi khác.",
        "Để riêng con chip này, lấy chip khác.",
    ),
    "planfull": ("Kế hoạch này đã đủ chip, không còn số nào trống.", "Chọn kế hoạch khác."),
    "planerror": ("Số này không có trong lô đang viết.", "Quét tem của đúng lô."),
    "numbertaken": (
        "Số này đã có chip rồi.",
        "Muốn thay chip, hủy chip cũ trước; không thì quét tem khác.",
    ),
    "badanswer": ("Chip trả lời không rõ.", "Đặt lại con chip ấy giữa đầu đọc, giữ yên."),
    "pagerefused": ("Chip không nhận một phần nội dung.", "Đặt lại con chip ấy; vẫn vậy thì để riêng."),
    "statuserror": ("Chip từ chối một lệnh.", "Đặt lại con chip ấy; vẫn vậy thì để riêng."),
    "nousablekey": (
        "Lô này không được cấp thêm chip.",
        "Báo văn phòng: việc ký của lô đã bị dừng hoặc máy chủ chưa có khóa cho chip.",
    ),
    "chiperror": ("Chip này không dùng được.", "Để riêng con chip này, lấy chip khác."),
    "authenticationdelayed": (
        "Chip này đang bắt chờ vì bị thử sai nhiều lần.",
        "Để nó yên trên đầu đọc một phút rồi đặt lại.",
    ),
    "batchclosed": (
        "Lô này đã bị thu hồi hoặc đã hủy, không viết thêm chip.",
        "Cất chip lại và hỏi văn phòng.",
    ),
    "itemhaschip": (
        "Số này đã có con chip khác.",
        "Muốn thay chip, hủy chip cũ trước; không thì quét tem khác.",
    ),
    "chipisbound": ("Chip này đang gắn cho món khác.", "Dán nó vào đúng món ấy, hoặc lấy chip trắng."),
    "nomoregenerations": ("Chip này đã viết lại quá nhiều lần.", "Để riêng, lấy chip mới."),
    "conflict": (
        "Kế hoạch viết chip này đã đóng hoặc vừa đổi.",
        "Chạy lại chương trình, hoặc hỏi văn phòng.",
    ),
    "unknown": (
        "Máy chủ không có kế hoạch viết chip này cho trạm.",
        "Chạy lại chương trình, hoặc hỏi văn phòng.",
    ),
}
EN_REFUSALS: Final[Refusals] = {
    "alreadywritten": (
        "This chip carries something else; it is not written over.",
        "Put this chip aside, take a blank one.",
    ),
    "foreignchip": (
        "This chip holds somebody else's keys, it is not a blank one of ours.",
        "Put it aside, do not try it again and again.",
    ),
    "foreignpassword": ("This chip has somebody else's password.", "Put it aside, take another."),
    "lockedchip": ("This chip is locked for ever.", "Put it aside, take another."),
    "notoriginal": (
        "This chip does not carry NXP's signature: it may be a copy.",
        "Put it aside and tell the seller.",
    ),
    "noversion": (
        "This chip does not say what kind it is: a copy, or another kind.",
        "Put it aside and tell the seller.",
    ),
    "wrongchip": ("This chip is not of the kind that this lot uses.", "Put it aside, take another."),
    "toosmall": (
        "This chip is an NTAG213: 137 bytes are too few for a signed code.",
        "Use NTAG215, NTAG216 or NTAG 424 DNA.",
    ),
    "otherbatch": ("This chip belongs to another lot.", "Put it aside, give it back to its lot."),
    "othernumber": (
        "This chip belongs to another number of the lot.",
        "Put it on its own number, or take a blank one.",
    ),
    "otherstation": (
        "This chip is of no plan of this station.",
        "To void it, use its page in the studio, or ask the office.",
    ),
    "notproven": (
        "This chip does not prove that it is the one in the books. Nothing was voided.",
        "Put it aside. If it is broken, void it on its page in the studio, or ask the office.",
    ),
    "otherbatch +": (
        "This chip is that of number {number}, lot {lot}.",
        "Give it back to number {number} of lot {lot}; take a blank one here.",
    ),
    "othernumber +": (
        "This chip is that of number {number} of the lot, not of the one just scanned.",
        "Put it on number {number}, and take a blank one for the number just scanned.",
    ),
    "planstuck": (
        "No number of this lot is free, but chips that were not finished hold some.",
        "Put an unfinished chip on again, or ask the office to void it (ocop-trace chips void).",
    ),
    "planstuck +": (
        "No number is free. Chips that were not finished hold: {held}.",
        "Put such a chip on again. Broken or lost: the office voids it by its chip number (ocop-trace chips void).",
    ),
    "bindingended": ("This chip was voided elsewhere just now.", "Put it aside, take another."),
    "planfull": ("This lot has all its chips, no number is free.", "Choose another lot."),
    "planerror": ("This number is not in the lot being written.", "Scan a label of this lot."),
    "numbertaken": (
        "This number has its chip already.",
        "To replace it, void the old chip first; else scan another label.",
    ),
    "badanswer": (
        "The chip's answer was not clear.",
        "Put it back on the middle of the reader, keep still.",
    ),
    "pagerefused": ("The chip did not take a part.", "Put it back; if that does not help, put it aside."),
    "statuserror": ("The chip refused a command.", "Put it back; if that does not help, put it aside."),
    "nousablekey": (
        "This lot gets no more chips.",
        "Tell the office: its signing was stopped, or the server has no key for chips.",
    ),
    "chiperror": ("This chip can't be used.", "Put it aside, take another."),
    "authenticationdelayed": (
        "This chip makes us wait: it was tried with wrong keys too often.",
        "Leave it on the reader for a minute, then put it on again.",
    ),
    "batchclosed": (
        "This lot was recalled or cancelled; it gets no more chips.",
        "Put the chips away, ask the office.",
    ),
    "itemhaschip": (
        "This number has another chip.",
        "To replace it, void the old chip first; else scan another label.",
    ),
    "chipisbound": ("This chip is on another item.", "Put it on that item, or take a blank one."),
    "nomoregenerations": ("This chip was written over too often.", "Put it aside, take a new one."),
    "conflict": ("This plan was closed or has just changed.", "Start the program again, or ask the office."),
    "unknown": (
        "The server has no such plan for this station.",
        "Start the program again, or ask the office.",
    ),
}

VI_AWAY: Final[Refusals] = {
    "keystoreshut": (
        "Kho khóa của máy chủ đang đóng, nên chưa viết chip được.",
        "Báo người trông máy chủ mở kho khóa. Cứ để chip ở đó, mở xong thì máy tự viết tiếp.",
    ),
    "keystore": (
        "Kho khóa của máy chủ có trục trặc.",
        "Báo người trông máy chủ xem kho khóa. Cứ để chip ở đó, máy tự thử lại.",
    ),
    "unavailable": (
        "Máy chủ chưa dùng được sổ của nó (hết chỗ trên đĩa, hoặc cơ sở dữ liệu đang dừng).",
        "Vẫn vậy thì báo người trông máy chủ. Cứ để chip ở đó, máy tự thử lại.",
    ),
    "away": (
        "Máy chủ đang dừng hoặc đang khởi động lại.",
        "Cứ để chip ở đó, máy chủ chạy lại thì máy tự viết tiếp. Lâu quá thì báo người trông máy chủ.",
    ),
    "fault": (
        "Máy chủ gặp lỗi khi làm việc này.",
        "Vẫn vậy thì báo người trông máy chủ. Cứ để chip ở đó, máy tự thử lại.",
    ),
    "toomany": ("Máy chủ bảo gửi chậm lại.", "Cứ để chip ở đó, máy chờ một lát rồi tự viết tiếp."),
    "otherpage": (
        "Một trang khác trả lời thay cho máy chủ, thường là trang đăng nhập wifi.",
        "Mở trình duyệt và đăng nhập wifi, rồi để yên: máy tự viết tiếp. Vẫn vậy thì xem lại địa chỉ máy chủ.",
    ),
    "othershape": (
        "Máy chủ, hoặc thứ gì trên đường tới đó, trả lời không đúng dạng.",
        "Cứ để chip ở đó, máy tự thử lại. Vẫn vậy thì báo người trông máy chủ.",
    ),
    "othershape +": (
        "Máy chủ, hoặc thứ gì trên đường tới đó, trả lời không đúng dạng.",
        "Cứ để chip ở đó, máy tự thử lại. Vẫn vậy thì báo người trông máy chủ xem địa chỉ, proxy của mạng, và bản của "
        "máy chủ với bản của ocop-station. (Hỏi {asked}: cần {wanted}, nhận được {got})",
    ),
}
"""Why a server that is there can't do it now: what a program calls the reason, a sentence, what to do."""

EN_AWAY: Final[Refusals] = {
    "keystoreshut": (
        "The server's keystore is shut, so no chip can be written.",
        "Ask whoever runs the server to open it. Leave the chip where it is, writing goes on by itself then.",
    ),
    "keystore": (
        "Something is wrong with the server's keystore.",
        "Tell whoever runs the server. Leave the chip where it is, it is tried again by itself.",
    ),
    "unavailable": (
        "The server can't use its books now (its disk is full, or its database has stopped).",
        "If that lasts, tell whoever runs the server. Leave the chip where it is, it is tried again by itself.",
    ),
    "away": (
        "The server has stopped or is starting again.",
        "Leave the chip where it is, writing goes on by itself. If it lasts, tell whoever runs the server.",
    ),
    "fault": (
        "The server failed at this.",
        "If that lasts, tell whoever runs the server. Leave the chip where it is, it is tried again by itself.",
    ),
    "toomany": (
        "The server asks to go slower.",
        "Leave the chip where it is, writing goes on in a moment.",
    ),
    "otherpage": (
        "Another page answers in place of the server, most often that of a wifi login.",
        "Log in to the wifi with a browser; writing goes on by itself. If not, check the server's address.",
    ),
    "othershape": (
        "The server, or something on the way to it, answers in a form that is not understood here.",
        "Leave the chip where it is, it is tried again by itself. If that lasts, tell whoever runs the server.",
    ),
    "othershape +": (
        "The server, or something on the way to it, answers in a form that is not understood here.",
        "Leave the chip where it is, it is tried again by itself. If that lasts, have whoever runs the server look at "
        "the address, the network's proxy, and the releases of server and ocop-station. (Asked {asked}: expected "
        "{wanted}, got {got})",
    ),
}

MOST_SAID: Final = 3


def told(refusals: Refusals, name: str, about: Mapping[str, Any]) -> tuple[str, str] | None:
    """Sentence and hint under a name, with what the refusal is about where that is known; None without words for it."""
    full = refusals.get(f"{name} +")
    if full is None:
        return refusals.get(name)
    vietnamese = refusals is VI_REFUSALS
    try:
        known = (
            {**about, "held": _held(about["held"], about["count"], vietnamese)} if "held" in about else about
        )
        return full[0].format(**known), full[1].format(**known)
    except (KeyError, TypeError, ValueError, AttributeError):  # a server of another age
        return refusals.get(name)


def _held(held: Sequence[Mapping[str, Any]], count: int, vietnamese: bool) -> str:
    """Such as `số 12 (chip 04DE5F1EACC040, từ 30/11/2026)`, the first few."""
    number, since, more = ("số", "từ", "và {} số nữa") if vietnamese else ("number", "since", "and {} more")
    said = [
        f"{number} {one['number']} (chip {one['uid']}, {since} {datetime.fromisoformat(one['since']):%d/%m/%Y})"
        for one in held[:MOST_SAID]
    ]
    return ", ".join([*said, *([more.format(count - MOST_SAID)] if count > MOST_SAID else [])])
