"""No object that holds a secret shows it in `repr`, `str` or a log: such texts end in files that many read."""

import ast
import io
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ocop.hardware import client, places, session, simulator
from ocop.hardware.simulator_ntag424 import Key
from ocop.trace import doors
from ocop.trace.api.rooms import visit
from ocop.trace.registry import keystore, masters, tables_chips, tables_people
from ocop.trace.registry.errors import StoreUnreachable
from ocop.trace.registry.store import Store
from ocop.trace.settings import Settings
from ocop.trace.signing import keys
from ocop.trace.tags import dialogue, ntag21x_flows, ntag424_flows, secure
from ocop.trace.tags.ntag21x import NTAG215
from sqlalchemy import text

ROOT = Path(__file__).resolve().parent.parent
SECRET = b"bi mat cua tram!"
WORD = SECRET.decode()
KEYS = ntag424_flows.ChipKeys(7, (SECRET,) * 5)
PERSON = datetime(2026, 11, 23, tzinfo=UTC)


def signer() -> keys.Signer:
    return keys.Signer.from_seed("htx", 1, SECRET * 2)


def keyring() -> keys.Keyring:
    ring = keys.Keyring()
    ring.add(signer())
    return ring


def kept_masters(tmp_path: Path) -> masters.Masters:
    made = masters.Masters(keystore.Keystore(tmp_path, SECRET * 2))
    made._keys[1] = SECRET
    return made


def simulated(chip: Any) -> Any:
    if hasattr(chip, "keys"):
        chip.keys = [Key(SECRET, 1) for _ in range(5)]
    else:
        at = chip.model.cfg0 * 4 + 8
        chip.memory[at : at + 16] = SECRET
    return chip


HOLDERS: dict[str, Callable[[Path], Any]] = {
    "session with a chip": lambda _: secure.Session(SECRET, SECRET, b"\0\0\0\1"),
    "keys of a chip": lambda _: KEYS,
    "keys that a chip may have": lambda _: ntag424_flows.KeyRing.of(KEYS, KEYS),
    "password of a chip": lambda _: ntag21x_flows.Credential(SECRET, SECRET),
    "command with a password": lambda _: dialogue.Exchange(b"\x1b" + SECRET),
    "command at the station": lambda _: client.Command(0, b"\x1b" + SECRET, dialogue.Step.LOOK, False),
    "line of a station": lambda _: places.Line("https://a.example", WORD),
    "options of a station": lambda _: session.Options(token=WORD),
    "key of a simulated chip": lambda _: Key(SECRET),
    "simulated NTAG 424": lambda _: simulated(simulator.blank_424(SECRET)),
    "simulated NTAG215": lambda _: simulated(simulator.blank_21x(NTAG215, SECRET)),
    "signer": lambda _: signer(),
    "keyring": lambda _: keyring(),
    "keystore": lambda folder: keystore.Keystore(folder, SECRET * 2),
    "masters": kept_masters,
    "passphrase of the keystore": lambda _: keystore.Passphrase(WORD),
    "row of a dialogue": lambda _: tables_chips.ChipDialogue(seed=SECRET * 2),
    "row of the receipts' secret": lambda _: tables_chips.ReceiptKey(secret=SECRET * 2),
    "row of a person": lambda _: tables_people.Person(secret=WORD, created_at=PERSON),
    "row of a challenge": lambda _: tables_people.Ceremony(challenge=SECRET * 2),
    "what signing in needs": lambda _: doors.Known(1, "chị Hoa", WORD, False),
    "answer that signs in": lambda _: visit.Go("/", token=WORD),
    "settings": lambda _: Settings(database_url=f"postgresql://ocop:{WORD.replace(' ', '_')}@db/ocop"),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_holds_a_secret_does_not_show_it(holder: str, tmp_path: Path) -> None:
    made = HOLDERS[holder](tmp_path)
    for shown in (repr(made), str(made), f"{made}", repr([made]), f"{made!r:.500}"):
        for secret in (WORD, WORD.replace(" ", "_"), SECRET.hex(), SECRET.hex().upper(), repr(SECRET)[2:-1]):
            assert secret not in shown


def hidden(node: ast.AnnAssign) -> bool:
    return node.value is not None and "repr=False" in ast.unparse(node.value)


def open_fields() -> Iterator[str]:
    """Fields of data classes whose name says secret and whose type is a plain text or bytes."""
    names = {
        "token",
        "secret",
        "pwd",
        "pack",
        "seed",
        "enc_key",
        "mac_key",
        "master",
        "csrf",
        "kek",
        "passphrase",
    }
    plain = {"str", "bytes", "str | None", "bytes | None"}
    for path in sorted([*(ROOT / "trace").rglob("*.py"), *(ROOT / "hardware").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            own = isinstance(node, ast.ClassDef) and any(
                isinstance(part, ast.FunctionDef) and part.name == "__repr__" for part in node.body
            )
            if not isinstance(node, ast.ClassDef) or own:
                continue
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    secret = part.target.id in names and ast.unparse(part.annotation) in plain
                    if secret and not hidden(part):
                        yield f"{path.relative_to(ROOT)}: {node.name}.{part.target.id}"


def test_every_field_that_is_named_like_a_secret_is_left_out_of_repr() -> None:
    assert list(open_fields()) == []


def test_an_error_of_the_database_does_not_tell_what_was_to_be_stored(store: Store) -> None:
    with pytest.raises(StoreUnreachable) as caught, store.begin() as transaction:
        transaction.execute(text("INSERT INTO nowhere VALUES (:seed)"), {"seed": WORD})
    assert WORD not in "".join(traceback.format_exception(caught.value))


def test_the_log_of_a_dialogue_that_breaks_tells_no_key(tmp_path: Path) -> None:
    """As the server logs a fault of its own: the trace, and nothing of what the dialogue held."""
    out = io.StringIO()
    log = logging.Logger("a server's")
    log.addHandler(logging.StreamHandler(out))

    def broken() -> dialogue.Dialogue[None]:
        held = secure.Session.derive(SECRET, SECRET, SECRET, b"\0\0\0\1")
        yield dialogue.Exchange(b"\x1b" + SECRET)
        raise RuntimeError(f"{held} {KEYS} {ntag424_flows.KeyRing.of(KEYS)}")

    try:
        dialogue.advance(broken(), [b"\x90\x00"])
    except RuntimeError:
        log.exception("a fault of ours")
    said = out.getvalue()
    assert "a fault of ours" in said
    held = secure.Session.derive(SECRET, SECRET, SECRET, b"\0\0\0\1")
    for secret in (SECRET, held.enc_key, held.mac_key):
        assert secret.hex() not in said
        assert repr(secret)[2:-1] not in said
