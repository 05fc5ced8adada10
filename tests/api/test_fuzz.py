"""Whatever is asked: no fault of ours, one of our content types, the same headers of safety."""

import json
import secrets
import warnings
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ocop.trace.provisioning_stations import add_station
from schemathesis.core import NOT_SET
from sqlalchemy import text

ITEM = "/01/09521234543213/10/L1/21/000012"
STARTS = [
    "", "/", "/story", "/story" + ITEM, ITEM, "/01/", "/P/4VTR0QB4", "/products/", "/typed?number=", "/media/",
    "/static/",
    "/report", "/thanks" + ITEM, "/api/v1/verify?u=", "/api/", "/about", "/?q=", "/?page=", "/healthz", "/.well-known/",
    "/story/01/09521234543213/10/", "/story" + ITEM + "?s=", "/story" + ITEM + "?m=", "/8020/", "/00/", "/story/401/",
]  # fmt: skip
PIECES = [
    b"%", b"%00", b"%2F", b"..", b"//", b"?", b"&", b"=", b"#", b"\xc3\xb4", b"\xff", b"s=", b"&s=", b"lang=",
    b"%0d%0a",
    b"/10/", b"/21/", b"\x00", b"\r\n", b"{{7*7}}", b"<script>", b"'", b"%ED%A0%80", b"&lang=vi", b"%F0%9F%8D%B5", b"+",
    b"0" * 40,
    b"m=04DE5F1EACC040x00002A", b"&c=94EED9EE65337086", b"/01/09521234543213", b"\xe2\x80\xae", b";", b"\\", b"%25",
]  # fmt: skip
TYPES = {
    "text/html; charset=utf-8", "application/problem+json", "application/json", "text/javascript; charset=utf-8",
    "image/svg+xml", "image/webp", "image/jpeg", "",
}  # fmt: skip
targets = st.builds(
    lambda start, parts: (start.encode() + b"".join(parts)) or b"/",
    st.sampled_from(STARTS),
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=8),
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "accept-language",
            "user-agent",
            "origin",
            "sec-fetch-site",
            "purpose",
            "x-forwarded-for",
            "accept",
            "cookie",
        ]
    ),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40),
    max_size=4,
)
relaxed = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)


@settings(relaxed, max_examples=600)
@given(
    targets,
    st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "PUT", "WAT"]),
    headers,
    st.binary(max_size=60),
)
def test_no_request_is_a_fault_of_ours(shared, target, method, given_headers, body) -> None:
    answer = shared.ask(target, method, given_headers, body)
    prefetched = answer.status == 503 and "prefe" in answer.text
    assert answer.status < 500 or prefetched, answer.text[-500:]
    assert answer.header("content-type") in TYPES
    assert len(answer.header("location")) < 3000
    if answer.header("content-type"):
        assert answer.header("x-content-type-options") == "nosniff"
    if method == "HEAD":
        assert answer.body == b""
    if answer.header("content-type").startswith("text/html") and method != "HEAD":
        assert answer.header("content-security-policy").startswith("default-src 'none'")
        assert "<script>" not in answer.text
        answer.body.decode("utf-8")


@settings(relaxed, max_examples=300)
@given(st.text(max_size=80) | st.from_regex(r"[0-9A-Za-z/ ().,%-]{0,60}"))
def test_no_typed_number_and_no_link_is_a_fault_of_ours(shared, text) -> None:
    asked = quote(text.encode("utf-8", "surrogatepass"), safe="")
    assert shared.ask(f"/typed?number={asked}").status in {303, 400, 404, 414}
    assert shared.ask(f"/api/v1/verify?u={asked}").status in {200, 400, 404, 414}
    assert shared.ask(f"/?q={asked}").status in {200, 400, 414}


@pytest.fixture
def station(shared) -> str:
    """The token of a station in use."""
    if shared.rows("SELECT id FROM station WHERE name = 'Bàn thử'"):
        shared.act(lambda session: session.execute(text("DELETE FROM station WHERE name = 'Bàn thử'")))
    return shared.act(add_station, "Bàn thử", secrets.token_bytes, shared.now)


def test_the_api_keeps_its_own_description(shared, station) -> None:
    """Schemathesis asks what `/openapi.json` describes, with right and wrong arguments."""
    described = json.loads(shared.ask("/openapi.json").body)
    assert set(described["paths"]) >= {"/api/v1/verify", "/healthz", "/api/v1/stations/dialogues"}
    known = {"authorization": f"Bearer {station}", "content-type": "application/json"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api = schemathesis.openapi.from_dict(described)
        operations = [result.ok() for result in api.get_all_operations()]

    for operation in operations:

        @settings(relaxed, max_examples=60)
        @given(
            case=operation.as_strategy()
            | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        )
        def ask(case) -> None:
            query = urlencode(case.query or {}, doseq=True)
            target = case.formatted_path + (f"?{query}" if query else "")
            body = b"" if case.body is NOT_SET else json.dumps(case.body, default=str).encode()
            answer = shared.ask(target, case.method.upper(), known, body)
            assert answer.status in {200, 400, 401, 404, 405, 409, 413, 414}
            documented = described["paths"][case.path][case.method.lower()]["responses"]
            if answer.status not in {405, 414}:
                assert str(answer.status) in documented, (answer.status, sorted(documented))

        ask()


def test_every_answer_of_the_api_about_real_codes_is_json_with_the_ids(shared, furnished) -> None:
    for target, code, stars in furnished.expected:
        answer = shared.ask("/api/v1/verify?u=https://id.example.vn" + target)
        said = json.loads(answer.body)
        assert (answer.status, said["code"], said["stars"], said["illustrative"]) == (200, code, stars, True)
        assert answer.header("cache-control") == "no-store"
        assert {"product", "producer", "id", "at", "thing", "reasons"} <= set(said)


def test_the_api_says_what_the_page_cannot(shared, link, altered) -> None:
    def verify(uri: str) -> tuple[int, dict]:
        answer = shared.ask("/api/v1/verify?u=" + uri.replace("&", "%26"))
        return answer.status, json.loads(answer.body)

    status, said = verify("https://evil.example" + link())
    assert (status, said["code"], said["reasons"]) == (200, "cannot_say", ["foreign_host"])
    assert verify("https://ID.EXAMPLE.VN:443" + link())[1]["code"] == "code_issued"
    assert verify("https://id.example.vn" + link().partition("?")[0])[1]["code"] == "no_code"
    status, said = verify("https://id.example.vn" + altered(link()))
    assert (status, said["code"], "product" in said) == (200, "not_issued", False)
    for uri, expected in [
        ("https://id.example.vn/01/09521234543210", 400),
        ("ftp://id.example.vn/01/09521234543213", 400),
        ("nonsense", 400),
        ("https://user@id.example.vn/01/09521234543213", 400),
        ("https://id.example.vn/01/09521234567899", 404),
    ]:
        status, said = verify(uri)
        assert (status, said["status"], bool(said["expected"])) == (expected, expected, True)
    head = shared.ask("/healthz", "HEAD")
    assert (head.status, head.headers, head.body) == (200, shared.ask("/healthz").headers, b"")
    missing = shared.ask("/api/v1/verify")
    assert (missing.status, json.loads(missing.body)["expected"]) == (400, "the query parameter u")
    for target in ("/api/v1/nothing", "/api", "/docs"):
        answer = shared.ask(target)
        assert (answer.status, answer.header("content-type")) == (404, "application/problem+json")
