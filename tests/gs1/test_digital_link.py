"""Digital Link URIs and `/P/` links, whole and as request targets."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ocop.trace.gs1.check import CSET_82, check_digit
from ocop.trace.gs1.digital_link import (
    DigitalLink,
    Identifier,
    LinkError,
    carries_token,
    fast_identifier,
    identifier,
    new_product_code,
    parse_target,
    parse_uri,
    served,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/digital_link.json").read_text("utf-8"))
GTIN = "09521234543213"
ROOT = f"/01/{GTIN}"

gtins = st.from_regex(r"[0-9]{13}", fullmatch=True).map(lambda d: d + check_digit(d))
codes = st.integers(0, (1 << 35) - 1).map(lambda bits: "P/" + new_product_code(bits))
parts = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=20)
identifiers = st.one_of(
    st.builds(identifier, gtins | codes),
    st.builds(identifier, gtins | codes, parts),
    st.builds(identifier, gtins | codes, parts, parts),
)
values = st.text(CSET_82, min_size=1, max_size=20).filter(lambda v: v not in (".", ".."))


def escape(text: str, needlessly: list[bool]) -> str:
    pairs = zip(text, needlessly, strict=False)
    return "".join(f"%{ord(c):02x}" if always else quote(c, safe="") for c, always in pairs)


def spoil(one: Identifier, place: int, text: str) -> bytes:
    return (one.path[:place] + text + one.path[place:]).encode()


PIECES = [
    b"/",
    b"01",
    b"10",
    b"21",
    b"P",
    b"%",
    b"%2F",
    b"%2f",
    b"..",
    b".",
    b"4VTR0QB4",
    b"L1",
    b"l1",
    b"\xc3",
    b"\0",
]
STRAYS = ["", "/", "%", "%41", "a", "//", "ô", "\n", ".", "/22/X", "%2F"]
escaped = st.builds(escape, values, st.lists(st.booleans(), min_size=20, max_size=20))
paths = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join),
    st.builds(spoil, identifiers, st.integers(0, 60), st.sampled_from(STRAYS)),
)


def code_of(uri: str) -> str:
    with pytest.raises(LinkError) as caught:
        parse_uri(uri)
    return caught.value.code


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda v: v["name"])
def test_a_valid_link_has_its_elements_and_its_canonical_form(vector: dict[str, object]) -> None:
    assert set(vector) == {"name", "source", "uri", "elements", "canonical"}
    link = parse_uri(str(vector["uri"]))
    assert link.elements == vector["elements"]
    assert link.canonical == vector["canonical"]
    assert parse_uri(link.canonical).canonical == link.canonical


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda v: v["name"])
def test_an_invalid_link_is_refused_for_its_own_reason(vector: dict[str, str]) -> None:
    assert set(vector) == {"name", "source", "uri", "code"}
    assert code_of(vector["uri"]) == vector["code"]


def test_a_link_is_taken_apart_into_host_stem_key_qualifiers_attributes_and_extensions() -> None:
    link = parse_uri(f"https://Id.Example.VN:443/shop/vi{ROOT}/10/L1?17=261231&%73=a+b&lang&s=%zz")
    assert (link.host, link.stem, link.key) == ("id.example.vn", "/shop/vi", "01")
    assert (link.qualifiers, link.attributes) == (("10",), ("17",))
    assert link.extensions == (("s", "a b"), ("lang", ""), ("s", "%zz"))


def test_a_port_of_its_own_stays_with_the_host() -> None:
    assert parse_uri(f"http://127.0.0.1:8000{ROOT}").host == "127.0.0.1:8000"
    assert parse_uri(f"http://[2001:db8::1]:443{ROOT}").host == "[2001:db8::1]:443"


@pytest.mark.parametrize(
    ("segment", "compressed"),
    [
        ("CxFRJydaKMpZyempCCjA5", True), ("GhFRJydaKQkGEvhn-N4JNKESEVA", True), ("exMBZFlvQMDly-mRqD", True),
        ("eh3016 4596F40C0E5CBE991A83".replace(" ", ""), True), ("about", False), ("gioi-thieu-lang-nghe", False),
        ("examination-papers", False), ("favicon.ico", False), ("products-and-makers", False),
    ],
)  # fmt: skip
def test_a_compressed_link_is_told_from_an_ordinary_word(segment: str, compressed: bool) -> None:
    assert code_of(f"https://id.example.vn/{segment}") == ("compressed" if compressed else "no_key")


def test_a_semicolon_does_not_part_the_pairs_of_a_query() -> None:
    assert parse_uri(f"https://a{ROOT}?98=A;B").canonical == f"https://id.gs1.org{ROOT}?98=A%3BB"
    assert code_of(f"https://a{ROOT}?17=261231;11=260101") == "charset"


def test_empty_pairs_and_keys_without_a_value_are_passed_over() -> None:
    assert parse_uri(f"https://a:{ROOT}?&&17=261231&17&=&").elements == {"01": GTIN, "17": "261231"}


def test_the_stem_is_kept_as_received() -> None:
    assert parse_target(b"/s%E1%BA%A3n" + ROOT.encode(), b"").stem == "/s%E1%BA%A3n"
    assert parse_target(b"/" + ROOT.encode(), b"").stem == "/"


@given(gtins, values, values)
def test_any_value_of_the_alphabet_survives_the_canonical_form(gtin: str, lot: str, serial: str) -> None:
    elements = {"01": gtin, "10": lot, "21": serial}
    link = DigitalLink(elements, "01", ("10", "21"))
    assert parse_uri(link.canonical).elements == elements


@given(escaped)
@example("%252F")
def test_however_a_value_is_escaped_the_link_means_the_same(text: str) -> None:
    link = parse_target(f"{ROOT}/10/{text}".encode(), b"")
    assert parse_uri(link.canonical) == parse_uri(f"https://id.gs1.org{ROOT}/10/{text}")
    assert parse_uri(f"https://id.example.vn{ROOT}?98={text}").elements["98"] == link.elements["10"]


@given(identifiers)
def test_an_identifiers_path_is_read_back_as_the_same_identifier_on_both_ways(one: Identifier) -> None:
    raw = one.path.encode("ascii")
    link = parse_target(raw, b"")
    assert link.path == one.path
    assert served(link) == fast_identifier(raw) == one
    assert served(parse_target(raw + b"/", b"")) == one


@given(paths)
@example(b"/01/09521234543213/10/L1\n")
@example(b"/P/4VTR0QB4\x0b")
def test_the_fast_way_never_says_anything_else_than_the_general_one(raw: bytes) -> None:
    fast = fast_identifier(raw)
    try:
        general = served(parse_target(raw, b""))
    except LinkError:
        general = None
    assert fast is None or fast == general


@given(
    paths, st.binary(max_size=60) | st.sampled_from([b"17=%", b"01=", b"&&=&", b"10=L1", b"%31%37=x", b"99"])
)
def test_any_bytes_are_a_link_or_a_link_error(raw: bytes, query: bytes) -> None:
    try:
        link = parse_target(raw, query)
    except LinkError:
        return
    assert parse_target(link.path.encode("ascii"), b"").path == link.path
    served(link)


@given(st.text(max_size=60) | st.builds(lambda p: f"https://a{p}", st.text(max_size=40)))
def test_any_text_is_a_link_or_a_link_error(text: str) -> None:
    try:
        parse_uri(text)
    except LinkError:
        return


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/P/4vtr0qb4", "code_case"), ("/p/4VTR0QB4", "house_case"), ("/P/4VTR0QB5", "code_check"),
        ("/P/4VTR0QB4/10/l1", "lot"), ("/P/4VTR0QB4/21/000012", "lot_missing"), ("/P/4VTR0QB4/22/X", "qualifier"),
        ("/P/4VTR0QB4/10/L1/21/s", "serial"), ("/P/4VTR0QB4/21/S/10/L", "order"), ("/P", "value_missing"),
        ("/P/4VTR0QB4/10", "value_missing"), ("/", "no_key"), ("", "path"), ("//", "no_key"),
    ],
)  # fmt: skip
def test_a_wrong_house_link_says_why(path: str, error: str) -> None:
    with pytest.raises(LinkError) as caught:
        parse_target(path.encode(), b"")
    assert caught.value.code == error


def test_a_mistyped_code_in_lower_case_gets_a_hint() -> None:
    with pytest.raises(LinkError, match="hint: write 4VTR0QB4"):
        parse_target(b"/P/4vtr0qb4/10/L1", b"")


def test_a_house_link_may_carry_gs1_attributes() -> None:
    link = parse_target(b"/P/4VTR0QB4/10/L1", b"17=261231")
    assert link.canonical == "/P/4VTR0QB4/10/L1?17=261231"


@pytest.mark.parametrize(
    "path",
    [
        "/00/395201234567890123", "/414/9520123456788", f"{ROOT}/10/lot-a", f"{ROOT}/10/A%2FB", f"{ROOT}/21/000012",
        f"{ROOT}/10/L1/21/s%211", f"/shop{ROOT}/10/L1", f"/{ROOT}", "/x/P/4VTR0QB4", "/8006/095201234567880102",
    ],
)  # fmt: skip
def test_a_valid_link_that_is_none_of_ours_is_not_served(path: str) -> None:
    assert served(parse_target(path.encode(), b"")) is None


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (f"{ROOT}/22/2A/10/L1/21/000012", identifier(GTIN, "L1", "000012")),
        (f"{ROOT}/22/2A", identifier(GTIN)),
        (f"{ROOT}/235/TPX", identifier(GTIN)),
    ],
)
def test_another_qualifier_names_the_same_but_carries_no_token(path: str, named: Identifier) -> None:
    link = parse_target(path.encode(), b"")
    assert served(link) == named
    assert not carries_token(link)


def test_a_lot_in_the_query_names_no_batch() -> None:
    assert served(parse_target(f"{ROOT}/235/TPX".encode(), b"10=L1")) == identifier(GTIN)
