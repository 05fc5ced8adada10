"""A backup takes drafts, versions put aside and clips along, and a restore brings them back as they were."""

from datetime import UTC, datetime
from pathlib import Path

from ocop.trace import storytelling
from ocop.trace.keeping import backup, restore
from ocop.trace.registry.store import Store, open_store
from ocop.trace.registry.tables import METADATA
from ocop.trace.registry.voice import keep_voice, voice_file
from ocop.trace.storytelling import By, Told
from sqlalchemy import select

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEY = "09521234543213"


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    names = ("story_draft", "story_aside", "voice")
    with store.read() as session:
        return {
            name: [tuple(row) for row in session.execute(select(METADATA.tables[name]))] for name in names
        }


def test_what_is_not_published_yet_is_kept_too(tea: Store, tone, tmp_path: Path) -> None:
    clip = keep_voice(tea.data, tone(1))
    with tea.begin() as session:
        storytelling.save_words(session, KEY, "vi", Told(title="Một\tnương “chè”"), seen=0, by=By("Vân", NOW))
        storytelling.save_words(session, KEY, "vi", Told(title="Hai"), seen=0, by=By("Minh", NOW))
        storytelling.set_voice(session, KEY, "vi", clip, By("Vân", NOW))
    backup(tea, tmp_path / "kept.zip", NOW)
    fresh = open_store("", data=tmp_path / "fresh")
    restore(fresh, tmp_path / "kept.zip", NOW)
    assert rows(fresh) == rows(tea)
    assert all(rows(fresh).values())
    kept, was = (voice_file(store.data, clip.name).read_bytes() for store in (fresh, tea))
    assert kept == was
    fresh.close()
