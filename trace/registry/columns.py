"""Column types that mean the same on SQLite and PostgreSQL (floor 2).

SQLite tables are STRICT, so every type here comes down to TEXT, INTEGER or BLOB there and to the native type
on PostgreSQL:

| type    | Python                      | SQLite                             | PostgreSQL  |
|---------|-----------------------------|------------------------------------|-------------|
| `Words` | `str`, NFC on the way in    | TEXT                               | TEXT        |
| `Code`  | `str`, printable ASCII      | TEXT                               | TEXT "C"    |
| `Utc`   | aware `datetime`            | TEXT `2026-11-23T12:00:00.000000Z` | TIMESTAMPTZ |
| `Day`   | `date`                      | TEXT `2026-11-23`                  | DATE        |
| `Flag`  | `bool`                      | INTEGER                            | BOOLEAN     |
| `Json`  | `dict`, `list`, NFC strings | TEXT                               | TEXT        |
| `Big`   | `int`, 64 bits              | INTEGER                            | BIGINT      |
| `Blob`  | `bytes`                     | BLOB                               | BYTEA       |

A value that does not fit raises `BadValue` with the reason; it never reaches the database. Text with the same
letters is the same text: `"hòa"` typed on a phone that sends combining marks is stored as its NFC form.
"""

import json
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

from ocop.trace.registry.errors import BadValue
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Dialect, Integer, LargeBinary, Text, TypeDecorator
from sqlalchemy.types import TypeEngine


def clean_words(value: str, what: str = "text") -> str:
    """`value` in NFC; line breaks and tabs stay, any other control character raises `BadValue`."""
    text = unicodedata.normalize("NFC", value)
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and character not in "\n\t"):
            raise BadValue(what, "text without control characters", f"U+{ord(character):04X}")
    return text


def clean_json(value: Any) -> Any:
    """`value` with every string in it cleaned; only what JSON can say."""
    if isinstance(value, str):
        return clean_words(value)
    if isinstance(value, dict):
        return {clean_words(str(key)): clean_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(inner) for inner in value]
    if value is None or isinstance(value, bool | int):
        return value
    raise BadValue("json", "text, whole numbers, lists and objects", type(value).__name__)


class Words(TypeDecorator[str]):
    """Human text, NFC, without control characters."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean on the way in."""
        return None if value is None else clean_words(value)


class Code(TypeDecorator[str]):
    """A code, slug or key: printable ASCII, compared byte by byte on both databases."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL orders by the database's language unless told otherwise."""
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Refuse anything but printable ASCII."""
        if value is not None and not (value.isascii() and (value.isprintable() or not value)):
            raise BadValue("code", "printable ascii", value)
        return value


class Utc(TypeDecorator[datetime]):
    """A moment. Naive datetimes are refused; what comes back is in UTC."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMPTZ on PostgreSQL."""
        native = DateTime(timezone=True) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(native)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware to UTC, as text of one length on SQLite so that order is order in time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise BadValue("time", "a time with its zone", value.isoformat())
        return value if dialect.name == "postgresql" else utc_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Back as an aware datetime in UTC."""
        if value is None:
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


def utc_text(moment: datetime) -> str:
    """`2026-11-23T12:00:00.000000Z`: how SQLite keeps an aware moment."""
    # isoformat is three times as fast as strftime, and every scan row comes this way.
    return moment.astimezone(UTC).isoformat("T", "microseconds")[:-6] + "Z"


class Day(TypeDecorator[date]):
    """A civil date."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """DATE on PostgreSQL."""
        return dialect.type_descriptor(Date() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        """A date, never a datetime: its civil day depends on a zone that a column cannot know."""
        if value is None:
            return None
        if isinstance(value, datetime):
            raise BadValue("date", "a civil date", value.isoformat(), "take the day at UTC+07:00 first")
        return value if dialect.name == "postgresql" else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """Back as a date."""
        return date.fromisoformat(value) if isinstance(value, str) else value


class Flag(TypeDecorator[bool]):
    """Yes or no."""

    impl = Integer
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """BOOLEAN on PostgreSQL."""
        return dialect.type_descriptor(Boolean() if dialect.name == "postgresql" else Integer())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        """0 or 1 on SQLite."""
        return value if value is None or dialect.name == "postgresql" else int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        """Back as a bool."""
        return None if value is None else bool(value)


class Json(TypeDecorator[Any]):
    """Small values that are only ever read whole: words by language, sizes of a photo."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Canonical text: sorted keys, no spaces, letters as they are."""
        if value is None:
            return None
        return json.dumps(clean_json(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Back as plain lists and dicts."""
        return None if value is None else json.loads(value)


class Big(TypeDecorator[int]):
    """A 64-bit whole number (an SQLite INTEGER is one already, and only INTEGER can be a rowid)."""

    impl = Integer
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """BIGINT on PostgreSQL."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "postgresql" else Integer())


Blob = LargeBinary
