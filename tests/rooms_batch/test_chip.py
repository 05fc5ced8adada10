"""Giving up and replacing a chip from its page: proved, with a reason, on record, and told to whoever taps it."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from ocop.trace.registry.tables import AuditEntry, Chip
from sqlmodel import select

BATCH = "/studio/products/09521234543213/batches/L2609A"
UID = "04A1B2C3D4E501"
Studio = Any


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def put_on(maker: Any, uid: str = UID, number: int = 1) -> str:
    """A live chip on an item; the link that stands on it."""
    fields = {"uid": uid, "number": str(number)}
    text: str = maker.post(f"{BATCH}/chips/bind", fields).json()["text"]
    assert maker.post(f"{BATCH}/chips/readback", {"uid": uid, "text": text}).status_code == 200
    return text


def chip_on(maker: Any, number: int = 1) -> str:
    found = re.search(r'name="chip" value="(\d+)"', maker.get(f"{BATCH}/chips/{number}").text)
    assert found is not None
    return found[1]


def end(maker: Any, number: int = 1, **fields: str) -> Any:
    given = {"act": "replace", "why": "broken", "chip": chip_on(maker, number), **fields}
    return maker.post(f"{BATCH}/chips/{number}/end", given)


def code_of(studio: Studio, link: str) -> str:
    """What a scan of the link is told."""
    answer = httpx.get(f"{studio.origin}/api/v1/verify?u={quote(link, safe='')}")
    said: str = answer.json()["code"]
    return said


def states(studio: Studio) -> list[str]:
    with studio.store.read() as session:
        return [chip.state for chip in session.exec(select(Chip).order_by(Chip.id)).all()]


@pytest.mark.parametrize(
    ("act", "state", "told"), [("void", "void", "Đã bỏ"), ("replace", "replaced", "Đã thay")]
)
def test_an_ended_chip_answers_withdrawn_and_its_number_gets_another(
    studio: Studio, act: str, state: str, told: str
) -> None:
    studio.shop.issue()
    maker = studio.person()
    maker.post(f"{BATCH}/release")
    link = put_on(maker)
    assert code_of(studio, link) == "code_issued"
    assert f'href="{BATCH}/chips/1"' in maker.get(f"{BATCH}/chips").text
    got = end(maker, act=act, words="rơi xuống suối")
    assert (got.status_code, got.headers["location"].partition("?")[0]) == (303, f"{BATCH}/chips")
    assert code_of(studio, link) == "withdrawn"
    assert told in words(maker.get(f"{BATCH}/chips"))
    with studio.store.read() as session:
        line = session.exec(select(AuditEntry).where(AuditEntry.what == f"chip.{act}")).one()
        assert UID in line.about
        assert line.why == "Chip hỏng, chạm không thấy gì: rơi xuống suối"
    again = put_on(maker, "04A1B2C3D4E502")
    assert (code_of(studio, again), code_of(studio, link)) == ("code_issued", "withdrawn")
    assert states(studio) == [state, "live"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"act": ""}, "chọn bỏ hay thay"),
        ({"act": "destroy"}, "chọn bỏ hay thay"),
        ({"why": ""}, "chọn lý do"),
        ({"why": "<script>"}, "chọn lý do"),
        ({"why": "other", "words": " "}, "ghi lý do"),
        ({"words": "a" * 201}, "nhiều nhất 200"),
    ],
)
def test_without_a_reason_nothing_ends(studio: Studio, fields: dict[str, str], sentence: str) -> None:
    studio.shop.issue()
    maker = studio.person()
    put_on(maker)
    got = end(maker, **fields)
    assert got.status_code == 422
    assert sentence in words(got)
    assert states(studio) == ["live"]


def test_a_page_that_is_old_ends_no_other_chip(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    put_on(maker)
    old = chip_on(maker)
    end(maker)
    put_on(maker, "04A1B2C3D4E502")
    got = end(maker, chip=old)
    assert (got.status_code, "chưa làm gì" in words(got)) == (409, True)
    assert states(studio) == ["replaced", "live"]


@pytest.mark.parametrize("number", ["2", "0", "301", "x", "1e1"])
def test_a_number_without_a_chip_has_no_page(studio: Studio, number: str) -> None:
    studio.shop.issue()
    maker = studio.person()
    put_on(maker)
    assert maker.get(f"{BATCH}/chips/{number}").status_code == 404
    assert maker.post(f"{BATCH}/chips/{number}/end", {"act": "void", "why": "lost"}).status_code == 404


def test_whoever_did_not_prove_it_lately_is_asked_first_and_a_stranger_finds_nothing(studio: Studio) -> None:
    studio.shop.issue()
    maker, unproved = studio.person(), studio.person(proved=False)
    put_on(maker)
    fields = {"act": "void", "why": "lost", "chip": chip_on(maker)}
    assert unproved.get(f"{BATCH}/chips/1").status_code == 303
    asked = unproved.post(f"{BATCH}/chips/1/end", fields)
    assert (asked.status_code, "Chip của món" in words(asked)) == (200, False)
    assert studio.person(producer=2).post(f"{BATCH}/chips/1/end", fields).status_code == 404
    assert studio.anybody.get(f"{BATCH}/chips/1").status_code in {303, 401}
    assert states(studio) == ["live"]
