"""The table of the rooms: which path asks for which right on whose thing, and who answers.

    Route("GET", "/studio/products/{key}/story", Right.STORY_SEE, edit_story, where=where_product)
    Route("POST", "/door", None, sign_in, commits=True)              # None: anybody, also without signing in

`{name}` takes one path segment, decoded; a literal segment wins over a name. A product stands in paths as its 14
digits or `P-XXXXXXXX` (`product_key` makes `P/XXXXXXXX` of it), a lot as it is printed, a producer as its slug.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from ocop.trace.api.rooms.forms import MAX_FIELD
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.gs1.identifier import identifier
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Unknown
from ocop.trace.rights import NOWHERE, Right, Where
from sqlalchemy import select
from sqlmodel import Session, col

if TYPE_CHECKING:
    from ocop.trace.api.rooms.visit import Answer, Visit

Params = Mapping[str, str]
FORM, PHOTO = 64 * 1024, 12 * 1024 * 1024
MAX_SEGMENT = 200


def nowhere(session: Session, params: Params) -> Where:
    """Nobody's in particular."""
    return NOWHERE


def where_producer(session: Session, params: Params) -> Where:
    """The producer named by `{producer}`: slug or number. Raises Unknown."""
    named = params["producer"]
    query = select(tables.Producer)
    if named.isascii() and named.isdigit() and len(named) < 10:
        query = query.where(col(tables.Producer.id) == int(named))
    else:
        query = query.where(col(tables.Producer.slug) == named)
    return _where(session.scalars(query).first(), "producer", named)


def where_product(session: Session, params: Params) -> Where:
    """The maker of the product named by `{key}`. Raises Unknown."""
    key = product_key(params["key"])
    query = (
        select(tables.Producer)
        .join(tables.Product, col(tables.Product.producer_id) == col(tables.Producer.id))
        .join(tables.ProductKey, col(tables.ProductKey.product_id) == col(tables.Product.id))
        .where(col(tables.ProductKey.key) == key)
    )
    return _where(session.scalars(query).first(), "product", key)


def where_batch(session: Session, params: Params) -> Where:
    """The maker of the batch named by `{key}` and `{lot}`. Raises Unknown."""
    where, key = where_product(session, params), product_key(params["key"])
    query = select(col(tables.Batch.id)).where(
        col(tables.Batch.key) == key, col(tables.Batch.lot) == params["lot"]
    )
    if session.execute(query).first() is None:
        raise Unknown("batch", f"{key} {params['lot']}")
    return where


def product_key(text: str) -> str:
    """The key of a product in a path. Raises Unknown."""
    key = f"P/{text[2:]}" if text.startswith("P-") else text
    try:
        return identifier(key).key
    except LinkError as error:
        raise Unknown("product", text) from error


def key_in_path(key: str) -> str:
    """A product's key as a path segment: `P/4VTR0QB4` is `P-4VTR0QB4`."""
    return key.replace("P/", "P-")


def _where(producer: tables.Producer | None, what: str, named: str) -> Where:
    if producer is None:
        raise Unknown(what, named)
    return Where(producer.id, producer.province_code, producer.commune_code or None)


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table.

    `right` None: a door, open to everybody. `step_up`: the person proved to be it within ten minutes. `commits`:
    the handler needs several commits, so it gets `visit.begin()` instead of a session. `max_body`: bytes of a form,
    `max_field`: of one field of it.
    `held`: the page too is shut for 72 hours after a recovery; forms of `rights.HELD` are so by themselves.
    """

    method: str
    path: str
    right: Right | None
    handler: "Callable[[Visit], Answer]"
    where: Callable[[Session, Params], Where] = nowhere
    step_up: bool = False
    commits: bool = False
    max_body: int = FORM
    max_field: int = MAX_FIELD
    held: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        """The path cut at its slashes."""
        return tuple(self.path.strip("/").split("/"))


class Index:
    """Routes by method and number of segments."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self._by_size: dict[int, list[Route]] = {}
        for route in sorted(routes, key=lambda each: [part.startswith("{") for part in each.segments]):
            self._by_size.setdefault(len(route.segments), []).append(route)

    def find(self, method: str, raw_path: bytes) -> tuple[Route | None, dict[str, str], frozenset[str]]:
        """The route with its decoded parameters; without one, the methods that the path does know."""
        pieces = _decoded(raw_path)
        if pieces is None:
            return None, {}, frozenset()
        wanted = "GET" if method == "HEAD" else method
        known = set()
        for route in self._by_size.get(len(pieces), ()):
            params = _match(route.segments, pieces)
            if params is None:
                continue
            if route.method == wanted:
                return route, params, frozenset()
            known.add(route.method)
        return None, {}, frozenset(known)

    def knows(self, path: str) -> bool:
        """Whether a page stands at this path."""
        return any(route.method == "GET" and route.path == path for route in self.routes)


def _decoded(raw_path: bytes) -> list[str] | None:
    pieces = []
    for segment in raw_path.strip(b"/").split(b"/"):
        try:
            text = unquote_to_bytes(segment).decode()
        except UnicodeDecodeError:
            return None
        if len(text) > MAX_SEGMENT or not text.isprintable() or "/" in text:
            return None
        pieces.append(text)
    return pieces


def _match(segments: tuple[str, ...], pieces: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for segment, piece in zip(segments, pieces, strict=True):
        if segment.startswith("{"):
            if not piece:
                return None
            params[segment[1:-1]] = piece
        elif segment != piece:
            return None
    return params
