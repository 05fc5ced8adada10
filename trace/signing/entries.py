"""The entries of the ledger: what must never be rewritten, as canonical JSON bytes (entry version 1).

An entry is one JSON object in one canonical form: keys sorted, no spaces, ASCII only, no numbers but
integers, at most 65,535 bytes. Its bytes are stored once and never made again from values; whoever reads
them refuses an entry that isn't byte for byte what its own values encode to. No entry can hold a free text:
words about people would stay for ever, so reasons are codes and the words live in the registry.

Every entry has `t` (its type), `v` (1) and `at` (when the act was claimed to happen, UTC, whole seconds; the
index decides what came first, never this). The other fields, by type:

    issuer        issuer, ids           registers an issuer (the first time) and assigns identifiers to it
    key           issuer, key, alg, pk  a public key under its number; an issuer signs with its newest one
    key-withdraw  issuer, key, cutoff, why      batches entered at `cutoff` or later lost their credit
    batch         issuer, key, id, lot, level, first, last, made        (id, lot) is one batch for ever
    release       id, lot                       open for sale; undone, it is a hold
    chips         id, lot, root                 RFC 6962 root over the chip UIDs bound in a batch
    withdraw      id, lot, first, last, why     serials first..last are cancelled (0..0: a batch-level code)
    withdraw      id, lot, uid, why             one chip is cancelled
    recall        id, lot, why                  the goods are called back
    undo          of, why                       takes back the release, withdraw or recall at index `of`

Example, 151 bytes:

    {"at":"2026-09-01T02:00:00Z","first":1,"id":"09521234543213","issuer":"htx-ben-may","key":7,
     "last":300,"level":"item","lot":"L2609A","made":"2026-09-01","t":"batch","v":1}         (one line)
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final

from .token import KEY_NUMBERS

MAX_BYTES: Final = 65_535
MAX_SERIAL: Final = 999_999
ITEM: Final = "item"
BATCH: Final = "batch"
ED25519: Final = "Ed25519"
_MAX_INDEX: Final = 2**53 - 1


class EntryError(Exception):
    """Bytes or values that are no entry. The text names the field, what was expected and what was got."""


class Why(StrEnum):
    """Reasons as codes: an entry can never be erased, so it must never hold a sentence about somebody."""

    PRINT_ERROR = "print_error"
    LABELS_LOST = "labels_lost"
    CHIP_REPLACED = "chip_replaced"
    QUALITY = "quality"
    SAFETY = "safety"
    KEY_LOST = "key_lost"
    OFFICE_HOLD = "office_hold"
    MISTAKE = "mistake"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    t: ClassVar[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerEntry(_Entry):
    """`ids` (sorted, without doubles) are assigned to `issuer` by this act; none is allowed."""

    t: ClassVar[str] = "issuer"
    issuer: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry(_Entry):
    """The public key `pk` (32 bytes) is number `key` of `issuer`; older keys of it retire."""

    t: ClassVar[str] = "key"
    issuer: str
    key: int
    alg: str
    pk: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWithdrawEntry(_Entry):
    """Key `key` of `issuer` is no longer trusted for batches at index `cutoff` and above."""

    t: ClassVar[str] = "key-withdraw"
    issuer: str
    key: int
    cutoff: int
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry(_Entry):
    """One batch: serials `first`..`last` for level `item`, 0..0 for level `batch`; `made` is a civil date."""

    t: ClassVar[str] = "batch"
    issuer: str
    key: int
    id: str
    lot: str
    level: str
    first: int
    last: int
    made: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry(_Entry):
    """The batch is open for sale."""

    t: ClassVar[str] = "release"
    id: str
    lot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipsEntry(_Entry):
    """`root` (32 bytes) commits to the UIDs of the chips bound in the batch."""

    t: ClassVar[str] = "chips"
    id: str
    lot: str
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawEntry(_Entry):
    """Serials `first`..`last` of the batch are cancelled."""

    t: ClassVar[str] = "withdraw"
    id: str
    lot: str
    first: int
    last: int
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawChipEntry(_Entry):
    """The chip with this UID (7 bytes) is cancelled."""

    t: ClassVar[str] = "withdraw"
    id: str
    lot: str
    uid: bytes
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallEntry(_Entry):
    """The goods of the batch are called back."""

    t: ClassVar[str] = "recall"
    id: str
    lot: str
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoEntry(_Entry):
    """The release, withdraw or recall at index `of` is taken back."""

    t: ClassVar[str] = "undo"
    of: int
    why: Why


Entry = (
    IssuerEntry
    | KeyEntry
    | KeyWithdrawEntry
    | BatchEntry
    | ReleaseEntry
    | ChipsEntry
    | WithdrawEntry
    | WithdrawChipEntry
    | RecallEntry
    | UndoEntry
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one field is written in JSON: `read` and `write` raise ValueError for anything else."""

    expected: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


def _text(expected: str, pattern: str) -> _Kind:
    matches = re.compile(pattern).fullmatch

    def same(value: object) -> str:
        if isinstance(value, str) and matches(value):
            return str(value)
        raise ValueError

    return _Kind(expected, same, same)


def _integer(limit: int) -> _Kind:
    def same(value: object) -> int:
        if type(value) is int and 0 <= value <= limit:
            return value
        raise ValueError

    return _Kind(f"an integer from 0 to {limit}", same, same)


def _hex(size: int) -> _Kind:
    matches = re.compile(f"[0-9a-f]{{{2 * size}}}").fullmatch

    def read(value: object) -> bytes:
        if isinstance(value, str) and matches(value):
            return bytes.fromhex(value)
        raise ValueError

    def write(value: object) -> str:
        if isinstance(value, bytes) and len(value) == size:
            return value.hex()
        raise ValueError

    return _Kind(f"{size} bytes in lower-case hex", read, write)


def _read_at(value: str) -> datetime:
    at = datetime.fromisoformat(value).replace(tzinfo=UTC)
    if _write_at(at) != value:
        raise ValueError
    return at


def _write_at(value: datetime) -> str:
    if value.tzinfo is None or value.utcoffset() or value.microsecond:
        raise ValueError
    return f"{value.replace(tzinfo=None).isoformat()}Z"


def _read_date(value: str) -> date:
    made = date.fromisoformat(value)
    if made.isoformat() != value:
        raise ValueError
    return made


def _write_date(value: date) -> str:
    if isinstance(value, datetime):
        raise ValueError
    return value.isoformat()


def _read_ids(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError
    return tuple(_write_ids(value))


def _write_ids(value: Iterable[object]) -> list[str]:
    ids = [_ID.read(key) for key in value]
    if ids != sorted(set(ids)):
        raise ValueError
    return ids


_ID = _text("14 digits, or P/ and 8 characters", r"[0-9]{14}|P/[0-9A-Z]{8}")
# One row for each field name: a name means the same in every entry.
_KINDS: Final[dict[str, _Kind]] = {
    "issuer": _text("1 to 40 of a-z, 0-9 and -, not beginning with -", r"[a-z0-9][a-z0-9-]{0,39}"),
    "ids": _Kind("identifiers in rising order, each once", _read_ids, _write_ids),
    "id": _ID,
    "lot": _text("1 to 20 of A-Z, 0-9 and -", r"[A-Z0-9-]{1,20}"),
    "level": _text(f"{ITEM} or {BATCH}", f"{ITEM}|{BATCH}"),
    "alg": _text(ED25519, ED25519),
    "why": _Kind(f"one of {', '.join(Why)}", Why, lambda why: Why(why).value),
    "at": _Kind("a time in UTC as YYYY-MM-DDThh:mm:ssZ", _read_at, _write_at),
    "made": _Kind("a date as YYYY-MM-DD", _read_date, _write_date),
    "pk": _hex(32),
    "root": _hex(32),
    "uid": _hex(7),
    "key": _integer(KEY_NUMBERS - 1),
    "first": _integer(MAX_SERIAL),
    "last": _integer(MAX_SERIAL),
    "cutoff": _integer(_MAX_INDEX),
    "of": _integer(_MAX_INDEX),
}
_TYPES: Final[tuple[type[Entry], ...]] = (
    IssuerEntry, KeyEntry, KeyWithdrawEntry, BatchEntry, ReleaseEntry,
    ChipsEntry, WithdrawEntry, WithdrawChipEntry, RecallEntry, UndoEntry,
)  # fmt: skip
_FIELDS: Final = {cls: tuple((f.name, _KINDS[f.name]) for f in fields(cls)) for cls in _TYPES}
_SHAPES: Final[dict[tuple[str, frozenset[str]], type[Entry]]] = {
    (cls.t, frozenset({"t", "v", *(name for name, _ in _FIELDS[cls])})): cls for cls in _TYPES
}


def encode(entry: Entry) -> bytes:
    """The canonical bytes of an entry. Raises `EntryError` when a value can't stand in one."""
    values: dict[str, object] = {"t": entry.t, "v": 1}
    for name, kind in _FIELDS[type(entry)]:
        value = getattr(entry, name)
        try:
            values[name] = kind.write(value)
        except (ValueError, TypeError, AttributeError):
            raise EntryError(
                f"{entry.t} entry, {name}: expected {kind.expected}, got {value!r:.80}"
            ) from None
    data = json.dumps(values, sort_keys=True, separators=(",", ":")).encode("ascii")
    if len(data) > MAX_BYTES:
        raise EntryError(f"{entry.t} entry: expected at most {MAX_BYTES} bytes, got {len(data)}")
    return data


def parse(data: bytes) -> Entry:
    """The entry that `data` encodes. Raises `EntryError` for any bytes that `encode` doesn't make."""
    if len(data) > MAX_BYTES:
        raise EntryError(f"entry: expected at most {MAX_BYTES} bytes, got {len(data)}")
    try:
        values = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise EntryError(f"entry: expected a JSON object in ASCII, got {data[:60]!r}") from None
    if not isinstance(values, dict):
        raise EntryError(f"entry: expected a JSON object, got {data[:60]!r}")
    entry = _build(_shape_of(values), values)
    if encode(entry) != data:
        raise EntryError(f"{entry.t} entry: expected its canonical form, got {data[:200]!r}")
    return entry


def _shape_of(values: dict[str, object]) -> type[Entry]:
    kind = values.get("t")
    if values.get("v") != 1:
        raise EntryError(f"entry: expected version 1, got {values.get('v')!r:.40}")
    found = _SHAPES.get((kind, frozenset(values))) if isinstance(kind, str) else None
    if found is None:
        known = [names for name, names in _SHAPES if name == kind]
        expected = " or ".join(", ".join(sorted(names)) for names in known)
        if not known:
            raise EntryError(f"entry: expected a known type, got {kind!r:.40}")
        raise EntryError(
            f"{kind} entry: expected the fields {expected}, got {', '.join(sorted(values)):.200}"
        )
    return found


def _build(cls: type[Entry], values: dict[str, Any]) -> Entry:
    read = {}
    for name, kind in _FIELDS[cls]:
        try:
            read[name] = kind.read(values[name])
        except (ValueError, TypeError):
            raise EntryError(
                f"{cls.t} entry, {name}: expected {kind.expected}, got {values[name]!r:.80}"
            ) from None
    return cls(**read)
