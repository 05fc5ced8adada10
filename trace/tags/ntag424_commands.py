"""The commands of an NTAG 424 DNA, each a small dialogue (see `dialogue`).

Source: NXP NT4H2421Gx rev 3.0 sections 9 and 10, AN12196 rev 1.8.

Inside a session the counter moves with every command that the chip accepted, in plain mode too. Any error
ends the session on the chip at once, so an error raised here means: authenticate again from the start.

Worked example, AN12196 table 14, key 0 zero: 9071000002000000 -> E(RndB) 91AF;
90AF000020 E(K, RndA || RndB') 00 -> E(K, TI || RndA' || capabilities) 9100.
"""

from collections.abc import Callable

from ocop.trace.tags.dialogue import Dialogue, Exchange, Step
from ocop.trace.tags.errors import BadAnswer
from ocop.trace.tags.ntag424 import (
    ADDITIONAL_FRAME,
    MASTER_KEY,
    FileSettings,
    Ins,
    Version,
    accepted,
    iso_read,
    iso_select_application,
    iso_select_file,
    native,
    split,
)
from ocop.trace.tags.secure import (
    UID_LENGTH,
    MacMismatch,
    Session,
    cbc_decrypt,
    cbc_encrypt,
    key_crc,
    rotated,
    same,
)

Chance = Callable[[int], bytes]
_IV0 = bytes(16)
READ_SIGNATURE_STATUS = 0x9190


def send(apdu: bytes, doing: str, step: Step = Step.LOOK, *also: int) -> Dialogue[bytes]:
    """One command in plain; its data. Raises StatusError."""
    return accepted((yield Exchange(apdu, step)), doing, *also)


def select_application(step: Step = Step.LOOK) -> Dialogue[None]:
    """Selects the application; ends any session."""
    yield from send(iso_select_application(), "selecting the application", step)


def get_version() -> Dialogue[Version]:
    """The three frames of GetVersion. Raises WrongChip when they are another chip's."""
    doing = "asking for the version"
    frames = [(yield from send(native(Ins.GET_VERSION), doing, Step.LOOK, ADDITIONAL_FRAME))]
    frames += [(yield from send(native(Ins.ADDITIONAL), doing, Step.LOOK, ADDITIONAL_FRAME))]
    frames += [(yield from send(native(Ins.ADDITIONAL), doing))]
    return Version.decode(*frames)


def get_key_version(number: int) -> Dialogue[int]:
    """The version byte of a key, without a session (00 = as it left the factory)."""
    data = yield from send(
        native(Ins.GET_KEY_VERSION, bytes([number])), f"asking for the version of key {number}"
    )
    if len(data) != 1:
        raise BadAnswer(f"expected a key version of 1 byte, got {len(data)}")
    return data[0]


def authenticate(number: int, key: bytes, chance: Chance, step: Step = Step.LOOK) -> Dialogue[Session]:
    """AuthenticateEV2First with key `number`. Raises AuthenticationFailed, AuthenticationDelayed, MacMismatch."""
    answer, rnd_a, rnd_b = yield from _challenge(
        native(Ins.AUTHENTICATE_FIRST, bytes([number, 0])), number, key, chance, step
    )
    plain = cbc_decrypt(key, _IV0, answer)
    if len(plain) != 32:
        raise MacMismatch(f"expected an answer of 32 bytes to our challenge, got {len(plain)}")
    _check_echo(rnd_a, plain[4:20])
    return Session.derive(key, rnd_a, rnd_b, plain[:4])


def authenticate_again(
    session: Session, number: int, key: bytes, chance: Chance, step: Step = Step.LOOK
) -> Dialogue[Session]:
    """AuthenticateEV2NonFirst inside `session`: another key, same TI and counter. Raises as `authenticate`."""
    answer, rnd_a, rnd_b = yield from _challenge(
        native(Ins.AUTHENTICATE_NON_FIRST, bytes([number])), number, key, chance, step
    )
    plain = cbc_decrypt(key, _IV0, answer)
    _check_echo(rnd_a, plain)
    return Session.derive(key, rnd_a, rnd_b, session.ti, session.counter)


def _challenge(
    first: bytes, number: int, key: bytes, chance: Chance, step: Step
) -> Dialogue[tuple[bytes, bytes, bytes]]:
    doing = f"proving key {number}"
    data, status = split((yield Exchange(first, step)))
    if status != ADDITIONAL_FRAME:
        accepted(data + status.to_bytes(2, "big"), doing)
    if len(data) != 16:
        raise BadAnswer(f"expected a challenge of 16 bytes, got {len(data)}")
    rnd_b, rnd_a = cbc_decrypt(key, _IV0, data), chance(16)
    proof = cbc_encrypt(key, _IV0, rnd_a + rotated(rnd_b))
    answer = yield from send(native(Ins.ADDITIONAL, proof), doing, step)
    return answer, rnd_a, rnd_b


def _check_echo(rnd_a: bytes, echo: bytes) -> None:
    if not same(rotated(rnd_a), echo):
        raise MacMismatch("expected the chip to prove the key with our challenge, got another answer")


def plain(session: Session, apdu: bytes, doing: str, step: Step = Step.LOOK) -> Dialogue[bytes]:
    """A command in plain mode inside a session: only the counter moves."""
    data = yield from send(apdu, doing, step)
    session.counter += 1
    return data


def maced(session: Session, ins: Ins, header: bytes, doing: str, step: Step = Step.LOOK) -> Dialogue[bytes]:
    """A command in MAC mode; its answer's data, checked. Raises StatusError, MacMismatch."""
    apdu = native(ins, header + session.command_mac(ins, header))
    return (yield from _checked(session, apdu, doing, step))


def full(
    session: Session, ins: Ins, header: bytes, data: bytes, doing: str, step: Step = Step.LOOK
) -> Dialogue[bytes]:
    """A command in full mode; its answer's data, checked and deciphered. Raises StatusError, MacMismatch."""
    body = header + session.encrypt_command(data)
    apdu = native(ins, body + session.command_mac(ins, body))
    return session.decrypt_answer((yield from _checked(session, apdu, doing, step)))


def _checked(session: Session, apdu: bytes, doing: str, step: Step) -> Dialogue[bytes]:
    answer = yield Exchange(apdu, step)
    payload = accepted(answer, doing, READ_SIGNATURE_STATUS)
    session.counter += 1
    return session.check_answer(answer[-1], payload)


def get_card_uid(session: Session) -> Dialogue[bytes]:
    """The real UID, 7 bytes, also with random ID on."""
    uid = yield from full(session, Ins.GET_CARD_UID, b"", b"", "asking for the UID")
    if len(uid) != UID_LENGTH:
        raise BadAnswer(f"expected a UID of {UID_LENGTH} bytes, got {len(uid)}")
    return uid


def get_key_version_in(session: Session, number: int) -> Dialogue[int]:
    """The version byte of a key, inside a session."""
    data = yield from maced(
        session, Ins.GET_KEY_VERSION, bytes([number]), f"asking for key {number}'s version"
    )
    if len(data) != 1:
        raise BadAnswer(f"expected a key version of 1 byte, got {len(data)}")
    return data[0]


def read_signature(session: Session) -> Dialogue[bytes]:
    """NXP's signature over the UID, 56 bytes (see `originality`)."""
    return (yield from full(session, Ins.READ_SIGNATURE, b"\x00", b"", "asking for the maker's signature"))


def read_signature_plain() -> Dialogue[bytes]:
    """The same of a chip whose keys we do not hold, outside of any session. Raises StatusError."""
    command = native(Ins.READ_SIGNATURE, b"\x00")
    return (yield from send(command, "asking for the maker's signature", Step.LOOK, READ_SIGNATURE_STATUS))


def get_file_settings(session: Session, file: int) -> Dialogue[tuple[FileSettings, int]]:
    """(settings, size) of a file."""
    data = yield from maced(session, Ins.GET_FILE_SETTINGS, bytes([file]), "asking for the file settings")
    return FileSettings.decode_full(data)


def change_file_settings(session: Session, file: int, settings: FileSettings) -> Dialogue[None]:
    """Changes settings; switching SDM on sets the tap counter back to 0. The session's key has the Change right."""
    yield from full(
        session, Ins.CHANGE_FILE_SETTINGS, bytes([file]), settings.encode(), "changing the file settings",
        Step.SETTINGS,
    )  # fmt: skip


def get_file_counter(session: Session, file: int) -> Dialogue[int]:
    """The tap counter of a file, with the key that its CtrRet right names."""
    data = yield from full(session, Ins.GET_FILE_COUNTERS, bytes([file]), b"", "asking for the tap counter")
    if len(data) < 3:
        raise BadAnswer(f"expected a counter of 3 bytes, got {len(data)}")
    return int.from_bytes(data[:3], "little")


def write_data(
    session: Session, file: int, offset: int, data: bytes, step: Step = Step.WRITE
) -> Dialogue[None]:
    """Writes up to 112 bytes in one frame, plain mode; a frame is written whole or not at all."""
    header = bytes([file]) + offset.to_bytes(3, "little") + len(data).to_bytes(3, "little")
    yield from plain(session, native(Ins.WRITE_DATA, header + data), "writing the link", step)


def write_data_full(session: Session, file: int, offset: int, data: bytes) -> Dialogue[None]:
    """Writes a file whose communication mode is full."""
    header = bytes([file]) + offset.to_bytes(3, "little") + len(data).to_bytes(3, "little")
    yield from full(session, Ins.WRITE_DATA, header, data, "writing a file", Step.WRITE)


def change_key(session: Session, number: int, old: bytes, new: bytes, version: int) -> Dialogue[None]:
    """Changes a key in a session of key 0. Changing key 0 itself ends the session. Raises StatusError."""
    doing, step = f"changing key {number}", Step.key(number)
    if number == MASTER_KEY:
        body = bytes([number]) + session.encrypt_command(new + bytes([version]))
        apdu = native(Ins.CHANGE_KEY, body + session.command_mac(Ins.CHANGE_KEY, body))
        yield from send(apdu, doing, step)
        return
    mixed = bytes(a ^ b for a, b in zip(new, old, strict=True))
    yield from full(
        session, Ins.CHANGE_KEY, bytes([number]), mixed + bytes([version]) + key_crc(new), doing, step
    )


def read_file(file_id: int, length: int | None = None, step: Step = Step.LOOK) -> Dialogue[bytes]:
    """An NDEF file as a phone reads it, outside any session: NLEN and message, or `length` bytes.

    With SDM on this is a tap: the chip fills in its mirrors, and its counter rises by one.
    """
    doing = "reading the link"
    yield from send(iso_select_file(file_id), "selecting the file", step)
    if length is None:
        head = yield from send(iso_read(0, 2), doing, step)
        if len(head) != 2:
            raise BadAnswer(f"expected NLEN of 2 bytes, got {len(head)}")
        length = int.from_bytes(head, "big") + 2
        got = head
    else:
        got = b""
    while len(got) < min(length, 0xFFFF):
        part = yield from send(iso_read(len(got), min(READ_CHUNK, length - len(got))), doing, step)
        if not part:
            raise BadAnswer(f"expected {length} bytes in the file, got {len(got)}")
        got += part
    return got


READ_CHUNK = 128
"""Bytes asked for at once: two frames at most, which every reader on sale carries."""
