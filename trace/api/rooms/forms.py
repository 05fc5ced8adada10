"""Forms as browsers send them: urlencoded or multipart, read once into a frozen value.

Limits: `MAX_FIELDS` fields, `MAX_FILES` files, `MAX_FIELD` bytes a field (a route may allow more), names of 100
bytes; the body as a whole by its route. Text must be UTF-8; it arrives in NFC with line feeds as line ends. A field
that comes twice is refused by `one`; lists ask for `all`.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as field_of
from typing import Any
from urllib.parse import parse_qsl

from ocop.trace.api.http import BadForm
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

MAX_FIELDS, MAX_FILES, MAX_FIELD, MAX_NAME = 400, 12, 32 * 1024, 100
URLENCODED, MULTIPART = b"application/x-www-form-urlencoded", b"multipart/form-data"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as sent. `name` is what the sender calls it: shown at most, never used as a path."""

    field: str
    name: str
    content: bytes = field_of(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """Fields and files of one form, in the order sent."""

    fields: Mapping[str, tuple[str, ...]] = field_of(default_factory=dict)
    files: tuple[Upload, ...] = ()

    def one(self, name: str, default: str = "") -> str:
        """The value of a field. Raises BadForm when it comes twice."""
        values = self.fields.get(name, ())
        if len(values) > 1:
            raise BadForm(f"the field {name[:40]} twice")
        return values[0] if values else default

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may repeat."""
        return self.fields.get(name, ())

    def file(self, name: str) -> Upload | None:
        """The file of a field; an empty one counts as none. Raises BadForm when there are several."""
        found = [upload for upload in self.files if upload.field == name and upload.content]
        if len(found) > 1:
            raise BadForm(f"several files for {name[:40]}")
        return found[0] if found else None

    def values(self) -> dict[str, str]:
        """The first value of each field, to show a form again with what was typed."""
        return {name: values[0] for name, values in self.fields.items() if name != "csrf"}


def read_form(content_type: bytes, body: bytes, max_field: int = MAX_FIELD) -> Form:
    """The form in a body, with at most `max_field` bytes a field. Raises BadForm."""
    kind, options = parse_options_header(content_type)
    if kind == URLENCODED or (not kind and not body):
        return _urlencoded(body, max_field)
    if kind == MULTIPART:
        return _multipart(options.get(b"boundary", b""), body, max_field)
    raise BadForm("a body that is no form")


def _urlencoded(body: bytes, max_field: int) -> Form:
    if body.count(b"&") >= MAX_FIELDS:
        raise BadForm(f"more than {MAX_FIELDS} fields")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise BadForm("text that is not UTF-8") from error
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        _add(fields, name, value.encode(), max_field)
    return Form(fields)


def _add(fields: dict[str, tuple[str, ...]], name: str, raw: bytes, max_field: int) -> None:
    if len(raw) > max_field:
        raise BadForm(f"more than {max_field} bytes in {name[:40]}")
    if len(name) > MAX_NAME:
        raise BadForm("a field with a very long name")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise BadForm("text that is not UTF-8") from error
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    fields[name] = (*fields.get(name, ()), clean)


class _Parts:
    """Collects what the parser calls out."""

    def __init__(self, max_field: int) -> None:
        self._max_field = max_field
        self.fields: dict[str, tuple[str, ...]] = {}
        self.files: list[Upload] = []
        self.ended = False
        self._count = 0
        self._begin()

    def _begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value, self._data = b"", b"", bytearray()

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._grow("_name", data[start:end]),
            "on_header_value": lambda data, start, end: self._grow("_value", data[start:end]),
            "on_header_end": self._header,
            "on_part_data": lambda data, start, end: self._data.extend(data[start:end]),
            "on_part_end": self._part,
            "on_end": self._end,
        }

    def _grow(self, which: str, piece: bytes) -> None:
        setattr(self, which, getattr(self, which) + piece)

    def _header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _end(self) -> None:
        self.ended = True

    def _part(self) -> None:
        self._count += 1
        if self._count > MAX_FIELDS:
            raise BadForm(f"more than {MAX_FIELDS} fields")
        kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if kind != b"form-data" or not name or len(name) > MAX_NAME:
            raise BadForm("a part without a field name")
        if b"filename" in options:
            if len(self.files) >= MAX_FILES:
                raise BadForm(f"more than {MAX_FILES} files")
            called = unicodedata.normalize("NFC", options[b"filename"].decode("utf-8", "replace"))
            shown = "".join(c for c in called.replace("\\", "/").rpartition("/")[2] if c.isprintable())
            self.files.append(Upload(name, shown[:MAX_NAME], bytes(self._data)))
        else:
            _add(self.fields, name, bytes(self._data), self._max_field)


def _multipart(boundary: bytes, body: bytes, max_field: int) -> Form:
    parts = _Parts(max_field)
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise BadForm("a form that is not whole") from error
    if not parts.ended:
        raise BadForm("a form that broke off")
    return Form(parts.fields, tuple(parts.files))
