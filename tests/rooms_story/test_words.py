"""The words of the studio's stories: none missing, none unused, in both languages."""

import re
from pathlib import Path

from ocop.trace.api import rooms
from ocop.trace.api.rooms.story_form import ANSWERS, SCRIPT
from ocop.trace.pages import render
from ocop.trace.pages.phrases import read_catalogue
from ocop.trace.storytelling import LANGS
from ocop.trace.storytelling_complete import PLACES
from ocop.trace.storytelling_consents import ITEMS
from ocop.trace.storytelling_facts import PAGES, TEXTS

HEADS = {name for texts in TEXTS.values() for name in texts} | {
    "group",
    "brand",
    "standards",
    "seal",
    "chip_place",
}
STORY = {"title", "lead", "land", "teller", "transcript", *(name.replace("-", "_") for name in ANSWERS)}


def known() -> set[str]:
    return {message.id for message in read_catalogue("vi", "studio-story") if message.id}


def used() -> set[str]:
    """Ids spelled out in handlers and templates, and the families that are put together."""
    files = [*Path(rooms.__file__).parent.glob("story*.py")]
    files += Path(render.__file__).parent.glob("templates/rooms/story_*.html")
    found = set()
    for file in files:
        found |= set(re.findall(r"""["'](tell(?:\.[a-z_0-9]+)+)["']""", file.read_text("utf-8")))
    found |= {f"tell.{kind}.{lang}" for kind in ("edit", "title") for lang in LANGS}
    found |= {f"tell.missing.{name}" for name in PLACES}
    found |= {f"tell.next.{name}" for name, page in PLACES.items() if page}
    found |= {f"tell.next.story.{name}" for name in ("tell", "publish", "photos", "transcript")}
    found |= {f"tell.page.{page}" for page in PAGES}
    found |= {f"tell.field.{name}" for name in HEADS}
    found |= {f"tell.hint.{name}" for name in HEADS | STORY if f"tell.hint.{name}" in known()}
    found |= {f"tell.ask.{name}" for name in STORY | {"step"}}
    found |= {f"tell.item.{item}" for item in ITEMS}
    found |= {f"tell.script.{name.replace('-', '_')}" for name in SCRIPT}
    found |= {f"tell.notready.{name}" for name in ("title", "answers", "transcript")}
    found |= {
        f"tell.picture.{why}" for why in ("empty", "kind", "heic", "large", "small", "moving", "damaged")
    }
    found |= {f"tell.sound.{why}" for why in ("empty", "kind", "large", "long", "damaged")}
    found |= {f"tell.wrong.{what}" for what in ("gtin", "group", "item", "standards")}
    return found


def test_no_message_is_missing_and_none_is_unused() -> None:
    assert used() - known() == set()
    assert known() - used() == set()


def test_every_sentence_of_the_script_is_said_and_every_other_one_is_not_asked_for() -> None:
    script = Path(render.__file__).parent.joinpath("static", "story.js").read_text("utf-8")
    asked = {
        re.sub("([A-Z])", lambda m: "-" + m[1].lower(), name)
        for name in re.findall(r"say\.([a-zA-Z]+)", script)
    }
    assert asked - {"lang"} == set(SCRIPT)
