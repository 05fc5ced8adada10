"""A TOML table that is read entry by entry and must be read to its end (floor 1).

table = Table("oi-son-duong", {"net": "3 kg"})
table.text("net")     -> "3 kg"
table.close()         -> nothing; an entry nobody asked for is a `ContentError`
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class ContentError(Exception):
    """A data file of an illustrative product is not in its form."""

    def __init__(self, slug: str, entry: str, expected: str, got: str) -> None:
        super().__init__(f"{slug}: {entry or 'file'}: expected {expected}, got {got}")
        self.slug = slug
        self.entry = entry
        self.expected = expected
        self.got = got


class Table:
    """The entries of one table, taken out one after the other."""

    def __init__(self, slug: str, entries: object, name: str = "") -> None:
        self.slug = slug
        self._name = name
        if not isinstance(entries, Mapping):
            raise ContentError(slug, name, "a table", repr(entries))
        self._left = dict(entries)

    def _path(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key

    def _error(self, key: str, expected: str, got: object) -> ContentError:
        return ContentError(self.slug, self._path(key), expected, repr(got))

    def has(self, key: str) -> bool:
        """Whether an entry is there and not yet taken."""
        return key in self._left

    def text(self, key: str, default: str | None = None) -> str:
        """A string; without `default` it must be there (it may be empty)."""
        value = self._left.pop(key, default)
        if not isinstance(value, str):
            raise self._error(key, "a text", value)
        return value

    def number(self, key: str, default: int | None = None) -> int:
        """An integer."""
        value = self._left.pop(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._error(key, "a whole number", value)
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self._left.pop(key, default)
        if not isinstance(value, bool):
            raise self._error(key, "true or false", value)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; none when the entry is missing."""
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._error(key, "a list of texts", value)
        return tuple(value)

    def choice(self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """One of the values of an enumeration."""
        value = self._left.pop(key, default)
        for member in kind:
            if member == value:
                return member
        raise self._error(key, "one of " + ", ".join(kind), value)

    def table(self, key: str) -> "Table":
        """A table within this one."""
        return Table(self.slug, self._left.pop(key, None), self._path(key))

    def tables(self, key: str) -> tuple["Table", ...]:
        """A list of tables; none when the entry is missing."""
        value = self._left.pop(key, [])
        if not isinstance(value, list):
            raise self._error(key, "a list of tables", value)
        return tuple(Table(self.slug, item, f"{self._path(key)}[{n}]") for n, item in enumerate(value))

    def close(self) -> None:
        """Refuse what nobody asked for: a misspelt entry must not be lost silently."""
        if self._left:
            raise ContentError(self.slug, self._name, "no further entries", ", ".join(sorted(self._left)))
