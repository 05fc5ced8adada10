"""The keystore: every way a key file or a secret can be wrong has its sentence, and keys are never lost."""

import errno
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from ocop.trace.registry import keystore as module
from ocop.trace.registry.keystore import (
    BadSecret,
    KeyDamaged,
    KeyFile,
    KeyMissing,
    Keystore,
    KeystoreBusy,
    KeystoreError,
    KeystoreExists,
    KeystoreUnusable,
    NoKeystore,
    Passphrase,
    WrongSecret,
    create,
    is_keystore,
    needs_passphrase,
    new_key_file,
    open_keystore,
)
from ocop.trace.registry.masters import Masters
from ocop.trace.signing.keys import Signer


@pytest.fixture
def kek(tmp_path: Path) -> KeyFile:
    """The file of a key-encryption key."""
    return new_key_file(tmp_path / "kek")


@pytest.fixture
def keystore(tmp_path: Path, kek: KeyFile) -> Keystore:
    """A keystore with one key."""
    made = create(tmp_path / "keystore", kek)
    made.generate("htx", 7)
    return made


def reopened(keystore: Keystore, kek: KeyFile) -> Keystore:
    return open_keystore(keystore.folder, kek)


def test_a_key_comes_back_after_the_process(keystore: Keystore, kek: KeyFile) -> None:
    signer = keystore.signer("htx", 7)
    again = reopened(keystore, kek)
    assert again.names() == (("htx", 7),)
    assert again.signer("htx", 7).public == signer.public
    assert again.signer("htx", 7) is again.signer("htx", 7), "opened once"


def test_a_passphrase_opens_it_however_its_marks_were_typed(tmp_path: Path) -> None:
    made = create(tmp_path, Passphrase("một câu dài hòa"))
    signer = made.generate("htx", 7)
    assert needs_passphrase(tmp_path)
    typed = Passphrase("mo\u0302\u0323t ca\u0302u da\u0300i ho\u0300a")
    assert open_keystore(tmp_path, typed).signer("htx", 7).public == signer.public
    with pytest.raises(WrongSecret, match="got another one"):
        open_keystore(tmp_path, Passphrase("một câu dài khác"))


def test_the_other_kind_of_secret_is_told(tmp_path: Path, keystore: Keystore, kek: KeyFile) -> None:
    with pytest.raises(WrongSecret, match="expected the file of the key-encryption key"):
        open_keystore(keystore.folder, Passphrase("mật khẩu dài"))
    create(tmp_path / "other", Passphrase("mật khẩu dài"))
    with pytest.raises(WrongSecret, match="expected a passphrase"):
        open_keystore(tmp_path / "other", kek)


def test_another_key_file_is_told_from_a_damaged_key(tmp_path: Path, keystore: Keystore) -> None:
    with pytest.raises(WrongSecret, match="got another one"):
        open_keystore(keystore.folder, new_key_file(tmp_path / "kek2"))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "got 0"),
        (bytes(range(31)), "got 31"),
        (bytes(range(33)), "got 33"),
        (bytes(32), "one byte repeated"),
    ],
)
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(BadSecret, match=text):
        create(tmp_path / "keystore", KeyFile(tmp_path / "bad"))
    assert not is_keystore(tmp_path / "keystore")


def test_secrets_that_are_missing_or_short_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSecret, match="got no file"):
        create(tmp_path / "keystore", KeyFile(tmp_path / "none"))
    with pytest.raises(BadSecret, match="at least 8 characters, got 3"):
        Passphrase("abc")
    assert "abc" not in repr(Passphrase("abcdefgh"))


@pytest.mark.parametrize("name", ["htx.00007.key", "keystore.json"])
def test_no_byte_of_a_file_can_be_changed_unseen(keystore: Keystore, kek: KeyFile, name: str) -> None:
    path = keystore.folder / name
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x01]) + good[place + 1 :])
        if name == "keystore.json" and place == len(good) - 1:
            continue  # the line end after the JSON object says nothing
        with pytest.raises((KeyDamaged, WrongSecret)):
            reopened(keystore, kek).signer("htx", 7)
    path.write_bytes(good)
    reopened(keystore, kek).signer("htx", 7)


@pytest.mark.parametrize("size", [0, 8, 20, 67, 69, 4096])
def test_a_file_that_was_cut_or_grew_is_refused(keystore: Keystore, kek: KeyFile, size: int) -> None:
    path = keystore.folder / "htx.00007.key"
    path.write_bytes((path.read_bytes() + bytes(4096))[:size])
    with pytest.raises(KeyDamaged, match="was changed or belongs to another key"):
        reopened(keystore, kek).signer("htx", 7)


@pytest.mark.parametrize("name", ["other.00007.key", "htx.00008.key"])
def test_a_file_copied_to_another_issuer_or_number_does_not_open(
    keystore: Keystore, kek: KeyFile, name: str
) -> None:
    shutil.copy(keystore.folder / "htx.00007.key", keystore.folder / name)
    issuer, number, _ = name.split(".")
    with pytest.raises(KeyDamaged):
        reopened(keystore, kek).signer(issuer, int(number))


def test_a_missing_key_says_which_file(keystore: Keystore) -> None:
    with pytest.raises(KeyMissing, match=r"private key 9 of htx in .*htx\.00009\.key, got no file"):
        keystore.signer("htx", 9)


@pytest.mark.parametrize(
    ("issuer", "number"), [("../etc", 7), ("HTX", 7), ("", 7), ("htx", -1), ("htx", 65536)]
)
def test_a_name_is_never_a_path(keystore: Keystore, issuer: str, number: int) -> None:
    for ask in (keystore.signer, keystore.generate):
        with pytest.raises(KeyMissing, match="expected an issuer and a key number"):
            ask(issuer, number)


def change_header(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    header = json.loads(path.read_text())
    change(header)
    path.write_text(json.dumps(header, sort_keys=True, separators=(",", ":")))


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.update(memory_kib=4_000_000_000),
        lambda header: header.update(iterations=10_000),
        lambda header: header.update(lanes=0),
        lambda header: header.update(memory_kib=8),
        lambda header: header.update(salt="00"),
        lambda header: header.update(kdf="md5"),
        lambda header: header.update(format="ocop-trace-keystore/2"),
        lambda header: header.update(check="zz"),
        lambda header: header.pop("check"),
        lambda header: header.update(extra=1),
    ],
)
def test_a_header_from_elsewhere_is_refused_before_it_costs_anything(
    tmp_path: Path, change: Callable[[dict[str, object]], object]
) -> None:
    create(tmp_path, Passphrase("mật khẩu dài"))
    change_header(tmp_path / "keystore.json", change)
    with pytest.raises(KeyDamaged, match=r"keystore\.json"):
        open_keystore(tmp_path, Passphrase("mật khẩu dài"))


@pytest.mark.parametrize("content", ["", "[]", "null", "{", '{"format":"ocop-trace-keystore/1"}', "[" * 4000])
def test_a_header_that_is_none_is_refused(tmp_path: Path, kek: KeyFile, content: str) -> None:
    (tmp_path / "keystore.json").write_text(content)
    with pytest.raises(KeyDamaged):
        open_keystore(tmp_path, kek)


def test_no_keystore_and_two_keystores_are_told(tmp_path: Path, keystore: Keystore, kek: KeyFile) -> None:
    with pytest.raises(NoKeystore, match="ocop-trace init"):
        open_keystore(tmp_path / "none", kek)
    with pytest.raises(KeystoreExists, match="kept as it is"):
        create(keystore.folder, kek)
    with pytest.raises(KeystoreExists, match="only copy"):
        new_key_file(kek.path)


def test_files_are_for_their_owner_alone(tmp_path: Path, keystore: Keystore, kek: KeyFile) -> None:
    assert stat.S_IMODE(keystore.folder.stat().st_mode) == 0o700
    for path in (*keystore.folder.iterdir(), kek.path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_key_is_never_written_over(keystore: Keystore, kek: KeyFile) -> None:
    before = (keystore.folder / "htx.00007.key").read_bytes()
    public = keystore.signer("htx", 7).public
    assert reopened(keystore, kek).generate("htx", 7).public == public
    assert (keystore.folder / "htx.00007.key").read_bytes() == before


def test_two_writers_do_not_meet(keystore: Keystore, kek: KeyFile) -> None:
    with module._locked(keystore.folder), pytest.raises(KeystoreBusy, match="try again"):
        reopened(keystore, kek).generate("htx", 8)
    reopened(keystore, kek).generate("htx", 8)


def test_the_secret_stands_in_no_file(keystore: Keystore) -> None:
    canary = bytes(range(1, 33))
    sealed = keystore._sealed("htx", 9, canary)
    module._write(keystore.folder / "htx.00009.key", sealed)
    assert keystore.signer("htx", 9).public == Signer.from_seed("htx", 9, canary).public
    for path in keystore.folder.iterdir():
        for form in (canary, canary.hex().encode()):
            assert form not in path.read_bytes()


def test_a_weak_key_in_a_right_file_is_refused(keystore: Keystore) -> None:
    golden = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    for number, seed in ((9, bytes(32)), (10, golden)):
        module._write(keystore.folder / f"htx.{number:05d}.key", keystore._sealed("htx", number, seed))
        with pytest.raises(KeyDamaged):
            keystore.signer("htx", number)


def test_a_disk_that_refuses_is_a_sentence(tmp_path: Path, kek: KeyFile) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KeystoreUnusable, match=os.strerror(errno.ENOTDIR)):
        create(tmp_path / "file" / "keystore", kek)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "keystore.json").mkdir()
    with pytest.raises(KeystoreUnusable, match=os.strerror(errno.EISDIR)):
        open_keystore(tmp_path / "folder", kek)


def test_a_master_that_can_not_be_opened_is_not_handed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = create(tmp_path / "keys", new_key_file(tmp_path / "kek"))
    masters = Masters(keys)
    assert masters.add() == 1
    monkeypatch.setattr(keys, "keep", lambda *_: None)
    with pytest.raises(KeystoreError):
        masters.add()
    assert masters.generations() == (1,)


def test_a_master_that_is_gone_leaves_its_number_to_nobody(tmp_path: Path) -> None:
    keys = create(tmp_path / "keys", new_key_file(tmp_path / "kek"))
    masters = Masters(keys)
    assert [masters.add() for _ in range(3)] == [1, 2, 3]
    (tmp_path / "keys" / "SUN-MASTER.001.key").unlink()
    assert (masters.add(), masters.generations()) == (4, (2, 3, 4))
