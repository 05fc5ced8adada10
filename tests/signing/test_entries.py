"""Entries: one canonical form, one table of fields, nothing that could name a person."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.signing.entries import (
    ED25519,
    MAX_BYTES,
    BatchEntry,
    ChipsEntry,
    Entry,
    EntryError,
    IssuerEntry,
    KeyEntry,
    KeyWithdrawEntry,
    RecallEntry,
    ReleaseEntry,
    UndoEntry,
    Why,
    WithdrawChipEntry,
    WithdrawEntry,
    encode,
    parse,
)

AT = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
ids = st.one_of(st.from_regex(r"[0-9]{14}", fullmatch=True), st.from_regex(r"P/[0-9A-Z]{8}", fullmatch=True))
lots = st.text("ABCXYZ0123456789-", min_size=1, max_size=20)
issuers = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)
times = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)
numbers, indices, serials = st.integers(0, 65535), st.integers(0, 2**53 - 1), st.integers(0, 999_999)
whys, common = st.sampled_from(Why), {"at": times}
ENTRIES: dict[type[Entry], st.SearchStrategy[Any]] = {
    IssuerEntry: st.builds(
        IssuerEntry, **common, issuer=issuers, ids=st.sets(ids, max_size=5).map(lambda found: tuple(sorted(found)))
    ),
    KeyEntry: st.builds(
        KeyEntry, **common, issuer=issuers, key=numbers, alg=st.just(ED25519), pk=st.binary(min_size=32, max_size=32)
    ),
    KeyWithdrawEntry: st.builds(KeyWithdrawEntry, **common, issuer=issuers, key=numbers, cutoff=indices, why=whys),
    BatchEntry: st.builds(
        BatchEntry, **common, issuer=issuers, key=numbers, id=ids, lot=lots,
        level=st.sampled_from(["item", "batch"]), first=serials, last=serials, made=st.dates(),
    ),
    ReleaseEntry: st.builds(ReleaseEntry, **common, id=ids, lot=lots),
    ChipsEntry: st.builds(ChipsEntry, **common, id=ids, lot=lots, root=st.binary(min_size=32, max_size=32)),
    WithdrawEntry: st.builds(WithdrawEntry, **common, id=ids, lot=lots, first=serials, last=serials, why=whys),
    WithdrawChipEntry: st.builds(
        WithdrawChipEntry, **common, id=ids, lot=lots, uid=st.binary(min_size=7, max_size=7), why=whys
    ),
    RecallEntry: st.builds(RecallEntry, **common, id=ids, lot=lots, why=whys),
    UndoEntry: st.builds(UndoEntry, **common, of=indices, why=whys),
}  # fmt: skip
entries = st.one_of(*ENTRIES.values())

GOLDEN = (
    b'{"at":"2026-09-01T02:00:00Z","first":1,"id":"09521234543213","issuer":"htx-ben-may","key":7,'
    b'"last":300,"level":"item","lot":"L2609A","made":"2026-09-01","t":"batch","v":1}'
)
BATCH = BatchEntry(
    at=AT, issuer="htx-ben-may", key=7, id="09521234543213", lot="L2609A", level="item", first=1, last=300,
    made=date(2026, 9, 1),
)  # fmt: skip


def test_the_example_of_the_specification_is_byte_for_byte_what_is_written() -> None:
    assert encode(BATCH) == GOLDEN
    assert parse(GOLDEN) == BATCH


@given(entries)
def test_every_entry_comes_back_from_its_bytes(entry: Entry) -> None:
    data = encode(entry)
    assert parse(data) == entry
    assert type(parse(data)) is type(entry)
    assert data == json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode("ascii")


@given(entries, st.data())
def test_a_changed_byte_is_refused_or_another_entry(entry: Entry, data: st.DataObject) -> None:
    encoded = bytearray(encode(entry))
    place = data.draw(st.integers(0, len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(1, 255))
    try:
        other = parse(bytes(encoded))
    except EntryError:
        return
    assert other != entry
    assert encode(other) == encoded


@given(st.binary(max_size=300))
def test_any_bytes_are_an_entry_or_an_entry_error(data: bytes) -> None:
    try:
        entry = parse(data)
    except EntryError:
        return
    assert encode(entry) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b"[" * 60_000,
        b'{"a":' * 20_000,
        b'{"t":' + b"9" * 60_000 + b"}",
        b'{"v":1}',
        b'{"t":"gift","v":1}',
        b'{"t":["batch"],"v":1}',
        b'{"t":null,"v":1}',
        b"\xef\xbb\xbf" + GOLDEN,
        GOLDEN + b"\n",
        b" " + GOLDEN,
        GOLDEN.replace(b'":', b'": '),
        GOLDEN.replace(b'"v":1', b'"v":2'),
        GOLDEN.replace(b'"v":1', b'"v":1.0'),
        GOLDEN.replace(b'"v":1', b'"v":true'),
        GOLDEN.replace(b'"v":1', b'"v":"1"'),
        GOLDEN.replace(b'"key":7', b'"key":7.0'),
        GOLDEN.replace(b'"key":7', b'"key":true'),
        GOLDEN.replace(b'"key":7', b'"key":-7'),
        GOLDEN.replace(b'"key":7', b'"key":07'),
        GOLDEN.replace(b'"key":7', b'"key":7e0'),
        GOLDEN.replace(b'"key":7', b'"key":NaN'),
        GOLDEN.replace(b'"key":7', b'"key":65536'),
        GOLDEN.replace(b'"key":7', b'"key":7,"key":7'),
        GOLDEN.replace(b'"key":7,', b""),
        GOLDEN.replace(b'"last":300', b'"last":1000000'),
        GOLDEN.replace(b'"level":"item"', b'"level":"box"'),
        GOLDEN.replace(b"L2609A", b"\\u004c2609A"),
        GOLDEN.replace(b"L2609A", b"l2609a"),
        GOLDEN.replace(b"L2609A", "L\u0110".encode()),
        GOLDEN.replace(b'"made":"2026-09-01"', b'"made":"20260901"'),
        GOLDEN.replace(b'"made":"2026-09-01"', b'"made":"2026-W36-2"'),
        GOLDEN.replace(b'"made":"2026-09-01"', b'"made":"2026-02-30"'),
        GOLDEN.replace(b"02:00:00Z", b"02:00:00+00:00"),
        GOLDEN.replace(b"02:00:00Z", b"09:00:00+07:00"),
        GOLDEN.replace(b"02:00:00Z", b"02:00:00.000Z"),
        GOLDEN.replace(b"02:00:00Z", b"02:00:00"),
        GOLDEN.replace(b'"t":"batch"', b'"note":"chi Hoa","t":"batch"'),
        GOLDEN.replace(b"{", b'{"__proto__":1,', 1),
    ],
)  # fmt: skip
def test_what_is_not_canonical_is_refused(data: bytes) -> None:
    with pytest.raises(EntryError, match="expected"):
        parse(data)


def test_the_error_names_field_expectation_and_value() -> None:
    with pytest.raises(
        EntryError, match=r"^batch entry, lot: expected 1 to 20 of A-Z, 0-9 and -, got 'l2609a'$"
    ):
        parse(GOLDEN.replace(b"L2609A", b"l2609a"))
    with pytest.raises(EntryError, match=r"^release entry: expected the fields at, id, lot, t, v, got .*why"):
        parse(b'{"at":"2026-09-01T02:00:00Z","id":"1","lot":"L","t":"release","v":1,"why":"x"}')


@pytest.mark.parametrize(
    "at",
    [
        AT.replace(tzinfo=None),
        AT.replace(microsecond=1),
        AT.astimezone(timezone(timedelta(hours=7))),
        date(2026, 9, 1),
        "2026-09-01T02:00:00Z",
        None,
    ],
)
def test_a_time_is_utc_and_whole_seconds(at: Any) -> None:
    with pytest.raises(EntryError, match="at: expected a time in UTC"):
        encode(ReleaseEntry(at=at, id="09521234543213", lot="L1"))


@pytest.mark.parametrize(
    "found", [("P/4VTR0QB4", "09521234543213"), ("P/4VTR0QB4", "P/4VTR0QB4"), ("x",), (7,), None]
)
def test_identifiers_are_in_order_and_once(found: Any) -> None:
    with pytest.raises(EntryError, match="ids: expected identifiers in rising order"):
        encode(IssuerEntry(at=AT, issuer="htx", ids=found))


def test_an_entry_fits_into_65535_bytes() -> None:
    fits = tuple(f"{n:014d}" for n in range(3800))
    assert len(encode(IssuerEntry(at=AT, issuer="htx", ids=fits))) <= MAX_BYTES
    with pytest.raises(EntryError, match="at most 65535 bytes"):
        encode(IssuerEntry(at=AT, issuer="htx", ids=tuple(f"{n:014d}" for n in range(4000))))
    with pytest.raises(EntryError, match="at most 65535 bytes"):
        parse(b" " * 65_536)


@given(entries)
def test_no_field_takes_words(entry: Entry) -> None:
    """Every text in an entry is a code of a fixed alphabet: nobody can be written about."""
    for value in json.loads(encode(entry)).values():
        for text in value if isinstance(value, list) else [value]:
            assert not isinstance(text, str) or (len(text) <= 64 and " " not in text and text.isascii())
