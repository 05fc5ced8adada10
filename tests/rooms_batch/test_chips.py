"""Chips of a batch in the studio, and what a phone is answered, through the served routes."""

import re
from typing import Any

import pytest
from ocop.trace.provisioning_chips import replace_chip, void_chip
from ocop.trace.registry.keystore_shut import ShutKeystore
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.tables import AuditEntry, Chip
from ocop.trace.signing.entries import Why
from ocop.trace.withdrawing import withdraw
from sqlmodel import select

GTIN, BATCH = "09521234543213", "/studio/products/09521234543213/batches/L2609A"
UID = "04:a1:b2:c3:d4:e5:01"
Studio = Any


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.text).split())


def bind(person: Any, uid: str = UID, number: str = "1") -> Any:
    return person.post(f"{BATCH}/chips/bind", {"uid": uid, "number": number})


def test_a_chip_is_bound_read_back_and_live(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    bound = bind(maker)
    assert bound.status_code == 200, bound.text
    again = bind(maker)
    assert again.json() == bound.json(), "asked twice, the same text"
    text = bound.json()["text"]
    empty = maker.post(f"{BATCH}/chips/readback", {"uid": UID, "text": ""})
    assert (empty.status_code, "còn trống" in empty.json()["problem"]) == (409, True)
    other = maker.post(f"{BATCH}/chips/readback", {"uid": UID, "text": "https://example.com/"})
    assert other.status_code == 409
    done = maker.post(f"{BATCH}/chips/readback", {"uid": UID, "text": text})
    assert done.json() == {"number": 1, "next": 2}
    with studio.store.read() as session:
        assert [(c.state, c.mirror, c.type) for c in session.exec(select(Chip)).all()] == [
            ("live", "none", "ntag215")
        ]
        assert [row.what for row in session.exec(select(AuditEntry)).all()] == ["chip.bind", "chip.live"]


@pytest.mark.parametrize(
    ("uid", "number", "status"),
    [
        ("", "1", 422),
        ("04", "1", 422),
        ("zz:zz:zz:zz:zz:zz:zz", "1", 422),
        ("05:a1:b2:c3:d4:e5:01", "1", 409),
        (UID, "0", 422),
        (UID, "301", 422),
        (UID, "x", 422),
        (UID, "1' OR 1", 422),
    ],
)
def test_a_clumsy_phone_is_told_in_a_sentence(studio: Studio, uid: str, number: str, status: int) -> None:
    studio.shop.issue()
    got = bind(studio.person(), uid, number)
    assert got.status_code == status
    assert got.json()["problem"].endswith(".")


def test_a_number_or_a_chip_that_is_taken_is_told(studio: Studio) -> None:
    studio.shop.issue()
    maker = studio.person()
    bind(maker)
    assert "món số 1" in bind(maker, number="2").json()["problem"]
    assert "đã có chip" in bind(maker, uid="04a1b2c3d4e502").json()["problem"]


def test_a_cancelled_number_takes_no_chip_and_is_not_offered(studio: Studio) -> None:
    studio.shop.issue()
    by = By("phòng", studio.running.service.clock(), "mất tem")
    with studio.store.begin() as session:
        withdraw(session, GTIN, "L2609A", Why.LABELS_LOST, by, [(1, 4)])
    maker = studio.person()
    assert bind(maker).status_code == 409
    assert 'value="5"' in maker.get(f"{BATCH}/chips/write").text


def test_a_shut_keystore_is_told_to_the_phone(studio: Studio) -> None:
    studio.shop.issue()
    service = studio.running.service
    object.__setattr__(service.bench, "keystore", ShutKeystore(studio.data, "expected an open keystore"))
    got = bind(studio.person())
    assert got.status_code == 409
    assert "không ký mã được" in got.json()["problem"]


def test_void_and_replaced_chips_are_told(studio: Studio) -> None:
    studio.shop.issue()
    maker, now = studio.person(), studio.running.service.clock()
    for number in (1, 2, 3):
        bind(maker, f"04A1B2C3D4E5{number:02X}", str(number))
    with studio.store.begin() as session:
        void_chip(session, bytes.fromhex("04A1B2C3D4E501"), By("chị Hoa", now))
        replace_chip(session, bytes.fromhex("04A1B2C3D4E502"), By("chị Hoa", now))
    studio.shop.scan(3, now, channel="nfc")
    page = words(maker.get(f"{BATCH}/chips"))
    assert "1 trên 300 món đang có chip" in page
    assert "Đã bỏ ngày" in page
    assert "Đã thay chip khác ngày" in page
    assert "Đã gắn, chưa chạm thử" in page


def test_a_batch_with_one_code_takes_no_chips(studio: Studio) -> None:
    studio.shop.issue(count=0)
    maker = studio.person()
    assert "Gắn chip bằng điện thoại" not in words(maker.get(BATCH))
    assert bind(maker, number="0").status_code in {409, 422}
    assert "không gắn chip" in words(maker.get(f"{BATCH}/chips/write"))
