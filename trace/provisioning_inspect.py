"""What we know of a chip on the reader: whose it is, what its link says, whether it answered just now (floor 3).

    number, state, report = inspection(session, bench, done)
    report == {"key": "09521234543213", "lot": "L2609A", "signature": "holds", …}

`signature` is the judgement of `signing.evidence` over the link with the UID that the reader saw, `""` without a link
of ours. A report states facts; whoever reads it decides.
"""

from typing import Any

from ocop.trace import scanned
from ocop.trace.gs1.digital_link import LinkError
from ocop.trace.provisioning_desk import Bench
from ocop.trace.provisioning_flows import Done
from ocop.trace.registry import stations as rows
from ocop.trace.registry.ledger_store import replay
from ocop.trace.registry.store import read_meta
from ocop.trace.signing.evidence import check
from sqlmodel import Session


def inspection(session: Session, bench: Bench, done: Done) -> tuple[int | None, str, dict[str, Any]]:
    """(number, state, more of the report) for a chip that was looked at; `unknown` for one that is none of ours."""
    past = rows.history(session, done.uid)
    more: dict[str, Any] = {"ndef": done.link, "signature": _signature(session, bench, done)}
    if not past:
        return None, "unknown", more
    last = past[-1]
    if last.state != "live" and not done.live:
        # Before it is written a chip holds the factory's keys, and again when it was taken back.
        more["live"] = None
    more |= {"key": last.key, "lot": last.lot, "mirror": last.mirror, "bindings": len(past)}
    return last.number, last.state, more


def _signature(session: Session, bench: Bench, done: Done) -> str:
    try:
        said = scanned.read_uri(done.link)
    except LinkError:
        return ""
    if said.token is None:
        return said.fault
    number = said.identifier.number
    bound = next(
        (
            chip.uid
            for chip in rows.bindings(session, said.identifier.key, said.identifier.lot)
            if chip.number == number and chip.state in rows.BOUND
        ),
        None,
    )
    restored = read_meta(session).restored_at is not None
    return check(
        replay(session), bench.realm, said.identifier, said.token, done.uid, bound, restored=restored
    ).value
