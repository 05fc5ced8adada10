"""An answer of the server, looked at field by field: what is not as the station interface says is a `Shape`.

What was wanted and what came are told in pieces of JSON, which are the same in every language. A command for the chip
is never shown, for it may hold a password: of an object that lacks a field only the names are told.

Worked example: `whole({"done": "7"}, "done")` raises Shape, wanted `"done": 12`, got `"done": "7"`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

T = TypeVar("T")

SHOWN: Final = 60
"""Most characters of an answer that a person is shown."""
MISSING: Final = object()


class Shape(ValueError):
    """An answer that is none: what was wanted and what came, as pieces of JSON."""

    def __init__(self, wanted: str, got: str) -> None:
        super().__init__(f"expected {wanted}, got {got}")
        self.wanted, self.got = wanted, got


def fields(found: object) -> Mapping[str, Any]:
    """An object. Raises Shape."""
    if not isinstance(found, dict):
        raise Shape("{…}", shown(found))
    return found


def inner(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A field that is an object. Raises Shape."""
    value = found.get(name, MISSING)
    if not isinstance(value, dict):
        raise wrong(found, name, "{…}")
    return value


def items(found: Mapping[str, Any], name: str) -> list[Any]:
    """A field that is a list. Raises Shape."""
    value = found.get(name, MISSING)
    if not isinstance(value, list):
        raise wrong(found, name, "[…]")
    return value


def text(found: Mapping[str, Any], name: str) -> str:
    """A field that is text, or a number that serves as a name. Raises Shape."""
    value = found.get(name, MISSING)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise wrong(found, name, '"…"')
    return str(value)


def whole(found: Mapping[str, Any], name: str) -> int:
    """A field that is a whole number. Raises Shape."""
    value = found.get(name, MISSING)
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong(found, name, "12")
    return value


def flag(found: Mapping[str, Any], name: str) -> bool:
    """A field that is true or false. Raises Shape."""
    value = found.get(name, MISSING)
    if not isinstance(value, bool):
        raise wrong(found, name, "true")
    return value


def or_none(read: Callable[[Mapping[str, Any], str], T], found: Mapping[str, Any], name: str) -> T | None:
    """A field that may be null, but is there. Raises Shape."""
    return None if found.get(name, MISSING) is None else read(found, name)


def wrong(found: Mapping[str, Any], name: str, wanted: str, secret: bool = False) -> Shape:
    """What is said of a field that is not as wanted; of a `secret` one, and where it is missing, no value."""
    if name not in found:
        got = f"{{{', '.join(shown(key) for key in found)}}}"
    else:
        got = f'"{name}": {"…" if secret else shown(found[name])}'
    return Shape(f'"{name}": {wanted}', _cut(got))


def shown(value: object) -> str:
    """Any value of JSON as text in one line that a terminal takes without harm."""
    said = json.dumps(value, ensure_ascii=False, default=repr)
    return _cut("".join(sign if sign.isprintable() else "?" for sign in said))


def _cut(said: str) -> str:
    return said if len(said) <= SHOWN else said[: SHOWN - 1] + "…"
