"""What stops the program, in both languages: a sentence, and what to do. An error names its row and carries its values.

Worked example: `Trouble("plan_named", plan="7", got=0, known="-").told("vi")` -> ("Không có kế hoạch nào tên '7'…", …).
"""

from typing import Final

_SET_UP: Final = (
    'ghi --server và --token, đặt OCOP_SERVER và OCOP_STATION_TOKEN, hoặc để {file} ({{"url": …, "token": …}}) vào thư '
    "mục dữ liệu; văn phòng cấp mã của trạm",
    "give --server and --token, set OCOP_SERVER and OCOP_STATION_TOKEN, or put {file} "
    '({{"url": …, "token": …}}) into the data folder; the office makes the token',
)

# name: Vietnamese sentence and hint, English sentence and hint
TROUBLES: Final[dict[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    "journal": (
        (
            "Không ghi được nhật ký {path}: {said}.",
            "Xem ổ đĩa còn chỗ không, có được ghi không, rồi chạy ocop-station resume. Chưa mất gì.",
        ),
        (
            "expected a journal that can be written at {path}, got: {said}",
            "check the disk, its space and its permissions, then run ocop-station resume; nothing is lost",
        ),
    ),
    "journal_taken": (
        (
            "Nhật ký {path} đang có chương trình khác dùng.",
            "Một ocop-station khác đang chạy trong thư mục này: đóng cửa sổ ấy trước.",
        ),
        (
            "expected the journal {path} for ourselves, got one in use",
            "another ocop-station works in this folder; close it first",
        ),
    ),
    "journal_version": (
        (
            "Nhật ký này thuộc bản khác của chương trình: cần bản {wanted}, gặp bản {got}.",
            "Dùng đúng bản ocop-station đã ghi nó.",
        ),
        (
            "expected a journal of version {wanted}, got {got}",
            "it was written by another release of ocop-station; use that one",
        ),
    ),
    "report": (
        ("Không ghi được báo cáo {path}: {said}.", "Nhật ký vẫn đủ: `ocop-station report` in lại sau."),
        (
            "expected to write {path}, got: {said}",
            "the journal has it all: `ocop-station report` prints it later",
        ),
    ),
    "set_up_file": (
        (
            "Không đọc được máy chủ và mã của trạm trong {path}: {said}.",
            "Xin văn phòng tệp mới, hoặc viết lại tệp.",
        ),
        ("expected the server and its token in {path}, got: {said}", "write the file anew"),
    ),
    "set_up_object": (
        ("Tệp {path} không phải là tệp của trạm.", "Xin văn phòng tệp mới, hoặc viết lại tệp."),
        ("expected a JSON object in {path}, got something else", "write the file anew"),
    ),
    "no_server": (
        ("Chưa biết máy chủ nào và mã nào của trạm.", _SET_UP[0]),
        ("expected the server's address and a token, got neither", _SET_UP[1]),
    ),
    "no_token": (
        ("Biết máy chủ, nhưng chưa có mã của trạm cho máy chủ ấy.", _SET_UP[0]),
        ("expected the server's address and a token, got no token", _SET_UP[1]),
    ),
    "no_address": (
        ("Địa chỉ máy chủ phải như https://ocop.example.vn, còn đây là {url}.", _SET_UP[0]),
        ("expected an address such as https://ocop.example.vn, got {url}", _SET_UP[1]),
    ),
    "not_private": (
        (
            "Máy chủ {host} phải là https: đi bằng http thì ai trên đường cũng đọc được mã của trạm.",
            "Viết https trong địa chỉ; http chỉ dùng được với chính máy này và mạng nội bộ.",
        ),
        (
            "expected https for {host}, got http: over it anyone on the way reads the token",
            "write https in the address; plain http is for loopback and private addresses",
        ),
    ),
    "open_file": (
        ("người khác trên máy này đọc được mã của trạm trong {file}: hãy chạy chmod 600 {file}", ""),
        ("others on this computer may read the station's token in {file}: run chmod 600 {file}", ""),
    ),
    "no_token_signs": (
        ("Mã của trạm có chữ lạ, không như văn phòng đã cấp.", "Chép lại mã."),
        ("expected a token as the office gave it, got other characters in it", "copy it again"),
    ),
    "plans_unnamed": (
        ("Có nhiều kế hoạch, chưa biết viết kế hoạch nào.", "Gọi tên: --plan 3"),
        ("expected the plans to write, got several to choose from", "name them: --plan 3"),
    ),
    "plan_named": (
        ("Cần đúng một kế hoạch tên {plan}, tìm thấy {got}.", "Đang có: {known}"),
        ("expected one plan named {plan}, got {got}", "there are: {known}"),
    ),
    "interrupted": (
        ("Đã dừng; chưa mất gì, lần sau chạy tiếp từ chỗ dở.", ""),
        ("interrupted; nothing is lost, the next start goes on", ""),
    ),
    "file": (
        ("Không dùng được một tệp hoặc mạng của máy này: {said}.", ""),
        ("expected to use a file or the network of this computer, got: {said}", ""),
    ),
    "away": (
        ("Máy chủ không trả lời.", "Xem mạng và địa chỉ máy chủ rồi chạy lại; chưa mất gì. ({said})"),
        ("{said}", "{hint}"),
    ),
    "other_shape": (
        (
            "Nơi ấy trả lời, nhưng không như máy chủ OCOP Trace: hỏi {asked}, cần {wanted}, nhận được {got}.",
            "Xem lại địa chỉ máy chủ, proxy của mạng, và bản của máy chủ với bản của ocop-station; chưa mất gì.",
        ),
        (
            "expected {wanted} from {asked}, got {got}: not what an OCOP Trace server says",
            "check the address, the network's proxy, and the releases of server and ocop-station; nothing is lost",
        ),
    ),
    "bad_line": (
        ("Không hỏi được máy chủ nào với địa chỉ và mã này.", "Xem lại địa chỉ và mã của trạm. ({said})"),
        ("{said}", "{hint}"),
    ),
    "station_token": (
        ("Máy chủ không nhận mã của trạm này: sai, hoặc đã bị thu lại.", "Xin văn phòng mã mới."),
        ("{said}", "{hint}"),
    ),
    "refused": (
        ("Máy chủ từ chối: {said}.", "{hint}"),
        ("{said}", "{hint}"),
    ),
    "chip_of_tray": (
        ("Khay chỉ có chip từ 1 đến {count}, không có chip {got}.", ""),
        ("expected a chip of 1..{count}, got {got}", ""),
    ),
    "number_not_written": (
        ("Số {number} chưa được viết ở đây.", "Đã viết: từ số {first} đến số {last}"),
        (
            "expected a number that was written here, got {number}",
            "written: numbers from {first} to {last}",
        ),
    ),
    "nothing_written": (
        ("Số {number} chưa được viết ở đây.", "Chưa viết số nào: ocop-station write --reader sim"),
        (
            "expected a number that was written here, got {number}",
            "written: nothing yet: ocop-station write --reader sim",
        ),
    ),
    "no_journal": (
        ("Chưa có nhật ký ở {path}.", "Ở đây chưa viết chip nào."),
        ("expected a journal at {path}, got none", "nothing was written here yet"),
    ),
}


def trouble(name: str, lang: str, **given: object) -> tuple[str, str]:
    """The sentence and the hint of a row, with its values."""
    vi, en = TROUBLES[name]
    sentence, hint = en if lang == "en" else vi
    return sentence.format(**given), hint.format(**given)


class Trouble(Exception):
    """Something that the program can't go on with. `sentence` and `hint` are the English ones, for logs."""

    def __init__(self, name: str, **given: object) -> None:
        self.name, self.given = name, given
        self.sentence, self.hint = self.told("en")
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return f"{self.sentence} ({self.hint})" if self.hint else self.sentence

    def told(self, lang: str) -> tuple[str, str]:
        """For the person: the sentence, and what to do."""
        return trouble(self.name, lang, **self.given)
