"""The story page over HTTP: every answer that needs no chip, its precedence, its headers, and what it never says."""

import base64
import hashlib
import json
import re
from datetime import timedelta

import pytest
from ocop.trace.signing.token import Carrier

CODE, OTHER = "P/4VTR0QB4", "ho-dia-trang"
CHIP = bytes.fromhex("04de5f1eacc040")
STARS = {
    "valid": "còn hiệu lực đến",
    "expiring": "sắp hết hạn",
    "expired": "đã hết hạn ngày",
    "withdrawn": "đã bị thu hồi từ",
    "suspended": "đang tạm dừng từ",
    "potential": "chưa được công nhận",
    "none": "không có hạng sao",
    "not_shown": "Không nói về hạng sao",
}


def judged(worker, target: str) -> tuple[str, str, list[str]]:
    """What the page answers, held against what the API says of the same link."""
    page = worker.ask("/story" + target)
    api = worker.ask(
        "/api/v1/verify?u=https://id.example.vn" + target.replace("%", "%25").replace("&", "%26")
    )
    said = json.loads(api.body)
    assert (page.status, page.code) == (api.status, said.get("code")), (target, said)
    assert STARS[said["stars"]] in page.block("stars")
    return said["code"], said["stars"], said["reasons"]


def test_every_illustrative_code_answers_as_promised(shared, furnished) -> None:
    got = [(target, *judged(shared, target)[:2]) for target, _, _ in furnished.expected]
    assert got == list(furnished.expected)
    assert {stars for _, _, stars in got} == {
        "valid",
        "expiring",
        "expired",
        "withdrawn",
        "potential",
        "none",
    }


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ({}, ("code_issued", "valid", ["valid_when_made"])),
        ({"lot": "BATCH", "serial": ""}, ("code_issued", "valid", ["valid_when_made"])),
        ({"lot": "RANGE", "serial": "000009"}, ("code_issued", "valid", ["valid_when_made"])),
        ({"lot": "RANGE", "serial": "000010"}, ("withdrawn", "valid", ["code_cancelled", "valid_when_made"])),
        ({"lot": "RANGE", "serial": "000020"}, ("withdrawn", "valid", ["code_cancelled", "valid_when_made"])),
        ({"lot": "RANGE", "serial": "000021"}, ("code_issued", "valid", ["valid_when_made"])),
        ({"lot": "WHOLE"}, ("withdrawn", "valid", ["batch_cancelled", "valid_when_made"])),
        ({"lot": "RECALL"}, ("recalled", "valid", ["valid_when_made"])),
        ({"lot": "EARLY"}, ("not_released", "valid", ["valid_when_made"])),
        ({"key": CODE, "lot": "BEFORE"}, ("code_issued", "suspended", ["valid_when_made"])),
        ({"key": CODE, "lot": "AFTER"}, ("key_withdrawn", "not_shown", [])),
        # Precedence: what hurts whoever holds the goods comes before what is merely odd.
        ({"lot": "BOTH"}, ("recalled", "valid", ["valid_when_made"])),
        ({"lot": "GONE"}, ("withdrawn", "valid", ["batch_cancelled", "valid_when_made"])),
        # Right signatures of ours over what was never entered: a lost row, or a stolen key.
        ({"lot": "NEVER"}, ("cannot_say", "not_shown", ["signed_but_unknown"])),
        ({"serial": "000301"}, ("not_issued", "not_shown", ["not_in_batch"])),
        ({"serial": ""}, ("not_issued", "not_shown", ["not_in_batch"])),
        ({"lot": "BATCH"}, ("not_issued", "not_shown", ["not_in_batch"])),
        # Right signatures of another key, of somebody else, or for somewhere else.
        ({"key": CODE, "lot": "BEFORE", "signer": (OTHER, 3)}, ("not_issued", "not_shown", ["signature_false"])),
        ({"signer": (OTHER, 3)}, ("not_issued", "not_shown", ["key_never_given"])),
        ({"realm": "ocop.example/tag"}, ("not_issued", "not_shown", ["signature_false"])),
        # Codes of chips, in a store that has no chips.
        ({"carrier": Carrier.STATIC, "uid": CHIP}, ("not_issued", "not_shown", ["signature_false"])),
        ({"carrier": Carrier.SUN, "uid": CHIP}, ("not_issued", "not_shown", ["signature_false"])),
    ],
)  # fmt: skip
def test_each_answer_that_needs_no_chip(shared, link, code, answer) -> None:
    assert judged(shared, link(**code)) == answer


def test_a_chip_that_nobody_bound_blesses_nothing(shared, link) -> None:
    target = link(carrier=Carrier.STATIC, uid=CHIP) + f"&m={CHIP.hex().upper()}x00002A"
    assert judged(shared, target) == ("cannot_say", "not_shown", ["chip_not_registered"])
    assert shared.ask("/story" + target).status == 200


def test_both_text_forms_of_a_token_are_read_for_every_carrier(shared, link) -> None:
    from ocop.trace.signing.token import nfc_text, read_token

    head, s = link().split("?s=")
    assert judged(shared, f"{head}?s={nfc_text(read_token(s))}")[0] == "code_issued"


@pytest.mark.parametrize("place", [5, 6, 8, 9, 20, 80, 120, 161])
def test_one_digit_of_s_changed_is_not_issued(shared, link, altered, place) -> None:
    code, stars, reasons = judged(shared, altered(link(), place))
    assert (code, stars) == ("not_issued", "not_shown")
    assert set(reasons) <= {"signature_false", "key_never_given", "malformed"}


@pytest.mark.parametrize(
    "mangled",
    [
        lambda t: t[:-1], lambda t: t + "0", lambda t: t + "&s=", lambda t: t + "&%73=1", lambda t: t + "&m=1",
        lambda t: t + "&c=94EED9EE65337086", lambda t: t.replace("?s=", "?s=%30", 1), lambda t: t.split("?")[0] + "?s=",
        lambda t: t.replace("?s=0", "?s=٠", 1),
        lambda t: t.split("?")[0] + "?m=04DE5F1EACC040x00002A&c=94EED9EE65337087x",
        lambda t: t.replace("000012", "000013"), lambda t: t.replace("/10/L1", "/10/RANGE"),
        lambda t: t.replace("/10/L1/21/000012", ""), lambda t: t.replace("/10/", "/22/2A/10/"),
    ],
)  # fmt: skip
def test_a_mangled_code_is_not_issued(shared, link, mangled) -> None:
    page = shared.ask("/story" + mangled(link()))
    assert (page.status, page.code) == (200, "not_issued")


def test_a_false_code_lends_no_credit_and_still_warns_of_a_recall(shared, link, altered) -> None:
    page = shared.ask("/story" + altered(link("RECALL")))
    assert page.code == "not_issued"
    assert "Xin đừng dùng" in page.text or "thu hồi" in page.text
    assert "xin đừng dùng" in page.text, "what to do must be said although the code is false"
    assert "còn hiệu lực" not in page.text
    assert "/media/" not in page.text


def test_a_page_without_a_code_checks_nothing(shared, link) -> None:
    for target in (
        link().partition("?")[0],
        "/01/09521234543213",
        "/01/09521234543213/10/UNKNOWN",
        f"/{CODE}",
    ):
        page = shared.ask("/story" + target)
        assert (page.status, page.code) == (200, "no_code"), target
    assert shared.ask("/story" + link("RECALL").partition("?")[0]).code == "recalled"
    assert shared.ask("/story/01/09521234567899").status == 404


def test_an_item_met_by_many_networks_is_issued_often_for_everybody(serving, link, networks) -> None:
    worker = serving()
    target = "/story" + link()
    codes = [worker.ask(target, client=address).code for address in networks(20)]
    assert codes == ["code_issued"] * 19 + ["code_issued_often"]
    assert worker.ask(
        target, client="203.0.113.9", method="GET", headers={"sec-fetch-site": "same-origin"}
    ).code == ("code_issued_often")
    assert worker.ask("/story" + link(serial="000013")).code == "code_issued"
    worker.now += timedelta(days=3)
    assert worker.ask(target).code == "code_issued"


def test_batch_codes_and_false_codes_are_never_issued_often(serving, link, altered, networks) -> None:
    worker = serving()
    whole, false = "/story" + link("BATCH", ""), "/story" + altered(link())
    for address in networks(25):
        assert worker.ask(whole, client=address).code == "code_issued"
        assert worker.ask(false, client=address).code == "not_issued"
    assert worker.ask("/story" + link()).code == "code_issued"


def test_recall_withdrawal_and_hold_come_before_often(serving, link, networks) -> None:
    worker = serving()
    for lot, code in (("RECALL", "recalled"), ("WHOLE", "withdrawn"), ("EARLY", "not_released")):
        codes = {worker.ask("/story" + link(lot), client=address).code for address in networks(22)}
        assert codes == {code}


def test_the_page_carries_exactly_these_headers(shared, link) -> None:
    answer = shared.ask("/story" + link())
    style = re.search(r"<style>(.*?)</style>", answer.text, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert dict(answer.headers) == {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; img-src 'self'; media-src 'self'; script-src 'self'; "
        f"style-src 'self' 'sha256-{digest}'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'",
        "vary": "accept-language",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "cache-control": "private, no-cache",
        "content-length": str(len(answer.body)),
    }


def test_head_gets_the_headers_of_get(shared, link, altered) -> None:
    for target in (link(), altered(link()), link().partition("?")[0], "/01/09521234567899", "/01/1"):
        got, head = (shared.ask("/story" + target, method) for method in ("GET", "HEAD"))
        assert (head.status, head.headers, head.body) == (got.status, got.headers, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_story_is_only_read(shared, link, method) -> None:
    answer = shared.ask("/story" + link(), method)
    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")


def test_what_is_shared_carries_no_code(shared, link) -> None:
    s = link().partition("?s=")[2]
    page = shared.ask("/story" + link() + "&lang=en").text
    canonical = "https://id.example.vn/products/09521234543213"
    assert f'<link rel="canonical" href="{canonical}">' in page
    assert f'<meta property="og:url" content="{canonical}">' in page
    holders = [tag for tag in re.findall(r"<[^>]*>", page) if s in tag]
    assert holders, "the language links keep the code"
    assert all(tag.startswith('<a href="?s=') and "lang=" in tag for tag in holders)
    assert "noindex" in page


def test_a_language_switch_keeps_the_answer(shared, link, altered) -> None:
    for target in (link(), link("RECALL"), altered(link())):
        page = shared.ask("/story" + target)
        switches = re.findall(r'<a href="(\?[^"]*)" lang="([A-Za-z-]+)"', page.text)
        assert {lang for _, lang in switches} == {"vi", "en", "zh-Hans", "ko", "zh-Hant", "ja", "ru", "fr"}
        for query, lang in switches:
            other = shared.ask("/story" + target.partition("?")[0] + query.replace("&amp;", "&"))
            assert (other.status, other.code) == (200, page.code)
            assert f'<html lang="{lang}"' in other.text
    assert (
        '<html lang="ko"' in shared.ask("/story" + link(), headers={"accept-language": "ko-KR,ko;q=0.9"}).text
    )


def test_a_query_never_becomes_markup(shared, link) -> None:
    for attack in ('"><script>alert(1)</script>', "'onload=alert(1) x='", "&lt;b&gt;", "%22%3E%3Cscript%3E"):
        page = shared.ask(("/story" + link() + "&x=" + attack).encode())
        assert page.status in {200, 400}
        assert "<script>alert" not in page.text
        assert attack not in page.text or attack in {"%22%3E%3Cscript%3E"}
