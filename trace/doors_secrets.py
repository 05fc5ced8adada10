"""Passphrases: four pairs of Vietnamese words that we make, or one of a person's own (floor 3).

A made one is drawn from 128 things and 32 qualities: 4,096 pairs, 12 bits each, 48 bits in all. It is shown with
its marks ("trâu xanh, núi mờ, chim vui, thuyền nhỏ") and may be typed without them, in any case, with any spaces
between. With ten tries in five minutes and fifty a day, guessing takes 10^10 years; a stolen row costs an Argon2id
run a guess (19 MiB, two passes), some 10^6 years of one core.

An own one has 12 to 128 characters, is taken as it is typed (NFC), and must not be common, the person's
name or phone number, or the same few characters again and again.
"""

import threading
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from ocop.trace.registry.errors import BadValue
from ocop.trace.text import fold

_THINGS = """trâu nghé bò ngựa voi hổ hươu nai thỏ cáo sóc nhím mèo khỉ gấu rùa cua ốc tôm cá ếch ong bướm kiến tằm chim
    cò vạc sáo én vịt ngỗng gà công hạc diều núi đồi đèo suối sông ao biển đảo bãi rừng nương đồng ruộng vườn
    đê cầu đường làng chợ đình chùa bến thuyền bè lưới xuồng nhà bếp hiên giếng chum vại gáo nong nia
    rổ chõng võng chiếu gối chăn nón khăn túi quạt đèn trống đàn khèn chuông tranh gốm tre trúc mai
    lúa ngô khoai sắn đậu lạc vừng chè mía dừa chuối xoài mít ổi khế na hồng cam quýt bưởi nhãn sen súng cúc
    lan huệ nắng mưa gió mây sương trăng tuyết sấm gừng riềng ghế"""
THINGS = tuple(_THINGS.split())
_QUALITIES = """xanh vàng trắng đen nâu tím biếc lam sáng mờ trong thơm ngọt bùi cay ấm mát lành êm vui hiền
    khỏe nhanh chậm cao thấp tròn vuông dài lớn nhỏ xinh"""
QUALITIES = tuple(_QUALITIES.split())
PAIRS = 4
LEAST, MOST = 12, 128
_HASHER = PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
# Each run takes 19 MiB and a core: more at once than cores would only make all of them slow.
_TURN = threading.Semaphore(2)


class Made(NamedTuple):
    """A made passphrase: as it is shown, and as it is kept in mind by the hasher."""

    shown: str
    typed: str


def make(choose: Callable[[int], int]) -> Made:
    """A passphrase; `choose(n)` draws evenly from 0..n-1 (`secrets.randbelow`)."""
    pairs = [f"{THINGS[choose(len(THINGS))]} {QUALITIES[choose(len(QUALITIES))]}" for _ in range(PAIRS)]
    shown = ", ".join(pairs)
    return Made(shown, plain(shown))


def plain(text: str) -> str:
    """A made passphrase as it is compared: letters only, without marks, lower case."""
    return "".join(character for character in fold(text) if character.isalnum())


def hash_secret(secret: str) -> str:
    """Argon2id, in PHC form."""
    with _TURN:
        return _HASHER.hash(secret)


def matches(kept: str, given: str, *, generated: bool) -> bool:
    """Whether what was typed is the secret. A person without one costs the same time."""
    typed = plain(given) if generated else unicodedata.normalize("NFC", given)
    with _TURN:
        try:
            return _HASHER.verify(kept or _NOBODYS, typed[:1024]) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


def is_old(kept: str) -> bool:
    """Whether the row was hashed with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def check_own(secret: str, *about: str) -> str:
    """An own passphrase in NFC. Raises BadValue with what is wrong; `about`: name, phone, what is too near."""
    text = unicodedata.normalize("NFC", secret)
    if not LEAST <= len(text) <= MOST:
        raise BadValue("passphrase", f"{LEAST} to {MOST} characters", f"{len(text)} characters")
    bare = plain(text)
    if len(set(text.lower())) < 5 or bare in COMMON or _repeats(bare):
        raise BadValue("passphrase", "one that is hard to guess", "a common one")
    for each in about:
        near = plain(each)
        if len(near) >= 4 and near in bare and len(bare) - len(near) < 8:
            raise BadValue("passphrase", "one without your name or number", "one that others can guess")
    return text


def _repeats(bare: str) -> bool:
    """`abcabcabcabc`, `123456789012`: one piece again and again, or a run along the keyboard."""
    for size in range(1, len(bare) // 2 + 1):
        if (bare[:size] * (len(bare) // size + 1))[: len(bare)] == bare:
            return True
    runs = ("0123456789" * 3, "9876543210" * 3, "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
    return any(bare in run for run in runs)


_PIECES = (
    "password passwordpassword matkhau matkhaucuatoi toiyeuvietnam vietnam vietnamvodich iloveyou anhyeuem emyeuanh "
    "yeuem yeuanh giadinh giadinhtoi hanhphuc quehuong hoahong admin administrator welcome letmein qwerty qwertyuiop "
    "asdfghjkl monkey dragon sunshine princess football baseball superman batman trustno1 changeme secret "
    "ocoptrace ocopvietnam ocop sanphamocop hoptacxa truyxuat xinchao chaocacban khongbiet khongnho batdau "
    "dienthoai maytinh facebook zalo google samsung iphone hanoi saigon danang haiphong cantho "
    "motsohaiba mothaibabon mothaibabonnamsau abcabc abcdef abcxyz anhnhoem emnhoanh tinhyeu maimai"
)
_TAILS = ("", "1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890",
          "2023", "2024", "2025", "2026", "2027", "1990", "1995", "2000", "vn", "aaa", "xxx", "000", "111", "888",
          "999", "123123", "321")  # fmt: skip
COMMON = frozenset(
    [piece + tail for piece in _PIECES.split() for tail in _TAILS]
    + [piece + other for piece in _PIECES.split() for other in _PIECES.split()]
    + ["qwertyuiop12", "1q2w3e4r5t6y", "1qaz2wsx3edc", "q1w2e3r4t5y6", "zaq12wsxcde3", "thisismypassword"]
    + ["correcthorsebatterystaple", "1234567890qwerty", "qwerty1234567890", "a1b2c3d4e5f6"]
)
"""Common ones as `plain` writes them; what people here add to a common word is spelled out too."""

# The hash of a passphrase that nobody has: a person without one costs a guesser the same time.
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$AFKiFUpzR1ZFVkrNflKPxg$qzdTPeltGeJHdKIwum3ZJ1adw0RT4Ag5b/Cp1IWa26Q"
