"""From an invitation to a withdrawn batch, as new people would: a story, codes, scans, an office.

On the store of `make run`, since real labels are not printed with an address that only one machine knows. Real
commands, a real server with two workers, Debian's Chromium. With OCOP_PICTURES=folder the main pages are kept as
pictures there; `bench/pictures.py` joins them to those in `docs/pictures`.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TOOL = Path(sys.executable).with_name("ocop-trace")
MOST_INTERACTIONS = 60
NAME = "Miến dong Bến Suối"
MAKER = "Tổ hợp tác miến dong Bến Suối (hư cấu)"


class Service:
    """A folder with a store and a server on loopback."""

    def __init__(self, data: Path) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        given = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_")}
        self.env = {
            **given,
            "OCOP_DATA": str(data),
            "OCOP_PUBLIC_URL": self.origin,
        }

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [TOOL, *words], env=self.env, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def judged(self, link: str) -> str:
        """What the service says of a link to another program."""
        with urllib.request.urlopen(
            f"{self.origin}/api/v1/verify?u={quote(link, safe='')}", timeout=20
        ) as got:
            found: str = json.load(got)["code"]
            return found

    def await_ready(self, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.origin}/healthz", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                assert process.poll() is None
                time.sleep(0.05)
        raise AssertionError("the service did not start")


class Hand:
    """A person at a browser; every touch and every field counts."""

    def __init__(self, browser: Browser, width: int, height: int, name: str) -> None:
        self.page: Page = browser.new_context(
            viewport={"width": width, "height": height}, locale="vi-VN", accept_downloads=True
        ).new_page()
        self.page.set_default_timeout(20_000)
        self.name, self.count = name, 0

    def open(self, address: str) -> None:
        self.count += 1
        self.page.goto(address)

    def press(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.count += 1
        self.page.get_by_role(role, name=name).first.click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.press(name, "link")

    def fill(self, label: str, value: str) -> None:
        self.count += 1
        self.page.get_by_label(label, exact=True).first.fill(value)

    def write(self, place: str, value: str) -> None:
        self.count += 1
        self.page.fill(place, value)

    def choose(self, place: str) -> None:
        self.count += 1
        self.page.check(place)

    def photograph(self, place: str, picture: bytes) -> None:
        self.count += 1
        self.page.set_input_files(place, {"name": "anh.jpg", "mimeType": "image/jpeg", "buffer": picture})

    def fetch(self, name: str) -> bytes:
        with self.page.expect_download() as got:
            self.press(name)
        return Path(got.value.path()).read_bytes()

    def keep(self, what: str) -> None:
        """A picture of the page, where they are wanted."""
        if folder := os.environ.get("OCOP_PICTURES"):
            self.page.evaluate("scrollTo(0, 0)")
            self.page.screenshot(path=str(Path(folder) / f"{self.name}-{what}.png"))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path / "data")
    service.run("demo", "--json")
    process = subprocess.Popen(
        [TOOL, "serve", "--port", str(service.port), "--workers", "2"],
        env=service.env, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        service.await_ready(process)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = next(p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(p).exists())
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def photograph(shade: int) -> bytes:
    """A picture as a phone takes it: large, and of something."""
    image = Image.new("RGB", (1600, 1200), (shade, 160, 90))
    draw = ImageDraw.Draw(image)
    for line in range(0, 1600, 40):
        draw.line((line, 0, 1600 - line, 1200), (240, 230 - shade // 2, 200), 9)
    out = BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def codes(sheet: bytes, folder: Path) -> list[str]:
    """What a scanner reads from a printed sheet."""
    (folder / "sheet.pdf").write_bytes(sheet)
    subprocess.run(
        ["pdftoppm", "-r", "300", "-gray", "-png", folder / "sheet.pdf", folder / "page"], check=True
    )
    found = []
    for path in sorted(folder.glob("page*.png")):
        found += [
            c.text for c in zxingcpp.read_barcodes(Image.open(path), formats=zxingcpp.BarcodeFormat.QRCode)
        ]
        path.unlink()
    return found


def office_opens(office: Hand, service: Service) -> str:
    """An officer takes the operator's invitation, enters a maker and invites her; returns the maker's invitation."""
    invited = json.loads(service.run("invite", "Nguyễn Thị Hạnh", "province", "--province", "24", "--json"))
    office.open(invited["link"])
    office.fill("Số điện thoại", "0933 111 222")
    office.press("Nhận lời")
    office.follow("Tôi đã chép xong, đi tiếp")
    office.open(f"{service.origin}/office/producers")
    office.fill("Tên cơ sở", MAKER)
    office.page.get_by_label("Loại hình").select_option(label="Tổ hợp tác")
    office.page.get_by_label("Xã, phường, đặc khu").select_option(label="xã Sa Lý")
    office.press("Lưu")
    expect(office.page.get_by_role("status")).to_contain_text("Đã thêm cơ sở")
    office.open(f"{service.origin}/office/people")
    office.fill("Họ và tên người được mời", "Vi Thị Lan")
    office.page.get_by_label("người của cơ sở", exact=True).check()
    office.page.locator("#producer").select_option(label=MAKER)
    office.press("Tạo lời mời")
    office.keep("invitation")
    found = re.search(r"http://\S+/door/i/[\w-]+", office.page.content())
    assert found is not None
    return found[0]


def maker_tells(maker: Hand, invitation: str) -> None:
    """She takes the invitation and puts a product with its story before buyers."""
    maker.open(invitation)
    maker.keep("door")
    maker.fill("Số điện thoại", "0977 222 333")
    maker.press("Nhận lời")
    maker.follow("Tôi đã chép xong, đi tiếp")
    maker.follow("Thêm sản phẩm")
    maker.write("#name", NAME)
    maker.choose("input[name=group][value='1']")
    maker.press("Thêm sản phẩm này")
    maker.write("[name='net.vi']", "500 g")
    maker.write("[name='classifier.vi']", "gói")
    for _ in range(3):
        maker.press("Lưu và sang trang sau")
    maker.photograph("#photo-hero", photograph(120))
    maker.write("[name='sign-1.vi']", "Dây lạt đỏ buộc hai vòng")
    maker.press("Lưu và sang trang sau")
    maker.keep("product")
    maker.follow("Kể câu chuyện của mình")
    maker.write("#title", "Sợi miến của bà")
    maker.write("#answer-1", "Bà nội dạy tôi tráng miến, từ năm tôi mười hai tuổi.")
    maker.write("#answer-5", "Miến dong nấu lâu không nát.")
    maker.photograph("#photo-step-1", photograph(60))
    maker.write("#step-1", "Tráng bột trên vải, phơi trên phên nứa")
    expect(maker.page.locator("#saved")).to_contain_text("Đã lưu lúc")
    maker.keep("story")
    maker.press("Đăng câu chuyện")
    expect(maker.page.locator("main")).to_contain_text("Đã đăng")


def maker_issues(maker: Hand) -> list[bytes]:
    """A batch, its sheet, on sale; returns the PDF."""
    maker.follow("Lô hàng và tem")
    maker.follow("Mở lô mới")
    maker.fill("Bao nhiêu gói?", "24")
    maker.press("Xem lại")
    maker.press("Phát hành mã")
    expect(maker.page.get_by_role("status")).to_contain_text("Đã phát hành lô")
    maker.follow("In tem")
    maker.keep("labels")
    sheet = maker.fetch("Lấy tệp")
    maker.follow("Quay lại")
    maker.press("Mở bán lô này")
    expect(maker.page.get_by_role("status")).to_contain_text("đã mở bán")
    maker.keep("batch")
    return [sheet]


def test_a_new_maker_comes_from_an_invitation_to_scans_and_the_office_checks_and_withdraws(
    service: Service, browser: Browser, tmp_path: Path
) -> None:
    office = Hand(browser, 1280, 860, "office")
    maker = Hand(browser, 360, 740, "studio")
    maker_tells(maker, office_opens(office, service))
    (sheet,) = maker_issues(maker)
    links = codes(sheet, tmp_path)
    assert len(set(links)) == 24
    assert json.loads(service.run("verify", links[0], "--json"))["code"] == "code_issued"
    for link in links:
        assert service.judged(link) == "code_issued"

    buyer = Hand(browser, 360, 740, "buyer")
    buyer.open(links[11])
    expect(buyer.page.locator(".answers .code")).to_have_attribute("id", "code_issued")
    expect(buyer.page.locator("body")).to_contain_text("Sợi miến của bà")
    buyer.keep("scan")

    maker.follow("Lượt quét")
    seen = maker.page.get_by_text("đã được quét 1 lượt")
    for _ in range(50):  # a scan is written within a tenth of a second
        if seen.is_visible():
            break
        maker.page.reload()
    expect(seen).to_be_visible()
    maker.keep("scans")
    assert maker.count <= MOST_INTERACTIONS, f"{maker.count} interactions"

    office.open(f"{service.origin}/office/stories")
    office.follow("Sợi miến của bà")
    office.keep("check")
    office.press("Đã đọc, không có gì sai")
    buyer.open(links[11])
    expect(buyer.page.locator("body")).to_contain_text("đã đọc ngày")
    office.open(f"{service.origin}/office/products")
    office.keep("products")
    office.follow(re.compile(NAME))
    office.follow(re.compile(r"^L2"))
    office.follow("Hủy mã")
    office.keep("preview")
    office.page.get_by_label("Thuộc loại lý do").select_option("labels_lost")
    office.fill("Lý do", "Mất một cuộn tem ở xưởng in")
    office.press("Hủy những mã này")
    expect(office.page.locator(".notice")).to_contain_text("Đã hủy mã của lô")
    buyer.open(links[11])
    expect(buyer.page.locator(".answers .code")).to_have_attribute("id", "withdrawn")
