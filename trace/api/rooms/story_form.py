"""The form of a story: from a draft to its view, and from what a browser sent back to words."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ocop.trace.api.rooms.forms import Form
from ocop.trace.api.rooms.routes import key_in_path
from ocop.trace.api.rooms.story_common import product_path, web_picture
from ocop.trace.api.rooms.visit import Visit
from ocop.trace.facts import Photo
from ocop.trace.pages.rooms.story_views import (
    ClashView,
    Pair,
    PhotoPlace,
    StepFields,
    StoryField,
    StoryForm,
    VoiceFields,
)
from ocop.trace.registry import products
from ocop.trace.registry.showing import Use, may_be_heard, picture_use
from ocop.trace.registry.voice import encoder
from ocop.trace.storytelling import QUESTIONS, STEPS, Aside, Draft, Told, asides, open_draft
from ocop.trace.storytelling_consents import consents
from ocop.trace.storytelling_facts import maker_of, product_of
from sqlmodel import Session

ANSWERS = tuple(f"answer-{n}" for n in range(1, QUESTIONS + 1))
STEP_NAMES = tuple(f"step-{n}" for n in range(1, STEPS + 1))
SCRIPT = ("offline", "sending", "clash", "restored", "listen", "listening", "stop", "photo-sending", "lost",
          "passed", "mic", "signed-out", "dictation", "dictation-yes", "dictation-no")  # fmt: skip
"""Sentences that the script says, as data attributes of the form."""


def told_of(form: Form, before: Told) -> Told:
    """The words in a form; a field that is not in it stays as it was. Raises BadForm for a doubled field."""

    def one(name: str, known: str) -> str:
        return form.one(name, known)

    return Told(
        title=one("title", before.title),
        lead=one("lead", before.lead),
        answers=tuple(one(name, text) for name, text in zip(ANSWERS, before.answers, strict=True)),
        steps=tuple(one(name, text) for name, text in zip(STEP_NAMES, before.steps, strict=True)),
        land=one("land", before.land),
        teller=one("teller", before.teller),
        transcript=one("transcript", before.transcript),
        machine_draft=form.one("machine") == "1",
    )


def form_view(
    visit: Visit,
    session: Session,
    key: str,
    draft: Draft,
    state: str,
    problems: Mapping[str, str] | None = None,
) -> StoryForm:
    """The form of a draft; `problems` by field, in the reader's words."""
    wrong = problems or {}
    other = open_draft(session, key, "vi") if draft.lang != "vi" else None
    fields = _Fields(visit, draft, other, wrong)
    maker = maker_of(session, key)
    standing = {one.item for one in consents(session, maker.id or 0) if one.withdrawn_at is None}
    photos = products.photos(session, (*draft.photos, draft.portrait))
    path = product_path(key)
    name = product_of(session, key).product.texts["vi"].name
    return StoryForm(
        base=visit.base_view(visit.say(f"tell.title.{draft.lang}", name=name), scripts=("story.js",)),
        key=key_in_path(key),
        lang=draft.lang,
        action=f"{path}/story/{draft.lang}",
        seen=draft.revision,
        state=state,
        head=(fields.of("title", area=False, most=200), fields.of("lead", rows=3)),
        answers=tuple(fields.of(name, dictate=True) for name in ANSWERS),
        steps=tuple(
            StepFields(
                number,
                fields.of(f"step-{number}", rows=2),
                _photo(visit, f"step-{number}", web_picture(photos.get(draft.photos[number - 1])), wrong),
            )
            for number in range(1, STEPS + 1)
        ),
        portrait=_portrait(visit, session, photos.get(draft.portrait), wrong),
        portrait_consent="portrait" in standing,
        quote_consent="quote" in standing,
        teller=fields.of("teller", area=False, most=200),
        land=fields.of("land", rows=4),
        voice=VoiceFields(
            f"/media/{draft.voice}" if draft.voice else "",
            encoder() is not None,
            "voice" in standing,
            fields.of("transcript", rows=5),
            wrong.get("voice", ""),
            away=bool(draft.voice) and not may_be_heard(session, draft.voice),
        ),
        machine_draft=draft.told.machine_draft,
        published=draft.published,
        asides=len(asides(session, key, draft.lang)),
        back=path,
        consents=f"/studio/producers/{maker.slug}/consents",
        script={name: visit.say(f"tell.script.{name.replace('-', '_')}") for name in SCRIPT},
        problems=tuple(wrong.items()),
    )


class _Fields:
    """Makes the fields of one form."""

    def __init__(self, visit: Visit, draft: Draft, other: Draft | None, wrong: Mapping[str, str]) -> None:
        self._visit, self._wrong = visit, wrong
        self._values = values(draft.told)
        self._beside = values(other.told) if other is not None else {}

    def of(
        self, name: str, *, area: bool = True, rows: int = 4, most: int = 4000, dictate: bool = False
    ) -> StoryField:
        hint = f"tell.hint.{name.replace('-', '_')}"
        return StoryField(
            name=name,
            label=label(self._visit, name),
            value=self._values[name],
            hint=self._visit.say(hint) if hint in self._visit.words else "",
            area=area,
            rows=rows,
            most=most,
            dictate=dictate,
            beside=self._beside.get(name, ""),
            problem=self._wrong.get(name, ""),
        )


def values(told: Told) -> dict[str, str]:
    """The words by field name, in the order of the form."""
    return {
        "title": told.title,
        "lead": told.lead,
        **dict(zip(ANSWERS, told.answers, strict=True)),
        "transcript": told.transcript,
        **dict(zip(STEP_NAMES, told.steps, strict=True)),
        "teller": told.teller,
        "land": told.land,
    }


def label(visit: Visit, name: str) -> str:
    """What a field is called."""
    head, _, number = name.partition("-")
    return visit.say(f"tell.ask.{head}", n=int(number)) if head == "step" else visit.say(
        f"tell.ask.{name.replace('-', '_')}"
    )  # fmt: skip


def clash_view(visit: Visit, key: str, draft: Draft, aside: Aside) -> ClashView:
    """Two versions side by side."""
    mine, theirs = values(aside.told), values(draft.told)
    path = f"{product_path(key)}/story/{draft.lang}"

    def named(who: str, at: datetime | None) -> str:
        return f"{who}, {visit.words.moment(at)}" if at is not None else who

    return ClashView(
        base=visit.base_view(visit.say("tell.clash")),
        action=f"{path}/asides",
        aside=aside.id,
        seen=draft.revision,
        mine_by=named(aside.author, aside.kept_at),
        theirs_by=named(draft.author, draft.saved_at),
        pairs=tuple(Pair(label(visit, name), name, mine[name], theirs[name]) for name in mine),
        machine_draft=aside.told.machine_draft,
        back=path,
    )


def _portrait(visit: Visit, session: Session, photo: Photo | None, wrong: Mapping[str, str]) -> PhotoPlace:
    """The portrait, or that it is put away while nobody in it agrees."""
    if photo is None or picture_use(session, photo.name) is not Use.NONE:
        return _photo(visit, "portrait", web_picture(photo), wrong)
    return replace(_photo(visit, "portrait", "", wrong), hint=visit.say("tell.photo.hidden"), away=True)


def _photo(visit: Visit, place: str, picture: str, wrong: Mapping[str, str]) -> PhotoPlace:
    text = visit.say("tell.photo.portrait" if place == "portrait" else "tell.photo.step")
    return PhotoPlace(place, text, picture, problem=wrong.get(f"photo-{place}", ""))
