"""For the press: only what was consented to, gone at the next request; a sound feed; files with credit and captions."""

import doctest
import io
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from ocop.trace import storytelling_consents, withdrawing
from ocop.trace.api import since
from ocop.trace.facts import Photo
from ocop.trace.illustrative import BatchAct, products
from ocop.trace.pages import press_page
from ocop.trace.registry import tables, telling
from ocop.trace.registry.ledger_store import By
from ocop.trace.signing.entries import Why
from ocop.trace.text import civil_date
from PIL import Image
from sqlalchemy import select

ATOM = "{http://www.w3.org/2005/Atom}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00")


def offered(furnished):
    """An illustrative product without a recalled lot, and its address for the press."""
    found = next(
        one
        for one in products(civil_date(furnished.now))
        if all(batch.act is not BatchAct.RECALLED for batch in one.batches)
    )
    return found, f"/press/{found.product.key.replace('P/', 'P-')}"


def give(worker, slug, item="press", person="Nguyễn Thị Vân"):
    with worker.store.begin() as session:
        storytelling_consents.give(session, slug, item, person=person, proof="giấy ký", at=worker.now)


def take_back(worker, slug, item="press"):
    with worker.store.begin() as session:
        maker = session.scalars(select(tables.Producer).where(tables.Producer.slug == slug)).one()
        for row in session.scalars(select(tables.Consent).where(tables.Consent.item == item)):
            if row.producer_id == maker.id:
                storytelling_consents.take_back(session, maker.id, row.id, at=worker.now)


def feed(worker, target="/press/feed.atom", **headers):
    got = worker.ask(target, headers=headers)
    return got, ET.fromstring(got.body) if got.status == 200 else None


@pytest.fixture
def told(serving, furnished):
    """A worker with one story offered: (worker, product, address)."""
    worker = serving()
    one, path = offered(furnished)
    give(worker, one.producer.slug)
    return worker, one, path


def test_without_the_consent_there_is_no_page_no_file_and_no_link(serving, furnished) -> None:
    worker = serving()
    one, path = offered(furnished)
    assert [worker.ask(path + end).status for end in ("", "/story-vi.txt", "/captions.txt")] == [404] * 3
    assert path not in worker.ask("/press").text
    assert "/press/" not in worker.ask(f"/products/{one.product.key}").text
    for item in ("portrait", "voice", "quote", "phone"):
        give(worker, one.producer.slug, item)
    assert worker.ask(path).status == 404, "another consent is not this one"


def test_the_page_has_what_a_newspaper_needs(told) -> None:
    worker, one, path = told
    page = worker.ask(path, headers={"accept-language": "vi"})
    assert (page.status, page.header("cache-control")) == (200, "private, no-cache")
    story = one.product.stories["vi"]
    text = re.sub(r"&#39;", "'", page.text)
    for wanted in (
        story.title,
        one.producer.name,
        f"/products/{one.product.key}",
        "Ghi nguồn:",
        "Hạng sao hôm nay",
    ):
        assert wanted in text, wanted
    assert all(answer.split(".")[0] in text for answer in story.answers if answer)
    assert 'lang="en"' in page.text
    assert "chưa có cơ quan nào đọc lại" in text or "đã đọc ngày" in text
    assert "không phải ảnh chụp" in text, "a drawing does not pass for a photograph"
    assert "Cơ sở chưa đồng ý cho hiện cách liên hệ." in text
    assert not re.search(r"[?&](?:s|m|c)=", page.text)
    assert worker.ask(f"{path}?lang=en").text.count("For the press")
    shown = worker.ask(f"/products/{one.product.key}").text
    assert f'href="{path}?lang=' in shown


def test_taking_it_back_closes_everything_at_the_next_request_of_every_worker(serving, told) -> None:
    worker, one, path = told
    beside = serving(beside=worker)
    picture = re.search(rf"{path}/[0-9a-f]{{64}}\.jpg", worker.ask(path).text)[0]
    ends = [path, picture, f"{path}/captions.txt", f"{path}/story-vi.txt"]
    assert [beside.ask(end).status for end in ends] == [200] * 4
    assert path in beside.ask("/press").text
    take_back(worker, one.producer.slug)
    for each in (worker, beside):
        assert [each.ask(end).status for end in ends] == [404] * 4
        assert path not in each.ask("/press").text
        assert path not in each.ask("/press/feed.atom").text
        assert "/press/" not in each.ask(f"/products/{one.product.key}").text


def test_a_story_taken_down_is_not_offered(told) -> None:
    worker, one, path = told
    with worker.store.begin() as session:
        for lang in one.product.stories:
            telling.take_down(session, one.product.key, lang)
    assert worker.ask(path).status == 404
    assert path not in worker.ask("/press").text


def test_a_product_with_a_recalled_lot_is_recommended_nowhere_and_its_page_begins_with_the_recall(
    told,
) -> None:
    worker, one, path = told
    lot = next(batch.lot for batch in one.batches if batch.act is BatchAct.RELEASED)
    assert path in worker.ask("/press").text
    by = By("phòng", worker.now, "lẫn thủy tinh", "Xin mang trả nơi bán.")
    worker.act(withdrawing.recall, one.product.key, lot, Why.SAFETY, by)
    page = worker.ask(path).text
    assert page.index("lẫn thủy tinh") < page.index(one.product.stories["vi"].answers[0].split(".")[0])
    assert path not in worker.ask("/press").text
    assert path not in worker.ask("/press/feed.atom").text
    assert path not in worker.ask(f"/products/{one.product.key}").text


def test_pictures_are_the_large_files_with_names_and_captions(told) -> None:
    worker, _, path = told
    names = re.findall(rf"{path}/([0-9a-f]{{64}})\.jpg", worker.ask(path).text)
    assert 1 <= len(names) <= 3
    first = worker.ask(f"{path}/{names[0]}.jpg")
    assert first.header("content-type") == "image/jpeg"
    assert re.fullmatch(r'attachment; filename="[a-z0-9-]+-1\.jpg"', first.header("content-disposition"))
    picture = Image.open(io.BytesIO(first.body))
    assert (picture.size, dict(picture.getexif())) == ((400, 300), {})
    xmp = ET.fromstring(picture.info["xmp"].decode().partition("?>")[2].rpartition("<?")[0])
    assert "không phải ảnh chụp" in ET.tostring(xmp, "unicode"), "the credit goes along inside"
    assert f'WebStatement="https://id.example.vn{path}"' in ET.tostring(xmp, "unicode")
    assert "400 × 300 điểm ảnh" in worker.ask(path).text
    again = worker.ask(f"{path}/{names[0]}.jpg", headers={"if-none-match": first.header("etag")})
    assert (again.status, again.body) == (304, b"")
    captions = worker.ask(f"{path}/captions.txt", headers={"accept-language": "vi"})
    assert captions.header("content-type") == "text/plain; charset=utf-8"
    assert captions.text.count("-1.jpg\n") == 1
    assert captions.text.count("không phải ảnh chụp") == len(names)
    with worker.store.read() as session:
        others = set(session.scalars(select(tables.Photo.name))) - set(names)
    strangers = [f"{path}/{name}.jpg" for name in others] + [f"{path}/{'0' * 64}.jpg", f"{path}/..%2Fkek"]
    assert {worker.ask(target).status for target in strangers} <= {404}


def test_a_portrait_needs_the_same_persons_two_consents(serving, furnished) -> None:
    worker = serving()
    one, path = offered(furnished)
    with worker.store.begin() as session:
        row = session.scalars(select(tables.Product).where(tables.Product.key == one.product.key)).one()
        telling.save_photo(session, Photo("f" * 64, ((360, 270),), {}, {"vi": "Chân dung"}))
        for story in session.scalars(select(tables.Story).where(tables.Story.product_id == row.id)):
            story.portrait = "f" * 64
    give(worker, one.producer.slug)
    give(worker, one.producer.slug, "portrait", "Trần Văn Ba")
    assert "f" * 64 not in worker.ask(path).text
    give(worker, one.producer.slug, "portrait", "Nguyễn Thị Vân")
    assert "f" * 64 in worker.ask(path).text


def test_the_plain_story_names_its_source_and_its_file(told) -> None:
    worker, one, path = told
    got = worker.ask(f"{path}/story-en.txt")
    assert got.status == 200
    assert got.text.startswith(one.product.stories["en"].title)
    assert got.text.rstrip().endswith(f"/products/{one.product.key}")
    assert got.header("content-disposition").endswith('-en.txt"')
    assert [worker.ask(f"{path}/story-{lang}.txt").status for lang in ("fr", "xx", "../vi")] == [404] * 3


@pytest.mark.parametrize("target", ["/press/", "/press/0952123454321", "/press/09521234543214", "/press/P-4VTR0QB5",
                                    "/press/p-4vtr0qb4", "/press/%2e%2e", "/press/feed.atom/x", "/press/feed",
                                    "/press/09521234543213/"])  # fmt: skip
def test_other_addresses_are_not_found(shared, target) -> None:
    assert shared.ask(target).status == 404


def test_nothing_can_be_posted_and_odd_pages_are_the_first(shared) -> None:
    assert shared.post("/press").status == 405
    assert {shared.ask(f"/press?page={n}").status for n in ("0", "-1", "x", "99999", "٣", "1&page=2")} == {
        200
    }


def test_the_feed_is_valid_atom_with_ids_that_stay(told, furnished) -> None:
    worker, one, path = told
    got, root = feed(worker)
    assert got.header("content-type") == "application/atom+xml; charset=utf-8"
    assert got.body.startswith(b"<?xml")
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        assert element.find(f"{ATOM}id").text.startswith("urn:uuid:")
        assert RFC3339.fullmatch(element.find(f"{ATOM}updated").text)
        assert len(element.findall(f"{ATOM}link[@rel='alternate']")) == 1
    entries = root.findall(f"{ATOM}entry")
    assert all(entry.find(f"{ATOM}author/{ATOM}name").text for entry in entries)
    assert (
        root.find(f"{ATOM}link[@rel='self']").get("href") == "https://id.example.vn/press/feed.atom?lang=vi"
    )
    assert root.find(f"{ATOM}updated").text == max(e.find(f"{ATOM}updated").text for e in entries)
    links = [entry.find(f"{ATOM}link").get("href") for entry in entries]
    assert f"https://id.example.vn{path}?lang=vi" in links
    ids = {entry.find(f"{ATOM}id").text for entry in entries}
    assert len(ids) == len(entries)
    assert one.product.stories["vi"].answers[0] not in got.text, (
        "the story itself stays where the consent is asked"
    )
    with worker.store.begin() as session:
        row = session.scalars(select(tables.Product).where(tables.Product.key == one.product.key)).one()
        key = tables.ProductKey(key="09521234543299", product_id=row.id, since=worker.now + timedelta(days=1))
        session.add(key)
        session.flush()
        row.key = "09521234543299"
        tables_version(session)
    _, later = feed(worker)
    assert {entry.find(f"{ATOM}id").text for entry in later.findall(f"{ATOM}entry")} == ids
    assert "/press/09521234543299" in worker.ask("/press").text


def tables_version(session) -> None:
    from ocop.trace.registry.store import bump_facts

    bump_facts(session)


def test_an_empty_feed_is_a_feed(serving) -> None:
    got, root = feed(serving())
    assert root.findall(f"{ATOM}entry") == []
    assert RFC3339.fullmatch(root.find(f"{ATOM}updated").text)
    assert got.header("etag")


def test_whoever_has_the_feed_is_told_so_and_whoever_has_an_older_one_gets_the_new(told) -> None:
    worker, one, _ = told
    first, _ = feed(worker)
    assert first.header("last-modified") == "", "within its first second an answer has no moment"
    tag = {"if-none-match": first.header("etag")}
    assert (feed(worker, **tag)[0].status, feed(worker, **tag)[0].body) == (304, b"")
    assert feed(worker, **{"if-none-match": f'W/"x", {first.header("etag")}'})[0].status == 304
    worker.now += timedelta(seconds=5)
    second, _ = feed(worker)
    held = {"if-modified-since": second.header("last-modified")}
    assert feed(worker, **held)[0].status == 304
    assert feed(worker, **held, **{"if-none-match": '"other"'})[0].status == 200
    take_back(worker, one.producer.slug)
    assert feed(worker, **tag)[0].status == 200
    assert feed(worker, **held)[0].status == 200, "a story that is gone is a change"
    ahead = format_datetime(datetime.now(UTC) + timedelta(days=900), usegmt=True)
    assert feed(worker, **{"if-modified-since": ahead})[0].status == 200
    assert {feed(worker, **{"if-modified-since": odd})[0].status for odd in ("", "soon", "0", "9" * 400)} == {
        200
    }


def test_a_change_within_the_second_is_never_called_unchanged() -> None:
    seen, start = since.Seen(), datetime(2026, 11, 23, 3, 0, 0, 400_000, tzinfo=UTC)
    assert seen.since(1, start) is None
    assert seen.since(1, start + timedelta(seconds=2)) == start.replace(microsecond=0)
    changed = start + timedelta(seconds=2, milliseconds=100)
    assert seen.since(2, changed) is None
    assert seen.since(2, changed + timedelta(seconds=1)) > start.replace(microsecond=0)


def test_hostile_words_stay_words_in_page_feed_and_files(told) -> None:
    worker, one, path = told
    nasty = "<script>alert(1)</script>]]>&\u202e\ufffe"
    with worker.store.begin() as session:
        row = session.scalars(select(tables.Product).where(tables.Product.key == one.product.key)).one()
        for story in session.scalars(select(tables.Story).where(tables.Story.product_id == row.id)):
            story.title, story.lead = nasty, nasty
        tables_version(session)
    got, root = feed(worker)
    assert any(
        "<script>alert(1)</script>]]>&" in (e.findtext(f"{ATOM}title") or "")
        for e in root.iter(f"{ATOM}entry")
    )
    for text in (got.text, worker.ask(path).text, worker.ask("/press").text):
        assert "<script>alert" not in text
        assert "\u202e" not in text
    assert "\u202e" not in worker.ask(f"{path}/story-vi.txt").text


def test_the_worked_example_holds() -> None:
    assert doctest.testmod(press_page).failed == 0
