"""The TOML file that describes one product for `ocop-trace register`: its form, an example, its errors (floor 3).

Every table and name that the file may have stands in `EXAMPLE`; anything else is refused by name, so that a
misspelt line is not silently lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from ocop.trace.facts import (
    Certificate,
    CertificateState,
    Lang,
    LegalId,
    Place,
    Producer,
    ProducerKind,
    Product,
    ProductText,
    RecognitionSign,
    Step,
    Story,
    StoryState,
)

EXAMPLE = """\
# One product for `ocop-trace register FILE`. Pictures lie beside this file (JPEG, PNG or WebP).
[issuer]                          # the body that signs; most makers sign for themselves
code = "htx-vi-du"
name = "Hợp tác xã Ví Dụ"

[producer]
slug = "htx-vi-du"
name = "Hợp tác xã Ví Dụ"
kind = "htx"                      # htx, to_hop_tac, ho_kinh_doanh, doanh_nghiep, co_so
province_code = "19"
province = "tỉnh Thái Nguyên"
commune_code = "05503"
commune = "xã Tân Cương"
detail = "xóm Hồng Thái"
formerly = ""
legal_ids = [{ kind = "mst", value = "4600000000" }]
phone = ""                        # shown only with a consent below
website = ""
visit = ""

[product]
key = ""                          # GTIN with 14 digits; empty: a product code is handed out
keys = []                         # codes that must go on working
group = 2                         # 1 food, 2 drink, 3 herbal, 4 craft, 5 plants and animals, 6 tourism
brand = "Ví Dụ"
standards = ["TCCS 01:2026"]
photo = "hop-tra.jpg"
seal = { vi = "Tem giấy dán ngang nắp hộp" }
chip_place = {}

[product.vi]                      # Vietnamese always; [product.en] and others if you have them
name = "Trà nõn tôm Ví Dụ"
net = "200 g"
classifier = "hộp"
origin = "Việt Nam"
ingredients = "Búp trà một tôm một lá"
usage = "5 g trà, 150 ml nước 85 °C, 30 giây"
storage = "Nơi khô, tránh nắng"
warnings = ""
shelf_life = "12 tháng"

[[product.sign]]                  # up to three signs by which the real thing is recognised
vi = "Cánh trà xoăn, phủ tuyết trắng"
photo = ""

[[certificate]]
stars = 4
potential = false
decision_no = "123/QĐ-UBND"
decision_date = 2026-05-12
authority = "UBND tỉnh Thái Nguyên"
valid_from = 2026-05-12
valid_to = 2029-05-12
state = "in_force"                # in_force, suspended, withdrawn

[story.vi]
title = "Sương còn trên búp"
lead = "Một câu mở đầu."
answers = ["Ai dạy?", "Khó nhất?", "Khác hàng máy?", "Nhìn đâu biết?", "Nhớ điều gì?"]
land = ""
teller = ""
steps = [{ text = "Hái lúc sương chưa tan", photo = "" }]

# [[consent]]
# item = "phone"                  # phone, website, visit, portrait, voice, quote, press
# person = "Nguyễn Thị Ví Dụ"
# proof = "phiếu đồng ý ngày 01/09/2026, tủ hồ sơ 3"
"""


LEGAL_KINDS = ("mst", "gln", "ma_htx", "khac")


class BadFile(Exception):
    """A registration file that can't be used: where, what was expected, what was got."""

    def __init__(self, where: str, expected: str, got: object) -> None:
        self.where = where
        super().__init__(
            f"{where}: expected {expected}, got {got!r:.80}\nhint: see `ocop-trace register --example`"
        )


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's values; `pictures` maps places to file names with their alternative texts."""

    issuer: str
    issuer_name: str
    producer: Producer
    product: Product
    pictures: Mapping[str, tuple[str, Mapping[Lang, str]]]
    consents: tuple[tuple[str, str, str], ...]


class _Table:
    """A TOML table that must be used up: what nobody asked for is an error."""

    def __init__(self, where: str, values: object) -> None:
        if not isinstance(values, dict):
            raise BadFile(where, "a table", values)
        self.where, self._values = where, dict(values)

    def text(self, name: str, default: str | None = "") -> str:
        value: str = self._take(name, str, "text", default)
        return value

    def number(self, name: str) -> int:
        value: int = self._take(name, int, "a whole number", None)
        return value

    def flag(self, name: str) -> bool:
        value: bool = self._take(name, bool, "true or false", False)
        return value

    def day(self, name: str, default: date | None = None) -> date:
        value: date = self._take(name, date, "a date such as 2026-05-12", default)
        return value

    def table(self, name: str) -> "_Table":
        return _Table(self._path(name), self._values.pop(name, {}))

    def tables(self, name: str) -> list["_Table"]:
        found = self._values.pop(name, [])
        if not isinstance(found, list):
            raise BadFile(self._path(name), "a list of tables", found)
        return [_Table(f"{self._path(name)} {number}", one) for number, one in enumerate(found, 1)]

    def texts(self, name: str) -> tuple[str, ...]:
        found = self._values.pop(name, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise BadFile(self._path(name), "a list of texts", found)
        return tuple(found)

    def by_lang(self) -> dict[str, str]:
        """What is left, as words by language."""
        found = {lang: self.text(lang) for lang in list(self._values)}
        return {lang: text for lang, text in found.items() if text}

    def left(self) -> list[str]:
        return list(self._values)

    def close(self) -> None:
        if self._values:
            raise BadFile(self.where or "the file", "only names of the example", sorted(self._values)[0])

    def _path(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name

    def _take(self, name: str, kind: type, expected: str, default: Any) -> Any:
        value = self._values.pop(name, default)
        # A bool is an int, and a datetime a date, to Python; not to people.
        alike = (kind is int and isinstance(value, bool)) or isinstance(value, datetime)
        if not isinstance(value, kind) or alike:
            raise BadFile(self._path(name), expected, "nothing" if value is None else value)
        return value


def parse_file(values: Mapping[str, Any]) -> Parsed:
    """The values of a file. Raises BadFile."""
    top = _Table("", values)
    issuer, consents = top.table("issuer"), top.tables("consent")
    code, name = issuer.text("code", None), issuer.text("name", None)
    issuer.close()
    producer = _producer(top.table("producer"))
    pictures: dict[str, tuple[str, Mapping[Lang, str]]] = {}
    product = _product(top.table("product"), pictures)
    certificates = tuple(_certificate(one) for one in top.tables("certificate"))
    stories = _stories(top.table("story"), pictures)
    given = tuple(_consent(one) for one in consents)
    top.close()
    whole = replace(product, certificates=certificates, stories=stories)
    return Parsed(code, name, producer, whole, pictures, given)


def _consent(table: _Table) -> tuple[str, str, str]:
    made = (table.text("item", None), table.text("person", None), table.text("proof", None))
    table.close()
    return made


def _producer(table: _Table) -> Producer:
    kind = table.text("kind", None)
    try:
        known = ProducerKind(kind)
    except ValueError:
        raise BadFile("producer.kind", ", ".join(ProducerKind), kind) from None
    ids = tuple(dict.fromkeys(_legal_id(one) for one in table.tables("legal_ids")))
    place = Place(
        province_code=table.text("province_code", None),
        province=table.text("province", None),
        commune_code=table.text("commune_code"),
        commune=table.text("commune"),
        detail=table.text("detail"),
        formerly=table.text("formerly"),
    )
    made = Producer(
        slug=table.text("slug", None),
        name=table.text("name", None),
        kind=known,
        place=place,
        legal_ids=ids,
        phone=table.text("phone"),
        website=table.text("website"),
        visit=table.text("visit"),
    )
    table.close()
    return made


def _legal_id(table: _Table) -> LegalId:
    kind = table.text("kind", None)
    if kind not in LEGAL_KINDS:
        raise BadFile(f"{table.where}.kind", ", ".join(LEGAL_KINDS), kind)
    made = LegalId(kind, table.text("value", None))
    table.close()
    return made


def _product(table: _Table, pictures: dict[str, tuple[str, Mapping[Lang, str]]]) -> Product:
    signs = []
    for number, one in enumerate(table.tables("sign"), 1):
        photo, said = one.text("photo"), one.by_lang()
        signs.append(RecognitionSign(said))
        if photo:
            pictures[f"sign-{number}"] = (photo, said)
    photo = table.text("photo")
    made = Product(
        key=table.text("key"),
        keys=table.texts("keys"),
        group=table.number("group"),
        texts={},
        brand=table.text("brand"),
        standards=table.texts("standards"),
        signs=tuple(signs),
        seal=table.table("seal").by_lang(),
        chip_place=table.table("chip_place").by_lang(),
        illustrative=table.flag("illustrative"),
        other_certified=table.text("other_certified"),
    )
    texts = {lang: _text(table.table(lang)) for lang in table.left()}
    if "vi" not in texts:
        raise BadFile("product", "a table [product.vi]", sorted(texts))
    if photo:
        pictures["hero"] = (photo, {lang: text.name for lang, text in texts.items()})
    return replace(made, texts=texts)


def _text(table: _Table) -> ProductText:
    made = ProductText(
        table.text("name", None), **{name: table.text(name) for name in ProductText.__slots__[1:]}
    )
    table.close()
    return made


def _certificate(table: _Table) -> Certificate:
    state = table.text("state", "in_force")
    if state not in set(CertificateState):
        raise BadFile(f"{table.where}.state", ", ".join(CertificateState), state)
    decided = table.day("decision_date")
    closed = CertificateState(state) is not CertificateState.IN_FORCE
    made = Certificate(
        stars=table.number("stars"),
        decision_no=table.text("decision_no", None),
        decision_date=decided,
        authority=table.text("authority", None),
        valid_from=table.day("valid_from", decided),
        valid_to=table.day("valid_to"),
        state=CertificateState(state),
        potential=table.flag("potential"),
        reason=table.text("reason"),
        closed_on=table.day("closed_on") if closed else None,
    )
    table.close()
    return made


def _stories(table: _Table, pictures: dict[str, tuple[str, Mapping[Lang, str]]]) -> dict[Lang, Story]:
    stories = {}
    for lang in table.left():
        one = table.table(lang)
        answers = one.texts("answers") or ("", "", "", "", "")
        if len(answers) != 5:
            raise BadFile(f"story.{lang}.answers", "five answers, empty ones as empty text", len(answers))
        steps = []
        for number, step in enumerate(one.tables("steps"), 1):
            text, photo = step.text("text", None), step.text("photo")
            steps.append(Step(text))
            if photo:
                _, said = pictures.get(f"step-{number}", ("", {}))
                pictures[f"step-{number}"] = (photo, {**said, lang: text})
            step.close()
        portrait = one.text("portrait")
        if portrait:
            pictures["portrait"] = (portrait, {})
        stories[lang] = Story(
            lang=lang,
            title=one.text("title", None),
            lead=one.text("lead"),
            answers=(answers[0], answers[1], answers[2], answers[3], answers[4]),
            steps=tuple(steps),
            land=one.text("land"),
            teller=one.text("teller"),
            state=StoryState.PUBLISHED,
            machine_draft=one.flag("machine_draft"),
        )
        one.close()
    return stories
