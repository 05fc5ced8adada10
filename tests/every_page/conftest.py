"""A house with everything in it at its longest, and one with next to nothing; both served on loopback.

`World` says what stands in the braces of a route's path: every combination of them is a page that can be opened.
"""

import io
import itertools
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import axe_playwright_python
import pytest
from ocop.trace import (
    certifying,
    certifying_requests,
    doors,
    doors_helping,
    doors_invitations,
    facts,
    issuing,
    registering,
    storytelling,
    storytelling_consents,
    withdrawing,
)
from ocop.trace.answering import follow_number
from ocop.trace.api.rooms.routes import Route, nowhere
from ocop.trace.batching_files import Form
from ocop.trace.batching_sheets import Order, Press, make
from ocop.trace.batching_shop import make_link
from ocop.trace.certifying import Line, Officer, Paper, Scope
from ocop.trace.issuing import IssueRequest
from ocop.trace.pages.labels import find_stock
from ocop.trace.pages.rooms.help_views import PATHS as HELP
from ocop.trace.registering import Picture, Registration, register
from ocop.trace.registry import chips, documents, editing, feedback, tables, telling
from ocop.trace.registry.keystore import KeyFile, Keystore, open_keystore
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.media import Pictures, keep_photo, web_copy
from ocop.trace.rights import NOWHERE, Actor, Grant, Role, Where, may
from ocop.trace.signing.entries import Why
from ocop.trace.storytelling import Told
from ocop.trace.storytelling_facts import PAGES as FACTS
from ocop.trace.text import civil_date
from PIL import Image
from sqlalchemy import select

REALM = "ocop.example/tag"
TEA, LEAF, OTHER = "09521234543213", "P/4VTR0QB4", "09521234543220"
LOT, SLUG, NEIGHBOUR = "L1234567890123456789", "htx-huong-van-tra", "to-hop-tac-ben-may"
MAKER = (
    "Hợp tác xã Nông nghiệp Công nghệ cao Dịch vụ Tổng hợp và Chế biến Chè đặc sản Tân Cương Hồng Thái Thịnh "
    "Đức Phúc Xuân Phúc Trìu Quyết Thắng (hư cấu)"
)
NAME = (
    "Trà xanh ướp hương sen Tây Hồ thượng hạng Hương Vân Trà sao tay Nghiêng Nghiêng Khuỷu Thưởng Tân Cương"
)
PERSON = "Nguyễn Phúc Hoàng Thị Tường Nghiêm Xuân Nguyệt Quỳnh Hương"
AUTHORITY = "Văn phòng Điều phối Chương trình mục tiêu quốc gia xây dựng nông thôn mới tỉnh Nghệ An"
SENTENCE = "Lửa già thì cháy cánh, lửa non thì nước đỏ, mỗi mẻ phải đứng trọn bốn mươi phút bên chảo gang. "
LIST = (
    "Chủ thể;Sản phẩm;Tỉnh;Nhóm;Hạng sao;Số quyết định;Ngày quyết định;Cơ quan công nhận;Hiệu lực đến\n"
    f"{MAKER};{NAME};tỉnh Nghệ An;2;4 sao;12/QĐ-UBND;12/05/2026;UBND tỉnh;12/05/2029\n"
    f"{MAKER};Bún;Nghệ An;1;2 sao;12/QĐ-UBND;12/05/2026;UBND tỉnh;12/05/2029\n"
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


@dataclass(frozen=True)
class World:
    """A served house. `words` has the values of each name in braces; `link` is the path of a genuine code."""

    served: Any
    words: Mapping[str, tuple[str, ...]]
    people: Mapping[Role, Any]
    producer: int
    link: str = ""

    @property
    def origin(self) -> str:
        return str(self.served.origin)


def picture(width: int = 1200, height: int = 900) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def place(commune: str = "17357") -> facts.Place:
    detail = "xóm Hồng Thái 2, tổ dân phố số 14, khu tái định cư Đồng Gốc"
    return facts.Place("40", "tỉnh Nghệ An", commune, "xã Giai Xuân", detail, "xã Tân Xuân, huyện Tân Kỳ")


def registration(key: str, today: date) -> Registration:
    """A product with the longest words, three signs, a told story and a star that ends soon."""
    maker = facts.Producer(
        SLUG, MAKER, facts.ProducerKind.COOPERATIVE, place(),
        (facts.LegalId("mst", "2900000000"), facts.LegalId("gln", "8930000000000")), "0912 345 678",
        "https://tra.example.vn/gioi-thieu/hop-tac-xa-nong-nghiep", SENTENCE,
    )  # fmt: skip
    words = facts.ProductText(
        NAME, "200 g", "hộp", "Tân Cương", SENTENCE, SENTENCE, SENTENCE, SENTENCE, "18 tháng"
    )
    told = facts.Story(
        "vi", "Lớn lên cùng nương chè " * 6, SENTENCE * 2, (SENTENCE * 3,) * 5,
        tuple(facts.Step(SENTENCE) for _ in range(3)), SENTENCE, PERSON, updated_on=today,
    )  # fmt: skip
    product = facts.Product(
        key, (key,), 2, {"vi": words, "en": replace(words, name="Green tea with lotus scent")}, "Hương Vân Trà",
        ("TCCS 01:2024/HVT", "TCVN 9740:2013"),
        tuple(facts.RecognitionSign({"vi": SENTENCE, "en": "Leaves curl like hooks"}) for _ in range(3)),
        seal={"vi": "Tem giấy dó dán ngang nắp"}, chip_place={"vi": "Dưới đáy hộp"},
    )  # fmt: skip
    taken = {each: Picture(picture, {"vi": f"Ảnh {each}"}) for each in ("hero", "sign-1", "step-1")}
    allowed = tuple(registering.Consent(item, PERSON, SENTENCE.strip()) for item in ("press", "phone"))
    return Registration("van-phong-ntm", AUTHORITY, "40", maker, product, (), (told,), taken, allowed)


def keystore_of(served: Any) -> Keystore:
    return open_keystore(served.data / "keystore", KeyFile(served.data / "kek"))


def enter_goods(served: Any, keystore: Keystore) -> int:
    """Two products, a batch with a life, chips, scans; returns the position of a withdrawal."""
    store, now = served.store, served.now
    by, today = By("chị Hà", now - timedelta(days=40), SENTENCE.strip(), "xin giữ hàng lại"), civil_date(now)
    with Pictures(served.data) as pictures:
        for key in (TEA, LEAF):
            register(store, registration(key, today), by, pictures=pictures)
    registering.first_key(store, keystore, "van-phong-ntm", by)
    for lot, count in ((LOT, 999_999), ("L2609B", 0), ("L2609C", 300)):
        request = IssueRequest(lot, TEA, lot, made=today - timedelta(days=30), count=count)
        issuing.issue(store.begin, keystore, request, "chị Hoa", by.at)
    with store.begin() as session:
        withdrawing.release(session, TEA, LOT, by)
        position = withdrawing.withdraw(session, TEA, LOT, Why.LABELS_LOST, by, [(50, 60)])[0].position
        for number in (1, 2, 3):
            new = chips.NewChip(
                bytes.fromhex(f"04A1B2C3D4E5{number:02X}"), TEA, LOT, number, "ntag215", "none"
            )
            row = chips.reserve(session, new, now)
            if number < 3:
                chips.promote(session, row.id or 0, now)
        scanned = [
            tables.Scan(
                key=TEA, lot=LOT, serial=back % 9, at=now - timedelta(days=back % 30, hours=back % 24),
                stars="valid", code="code_issued" if back % 7 else "code_issued_often", channel="print",
                lang="vi" if back % 3 else "en", browser="chrome",
            )
            for back in range(150)
        ]  # fmt: skip
        session.add_all(scanned)
        feedback.add_thanks(session, TEA, LOT, "vi")
    return position


def print_labels(served: Any, keystore: Keystore) -> str:
    """A test sheet, a sheet, and a link for a shop, whose secret is returned."""
    press = Press(served.store.begin, served.store.read, keystore, REALM, served.origin)
    order = Order(TEA, LOT, Form.CSV, find_stock("a4-21"), 1, 21, "t1")
    make(press, replace(order, purpose="test", last=12, ticket="t0"), PERSON, served.now)
    make(press, replace(order, first=13), PERSON, served.now)
    with served.store.begin() as session:
        shop = replace(order, first=22, last=40, purpose="shop", ticket="t2")
        return make_link(session, shop, PERSON, served.now, secrets.token_bytes(32))


def enter_papers(served: Any) -> dict[str, object]:
    """Decisions with a document, stars that end, lines that wait, reports, requests; their numbers."""
    now, today = served.now, civil_date(served.now)
    boss = Officer("Lê Thị Mai", AUTHORITY, Scope())
    with served.store.begin() as session:
        neighbour = facts.Producer(NEIGHBOUR, MAKER, facts.ProducerKind.GROUP, place("17278"))
        editing.save_producer(session, neighbour)
        text = facts.ProductText("Võng gai Bến Mây", net="1 chiếc")
        product = facts.Product(OTHER, (OTHER,), 4, {"vi": text})
        editing.save_product(session, product, producer_slug=NEIGHBOUR, now=now)
        for number, key in enumerate((TEA, LEAF, OTHER)):
            paper = Paper(f"{number}303/QĐ-UBND", today - timedelta(days=1000), AUTHORITY)
            soon, late = today + timedelta(days=20), today + timedelta(days=900)
            lines = [
                Line(1, "40", MAKER, NAME, 4, paper.signed_on, soon, key=key),
                Line(2, "40", MAKER, NAME, 5, paper.signed_on, late),
                Line(3, "19", MAKER, NAME, 5, paper.signed_on, late),
            ]
            entered = certifying.enter_decision(session, boss, paper, lines, now)
        kept = documents.keep_document(served.data, PDF)
        certifying.attach(session, boss, entered.decision_id, kept, now)
        certificate = session.scalars(select(tables.Certificate.id)).first()
        given = feedback.ReportGiven(TEA, "seal", "vi", LOT, 3, "Tem lạ " * 200, "0912 345 678", MAKER[:200])
        report = feedback.add_report(session, given, now, photo=web_copy(picture()))
        for days in (0, 9, 30):
            asked = certifying_requests.Given("delete", PERSON, SENTENCE * 5, "0912 345 678", "40")
            request = certifying_requests.file(
                session, asked, follow_number(secrets.token_bytes(8)), now - timedelta(days=days)
            )
        certifying_requests.take(session, boss, request, now)
    return {"decision": entered.decision_id, "paper": kept.name, "certificate": certificate or 0,
            "report": report, "request": request}  # fmt: skip


def tell(served: Any) -> int:
    """Drafts in two languages, words put aside, consents; returns the newest version that an office may read."""
    van, minh = storytelling.By(PERSON, served.now), storytelling.By("Cháu Minh", served.now)
    told = Told(title="Lớn lên cùng nương chè " * 6, answers=(SENTENCE * 3,) * 5, steps=(SENTENCE,) * 6)
    with served.store.begin() as session:
        opened = storytelling.open_draft(session, TEA, "vi")
        storytelling.save_words(session, TEA, "vi", told, seen=opened.revision, by=van)
        storytelling.save_words(session, TEA, "vi", Told(title="Khác"), seen=opened.revision, by=minh)
        storytelling.save_words(session, TEA, "en", Told(title="Raised with the tea"), seen=0, by=van)
        storytelling_consents.give(
            session, SLUG, "voice", person=PERSON, proof=SENTENCE.strip(), at=served.now
        )
        return session.scalars(select(tables.Story.id).order_by(tables.Story.id)).first() or 0


def show_a_face(served: Any) -> str:
    """A portrait in the first story; the name of the picture."""
    alt = {"vi": "Bà ngồi bên nong chè", "en": "She sits by a tray of tea"}
    face = keep_photo(served.data, picture(), alt=alt)
    with served.store.begin() as session:
        telling.save_photo(session, face)
        session.scalars(select(tables.Story).order_by(tables.Story.id)).first().portrait = face.name
    return face.name


def bring_list(served: Any, person: Any) -> str:
    """A list in the middle of its import."""
    name = secrets.token_urlsafe(16)
    mapping = {"0": "producer", "1": "product", "2": "province", "3": "group", "4": "stars", "5": "decision_no",
               "6": "decision_date", "7": "authority", "8": "valid_to"}  # fmt: skip
    with served.store.begin() as session:
        session.add(
            tables.ImportDraft(
                name=name, person_id=person.person_id, title=f"{MAKER}.csv", content=LIST.encode(), header_line=1,
                mapping=mapping, created_at=served.now,
            )
        )  # fmt: skip
    return name


def invitation(served: Any) -> str:
    with served.store.begin() as session:
        wanted = doors_invitations.Wanted(PERSON, "", Grant(Role.PROVINCE, province="40"))
        return doors_invitations.invite(
            session, wanted, by=PERSON, now=served.now, fresh=secrets.token_bytes(32)
        )


def staff(served: Any, producer: int) -> dict[Role, Any]:
    """One person of each role, signed in; the maker's helper and somebody who lost the way."""
    people = {
        role: served.person(role, producer=producer if role is Role.PRODUCER else None, name=PERSON)
        for role in (Role.PRODUCER, Role.PROVINCE, Role.COMMUNE, Role.NATIONAL, Role.OPERATOR, Role.INSPECTOR)
    }
    maker, officer = people[Role.PRODUCER].person_id, people[Role.COMMUNE].person_id
    with served.store.begin() as session:
        doors_helping.agree(
            session, officer, producer, agreed_by=PERSON, proof=SENTENCE.strip(), entered_by=maker,
            now=served.now,
        )  # fmt: skip
        lost = doors.add_person(session, PERSON, "0987654321", served.now, handle=secrets.token_bytes(32))
        doors.give_role(session, lost.id or 0, Grant(Role.PRODUCER, producer), "phòng", served.now)
        doors_helping.ask_way_back(
            session, lost.id or 0, asked_by=people[Role.PROVINCE].person_id, reason=SENTENCE.strip(), now=served.now
        )  # fmt: skip
    return people


def furnished(served: Any) -> World:
    keystore = keystore_of(served)
    position = enter_goods(served, keystore)
    secret = print_labels(served, keystore)
    numbers = enter_papers(served)
    story, face = tell(served), show_a_face(served)
    with served.store.read() as session:
        producer = session.scalars(select(tables.Producer.id).where(tables.Producer.slug == SLUG)).one()
        issued = issuing.find_issued(session, TEA, LOT)
    people = staff(served, producer)
    link = next(issuing.links(keystore, REALM, served.origin, issued, 12, 12))[1]
    words = {name: (str(number),) for name, number in numbers.items()}
    return World(
        served,
        {
            **words, "key": (TEA,), "lot": (LOT,), "producer": (SLUG,), "lang": ("vi", "en"), "page": FACTS,
            "act": ("hold", "withdraw", "recall"), "position": (str(position),), "number": ("1",), "secret": (secret,),
            "token": (invitation(served),), "topic": tuple(HELP.values()), "story": (str(story),),
            "media": (face,),
            "draft": (bring_list(served, people[Role.PROVINCE]),), "which": ("A", "B"), "form": ("csv", "json"),
        },
        people, producer, link[link.index("/01/") :],
    )  # fmt: skip


def bare(served: Any) -> World:
    """One maker with one product that has but a name; nothing else anywhere."""
    with served.store.begin() as session:
        maker = facts.Producer(SLUG, "Hộ Vi Thị Lan", facts.ProducerKind.HOUSEHOLD, place())
        producer = editing.save_producer(session, maker).id or 0
        product = facts.Product(TEA, (TEA,), 2, {"vi": facts.ProductText("Trà")})
        editing.save_product(session, product, producer_slug=SLUG, now=served.now)
    people = {
        role: served.person(role, producer=producer if role is Role.PRODUCER else None)
        for role in (Role.PRODUCER, Role.PROVINCE, Role.COMMUNE, Role.NATIONAL, Role.OPERATOR)
    }
    words = {"key": (TEA,), "producer": (SLUG,), "lang": ("vi", "en"), "page": FACTS}
    return World(served, words, people, producer)


@pytest.fixture(scope="module")
def full_house(room_server: Any) -> World:
    """Everything at its longest."""
    return furnished(room_server)


@pytest.fixture(scope="module")
def empty_house(room_server: Any) -> World:
    """Next to nothing."""
    return bare(room_server)


# Looking at a page: what must hold of any of them, measured in the browser.

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
MEASURE = Path(__file__).with_name("measure.js").read_text("utf-8")
STOPS = Path(__file__).with_name("stops.js").read_text("utf-8")


class Eye:
    """One browser with somebody's session; `at` opens pages and says everything that is wrong with them."""

    def __init__(
        self, chromium: Any, world: World, person: Any = None, *, lang: str = "", **options: Any
    ) -> None:
        self.world = world
        self.context = chromium.new_context(
            **{"viewport": {"width": 360, "height": 740}, "locale": "vi-VN", **options}
        )
        if person is not None:
            self.context.add_cookies([world.served.cookie(person)])
        if lang:
            self.context.add_cookies([{"name": "lang", "value": lang, "url": world.origin}])
        self.context.add_init_script(AXE)
        self.page = self.context.new_page()
        self._said: list[str] = []
        self.page.on("console", lambda message: self._said.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self._said.append(f"script: {error}"))
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((f"{self.world.origin}/", "data:", "blob:")):
            self._said.append(f"asked elsewhere: {request.url}")

    def at(self, path: str, status: int = 200) -> list[str]:
        """Open a page; what the browser complained of and what is unsound."""
        self._said.clear()
        got = self.page.goto(self.world.origin + path)
        wrong = [] if got.status == status else [f"status {got.status}, expected {status}"]
        return [f"{path}: {each}" for each in wrong + self.look(status)]

    def look(self, status: int = 200) -> list[str]:
        """What is wrong with the page as it stands."""
        found = self.page.evaluate(MEASURE)
        said, self._said = self._said, []
        return [one for one in said if f"status of {status}" not in one] + found

    def by_keyboard(self) -> list[str]:
        """Go through the page with the Tab key alone: every stop once, in order, and always to be seen."""
        count, inside = self.page.evaluate(STOPS)
        for _ in range(count + inside + 1):
            self.page.keyboard.press("Tab")
        self.page.evaluate("window.noted()")
        reached, unseen = self.page.evaluate("[window.reached, window.unseen]")
        found = [f"the keyboard's place is not seen: {one}" for one in dict.fromkeys(unseen)]
        if reached[:count] != list(range(count)):
            missed = sorted(set(range(count)) - set(reached))
            named = self.page.evaluate(
                "n => n.map(i => document.querySelector(`[data-stop='${i}']`).outerHTML.slice(0, 110))",
                missed[:3],
            )
            found.append(f"Tab went {reached[:60]} of {count}, missed {named}")
        return found


class Eyes:
    """Browsers by person and look, each opened once."""

    def __init__(self, chromium: Any, world: World) -> None:
        self._chromium, self.world = chromium, world
        self._open: dict[tuple[Any, ...], Eye] = {}

    def of(self, role: Role | None, **options: Any) -> Eye:
        """The browser of the person with this role; None: of nobody in particular."""
        name = (role, *sorted((key, str(value)) for key, value in options.items()))
        if name not in self._open:
            person = None if role is None else self.world.people[role]
            self._open[name] = Eye(self._chromium, self.world, person, **options)
        return self._open[name]

    def another(self, **options: Any) -> Eye:
        """A browser of nobody's, for one test alone."""
        return Eye(self._chromium, self.world, **options)


@pytest.fixture(scope="module")
def full_eyes(chromium_browser: Any, full_house: World) -> Eyes:
    """Browsers in the full house."""
    return Eyes(chromium_browser, full_house)


@pytest.fixture(scope="module")
def empty_eyes(chromium_browser: Any, empty_house: World) -> Eyes:
    """Browsers in the empty one."""
    return Eyes(chromium_browser, empty_house)


# Routes that answer with a file or with JSON, never with a page.
FILES = {
    "/office/figures/csv", "/office/lists/{which}/{form}", "/office/decisions/{decision}/papers/{paper}",
    "/office/reports/{report}/photo", "/office/requests/{request}/person/{media}",
    "/studio/products/{key}/batches/{lot}/labels/test/seen",
}  # fmt: skip
QUERIES = {
    "/studio/products/{key}/batches/review": "?ticket=t9&lot=L9&made=2026-11-01&level=item&count=300",
}
FIRST = {
    "office": (Role.PROVINCE, Role.COMMUNE, Role.NATIONAL),
    "studio": (Role.PRODUCER, Role.PROVINCE),
    "me": (Role.PRODUCER, Role.COMMUNE),
}


def actor(role: Role, world: World) -> Actor:
    """What the person of this role may do, as `Room.person` gave it."""
    in_province = role in {Role.PROVINCE, Role.COMMUNE, Role.INSPECTOR}
    return Actor(
        1, "x",
        (Grant(role, world.producer if role is Role.PRODUCER else None, "40" if in_province else None,
               "17357" if role is Role.COMMUNE else None),),
    )  # fmt: skip


def who_may(route: Route, world: World, *, others: bool = False) -> Role | None:
    """Somebody who may see the page: whose place it is, or with `others` another one where there is one."""
    if route.right is None:
        return None
    where = NOWHERE if route.where is nowhere else Where(world.producer, "40", "17357")
    wanted = dict.fromkeys([*FIRST.get(route.segments[0], FIRST["me"]), *world.people])
    able = [role for role in wanted if may(actor(role, world), route.right, where).allowed]
    assert able, f"nobody in the house may see {route.path}: give one the right {route.right}"
    return able[-1] if others else able[0]


def paths_of(route: Route, world: World) -> list[str]:
    """Every page of this route in the house; none when the house lacks what stands in its braces."""
    names = re.findall(r"\{(\w+)\}", route.path)
    given = [world.words.get(name, ()) for name in names]
    found = []
    for values in itertools.product(*given):
        path = route.path
        for name, value in zip(names, values, strict=True):
            path = path.replace(f"{{{name}}}", value)
        found.append(path + QUERIES.get(route.path, ""))
    return found


@pytest.fixture(scope="session")
def routes() -> SimpleNamespace:
    """How routes become pages, for tests: modules of this folder can't import each other."""
    return SimpleNamespace(files=FILES, who=who_may, paths=paths_of)
