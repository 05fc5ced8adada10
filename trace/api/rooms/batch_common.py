"""What the rooms about batches share: whose product it is, paths, dates as typed, and errors in a maker's words."""

import re
from datetime import date

from ocop.trace import batching
from ocop.trace.api.rooms.routes import key_in_path, product_key
from ocop.trace.api.rooms.visit import Visit
from ocop.trace.batching_sheets import Cancelled, Press
from ocop.trace.gs1.uri import is_loopback_host
from ocop.trace.issuing import IdempotencyConflict, LotTaken, NoUsableKey
from ocop.trace.pages.labels import LabelError
from ocop.trace.printing import PrintedBefore
from ocop.trace.registry import tables
from ocop.trace.registry.editing import product_row
from ocop.trace.registry.errors import BadValue, Conflict, StoreError, Unknown
from ocop.trace.registry.keystore import KeystoreError
from ocop.trace.registry.ledger_store import By, EntryRefused
from ocop.trace.registry.makers import MadeByOther, MakerClosed
from ocop.trace.registry.quotas import QuotaSpent
from ocop.trace.rights import Right, Where, may
from ocop.trace.tags.qr import QRError
from ocop.trace.withdrawing import Held, NothingToDo
from sqlmodel import Session

DEMO = "demo.invalid/tag"
TELLABLE = (
    BadValue, Conflict, IdempotencyConflict, NoUsableKey, NothingToDo, EntryRefused, KeystoreError, LabelError, QRError,
)  # fmt: skip
_NUMBER = re.compile(r"[0-9]{1,3}(?:[., ]?[0-9]{3})*|[0-9]{1,7}", re.ASCII)
_DAY = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}))", re.ASCII)
_FIELDS = {
    "identifier": "lot",
    "lot": "lot",
    "count": "count",
    "expiry": "expiry",
    "numbers": "first",
    "number": "number",
    "stock": "stock",
    "format": "form",
}


def key_of(visit: Visit) -> str:
    """The product's key in the path."""
    return product_key(visit.params["key"])


def product_path(key: str) -> str:
    """Where the batches of a product stand."""
    return f"/studio/products/{key_in_path(key)}/batches"


def batch_path(key: str, lot: str) -> str:
    """Where a batch stands."""
    return f"{product_path(key)}/{lot}"


def maker_of(session: Session, key: str) -> Where:
    """Whose product it is. Raises Unknown."""
    producer = session.get_one(tables.Producer, product_row(session, key).producer_id)
    return Where(producer.id, producer.province_code, producer.commune_code or None)


def lot_of(visit: Visit, session: Session) -> batching.Lot:
    """The batch that the path names. Raises Unknown."""
    return batching.find(session, key_of(visit), visit.params["lot"])


def allowed(visit: Visit, right: Right, where: Where) -> bool:
    """Whether this visitor would be let through that door."""
    return may(visit.actor, right, where).allowed


def by(visit: Visit) -> By:
    """Who acts now."""
    return By(visit.actor.name, visit.now)


def press_of(visit: Visit) -> Press:
    """What printing needs from this worker."""
    service = visit.service
    return Press(
        service.store.begin,
        service.store.read,
        service.keystore,
        service.scanner.realm,
        service.settings.public_url,
    )


def unprintable(visit: Visit) -> bool:
    """Whether the address that would be printed is one that no buyer reaches."""
    service = visit.service
    return is_loopback_host(service.settings.host) and service.scanner.realm != DEMO


def number_of(text: str) -> int | None:
    """A whole number as people type it: `300`, `1.000`, `1 000`; None for anything else."""
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        return None
    return int(re.sub(r"[., ]", "", plain))


def day_of(text: str) -> date | None:
    """A date as browsers send it (`2026-11-23`) or people type it (`23/11/2026`); None for anything else."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, day_, month_, year_ = found.groups()
    try:
        return date(int(year or year_), int(month or month_), int(day or day_))
    except ValueError:
        return None


def told(visit: Visit, error: Exception) -> tuple[str, str]:
    """(field, sentence) of an error of `TELLABLE`, in the reader's language. Raises what is not for a form."""
    if isinstance(error, StoreError | Unknown):
        raise error
    if isinstance(error, QuotaSpent):
        return "count", visit.say("batch.problem.quota", name=error.name, year=error.year, left=error.left)
    if isinstance(error, LotTaken):
        return "lot", visit.say("batch.problem.taken")
    if isinstance(error, PrintedBefore):
        at = visit.words.moment(error.at)
        numbers = _numbers(error.first, error.last)
        name = "labels.problem.printed" if error.last else "labels.problem.printed.one"
        return "again", visit.say(name, at=at, **({"numbers": numbers} if error.last else {}))
    if isinstance(error, BadValue):
        return _bad_value(visit, error)
    names = (
        (IdempotencyConflict, "batch.problem.form"),
        (NoUsableKey, "batch.problem.key"),
        (KeystoreError, "batch.problem.shut"),
        (NothingToDo, "batch.problem.nothing"),
        (Held, "batch.problem.held"),
        (batching.TooManyOnDisplay, "batch.problem.display"),
        (MakerClosed, "batch.problem.closed"),
        (MadeByOther, "batch.problem.other_maker"),
        (Cancelled, "labels.problem.cancelled"),
        (LabelError, "labels.problem.fit"),
    )
    name = next((name for kind, name in names if isinstance(error, kind)), "batch.problem.other")
    return ("stock" if isinstance(error, LabelError) else "lot"), visit.say(name)


def _bad_value(visit: Visit, error: BadValue) -> tuple[str, str]:
    field = _FIELDS.get(error.what, "")
    if error.what == "ticket":
        return "lot", visit.say("batch.problem.form")
    if error.what == "numbers" and "one file" in error.expected:
        most = "".join(c for c in error.expected if c.isdigit())
        return "last", visit.say("labels.problem.many", most=most)
    if not field:
        return "lot", visit.say("batch.problem.other")
    return field, visit.say(f"batch.problem.{field}")


def _numbers(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
