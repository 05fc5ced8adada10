"""Several lines of a decision in one form: their fields, and what was typed into them.

Line `n` of the form has the fields `line-n`, `province-n`, `producer-n`, `product-n`, `stars-n`, `potential-n` and
`key-n`; `rows` says how many there are. A line without maker, product and code was left empty and counts for
nothing. The button `more` brings the same form back with more room and everything that was typed, without a script.
"""

from datetime import date, timedelta

from ocop.trace.api.rooms.office_common import (
    Problems,
    day_of,
    number_of,
    one_of,
    provinces,
    scope_of,
    text_of,
)
from ocop.trace.api.rooms.office_waiting import key_of
from ocop.trace.api.rooms.visit import Visit
from ocop.trace.certifying import Line, suggest_valid_to
from ocop.trace.pages.rooms.office_views import Field
from ocop.trace.rights import Right

FIRST, MORE, MOST = 3, 5, 40
LONGEST = timedelta(days=3660)
STARS = ("3", "4", "5")


def asks_for_more(visit: Visit) -> bool:
    """Whether the person wants more lines instead of saving."""
    return bool(visit.form.one("more"))


def line_fields(visit: Visit, first: int) -> tuple[Field, ...]:
    """The fields of the lines; `first` is the number that the paper's next line probably has."""
    rows = _rows(visit) + (MORE if asks_for_more(visit) else 0)
    rows = min(rows, MOST)
    fields = [
        Field("date", "valid_from", visit.say("office.line.valid_from"), hint=visit.say("office.line.valid_from.hint")),
        Field("date", "valid_to", visit.say("office.line.valid_to"), hint=visit.say("office.line.valid_to.hint")),
        Field("hidden", "rows", value=str(rows)),
    ]  # fmt: skip
    for place in range(1, rows + 1):
        fields += _one(visit, place, first + place - 1)
    return tuple(fields)


def lines_of(visit: Visit, signed_on: date) -> list[tuple[int, Line]]:
    """What was typed: place in the form and line. Raises Problems with what is wrong in every line."""
    valid_from = day_of(visit, "valid_from", needed=False) or signed_on
    valid_to = day_of(visit, "valid_to", needed=False) or suggest_valid_to(signed_on)
    if valid_to < valid_from or valid_to > signed_on + LONGEST:
        raise Problems(valid_to="office.wrong.valid_to")
    lines: list[tuple[int, Line]] = []
    wrong: dict[str, str] = {}
    seen: set[int] = set()
    for place in range(1, _rows(visit) + 1):
        if not any(visit.form.one(f"{name}-{place}").strip() for name in ("producer", "product", "key")):
            continue
        try:
            line = _typed(visit, place, valid_from, valid_to)
            if line.line in seen:
                raise Problems(**{f"line-{place}": "office.wrong.line.twice"})
        except Problems as error:
            wrong |= error.by_field
            continue
        seen.add(line.line)
        lines.append((place, line))
    if wrong:
        raise Problems(**wrong)
    return lines


def _typed(visit: Visit, place: int, valid_from: date, valid_to: date) -> Line:
    number = number_of(visit, f"line-{place}") or 0
    if not 1 <= number <= 100_000:
        raise Problems(**{f"line-{place}": "office.wrong.number"})
    return Line(
        line=number,
        province_code=one_of(visit, f"province-{place}", tuple(code for code, _ in provinces(visit))),
        producer=text_of(visit, f"producer-{place}", needed="office.need.name"),
        product=text_of(visit, f"product-{place}", needed="office.need.name"),
        stars=int(one_of(visit, f"stars-{place}", STARS)),
        valid_from=valid_from,
        valid_to=valid_to,
        potential=bool(visit.form.one(f"potential-{place}")),
        key=key_of(visit, f"key-{place}") if visit.form.one(f"key-{place}").strip() else "",
    )


def _rows(visit: Visit) -> int:
    text = visit.form.one("rows", str(FIRST))
    rows = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else FIRST
    return max(1, min(rows, MOST))


def _one(visit: Visit, place: int, number: int) -> list[Field]:
    province = scope_of(visit, Right.CERTIFICATE_EDIT).province
    needed = place == 1
    return [
        Field("group", f"group-{place}", visit.say("office.line.place", n=place)),
        Field("number", f"line-{place}", visit.say("office.col.line"), str(number), required=needed),
        Field("select", f"province-{place}", visit.say("office.line.province"), province,
              options=(("", "…"), *provinces(visit)), required=needed),
        Field("text", f"producer-{place}", visit.say("office.line.producer"), required=needed),
        Field("text", f"product-{place}", visit.say("office.line.product"), required=needed),
        Field("select", f"stars-{place}", visit.say("office.col.stars"), "3",
              options=tuple((one, one) for one in STARS)),
        Field("check", f"potential-{place}", visit.say("office.line.potential")),
        Field("text", f"key-{place}", visit.say("office.line.key"), hint=visit.say("office.line.key.wait")),
        Field("end", f"end-{place}"),
    ]  # fmt: skip
