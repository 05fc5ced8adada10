"""What goes wrong, as a page of the house on a phone: forms that come back, refusals, a busy store, a session that
ended."""

import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from ocop.trace.rights import Role
from sqlalchemy import text

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
KEY, LOT, SLUG = "09521234543213", "L1234567890123456789", "htx-huong-van-tra"
BATCHES, STORY = f"/studio/products/{KEY}/batches", f"/studio/products/{KEY}/story/vi"
MAKER, OFFICE = Role.PRODUCER, Role.PROVINCE
# Where a form stands, where it goes, what is typed into it, and what is chosen.
FORMS: list[tuple[Role | None, str, str, dict[str, str]]] = [
    (None, "/door", "/door", {"phone": "12", "passphrase": "không phải"}),
    (None, "/door/card", "/door/card", {"phone": "0912 345 678", "code": "ABCD"}),
    (None, "/door/i/{token}", "/door/i/{token}", {"name": " ", "phone": "12"}),
    (None, "/help/du-lieu", "/help/du-lieu", {"name": " ", "words": " "}),
    (None, "/help/du-lieu/tra-cuu", "/help/du-lieu/tra-cuu", {"number": "AAAA"}),
    (MAKER, "/me/helpers", "/me/helpers", {"phone": "12", "agreed_by": " ", "proof": " "}),
    (MAKER, "/me/passphrase", "/me/passphrase", {"passphrase": "ngắn", "kind": "own"}),
    (OFFICE, "/office/people", "/office/people", {"name": " ", "phone": "12"}),
    (OFFICE, "/office/producers", "/office/producers", {"name": " "}),
    (OFFICE, f"/office/producers/{SLUG}", f"/office/producers/{SLUG}/products", {"name": " "}),
    (OFFICE, "/office/decisions", "/office/decisions", {"number": " "}),
    (OFFICE, "/office/decisions/{decision}", "/office/decisions/{decision}/lines", {"product-1": "x"}),
    (OFFICE, "/office/stories/{story}", "/office/stories/{story}/return", {"note": " "}),
    (OFFICE, f"/office/batches/{KEY}/{LOT}/recall", f"/office/batches/{KEY}/{LOT}/recall", {"reason": " "}),
    (OFFICE, "/office/reports/{report}", "/office/reports/{report}/close", {"outcome": " "}),
    (OFFICE, "/office/import", "/office/import", {}),
    (OFFICE, "/office/helping", "/office/helping", {"agreed_by": " ", "proof": " "}),
    (MAKER, f"/studio/producers/{SLUG}/products/new", f"/studio/producers/{SLUG}/products/new", {"gtin": "123"}),
    (MAKER, f"/studio/producers/{SLUG}/consents", f"/studio/producers/{SLUG}/consents", {"person": " "}),
    (MAKER, f"/studio/products/{KEY}/facts/basics", f"/studio/products/{KEY}/facts/basics", {"name.vi": " "}),
    (MAKER, f"{BATCHES}/new", f"{BATCHES}/review", {"lot": "?", "made": "", "count": "rất nhiều"}),
    (MAKER, f"{BATCHES}/{LOT}", f"{BATCHES}/{LOT}/display", {"number": "x"}),
    (MAKER, f"{BATCHES}/{LOT}/chips/1", f"{BATCHES}/{LOT}/chips/1/end", {}),
]  # fmt: skip
# A form that is sent as it is, however wrong: the browser's own checks must not be what holds it back.
SEND = """([action, typed]) => {
  const form = [...document.forms].find(f => new URL(f.action).pathname === action &&
    Object.keys(typed).every(name => [...f.elements].some(e => e.name === name)));
  if (!form) return false;
  form.noValidate = true;
  for (const [name, value] of Object.entries(typed)) {
    const fields = [...form.elements].filter(e => e.name === name);
    for (const e of fields) if (e.type === 'radio') e.checked = e.value === value; else e.value = value;
  }
  HTMLFormElement.prototype.submit.call(form);
  return true;
}"""
# Each problem is named once on top, leads to its field, and the field says it too.
TOLD = """() => {
  const found = [], top = document.querySelector('.notice.bad[role=alert]');
  if (!top) return ['no summary'];
  const focused = document.activeElement;
  if (focused !== top) found.push('the summary has no focus: ' + focused.outerHTML.slice(0, 80));
  const links = [...top.querySelectorAll('a[href^="#"]')];
  if (!links.length) found.push('no link to a field');
  for (const link of links) {
    const field = document.getElementById(link.hash.slice(1));
    if (!field) { found.push('no field ' + link.hash); continue; }
    const whole = field.matches('[aria-invalid=true]') ? field : field.closest('[aria-invalid=true]');
    if (!whole) found.push('not marked as wrong ' + link.hash);
    if (field.tabIndex < 0 && field.getAttribute('tabindex') === null) found.push('cannot be reached ' + link.hash);
    if (!field.checkVisibility()) found.push('is folded away ' + link.hash);
  }
  return found;
}"""


def filled(path: str, world: Any) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: world.words[match[1]][0], path)


@pytest.mark.parametrize(("role", "page", "action", "typed"), FORMS, ids=[each[2] for each in FORMS])
def test_a_form_comes_back_with_what_is_wrong(
    role: Role | None, page: str, action: str, typed: dict[str, str], full_eyes: Any
) -> None:
    eye, world = full_eyes.of(role), full_eyes.world
    eye.page.goto(world.origin + filled(page, world))
    with eye.page.expect_navigation() as gone:
        assert eye.page.evaluate(SEND, [filled(action, world), typed]), "no such form"
    status = gone.value.status
    assert status in {403, 409, 422}, status
    assert eye.look(status) + eye.page.evaluate(TOLD) == []


def test_a_refused_picture_is_told_beside_its_field(full_eyes: Any) -> None:
    eye = full_eyes.of(MAKER, java_script_enabled=False)
    eye.page.goto(full_eyes.world.origin + STORY)
    bad = {"name": "anh.jpg", "mimeType": "image/jpeg", "buffer": b"GIF89a no picture at all"}
    eye.page.set_input_files("#photo-step-2", bad)
    eye.page.locator(".last button[value=save]").click()
    assert eye.page.locator("#photo-step-2").get_attribute("aria-invalid") == "true"
    assert eye.page.evaluate(TOLD) == []
    assert "Lửa già" in eye.page.locator("#answer-1").input_value()


def test_a_refused_picture_of_a_report_is_told(full_eyes: Any) -> None:
    eye = full_eyes.of(None)
    eye.page.goto(f"{full_eyes.world.origin}/report/01/{KEY}/10/{LOT}/21/000012?lang=vi")
    eye.page.get_by_label("Điều khác").check()
    bad = {"name": "anh.jpg", "mimeType": "image/jpeg", "buffer": b"GIF89a"}
    eye.page.set_input_files("#photo", bad)
    with eye.page.expect_navigation() as gone:
        eye.page.get_by_role("button", name="Gửi báo cáo").click()
    assert eye.look(gone.value.status) == []
    assert eye.page.locator("#photo").get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize(("role", "path", "status"), [
    (MAKER, "/studio/products/09521234543299", 404), (MAKER, "/studio/nothing/at/all", 404),
    (OFFICE, "/office/stories/99", 404), (MAKER, "/office/audit", 403), (Role.COMMUNE, "/office/import", 403),
    (None, "/help/nothing", 404), (None, "/door/i/" + "A" * 43, 404), (None, "/studio/shop/" + "A" * 43, 404),
])  # fmt: skip
def test_a_room_that_does_not_open_says_so_and_leads_on(
    role: Role | None, path: str, status: int, full_eyes: Any
) -> None:
    eye = full_eyes.of(role)
    assert eye.at(path, status) + eye.by_keyboard() == []
    assert eye.page.locator("main a.button").count() >= 1
    assert eye.page.locator("nav.rooms").count() == (role is not None)


def test_a_busy_store_is_said_and_nothing_typed_is_lost(full_eyes: Any) -> None:
    eye, world = full_eyes.of(MAKER), full_eyes.world
    eye.page.goto(f"{world.origin}/studio/producers/{SLUG}/consents")
    eye.page.locator("#proof").fill("ký giấy ngày 20/11")
    with closing(sqlite3.connect(world.served.data / "ocop.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with eye.page.expect_navigation(timeout=30_000) as gone:
            assert eye.page.evaluate(SEND, [f"/studio/producers/{SLUG}/consents", {"person": "Cô Vân"}])
        other.execute("ROLLBACK")
    assert (gone.value.status, eye.look(503)) == (503, [])
    assert eye.page.locator("h1").inner_text() == "Hệ thống đang bận"
    eye.page.go_back()
    assert eye.page.locator("#proof").input_value() == "ký giấy ngày 20/11"


def test_a_store_that_cannot_be_read_is_said_in_the_house(full_eyes: Any) -> None:
    eye, world = full_eyes.of(OFFICE), full_eyes.world
    with world.served.store.begin() as session:
        session.execute(text("ALTER TABLE room_session RENAME TO away"))
    try:
        assert eye.at("/office/products", 503) == []
        assert eye.page.locator("h1").inner_text() == "Hệ thống đang bận"
    finally:
        with world.served.store.begin() as session:
            session.execute(text("ALTER TABLE away RENAME TO room_session"))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_session_that_ends_while_a_form_is_filled_in_loses_no_word(full_eyes: Any, scripts: bool) -> None:
    world = full_eyes.world
    person = world.served.person(MAKER, producer=world.producer)
    eye = full_eyes.another(java_script_enabled=scripts)
    eye.context.add_cookies([world.served.cookie(person)])
    eye.page.goto(f"{world.origin}/studio/producers/{SLUG}/consents")
    eye.page.get_by_label("Giọng nói").check()
    eye.page.locator("#person").fill("Cô Vân Nghiêng Thưởng")
    eye.page.locator("#proof").fill("ký giấy ngày 20/11")
    eye.page.locator("[name=agreed]").check()
    with world.served.store.begin() as session:
        session.execute(text(f"DELETE FROM room_session WHERE person_id = {person.person_id}"))
    with eye.page.expect_navigation() as gone:
        eye.page.locator("main form button").last.click()
    assert gone.value.status == 403
    assert not scripts or eye.look(403) == []
    assert eye.page.locator("h1").inner_text() == "Phiên đăng nhập đã hết"
    with eye.context.expect_page() as tab:
        eye.page.get_by_role("link", name="Đăng nhập ở thẻ mới").click()
    assert tab.value.locator("h1").inner_text() == "Đăng nhập"
    eye.context.add_cookies([world.served.cookie(world.served.person(MAKER, producer=world.producer))])
    eye.page.get_by_role("button", name="Gửi tiếp").click()
    assert not scripts or eye.look(403) == []
    assert eye.page.locator("h1").inner_text() == "Trang này mở đã lâu"
    eye.page.get_by_role("button", name="Gửi tiếp").click()
    assert eye.page.get_by_text("Cô Vân Nghiêng Thưởng").first.is_visible()
