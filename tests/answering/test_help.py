"""Help opens for everybody, in both languages, each topic with all its pictures and words."""

import re
from pathlib import Path
from typing import Any

import ocop.trace.pages as pages
import pytest
from ocop.trace.pages.phrases import read_catalogue
from ocop.trace.pages.rooms.help_views import PATHS, TOPICS


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_a_topic_shows_every_step_with_its_picture(room: Any, topic: str, lang: str) -> None:
    got = room.client().get(f"/help/{PATHS[topic]}?lang={lang}")
    assert got.status == 200
    steps = re.findall(r'<li class="card"><svg[^>]*>(.*?)</svg><p>([^<]+)</p>', got.text, re.DOTALL)
    assert len(steps) == len(TOPICS[topic])
    assert all(len(drawing.strip()) > 40 for drawing, _ in steps)
    for other in set(TOPICS) - {topic}:
        assert f'href="/help/{PATHS[other]}"' in got.text


def test_the_first_page_leads_to_every_topic_and_an_unknown_one_is_not_found(room: Any) -> None:
    reader = room.client()
    for path in PATHS.values():
        assert f'href="/help/{path}"' in reader.get("/help").text
    assert reader.get("/help/nothing").status == 404


def test_what_to_buy_names_what_does_not_work(room: Any) -> None:
    said = room.client().get("/help/mua-chip").words
    for words in ("Đừng mua NTAG 213", "chống kim loại", "dưới đáy"):
        assert words in said


def test_no_words_and_no_drawings_of_help_are_missing_or_left_over() -> None:
    expected = {"help.title", "help.lead", "help.more", "help.how"}
    for topic, steps in TOPICS.items():
        expected |= {
            f"help.{topic}",
            f"help.{topic}.lead",
            *(f"help.{topic}.{n}" for n in range(1, len(steps) + 1)),
        }
    assert {message.id for message in read_catalogue("vi", "help") if message.id} == expected
    file = Path(pages.__file__).parent / "templates/rooms/help_pictures.html"
    drawn = set(re.findall(r"macro (\w+)\(\)", file.read_text("utf-8")))
    assert drawn == {picture for steps in TOPICS.values() for picture in steps}
