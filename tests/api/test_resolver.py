"""The resolver: it leads from what is printed to the story page, judges nothing and records nothing."""

import asyncio
from collections.abc import Callable

import pytest
from ocop.trace.settings import read_settings

S = "s=" + "0" * 162
UNKNOWN = "/01/09521234567899/10/L1/21/000012"


def test_a_printed_code_leads_to_its_story_with_the_query_byte_for_byte(shared, link) -> None:
    target = link() + "&utm=%E1%BB%95i%2F..&x=a+b&%73tray&&=&?=1"
    answer = shared.ask(target)
    assert (answer.status, answer.header("location"), answer.body) == (307, "/story" + target, b"")


def test_head_gets_the_headers_of_get_and_options_the_methods(shared, link) -> None:
    got, head, options = (shared.ask(link(), method) for method in ("GET", "HEAD", "OPTIONS"))
    assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")
    assert (options.status, options.header("allow")) == (204, "GET, HEAD, OPTIONS")
    assert options.header("location") == ""


def test_any_page_may_ask_where_a_link_leads(shared, link) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        assert shared.ask(link(), method).header("access-control-allow-origin") == "*"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"])
def test_other_methods_are_refused_with_those_that_work(shared, link, method) -> None:
    answer = shared.ask(link(), method)
    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (f"{UNKNOWN}", 404),
        ("/01/09521234567899", 404),
        ("/00/006141411234567890", 404),
        ("/414/9521321000018", 404),
        ("/01/09521234543213/22/2A", 307),
        ("/P/9999999R", 400),
        ("/P/4VTR0QB3", 400),
        ("/P/4vtr0qb4", 400),
        ("/01/09521234543210", 400),
        ("/01/9521234543213x", 400),
        ("/01/", 400),
        ("/01", 400),
        ("/21/000012/10/L1/01/09521234543213", 404),
        ("/01/09521234543213/21/000012/10/L1", 400),
        ("/01/09521234543213/10/L1/10/L2", 400),
        ("/01/09521234543213/10/L1%2F21/x", 400),
        ("/01/09521234543213/10/..", 400),
        ("/01/09521234543213/10/../../../etc/passwd", 400),
        ("/01/09521234543213/10/L%zz", 400),
        ("/01/09521234543213/10/L1/", 307),
        ("/01/09521234543213//10/L1", 400),
        ("/999/1", 400),
        ("/01/0952123454321३", 400),
    ],
)
def test_what_is_no_link_of_ours_gets_the_right_status(shared, target, status) -> None:
    answer = shared.ask(target)
    assert answer.status == status, answer.text[-600:]
    if status >= 400:
        assert answer.header("location") == ""
        assert answer.header("content-type") == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "raw", [b"/01/09521234543213/10/L\xc3\xb4", b"/01/\xff\xfe", b"/01/0952\x001234543213", b"/P/\xe0"]
)
def test_raw_bytes_outside_ascii_are_a_bad_request(shared, raw) -> None:
    assert shared.ask(raw).status == 400


def test_raw_bytes_in_the_query_stay_what_they_are(shared, link) -> None:
    raw = link().encode() + b"&x=\xc3\xb4\xff"
    answer = shared.ask(raw)
    assert answer.status in {307, 400}
    if answer.status == 307:
        assert answer.header("location").encode("latin-1") == b"/story" + raw


def test_an_address_over_2048_bytes_is_refused_with_our_sentence(shared, link) -> None:
    target = link()
    fits = target + "&x=" + "a" * (2048 - len(target) - 3)
    assert (len(fits), shared.ask(fits).status) == (2048, 307)
    answer = shared.ask(fits + "a")
    assert answer.status == 414
    assert "an address of at most 2,048 bytes" in answer.text
    assert shared.ask("/" + "a" * 60_000).status == 414
    assert shared.ask("/api/v1/verify?u=" + "a" * 3_000).header("content-type") == "application/problem+json"


def test_a_code_on_an_identifier_nobody_here_issued_is_told_so_on_its_page(shared) -> None:
    answer = shared.ask(f"{UNKNOWN}?{S}")
    assert (answer.status, answer.header("location")) == (307, f"/story{UNKNOWN}?{S}")
    page = shared.ask(answer.header("location"))
    assert (page.status, page.code) == (200, "not_issued")


def test_two_codes_in_one_link_go_on_and_are_not_issued(shared, link) -> None:
    target = link() + "&" + link().partition("?")[2]
    answer = shared.ask(target)
    assert answer.header("location") == "/story" + target
    assert shared.ask(answer.header("location")).code == "not_issued"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/01/09521234543213",
        "/01/09521234543213/10/L1?s=1&next=https://evil.example/",
        "/\\evil.example/01/09521234543213?s=1",
        "/https://evil.example/01/09521234543213?s=1",
        "/01//evil.example?s=1",
        "/8004/%2F%2Fevil.example?s=1",
        "/401/%2F%2Fevil.example%2F?s=1",
        "/01/09521234543213/10/%0d%0aSet-Cookie:%20a=b?s=1",
        "/01/09521234543213/10/L1?%0d%0aSet-Cookie:%20a=b&s=1",
    ],
)
def test_no_link_leads_away_from_our_host_or_adds_a_header(shared, target) -> None:
    answer = shared.ask(target)
    assert answer.status < 500
    location = answer.header("location")
    assert location == "" or location.startswith("/story/")
    assert not {"\r", "\n"} & set("".join(value for _, value in answer.headers))
    assert answer.header("set-cookie") == ""


def test_the_host_header_decides_nothing(shared, link) -> None:
    answer = shared.ask(link(), headers={"host": "evil.example"})
    assert answer.header("location") == "/story" + link()
    page = shared.ask("/story" + link(), headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert "evil.example" not in page.text


def test_nothing_is_judged_recorded_or_remembered(serving: Callable, link) -> None:
    worker = serving()
    for _ in range(3):
        worker.ask(link())
    assert worker.scans() == []


def test_a_link_of_a_product_that_the_register_lost_its_way_to_still_leads_on(serving, link) -> None:
    """Without its database the resolver can't know; the story page says so."""
    worker = serving()
    (worker.settings.data / "ocop.db").unlink()
    answer = worker.ask(link().partition("?")[0])
    assert answer.status == 307


def test_the_lifespan_starts_and_stops_a_worker(furnished, tmp_path) -> None:
    from ocop.trace.api.app import Edge

    async def live() -> list[str]:
        edge = Edge(read_settings(data=furnished.copy(tmp_path / "data"), public_url="https://id.example.vn"))
        told = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        said: list[str] = []

        async def receive():
            return told.pop(0)

        async def send(message) -> None:
            said.append(message["type"])
            assert (edge.service is None) == (message["type"] == "lifespan.shutdown.complete")

        await edge({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
        return said

    assert asyncio.run(live()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
