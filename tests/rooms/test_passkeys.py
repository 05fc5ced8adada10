"""Passkeys as attackers would send them: another origin, another house, an old question, a copied key, nobody there.

`Key` is an authenticator in software that speaks CTAP's formats: what it sends is right unless a test bends it.
"""

import base64
import hashlib
import json
import secrets

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "https://id.example.vn"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def raw(said):
    return base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))


class Key:
    """One passkey of one person."""

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id, self.count, self.handle = secrets.token_bytes(32), 0, b""

    def _data(self, rp, flags, attested=b""):
        return (
            hashlib.sha256(rp.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + attested
        )

    def create(self, options, origin=ORIGIN, rp="id.example.vn", flags=PRESENT | VERIFIED, **client):
        numbers = self.private.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        self.handle = raw(options["user"]["id"])
        data = self._data(rp, flags | ATTESTED, bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._said(
            {"type": "webauthn.create", "challenge": options["challenge"], "origin": origin, **client},
            attestationObject=text(attestation),
        )

    def get(self, options, origin=ORIGIN, rp="id.example.vn", flags=PRESENT | VERIFIED, step=1, **client):
        self.count += step
        said = {"type": "webauthn.get", "challenge": options["challenge"], "origin": origin, **client}
        data = self._data(rp, flags)
        digest = hashlib.sha256(json.dumps(said).encode()).digest()
        signature = self.private.sign(data + digest, ec.ECDSA(SHA256()))
        return self._said(
            said, authenticatorData=text(data), signature=text(signature), userHandle=text(self.handle)
        )

    def _said(self, client, **response):
        response["clientDataJSON"] = text(json.dumps(client).encode())
        return json.dumps(
            {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
        )


def question(client, path):
    got = client.post(path)
    assert got.status == 200, got.words
    return json.loads(got.body)


def registered(room, **more):
    owner, key = room.person("province", name="Lê Thị Mai"), Key()
    options = question(owner, "/me/passkeys/options")
    got = owner.post("/me/passkeys", {"credential": key.create(options, **more)})
    return owner, key, got


def opened(client, credential):
    return client.post("/door/passkey", {"credential": credential})


def test_a_passkey_is_kept_and_opens_with_nothing_typed(room):
    owner, key, got = registered(room)
    assert got.status == 200
    client = room.client()
    options = question(client, "/door/passkey/options")
    assert options["userVerification"] == "required"
    assert options.get("allowCredentials", []) == [], "nobody learns who has a passkey"
    got = opened(client, key.get(options))
    assert (got.status, json.loads(got.body)["go"]) == (200, "/office")
    assert "Lê Thị Mai" in client.get("/me").words
    assert owner.get("/me").status == 200


def test_a_new_passkey_signs_other_browsers_out_and_asks_for_what_it_must(room):
    owner, other = room.person("province"), room.client()
    with room.store.begin() as session:
        from ocop.trace import doors_sessions

        other.cookies["__Host-ocop"] = doors_sessions.begin(
            session, owner.person_id, "x", room.now, fresh=secrets.token_bytes(32)
        )
    options = question(owner, "/me/passkeys/options")
    chosen = options["authenticatorSelection"]
    assert (chosen["userVerification"], chosen["residentKey"]) == ("required", "required")
    assert options["rp"]["id"] == "id.example.vn"
    owner.post("/me/passkeys", {"credential": Key().create(options)})
    assert (owner.get("/me").status, other.get("/me").status) == (200, 303)


BENT = {
    "origin": {"origin": "https://id.example.vn.evil.example"},
    "plain": {"origin": "http://id.example.vn"},
    "house": {"rp": "evil.example"},
    "nobody": {"flags": 0},
    "unverified": {"flags": PRESENT},
    "question": {"challenge": text(bytes(32))},
    "kind": {"type": "payment.get"},
}


@pytest.mark.parametrize("bent", BENT.values(), ids=BENT)
def test_a_bent_registration_is_refused(room, bent):
    _, _, got = registered(room, **bent)
    assert got.status == 403
    assert room.rows("SELECT count(*) FROM credential") == [(0,)]


@pytest.mark.parametrize("bent", BENT.values(), ids=BENT)
def test_a_bent_answer_opens_nothing(room, bent):
    _, key, _ = registered(room)
    client = room.client()
    got = opened(client, key.get(question(client, "/door/passkey/options"), **bent))
    assert got.status == 403
    assert client.get("/me").status == 303


@pytest.mark.parametrize("step", [0, -1])
def test_a_copied_key_whose_counter_does_not_rise_is_refused(room, step):
    _, key, _ = registered(room)
    client = room.client()
    key.count = 5
    assert opened(client, key.get(question(client, "/door/passkey/options"))).status == 200
    thief = room.client()
    assert opened(thief, key.get(question(thief, "/door/passkey/options"), step=step)).status == 403


def test_an_answer_opens_once_in_the_browser_that_was_asked_and_not_late(room):
    _, key, _ = registered(room)
    asked, other = room.client(), room.client()
    options = question(asked, "/door/passkey/options")
    question(other, "/door/passkey/options")
    answer = key.get(options)
    assert opened(other, answer).status == 403, "another browser"
    assert opened(asked, answer).status == 200
    again = room.client()
    question(again, "/door/passkey/options")
    assert opened(again, answer).status == 403, "used"
    late = room.client()
    options = question(late, "/door/passkey/options")
    room.later(minutes=5, seconds=1)
    assert opened(late, key.get(options)).status == 403, "late"


def test_a_wrong_answer_spends_the_question(room):
    _, key, _ = registered(room)
    client = room.client()
    options = question(client, "/door/passkey/options")
    assert opened(client, key.get(options, origin="https://evil.example")).status == 403
    assert opened(client, key.get(options)).status == 403


@pytest.mark.parametrize(
    "said", ["", "{}", "[]", "null", '{"id": 5}', '{"id": "AAAA"}', '{"id": "\u00e9"}', "[" * 5000]
)
def test_an_answer_that_is_none_is_refused_and_no_fault(room, said):
    client = room.client()
    question(client, "/door/passkey/options")
    assert opened(client, said).status == 403


def test_only_ones_own_passkey_confirms_and_is_removed(room):
    owner, key, _ = registered(room)
    stranger = room.person("province")
    question(stranger, "/door/again/options")
    options = question(stranger, "/door/again/options")
    assert stranger.post("/door/again/passkey", {"credential": key.get(options)}).status == 403
    got = owner.post("/door/again/passkey", {"credential": key.get(question(owner, "/door/again/options"))})
    assert got.status == 200
    (number,) = room.rows("SELECT id FROM credential")[0]
    assert stranger.post(f"/me/passkeys/{number}/remove").status == 404
    assert owner.post(f"/me/passkeys/{number}/remove").status == 303
    client = room.client()
    assert opened(client, key.get(question(client, "/door/passkey/options"))).status == 403


def test_a_passkey_is_registered_once(room):
    owner, key, _ = registered(room)
    other = room.person("province")
    options = question(other, "/me/passkeys/options")
    assert other.post("/me/passkeys", {"credential": key.create(options)}).status == 403
    assert owner.get("/me").status == 200
