"""The studio's pages of a story: the form, drafts from a script, two versions side by side, previews, going live.

    GET  …/story/{lang}               POST the same: `act` save, preview or publish; `move` a step up; pictures, a clip
    POST …/story/{lang}/draft         the words, from the script: {"seen": 4} or 409 {"clash": path}
    POST …/story/{lang}/photo/{place} one picture     POST …/story/{lang}/voice  one clip     (from the script)
    GET  …/story/{lang}/asides        what was put aside, newest first, one at a time
    POST …/story/{lang}/asides        choose: `keep` mine or theirs
    GET  …/story/{lang}/preview       the page as a buyer will see it
    GET  …/story/sides                Vietnamese and English side by side
    POST …/story/{lang}/down          take it down

Files are decoded before the transaction opens, so nobody waits for them. Words are kept even when a file that came
with them is refused.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from ocop.trace import storytelling
from ocop.trace.api.rooms.routes import PHOTO, Route, where_product
from ocop.trace.api.rooms.story_common import (
    UPLOADS,
    by,
    heard,
    key_of,
    owner,
    problem,
    product_path,
    taken,
    web_picture,
)
from ocop.trace.api.rooms.story_form import clash_view, form_view, told_of
from ocop.trace.api.rooms.visit import Answer, AsBuyer, Go, Json, Page, Visit
from ocop.trace.facts import Photo, Product
from ocop.trace.gs1.identifier import identifier
from ocop.trace.pages.phrases import phrases
from ocop.trace.pages.rooms.story_views import SidesView
from ocop.trace.pages.story_page import product_view
from ocop.trace.pages.telling import story_text
from ocop.trace.pages.views import item_values, scrub
from ocop.trace.registry import telling
from ocop.trace.registry.errors import BadPicture, BadSound, BadValue, NoEncoder, Unknown
from ocop.trace.registry.voice import Clip
from ocop.trace.rights import Right
from ocop.trace.storytelling import LANGS, Draft, NotReady
from ocop.trace.storytelling_facts import product_of
from ocop.trace.verdict import without_code
from sqlmodel import Session

PLACES = ("portrait", *(f"step-{n}" for n in range(1, storytelling.STEPS + 1)))
QUIET = timedelta(minutes=30)
"""Drafts saved by one person within this time are one line of the log."""


def state_of(visit: Visit, draft: Draft, product: Product) -> str:
    """In words: nothing yet, a draft, live, live with changes; and whether somebody has read it."""
    live = product.stories.get(draft.lang)
    if live is None:
        return visit.say("tell.state.draft" if any(draft.told.answers) else "tell.state.nothing")
    if live.checked_by and live.checked_on is not None:
        date = visit.words.date(live.checked_on)
        said = visit.say("tell.state.checked", reader=live.checked_by, date=date)
    else:
        said = visit.say("tell.state.live")
    return f"{said} {visit.say('tell.state.changed')}" if draft.dirty else said


def edit(visit: Visit) -> Answer:
    """The form."""
    key, lang = key_of(visit), _lang(visit)
    draft = storytelling.open_draft(visit.session, key, lang)
    return Page(form_view(visit, visit.session, key, draft, _state(visit, visit.session, key, draft)))


def save(visit: Visit) -> Answer:
    """Keep everything that came, then do what the button says."""
    key, lang, form = key_of(visit), _lang(visit), visit.form
    photos, clip, problems = _files(visit)
    with visit.begin() as session:
        before = storytelling.open_draft(session, key, lang)
        told = told_of(form, before.told)
        try:
            saved = storytelling.save_words(session, key, lang, told, seen=_seen(visit), by=by(visit))
        except BadValue as error:
            problems[error.what] = problem(visit, error)
            draft = replace(before, told=told)
            return Page(form_view(visit, session, key, draft, "", problems), 422)
        if saved.clash is not None or saved.draft.revision != before.revision:
            _note_save(visit, session, key, saved.draft)
        draft = _keep_files(visit, session, key, photos, clip) or saved.draft
        if saved.clash is not None:
            return Page(clash_view(visit, key, saved.draft, saved.clash), 409)
        if problems:
            return Page(
                form_view(visit, session, key, draft, _state(visit, session, key, draft), problems), 422
            )
        return _act(visit, session, key, draft)


def _act(visit: Visit, session: Session, key: str, draft: Draft) -> Answer:
    form, lang, path = visit.form, draft.lang, f"{product_path(key)}/story/{draft.lang}"
    move = form.one("move")
    if move in {str(n) for n in range(2, storytelling.STEPS + 1)}:
        storytelling.move_step(session, key, lang, int(move), seen=draft.revision, by=by(visit))
        return Go(f"{path}#step-{int(move) - 1}")
    if form.one("act") == "preview":
        return Go(f"{path}/preview")
    if form.one("act") != "publish":
        return Go(path, "tell.done.saved")
    try:
        revision = storytelling.publish(session, key, lang, seen=draft.revision, by=by(visit))
    except NotReady as error:
        said = {"answers": "answer-1"}.get(error.what, error.what), visit.say(f"tell.notready.{error.what}")
        return Page(
            form_view(visit, session, key, draft, _state(visit, session, key, draft), dict([said])), 422
        )
    visit.note(
        "story.publish",
        f"{key} {lang} {revision}",
        for_producer=owner(session, visit.params),
        session=session,
    )
    return Go(product_path(key), "tell.done.published")


def save_draft(visit: Visit) -> Answer:
    """The words from the script."""
    key, lang = key_of(visit), _lang(visit)
    before = storytelling.open_draft(visit.session, key, lang)
    told = told_of(visit.form, before.told)
    try:
        saved = storytelling.save_words(visit.session, key, lang, told, seen=_seen(visit), by=by(visit))
    except BadValue as error:
        return Json({"problem": problem(visit, error), "field": error.what}, 422)
    if saved.clash is not None:
        return Json({"clash": f"{product_path(key)}/story/{lang}/asides"}, 409)
    if before.author != saved.draft.author or before.saved_at is None or visit.now - before.saved_at > QUIET:
        _note_save(visit, visit.session, key, saved.draft)
    return Json(
        {"seen": saved.draft.revision, "said": visit.say("tell.saved.at", time=visit.words.moment(visit.now))}
    )


def send_photo(visit: Visit) -> Answer:
    """One picture from the script."""
    key, place, upload = key_of(visit), visit.params["place"], visit.form.file("photo")
    try:
        if place not in PLACES:
            raise Unknown("place", place)
        if upload is None:
            raise BadPicture("expected a picture, got none", "empty")
        photo = taken(visit, upload)
    except BadPicture as error:
        return Json({"problem": problem(visit, error)}, 422)
    with visit.begin() as session:
        _keep_files(visit, session, key, {place: photo}, None)
    return Json({"picture": web_picture(photo)})


def send_voice(visit: Visit) -> Answer:
    """One clip from the script."""
    key, upload = key_of(visit), visit.form.file("voice")
    try:
        if upload is None:
            raise BadSound("expected a recording, got none", "empty")
        clip = heard(visit, upload)
    except (BadSound, NoEncoder) as error:
        return Json({"problem": problem(visit, error)}, 422)
    with visit.begin() as session:
        draft = _keep_files(visit, session, key, {}, clip)
    return Json(
        {"sound": f"/media/{clip.name}", "seconds": clip.seconds, "seen": draft.revision if draft else 0}
    )


def aside(visit: Visit) -> Answer:
    """The newest version put aside, beside the draft."""
    key, lang = key_of(visit), _lang(visit)
    found = storytelling.asides(visit.session, key, lang)
    if not found:
        return Go(f"{product_path(key)}/story/{lang}", "tell.done.settled")
    return Page(clash_view(visit, key, storytelling.open_draft(visit.session, key, lang), found[0]))


def settle(visit: Visit) -> Answer:
    """Choose between two versions."""
    key, lang, form = key_of(visit), _lang(visit), visit.form
    number = form.one("aside")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Unknown("version put aside", number)
    draft = storytelling.open_draft(visit.session, key, lang)
    chosen = told_of(form, draft.told) if form.one("keep") == "mine" else None
    saved = storytelling.settle(
        visit.session, key, lang, int(number), chosen, seen=_seen(visit), by=by(visit)
    )
    if saved.clash is not None:
        return Page(clash_view(visit, key, saved.draft, saved.clash), 409)
    visit.note("story.settle", f"{key} {lang}", for_producer=owner(visit.session, visit.params))
    return Go(f"{product_path(key)}/story/{lang}", "tell.done.settled")


def preview(visit: Visit) -> Answer:
    """The product's page with the draft in it, made by the pages that buyers get."""
    key, lang, service = key_of(visit), _lang(visit), visit.service
    facts = storytelling.previewed(visit.session, key, lang)
    verdict = without_code(facts.product, None, visit.now)
    values = item_values(phrases(lang), verdict, path=identifier(key).path, query="")
    view = product_view(facts, verdict, lang, service.settings.public_url, values)
    return AsBuyer(service.renderer.page(view))


def sides(visit: Visit) -> Answer:
    """Vietnamese on the left, English on the right."""
    key = key_of(visit)
    texts = {}
    for lang in LANGS:
        shown = scrub(storytelling.previewed(visit.session, key, lang))
        story = shown.product.stories.get(lang)
        texts[lang] = story_text(phrases(lang), shown.product, shown.producer) if story is not None else None
    title = visit.say("tell.sides")
    return Page(SidesView(visit.base_view(title), texts["vi"], texts["en"], product_path(key)))


def down(visit: Visit) -> Answer:
    """Take the story of this language down; the draft stays."""
    key, lang = key_of(visit), _lang(visit)
    storytelling.take_down(visit.session, key, lang)
    visit.note("story.down", f"{key} {lang}", for_producer=owner(visit.session, visit.params))
    return Go(f"{product_path(key)}/story/{lang}", "tell.done.down")


def _lang(visit: Visit) -> str:
    lang = visit.params["lang"]
    if lang not in LANGS:
        raise Unknown("language of stories", lang)
    return lang


def _seen(visit: Visit) -> int:
    text = visit.form.one("seen")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _state(visit: Visit, session: Session, key: str, draft: Draft) -> str:
    return state_of(visit, draft, product_of(session, key).product)


def _note_save(visit: Visit, session: Session, key: str, draft: Draft) -> None:
    maker = owner(session, visit.params)
    visit.note("story.draft", f"{key} {draft.lang} {draft.revision}", for_producer=maker, session=session)


def _files(visit: Visit) -> tuple[dict[str, Photo | None], Clip | None, dict[str, str]]:
    """What came with the form: pictures by place (None: take away), a clip, and what was wrong with the rest."""
    photos: dict[str, Photo | None] = {place: None for place in visit.form.all("remove") if place in PLACES}
    problems: dict[str, str] = {}
    clip = None
    for place in PLACES:
        if upload := visit.form.file(f"photo-{place}"):
            try:
                photos[place] = taken(visit, upload)
            except BadPicture as error:
                problems[f"photo-{place}"] = problem(visit, error)
    if upload := visit.form.file("voice"):
        try:
            clip = heard(visit, upload)
        except (BadSound, NoEncoder) as error:
            problems["voice"] = problem(visit, error)
    return photos, clip, problems


def _keep_files(
    visit: Visit, session: Session, key: str, photos: Mapping[str, Photo | None], clip: Clip | None
) -> Draft | None:
    """Set pictures and clip, each with its line in the log; the draft as it is then, None when nothing came."""
    lang, draft, maker = _lang(visit), None, owner(session, visit.params)
    for place, photo in photos.items():
        if photo is not None:
            telling.save_photo(session, photo)
        name = photo.name if photo is not None else ""
        draft = storytelling.set_picture(session, key, lang, place, name, by(visit))
        visit.note("story.photo", f"{key} {place}", for_producer=maker, session=session)
    if clip is not None or "voice" in visit.form.all("remove"):
        draft = storytelling.set_voice(session, key, lang, clip, by(visit))
        visit.note("story.voice", f"{key} {lang}", for_producer=maker, session=session)
    return draft


_STORY = "/studio/products/{key}/story"
_ONE = f"{_STORY}/{{lang}}"
ROUTES: tuple[Route, ...] = (
    Route("GET", f"{_STORY}/sides", Right.STORY_SEE, sides, where_product),
    Route("GET", _ONE, Right.STORY_EDIT, edit, where_product),
    Route("POST", _ONE, Right.STORY_EDIT, save, where_product, commits=True, max_body=UPLOADS),
    Route("POST", f"{_ONE}/draft", Right.STORY_EDIT, save_draft, where_product),
    Route("POST", f"{_ONE}/photo/{{place}}", Right.STORY_EDIT, send_photo, where_product, commits=True,
          max_body=PHOTO),
    Route("POST", f"{_ONE}/voice", Right.STORY_EDIT, send_voice, where_product, commits=True, max_body=PHOTO),
    Route("GET", f"{_ONE}/asides", Right.STORY_EDIT, aside, where_product),
    Route("POST", f"{_ONE}/asides", Right.STORY_EDIT, settle, where_product),
    Route("GET", f"{_ONE}/preview", Right.STORY_SEE, preview, where_product),
    Route("POST", f"{_ONE}/down", Right.STORY_EDIT, down, where_product),
)  # fmt: skip
