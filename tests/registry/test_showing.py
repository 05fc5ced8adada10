"""Which pictures may be given out, on both databases: what holds them now, not what held them once."""

from datetime import UTC, datetime

from ocop.trace import facts, storytelling
from ocop.trace.registry import editing, telling
from ocop.trace.registry.showing import Use, may_be_heard, picture_use
from ocop.trace.registry.store import Store
from ocop.trace.registry.uploads import MOST_BYTES, WINDOW, note_upload, room_left
from ocop.trace.registry.voice import Clip
from ocop.trace.storytelling import By, Told
from ocop.trace.storytelling_consents import consents, give, take_back

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEY, SLUG, BY = "09521234543213", "htx-huong-van-tra", By("Cô Vân", NOW)
PLACE = facts.Place("19", "tỉnh Thái Nguyên", "05503", "xã Tân Cương")
NAMES = {name: name[0] * 64 for name in ("abc", "bcd", "cde", "def")}
HERO, STEP, FACE, LOST = NAMES.values()


def furnish(store: Store) -> int:
    """A maker, a product with a picture, a draft with a step and a portrait; the maker's number."""
    photo = facts.Photo(HERO, ((360, 240),), {}, {})
    with store.begin() as session:
        maker = editing.save_producer(
            session, facts.Producer(SLUG, "HTX Hương Vân Trà", facts.ProducerKind.COOPERATIVE, PLACE)
        )
        for name in NAMES.values():
            telling.save_photo(session, facts.Photo(name, ((360, 240),), {}, {}))
        product = facts.Product(KEY, (KEY,), 2, {"vi": facts.ProductText(name="Trà", net="1 g")}, photo=photo)
        editing.save_product(session, product, producer_slug=SLUG, now=NOW)
        told = Told(title="Chè", answers=("Mẹ dạy", "", "", "", ""), steps=("Hái", "", "", "", "", ""))
        storytelling.save_words(session, KEY, "vi", told, seen=0, by=BY)
        storytelling.set_picture(session, KEY, "vi", "step-1", STEP, BY)
        storytelling.set_picture(session, KEY, "vi", "portrait", FACE, BY)
        return maker.id or 0


def uses(store: Store) -> list[Use]:
    with store.read() as session:
        return [picture_use(session, name) for name in NAMES.values()]


def publish(store: Store) -> None:
    with store.begin() as session:
        seen = storytelling.open_draft(session, KEY, "vi").revision
        storytelling.publish(session, KEY, "vi", seen=seen, by=BY)


def test_what_holds_a_picture_now_decides(store: Store) -> None:
    maker = furnish(store)
    assert uses(store) == [Use.OPEN, Use.OPEN, Use.PERSON, Use.NONE]
    publish(store)
    assert uses(store) == [Use.OPEN, Use.OPEN, Use.NONE, Use.NONE], "nobody agreed to be seen"
    with store.begin() as session:
        give(session, SLUG, "portrait", person="Cô Vân", proof="ký giấy", at=NOW)
    assert uses(store)[2] is Use.PERSON
    with store.begin() as session:
        take_back(session, maker, consents(session, maker)[0].id, at=NOW)
        storytelling.set_picture(session, KEY, "vi", "step-1", LOST, BY)
    assert uses(store) == [Use.OPEN, Use.OPEN, Use.NONE, Use.OPEN], "the old step is still shown"
    publish(store)
    assert uses(store) == [Use.OPEN, Use.NONE, Use.NONE, Use.OPEN]


def test_a_checked_story_keeps_its_pictures_while_a_newer_one_waits(store: Store) -> None:
    furnish(store)
    publish(store)
    with store.begin() as session:
        telling.check_story(session, KEY, "vi", 1, by="Văn phòng", on=NOW.date())
        storytelling.set_picture(session, KEY, "vi", "step-1", LOST, BY)
    publish(store)
    assert [uses(store)[1], uses(store)[3]] == [Use.OPEN, Use.OPEN]
    with store.begin() as session:
        telling.check_story(session, KEY, "vi", 2, by="Văn phòng", on=NOW.date())
    assert [uses(store)[1], uses(store)[3]] == [Use.NONE, Use.OPEN]


def test_a_clip_is_heard_as_a_face_is_seen(store: Store) -> None:
    furnish(store)
    clip = Clip(f"{'e' * 64}.m4a", "audio/mp4", 3, 900)
    with store.begin() as session:
        assert not may_be_heard(session, clip.name)
        storytelling.set_voice(session, KEY, "vi", clip, BY)
        assert may_be_heard(session, clip.name)
        draft = storytelling.open_draft(session, KEY, "vi")
        words = Told(**{**{n: getattr(draft.told, n) for n in draft.told.__slots__}, "transcript": "Tôi"})
        storytelling.save_words(session, KEY, "vi", words, seen=draft.revision, by=BY)
    publish(store)
    with store.begin() as session:
        assert not may_be_heard(session, clip.name)
        give(session, SLUG, "voice", person="Cô Vân", proof="ký giấy", at=NOW)
        assert may_be_heard(session, clip.name)


def test_room_is_counted_by_maker_in_its_window(store: Store) -> None:
    maker = furnish(store)
    with store.begin() as session:
        assert room_left(session, maker, NOW)
        note_upload(session, maker, HERO, MOST_BYTES - 1, NOW)
        note_upload(session, maker, HERO, MOST_BYTES - 1, NOW)
        assert room_left(session, maker, NOW)
        note_upload(session, maker, STEP, 1, NOW)
        assert not room_left(session, maker, NOW)
        assert room_left(session, maker + 1, NOW)
        assert room_left(session, maker, NOW + WINDOW)
