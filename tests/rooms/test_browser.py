"""The doors in Debian's Chromium: a phone and a desktop, with and without JavaScript, with a virtual authenticator."""

import re
import secrets
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from ocop.trace import doors, doors_invitations, doors_secrets
from ocop.trace.rights import Grant, Role
from sqlalchemy import text

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LONG = "Nguyễn Phúc Hoàng Thị Tường Nghiêm Xuân Nguyệt Quỳnh Hương"


@contextmanager
def reading(browser, served, person=None, width=360, height=800, expected=(), **options):
    """A fresh browser, signed in as `person`; at the end nothing may have been complained of."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="vi-VN", **options)
    if person is not None:
        context.add_cookies([served.cookie(person)])
    page = context.new_page()
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert [said for said in complaints if not any(part in said for part in expected)] == []
    assert [url for url in asked if not url.startswith(served.origin + "/")] == []


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def serious(page):
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def link_for(served, role=Role.PROVINCE, name="Lê Thị Mai", **where):
    with served.store.begin() as session:
        grant = Grant(role, **(where or {"province": "40"}))
        wanted = doors_invitations.Wanted(name, "", grant)
        token = doors_invitations.invite(
            session, wanted, by=LONG, now=served.now, fresh=secrets.token_bytes(32)
        )
    return f"{served.origin}/door/i/{token}"


def authenticator(page, **changes):
    """A virtual authenticator that verifies its user and keeps discoverable keys."""
    control = page.context.new_cdp_session(page)
    control.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True, **changes,
    }  # fmt: skip
    made = control.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return control, made["authenticatorId"]


def test_an_invitation_is_taken_on_a_phone_without_javascript(chromium_browser, room_server):
    link = link_for(room_server)
    with reading(chromium_browser, room_server, java_script_enabled=False) as page:
        page.goto(link)
        page.get_by_label("Số điện thoại").fill("0933 111 222")
        page.get_by_role("button", name="Nhận lời").click()
        made = page.locator("#made").inner_text()
        assert page.locator(".codes li").count() == 8
        page.goto(room_server.origin + "/me")
        page.get_by_role("button", name="Đăng xuất máy này").click()
        page.get_by_label("Số điện thoại").fill("0933111222")
        page.get_by_label("Câu mở cửa").fill(made)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url("**/office**")
        page.goto(room_server.origin + "/me")
        assert page.get_by_text("Lê Thị Mai").first.is_visible()


def test_a_passkey_is_made_after_an_invitation_and_opens_the_door(chromium_browser, room_server):
    with reading(chromium_browser, room_server) as page:
        control, number = authenticator(page)
        page.goto(link_for(room_server))
        page.get_by_label("Số điện thoại").fill("0933 111 333")
        page.get_by_role("button", name="Nhận lời").click()
        page.get_by_role("button", name=re.compile("Thêm vân tay")).click()
        page.get_by_role("status").filter(has_text="Đã thêm").wait_for()
        kept = control.send("WebAuthn.getCredentials", {"authenticatorId": number})["credentials"]
        assert [(each["rpId"], each["isResidentCredential"]) for each in kept] == [("localhost", True)]
        page.goto(room_server.origin + "/me")
        page.get_by_role("button", name="Đăng xuất máy này").click()
        page.get_by_role("button", name="Mở bằng vân tay hoặc khuôn mặt").click()
        page.wait_for_url("**/office**")
        page.goto(room_server.origin + "/door/again?next=/me")
        page.get_by_role("button", name="Mở bằng vân tay hoặc khuôn mặt").click()
        page.get_by_role("heading", name="Tài khoản của tôi").wait_for()


def test_a_finger_that_is_not_the_owners_opens_nothing(chromium_browser, room_server):
    with reading(chromium_browser, room_server, expected=("403",)) as page:
        control, number = authenticator(page)
        page.goto(link_for(room_server))
        page.get_by_label("Số điện thoại").fill("0933 111 444")
        page.get_by_role("button", name="Nhận lời").click()
        page.get_by_role("button", name=re.compile("Thêm vân tay")).click()
        page.get_by_role("status").filter(has_text="Đã thêm").wait_for()
        page.goto(room_server.origin + "/me")
        page.get_by_role("button", name="Đăng xuất máy này").click()
        control.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})
        page.get_by_role("button", name="Mở bằng vân tay hoặc khuôn mặt").click()
        page.get_by_role("alert").filter(has_text="Chưa mở được").wait_for()
        page.goto(room_server.origin + "/me")
        assert "/door" in page.url


def test_the_keyboard_signs_in(chromium_browser, room_server):
    with reading(chromium_browser, room_server) as page:
        page.goto(room_server.origin + "/door")
        page.keyboard.press("Tab")
        assert "skip" in page.evaluate("document.activeElement.className")
        page.locator("#phone").focus()
        page.keyboard.type("0999999999")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "passphrase"
        assert "solid" in page.evaluate("getComputedStyle(document.activeElement).outline")


def forget_proofs(served):
    """Every proof has run out."""
    with served.store.begin() as session:
        session.execute(text("UPDATE room_session SET proved_at = NULL"))


def test_an_invitation_typed_too_slowly_is_sent_on_after_the_finger(chromium_browser, room_server):
    with reading(chromium_browser, room_server) as page:
        authenticator(page)
        page.goto(link_for(room_server))
        page.get_by_label("Số điện thoại").fill("0933 111 555")
        page.get_by_role("button", name="Nhận lời").click()
        page.get_by_role("button", name=re.compile("Thêm vân tay")).click()
        page.get_by_role("status").filter(has_text="Đã thêm").wait_for()
        page.goto(room_server.origin + "/office/people")
        page.locator('form[action="/office/people"] #name').fill("Trần Thị Chậm Rãi")
        page.locator('input[name="role"][value="inspector"]').check()
        forget_proofs(room_server)
        page.get_by_role("button", name="Tạo lời mời").click()
        page.get_by_text("vẫn còn nguyên").wait_for()
        assert (serious(page), sideways(page)) == ([], 0)
        page.get_by_role("button", name="Mở bằng vân tay hoặc khuôn mặt").click()
        page.get_by_text("Trần Thị Chậm Rãi").first.wait_for()
        assert page.get_by_text("/door/i/").first.is_visible()


def test_it_is_sent_on_without_javascript_too(chromium_browser, room_server):
    words = "mái nhà tranh có khói chiều"
    officer = room_server.person("province", name=LONG)
    with room_server.store.begin() as session:
        secret = doors_secrets.hash_secret(words)
        doors.set_secret(session, officer.person_id, secret, room_server.now, generated=False)
    with reading(chromium_browser, room_server, officer, java_script_enabled=False) as page:
        page.goto(room_server.origin + "/office/people")
        page.locator('form[action="/office/people"] #name').fill("Lê Văn Lâu")
        page.locator('input[name="role"][value="inspector"]').check()
        forget_proofs(room_server)
        page.get_by_role("button", name="Tạo lời mời").click()
        page.get_by_label("Câu mở cửa").fill(words)
        page.get_by_role("button", name="Xác nhận").click()
        page.get_by_role("button", name="Gửi tiếp").click()
        page.get_by_text("Lê Văn Lâu").first.wait_for()
        assert page.get_by_text("/door/i/").first.is_visible()
