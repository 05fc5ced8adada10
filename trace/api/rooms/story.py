"""The studio's first page, products and their facts.

GET  /studio                                   what to do next, then the products
GET  /studio/producers/{producer}/products/new     POST …/new
GET  /studio/products/{key}                    one product: its story, what the legal panel lacks
GET  /studio/products/{key}/facts/{page}           POST the same: basics, making, keeping, signs
POST /studio/products/{key}/photo/{place}      one picture: hero, sign-1 to sign-3 (for the script)
…    /studio/products/{key}/story/…            `story_tell`;   /studio/producers/{producer}/consents  `story_consents`
"""

from collections.abc import Mapping

from ocop.trace import batching, certifying_stories, storytelling, storytelling_facts
from ocop.trace.api.rooms import story_consents, story_tell
from ocop.trace.api.rooms.routes import PHOTO, Route, nowhere, where_producer, where_product
from ocop.trace.api.rooms.story_common import (
    GROUPS,
    UPLOADS,
    allowed,
    key_of,
    ledger_by,
    owner,
    problem,
    product_path,
    taken,
    web_picture,
)
from ocop.trace.api.rooms.story_home import given, waiting
from ocop.trace.api.rooms.visit import Answer, Go, Json, Page, Visit
from ocop.trace.facts import Photo, Product
from ocop.trace.pages.rooms.base import FieldState
from ocop.trace.pages.rooms.story_views import (
    FactField,
    FactsView,
    HomeView,
    MakerCard,
    NewProductView,
    PhotoPlace,
    ProductCard,
    ProductView,
    Step,
)
from ocop.trace.registry import products, tables, telling
from ocop.trace.registry.errors import BadPicture, BadValue, Conflict, Unknown
from ocop.trace.rights import Right, Where, may
from ocop.trace.storytelling_complete import PLACES, completeness, next_steps
from ocop.trace.storytelling_facts import PAGES, SHORT_FIELDS
from sqlalchemy import select
from sqlmodel import Session, col

STEPS_SHOWN = 6
LARGE = 720
"""Pixels across that a picture over the whole width of a phone needs."""


def home(visit: Visit) -> Answer:
    """What to do next, in one list, then every product of every maker one belongs to."""
    makers = tuple(dict.fromkeys(visit.actor.producers))
    cards = tuple(_maker(visit, number) for number in makers)
    steps = [step for card in cards for product in card.products for step in product.steps[:2]]
    title = visit.say("tell.home", name=visit.actor.name)
    lots = [lot for number in makers for lot in batching.of_producer(visit.session, number)]
    return Page(
        HomeView(
            visit.base_view(title),
            cards,
            tuple(steps[:STEPS_SHOWN]),
            waiting(visit, lots),
            given(visit, lots),
        )
    )


def _maker(visit: Visit, number: int) -> MakerCard:
    row = visit.session.get(tables.Producer, number)
    if row is None:
        raise Unknown("producer", number)
    where = Where(row.id, row.province_code, row.commune_code or None)
    query = select(col(tables.Product.id)).where(col(tables.Product.producer_id) == number)
    ids = visit.session.scalars(query.order_by(col(tables.Product.sort), col(tables.Product.id)))
    loaded = products.load(visit.session, [id_ for id_ in ids if id_ is not None])
    edits = may(visit.actor, Right.PRODUCT_EDIT, where).allowed
    keeps = may(visit.actor, Right.CONSENT_KEEP, where).allowed
    return MakerCard(
        row.name,
        f"/studio/producers/{row.slug}/products/new" if edits else "",
        f"/studio/producers/{row.slug}/consents" if keeps else "",
        tuple(_card(visit, one) for one in loaded),
        f"/studio/producers/{row.slug}/data" if may(visit.actor, Right.PRODUCER_OWN, where).allowed else "",
    )


def _card(visit: Visit, loaded: products.Loaded) -> ProductCard:
    product, text = loaded.product, loaded.product.texts["vi"]
    draft = storytelling.open_draft(visit.session, product.key, "vi")
    panel = completeness(product, loaded.producer)
    path = product_path(product.key)
    steps = tuple(
        Step(visit.say(f"tell.next.{name}", name=text.name), _place(path, name))
        for name in next_steps(product, loaded.producer, {"vi": draft})
    )
    return ProductCard(
        name=text.name,
        net=text.net,
        href=path,
        picture=web_picture(product.photo),
        state=story_tell.state_of(visit, draft, product),
        done=panel.done,
        of=panel.of,
        steps=steps,
    )


def _place(path: str, name: str) -> str:
    return f"{path}/story/vi" if name.startswith("story.") else f"{path}/facts/{PLACES[name]}"


def new(visit: Visit) -> Answer:
    """The first page of a product."""
    return Page(_new_view(visit))


def _new_view(visit: Visit, state: FieldState | None = None) -> NewProductView:
    groups = tuple((number, visit.say(f"group.{number}")) for number in GROUPS)
    action = f"/studio/producers/{visit.params['producer']}/products/new"
    return NewProductView(visit.base_view(visit.say("tell.new")), action, groups, state or FieldState())


def make(visit: Visit) -> Answer:
    """Register a product; shown again with what was typed when something is wrong."""
    form, maker = visit.form, where_producer(visit.session, visit.params).producer_id or 0
    group = form.one("group")
    try:
        if group not in GROUPS:
            raise BadValue("group", "1 to 6", group)
        with visit.session.begin_nested():
            key = storytelling_facts.new_product(
                visit.session,
                maker,
                name=form.one("name"),
                net=form.one("net"),
                group=int(group),
                gtin=form.one("gtin"),
                by=ledger_by(visit),
            )
    except BadValue as error:
        field = error.what.partition(".")[0]
        return Page(_new_view(visit, FieldState(form.values(), {field: problem(visit, error)})), 422)
    except Conflict:
        said = {"gtin": visit.say("tell.wrong.gtin.taken")}
        return Page(_new_view(visit, FieldState(form.values(), said)), 409)
    visit.note("product.new", f"{key} {form.one('name')[:100]}", for_producer=maker)
    return Go(f"{product_path(key)}/facts/basics", "tell.done.new", {"name": form.one("name").strip()[:100]})


def shown(visit: Visit) -> Answer:
    """One product: its story, what is missing, where to go on."""
    loaded = storytelling_facts.product_of(visit.session, key_of(visit))
    product, path = loaded.product, product_path(loaded.product.key)
    draft = storytelling.open_draft(visit.session, product.key, "vi")
    panel = completeness(product, loaded.producer)
    edits, tells = (allowed(visit, visit.session, r) for r in (Right.PRODUCT_EDIT, Right.STORY_EDIT))
    missing = [
        Step(visit.say(f"tell.missing.{name}"), f"{path}/facts/{PLACES[name]}" if edits else "")
        for name in panel.missing
        if PLACES[name]
    ]
    batches = Step(visit.say("tell.batches"), f"{path}/batches")
    stories = [
        Step(visit.say("tell.preview"), f"{path}/story/vi/preview"),
        Step(visit.say("tell.sides"), f"{path}/story/sides"),
    ]
    if product.stories:
        stories.append(Step(visit.say("tell.press"), f"{path}/press"))
    if tells:
        edit = [Step(visit.say(f"tell.edit.{lang}"), f"{path}/story/{lang}") for lang in storytelling.LANGS]
        stories = [*edit, *stories]
    return Page(
        ProductView(
            base=visit.base_view(product.texts["vi"].name),
            name=product.texts["vi"].name,
            code=product.key.removeprefix("P/"),
            picture=web_picture(product.photo, LARGE),
            state=story_tell.state_of(visit, draft, product),
            done=panel.done,
            of=panel.of,
            missing=tuple(missing),
            office=tuple(visit.say(f"tell.missing.{name}") for name in panel.missing if not PLACES[name]),
            pages=tuple(Step(visit.say(f"tell.page.{page}"), f"{path}/facts/{page}") for page in PAGES),
            stories=tuple(stories),
            batches=batches,
            public=f"/products/{product.key}"
            if storytelling_facts.is_public(visit.session, product.key)
            else "",
            edits=edits,
            notes=tuple(
                (visit.say("tell.office_says", office=one.office, day=visit.words.day_of(one.at)), one.words)
                for one in certifying_stories.notes(visit.session, product.key)
            ),
        )
    )


def facts(visit: Visit) -> Answer:
    """One page of facts."""
    loaded = storytelling_facts.product_of(visit.session, key_of(visit))
    values = storytelling_facts.page_values(loaded.product, visit.params["page"])
    return Page(_facts_view(visit, loaded.product, values, values))


def save_facts(visit: Visit) -> Answer:
    """Keep a page of facts and the pictures that came with it."""
    key, page, form = key_of(visit), visit.params["page"], visit.form
    given = {name: texts[0] for name, texts in form.fields.items()}
    photos, problems = _pictures(visit)
    with visit.begin() as session:
        maker = owner(session, visit.params)
        try:
            with session.begin_nested():
                edited = storytelling_facts.save_page(
                    session, key, page, given, seen=form.one("seen"), by=ledger_by(visit)
                )
        except BadValue as error:
            problems[error.what] = problem(visit, error)
            edited = None
        if edited is not None and not edited.clash:
            visit.note("product.edit", f"{key} {page}", for_producer=maker, session=session)
            problems |= _set_pictures(visit, session, key, photos)
        product = storytelling_facts.product_of(session, key).product
    current = storytelling_facts.page_values(product, page)
    if problems or edited is None or edited.clash:
        shown_values = current if edited is not None and not edited.clash else {**current, **given}
        clash = edited is not None and edited.clash
        return Page(
            _facts_view(visit, product, shown_values, current, problems, clash), 409 if clash else 422
        )
    if form.one("stay"):
        return Go(f"{product_path(key)}/facts/{page}", "tell.done.saved")
    following = PAGES[PAGES.index(page) + 1 :]
    return Go(
        f"{product_path(key)}/facts/{following[0]}" if following else product_path(key), "tell.done.saved"
    )


def _pictures(visit: Visit) -> tuple[dict[str, Photo | None], dict[str, str]]:
    """The pictures sent or to be taken away, by place, and what was wrong with those that were refused."""
    photos: dict[str, Photo | None] = dict.fromkeys(visit.form.all("remove"))
    problems = {}
    for place in ("hero", "sign-1", "sign-2", "sign-3"):
        if upload := visit.form.file(f"photo-{place}"):
            try:
                photos[place] = taken(visit, upload)
            except BadPicture as error:
                problems[f"photo-{place}"] = problem(visit, error)
    return photos, problems


def _set_pictures(
    visit: Visit, session: Session, key: str, photos: Mapping[str, Photo | None]
) -> dict[str, str]:
    problems = {}
    for place, photo in photos.items():
        try:
            if photo is not None:
                telling.save_photo(session, photo)
            storytelling_facts.set_product_photo(session, key, place, photo, ledger_by(visit))
            visit.note(
                "product.photo", f"{key} {place}", session=session, for_producer=owner(session, visit.params)
            )
        except BadValue as error:
            problems[f"photo-{place}"] = problem(visit, error)
    return problems


def send_photo(visit: Visit) -> Answer:
    """One picture, for the script: where it can be seen, or what is wrong with it."""
    upload = visit.form.file("photo")
    try:
        if upload is None:
            raise BadPicture("expected a picture, got none", "empty")
        photo = taken(visit, upload)
        with visit.begin() as session:
            said = _set_pictures(visit, session, key_of(visit), {visit.params["place"]: photo})
    except BadPicture as error:
        return Json({"problem": problem(visit, error)}, 422)
    if said:
        return Json({"problem": next(iter(said.values()))}, 422)
    return Json({"picture": web_picture(photo)})


def _facts_view(
    visit: Visit,
    product: Product,
    values: Mapping[str, str],
    current: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    clash: bool = False,
) -> FactsView:
    page, wrong = visit.params["page"], problems or {}
    path = product_path(product.key)
    fields = tuple(
        _field(visit, name, values[name], wrong.get(name, ""), current[name] if clash else values[name])
        for name in current
    )
    return FactsView(
        base=visit.base_view(
            f"{product.texts['vi'].name}: {visit.say(f'tell.page.{page}')}", scripts=("facts.js",)
        ),
        action=f"{path}/facts/{page}",
        seen=storytelling_facts.digest(current),
        names=tuple(visit.say(f"tell.page.{each}") for each in PAGES),
        current=PAGES.index(page) + 1,
        fields=fields,
        photos=_photo_places(visit, product, wrong) if page == "signs" else (),
        back=path,
        clash=clash,
        problems=tuple(wrong.items()),
    )


def _field(visit: Visit, name: str, value: str, wrong: str, other: str) -> FactField:
    head, _, lang = name.partition(".")
    number = head.partition("-")[2]
    label = visit.say("tell.field.sign", n=int(number)) if number else visit.say(f"tell.field.{head}")
    if lang == "en":
        label = visit.say("tell.field.english", label=label)
    hint = "" if lang == "en" or number else f"tell.hint.{head}"
    options = tuple((each, visit.say(f"group.{each}")) for each in GROUPS) if head == "group" else ()
    return FactField(
        name=name,
        label=label,
        value=value,
        hint=visit.say(hint) if hint and hint in visit.words else "",
        kind="choice" if options else "field" if head in SHORT_FIELDS else "area",
        lang=lang,
        most=SHORT_FIELDS.get(head, 4000),
        problem=wrong,
        other=other if other != value else None,
        options=options,
    )


def _photo_places(visit: Visit, product: Product, wrong: Mapping[str, str]) -> tuple[PhotoPlace, ...]:
    def place(id_: str, label: str, photo: Photo | None) -> PhotoPlace:
        return PhotoPlace(
            id_, label, web_picture(photo), visit.say("tell.photo.hint"), wrong.get(f"photo-{id_}", "")
        )

    signs = enumerate(product.signs[: storytelling_facts.SIGNS], 1)
    return (
        place("hero", visit.say("tell.photo.hero"), product.photo),
        *(place(f"sign-{n}", visit.say("tell.photo.sign", n=n), sign.photo) for n, sign in signs),
    )


ROUTES: tuple[Route, ...] = (
    Route("GET", "/studio", Right.STORY_SEE, home, nowhere),
    Route("GET", "/studio/producers/{producer}/products/new", Right.PRODUCT_EDIT, new, where_producer),
    Route("POST", "/studio/producers/{producer}/products/new", Right.PRODUCT_EDIT, make, where_producer),
    Route("GET", "/studio/products/{key}", Right.STORY_SEE, shown, where_product),
    Route("GET", "/studio/products/{key}/facts/{page}", Right.PRODUCT_EDIT, facts, where_product),
    Route("POST", "/studio/products/{key}/facts/{page}", Right.PRODUCT_EDIT, save_facts, where_product,
          commits=True, max_body=UPLOADS),
    Route("POST", "/studio/products/{key}/photo/{place}", Right.PRODUCT_EDIT, send_photo, where_product,
          commits=True, max_body=PHOTO),
    *story_tell.ROUTES,
    *story_consents.ROUTES,
)  # fmt: skip
