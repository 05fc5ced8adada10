"""A maker that stopped, as buyers see it: one calm line at once in every worker, the answers as before."""

from datetime import date
from typing import Any

import pytest
from ocop.trace import handing, handing_closing
from ocop.trace.certifying import Officer, Scope
from ocop.trace.handing import HandOverGiven
from ocop.trace.registry import tables, telling
from ocop.trace.registry.editing import product_row
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import bump_facts

GTIN = "09521234543213"
PHONE = {
    "accept-language": "vi-VN,vi;q=0.9",
    "user-agent": "Mozilla/5.0 (Linux; Android 9) Chrome/138.0 Mobile",
}
BOSS = Officer("chị Hà", "Văn phòng", Scope())
LINE = "Cơ sở đã ngừng hoạt động từ"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def workers(request):
    """Two workers and a third connection to act through, on one store."""
    settings = {}
    if request.param == "postgresql":
        settings["database_url"] = request.getfixturevalue("postgres_furnished")()
    serving = request.getfixturevalue("serving")
    first = serving(**settings)
    return first, serving(beside=first), serving(beside=first)


def maker(worker: Any) -> tables.Producer:
    with worker.store.read() as session:
        return session.get_one(tables.Producer, product_row(session, GTIN).producer_id)


def close(worker: Any, office: Any) -> None:
    by = By("chị Hà", worker.now, "giải thể")
    office.act(handing_closing.close, BOSS, maker(worker).slug, "dissolved", by)


def until(worker: Any, target: str, wanted: bool, **more: Any) -> str:
    """The page of the next scan; PostgreSQL's notice travels on its own connection."""
    for _ in range(200):
        text = worker.ask(target, **more).text
        if (LINE in text) is wanted or worker.store.file is not None:
            break
    return text


def test_the_next_scan_in_every_worker_says_it_and_the_answer_stays(workers, link) -> None:
    """Both workers have a short way for this batch and language before; it must not go on without the line."""
    *scanning, office = workers
    targets = ["/story" + link("L1", f"{number:06}") for number in range(1, 7)]
    for worker in scanning:
        for target, client in zip(targets[:2], ("192.0.2.1", "198.51.100.7"), strict=True):
            before = worker.ask(target, headers=PHONE, client=client)
            assert (before.code, LINE in before.text) == ("code_issued", False)
            assert 'action="/thanks' in before.text
    close(scanning[0], office)
    for worker, target in zip(scanning, targets[2:4], strict=True):
        text = until(worker, target, True, headers=PHONE)
        assert f"{LINE} {date(2026, 11, 23):%d/%m/%Y}" in text or LINE in text
        after = worker.ask(target, headers=PHONE)
        assert after.code == "code_issued"
        assert 'action="/thanks' not in after.text
        assert "tel:" not in after.text
        again = worker.ask(targets[4], headers=PHONE, client="203.0.113.77")
        assert LINE in again.text, "by the short way too"
    by = By("chị Hà", scanning[0].now, "nhầm")
    office.act(handing_closing.reopen, BOSS, maker(scanning[0]).slug, by)
    for worker in scanning:
        text = until(worker, targets[5], False, headers=PHONE)
        assert LINE not in text
        assert 'action="/thanks' in text


@pytest.mark.parametrize("lang", ["vi", "en", "zh-Hans", "ko", "zh-Hant", "ja", "ru", "fr"])
def test_every_language_has_the_line(serving, link, lang) -> None:
    worker = serving()
    before = worker.ask("/story" + link(), headers={"accept-language": lang}).text
    close(worker, worker)
    after = worker.ask("/story" + link(), headers={"accept-language": lang}).text
    assert 'class="since"' in after
    assert 'class="since"' not in before
    assert "/thanks" in before
    assert "/thanks" not in after


def test_a_thank_you_from_a_page_that_was_open_is_not_taken(serving, link) -> None:
    worker = serving()
    path = link().partition("?")[0]
    assert worker.post(f"/thanks{path}", b"lang=vi").status == 200
    close(worker, worker)
    assert worker.post(f"/thanks{path}", b"lang=vi").status == 404


def test_the_product_page_stands_and_the_catalogue_offers_it_no_more(serving) -> None:
    worker = serving()
    name = worker.ask(f"/products/{GTIN}").text
    assert f"/products/{GTIN}" in worker.ask("/?q=09521234543213").text
    close(worker, worker)
    page = worker.ask(f"/products/{GTIN}")
    assert (page.status, LINE in page.text) == (200, True)
    assert "noindex" in page.text
    assert "noindex" not in name
    assert f'href="/products/{GTIN}' not in worker.ask("/?q=09521234543213").text
    assert worker.ask(f"/press/{GTIN}").status == 404


def test_goods_of_a_product_that_was_handed_over_name_both_makers(serving, link) -> None:
    worker = serving()
    old = maker(worker)
    with worker.store.begin() as session:
        other = tables.Producer(slug="htx-che-moi", name="HTX Chè Mới", kind="htx", province_code=old.province_code,
                                province=old.province)  # fmt: skip
        session.add(other)
    given = HandOverGiven(old.slug, "htx-che-moi", (GTIN,), handing.Stars.KEEP)
    worker.act(handing.hand_over, BOSS, given, By("chị Hà", worker.now, "nhập"), worker.now.date())
    page = worker.ask("/story" + link())
    assert page.code == "code_issued"
    assert old.name in page.text
    assert "Sản phẩm này nay do HTX Chè Mới làm." in page.text
    assert 'action="/thanks' not in page.text, "they would reach the other maker"
    assert 'action="/thanks' in worker.ask(f"/products/{GTIN}").text
    assert "nay do" not in worker.ask(f"/products/{GTIN}").text


def test_a_phone_number_is_gone_from_the_next_scan_on(serving, link) -> None:
    worker = serving()
    slug = maker(worker).slug
    with worker.store.begin() as session:
        row = session.get_one(tables.Producer, maker(worker).id)
        row.phone = "0912 345 678"
        session.add(row)
    worker.act(
        lambda session: telling.give_consent(session, slug, "phone", person="x", proof="x", at=worker.now)
    )
    worker.act(bump_facts)
    assert "tel:0912345678" in worker.ask("/story" + link()).text
    close(worker, worker)
    assert "0912345678" not in worker.ask("/story" + link()).text
