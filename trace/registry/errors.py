"""What can go wrong in the registry, as sentences: expected, got, hint (floor 2).

    RegistryError
      BadValue          a value that must not be stored (`what` names the field)
      Unknown           a product, producer, batch … that is not there
      Conflict          another row is in the way: (key, lot) is one batch for ever
      BadPicture        a picture that is refused (media.py)
      BadSound          a voice clip that is refused (voice.py)
      NoEncoder         no program for voice clips
      StoreError        the database itself
        NotCreated      there is no store yet                     hint: init
        AlreadyCreated  there is one already
        OldSchema       made by an older version                  hint: upgrade
        NewerSchema     made by a newer version
        WrongRealm      the store belongs to another realm
        StoreBusy       another writer holds the lock
        StoreFull       no space left
        StoreBroken     not a database, or a damaged one
        StoreUnreachable  no connection, no such file, no permission
        StoreReplaced   another file stands where the database was

`from_database` turns what the drivers say into one of these; nothing of sqlite3, psycopg or SQLAlchemy leaves
`Store.begin`, `Store.read` and the scan recorder.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, StatementError


class RegistryError(Exception):
    """Base of everything the registry raises."""


class BadValue(RegistryError):
    """A value that must not be stored: what was expected, what was got, what to do."""

    def __init__(self, what: str, expected: str, got: object, hint: str = "") -> None:
        self.what, self.expected, self.got, self.hint = what, expected, got, hint
        text = f"{what}: expected {expected}, got {got!r}"
        super().__init__(f"{text}; {hint}" if hint else text)


class Unknown(RegistryError):
    """There is no such row."""

    def __init__(self, what: str, got: object, hint: str = "") -> None:
        self.what, self.got, self.hint = what, got, hint
        text = f"expected a known {what}, got {got!r}"
        super().__init__(f"{text}; {hint}" if hint else text)


class Conflict(RegistryError):
    """Another row is in the way; `rule` names the constraint where the database says which."""

    def __init__(self, text: str, rule: str = "") -> None:
        self.rule = rule
        super().__init__(text)


class BadPicture(RegistryError):
    """A picture that is refused; `why`: `empty`, `kind`, `large`, `small`, `moving`, `damaged`."""

    def __init__(self, text: str, why: str = "damaged") -> None:
        self.why = why
        super().__init__(text)


class BadSound(RegistryError):
    """A voice clip that is refused; `why`: `empty`, `kind`, `large`, `long`, `damaged`."""

    def __init__(self, text: str, why: str) -> None:
        self.why = why
        super().__init__(text)


class NoEncoder(RegistryError):
    """The program that encodes voice clips is not installed here; everything else works."""

    def __init__(self) -> None:
        super().__init__("expected the program ffmpeg for voice clips, got none; install the package ffmpeg")


class StoreError(RegistryError):
    """The database can't do it; the sentence says what to do."""


class NotCreated(StoreError):
    """No store here yet."""

    def __init__(self, where: str) -> None:
        super().__init__(f"expected a store at {where}, got none; make one with `ocop-trace init`")


class AlreadyCreated(StoreError):
    """A store is here already."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"expected no store at {where}, got one; it is kept as it is, choose another OCOP_DATA"
        )


class OldSchema(StoreError):
    """The store was made by an older version."""

    def __init__(self, got: str, expected: str) -> None:
        self.got, self.expected = got, expected
        super().__init__(
            f"expected schema {expected}, got the older {got}; run `ocop-trace upgrade` (after a backup)"
        )


class NewerSchema(StoreError):
    """The store was made by a newer version."""

    def __init__(self, got: str, expected: str) -> None:
        self.got, self.expected = got, expected
        super().__init__(
            f"expected schema {expected}, got {got}, which this version does not know; install the newer version"
        )


class WrongRealm(StoreError):
    """The realm of the settings is not the realm of the store."""

    def __init__(self, stored: str, got: str) -> None:
        self.stored, self.got = stored, got
        super().__init__(
            f"expected realm {stored!r}, got {got!r}; codes are signed for one realm for ever,"
            " so correct OCOP_REALM or choose another OCOP_DATA"
        )


class StoreBusy(StoreError):
    """Another writer holds the lock."""

    def __init__(self) -> None:
        super().__init__(
            "expected the database to be free within 5 seconds, got a lock held by another program;"
            " nothing was changed, try again"
        )


class StoreFull(StoreError):
    """No space is left."""

    def __init__(self) -> None:
        super().__init__(
            "expected room on the disk, got none; nothing was changed, free some space and try again"
        )


class StoreBroken(StoreError):
    """The file is not a database or is damaged."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"expected a sound database, got: {said}; stop the service and bring back the last backup"
            " with `ocop-trace restore`"
        )


class StoreUnreachable(StoreError):
    """The database can't be opened or does not answer."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"expected an answer from the database, got: {said}; check OCOP_DATABASE_URL, OCOP_DATA,"
            " their permissions and the room on the disk"
        )


class StoreReplaced(StoreError):
    """Another file has taken the place of the database: nothing that was read from the old one holds."""

    def __init__(self) -> None:
        super().__init__("expected the database that was opened, got another file in its place; ask again")


_FULL, _BUSY = {sqlite3.SQLITE_FULL}, {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}


def _from_sqlite(error: sqlite3.Error) -> RegistryError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    said = str(error) or type(error).__name__
    if code == sqlite3.SQLITE_CONSTRAINT:
        return Conflict(f"expected a row that fits the others, got: {said}", said)
    if code in _FULL:
        return StoreFull()
    if code in _BUSY:
        return StoreBusy()
    if code in _BROKEN:
        return StoreBroken(said)
    return StoreUnreachable(said)


def _from_postgres(error: Exception) -> RegistryError:
    state = getattr(error, "sqlstate", None) or ""
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    if state.startswith("23"):
        rule = getattr(getattr(error, "diag", None), "constraint_name", "") or ""
        return Conflict(f"expected a row that fits the others, got: {said}", rule)
    if state == "53100":
        return StoreFull()
    if state in {"55P03", "40001", "40P01"}:
        return StoreBusy()
    if state.startswith("XX"):
        return StoreBroken(said)
    return StoreUnreachable(said)


def from_driver(error: Exception) -> RegistryError:
    """The registry's own error for one of sqlite3 or psycopg."""
    return _from_sqlite(error) if isinstance(error, sqlite3.Error) else _from_postgres(error)


def from_database(error: SQLAlchemyError) -> RegistryError:
    """The registry's own error for one of SQLAlchemy, by the codes that the driver gave."""
    original = getattr(error, "orig", None)
    if isinstance(original, RegistryError):
        return original
    if isinstance(error, DBAPIError) and isinstance(original, Exception):
        return from_driver(original)
    if isinstance(error, IntegrityError | StatementError):
        return Conflict(f"expected a row that fits the others, got: {error}")
    return StoreUnreachable(str(error) or type(error).__name__)
