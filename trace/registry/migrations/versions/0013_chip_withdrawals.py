"""Chips that were taken off their items before the ledger was told: each gets its withdrawal now.

Entries are written as `signing.entries` defines version 1; this file stays as it is when that grows.
"""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from ocop.trace.registry import columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

LEDGER = sa.table(
    "ledger_entry",
    sa.column("position", columns.Big()),
    sa.column("entry", columns.Blob()),
    sa.column("at", columns.Utc()),
)
ACT = sa.table(
    "act",
    sa.column("position", columns.Big()),
    *(sa.column(name, columns.Code()) for name in ("kind", "why")),
    *(sa.column(name, columns.Words()) for name in ("reason", "advice", "actor")),
    sa.column("at", columns.Utc()),
)
CHIP = sa.table(
    "chip",
    sa.column("id", sa.Integer()),
    sa.column("uid", columns.Blob()),
    *(sa.column(name, columns.Code()) for name in ("key", "lot", "state")),
    sa.column("ended_at", columns.Utc()),
)


def upgrade() -> None:
    """Enter what is missing, behind what is there."""
    base = op.get_bind()
    standing = _standing(base)
    last = base.execute(sa.select(sa.func.max(LEDGER.c.position))).scalar()
    position = 0 if last is None else last + 1
    for (key, lot, uid), (state, ended) in sorted(_newest(base).items()):
        if ended is None or (key, lot, uid.hex()) in standing:
            continue
        at = ended.replace(microsecond=0)
        why = "chip_replaced" if state == "replaced" else "other"
        entry = {
            "at": at.isoformat().replace("+00:00", "Z"), "id": key, "lot": lot, "t": "withdraw", "uid": uid.hex(),
            "v": 1, "why": why,
        }  # fmt: skip
        data = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode("ascii")
        base.execute(LEDGER.insert().values(position=position, entry=data, at=at))
        words = {"reason": "", "advice": "", "actor": "ocop-trace upgrade"}
        base.execute(ACT.insert().values(position=position, kind="withdraw", why=why, at=ended, **words))
        position += 1


def downgrade() -> None:
    """An entry is never taken out of the ledger; the schema before this one reads them all."""


def _newest(base: sa.Connection) -> dict[tuple[str, str, bytes], tuple[str, datetime | None]]:
    """Each chip that a batch ever had, with the state and the end of its newest binding there."""
    columns_ = (CHIP.c.key, CHIP.c.lot, CHIP.c.uid, CHIP.c.state, CHIP.c.ended_at)
    rows = base.execute(sa.select(*columns_).order_by(CHIP.c.id))
    return {(key, lot, bytes(uid)): (state, ended) for key, lot, uid, state, ended in rows}


def _standing(base: sa.Connection) -> set[tuple[str, str, str]]:
    """Chips whose withdrawal the ledger has already: after a step down and up again."""
    found: dict[int, tuple[str, str, str]] = {}
    for position, data in base.execute(sa.select(LEDGER.c.position, LEDGER.c.entry).order_by("position")):
        entry: dict[str, Any] = json.loads(bytes(data))
        if entry["t"] == "withdraw" and "uid" in entry:
            found[position] = (entry["id"], entry["lot"], entry["uid"])
        elif entry["t"] == "undo":
            found.pop(entry["of"], None)
    return set(found.values())
