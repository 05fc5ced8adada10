"""What a phone and a maker meet when nginx stands before the service."""

import gzip
import io
import json
import re
import sqlite3
import subprocess
import time
from contextlib import closing
from typing import Any

import pytest
from PIL import Image

PAGE = "/story/01/"
AGENT = "Mozilla/5.0 (Android 12; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
EDGE = "edge0f0ur0wn"


def altered(target: str) -> str:
    """The same target with one digit of its `s` changed."""
    return f"{target[:-40]}{(int(target[-40]) + 1) % 10}{target[-39:]}"


def scans(shop: Any, expected: int) -> int:
    """Scans by the browser of `AGENT`, once at least `expected` are written, which takes a tenth of a second."""
    until = time.monotonic() + 5
    while True:
        with closing(sqlite3.connect(shop.data / "ocop.db")) as connection:
            (found,) = connection.execute(
                "SELECT count(*) FROM scan WHERE browser = 'firefox' AND code = 'code_issued'"
            ).fetchone()
        if found >= expected or time.monotonic() > until:
            return int(found)
        time.sleep(0.02)


def opened(shop: Any, target: str, source: str, *options: str) -> Any:
    return shop.proxy.ask(f"/story{target}", "-A", AGENT, *options, source=source)


def test_nginx_finds_nothing_to_complain_of_in_the_configuration(shop: Any) -> None:
    done = subprocess.run([*shop.proxy.words(), "-t"], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "[warn]" in line or "[emerg]" in line]
    # From 1.25.1 on the form that 1.22 needs is called old.
    assert [line for line in said if '"listen ... http2" directive is deprecated' not in line] == []
    assert done.returncode == 0


def test_a_scan_goes_from_the_label_to_the_page_by_http_2(shop: Any) -> None:
    target = shop.target
    sent_on = shop.proxy.ask(target)
    assert (sent_on.protocol, sent_on.status) == ("HTTP/2", 307)
    assert sent_on.header("location").endswith("?" + target.partition("?")[2]), "the token, byte for byte"
    assert shop.proxy.ask(f"/story{target}").code == "code_issued"
    assert shop.proxy.ask(f"/story{altered(target)}").code == "not_issued"
    assert shop.proxy.ask(f"/story{target}", "--http1.1").code == "code_issued"
    assert shop.proxy.ask("/healthz").status == 200


def test_the_network_of_a_scan_is_the_phone_s_whatever_it_claims(shop: Any) -> None:
    target = shop.target
    for source in ("127.20.1.5", "127.20.1.77", "127.20.1.78"):
        assert opened(shop, target, source).code == "code_issued"
    for forged in ("198.51.100.7", "203.0.113.8, 127.0.0.1", "2001:db8::1"):
        opened(
            shop, target, "127.20.1.5", "-H", f"X-Forwarded-For: {forged}", "-H", f"Forwarded: for={forged}"
        )
    assert opened(shop, target, "127.20.2.5").code == "code_issued"
    assert opened(shop, target, "127.20.3.5", "-H", "Sec-Purpose: prefetch").status == 503
    assert opened(shop, target, "127.20.4.5").code == "code_issued"
    # What is written later than the last one would come with it: rows are written in order.
    assert scans(shop, 3) == 3


def test_text_is_compressed_and_pictures_are_not(shop: Any) -> None:
    zipped = ("-H", "Accept-Encoding: gzip")
    page = shop.proxy.ask(f"/story{shop.target}", *zipped)
    assert page.header("content-encoding") == "gzip"
    assert "Accept-Encoding" in " ".join(page.all("vary"))
    text = gzip.decompress(page.body).decode()
    assert len(page.body) < len(text.encode()) / 2
    picture = re.search(r'(?:src|href)="(/media/[0-9a-f]{64}-[0-9]+\.(?:webp|jpg))"', text)
    assert picture
    shown = shop.proxy.ask(picture[1], *zipped)
    assert shown.header("content-type").startswith("image/")
    assert shown.header("content-encoding") == ""
    style = shop.proxy.ask("/static/mark.svg", *zipped)
    assert (style.status, style.header("cache-control")) == (200, "public, max-age=3600")
    assert shop.proxy.ask("/press/feed.atom", *zipped).header("content-encoding") == "gzip"


def test_headers_of_the_service_come_once_and_unchanged(shop: Any) -> None:
    for target in (f"/story{shop.target}", "/door", "/press/feed.atom", "/static/mark.svg", "/nothing"):
        answer = shop.proxy.ask(target)
        for name in ("strict-transport-security", "x-content-type-options", "referrer-policy"):
            assert len(answer.all(name)) == 1, (target, name)
        assert answer.header("strict-transport-security") == "max-age=63072000; includeSubDomains"
        assert answer.header("server") == "nginx", "no version"
    page = shop.proxy.ask(f"/story{shop.target}")
    assert page.header("cache-control") == "private, no-cache"
    assert page.header("content-security-policy").startswith("default-src 'none'")


def test_a_feed_that_has_not_changed_is_not_sent_again_though_it_was_compressed(shop: Any) -> None:
    first = shop.proxy.ask("/press/feed.atom", "-H", "Accept-Encoding: gzip")
    assert first.header("cache-control") == "no-cache"
    again = shop.proxy.ask("/press/feed.atom", "-H", f"If-None-Match: {first.header('etag')}")
    assert (again.status, again.body) == (304, b"")


def test_a_tap_is_spent_once_and_its_answer_is_kept_nowhere(shop: Any) -> None:
    answers = []
    for source in ("127.30.1.5", "127.30.2.5"):
        answer = opened(shop, shop.tap, source)
        assert answer.header("cache-control") == "no-store"
        if answer.status == 303:
            place = answer.header("location").removeprefix("https://id.ocop.example")
            cookie = answer.header("set-cookie").partition(";")[0]
            answer = shop.proxy.ask(place, "-A", AGENT, "-H", f"Cookie: {cookie}", source=source)
            assert answer.header("cache-control") == "no-store"
        answers.append(answer.code)
    assert answers == ["chip_answered", "already_used"]


def test_an_address_too_long_is_refused_in_our_words_by_whoever_refuses(shop: Any) -> None:
    for length in (3_000, 12_000, 20_000):
        answer = shop.proxy.ask(f"/story/01/09521234543213?s={'0' * length}", "--http1.1")
        assert answer.status == 414
        assert "Liên kết này quá dài" in answer.text
    answer = shop.proxy.ask(f"/api/v1/verify?u={'0' * 3_000}")
    assert (answer.status, answer.header("content-type")) == (414, "application/problem+json")


def test_a_body_too_large_is_refused_in_our_words_by_whoever_refuses(shop: Any, tmp_path: Any) -> None:
    body = tmp_path / "much"
    for size in (20_000, 900_000, 2_000_000, 40_000_000):
        body.write_bytes(b"text=" + b"a" * size)
        for target in ("/thanks/01/09521234543213", "/studio/passphrase", "/door"):
            answer = shop.proxy.ask(
                target, "--data-binary", f"@{body}", "-H", "Origin: https://id.ocop.example"
            )
            if answer.status == 413:
                assert "Gửi lên nhiều quá" in answer.text
            else:
                assert answer.status < 500
                assert size < (36_000_000 if target.startswith("/studio/") else 1_000_000)
    answer = shop.proxy.ask("/api/v1/chips/bind", "--data-binary", f"@{body}")
    assert (answer.status, answer.header("content-type")) == (413, "application/problem+json")
    assert json.loads(answer.body)["status"] == 413


def largest_picture() -> bytes:
    """A JPEG of exactly 10,000,000 bytes, by comments before its picture."""
    content = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(content, "JPEG", quality=90)
    start, rest = content.getvalue()[:2], content.getvalue()[2:]
    room, comments = 10_000_000 - len(content.getvalue()), b""
    while room > len(comments):
        size = min(65_000, room - len(comments) - 4)
        if room - len(comments) - 4 - size in range(1, 5):
            size -= 8
        comments += b"\xff\xfe" + (size + 2).to_bytes(2, "big") + b"x" * size
    assert len(start + comments + rest) == 10_000_000
    return start + comments + rest


def test_the_largest_photograph_that_a_report_may_carry_comes_through(shop: Any, tmp_path: Any) -> None:
    picture, larger = tmp_path / "tem.jpg", tmp_path / "larger.jpg"
    picture.write_bytes(largest_picture())
    larger.write_bytes(largest_picture() + b"x" * 3_000_000)
    target = shop.target.partition("?")[0]
    form = ("-F", "kind=other", "-F", "text=tem bị bóc", "-H", "Origin: https://id.ocop.example")
    done = shop.proxy.ask(f"/report{target}", *form, "-F", f"photo=@{picture}")
    assert (done.status, done.text.count("<h1")) == (200, 1)
    with closing(sqlite3.connect(shop.data / "ocop.db")) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM report_private WHERE photo IS NOT NULL").fetchone()
    assert kept == 1
    refused = shop.proxy.ask(f"/report{target}", *form, "-F", f"photo=@{larger}")
    assert refused.status == 413
    assert "Gửi lên nhiều quá" in refused.text


def asked_often(shop: Any, path: str, times: int, source: str) -> list[str]:
    """The statuses of many requests at once from one address."""
    done = subprocess.run(
        ["curl", "-q", "-s", "-Z", "--parallel-max", "60", "--cacert", shop.proxy.cert, "--interface", source,
         "--resolve", f"id.ocop.example:{shop.proxy.https}:127.0.0.1", "-o", "/dev/null", "-w", "%{http_code}\n",
         f"https://id.ocop.example:{shop.proxy.https}{path}?[1-{times}]"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.stdout.split()


def test_many_requests_of_one_phone_are_told_to_wait_and_others_are_served(shop: Any) -> None:
    target = f"/story{shop.target}"
    codes = asked_often(shop, "/healthz", 1500, "127.40.1.5")
    assert set(codes) == {"200", "429"}
    assert codes.count("200") >= 300
    assert shop.proxy.ask(target, source="127.40.1.6").code == "code_issued"


def test_stations_that_write_chips_have_room_of_their_own_and_an_end(shop: Any) -> None:
    """Five stations at one address, each with a chip of 94 calls at once, while its phones have used up theirs."""
    me = "/api/v1/stations/me"
    phones = asked_often(shop, "/healthz", 1500, "127.40.2.5")
    assert "429" in phones
    stations = asked_often(shop, me, 5 * 94, "127.40.2.5")
    assert set(stations) == {"401"}, "no token, and no limit"
    assert set(asked_often(shop, me, 4000, "127.40.2.5")) == {"401", "429"}
    assert asked_often(shop, me, 1, "127.40.2.6") == ["401"]


@pytest.mark.parametrize("language", ["vi", "en", "ko", "zh-TW", "xx"])
def test_while_the_service_is_away_pages_say_so_and_accuse_nobody(lonely: Any, language: str) -> None:
    words = {"vi": "Chưa trả lời được lúc này", "ko": "지금은 답할 수 없습니다", "zh-TW": "目前無法回答"}
    answer = lonely.ask("/story/01/09521234543213?s=1", "-H", f"Accept-Language: {language}")
    assert answer.status == 502
    assert words.get(language, "No answer possible right now") in answer.text
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert (answer.header("cache-control"), answer.header("retry-after")) == ("no-store", "5")
    assert "nginx" not in answer.text
    # Trying again asks for the same code, not for the page without one.
    assert 'class="button" href=""' in answer.text
    program = lonely.ask("/api/v1/verify?u=x")
    assert (program.status, json.loads(program.body)["status"]) == (502, 503)
    assert lonely.ask("/ocop-words/503.vi.html").status == 404


def test_who_comes_without_encryption_or_by_another_name_gets_nothing_of_ours(shop: Any) -> None:
    proxy = shop.proxy
    address = f"http://127.0.0.1:{proxy.http}"
    from_here = ("-H", "Host: anything.example")
    plain = subprocess.run(
        ["curl", "-q", "-s", "-D", "-", *from_here, "--path-as-is", f"{address}/01//a/%2F?s=1&x=%41"],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    assert "301" in plain.stdout.split("\n")[0]
    assert "Location: https://id.ocop.example/01//a/%2F?s=1&x=%41" in plain.stdout
    with pytest.raises(AssertionError, match=r"alert|SSL|TLS"):
        proxy.ask("/", name="other.example")
    assert proxy.raw(b"GET / HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n") == b""


def test_the_words_of_the_proxy_are_written_whole_over_older_ones(tmp_path: Any, run_tool: Any) -> None:
    folder = tmp_path / "words"
    assert "expected a folder for the pages" in run_tool(tmp_path, "proxy-pages", folder, fails=3)
    folder.mkdir()
    (folder / "503.vi.html").write_text("old", "utf-8")
    first = json.loads(run_tool(tmp_path, "proxy-pages", folder, "--json"))
    assert first["files"] == sorted(path.name for path in folder.iterdir())
    assert "Chưa trả lời được lúc này" in (folder / "503.vi.html").read_text("utf-8")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}
