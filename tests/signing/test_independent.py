"""Other people's Ed25519 agrees: Node's WebCrypto on 10,000 tokens, OpenSSL's command on 200."""

import json
import os
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ocop.trace.gs1.identifier import Identifier
from ocop.trace.signing.keys import Signer
from ocop.trace.signing.token import Carrier, Token, message, nfc_text, qr_text, sign

REALM = "ocop.example/tag"
SCRIPT = Path(__file__).with_name("webcrypto.mjs")
PARTS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed: `make test` names the Debian packages")
    return found


def signers(dice: random.Random, count: int = 20) -> list[Signer]:
    return [Signer.from_seed("htx", dice.randrange(65536), dice.randbytes(32)) for _ in range(count)]


def random_item(dice: random.Random) -> tuple[Identifier, Carrier, bytes | None]:
    def part() -> str:
        return "".join(dice.choices(PARTS, k=dice.randint(1, 20)))

    code = "P/" + "".join(dice.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=8))
    key = f"{dice.randrange(10**14):014d}" if dice.random() < 0.5 else code
    carrier = dice.choice(tuple(Carrier))
    item = Identifier(key, part(), part() if dice.random() < 0.8 else "")
    return item, carrier, None if carrier is Carrier.PRINT else dice.randbytes(7)


def test_ten_thousand_random_tokens_hold_in_webcrypto_and_altered_ones_do_not() -> None:
    dice = random.Random(20260901)
    ring = signers(dice)
    asked: list[dict[str, Any]] = []
    expected: list[bool] = []
    for turn in range(11_000):
        item, carrier, uid = random_item(dice)
        token = sign(dice.choice(ring), REALM, carrier, item.key, item.lot, item.serial, uid)
        altered = turn >= 10_000
        if altered:
            place = dice.randrange(64)
            changed = bytearray(token.signature)
            changed[place] ^= 1 << dice.randrange(8)
            token = Token(carrier, token.key_number, bytes(changed))
        text = nfc_text(token) if dice.random() < 0.5 else qr_text(token)
        asked.append(
            {
                "id": item.key,
                "lot": item.lot,
                "serial": item.serial,
                "uid": uid.hex() if uid else None,
                "s": text,
            }
        )
        expected.append(not altered)
    question = {"realm": REALM, "public": {one.number: one.public.hex() for one in ring}, "items": asked}
    done = subprocess.run(
        [tool("node"), str(SCRIPT)],
        input=json.dumps(question).encode(),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout) == expected


def test_two_hundred_tokens_hold_in_openssl(tmp_path: Path) -> None:
    openssl = tool("openssl")
    dice = random.Random(7)
    prefix = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of Ed25519 (RFC 8410, 4)
    ring = signers(dice, 5)

    def verified(turn: int) -> bool:
        rolled = random.Random(turn)
        item, carrier, uid = random_item(rolled)
        signer = rolled.choice(ring)
        token = sign(signer, REALM, carrier, item.key, item.lot, item.serial, uid)
        signed = message(REALM, carrier, signer.number, item.key, item.lot, item.serial, uid)
        files = {name: tmp_path / f"{turn}.{name}" for name in ("key", "message", "signature")}
        altered = turn >= 200
        files["key"].write_bytes(prefix + signer.public)
        files["message"].write_bytes(signed + b"\x00" if altered else signed)
        files["signature"].write_bytes(token.signature)
        done = subprocess.run(
            [openssl, "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", str(files["key"]),
             "-in", str(files["message"]), "-sigfile", str(files["signature"])],
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        return done.returncode == 0

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(verified, range(205)))
    assert results == [True] * 200 + [False] * 5
