"""The studio's pages of stories and products, as frozen values (floor 1).

Every text that a person wrote stands in a view as it is; templates escape it. `key` is a product's key as it stands in
a path (`P-4VTR0QB4`), `base` of each view the frame of the room.
"""

from dataclasses import dataclass, field

from ocop.trace.pages.rooms.base import EMPTY, FieldState, RoomBase
from ocop.trace.pages.views import StoryText


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do next, and where."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product on the first page. `picture` is a path or empty; `done` of `of` lines of the legal panel are there."""

    name: str
    net: str
    href: str
    picture: str
    state: str
    done: int
    of: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class MakerCard:
    """A maker whose people one belongs to, with her products. Hrefs are empty where one may not go."""

    name: str
    new_href: str
    consents_href: str
    products: tuple[ProductCard, ...]
    data_href: str = ""


@dataclass(frozen=True, slots=True)
class HomeView:
    """/studio: what can't wait, what to do next, what people gave back, then the products.

    `waiting`: printed batches that are not on sale; `given`: scans and thanks in sentences, each with its page.
    """

    base: RoomBase
    makers: tuple[MakerCard, ...]
    steps: tuple[Step, ...]
    waiting: tuple[Step, ...] = ()
    given: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class NewProductView:
    """A product's first page."""

    base: RoomBase
    action: str
    groups: tuple[tuple[str, str], ...]
    state: FieldState = EMPTY
    back: str = "/studio"


@dataclass(frozen=True, slots=True)
class ProductView:
    """One product: what there is, what is missing, where to go on. `missing` has a place only where one may go.

    `notes`: what offices asked to change in the story, each with who and when.
    """

    base: RoomBase
    name: str
    code: str
    picture: str
    state: str
    done: int
    of: int
    missing: tuple[Step, ...]
    office: tuple[str, ...]
    pages: tuple[Step, ...]
    stories: tuple[Step, ...]
    batches: Step
    public: str
    edits: bool
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FactField:
    """One field of a page of facts. `kind`: field, area or choice; `other`: what somebody else saved meanwhile."""

    name: str
    label: str
    value: str
    hint: str = ""
    kind: str = "field"
    lang: str = ""
    most: int = 200
    problem: str = ""
    other: str | None = None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoPlace:
    """A place for a picture: where to send it, what is there now (path, empty: nothing). `away`: there is one, which
    nobody may see."""

    id: str
    label: str
    picture: str
    hint: str = ""
    problem: str = ""
    away: bool = False


@dataclass(frozen=True, slots=True)
class FactsView:
    """One page of a product's facts."""

    base: RoomBase
    action: str
    seen: str
    names: tuple[str, ...]
    current: int
    fields: tuple[FactField, ...]
    photos: tuple[PhotoPlace, ...]
    back: str
    clash: bool = False
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StoryField:
    """One field of the story. `beside`: the same in the other language."""

    name: str
    label: str
    value: str
    hint: str = ""
    area: bool = True
    rows: int = 4
    most: int = 4000
    dictate: bool = False
    beside: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class StepFields:
    """One step of the making: its sentence and its picture."""

    number: int
    text: StoryField
    photo: PhotoPlace


@dataclass(frozen=True, slots=True)
class VoiceFields:
    """The clip: `path` empty when there is none; `able`: recordings can be taken; `consent`: it may be shown."""

    path: str
    able: bool
    consent: bool
    transcript: StoryField
    problem: str = ""
    away: bool = False


@dataclass(frozen=True, slots=True)
class StoryForm:
    """The story in one language. `state` says in words whether it is live; `script` are the words of the script."""

    base: RoomBase
    key: str
    lang: str
    action: str
    seen: int
    state: str
    head: tuple[StoryField, ...]
    answers: tuple[StoryField, ...]
    steps: tuple[StepFields, ...]
    portrait: PhotoPlace
    portrait_consent: bool
    quote_consent: bool
    teller: StoryField
    land: StoryField
    voice: VoiceFields
    machine_draft: bool
    published: bool
    asides: int
    back: str
    consents: str
    script: dict[str, str] = field(default_factory=dict)
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """One field in two versions."""

    label: str
    name: str
    mine: str
    theirs: str

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return self.mine != self.theirs


@dataclass(frozen=True, slots=True)
class ClashView:
    """Two versions side by side: the one put aside (`mine`) and the draft (`theirs`)."""

    base: RoomBase
    action: str
    aside: int
    seen: int
    mine_by: str
    theirs_by: str
    pairs: tuple[Pair, ...]
    machine_draft: bool
    back: str


@dataclass(frozen=True, slots=True)
class SidesView:
    """The story in Vietnamese and in English, as buyers see it."""

    base: RoomBase
    vi: StoryText | None
    en: StoryText | None
    back: str


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One consent; `end` is where to take it back, empty when that is done."""

    item: str
    person: str
    proof: str
    given: str
    ended: str
    end: str


@dataclass(frozen=True, slots=True)
class ConsentsView:
    """Who allowed what. `press` leads to what the press sees of each product that tells a story."""

    base: RoomBase
    maker: str
    action: str
    items: tuple[tuple[str, str], ...]
    rows: tuple[ConsentRow, ...]
    press: tuple[Step, ...] = ()
    state: FieldState = EMPTY


TEMPLATES: dict[type, str] = {
    HomeView: "rooms/story_home.html",
    NewProductView: "rooms/story_new.html",
    ProductView: "rooms/story_product.html",
    FactsView: "rooms/story_facts.html",
    StoryForm: "rooms/story_form.html",
    ClashView: "rooms/story_clash.html",
    SidesView: "rooms/story_sides.html",
    ConsentsView: "rooms/story_consents.html",
}
