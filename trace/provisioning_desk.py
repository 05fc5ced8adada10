"""The server's part in the middle of a dialogue: which keys, which number, which link (floor 3).

A dialogue is replayed at every exchange, so whatever is decided here is decided once and stored with the dialogue
(its snapshot), in the transaction of the decision itself:

    ring      generations of the keys that this chip shall have and may have
    bound     commit point `reserved`: item, UID and generation stand in the chip's row
    base      the signed link, made after that commit: what was never stored is never signed
    unbound   commit point `void`: the binding has ended, in ledger and log too, before the chip is blanked

A chip that stands bound is only ever resumed: same item, same generation, and once it has answered the same link. A
chip that was bound before gets the next generation, because switching its settings on sets its counter back. No key is
stored: each follows from a master and two generations.

Refused before anything is written: a chip of another batch, a chip that carries another number than the label in
hand, an item that has its chip, a batch whose key was withdrawn.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from ocop.trace import auditing
from ocop.trace.gs1.identifier import identifier, item_serial
from ocop.trace.issuing import Begin, NoUsableKey, check_may_sign, find_issued
from ocop.trace.provisioning_chips import bind_chip, forget_chip, settled, void_chip
from ocop.trace.provisioning_flows import NTAG424_TYPE, NotProven, type_of
from ocop.trace.provisioning_links import carries_ours, link_of
from ocop.trace.provisioning_refusals import (
    BindingEnded,
    NoMoreGenerations,
    OtherBatch,
    OtherNumber,
    OtherStation,
    PlanStuck,
)
from ocop.trace.provisioning_stations import Caller, plan_of
from ocop.trace.provisioning_talks import Talks
from ocop.trace.registry import chips
from ocop.trace.registry import stations as rows
from ocop.trace.registry.editing import SHORT, product_row
from ocop.trace.registry.keystore import Keystore
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.tables_chips import Chip, ChipDialogue
from ocop.trace.registry.tables_issue import Batch
from ocop.trace.signing.token import Carrier, nfc_text, sign
from ocop.trace.tags import ntag21x, ntag21x_flows, ntag424, ntag424_flows, secure
from ocop.trace.tags.ntag21x_flows import Credential
from ocop.trace.tags.ntag424_flows import FACTORY, ChipKeys, ForeignChip, KeyRing
from ocop.trace.tags.plan import Kind, Plan, PlanFull, item_link
from sqlmodel import Session

LAST_GENERATION: Final = 255
_ANY_LINK: Final = "https://ocop.invalid/?s="
Pair = tuple[int, int]
"""A master's generation and a chip's."""


class Masters(Protocol):
    """The AES masters of chips, by generation."""

    def generations(self) -> tuple[int, ...]:
        """Those there are, in order; new chips get the last one."""

    def key(self, generation: int) -> bytes:
        """The 16 bytes of one generation. Raises `KeystoreError`."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What the verbs of provisioning need. `read` and `begin` open transactions, `clock` tells the time."""

    begin: Begin
    read: Callable[[], AbstractContextManager[Session]]
    keystore: Keystore
    masters: Masters
    realm: str
    public_url: str
    clock: Callable[[], datetime]
    talks: Talks = field(default_factory=Talks)


def sign_link(bench: Bench, about: Mapping[str, Any], uid: bytes) -> str:
    """The static link of a chip: its item's path and the token that names its UID. Raises `KeystoreError`.

    `about` has `key`, `lot`, `number`, `carrier` (`sun` or `static`), `issuer` and `signing_key`.
    """
    serial = item_serial(about["number"])
    carrier = Carrier.SUN if about["carrier"] == "sun" else Carrier.STATIC
    signer = bench.keystore.signer(about["issuer"], about["signing_key"])
    token = sign(signer, bench.realm, carrier, about["key"], about["lot"], serial, uid)
    path = identifier(about["key"], about["lot"], serial).path
    return item_link(bench.public_url, path, nfc_text(token))


class ServerDesk:
    """The desk of one dialogue; see `provisioning_flows.Desk`. Made anew for every exchange."""

    def __init__(self, bench: Bench, caller: Caller, dialogue: ChipDialogue) -> None:
        self._bench, self._caller = bench, caller
        self._id, self._family = dialogue.id or 0, Kind(dialogue.family)
        self._snapshot: dict[str, Any] = dict(dialogue.snapshot)

    def keys(self, survey: ntag424_flows.Survey) -> KeyRing:
        """The ring of this UID: the generation it stands bound with, else its next one."""
        ring = self._once("ring", lambda session, row: self._assign(session, row, survey.uid, locked=False))
        target, *earlier = ring
        return KeyRing.of(
            self._chip_keys(survey.uid, target), *(self._chip_keys(survey.uid, e) for e in earlier)
        )

    def order(self, chip: ntag424_flows.Entered) -> ntag424_flows.Order:
        """Binds the chip that has proved its key 0, then signs its link."""
        bound, base = self._bound(chip.uid, NTAG424_TYPE, chip.survey.content.static)
        return ntag424_flows.Order(ntag424.template(base), bound["replaces"], bound["resuming"])

    def order_21x(self, found: ntag21x_flows.Survey) -> ntag21x_flows.Order:
        """Binds the chip, then signs its link. One whose configuration is locked keeps its password."""
        ring = self._once(
            "ring", lambda session, row: self._assign(session, row, found.uid, locked=found.config.locked)
        )
        bound, base = self._bound(found.uid, type_of(found.model), found.content.static)
        now, *earlier = (self._credential(found.uid, pair) for pair in ring)
        image = ntag21x.image(found.model, base)
        return ntag21x_flows.Order(image, now, earlier, bound["replaces"], bound["resuming"])

    def known_keys(self, uid: bytes, *, blank: bool) -> KeyRing | None:
        """Every generation that a chip of ours may have; None for a chip that never was."""
        pairs = self._once("known", lambda session, row: self._known(session, row, uid))
        if not pairs:
            return None
        known = [self._chip_keys(uid, pair) for pair in pairs]
        return KeyRing.of(FACTORY if blank else known[0], *known)

    def proof(self, uid: bytes) -> KeyRing | None:
        """The keys of the binding, where the chip has answered under it."""
        pair = self._once("proof", lambda session, row: self._live_pair(session, uid))
        return None if pair is None else KeyRing(self._chip_keys(uid, pair), {})

    def proof_21x(self, found: ntag21x_flows.Survey) -> Credential | None:
        """The password of the binding, where it has one and the chip has answered under it."""
        pair = self._once("proof", lambda session, row: self._live_pair(session, found.uid))
        return None if pair is None else self._credential(found.uid, pair)

    def unbind(self, uid: bytes) -> None:
        """Ends the binding. Raises ForeignChip for a chip that never was bound here."""
        self._once("unbound", lambda session, row: self._unbind(session, row, uid))

    def give_back(self) -> None:
        """Ends the binding that this dialogue began, if it began one; nothing of it is on the chip."""
        if self._snapshot.get("bound", {}).get("began"):
            self._once("given back", self._give_back)

    def passwords(self, found: ntag21x_flows.Survey) -> ntag21x_flows.Order:
        """Every password this chip may have, the factory's last."""
        pairs = self._once("known", lambda session, row: self._known(session, row, found.uid))
        factory = Credential(ntag21x.FACTORY_PASSWORD, ntag21x.FACTORY_PACK)
        first, *others = [*(self._credential(found.uid, pair) for pair in pairs), factory]
        return ntag21x_flows.Order(ntag21x.image(found.model, _ANY_LINK), first, others)

    def _once(self, name: str, decide: Callable[[Session, ChipDialogue], Any]) -> Any:
        """What was decided under that name, now or at an earlier replay; stored in the deciding transaction."""
        if name not in self._snapshot:
            self._snapshot = settled(lambda: self._decided(name, decide))
        return self._snapshot[name]

    def _decided(self, name: str, decide: Callable[[Session, ChipDialogue], Any]) -> dict[str, Any]:
        with self._bench.begin() as session:
            row = rows.locked_dialogue(session, self._id, self._caller.id)
            if name not in row.snapshot:
                value = decide(session, row)
                row.snapshot = {**row.snapshot, name: value}
                session.add(row)
            return dict(row.snapshot)

    def _assign(self, session: Session, row: ChipDialogue, uid: bytes, *, locked: bool) -> list[Pair]:
        row.uid = uid
        past = rows.history(session, uid)
        pairs = [pair for pair in map(self._pair, reversed(past)) if pair[1]]
        standing = past[-1] if past and past[-1].state in rows.BOUND else None
        if standing is not None:
            self._refuse_others(session, row, standing)
        if pairs and (locked or (standing is not None and self._pair(standing)[1])):
            return list(dict.fromkeys(pairs))
        generation = max((pair[1] for pair in pairs), default=0) + 1
        if generation > LAST_GENERATION:
            raise NoMoreGenerations(LAST_GENERATION)
        return list(dict.fromkeys([(self._newest_master(), generation), *pairs]))

    def _newest_master(self) -> int:
        known = self._bench.masters.generations()
        if not known:
            raise NoUsableKey(
                "expected a master key for chips, got none; make one with `ocop-trace chips master add`"
            )
        return known[-1]

    def _pair(self, chip: Chip) -> Pair:
        if self._family is Kind.NTAG424:
            return chip.master_generation, chip.chip_generation
        return chip.password_master_generation, chip.password_generation

    @staticmethod
    def _pair_of(stored: list[int] | None) -> Pair | None:
        return None if stored is None else (stored[0], stored[1])

    def _refuse_others(self, session: Session, row: ChipDialogue, standing: Chip) -> None:
        plan = plan_of(session, row.plan_id, self._caller, self._family)
        batch = session.get_one(Batch, plan.batch_id)
        if (standing.key, standing.lot) != (batch.key, batch.lot):
            raise OtherBatch(
                f"expected a blank chip or one of lot {batch.lot}, got the chip of number {standing.number} "
                f"of lot {standing.lot}",
                "put it back to its lot, or void it first",
                standing.number,
                standing.lot,
            )
        if not plan.first <= standing.number <= plan.last:
            raise OtherBatch(
                f"expected a chip of {plan.first}..{plan.last}, got the chip of number {standing.number}",
                "it belongs to another plan of this lot",
                standing.number,
                standing.lot,
            )
        if row.number is not None and row.number != standing.number:
            raise OtherNumber(standing.number, row.number, standing.lot)

    def _bound(self, uid: bytes, chip_type: str, static: str | None) -> tuple[dict[str, Any], str]:
        bound = self._once("bound", lambda session, row: self._bind(session, row, uid, chip_type, static))
        # Only here, after the commit: a token without its binding would be a chip that nobody knows.
        base = self._once(
            "base", lambda session, row: bound.get("keeps") or sign_link(self._bench, bound, uid)
        )
        return bound, base

    def _bind(
        self, session: Session, row: ChipDialogue, uid: bytes, chip_type: str, static: str | None
    ) -> dict[str, Any]:
        plan = plan_of(session, row.plan_id, self._caller, self._family)
        batch = session.get_one(Batch, plan.batch_id)
        issued = find_issued(session, batch.key, batch.lot)
        check_may_sign(session, issued)
        past = rows.history(session, uid)
        standing = past[-1] if past and past[-1].state in rows.BOUND else None
        pair = self._snapshot["ring"][0]
        began = standing is None
        if standing is None:
            rows.check_open(session, batch)
            taken = frozenset(rows.closed_numbers(session, batch))
            number = self._choose(
                session, row, batch, Plan(batch.lot, self._family, plan.first, plan.last, taken)
            )
            standing = self._reserve(session, row, batch, number, uid, chip_type, pair)
        else:
            self._refuse_others(session, row, standing)
            if self._pair(standing)[1] == 0:
                self._give_password(session, standing, pair)
            elif self._pair(standing) != tuple(pair):
                raise BindingEnded(
                    "expected the binding this writing began with, got a newer one",
                    "begin with this chip again",
                )
        row.number = standing.number
        keeps = "" if began else link_of(session, standing, static)
        ours = bool(past) and carries_ours(session, self._bench.realm, uid, static)
        return {
            "chip": standing.id, "key": batch.key, "lot": batch.lot, "number": standing.number,
            "carrier": standing.carrier, "issuer": issued.issuer, "signing_key": issued.key_number,
            "resuming": bool(past), "replaces": static if ours else "",
            "began": began, "keeps": keeps,
        }  # fmt: skip

    @staticmethod
    def _choose(session: Session, row: ChipDialogue, batch: Batch, plan: Plan) -> int:
        try:
            return plan.choose(row.number)
        except PlanFull as error:
            held = rows.reserved(session, batch, plan.first, plan.last)
            if not held:
                raise
            raise PlanStuck(error, held) from error

    def _reserve(
        self,
        session: Session,
        row: ChipDialogue,
        batch: Batch,
        number: int,
        uid: bytes,
        kind: str,
        pair: Pair,
    ) -> Chip:
        sun = self._family is Kind.NTAG424
        keys, password = (pair, (0, 0)) if sun else ((0, 0), pair)
        new = chips.NewChip(
            uid, batch.key, batch.lot, number, kind,
            master_generation=keys[0], chip_generation=keys[1],
            password_master_generation=password[0], password_generation=password[1],
            plan_id=row.plan_id, station_id=self._caller.id,
        )  # fmt: skip
        return bind_chip(session, new, self._by())

    def _give_password(self, session: Session, standing: Chip, pair: Pair) -> None:
        """A chip that a phone wrote gets mirror and password at the station."""
        standing.password_master_generation, standing.password_generation = pair
        standing.mirror = "full"
        session.add(standing)

    def _known(self, session: Session, row: ChipDialogue, uid: bytes) -> list[Pair]:
        row.uid = uid
        pairs = map(self._pair, reversed(rows.history(session, uid)))
        return list(dict.fromkeys(pair for pair in pairs if pair[1]))

    def _live_pair(self, session: Session, uid: bytes) -> Pair | None:
        last = rows.history(session, uid)[-1:]
        pair = self._pair(last[0]) if last and last[0].state == "live" else (0, 0)
        return pair if pair[1] else None

    def _unbind(self, session: Session, row: ChipDialogue, uid: bytes) -> dict[str, Any]:
        past = rows.history(session, uid)
        if not past:
            raise ForeignChip("expected a chip of ours, got one that was never bound here")
        last = past[-1]
        if last.state in rows.BOUND:
            if row.plan_id is not None:
                self._refuse_others(session, row, last)
            elif not rows.may_write(session, self._caller.id, last):
                raise OtherStation(
                    "expected a chip of a plan that this station may work on, got the chip of number"
                    f" {last.number} of lot {last.lot}",
                    "the maker's studio or the office can end its binding",
                )
            if self._live_pair(session, uid) not in (None, self._pair_of(self._snapshot.get("proof"))):
                raise NotProven  # it became live since it was asked
            self._end(session, last)
        row.number = last.number
        return {"chip": last.id, "key": last.key, "lot": last.lot, "number": last.number}

    def _give_back(self, session: Session, row: ChipDialogue) -> bool:
        bound = self._snapshot["bound"]
        past = rows.history(session, row.uid or b"")
        if not past or past[-1].id != bound["chip"] or past[-1].state != "reserved":
            return False
        if bound["resuming"]:
            self._end(session, past[-1])  # it was ours before, and the ledger was told that it counts again
        else:
            forget_chip(session, past[-1])
        return True

    def _end(self, session: Session, last: Chip) -> None:
        by = self._by()
        void_chip(session, last.uid, by)
        about = f"{last.key} {last.lot} {last.number} {last.uid.hex().upper()}"
        maker = product_row(session, last.key).producer_id
        auditing.note(session, None, "chip.void", about, by.reason, maker, at=by.at, name=by.actor)

    def _by(self) -> By:
        """Who acts: the station, and the person at it where that was said."""
        said = self._snapshot.get("said", {})
        person, station = said.get("by", ""), self._caller.name
        actor = f"{person} ({station})" if person else station
        return By(actor[:SHORT], self._bench.clock(), said.get("reason", ""))

    def _chip_keys(self, uid: bytes, pair: Pair) -> ChipKeys:
        return ChipKeys.derive(self._bench.masters.key(pair[0]), uid, *pair)

    def _credential(self, uid: bytes, pair: Pair) -> Credential:
        return Credential(*secure.password(self._bench.masters.key(pair[0]), uid, *pair))
