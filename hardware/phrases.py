"""What the station says to the person in front of it. One place, so that one person can read it all.

A sentence says what is, a hint says what to do now; each is there in Vietnamese and in English. The server's
refusals are told by their code; one that is not in the table is told in the server's own words.

Worked example: `VI.put_on(12, "hộp")` -> "Chip này là số 12: dán lên hộp số 12."
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ocop.hardware.phrases_refusals import EN_AWAY, EN_REFUSALS, VI_AWAY, VI_REFUSALS, Refusals, plain, told


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
    away_reasons: Refusals
    _away_said: str
    _away_goes_on: str
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
    _kept: str
    _kept_hint: str
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
    _stopped: str
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

    def refusal(
        self, code: str, sentence: str, hint: str, about: Mapping[str, Any] | None = None
    ) -> tuple[str, str]:
        """What the server will not have, in the person's words where we have them, and which number that is about."""
        return told(self.refusals, plain(code), about or {}) or (sentence, hint)

    def server_away(
        self, code: str, sentence: str, hint: str, about: Mapping[str, str] | None = None
    ) -> tuple[str, str]:
        """Why the server can't do it now, and what to do; without a code nothing came back from it."""
        known = told(self.away_reasons, plain(code), about or {})
        if known is not None:
            return known
        if not code:
            return self.away, f"{self.away_hint} ({sentence})"
        return self._away_said.format(said=sentence), f"{hint} {self._away_goes_on}".strip()

    def kept(self, number: object) -> tuple[str, str]:
        """A chip that was voided and still carries its link: what is so, and what to do with it."""
        return self._kept.format(number=number), self._kept_hint.format(number=number)

    def finished(self, total: int) -> str:
        """All the numbers have their chips."""
        return self._finished.format(total=total)

    def taken_out(self, done: int, total: int) -> str:
        """No more chips, and numbers left."""
        return self._taken_out.format(done=done, total=total)

    def stopped(self, done: int, total: int) -> str:
        """The person ended the work."""
        return self._stopped.format(done=done, total=total)

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
            if name == "locked" and found.get("type") == "ntag424":
                continue  # its keys guard it; the lock is a thing of the others
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
    away_reasons=VI_AWAY,
    _away_said="Máy chủ chưa làm được việc này: {said}.",
    _away_goes_on="Cứ để chip ở đó, máy tự thử lại.",
    gone="Không còn thấy đầu đọc.",
    gone_hint="Cắm lại đầu đọc, máy tự làm tiếp.",
    label="Quét tem của món hàng, hoặc gõ số rồi bấm Enter.",
    label_not_read="Không đọc được số trên tem này. Quét lại, hoặc gõ số.",
    label_other_lot="Tem này thuộc lô khác. Quét tem của đúng lô.",
    unfinished_hint="Đặt lại những chip ấy trước, máy viết tiếp từ chỗ dở.",
    end="Không nhập gì mà bấm Enter là nghỉ tay.",
    families={"ntag424": "NTAG 424 DNA", "ntag21x": "NTAG215 hoặc NTAG216"},
    thing="món hàng",
    void_question="Hủy con chip đặt lên đầu đọc? Liên kết của nó sẽ không mở được nữa.",
    void_why="Vì sao hủy (máy chủ ghi vào sổ; bỏ trống cũng được)",
    _kept="Đã hủy: số {number} lại trống. Chip này đã khóa ghi nên không xóa trắng được.",
    _kept_hint="Để riêng, đừng dán lên món nào: chạm vào nó sẽ thấy là mã đã hủy. Nếu hủy nhầm, quét tem số {number} "
    "rồi đặt lại chip này khi số ấy còn trống; một số trống khác của đúng lô ấy cũng được.",
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
        "live": "Chip trả lời đúng khóa riêng của nó lúc này",
        "locked": "Đã khóa ghi",
        "counter": "Số lần chạm",
    },
    _values={
        "ntag424": "NTAG 424 DNA",
        "ntag215": "NTAG215",
        "ntag216": "NTAG216",
        "ntag213": "NTAG213",
        "live": "đang dùng",
        "reserved": "viết dở",
        "void": "đã hủy",
        "replaced": "đã thay chip khác",
        "unknown": "không phải chip của hệ thống này",
        True: "có",
        False: "không",
        "holds": "đúng",
        "false": "không phải do hệ thống này ký",
        "malformed": "không đọc được",
        "unknown_key": "không phải do hệ thống này ký",
        "unknown_key_after_restore": "chưa biết được: máy chủ vừa khôi phục từ bản sao lưu",
        "bound_only": "đúng cho con chip khác, không phải con này",
        "unbound": "đúng, nhưng chip này không gắn với món nào",
    },
    _put_on="Chip này là số {number}: dán lên {thing} số {number}.",
    _again="Chip này đã viết xong từ trước.",
    _again_number="Chip này đã viết xong từ trước, là số {number}.",
    _belongs="Nó thuộc {thing} số {number}.",
    _not_again="Máy không viết lại; lấy chip khác.",
    _wrong_family="Đợt viết này cần chip {wanted}, chip vừa đặt là loại khác.",
    _wrong_family_hint="Để riêng con chip này, lấy chip đúng loại.",
    _finished="Đã viết đủ: {total} chip.",
    _taken_out="Hết chip. Đã xong {done} trên {total}.",
    _stopped="Nghỉ tay. Đã xong {done} trên {total}.",
    _pace="{per_hour} chip mỗi giờ · còn khoảng {minutes} phút",
    _unfinished="Có {count} chip viết dở ({named}).",
    _number="số {number}",
    _no_number="chưa rõ số",
    refusals=VI_REFUSALS,
)

EN: Final = Words(
    lang="en",
    waiting="Put the next chip on the reader.",
    writing="Writing, keep the chip still.",
    pulled="The chip was taken away too early. Nothing is lost.",
    pulled_hint="Put the same chip back, writing goes on where it stopped.",
    away="No connection to the server.",
    away_hint="Leave the chip where it is. Writing goes on when the network is back.",
    away_reasons=EN_AWAY,
    _away_said="The server can't do this now: {said}.",
    _away_goes_on="Leave the chip where it is, it is tried again by itself.",
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
    _kept="Voided: number {number} is free again. This chip is locked, so it can't be made blank.",
    _kept_hint="Put it aside and on no item: whoever taps it is told that its code is cancelled. Voided by mistake? "
    "Scan the label of number {number}, then put this chip back while it is free; any free number of that lot does.",
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
        "live": "The chip answers with its own key right now",
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
        "unknown": "not a chip of this system",
        "void": "voided",
        "holds": "right",
        "false": "not signed by this system",
        "malformed": "can't be read",
        "unknown_key": "not signed by this system",
        "unknown_key_after_restore": "not known: the server was restored from a backup",
        "bound_only": "right for another chip, not for this one",
        "unbound": "right, but this chip is on no item",
        True: "yes",
        False: "no",
    },
    _put_on="This chip is number {number}: stick it on {thing} number {number}.",
    _again="This chip was made ready before.",
    _again_number="This chip was made ready before, it is number {number}.",
    _belongs="It belongs to {thing} number {number}.",
    _not_again="It is not written again; take another chip.",
    _wrong_family="What is being written needs {wanted}, the chip on the reader is of another kind.",
    _wrong_family_hint="Put this chip aside, take one of the right kind.",
    _finished="All of them are written: {total} chips.",
    _stopped="Stopped. {done} of {total} are done.",
    _taken_out="No more chips. {done} of {total} are done.",
    _pace="{per_hour} chips an hour · about {minutes} minutes left",
    _unfinished="{count} chips were cut off ({named}).",
    _number="number {number}",
    _no_number="number not known yet",
    refusals=EN_REFUSALS,
)

LANGUAGES: Final = {"vi": VI, "en": EN}
