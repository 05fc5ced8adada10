"""The maker speaks: which story is shown, in which language, and whose words it says it is (floor 1, pure).

A story goes live when its maker publishes it, so the page always says whether anybody else has read it:
"Lời kể của {cơ sở}, chưa có cơ quan nào đọc lại" or "{đơn vị} đã đọc ngày …". A story that is missing in the
reader's language is shown in English, else in Vietnamese, and a line says so; an unreviewed translation is
marked as one.
"""

from ocop.trace.facts import Lang, Producer, Product, Story, StoryState
from ocop.trace.pages.phrases import LANG_NAMES, Phrases, Text, Words
from ocop.trace.pages.views import MEDIA, Line, StepView, StoryText, VoiceView, picture


def published_story(product: Product, lang: Lang) -> Story | None:
    """The published story in this language, else in English, else in Vietnamese."""
    for tag in (lang, "en", "vi"):
        story = product.stories.get(tag)
        if story is not None and story.state is StoryState.PUBLISHED:
            return story
    return None


def story_text(words: Phrases, product: Product, producer: Producer) -> StoryText | None:
    """The story for a page in this language, or None when nothing is published."""
    story = published_story(product, words.lang)
    if story is None:
        return None
    lang = story.lang
    title = Words(story.title, lang)
    return StoryText(
        lang=lang,
        title=title,
        lead=Words(story.lead, lang),
        teller=Words(story.teller, "vi") if story.teller else None,
        portrait=picture(story.portrait, lang, Words(story.teller, "vi") if story.teller else title),
        voice=_voice(words, story),
        answers=tuple(
            Line(f"story.question.{number}", (Words(answer, lang),))
            for number, answer in enumerate(story.answers, 1)
            if answer
        ),
        steps=tuple(
            StepView(Words(step.text, lang), picture(step.photo, lang, Words(step.text, lang)))
            for step in story.steps
        ),
        land=Words(story.land, lang) if story.land else None,
        notes=story_notes(words, story, producer),
    )


def _voice(words: Phrases, story: Story) -> VoiceView | None:
    """A clip without a transcript isn't played: not everybody can hear it."""
    voice = story.voice
    if voice is None or not voice.transcript:
        return None
    label = words.text("story.listen", n=voice.seconds)
    return VoiceView(f"{MEDIA}{voice.name}", voice.media_type, label, Words(voice.transcript, story.lang))


def story_notes(words: Phrases, story: Story, producer: Producer) -> tuple[Text, ...]:
    """Whose words these are: the language they are in, whether a machine drafted them, who read them, how old."""
    notes: list[Text] = []
    if story.lang != words.lang:
        wanted, shown = (Words(LANG_NAMES.get(tag, tag), tag) for tag in (words.lang, story.lang))
        notes.append(words.text("story.fallback", wanted=wanted, shown=shown))
    if story.machine_draft:
        notes.append(words.text("story.draft"))
    if story.checked_by and story.checked_on is not None:
        reader = Words(story.checked_by, "vi")
        notes.append(words.text("story.read", reader=reader, date=words.date(story.checked_on)))
    else:
        notes.append(words.text("story.unread", maker=Words(producer.name, "vi")))
    if story.updated_on is not None:
        notes.append(words.text("story.updated", date=words.date(story.updated_on)))
    return tuple(notes)
