"""Drafts: nothing that anybody wrote is lost, and what goes live is what was seen."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from ocop.trace import facts, storytelling
from ocop.trace.registry import reads, tables, telling
from ocop.trace.registry.errors import BadValue, Unknown
from ocop.trace.registry.store import Store, read_meta
from ocop.trace.registry.voice import Clip
from ocop.trace.signing.ledger import State
from ocop.trace.storytelling import By, Told, open_draft, publish, save_words, settle

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEY = "09521234543213"
VAN, CHAU = By("Cô Vân", NOW), By("Cháu Minh", NOW + timedelta(minutes=1))
ANSWERS = ("Mẹ dạy tôi.", "Giữ lửa.", "", "Búp cong.", "")
WORDS = Told(title="Lớn lên cùng nương chè", answers=ANSWERS, steps=("Hái", "Sao", "", "", "", ""))
PHOTO, OTHER = "a" * 64, "b" * 64


def saved(
    store: Store, told: Told = WORDS, seen: int = 0, by: By = VAN, lang: str = "vi"
) -> storytelling.Saved:
    with store.begin() as session:
        return save_words(session, KEY, lang, told, seen=seen, by=by)


def draft(store: Store, lang: str = "vi") -> storytelling.Draft:
    with store.read() as session:
        return open_draft(session, KEY, lang)


def went_live(store: Store, seen: int, by: By = VAN, lang: str = "vi") -> int:
    with store.begin() as session:
        return publish(session, KEY, lang, seen=seen, by=by)


def shown(store: Store) -> facts.Story | None:
    with store.read() as session:
        found = reads.product_facts(session, KEY, 1, State())
    assert found is not None
    return found.product.stories.get("vi")


def photos(store: Store, *names: str) -> None:
    with store.begin() as session:
        for name in names:
            telling.save_photo(session, facts.Photo(name, ((360, 270),)))


def test_a_draft_comes_back_after_the_browser_was_closed(tea: Store) -> None:
    assert draft(tea).told == Told()
    kept = saved(tea).draft
    assert (kept.told, kept.revision, kept.author, kept.dirty) == (WORDS, 1, "Cô Vân", True)
    assert draft(tea) == kept
    assert shown(tea) is None, "a draft is not live"


def test_saving_the_same_again_is_no_change(tea: Store) -> None:
    saved(tea)
    again = saved(tea, seen=0, by=CHAU)
    assert (again.clash, again.draft.revision, again.draft.author) == (None, 1, "Cô Vân")


def test_the_second_of_two_is_told_and_loses_nothing(tea: Store) -> None:
    saved(tea)
    mine = replace(WORDS, title="Nương chè của mẹ")
    second = saved(tea, mine, seen=0, by=CHAU)
    assert second.clash is not None
    assert (second.clash.told, second.draft.told) == (mine, WORDS)
    assert draft(tea).told == WORDS
    with tea.read() as session:
        assert [aside.told for aside in storytelling.asides(session, KEY, "vi")] == [mine]
    assert saved(tea, mine, seen=0, by=CHAU).clash == second.clash, "sent again, kept once"


def test_whoever_takes_her_own_puts_the_other_aside(tea: Store) -> None:
    saved(tea)
    mine = replace(WORDS, title="Nương chè của mẹ")
    clash = saved(tea, mine, seen=0, by=CHAU).clash
    assert clash is not None
    with tea.begin() as session:
        chosen = settle(session, KEY, "vi", clash.id, mine, seen=1, by=CHAU)
        left = storytelling.asides(session, KEY, "vi")
    assert (chosen.clash, chosen.draft.told, chosen.draft.revision) == (None, mine, 2)
    assert [(aside.author, aside.told) for aside in left] == [("Cô Vân", WORDS)]


def test_whoever_keeps_the_other_leaves_the_draft_as_it_is(tea: Store) -> None:
    saved(tea)
    clash = saved(tea, replace(WORDS, lead="x"), seen=0, by=CHAU).clash
    assert clash is not None
    with tea.begin() as session:
        settle(session, KEY, "vi", clash.id, None, seen=1, by=CHAU)
        assert storytelling.asides(session, KEY, "vi") == ()
    assert draft(tea).told == WORDS
    with pytest.raises(Unknown, match="chosen or left already"), tea.begin() as session:
        settle(session, KEY, "vi", clash.id, None, seen=1, by=CHAU)


def test_a_choice_made_too_late_is_asked_again(tea: Store) -> None:
    saved(tea)
    mine = replace(WORDS, lead="của tôi")
    clash = saved(tea, mine, seen=0, by=CHAU).clash
    assert clash is not None
    saved(tea, replace(WORDS, lead="mới hơn"), seen=1)
    with tea.begin() as session:
        late = settle(session, KEY, "vi", clash.id, mine, seen=1, by=CHAU)
    assert late.clash == clash
    assert draft(tea).told.lead == "mới hơn"


def test_a_picture_never_clashes_with_words(tea: Store) -> None:
    photos(tea, PHOTO)
    saved(tea)
    with tea.begin() as session:
        storytelling.set_picture(session, KEY, "vi", "step-2", PHOTO, CHAU)
    after = saved(tea, replace(WORDS, lead="Sương còn trên búp."), seen=1)
    assert after.clash is None
    assert after.draft.photos[1] == PHOTO


def test_a_step_moves_with_its_picture(tea: Store) -> None:
    photos(tea, PHOTO, OTHER)
    saved(tea)
    with tea.begin() as session:
        storytelling.set_picture(session, KEY, "vi", "step-1", PHOTO, VAN)
        storytelling.set_picture(session, KEY, "vi", "step-2", OTHER, VAN)
        moved = storytelling.move_step(session, KEY, "vi", 2, seen=1, by=VAN)
    assert moved.told.steps[:2] == ("Sao", "Hái")
    assert moved.photos[:2] == (OTHER, PHOTO)


@pytest.mark.parametrize("place", ["", "step-0", "step-7", "step-x", "hero", "../portrait"])
def test_a_picture_has_a_place_of_the_story(place: str, tea: Store) -> None:
    with pytest.raises(BadValue, match="portrait or step-1"), tea.begin() as session:
        storytelling.set_picture(session, KEY, "vi", place, "", VAN)


def test_a_picture_that_is_not_ours_is_refused(tea: Store) -> None:
    with pytest.raises(Unknown, match="send the picture first"), tea.begin() as session:
        storytelling.set_picture(session, KEY, "vi", "portrait", "c" * 64, VAN)


def test_a_story_is_live_at_the_next_scan(tea: Store) -> None:
    saved(tea)
    with tea.read() as session:
        before = read_meta(session).facts_version
    assert went_live(tea, 1) == 1
    live = shown(tea)
    assert live is not None
    assert (live.title, live.answers, live.checked_by) == (WORDS.title, WORDS.answers, "")
    assert [step.text for step in live.steps] == ["Hái", "Sao"]
    assert live.updated_on == date(2026, 11, 23)
    now = draft(tea)
    assert (now.dirty, now.published, now.base) == (False, True, 1)
    with tea.read() as session:
        assert read_meta(session).facts_version > before


def test_an_edit_leaves_the_checked_version_up(tea: Store) -> None:
    saved(tea)
    went_live(tea, 1)
    with tea.begin() as session:
        telling.check_story(session, KEY, "vi", 1, by="Văn phòng NTM", on=date(2026, 11, 24))
    saved(tea, replace(WORDS, title="Tên mới"), seen=1)
    assert went_live(tea, 2) == 2
    live = shown(tea)
    assert live is not None
    assert live.title == WORDS.title
    with tea.begin() as session:
        telling.check_story(session, KEY, "vi", 2, by="Văn phòng NTM", on=date(2026, 11, 25))
    live = shown(tea)
    assert live is not None
    assert live.title == "Tên mới"


@pytest.mark.parametrize(
    ("told", "missing"),
    [(replace(WORDS, title=""), "title"), (replace(WORDS, answers=("",) * 5), "answers")],
)
def test_a_story_that_is_not_ready_stays_a_draft(told: Told, missing: str, tea: Store) -> None:
    saved(tea, told)
    with pytest.raises(storytelling.NotReady) as caught:
        went_live(tea, 1)
    assert caught.value.what == missing
    assert shown(tea) is None


def test_only_what_was_seen_goes_live(tea: Store) -> None:
    saved(tea)
    saved(tea, replace(WORDS, lead="đổi"), seen=1, by=CHAU)
    with pytest.raises(BadValue, match="look at it again"):
        went_live(tea, 1)


def test_a_voice_needs_its_words_and_a_consent(tea: Store) -> None:
    clip = Clip("c" * 64 + ".m4a", "audio/mp4", 41, 150_000)
    saved(tea)
    with tea.begin() as session:
        storytelling.set_voice(session, KEY, "vi", clip, VAN)
    with pytest.raises(storytelling.NotReady, match="words of the clip"):
        went_live(tea, 1)
    saved(tea, replace(WORDS, transcript="Tôi tên Vân."), seen=1)
    went_live(tea, 2)
    live = shown(tea)
    assert live is not None
    assert live.voice is None, "nobody agreed yet"
    with tea.begin() as session:
        telling.give_consent(session, "htx-huong-van-tra", "voice", person="Vân", proof="giấy", at=NOW)
    live = shown(tea)
    assert live is not None
    assert live.voice is not None
    assert (live.voice.transcript, live.voice.seconds) == ("Tôi tên Vân.", 41)
    saved(tea, replace(WORDS, transcript="Tôi tên là Vân."), seen=2)
    assert went_live(tea, 3) == 2, "corrected words are a new revision"


def test_another_clip_begins_with_words_of_its_own(tea: Store) -> None:
    saved(tea, replace(WORDS, transcript="cũ"))
    with tea.begin() as session:
        changed = storytelling.set_voice(
            session, KEY, "vi", Clip("d" * 64 + ".m4a", "audio/mp4", 5, 9000), VAN
        )
    assert (changed.told.transcript, changed.revision) == ("", 2)


def test_a_story_taken_down_is_gone_at_the_next_scan_and_kept_as_a_draft(tea: Store) -> None:
    saved(tea)
    went_live(tea, 1)
    with tea.begin() as session:
        assert storytelling.take_down(session, KEY, "vi") == 1
    assert shown(tea) is None
    assert draft(tea).told == WORDS
    assert draft(tea).published is False


def test_a_draft_that_nobody_touched_follows_what_came_from_elsewhere(tea: Store) -> None:
    saved(tea)
    went_live(tea, 1)
    story = shown(tea)
    assert story is not None
    with tea.begin() as session:
        telling.save_story(session, KEY, replace(story, title="Từ văn phòng"), date(2026, 11, 24))
    followed = draft(tea)
    assert (followed.told.title, followed.revision, followed.base) == ("Từ văn phòng", 2, 2)
    assert saved(tea, replace(followed.told, lead="x"), seen=1).clash is not None


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (replace(WORDS, title="x" * 201), "title"),
        (replace(WORDS, answers=("x" * 4001, "", "", "", "")), "answer-1"),
        (replace(WORDS, land="a\x00b"), "land"),
        (replace(WORDS, answers=("x",)), "story"),
    ],
)
def test_words_that_do_not_fit_are_refused_by_name(told: Told, what: str, tea: Store) -> None:
    with pytest.raises(BadValue) as caught:
        saved(tea, told)
    assert caught.value.what == what
    assert draft(tea).told == Told()


def test_words_of_two_languages_are_two_drafts(tea: Store) -> None:
    saved(tea)
    english = replace(WORDS, title="Raised with the tea", machine_draft=True)
    saved(tea, english, lang="en")
    assert draft(tea).told == WORDS
    assert draft(tea, "en").told == english
    with pytest.raises(BadValue, match="vi or en"):
        draft(tea, "fr")


def test_drafts_are_rows_like_any_other(tea: Store) -> None:
    saved(tea)
    with tea.read() as session:
        row = session.get(tables.StoryDraft, (1, "vi"))
    assert row is not None
    assert row.content["told"]["title"] == WORDS.title
