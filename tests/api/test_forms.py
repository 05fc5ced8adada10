"""Thanks, reports and typed numbers: what is taken, what is refused, and that nothing can be sneaked in."""

import pytest

ITEM = "/01/09521234543213/10/L1/21/000012"
KINDS = ("same_number", "not_alike", "seal", "stars", "quality", "other")


def thanks(worker):
    return worker.rows("SELECT key, lot, lang, count FROM thanks ORDER BY key, lot, lang")


def reports(worker):
    return worker.rows("SELECT key, lot, serial, kind, lang, words, contact FROM report ORDER BY id")


def test_one_tap_is_one_more_thank_you_in_the_readers_language(serving) -> None:
    worker = serving()
    answer = worker.post(f"/thanks{ITEM}", "lang=ko")
    assert (answer.status, answer.header("cache-control")) == (200, "no-store")
    assert '<html lang="ko"' in answer.text
    worker.post(f"/thanks{ITEM}", "lang=ko", client="198.51.100.7")
    worker.post("/thanks/01/09521234543213", "lang=xx")
    worker.post("/thanks/P/4VTR0QB4")
    assert thanks(worker) == [
        ("09521234543213", "", "vi", 1),
        ("09521234543213", "L1", "ko", 2),
        ("P/4VTR0QB4", "", "vi", 1),
    ]


def test_the_same_reader_thanks_once_a_day(serving) -> None:
    from datetime import timedelta

    worker = serving()
    assert {worker.post(f"/thanks{ITEM}").status for _ in range(4)} == {200}
    assert thanks(worker)[0][3] == 1
    worker.now += timedelta(hours=25)
    worker.post(f"/thanks{ITEM}")
    assert thanks(worker)[0][3] == 2


def test_thanks_for_what_is_not_in_the_register_are_not_kept(serving) -> None:
    worker = serving()
    assert worker.post("/thanks/01/09521234567899").status == 404
    assert worker.post("/thanks/01/nonsense").status == 400
    assert worker.post("/thanks/").status in {400, 404}
    assert thanks(worker) == []


def test_a_script_is_told_to_wait(serving) -> None:
    worker = serving()
    statuses = [worker.post(f"/thanks{ITEM[:-6]}{n:06d}", **{"user-agent": str(n)}).status for n in range(40)]
    assert statuses == [200] * 30 + [429] * 10
    assert worker.post(f"/thanks{ITEM}").header("retry-after") == "60"
    assert worker.post(f"/thanks{ITEM}", client="198.51.100.7").status == 200
    told = [worker.post(f"/report{ITEM}", "kind=seal").status for _ in range(12)]
    assert told == [200] * 10 + [429] * 2


def test_a_report_keeps_what_was_said_and_who_may_be_asked(serving) -> None:
    worker = serving()
    words = "text=N%E1%BA%AFp+h%E1%BB%9F%0D%0Ahai+l%E1%BB%97&place=ch%E1%BB%A3+Vinh"
    form = f"lang=en&kind=seal&{words}&contact=0912+345+678"
    answer = worker.post(f"/report{ITEM}", form)
    assert (answer.status, answer.header("cache-control")) == (200, "no-store")
    assert reports(worker)[0][:5] == ("09521234543213", "L1", 12, "seal", "en")
    assert reports(worker)[0][5:] == ("Nắp hở\nhai lỗ", "0912 345 678")
    assert worker.rows("SELECT report_id, place, photo FROM report_private") == [(1, "chợ Vinh", None)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_on_the_form_is_taken(serving, kind) -> None:
    worker = serving()
    assert f'value="{kind}"' in worker.ask(f"/report{ITEM}").text
    assert worker.post(f"/report{ITEM}", f"kind={kind}").status == 200
    assert [row[3] for row in reports(worker)] == [kind]


def test_a_code_nobody_issued_can_be_reported_too(serving) -> None:
    worker = serving()
    target = "/report/01/09521234567899/10/A/21/000001"
    assert worker.ask(target).status == 200
    assert worker.post(target, "kind=other").status == 200
    assert reports(worker)[0][0] == "09521234567899"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("", 400),
        ("kind=nonsense", 400),
        ("kind=seal&kind=seal", 400),
        ("kind=seal&%6bind=other", 400),
        ("kind=seal&text=" + "a" * 1001, 413),
        ("kind=seal&place=" + "a" * 201, 413),
        ("kind=seal&contact=" + "a" * 201, 413),
        ("kind=seal&text=" + "a" * 20_000, 413),
        ("kind=seal&text=a%00b", 400),
        ("kind=seal&contact=a%1b%5b31m", 400),
        ("kind=seal" + "&x=1" * 60, 400),
        (b"kind=seal&text=\xff\xfe", 200),
        ("kind=seal&serial=999&key=x&at=2020&closed_at=1", 200),
        ("kind=seal&contact=a&contact=b", 200),
        ("kind=seal&text=" + "%F0%9F%8D%B5" * 1000, 200),
        ("kind=seal&text=%ED%A0%80", 200),
    ],
)
def test_a_form_is_taken_whole_or_refused_with_a_reason(serving, form, status) -> None:
    worker = serving()
    answer = worker.post(f"/report{ITEM}", form)
    assert answer.status == status
    kept = reports(worker)
    assert len(kept) == (1 if status == 200 else 0)
    if kept:
        assert kept[0][:3] == ("09521234543213", "L1", 12)
        assert kept[0][6] == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://id.example.vn.evil.example"},
        {"origin": "https://id.example.vn:444"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_on_another_site_is_refused(serving, headers) -> None:
    worker = serving()
    for form in ("/thanks", "/report"):
        answer = worker.post(f"{form}{ITEM}", "kind=seal", **headers)
        assert answer.status == 403
    assert (thanks(worker), reports(worker)) == ([], [])


def test_browsers_that_say_less_are_not_shut_out(serving) -> None:
    """In-app browsers that send no Origin, and all that send it right."""
    worker = serving()
    given = {"content-type": "application/x-www-form-urlencoded"}
    assert worker.ask(f"/thanks{ITEM}", "POST", given, b"lang=vi").status == 200
    assert worker.post(f"/report{ITEM}", "kind=seal", **{"sec-fetch-site": "same-origin"}).status == 200


def test_a_proxy_that_hides_the_printed_host_breaks_no_form(serving) -> None:
    worker = serving()
    assert worker.post(f"/thanks{ITEM}", "lang=vi", host="127.0.0.1:8000").status == 200
    assert worker.post(f"/thanks{ITEM}", host="127.0.0.1:8000", origin="https://evil.example").status == 403


def test_a_body_that_breaks_off_is_not_acted_on(serving, runner) -> None:
    worker = serving()

    async def ask():
        said = []
        scope = {
            "type": "http", "method": "POST", "path": f"/thanks{ITEM}", "raw_path": f"/thanks{ITEM}".encode(),
            "query_string": b"", "headers": [(b"host", b"id.example.vn")], "client": ("203.0.113.9", 1),
        }  # fmt: skip
        told = [{"type": "http.request", "body": b"lang", "more_body": True}, {"type": "http.disconnect"}]

        async def receive():
            return told.pop(0)

        async def send(message):
            said.append(message)

        await worker.edge(scope, receive, send)
        return said[0]["status"]

    assert runner.run(ask()) == 400
    assert thanks(worker) == []


@pytest.mark.parametrize(
    "target", ["/thanks" + ITEM, "/report" + ITEM, "/", "/products/09521234543213", "/typed?number=1"]
)
def test_methods_that_a_page_has_not_are_named(shared, target) -> None:
    answer = shared.ask(target, "DELETE")
    assert answer.status == 405
    assert "POST" in answer.header("allow") or "GET" in answer.header("allow")
    if target.startswith("/thanks"):
        assert shared.ask(target).status == 405


STORY = "/story/01/09521234543213"


@pytest.mark.parametrize(
    ("typed", "location"),
    [
        ("09521234543213", STORY),
        ("9521234543213", STORY),
        (" 9521 2345 43213 ", STORY),
        ("9 521234 543213 L1 12", f"{STORY}/10/L1/21/000012"),
        ("09521234543213 L1 12", f"{STORY}/10/L1/21/000012"),
        ("09521234543213 l1 000012", f"{STORY}/10/L1/21/000012"),
        ("(01)09521234543213(10)L1(21)000012", f"{STORY}/10/L1/21/000012"),
        ("01 09521234543213 10 L1 21 000012", f"{STORY}/10/L1/21/000012"),
        ("/01/09521234543213/10/L1/21/000012", f"{STORY}/10/L1/21/000012"),
        ("4vtr0qb4", "/story/P/4VTR0QB4"),
        ("P/4VTR0QB4", "/story/P/4VTR0QB4"),
        ("p 4VTR-0QB4, before, 7", "/story/P/4VTR0QB4/10/BEFORE/21/000007"),
        ("https://id.example.vn/01/09521234543213/10/L1/21/000012?s=0140", f"{STORY}/10/L1/21/000012"),
        ("https://ID.EXAMPLE.VN/01/09521234543213", STORY),
        ("id.example.vn/01/09521234543213/10/L1", f"{STORY}/10/L1"),
        ("09521234543210", None),
        ("4VTR0QB5", None),
        ("", None),
        ("abc", None),
        ("٠٩٥٢١٢٣٤٥٤٣٢١٣", None),
        ("javascript:alert(1)", None),
        ("//evil.example/01/09521234543213", None),
        ("%0d%0aLocation: https://evil.example", None),
    ],
)
def test_a_typed_number_leads_to_its_page_or_is_explained(shared, typed, location) -> None:
    from urllib.parse import quote

    answer = shared.ask("/typed?lang=vi&number=" + quote(typed, safe=""))
    if location is None:
        assert answer.status in {400, 404}
        assert answer.header("location") == ""
        return
    assert (answer.status, answer.header("location")) == (303, f"{location}?lang=vi")
    page = shared.ask(answer.header("location"))
    assert (page.status, page.code) == (200, "no_code")
