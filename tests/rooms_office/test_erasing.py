"""An officer carries out what a request asks for: finds somebody, sees what goes and what stays, erases it for good."""

import hashlib
import io
import re
from datetime import timedelta

import pytest
from ocop.trace import (
    auditing,
    doors_helping,
    doors_leaving,
    erasing,
    erasing_finding,
    facts,
    handing_closing,
)
from ocop.trace.certifying import Officer, Scope
from ocop.trace.erasing_texts import spans, taken_out
from ocop.trace.handing import HandOverGiven, hand_over
from ocop.trace.issuing_keys import add_issuer
from ocop.trace.registry import editing, erasures, feedback, tables, telling
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.media import keep_photo, print_file, write_files
from ocop.trace.registry.store import bump_facts
from ocop.trace.registry.units import bundled_units, import_units
from ocop.trace.rights import Actor, Role
from PIL import Image
from sqlalchemy import select
from sqlmodel import col

KEY, HERE = "09521234543213", "/office/requests/1/person"
NAME = "Nguyễn Thị Hoa"


@pytest.fixture
def placed(room):
    """Somebody who stands in stories, consents, contacts, a link and a report of two provinces, and asked to go."""
    with room.store.begin() as session:
        import_units(session, [unit for unit in bundled_units() if unit.code in {"19", "40"}])
    own, other = room.producer(), room.producer("other", "19", "05443")
    out = io.BytesIO()
    Image.effect_noise((420, 300), 40).convert("RGB").save(out, "JPEG")
    photo = keep_photo(room.data, out.getvalue())
    with room.store.begin() as session:
        telling.save_photo(session, photo)
        for maker, key in ((own, KEY), (other, "P/4VTR0QB4")):
            row = session.get_one(tables.Producer, maker)
            row.phone = "0912.345.678" if maker == own else ""
            text = facts.ProductText("Trà", net="200 g")
            product = facts.Product(key=key, keys=(key,), group=2, texts={"vi": text})
            editing.save_product(session, product, producer_slug=row.slug, now=room.now)
            story = facts.Story("vi", "Nương chè", "Bà nguyễn thị hoa hái.", ("a", "", "", "", ""),
                                teller=NAME, portrait=photo if maker == own else None)  # fmt: skip
            telling.save_story(session, key, story, room.now.date())
            for item in ("portrait", "quote"):
                telling.give_consent(session, row.slug, item, person=NAME, proof="ký giấy", at=room.now)
        given = feedback.ReportGiven(
            KEY, "seal", "vi", words="Bà Hoa bán", contact="0912 345 678", place="chợ"
        )
        feedback.add_report(session, given, room.now)
        add_issuer(session, "phong", "Văn phòng", "40", By("phòng thử", room.now), [KEY])
        bump_facts(session)
    client = room.client()
    asked = {
        "kind": "delete",
        "name": NAME,
        "words": "Xin xóa",
        "province": "40",
        "contact": "+84 912 345 678",
    }
    assert client.post("/help/du-lieu", asked).status == 200
    room.photo = photo.name
    return room


@pytest.fixture
def mai(placed):
    client = placed.person(Role.PROVINCE, name="Lê Thị Mai")
    assert client.post("/office/requests/1/take").status == 303
    return client


def refs(page):
    return re.findall(r'name="([a-z]+-\d+-[0-9a-f]{24})"', page.text)


def test_everything_of_this_person_in_the_province_goes_and_the_rest_stays(placed, mai):
    page = mai.get(HERE)
    assert page.status == 200
    kinds = sorted(ref.split("-")[0] for ref in refs(page))
    assert kinds == ["consent", "consent", "maker", "photo", "report", "story"]
    assert "Những gì ở lại, và vì sao" in page.words
    form = {"name": NAME, "phone": "0912345678", "sure": "1", **dict.fromkeys(refs(page), "1")}
    assert mai.post(f"{HERE}/erase", {**form, "sure": ""}).status == 422
    reader = placed.client()
    assert NAME in reader.get(f"/products/{KEY}").words
    got = mai.post(f"{HERE}/erase", form)
    assert "Đã xóa 6 mục" in mai.follow(got).words
    assert NAME not in reader.get(f"/products/{KEY}").words
    assert "Bà … hái." in reader.get(f"/products/{KEY}").words
    assert reader.get(f"/media/{placed.photo}-360.jpg").status == 404
    assert not print_file(placed.data, placed.photo).exists()
    assert placed.rows("SELECT person, proof, withdrawn_at IS NULL FROM consent ORDER BY id") == [
        ("—", "—", 0), ("—", "—", 0), (NAME, "ký giấy", 1), (NAME, "ký giấy", 1)
    ]  # fmt: skip
    assert placed.rows("SELECT phone FROM producer ORDER BY id")[0] == ("",)
    assert placed.rows("SELECT teller, portrait FROM story ORDER BY id") == [("…", None), (NAME, None)]
    assert placed.rows("SELECT contact, words FROM report") == [("", "Bà Hoa bán")]
    assert "Không tìm thấy gì để xóa" in mai.get(HERE).words
    about = placed.rows("SELECT what, about FROM audit_entry ORDER BY position")[-1]
    assert about == ("person.erase", "#1 consent 2, maker 1, photo 1, report 1, story 1")
    with placed.store.read() as session:
        assert auditing.check(session).wrong is None
        assert len(erasures.listed(session)) == 6
    assert NAME.encode() not in (placed.data / erasures.FILE).read_bytes()


def test_only_what_is_ticked_goes_and_what_changed_meanwhile_is_asked_again(placed, mai):
    found = refs(mai.get(HERE))
    story = next(ref for ref in found if ref.startswith("story"))
    form = {"name": NAME, "phone": "", "sure": "1", story: "1"}
    assert mai.post(f"{HERE}/erase", {"name": NAME, "phone": "", "sure": "1"}).status == 422
    assert mai.post(f"{HERE}/erase", {**form, "consent-99-" + "0" * 24: "1"}).status == 422
    assert mai.post(f"{HERE}/erase", form).status == 303
    assert mai.post(f"{HERE}/erase", form).status == 422
    assert placed.rows("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == [(4,)]


def test_another_spelling_is_looked_up_and_a_bad_number_is_said(placed, mai):
    assert len(refs(mai.post(f"{HERE}/look", {"name": "nguyen thi hoa", "phone": ""}))) == 4
    assert refs(mai.post(f"{HERE}/look", {"name": "Hoa Nguyễn", "phone": ""})) == []
    for wrong in ({"name": "a", "phone": ""}, {"name": NAME, "phone": "12"}):
        assert mai.post(f"{HERE}/look", wrong).status == 422


def test_an_account_is_closed_as_its_owner_would_and_a_recovered_one_is_held(placed, mai):
    hoa = placed.person(Role.PRODUCER, name=NAME)
    far = placed.person(Role.PRODUCER, name=NAME, producer=placed.producer("other", "19", "05443"))
    accounts = [ref for ref in refs(mai.get(HERE)) if ref.startswith("person")]
    assert [ref.split("-")[1] for ref in accounts] == [str(hoa.person_id)]
    with placed.store.begin() as session:
        session.get_one(tables.Person, hoa.person_id).held_until = placed.now + timedelta(hours=72)
    page = mai.get(HERE)
    assert not [ref for ref in refs(page) if ref.startswith("person")]
    assert f"Tài khoản {NAME} vừa được mở lại" in page.words
    form = {"name": NAME, "phone": "", "sure": "1", accounts[0]: "1"}
    assert mai.post(f"{HERE}/erase", form).status == 422
    with placed.store.begin() as session:
        session.get_one(tables.Person, hoa.person_id).held_until = None
    assert mai.post(f"{HERE}/erase", form).status == 303
    assert placed.rows(f"SELECT name, phone FROM person WHERE id = {hoa.person_id}") == [("—", None)]
    assert hoa.get("/studio").status == 303
    assert far.get("/studio").status == 200


def test_who_may_not_and_what_is_not_worked_on(placed, mai):
    assert placed.person(Role.PROVINCE, province="19").get(HERE).status == 404
    assert placed.person(Role.COMMUNE).get(HERE).status == 403
    assert "/door/again" in placed.person(Role.PROVINCE, proved=False).get(HERE).location
    held = placed.person(Role.PROVINCE)
    with placed.store.begin() as session:
        session.get_one(tables.Person, held.person_id).held_until = placed.now + timedelta(hours=1)
    assert held.get(HERE).status == 403
    assert HERE in mai.get("/office/requests/1").text
    assert mai.post("/office/requests/1/done", {"words": "Đã xóa."}).status == 303
    assert mai.get(HERE).status == 404
    assert HERE not in mai.get("/office/requests/1").text


def test_the_national_office_reaches_every_province(placed, mai):
    national = placed.person(Role.NATIONAL)
    assert sorted(ref.split("-")[0] for ref in refs(national.get(HERE))).count("consent") == 4


def test_ended_help_and_drafts_lose_the_name_too(placed, mai):
    hoa = placed.person(Role.PRODUCER, name=NAME)
    with placed.store.begin() as session:
        doors_helping.agree(session, hoa.person_id, 1, agreed_by=NAME, proof="giấy", entered_by=hoa.person_id,
                            now=placed.now)  # fmt: skip
        told = {"title": "Chè", "lead": f"Mẹ {NAME} dạy", "answers": [""] * 5, "steps": [""] * 6, "land": ""}
        told |= {"teller": "", "transcript": "", "machine_draft": False}
        content = {"told": told, "photos": [""] * 6, "portrait": placed.photo, "voice": ""}
        session.add(tables.StoryDraft(product_id=1, lang="vi", revision=1, base=1, content=content, author=NAME,
                                      saved_at=placed.now))  # fmt: skip
    page = mai.get(HERE)
    assert {"help", "draft", "person"} <= {ref.split("-")[0] for ref in refs(page)}
    form = {"name": NAME, "phone": "0912345678", "sure": "1", **dict.fromkeys(refs(page), "1")}
    assert mai.post(f"{HERE}/erase", form).status == 303
    with placed.store.read() as session:
        draft = session.get_one(tables.StoryDraft, (1, "vi"))
        assert (draft.content["told"]["lead"], draft.content["portrait"], draft.author) == (
            "Mẹ … dạy",
            "",
            "—",
        )
    assert placed.rows("SELECT agreed_by, proof FROM help_consent") == [("—", "—")]
    for table in ("story", "story_draft", "consent", "help_consent", "person"):
        rows = placed.rows(f"SELECT * FROM {table}" + (" WHERE product_id = 1" if table == "story" else ""))
        assert table == "consent" or NAME not in str(rows), table


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Bà Nguyễn Thị Hoa kể", "Bà … kể"),
        ("NGUYỄN  THỊ-HOA", "…"),
        ("Nguyễn Thị Hoài", "Nguyễn Thị Hoài"),
        ("gọi 0912.345.678 hay +84 (0)912 345 678", "gọi … hay …"),
        ("mã 10912345678", "mã 10912345678"),
        ("", ""),
    ],
    ids=str,
)
def test_names_and_numbers_are_found_in_any_spelling_and_nothing_else(text, left):
    assert taken_out(text, spans(text, "nguyen thi hoa", "+84912345678")) == left


def test_finding_and_erasing_is_the_same_on_every_database(office):
    now = office.by().at
    office.tell(KEY)
    with office.store.begin() as session:
        telling.give_consent(session, "htx-huong-van-tra", "quote", person="Cô Vân", proof="giấy", at=now)
        found = erasing_finding.find(session, Scope("19"), "co van", "0912 345 678", now)
        assert [one.kind for one in found] == ["consent", "maker", "story"]
        assert erasing_finding.find(session, Scope("40"), "co van", "", now) == []
        entries = erasing_finding.ticked(found, [one.ref for one in found], now)
        assert erasing.erase(session, entries) == 3
        assert erasing_finding.find(session, Scope("19"), "co van", "0912 345 678", now) == []
        assert erasing.erase(session, entries) == 2, (
            "the words of the story are others now; nothing more is done"
        )
        assert len(erasures.listed(session)) == 3
        assert session.get_one(tables.Story, 1).teller == "…"
        assert session.get_one(tables.Producer, 1).phone == ""
        assert session.get_one(tables.Producer, 2).phone == "0912 345 678"


def test_a_picture_that_no_consent_shows_any_more_is_seen_by_the_officer_alone(placed, mai):
    with placed.store.begin() as session:
        story = session.scalars(select(tables.Story)).first()
        clip = b"a clip"
        name = f"{hashlib.sha256(clip).hexdigest()}.m4a"
        session.add(
            tables.Voice(name=name, media_type="audio/mp4", seconds=3, size=len(clip), transcript="Chè")
        )
        session.flush()
        story.voice = name
        write_files(placed.data / "media" / name[:2], {name: clip})
        telling.withdraw_consent(session, "htx-ao-vua", "portrait", at=placed.now)
        bump_facts(session)
    assert placed.client().get(f"/media/{placed.photo}-360.jpg").status == 404
    page = mai.get(HERE)
    assert f"{HERE}/{placed.photo}" in page.text
    assert f"{HERE}/{name}" in page.text
    got = mai.get(f"{HERE}/{placed.photo}")
    assert (got.status, got.header("content-type"), got.header("cache-control")) == (
        200,
        "image/jpeg",
        "no-store",
    )
    assert Image.open(io.BytesIO(got.body)).width <= 720
    heard = mai.get(f"{HERE}/{name}")
    assert (heard.status, heard.header("content-type"), heard.body) == (200, "audio/mp4", clip)
    assert heard.header("content-disposition").startswith("inline")
    # Nobody else: not another office, not after the work, not without a proof, nothing that no story holds.
    assert placed.client().get(f"{HERE}/{placed.photo}").status == 303
    assert placed.person(Role.PROVINCE, province="19").get(f"{HERE}/{placed.photo}").status == 404
    assert placed.person(Role.PRODUCER, producer=1).get(f"{HERE}/{placed.photo}").status == 403
    assert "/door/again" in placed.person(Role.PROVINCE, proved=False).get(f"{HERE}/{name}").location
    for other in (
        "0" * 64,
        f"{'0' * 64}.m4a",
        "..%2F..%2Focop.db",
        placed.photo.upper(),
        placed.photo[:63],
        "%",
    ):
        assert mai.get(f"{HERE}/{other}").status == 404, other
    print_file(placed.data, placed.photo).with_name(f"{placed.photo}-360.jpg").unlink()
    assert mai.get(f"{HERE}/{placed.photo}").status == 404, "a file that is gone is no fault of ours"
    assert mai.post("/office/requests/1/done", {"words": "Đã xóa."}).status == 303
    assert mai.get(f"{HERE}/{name}").status == 404


def test_the_officer_of_one_province_sees_no_picture_of_another(placed, mai):
    with placed.store.begin() as session:
        own, other = session.scalars(select(tables.Story).order_by(tables.Story.id))
        own.portrait, other.portrait = None, placed.photo
    assert mai.get(f"{HERE}/{placed.photo}").status == 404
    assert placed.person(Role.NATIONAL).get(f"{HERE}/{placed.photo}").status == 200
    with placed.store.begin() as session:
        content = {"told": {}, "photos": ["", placed.photo], "portrait": "", "voice": ""}
        session.add(tables.StoryDraft(product_id=1, lang="vi", revision=1, base=1, content=content, author="Ba",
                                      saved_at=placed.now))  # fmt: skip
    assert mai.get(f"{HERE}/{placed.photo}").status == 200, "in a draft of her province now"


def test_more_than_one_page_of_finds_is_said_and_every_one_can_be_reached_and_erased(placed, mai):
    with placed.store.begin() as session:
        for number in range(450):
            at = placed.now + timedelta(seconds=number)
            session.add(tables.Report(key=KEY, kind="seal", lang="vi", at=at, contact="0912 345 678"))
    page = mai.get(HERE)
    assert "Có 456 chỗ; đây là chỗ 1 đến 200" in page.words
    first = refs(page)
    who = {"name": NAME, "phone": "0912345678"}
    parts = [refs(mai.post(f"{HERE}/look", {**who, "part": str(part)})) for part in (2, 3)]
    assert [len(first), *map(len, parts)] == [200, 200, 56]
    assert len({*first, *parts[0], *parts[1]}) == 456
    for odd in ("0", "9", "-1", "x", "9" * 30, ""):
        assert mai.post(f"{HERE}/look", {**who, "part": odd}).status == 200, odd
    last = parts[1][-1]
    wrong = mai.post(f"{HERE}/erase", {**who, "part": "3", last: "1"})
    assert (wrong.status, refs(wrong)) == (422, parts[1]), "the same part again, with what was ticked"
    form = {**who, "part": "3", "sure": "1", **dict.fromkeys(parts[1], "1")}
    assert mai.post(f"{HERE}/erase", form).status == 303
    assert len(refs(mai.get(HERE))) == 200
    assert "Có 400 chỗ" in mai.get(HERE).words


def test_words_that_stay_as_a_record_are_shown_with_the_reason(placed, mai):
    with placed.store.begin() as session:
        session.get_one(tables.ProductText, (1, "vi")).usage = f"Gọi {NAME}, 0912 345 678"
        session.add(tables.ProducerClosing(producer_id=2, cause="other", reason=f"{NAME} mất", closed_by="Mai",
                                           closed_at=placed.now))  # fmt: skip
    page = mai.get(HERE)
    assert "Tên hay số còn trong hồ sơ: 1 chỗ" in page.words
    assert "Lời về sản phẩm (người mua đọc được)" in page.words
    assert f"Gọi {NAME}" in page.words
    assert "nên không xóa ở đây" in page.words
    assert f'href="/office/products/{KEY}"' in page.text
    national = placed.person(Role.NATIONAL).get(HERE)
    assert "còn trong hồ sơ: 2 chỗ" in national.words
    assert "Lý do cơ sở ngừng hoạt động" in national.words


def test_where_the_log_knows_whose_it_was_a_namesake_keeps_no_name(placed, mai):
    maker = placed.producer()
    one, two = (placed.person(Role.PRODUCER, name=NAME, producer=maker) for _ in range(2))
    with placed.store.begin() as session:
        for seconds, client in ((1, one), (2, two), (3, None)):
            at = placed.now + timedelta(seconds=seconds)
            content = {"told": {}, "photos": [], "portrait": "", "voice": ""}
            session.add(tables.StoryDraft(product_id=1, lang=("vi", "en", "fr")[seconds - 1], revision=1, base=0,
                                          content=content, author=NAME, saved_at=at))  # fmt: skip
            if client is not None:
                actor = Actor(client.person_id, NAME)
                auditing.note(session, actor, "story.publish", "x", at=at)
        assert doors_leaving.namesakes(session, one.person_id, NAME) == [maker]
        doors_leaving.close(session, one.person_id, placed.now)
    authors = "SELECT lang, author FROM story_draft ORDER BY saved_at"
    assert placed.rows(authors) == [("vi", "—"), ("en", NAME), ("fr", NAME)]
    with placed.store.begin() as session:
        assert doors_leaving.namesakes(session, two.person_id, NAME) == []
        doors_leaving.close(session, two.person_id, placed.now)
    assert placed.rows(authors) == [("vi", "—"), ("en", "—"), ("fr", "—")]


def test_the_page_says_where_a_namesake_keeps_the_name(placed, mai):
    maker = placed.producer()
    placed.person(Role.PRODUCER, name=NAME, producer=maker)
    assert "trùng tên" not in mai.get(HERE).words
    placed.person(Role.PRODUCER, name=NAME, producer=maker)
    assert "ở đó có người khác trùng tên" in mai.get(HERE).words


def test_somebody_of_a_closed_maker_is_found_and_forgotten_though_no_role_is_left(placed, mai):
    """Her role ended with the closing, and the product went away before: account, consents, picture and words go."""
    with placed.store.read() as session:
        own = session.scalars(
            select(tables.Producer).where(col(tables.Producer.province_code) == "40")
        ).first()
        slug, number = own.slug, own.id
    hoa = placed.person(Role.PRODUCER, producer=number, name=NAME)
    officer = Officer("chị Mai", "Văn phòng", Scope("40"))
    place = facts.Place("40", "tỉnh Nghệ An")
    with placed.store.begin() as session:
        handing_closing.ask(session, number, hoa.person_id, "Tôi già yếu", placed.now)
        heir = facts.Producer("htx-moi", "HTX Mới", facts.ProducerKind.COOPERATIVE, place)
        editing.save_producer(session, heir)
        by = By("chị Mai", placed.now, "bà Hoa nghỉ")
        given = HandOverGiven(slug, "htx-moi", (KEY,), close=True)
        hand_over(session, officer, given, by, placed.now.date())
        assert doors_leaving.roles_of(session, hoa.person_id) == []
    page = mai.get(HERE)
    kinds = {ref.split("-")[0] for ref in refs(page)}
    assert kinds >= {"person", "consent", "story", "photo", "maker", "report"}
    form = {"name": NAME, "phone": "0912345678", "sure": "1", **dict.fromkeys(refs(page), "1")}
    assert mai.post(f"{HERE}/erase", form).status == 303
    assert placed.rows(f"SELECT name, phone FROM person WHERE id = {hoa.person_id}") == [("—", None)]
    assert placed.rows("SELECT words FROM closing_wish") == [("",)]
    assert placed.rows("SELECT person FROM consent ORDER BY id")[:2] == [("—",), ("—",)]
    assert not print_file(placed.data, placed.photo).exists()
    assert placed.rows("SELECT reason, closed_by FROM producer_closing") == [("bà Hoa nghỉ", "chị Mai")], (
        "of record"
    )
    log = placed.rows("SELECT about, why FROM audit_entry")
    assert not any("già yếu" in (about or "") + (why or "") for about, why in log)
