"""What reaches the service is what was sent, and what stays in the proxy's logs tells nothing about anybody."""

from typing import Any

import pytest

TOKEN = (
    "014059209110767152596770424815919988775736281255137706211160624686359039142687832674391753"
    "325607593053857961426594196970766587404373703100991211430958234675832839"
)
TARGETS = [
    f"/01/09521234543213/10/L2609A/21/7K3M9X2PQ4TD?s={TOKEN}",
    "/01/09521234543213/10/L%2FA",
    "/01/09521234543213//10///L",
    "//01/09521234543213",
    "/01/../01/./09521234543213",
    "/01/a/%2e%2e/%2E%2E/x",
    "/story/01/09521234543213?s=a&s=b&s",
    "/story/01/09521234543213?s=%41+%2B&m=04DE5F1EACC040x00000A&c=0123456789ABCDEF",
    "/P/4vtr0qb4/10/l2609a?",
    "/01/09521234543213?x=a%20b%0d%0aX-Forged:1",
    "/01/Tr%C3%A0;v=1,2/@:!$&'()*",
    "/report/01/09521234543213?a//b",
    "/studio/%2e%2e/office",
    "/media/%25%32%46",
]


@pytest.mark.parametrize("protocol", ["--http1.1", "--http2"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_target_arrives_byte_for_byte(recorded: Any, target: str, protocol: str) -> None:
    proxy, recorder = recorded
    assert proxy.ask(target, protocol).status == 204
    assert recorder.heads[-1].split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()


def test_bytes_that_are_no_ascii_arrive_too(recorded: Any) -> None:
    proxy, recorder = recorded
    line = "GET /01/Trà?tên=Hương HTTP/1.1".encode()
    said = proxy.raw(line + b"\r\nHost: id.ocop.example\r\nConnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 204")
    assert recorder.heads[-1].split(b"\r\n")[0] == line


def test_the_service_hears_of_the_phone_and_of_nothing_that_it_forged(recorded: Any) -> None:
    proxy, recorder = recorded
    forged = (
        "X-Forwarded-For: 198.51.100.7",
        "x-forwarded-for: 127.0.0.1",
        "Connection: X-Forwarded-For, close",
    )
    proxy.ask("/", *(word for one in forged for word in ("-H", one)), "-H", "Sec-Purpose: prefetch",
              source="127.9.8.7")  # fmt: skip
    head = recorder.heads[-1].decode("latin-1").lower()
    assert head.count("x-forwarded-for") == 1
    assert "x-forwarded-for: 127.9.8.7\r\n" in head
    assert "\r\nhost: id.ocop.example\r\n" in head
    assert "\r\nsec-purpose: prefetch\r\n" in head


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /../../etc/passwd HTTP/1.1", 400),
        (b"GET /01/%2e%2e/%2E%2E/x HTTP/1.1", 400),
        (b"GET /01/%00 HTTP/1.1", 400),
        (b"GET /01/%zz HTTP/1.1", 400),
        (b"nonsense", 400),
    ],
)
def test_what_the_proxy_refuses_by_itself_it_refuses_in_our_words(
    recorded: Any, line: bytes, status: int
) -> None:
    proxy, recorder = recorded
    before = len(recorder.heads)
    said = proxy.raw(line + b"\r\nHost: id.ocop.example\r\nAccept-Language: vi\r\nConnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert "viết sai".encode() in said
    assert len(recorder.heads) == before


def test_the_logs_hold_no_token_no_item_and_no_address_of_a_phone(shop: Any, lonely: Any) -> None:
    secret = "/door/i/Zm9yLW9uZS1wZXJzb24tb25seQ"
    for proxy in (shop.proxy, lonely):
        for target in (
            *TARGETS,
            secret,
            "/studio/shop/Zm9yLW9uZS1wcmludGVy",
            f"/{TOKEN}",
            f"/x?{TOKEN * 80}",
        ):
            proxy.ask(target, "--http1.1", "-H", f"Referer: https://id.ocop.example{secret}", "-A", "Telltale/7",
                      source="127.66.55.44")  # fmt: skip
        proxy.raw(b"GET /01/%%zz?s=%s HTTP/1.1\r\nHost: id.ocop.example\r\n\r\n" % TOKEN.encode())
        said = proxy.said()
        assert "127.66.55.0/24 GET /01/... " in said
        assert " GET /door/... " in said
        for word in (
            "127.66.55.44",
            TOKEN[:20],
            "L2609A",
            "09521234543213",
            "Zm9yLW9",
            "Telltale",
            "4vtr0qb4",
        ):
            assert word not in said, word
