"""NDEF for one URI, on a Type 2 tag (TLV blocks) and on a Type 4 tag (NDEF file).

Sources: NFC Forum NDEF 1.0, URI RTD 1.0, Type 2 Tag 1.2 section 2.3, Type 4 Tag 2.0 section 5.

Message, one record, well-known type `U`:

    D1          MB ME SR, TNF 1 (C1 and a 4-byte length when the payload is over 255 bytes)
    01          type length
    LL          payload length
    55          `U`
    PP ...      prefix code, then the rest of the URI in UTF-8

Type 2, from page 4: `00` null, `01`/`02` lock and memory control (skipped), `03 L message` (L is one byte
below 255, else `FF` and two bytes), `FE` terminator. Type 4: two bytes NLEN, then the message.

Worked example: `https://a.vn/x` is the message D1010755 04 61 2E 76 6E 2F 78, on a Type 2 tag
030B D1010755 04612E766E2F78 FE and in a Type 4 file 000B D1010755 04612E766E2F78.

URIs are taken and given as they stand on the tag, byte for byte: nothing is percent-encoded on the way.
"""

from dataclasses import dataclass
from typing import Final

from ocop.trace.tags.errors import ChipError

PREFIXES: Final = (
    "", "http://www.", "https://www.", "http://", "https://", "tel:", "mailto:",
    "ftp://anonymous:anonymous@", "ftp://ftp.", "ftps://", "sftp://", "smb://", "nfs://", "ftp://",
    "dav://", "news:", "telnet://", "imap:", "rtsp://", "urn:", "pop:", "sip:", "sips:", "tftp:",
    "btspp://", "btl2cap://", "btgoep://", "tcpobex://", "irdaobex://", "file://", "urn:epc:id:",
    "urn:epc:tag:", "urn:epc:pat:", "urn:epc:raw:", "urn:epc:", "urn:nfc:",
)  # fmt: skip
"""URI RTD table 3: the prefix that code 00h..23h stands for."""

NULL, LOCK_CONTROL, MEMORY_CONTROL, NDEF, PROPRIETARY, TERMINATOR = 0x00, 0x01, 0x02, 0x03, 0xFD, 0xFE
_HEADER_SHORT, _HEADER_LONG, _SHORT_RECORD, _ID_LENGTH = 0xD1, 0xC1, 0x10, 0x08
_CHUNK, _TNF = 0x20, 0x07


class NdefError(ChipError):
    """Bytes that are no NDEF message with one URI, or a text that cannot become one."""


class Truncated(NdefError):
    """The memory ended before its TLV blocks did: read more of it, or it is damaged."""


@dataclass(frozen=True, slots=True)
class ControlTlv:
    """A lock or memory control TLV: three bytes that say which areas to step over; kept, not interpreted."""

    tag: int
    value: bytes


def encode_uri(uri: str) -> bytes:
    """The NDEF message for `uri`. The longest prefix of table 3 is taken. Raises NdefError."""
    if not uri or any(ord(c) <= 0x20 or ord(c) == 0x7F for c in uri):
        raise NdefError(f"expected a link without spaces or control characters, got {uri!r}")
    code, prefix = max(((i, p) for i, p in enumerate(PREFIXES) if uri.startswith(p)), key=lambda x: len(x[1]))
    try:
        payload = bytes([code]) + uri[len(prefix) :].encode()
    except UnicodeEncodeError as error:
        raise NdefError(f"expected a link that is valid Unicode, got {uri!r}") from error
    if len(payload) <= 0xFF:
        return bytes([_HEADER_SHORT, 1, len(payload)]) + b"U" + payload
    return bytes([_HEADER_LONG, 1]) + len(payload).to_bytes(4, "big") + b"U" + payload


def decode_uri(message: bytes) -> str:
    """The URI of a message that is exactly one URI record. Raises NdefError for anything else."""
    if len(message) < 4:
        raise NdefError(f"expected an NDEF record of at least 4 bytes, got {len(message)}")
    header, type_length = message[0], message[1]
    if header & ~_SHORT_RECORD != _HEADER_LONG or type_length != 1:
        raise NdefError(f"expected one well-known record (D1 01 or C1 01), got {message[:2].hex()}")
    width = 1 if header & _SHORT_RECORD else 4
    length = int.from_bytes(message[2 : 2 + width], "big")
    body = message[2 + width :]
    if body[:1] != b"U":
        raise NdefError(f"expected a record of type 55 (URI), got {body[:1].hex() or 'nothing'}")
    payload = body[1:]
    if len(payload) != length or not payload:
        raise NdefError(f"expected a payload of {length} bytes, at least 1, got {len(payload)}")
    if payload[0] >= len(PREFIXES):
        raise NdefError(f"expected a URI prefix code up to 23, got {payload[0]:02x}")
    try:
        return PREFIXES[payload[0]] + payload[1:].decode()
    except UnicodeDecodeError as error:
        raise NdefError("expected a URI in UTF-8, got other bytes") from error


def to_type2(message: bytes) -> bytes:
    """`message` as NDEF TLV and terminator, as it stands from page 4 on. Raises NdefError over 65,534 bytes."""
    if len(message) >= 0xFFFF:
        raise NdefError(f"expected a message below 65,535 bytes, got {len(message)}")
    wide = len(message) >= 0xFF
    length = b"\xff" + len(message).to_bytes(2, "big") if wide else bytes([len(message)])
    return bytes([NDEF]) + length + message + bytes([TERMINATOR])


def type2_offset(message: bytes) -> int:
    """How many bytes of TLV header stand before `message` in the tag's data area (2 or 4)."""
    return 4 if len(message) >= 0xFF else 2


def read_type2(area: bytes) -> tuple[bytes | None, tuple[ControlTlv, ...]]:
    """The first NDEF message of a Type 2 data area and the control TLVs before it.

    None when a terminator comes before an NDEF TLV; an NDEF TLV of length 0 gives b"". Raises Truncated when
    the area ends before either of them, NdefError for a control TLV of another length than 3.
    """
    controls: list[ControlTlv] = []
    at = 0
    while at < len(area):
        tag = area[at]
        if tag == TERMINATOR:
            return None, tuple(controls)
        at += 1
        if tag == NULL:
            continue
        start, length = _tlv_length(area, at)
        value = area[start : start + length]
        if len(value) != length:
            raise Truncated(f"expected {length} bytes in the TLV {tag:02x}, got {len(value)}")
        if tag == NDEF:
            return value, tuple(controls)
        if tag in (LOCK_CONTROL, MEMORY_CONTROL):
            if length != 3:
                raise NdefError(f"expected a control TLV {tag:02x} of 3 bytes, got {length}")
            controls.append(ControlTlv(tag, value))
        at = start + length
    raise Truncated("expected an NDEF TLV or a terminator, got the end of the memory")


def _tlv_length(area: bytes, at: int) -> tuple[int, int]:
    if at >= len(area):
        raise Truncated("expected a TLV length, got the end of the memory")
    if area[at] != 0xFF:
        return at + 1, area[at]
    if at + 3 > len(area):
        raise Truncated("expected a TLV length of 3 bytes, got the end of the memory")
    return at + 3, int.from_bytes(area[at + 1 : at + 3], "big")


def to_type4(message: bytes, size: int) -> bytes:
    """`message` as the first bytes of an NDEF file of `size` bytes: NLEN and message. Raises NdefError."""
    if len(message) + 2 > size:
        raise NdefError(
            f"expected at most {size - 2} bytes for this chip, got a message of {len(message)}",
            "use a shorter address",
        )
    return len(message).to_bytes(2, "big") + message


def from_type4(file: bytes) -> bytes | None:
    """The message in an NDEF file, None when NLEN is 0. Raises NdefError when NLEN runs out of the file."""
    if len(file) < 2:
        raise NdefError(f"expected an NDEF file of at least 2 bytes, got {len(file)}")
    length = int.from_bytes(file[:2], "big")
    if length == 0:
        return None
    if len(file) - 2 < length:
        raise NdefError(f"expected {length} bytes after NLEN, got {len(file) - 2}")
    return file[2 : 2 + length]


@dataclass(frozen=True, slots=True)
class CapabilityContainer:
    """The CC file (E103h) of a Type 4 tag with one NDEF file: version, frame sizes, file id, size, rights."""

    version: int
    max_read: int
    max_write: int
    file_id: int
    file_size: int
    read_access: int
    write_access: int

    @classmethod
    def decode(cls, file: bytes) -> "CapabilityContainer":
        """From the CC file; bytes beyond the NDEF file control TLV are ignored. Raises NdefError."""
        if len(file) < 15 or int.from_bytes(file[:2], "big") < 15:
            raise NdefError(f"expected a capability container of at least 15 bytes, got {len(file)}")
        if file[7:9] != b"\x04\x06":
            raise NdefError(f"expected the NDEF file control TLV 0406, got {file[7:9].hex()}")
        big = int.from_bytes
        return cls(file[2], big(file[3:5], "big"), big(file[5:7], "big"), big(file[9:11], "big"),
                   big(file[11:13], "big"), file[13], file[14])  # fmt: skip
