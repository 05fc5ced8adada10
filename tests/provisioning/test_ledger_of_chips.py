"""What becomes of a chip stands in the ledger: replayed, it withdraws the chips that the rows say are off, no more."""

import ast
import random
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from ocop import trace
from ocop.hardware.reader import ChipLost
from ocop.hardware.simulator import blank_21x, blank_424
from ocop.trace import auditing, withdrawing
from ocop.trace import provisioning_phone as phone
from ocop.trace.provisioning_chips import bind_chip, replace_chip, void_chip
from ocop.trace.registry import chips
from ocop.trace.registry.ledger_store import By, examine, read, replay, size
from ocop.trace.registry.store import HEAD, alembic_config
from ocop.trace.registry.tables import AuditEntry, Batch, Producer, Product
from ocop.trace.registry.tables_chips import Chip
from ocop.trace.signing.entries import UndoEntry, Why, WithdrawChipEntry, parse
from ocop.trace.tags.ntag21x import NTAG215
from ocop.trace.tags.plan import Kind
from ocop.trace.withdrawing import NothingToDo
from sqlalchemy import select
from sqlmodel import col

GTIN, LOT, OTHER_LOT = "09521234543213", "L2609A", "L2609B"
BY = By("anh Tín", datetime(2026, 11, 23, 4, 5, 6, 789_000, tzinfo=UTC), "rơi xuống suối")
ONE, TWO = bytes.fromhex("04de5f1eacc040"), bytes.fromhex("04de5f1eacc041")


def bind(workshop: Any, uid: bytes = ONE, number: int = 1, lot: str = LOT) -> None:
    with workshop.store.begin() as session:
        new = chips.NewChip(uid, GTIN, lot, number, "ntag215", mirror="none")
        bind_chip(session, new, BY)


def end(workshop: Any, verb: Any, uid: bytes = ONE, **more: Any) -> None:
    with workshop.store.begin() as session:
        verb(session, uid, BY, **more)


def withdrawn(workshop: Any, lot: str = LOT) -> dict[bytes, Why]:
    """What whoever holds the ledger only knows of the chips of a lot; held against the rows."""
    with workshop.store.read() as session:
        assert examine(session) == ()
        batch = replay(session).batch(GTIN, lot)
        rows = session.execute(select(Chip).where(Chip.key == GTIN, Chip.lot == lot)).scalars().all()
    assert batch is not None
    found = {act.uid: act.why for act in batch.chip_withdrawals}
    on = {row.uid for row in rows if row.state in ("reserved", "live")}
    assert set(found) == {row.uid for row in rows} - on
    return found


def entries(workshop: Any) -> list[str]:
    """The kinds of the chips' entries, in order."""
    with workshop.store.read() as session:
        told = [parse(data) for _, data in read(session)]
    return [entry.t for entry in told if isinstance(entry, WithdrawChipEntry | UndoEntry)]


@pytest.mark.parametrize(
    ("verb", "more", "why"),
    [(void_chip, {}, Why.OTHER), (void_chip, {"why": Why.MISTAKE}, Why.MISTAKE), (replace_chip, {}, Why.CHIP_REPLACED)],
)  # fmt: skip
def test_a_chip_that_is_taken_off_is_withdrawn_in_the_ledger(
    workshop: Any, verb: Any, more: dict[str, Any], why: Why
) -> None:
    bind(workshop)
    assert withdrawn(workshop) == {}
    end(workshop, verb, **more)
    assert withdrawn(workshop) == {ONE: why}
    bind(workshop, TWO)
    assert withdrawn(workshop) == {ONE: why}


def test_bound_again_in_its_batch_a_chip_counts_again_and_in_another_it_stays_withdrawn(
    workshop: Any,
) -> None:
    bind(workshop)
    end(workshop, void_chip)
    bind(workshop, number=3, lot=OTHER_LOT)
    assert (set(withdrawn(workshop)), withdrawn(workshop, OTHER_LOT)) == ({ONE}, {})
    end(workshop, void_chip)
    bind(workshop, number=2)
    bind(workshop, number=2)
    assert (withdrawn(workshop), set(withdrawn(workshop, OTHER_LOT))) == ({}, {ONE})
    end(workshop, replace_chip)
    assert withdrawn(workshop) == {ONE: Why.CHIP_REPLACED}
    assert entries(workshop) == ["withdraw", "withdraw", "undo", "withdraw"]


def test_what_happens_at_a_station_or_by_phone_is_entered_too(workshop: Any) -> None:
    plan, chip = workshop.plan(Kind.NTAG424), blank_424(b"one")
    workshop.write(plan, chip)
    workshop.write(plan, chip, kind="void", by="chị Hoa", reason="dán hỏng")
    assert set(withdrawn(workshop)) == {chip.uid}
    workshop.write(plan, chip)
    assert withdrawn(workshop) == {}
    here = phone.Place(GTIN, LOT, by="chị Hoa")
    phone.bind_phone(workshop.bench, here, ONE, 4)
    end(workshop, void_chip)
    phone.bind_phone(workshop.bench, here, ONE, 5)
    assert (withdrawn(workshop), entries(workshop)) == ({}, ["withdraw", "undo"] * 2)


def test_a_void_at_a_station_says_in_the_log_who_and_why_once(workshop: Any) -> None:
    chip = blank_21x(NTAG215, b"one")
    workshop.write(workshop.plan(Kind.NTAG21X), chip, family=Kind.NTAG21X)
    workshop.write(None, chip, family=Kind.NTAG21X, kind="void", by="chị Hoa", reason="dán hỏng")
    workshop.write(None, chip, family=Kind.NTAG21X, kind="void", by="anh Ba")
    with workshop.store.read() as session:
        (line,) = session.execute(select(AuditEntry)).scalars()
        assert auditing.check(session).problem == ""
    assert (line.what, line.actor, line.why) == ("chip.void", "chị Hoa (Bàn 1)", "dán hỏng")
    assert line.about == f"{GTIN} {LOT} 1 {chip.uid.hex().upper()}"
    assert line.producer_id is not None


def test_a_chip_pulled_away_while_it_is_voided_is_withdrawn_once(workshop: Any) -> None:
    plan, chip = workshop.plan(Kind.NTAG424), blank_424(b"cut")
    workshop.write(plan, chip)
    for after in range(4, 40, 4):
        with suppress(ChipLost):
            workshop.write(None, chip, cut=(after, 0), kind="void")
    workshop.write(None, chip, kind="void")
    assert (set(withdrawn(workshop)), entries(workshop)) == ({chip.uid}, ["withdraw"])


def test_by_hand_a_chips_withdrawal_is_not_taken_back(workshop: Any) -> None:
    bind(workshop)
    end(workshop, void_chip)
    with workshop.store.begin() as session:
        last = size(session) - 1
        with pytest.raises(NothingToDo, match="bind that chip again"):
            withdrawing.undo(session, last, Why.MISTAKE, BY)
    assert set(withdrawn(workshop)) == {ONE}


def test_an_act_that_is_given_up_leaves_neither_row_nor_entry(workshop: Any) -> None:
    bind(workshop)

    class CutError(Exception):
        pass

    def cut(verb: Any) -> None:
        with workshop.store.begin() as session:
            verb(session, ONE, BY)
            raise CutError

    for verb in (void_chip, replace_chip):
        with pytest.raises(CutError):
            cut(verb)
    assert (withdrawn(workshop), entries(workshop)) == ({}, [])


def test_the_check_of_the_ledger_sees_chips_ended_or_revived_behind_its_back(workshop: Any) -> None:
    bind(workshop)
    bind(workshop, TWO, 2)
    end(workshop, void_chip, TWO)
    with workshop.store.begin() as session:
        rows = {row.uid: row for row in session.execute(select(Chip)).scalars()}
        chips.void(session, rows[ONE].id or 0, BY.at)
        assert examine(session) == (
            f"chip's withdrawal {(GTIN, LOT, ONE.hex().upper())}: there is a row of it, but nothing in the ledger",
        )
        rows[ONE].state, rows[ONE].ended_at = "reserved", None
        rows[TWO].state, rows[TWO].ended_at = "live", None
        session.flush()
        assert examine(session) == (
            f"chip's withdrawal {(GTIN, LOT, TWO.hex().upper())}: in the ledger, but there is no row of it",
        )


@pytest.mark.parametrize("seed", range(3))
def test_after_any_story_of_chips_the_replay_is_what_the_rows_say(workshop: Any, seed: int) -> None:
    chance = random.Random(seed)
    uids = [bytes([4, n, 0x5F, 0x1E, 0xAC, 0xC0, 0x40]) for n in range(4)]
    for _ in range(25):
        uid, lot = chance.choice(uids), chance.choice((LOT, OTHER_LOT))
        act = chance.choice((bind, bind, void_chip, replace_chip))
        try:
            if act is bind:
                bind(workshop, uid, chance.randint(1, 5), lot)
            else:
                end(workshop, act, uid)
        except (chips.ItemHasChip, chips.ChipIsBound, chips.Unknown):
            continue
        withdrawn(workshop)
        withdrawn(workshop, OTHER_LOT)


def test_an_upgrade_enters_what_ended_before_the_ledger_was_told_and_only_once(workshop: Any) -> None:
    for number, uid in enumerate((ONE, TWO), 1):
        bind(workshop, uid, number)
    bind(workshop, bytes.fromhex("04de5f1eacc042"), 3)
    end(workshop, replace_chip, TWO)
    with workshop.store.begin() as session:
        (one,) = session.execute(select(Chip).where(col(Chip.uid) == ONE)).scalars()
        chips.void(session, one.id or 0, BY.at)
        before = size(session)
    for _ in range(2):
        with workshop.store._writer.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.downgrade(config, "0012")
            command.upgrade(config, HEAD)
        assert withdrawn(workshop) == {ONE: Why.OTHER, TWO: Why.CHIP_REPLACED}
        with workshop.store.read() as session:
            made = select(Batch.lot, Batch.producer_id, Batch.maker, Product.producer_id, Producer.name)
            rows = session.execute(made.join(Product, col(Product.id) == Batch.product_id).join(
                Producer, col(Producer.id) == Product.producer_id)).all()  # fmt: skip
            assert {row[0] for row in rows} >= {LOT, OTHER_LOT}
            for _, by, called, of_today, name in rows:
                assert (by, called) == (of_today, name), "who has the product today made what was made so far"
            assert (
                session.execute(select(Producer).where(col(Producer.closed_at).is_not(None))).first() is None
            )
            assert examine(session) == ()
    with workshop.store.read() as session:
        assert size(session) == before + 1


def test_bindings_are_made_and_ended_where_the_ledger_is_told() -> None:
    root = Path(str(trace.__file__)).parent
    for path in root.rglob("*.py"):
        called = {
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "chips"
        }
        assert path.name == "provisioning_chips.py" or called.isdisjoint({"reserve", "void", "replace"}), path
