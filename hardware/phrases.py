"""What the station says to the person in front of it. One place, so that one person can read it all.

A sentence says what is, a hint says what to do now; each is there in Vietnamese and in English. The server's
refusals are told by their code; one that is not in the table is told in the server's own words.

Worked example: `VI.put_on(12, "hộp")` -> "Chip này là số 12: dán lên hộp số 12."
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Refusals = dict[str, tuple[str, str]]
SAME: Final = {
    "truncated": "badanswer", "ndeferror": "badanswer", "secureerror": "badanswer", "macmismatch": "badanswer",
    "sunerror": "badanswer", "notpermitted": "statuserror", "integrityfailed": "statuserror",
    "authenticationfailed": "foreignchip",
}  # fmt: skip
"""Reasons that mean the same to the person at the reader."""


@dataclass(frozen=True)
class Words:
    """One language. Fields with braces are templates of the methods below."""

    lang: str
    waiting: str
    writing: str
    pulled: str
    pulled_hint: str
    away: str
    away_hint: str
    gone: str
    gone_hint: str
    label: str
    label_not_read: str
    label_other_lot: str
    unfinished_hint: str
    end: str
    refusals: Refusals
    families: dict[str, str]
    thing: str
    void_question: str
    void_why: str
    no_chip: str
    empty_chip: str
    page_title: str
    page_sound: str
    page_label: str
    page_send: str
    page_gone: str
    _found: dict[str, str]
    _values: dict[object, str]
    _put_on: str
    _again: str
    _again_number: str
    _belongs: str
    _not_again: str
    _wrong_family: str
    _wrong_family_hint: str
    _finished: str
    _taken_out: str
    _pace: str
    _unfinished: str
    _number: str
    _no_number: str

    def put_on(self, number: int, classifier: str) -> str:
        """The one sentence that matters."""
        return self._put_on.format(number=number, thing=classifier or self.thing)

    def again(self, number: int | None) -> str:
        """A chip that was made ready before."""
        return self._again if number is None else self._again_number.format(number=number)

    def again_hint(self, classifier: str, number: int | None) -> str:
        """Where that chip belongs."""
        belongs = self._belongs.format(thing=classifier or self.thing, number=number)
        return self._not_again if number is None else f"{belongs} {self._not_again}"

    def wrong_family(self, wanted: list[str]) -> tuple[str, str]:
        """A chip of another kind, and what to do with it."""
        named = " / ".join(self.families.get(one, one) for one in wanted)
        return self._wrong_family.format(wanted=named), self._wrong_family_hint

    def refusal(self, code: str, sentence: str, hint: str) -> tuple[str, str]:
        """What the server will not have, in the person's words where we have them."""
        name = code.rpartition("/")[2].replace("_", "").replace("-", "").lower()
        return self.refusals.get(SAME.get(name, name)) or (sentence, hint)

    def finished(self, total: int) -> str:
        """All the numbers have their chips."""
        return self._finished.format(total=total)

    def taken_out(self, done: int, total: int) -> str:
        """No more chips, and numbers left."""
        return self._taken_out.format(done=done, total=total)

    def progress(self, done: int, total: int, per_hour: int | None) -> str:
        """How far, how fast."""
        said = f"{done}/{total}"
        if not per_hour or done >= total:
            return said
        minutes = max(1, round((total - done) * 60 / per_hour))
        return f"{said} · {self._pace.format(per_hour=per_hour, minutes=minutes)}"

    def unfinished(self, numbers: list[int | None]) -> str:
        """Chips that were cut off."""
        named = ", ".join(
            self._no_number if number is None else self._number.format(number=number) for number in numbers
        )
        return self._unfinished.format(count=len(numbers), named=named)

    def findings(self, found: Mapping[str, object]) -> list[str]:
        """What is known of a chip, a line each. Fields without a name here are left to programs."""
        lines = []
        for name, said in self._found.items():
            value = found.get(name)
            if value not in (None, ""):
                # 1 == True: a counter of one must not read "yes".
                lines.append(f"{said}: {self._values.get(value, value) if type(value) is not int else value}")
        return lines


VI: Final = Words(
    lang="vi",
    waiting="Đặt chip tiếp theo lên đầu đọc.",
    writing="Đang viết, giữ yên chip.",
    pulled="Chip bị nhấc ra sớm. Chưa mất gì.",
    pulled_hint="Đặt lại đúng con chip ấy, máy viết tiếp từ chỗ dở.",
    away="Mất liên lạc với máy chủ.",
    away_hint="Cứ để chip ở đó. Có mạng lại thì máy tự viết tiếp.",
    gone="Không còn thấy đầu đọc.",
    gone_hint="Cắm lại đầu đọc, máy tự làm tiếp.",
    label="Quét tem của món hàng, hoặc gõ số rồi bấm Enter.",
    label_not_read="Không đọc được số trên tem này. Quét lại, hoặc gõ số.",
    label_other_lot="Tem này thuộc lô khác. Quét tem của đúng lô.",
    unfinished_hint="Đặt lại những chip ấy trước, máy viết tiếp từ chỗ dở.",
    end="Không nhập gì mà bấm Enter là nghỉ tay.",
    families={"ntag424": "NTAG 424 DNA", "ntag21x": "NTAG215 hoặc NTAG216"},
    thing="món hàng",
    void_question="Huỷ con chip đặt lên đầu đọc? Liên kết của nó sẽ không mở được nữa.",
    void_why="Vì sao huỷ (máy chủ ghi vào sổ; bỏ trống cũng được)",
    no_chip="Không có chip nào trên đầu đọc.",
    empty_chip="Chip này còn trắng, chưa có liên kết.",
    page_title="Trạm viết chip",
    page_sound="Bật tiếng",
    page_label="Quét tem hoặc gõ số",
    page_send="Tiếp",
    page_gone="Chương trình viết chip đã dừng. Mở lại ở cửa sổ kia để viết tiếp.",
    _found={
        "uid": "Số chip",
        "type": "Loại",
        "state": "Tình trạng",
        "number": "Món số",
        "lot": "Lô",
        "link": "Liên kết",
        "signature": "Mã trong liên kết",
        "original": "Chữ ký của hãng NXP",
        "live": "Vừa tự chứng minh",
        "locked": "Đã khoá ghi",
        "counter": "Số lần chạm",
    },
    _values={
        "ntag424": "NTAG 424 DNA",
        "ntag215": "NTAG215",
        "ntag216": "NTAG216",
        "ntag213": "NTAG213",
        "live": "đang dùng",
        "reserved": "viết dở",
        "void": "đã huỷ",
        "replaced": "đã thay chip khác",
        "unknown": "không phải chip của ta",
        True: "có",
        False: "không",
        "holds": "đúng",
        "known": "đúng",
    },
    _put_on="Chip này là số {number}: dán lên {thing} số {number}.",
    _again="Chip này đã viết xong từ trước.",
    _again_number="Chip này đã viết xong từ trước, là số {number}.",
    _belongs="Nó thuộc {thing} số {number}.",
    _not_again="Máy không viết lại; lấy chip khác.",
    _wrong_family="Lô này cần chip {wanted}, chip vừa đặt là loại khác.",
    _wrong_family_hint="Để riêng con chip này, lấy chip đúng loại.",
    _finished="Xong cả lô: {total} chip.",
    _taken_out="Hết chip. Đã xong {done} trên {total}.",
    _pace="{per_hour} chip mỗi giờ · còn khoảng {minutes} phút",
    _unfinished="Có {count} chip viết dở ({named}).",
    _number="số {number}",
    _no_number="chưa rõ số",
    refusals={
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
        "bindingended": (
            "Chip này vừa bị huỷ ở nơi khác.",
            "Để riêng con chip này, lấy chip khác.",
        ),
        "planfull": ("Lô này đã đủ chip, không còn số nào trống.", "Chọn lô khác."),
        "planerror": ("Số này không có trong lô đang viết.", "Quét tem của đúng lô."),
        "numbertaken": (
            "Số này đã có chip rồi.",
            "Muốn thay chip, huỷ chip cũ trước; không thì quét tem khác.",
        ),
        "badanswer": ("Chip trả lời không rõ.", "Đặt lại con chip ấy giữa đầu đọc, giữ yên."),
        "pagerefused": ("Chip không nhận một phần nội dung.", "Đặt lại con chip ấy; vẫn vậy thì để riêng."),
        "statuserror": ("Chip từ chối một lệnh.", "Đặt lại con chip ấy; vẫn vậy thì để riêng."),
        "nousablekey": (
            "Lô này không được cấp thêm chip.",
            "Báo văn phòng: việc ký của lô đã bị dừng hoặc máy chủ chưa có khoá cho chip.",
        ),
        "chiperror": ("Chip này không dùng được.", "Để riêng con chip này, lấy chip khác."),
        "authenticationdelayed": (
            "Chip này đang bắt chờ vì bị thử sai nhiều lần.",
            "Để nó yên trên đầu đọc một phút rồi đặt lại.",
        ),
    },
)

EN: Final = Words(
    lang="en",
    waiting="Put the next chip on the reader.",
    writing="Writing, keep the chip still.",
    pulled="The chip was taken away too early. Nothing is lost.",
    pulled_hint="Put the same chip back, writing goes on where it stopped.",
    away="No connection to the server.",
    away_hint="Leave the chip where it is. Writing goes on when the network is back.",
    gone="The reader is no longer there.",
    gone_hint="Plug the reader in again, the rest happens by itself.",
    label="Scan the label of the item, or type its number and press Enter.",
    label_not_read="No number could be read from this label. Scan it again, or type the number.",
    label_other_lot="This label belongs to another lot. Scan one of this lot.",
    unfinished_hint="Put those chips on first, writing goes on where it stopped.",
    end="Enter alone ends the work.",
    families={"ntag424": "NTAG 424 DNA", "ntag21x": "NTAG215 or NTAG216"},
    thing="item",
    void_question="Void the chip on the reader? Its link will not open any more.",
    void_why="Why (the server writes it into its log; may stay empty)",
    no_chip="There is no chip on the reader.",
    empty_chip="This chip is still blank, it has no link.",
    page_title="Chip station",
    page_sound="Sound on",
    page_label="Scan the label or type the number",
    page_send="Next",
    page_gone="The writing program has stopped. Start it again in the other window to go on.",
    _found={
        "uid": "Chip",
        "type": "Kind",
        "state": "State",
        "number": "Item number",
        "lot": "Lot",
        "link": "Link",
        "signature": "Code in the link",
        "original": "NXP's signature",
        "live": "Proved itself just now",
        "locked": "Locked",
        "counter": "Taps",
    },
    _values={
        "ntag424": "NTAG 424 DNA",
        "ntag215": "NTAG215",
        "ntag216": "NTAG216",
        "ntag213": "NTAG213",
        "live": "in use",
        "reserved": "not finished",
        "unknown": "none of our chips",
        True: "yes",
        False: "no",
    },
    _put_on="This chip is number {number}: stick it on {thing} number {number}.",
    _again="This chip was made ready before.",
    _again_number="This chip was made ready before, it is number {number}.",
    _belongs="It belongs to {thing} number {number}.",
    _not_again="It is not written again; take another chip.",
    _wrong_family="This lot needs {wanted}, the chip on the reader is of another kind.",
    _wrong_family_hint="Put this chip aside, take one of the right kind.",
    _finished="The whole lot is done: {total} chips.",
    _taken_out="No more chips. {done} of {total} are done.",
    _pace="{per_hour} chips an hour · about {minutes} minutes left",
    _unfinished="{count} chips were cut off ({named}).",
    _number="number {number}",
    _no_number="number not known yet",
    refusals={
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
    },
)

LANGUAGES: Final = {"vi": VI, "en": EN}
