"""The door for everything scanned: identifiers raise, codes become faults."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ocop.trace.gs1.digital_link import LinkError, identifier, parse_target, served
from ocop.trace.scanned import NotServed, Scanned, read, read_uri
from ocop.trace.signing.token import Carrier

ITEM = identifier("09521234543213", "L2609A", "7K3M9X2PQ4TD")
PATH = ITEM.path.encode()
# The golden token of docs/formats.md, in its two text forms.
NFC = "EAAHuDc-eHX5MCBfSjT9Ha_PafGIB0jqp2_9vo4Sy8q_osr69IL-TfBhimrsPlBD89Cx0LrWzKK6A9_UoNQiK63oBw"
QR = (
    "014059209110767152596770424815919988775736281255137706211160624686359039142687832674391753"
    "325607593053857961426594196970766587404373703100991211430958234675832839"
)
MIRROR = "04DE5F1EACC040x00002A"


def fault(query: str, path: bytes = PATH) -> str:
    return read(path, query.encode()).fault


@pytest.mark.parametrize("text", [NFC, QR])
def test_both_text_forms_are_the_same_token(text: str) -> None:
    scanned = read(PATH, f"s={text}".encode())
    assert scanned.identifier == ITEM
    assert scanned.token is not None
    assert (scanned.token.carrier, scanned.token.key_number, scanned.fault) == (Carrier.PRINT, 7, "")


def test_a_link_without_a_code_has_none() -> None:
    assert read(PATH, b"") == Scanned(ITEM)
    assert not read(PATH, b"fbclid=x&utm_source=zalo").has_code


def test_a_taps_uid_counter_and_mac_are_read_beside_the_token() -> None:
    scanned = read(PATH, f"s={NFC}&m={MIRROR}&c=94EED9EE65337086".encode())
    assert scanned.uid == bytes.fromhex("04de5f1eacc040")
    assert scanned.counter == 42
    assert scanned.mac == bytes.fromhex("94eed9ee65337086")
    assert (scanned.fault, scanned.has_code) == ("", True)


@pytest.mark.parametrize(
    "query", [f"%73={NFC}", f"s={NFC.replace('-', '%2D')}", f"&&s={NFC}&", f"x=%zz&s={NFC}"]
)
def test_escapes_in_the_query_are_decoded_once(query: str) -> None:
    scanned = read(PATH, query.encode())
    assert scanned.token == read(PATH, f"s={NFC}".encode()).token
    assert scanned.fault == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"s={NFC}&s={NFC}", "two_s"), (f"s={NFC}&%73={NFC}", "two_s"), (f"s={NFC}&s", "two_s"), ("s", "s_length"),
        ("s=", "s_length"), (f"s={NFC}A", "s_length"), (f"s={NFC[:-1]}", "s_length"), (f"s={NFC}==", "s_length"),
        (f"s={NFC[:-1]}x", "s_not_canonical"), (f"s={NFC.replace('-', '+')}", "s_alphabet"),
        (f"s={NFC.replace('_', '/')}", "s_alphabet"), (f"s={NFC.replace('-', '%252D')}", "s_length"),
        (f"s={NFC[:-1]}%", "s_alphabet"), (f"s={NFC[:-1]}%00", "s_alphabet"), (f"s={QR}0", "s_length"),
        (f"s={QR[:-1]}", "s_length"), (f"s={QR[:-1]}%D9%A9", "s_alphabet"), (f"s={QR[:-1]}a", "s_alphabet"),
        (f"s={'9' * 162}", "s_range"), (f"s=I{NFC[1:]}", "version"), (f"s=F{NFC[1:]}", "algorithm"),
        (f"s=Ew{NFC[2:]}", "carrier"), (f"s={NFC}&m=04de5f1eacc040x00002a", "m_form"),
        (f"s={NFC}&m=04DE5F1EACC040X00002A", "m_form"), (f"s={NFC}&m={MIRROR[:-1]}", "m_form"), ("m=", "m_form"),
        (f"s={NFC}&m={MIRROR}0", "m_form"), (f"s={NFC}&m={MIRROR[2:]}", "m_form"), (f"s={NFC}&m=04{MIRROR}", "m_form"),
        (f"s={NFC}&m={MIRROR[:-1]}%D9%A9", "m_form"), (f"s={NFC}&m={MIRROR}&c=94EED9EE6533708%D9%A9", "c_form"),
        (f"s={NFC}&m={MIRROR}&m={MIRROR}", "two_m"),
        (f"s={NFC}&m={MIRROR}&c=94eed9ee65337086", "c_form"), (f"s={NFC}&m={MIRROR}&c=94EED9EE6533708", "c_form"),
        (f"s={NFC}&m={MIRROR}&c=94EED9EE653370", "c_form"), (f"s={NFC}&m={MIRROR}&c=94EED9EE6533708600", "c_form"),
        (f"s={NFC}&c=94EED9EE65337086", "c_without_m"), (f"m={MIRROR}&c=A&c=A", "two_c"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_with_a_code_is_a_named_fault(query: str, expected: str) -> None:
    assert fault(query) == expected
    assert read(PATH, query.encode()).identifier == ITEM


@pytest.mark.parametrize("key", ["s", "m"])
def test_a_code_beside_another_qualifier_is_a_fault(key: str) -> None:
    path = b"/01/09521234543213/22/2A/10/L2609A/21/000012"
    assert fault(f"{key}={NFC}", path) == "token_on_other_qualifier"
    assert fault("lang=en", path) == ""


def test_a_code_without_a_lot_is_a_fault() -> None:
    assert fault(f"s={NFC}", b"/01/09521234543213") == "token_without_lot"
    assert fault(f"s={NFC}", b"/P/4VTR0QB4") == "token_without_lot"


@pytest.mark.parametrize(
    "path",
    [
        b"/00/395201234567890123",
        b"/01/09521234543213/10/l1",
        b"/x/01/09521234543213",
        b"/01/09521234543213/21/1",
    ],
)
def test_a_valid_link_that_is_none_of_ours_is_not_served_and_says_whether_it_claims_to_be(
    path: bytes,
) -> None:
    for query, coded in ((b"", False), (b"s=x", True), (b"lang=en", False)):
        with pytest.raises(NotServed) as caught:
            read(path, query)
        assert (caught.value.code, caught.value.coded) == ("not_served", coded)


@pytest.mark.parametrize(
    "path", [b"/01/09521234543210", b"/about", b"/P/4vtr0qb4", b"/01/09521234543213/10/\xc3\xb4"]
)
def test_a_bad_identifier_is_refused_whatever_the_code(path: bytes) -> None:
    with pytest.raises(LinkError) as caught:
        read(path, f"s={NFC}".encode())
    assert not isinstance(caught.value, NotServed)


def test_a_wrong_gs1_attribute_is_refused() -> None:
    with pytest.raises(LinkError):
        read(PATH, b"17=261301")


@pytest.mark.parametrize(
    ("query", "lang"),
    [
        ("lang=en", "en"),
        ("lang=zh-Hans&s=", "zh-Hans"),
        ("lang=vi&lang=fr", "fr"),
        ("lang=%0d%0a", ""),
        ("lang", ""),
    ],
)
def test_the_language_asked_for_is_read_and_nothing_else_passes(query: str, lang: str) -> None:
    assert read(PATH, query.encode()).lang == lang


def test_a_whole_link_gives_its_host_and_says_the_same_as_its_target() -> None:
    scanned = read_uri(f"https://ID.Example.vn{ITEM.path}?s={QR}#top")
    assert scanned.host == "id.example.vn"
    assert scanned.token == read(PATH, f"s={QR}".encode()).token


def test_a_pasted_link_with_foreign_digits_in_its_code_is_a_fault() -> None:
    assert read_uri(f"https://id.example.vn{ITEM.path}?s={QR[:-1]}٩").fault == "s_alphabet"


@pytest.mark.parametrize(
    "text", ["", "id.example.vn/01/09521234543213", "javascript:alert(1)", "https:///01/09521234543213"]
)
def test_what_is_no_link_is_refused(text: str) -> None:
    with pytest.raises(LinkError):
        read_uri(text)


queries = st.binary(max_size=40) | st.lists(
    st.sampled_from(
        ["s", "m", "c", "lang", "=", "&", "%73", NFC, QR, MIRROR, "17=261231", "%", "+", "\n", "é"]
    ),
    max_size=9,
).map(lambda pieces: "".join(pieces).encode())


@given(queries)
@example(b"s=a\n")
@example(b"s=a&m\n=")
def test_the_fast_way_reads_the_same_as_the_general_one(query: bytes) -> None:
    # An escaped digit in the path keeps the fast way out and means the same.
    slow = PATH.replace(b"/09", b"/%309")
    assert served(parse_target(slow, b"")) == ITEM
    try:
        expected: Scanned | str = read(slow, query)
    except LinkError as error:
        expected = error.code
    try:
        got: Scanned | str = read(PATH, query)
    except LinkError as error:
        got = error.code
    assert got == expected


@given(
    st.text(max_size=50) | st.builds(lambda t: f"https://a/01/09521234543213/10/L?{t}", st.text(max_size=50))
)
@example("https://a/01/09521234543213?s=\ud800")
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_uri(text)
    except LinkError:
        return
