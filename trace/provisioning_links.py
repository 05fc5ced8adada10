"""The links that a chip was given: which of them it may carry when it comes again, and which one it keeps (floor 3).

    carries_ours(session, realm, uid, "https://…/21/000001?s=E…")      # may be written over with the next link
    link_of(session, standing, static)                                 # what a chip that has answered keeps

A binding is decided before its link is written, so a chip that was cut in between carries what an earlier binding gave
it, be that the last one or one long before. Whatever we gave to this very UID may be written over; how long ago, and
whether the newest one ever reached the chip, plays no part. A link is known by the dialogue that gave it, or else by
its code, which is signed over the UID: that knows those which a phone wrote, and those of an address we have left.
"""

from ocop.trace import scanned
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.registry import stations as rows
from ocop.trace.registry.ledger_store import replay
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.signing.evidence import Signature, check
from sqlmodel import Session


def carries_ours(session: Session, realm: str, uid: bytes, static: str | None) -> bool:
    """Whether `static`, the unchanging part of a chip's link, was given to this UID by us. Raises `LedgerBroken`."""
    if static is None:
        return False
    if any(base == static for _, base in rows.links(session, uid)):
        return True
    try:
        said = scanned.read_uri(static)
    except LinkError:
        return False
    # With no chip bound, a chip's token that holds over this UID is UNBOUND; a printed one names no UID and HOLDS.
    return check(replay(session), realm, said.identifier, said.token, uid) is Signature.UNBOUND


def link_of(session: Session, standing: Chip, static: str | None) -> str:
    """The link that a binding keeps: of those it was given the one on the chip, else the newest; "" for none yet.

    A chip that has answered keeps its link, whatever our address is by now: a link of another length would need its
    settings changed, which sets its counter back, and the floor that we hold for this binding would refuse its taps.
    """
    if standing.state == "reserved" and not standing.counter:
        return ""
    given = [base for bound, base in rows.links(session, standing.uid) if bound == standing.id]
    return static if static in given else next(iter(given), "")
