"""A SUN check against its floor: the two bare AES-CMACs that it cannot do without.

Both are timed in turns in one run, CPU time, best of many rounds, so that a busy machine disturbs both alike.
The derivation of a chip's key (AN10922) stands beside them: a server may need it for each tap.
"""

import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from ocop.trace.tags import sun
from ocop.trace.tags.secure import diversify

ROUNDS, CALLS = 40, 2_000
KEY, UID, COUNTER = bytes(range(16)), bytes.fromhex("04de5f1eacc040"), 61
MASTER = bytes.fromhex("00112233445566778899aabbccddeeff")


def bare() -> None:
    """Two AES-CMACs over 16 bytes and over nothing."""
    first = CMAC(algorithms.AES(KEY))
    first.update(b"\x3c\xc3\x00\x01\x00\x80\x04\xde\x5f\x1e\xac\xc0\x40\x3d\x00\x00")
    second = CMAC(algorithms.AES(first.finalize()))
    second.update(b"")
    second.finalize()


def link_checker() -> Callable[[], None]:
    """From the two texts of a link to the verdict."""
    m, c = sun.Mirror(UID, COUNTER).text(), sun.mac(KEY, UID, COUNTER).hex().upper()

    def check() -> None:
        mirror = sun.Mirror.parse(m)
        sun.check(KEY, mirror.uid, mirror.counter, sun.parse_mac(c))

    return check


def value_checker() -> Callable[[], None]:
    """From parsed values to the verdict, as the scan path does it."""
    mac = sun.mac(KEY, UID, COUNTER)
    return lambda: sun.check(KEY, UID, COUNTER, mac)


def derive() -> None:
    """Key 2 of one chip."""
    diversify(MASTER, UID, 2, 1, 1)


def microseconds(call: Callable[[], None]) -> float:
    """CPU time of one call, in the mean of `CALLS`."""
    begin = time.process_time_ns()
    for _ in range(CALLS):
        call()
    return (time.process_time_ns() - begin) / CALLS / 1_000


def run() -> dict[str, Any]:
    """Best CPU microseconds of each, and the ratios to the floor."""
    calls: dict[str, Callable[[], None]] = {
        "two_bare_cmacs": bare,
        "check": value_checker(),
        "parse_and_check": link_checker(),
        "derive_key": derive,
    }
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            best[name] = min(best[name], microseconds(call))
    floor = best["two_bare_cmacs"]
    return {
        "microseconds": {name: round(value, 2) for name, value in best.items()},
        "ratio": {name: round(best[name] / floor, 3) for name in ("check", "parse_and_check")},
        "aim": {"check": 1.5},
    }
