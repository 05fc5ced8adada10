"""Text of Vietnamese lists from bytes and from old fonts: UTF-8, UTF-16, Windows-1258, TCVN3, VNI (floor 0, pure).

Two old ways of writing Vietnamese still lie in offices' files. They aren't encodings that a program declares: a
font paints other letters over the Latin ones, so the text reaches us as Latin letters, be it from bytes or from a
workbook's perfectly good Unicode.

| name         | "Việt" as it reaches us | rule                                                        |
|--------------|-------------------------|-------------------------------------------------------------|
| tcvn3        | ViÖt                    | one code for each letter with its marks (ABC fonts)         |
| vni          | Vieät                   | letter, then a code for its marks; a few letters stand alone |
| windows-1258 | Viêòt (bytes only)      | letter with its hat, then a code for the tone               |


Sources: TCVN 5712:1993 (the table that glibc calls TCVN5712-1; `tests/sheets` holds ours against it);
the VNI-Windows table of VNI Software, as documented by the Unicode converters Unikey and vn.vim (public facts).

Which one it is is judged over the whole list: the reading in which more of the words with marks are Vietnamese
syllables wins, and text that is fine as it stands is left alone. In TCVN3 fonts for capitals (.VnTimeH) a letter
with marks has the code of the small one, so a word whose plain letters are all capitals becomes capitals.

>>> from_tcvn3("Hîp t¸c x·"), from_vni("Hôïp taùc xaõ")
('Hợp tác xã', 'Hợp tác xã')
>>> old_font(["Hîp t¸c x·", "ViÖt Nam"]), old_font(["Hợp tác xã", "Chè"])
('tcvn3', '')
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from ocop.trace.sheets.grid import BadSheet
from ocop.trace.text import nfc

# Codes A1 to FE of TCVN 5712:1993; B0 to B4 are marks that stand alone.
_TCVN3 = (
    "ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứự"
    "ỳỷỹýỵ"
)
_VNI_TONES = {"ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ù": "\u0301", "ï": "\u0323"}
_VNI_HATS = {"â": "", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "á": "\u0301", "ä": "\u0323"}
_VNI_BOWLS = {"ê": "", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "é": "\u0301", "ë": "\u0323"}
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "í": "í", "ò": "ị", "î": "ỵ"}
_MARKS = re.compile("[\u0300\u0309\u0303\u0301\u0323]")
_WORD = re.compile(r"[^\s,.;:()/\"'\[\]0-9*+%=–—-]+")
_SYLLABLE = re.compile(
    r"(?:ngh?|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnpqrstvx])?"
    r"(?:[aăâeêioôơuưy]|[iuyoư][aăâeêoôơuyi]|a[iouy]|ă|â[uy]|e[o]|ê[u]|o[aăei]|ô[i]|ơ[i]|u[iy]|ư[ui]"
    r"|iê[u]?|yê[u]?|oa[iyo]|oe[o]|uô[i]|ươ[iu]|uy[eêaua]|uâ[y]?|u[eê]|ia|ya|ua|ưa)"
    r"(?:ch|ng|nh|[cmnpt])?"
)
_LATIN = re.compile(r"[^\x00-\x7f]")


def _vni_table() -> dict[str, str]:
    small = dict(_VNI_ALONE)
    for letter in "aeouy":
        small |= {letter + code: nfc(letter + tone) for code, tone in _VNI_TONES.items()}
    for code, letter in (("ô", "ơ"), ("ö", "ư")):
        small |= {code + mark: nfc(letter + tone) for mark, tone in _VNI_TONES.items()}
    for letter in "aeo":
        small |= {letter + code: nfc(letter + "\u0302" + tone) for code, tone in _VNI_HATS.items()}
    small |= {"a" + code: nfc("ă" + tone) for code, tone in _VNI_BOWLS.items()}
    # A capital may carry the code of its mark in capitals or, in hurried typing, in small letters.
    table = dict(small)
    for codes, letter in small.items():
        table[codes.upper()] = letter.upper()
        table[codes[0].upper() + codes[1:]] = letter.upper()
    return table


_TCVN3_TABLE: Mapping[int, str] = {0xA1 + n: letter for n, letter in enumerate(_TCVN3)}
_VNI_TABLE: Mapping[str, str] = _vni_table()
_VNI_CODES = re.compile("|".join(re.escape(codes) for codes in sorted(_VNI_TABLE, key=len, reverse=True)))


def from_tcvn3(text: str) -> str:
    """Text that an ABC font shows in Vietnamese, as Unicode."""
    turned = nfc(text.translate(_TCVN3_TABLE))
    return " ".join(
        word.upper() if _shouted(before) else word
        for before, word in zip(text.split(" "), turned.split(" "), strict=True)
    )


def _shouted(word: str) -> bool:
    """Whether a word with letters of the upper half has capitals only among its plain ones."""
    plain = [letter for letter in word if letter.isascii() and letter.isalpha()]
    return bool(plain) and not word.isascii() and all(letter.isupper() for letter in plain)


def from_vni(text: str) -> str:
    """Text that a VNI font shows in Vietnamese, as Unicode."""
    return nfc(_VNI_CODES.sub(lambda found: _VNI_TABLE[found[0]], text))


CONVERTERS: Mapping[str, Callable[[str], str]] = {"tcvn3": from_tcvn3, "vni": from_vni}


def vietnamese(text: str) -> int:
    """How Vietnamese the words with marks in `text` are: each syllable counts 1, each word that is none -2."""
    score = 0
    for word in _WORD.findall(text):
        if not word.isascii():
            score += 1 if _is_syllable(word) else -2
    return score


def _is_syllable(word: str) -> bool:
    decomposed = unicodedata.normalize("NFD", word.lower())
    bare = nfc(_MARKS.sub("", decomposed))
    return len(_MARKS.findall(decomposed)) <= 1 and bool(_SYLLABLE.fullmatch(bare))


def _is_latin(text: str) -> bool:
    """Whether an old font may be behind it: marks there are, and all of them lie in the upper half of Latin-1."""
    return bool(_LATIN.search(text)) and all(ord(letter) < 0x100 for letter in text)


def old_font(texts: Iterable[str]) -> str:
    """`tcvn3` or `vni` when the texts read better that way, else the empty text."""
    suspects = [text for text in texts if _is_latin(text)]
    best, name = sum(map(vietnamese, suspects)), ""
    for one, convert in CONVERTERS.items():
        score = sum(vietnamese(convert(text)) for text in suspects)
        if score > best:
            best, name = score, one
    return name


def converted(text: str, font: str) -> str:
    """One cell of a list of that font; a cell that is Unicode already, or reads worse converted, stays."""
    if not font or not _is_latin(text):
        return text
    turned = CONVERTERS[font](text)
    return turned if vietnamese(turned) >= vietnamese(text) else text


def decode(content: bytes) -> tuple[str, str]:
    """The text of a file and how it was read. Raises BadSheet `encoding`.

    A mark of order decides; then UTF-8 if it fits; then zeros at every other place mean UTF-16; then the old
    encodings by which of them gives Vietnamese. TCVN3 and VNI come back as their Latin letters and are converted
    cell by cell, because separators are plain ASCII in all of them.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _strict(content, encoding), encoding.removesuffix("-sig")
    zeros = content[:2000].count(0)
    if zeros * 5 > len(content[:2000]):
        little = content[1:2000:2].count(0) > content[0:2000:2].count(0)
        return _strict(content, "utf-16-le" if little else "utf-16-be"), "utf-16"
    if zeros:
        raise BadSheet("encoding", "a text file or a workbook", "another kind of file", "save it as .xlsx")
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _old(content)


def _strict(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadSheet("encoding", f"{encoding} text", f"a broken one at byte {error.start}") from error


def _old(content: bytes) -> tuple[str, str]:
    latin = content.decode("latin-1")
    windows = nfc(content.decode("cp1258", "replace"))
    readings = {"windows-1258": windows, "tcvn3": from_tcvn3(latin), "vni": from_vni(latin), "latin-1": latin}
    best = max(readings, key=lambda name: vietnamese(readings[name]))
    return (windows if best == "windows-1258" else latin), best
