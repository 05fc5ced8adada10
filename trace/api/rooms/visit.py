"""One visit to a room: what a handler is given, and the answers that it may give.

    def save(visit: Visit) -> Answer:
        name = visit.form.one("name")
        rename(visit.session, visit.params["key"], name)
        visit.note("product.rename", name)
        return Go(f"/studio/products/{visit.params['key']}", "product.renamed", {"name": name})

The session of a GET is one snapshot; that of a POST is committed before the answer goes out, and an exception takes
all of it back. Of the errors of the registry a handler may let go what it can't say better.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ocop.trace import auditing
from ocop.trace.api.http import Request
from ocop.trace.api.rooms.forms import Form
from ocop.trace.api.rooms.routes import Index
from ocop.trace.api.service import Service
from ocop.trace.doors_sessions import Signed, token_text
from ocop.trace.pages.phrases import Phrases, Value
from ocop.trace.pages.rooms.base import NavItem, RoomBase
from ocop.trace.registry.errors import Unknown
from ocop.trace.rights import Actor
from sqlmodel import Session

NOBODY = Actor(0, "")


def csrf_of(secret: str) -> str:
    """The secret of forms for a browser with this cookie."""
    return token_text(hmac.digest(secret.encode(), b"ocop form", hashlib.sha256))


@dataclass(frozen=True, slots=True)
class Page:
    """A page; `view` is a frozen dataclass known to `pages.rooms.render`."""

    view: Any
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """Go there (303); `notice` is a message id that the next page says once. `token` sets the session's cookie
    (empty: takes it away)."""

    location: str
    notice: str = ""
    values: Mapping[str, str | int] = field(default_factory=dict)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Download:
    """A file to keep; shown in the browser instead when `inline`."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Json:
    """An answer to a script of ours."""

    value: Any
    status: int = 200
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page that says why not: a message id, its values, and where to go on."""

    status: int
    sentence: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    back: str = ""


@dataclass(frozen=True, slots=True)
class AsBuyer:
    """A page of the public side, as it stands there, under the policy that it has there."""

    body: bytes = field(repr=False)


Answer = Page | Go | Download | Json | Refusal | AsBuyer


@dataclass(slots=True)
class Visit:
    """What a handler is given. `actor` of a door without anybody signed in is `NOBODY`."""

    service: Service
    request: Request
    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Form
    lang: Literal["vi", "en"]
    words: Phrases
    now: datetime
    csrf: str = field(repr=False)
    holder: bytes = field(repr=False)
    signed: Signed | None
    index: Index
    nav: tuple[NavItem, ...] = ()
    notice: str = ""
    transaction: Session | None = None
    token: str | None = field(default=None, repr=False)

    @property
    def session(self) -> Session:
        """The one session of this visit."""
        if self.transaction is None:
            raise RuntimeError("expected a route without `commits`; use visit.begin()")
        return self.transaction

    def enter(self, token: str, signed: Signed | None) -> None:
        """Somebody came in during this visit: the page that answers is theirs, and sets their cookie."""
        self.token, self.signed, self.csrf = token, signed, csrf_of(token)

    def number(self, name: str) -> int:
        """A number in the path. Raises Unknown for anything else."""
        text = self.params[name]
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Unknown(name, text)
        return int(text)

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.signed.actor if self.signed is not None else NOBODY

    @property
    def begin(self) -> Callable[[], AbstractContextManager[Session]]:
        """For a route with `commits`: a session that commits at the end of its block."""
        return self.service.store.begin

    @property
    def client(self) -> str:
        """The caller's address; for limits, never stored."""
        return self.service.client(self.request)

    def say(self, name: str, /, **values: Value) -> str:
        """A message in the reader's language."""
        return self.words.say(name, **values)

    def note(
        self,
        what: str,
        about: str,
        why: str = "",
        for_producer: int | None = None,
        *,
        session: Session | None = None,
        actor: Actor | None = None,
    ) -> None:
        """A line of the log for this act, in its transaction."""
        who = actor or (self.actor if self.signed is not None else None)
        auditing.note(session or self.session, who, what, about, why, for_producer, at=self.now)

    def base_view(self, title: str, *, scripts: tuple[str, ...] = (), print_only: bool = False) -> RoomBase:
        """The frame of a page with this title (already in the reader's language)."""
        return RoomBase(
            lang=self.lang,
            title=title,
            host=self.service.settings.authority,
            csrf=self.csrf,
            path=self.request.raw_path.decode("latin-1"),
            nav=self.nav,
            person=self.actor.name,
            helping=self.signed.helping_name if self.signed is not None else "",
            notice=self.notice,
            scripts=scripts,
            print_only=print_only,
        )
