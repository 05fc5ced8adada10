"""The whole path on a real store, by the commands alone: from an empty folder to a verified scan, and back."""

import contextlib
import json
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from ocop.trace import handing_closing
from ocop.trace.certifying import Officer
from ocop.trace.registry import tables
from ocop.trace.registry.ledger_store import By
from ocop.trace.registry.store import open_store
from PIL import Image, ImageFilter
from sqlalchemy import select, text

GTIN, LOT = "09521234543213", "L2609A"


def pages(pdf: Path, into: Path) -> list[Image.Image]:
    """The pages as a printer of 300 dpi draws them."""
    into.mkdir(exist_ok=True)
    subprocess.run(["pdftoppm", "-r", "300", "-gray", "-png", pdf, into / "page"], check=True, timeout=60)
    return [Image.open(file) for file in sorted(into.iterdir())]


@pytest.fixture(scope="module")
def page(sheet: Path, tmp_path_factory: pytest.TempPathFactory) -> Image.Image:
    """The shop's sheet of 21 labels."""
    (one,) = pages(sheet, tmp_path_factory.mktemp("pages"))
    return one


def codes(page: Image.Image) -> list[Any]:
    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)
    return sorted(found, key=lambda code: code.text)


def cut_out(page: Image.Image, code: Any) -> Image.Image:
    """A label as a phone's camera has it: the symbol and what lies around it."""
    x, y = code.position.top_left.x, code.position.top_left.y
    side = code.position.bottom_right.x - x
    return page.crop((x - side // 4, y - side // 4, x + side * 5 // 4, y + side * 5 // 4))


def link_of(page: Image.Image, number: int) -> str:
    return next(code.text for code in codes(page) if f"/21/{number:06d}?" in code.text)


def answer(cli: Any, link: object) -> str:
    said = cli("verify", link, "--json")
    assert said.code == (0 if said.json["code"] == "code_issued" else 1), said
    return str(said.json["code"])


def test_every_label_of_the_sheet_is_read_and_verified(shop: Any, page: Image.Image) -> None:
    links = [code.text for code in codes(page)]
    assert [link.split("?")[0][-6:] for link in links] == [f"{number:06d}" for number in range(1, 22)]
    for link in links:
        said = shop.must("verify", link, "--json").json
        assert (said["code"], said["stars"]) == ("code_issued", "valid")
    assert (said["number"], said["count"], said["product"]) == (21, 60, "Trà nõn tôm Ví Dụ")


def test_a_picture_of_a_label_is_verified_straight_rotated_and_blurred(
    shop: Any, page: Image.Image, tmp_path: Path
) -> None:
    label = cut_out(page, codes(page)[4])
    photo = label.rotate(11, expand=True, fillcolor=255).filter(ImageFilter.GaussianBlur(1.5))
    for name, picture in (("label.png", label), ("photo.jpg", photo), ("page.webp", label.convert("RGB"))):
        picture.save(tmp_path / name)
        said = shop("verify", tmp_path / name, "--json")
        assert (said.code, said.json["code"], said.json["number"]) == (0, "code_issued", 5), name


def test_a_picture_with_many_codes_none_or_no_picture_is_refused(
    shop: Any, page: Image.Image, tmp_path: Path
) -> None:
    page.save(tmp_path / "page.png")
    Image.new("L", (300, 300), 255).save(tmp_path / "white.png")
    (tmp_path / "text.png").write_text("no picture")
    Image.new("1", (7000, 7000)).save(tmp_path / "bomb.png")
    for name, expected in (
        ("page.png", "expected one code in"),
        ("white.png", "expected a QR code with a link"),
        ("text.png", "expected a picture such as PNG"),
        ("bomb.png", "expected at most 40,000,000 pixels"),
        ("none.png", "expected a link or a picture"),
        (".", "expected a link or a picture"),
    ):
        said = shop("verify", tmp_path / name)
        assert said.code == 3, (name, said)
        assert expected in said.err, (name, said)


def test_one_changed_digit_is_not_issued_and_a_foreign_address_can_not_be_said(
    shop: Any, page: Image.Image
) -> None:
    link = link_of(page, 7)
    at = len(link) - 40
    changed = link[:at] + str((int(link[at]) + 1) % 10) + link[at + 1 :]
    assert answer(shop, link) == "code_issued"
    assert answer(shop, changed) == "not_issued"
    assert answer(shop, link.partition("?")[0]) == "no_code"
    assert answer(shop, link.replace("ID.OCOP.EXAMPLE", "EVIL.EXAMPLE")) == "cannot_say"
    said = shop("verify", link)
    assert "[code_issued]" in said.out
    assert "số 7" in said.out


def test_of_a_closed_maker_only_what_was_on_sale_is_let_go(shop: Any, page: Image.Image) -> None:
    act = ("--reason", "chờ kết quả", "--json")
    shop.must("hold", GTIN, LOT, *act)
    for lot in ("L2", "L3"):
        shop.must("issue", GTIN, lot, "--made", "2026-09-02", "--count", 5)
    shop.must("hold", GTIN, "L3", *act)
    now = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
    with contextlib.closing(open_store(data=shop.data)) as store, store.begin() as session:
        slug = session.scalars(select(tables.Producer)).one().slug
        officer, by = Officer("chị Hà", "Văn phòng"), By("chị Hà", now, "giải thể")
        handing_closing.close(session, officer, slug, "dissolved", by)
    for refused in (shop("release", GTIN, "L2"), shop("unhold", GTIN, "L3", *act)):
        assert refused.code == 4
        assert "expected a producer at work" in refused.err
        assert "the programme office can open it again" in refused.err
    link = link_of(page, 10)
    assert answer(shop, link) == "not_released"
    assert shop.must("unhold", GTIN, LOT, *act).json == {"on_sale": True}
    assert answer(shop, link) == "code_issued"
    assert shop.must("ledger", "check", "--json").json["findings"] == []


def test_withdrawing_recalling_undoing_and_holding_show_on_the_next_look(
    shop: Any, page: Image.Image
) -> None:
    three, ten = link_of(page, 3), link_of(page, 10)
    act = ("--reason", "mất cuộn tem", "--json")
    gone = shop.must("withdraw", GTIN, LOT, "--from", 1, "--to", 5, "--why", "labels_lost", *act).json
    assert (answer(shop, three), answer(shop, ten)) == ("withdrawn", "code_issued")
    called = shop.must("recall", GTIN, LOT, "--advice", "Mang trả nơi bán", *act).json
    assert (answer(shop, three), answer(shop, ten)) == ("recalled", "recalled")
    shop.must("undo", called["position"], *act)
    assert (answer(shop, three), answer(shop, ten)) == ("withdrawn", "code_issued")
    shop.must("undo", gone["position"], *act)
    assert answer(shop, three) == "code_issued"
    shop.must("hold", GTIN, LOT, *act)
    assert answer(shop, ten) == "not_released"
    refused = shop("release", GTIN, LOT)
    assert refused.code == 4
    assert "held" in refused.err
    assert shop("hold", GTIN, LOT, *act).code == 4
    assert shop.must("unhold", GTIN, LOT, *act).json == {"on_sale": True}
    assert answer(shop, ten) == "code_issued"
    assert shop("unhold", GTIN, LOT, *act).code == 4
    with contextlib.closing(sqlite3.connect(shop.data / "ocop.db")) as log:
        noted = [what for (what,) in log.execute("SELECT what FROM audit_entry ORDER BY position")]
    acts = ["batch.withdraw", "batch.recall", "batch.undo", "batch.undo", "batch.hold", "batch.lift"]
    assert noted[-6:] == acts
    shop.must("audit", "check")
    checked = shop.must("ledger", "check", "--json").json
    assert checked == {"entries": called["position"] + 5, "findings": []}
    newest = shop.must("ledger", "list", "--last", 3, "--json").out.splitlines()
    assert [
        f'"position":{checked["entries"] - n},' in line for n, line in zip((3, 2, 1), newest, strict=True)
    ]
    assert "release" in newest[-1]
    assert shop.must("ledger", "list").out.count("\n") == checked["entries"]


def test_issuing_again_is_the_same_batch_and_another_content_is_refused(shop: Any) -> None:
    issue = ("issue", GTIN, LOT, "--made", "01/09/2026", "--json", "--count")
    first = shop.must(*issue, 60).json
    assert (first["created"], first["first"], first["last"]) == (False, 1, 60)
    other = shop(*issue, 61)
    assert (other.code, other.out) == (4, "")
    assert "expected a new lot, got L2609A" in other.err
    shop.must("issue", GTIN, "L2609E", "--made", "01/09/2026", "--count", 1, "--request", "one")
    other = shop("issue", GTIN, "L2609F", "--made", "01/09/2026", "--count", 1, "--request", "one")
    assert "expected the same content as before" in other.err
    taken = shop(*issue, 60, "--request", "another")
    assert taken.code == 4
    assert "a lot is one batch for ever" in taken.err
    whole = shop.must("issue", GTIN, "L2609B", "--made", "2026-09-02", "--count", 0, "--json").json
    assert (whole["level"], whole["first"], whole["last"], whole["created"]) == ("batch", 0, 0, True)


def test_printing_again_is_refused_then_allowed_on_purpose_and_every_run_is_on_record(
    shop: Any, tmp_path: Path
) -> None:
    labels = ("labels", GTIN, LOT, "--out", tmp_path / "more.pdf")
    again = shop(*labels, "--from", 20, "--to", 30)
    assert again.code == 4
    assert "numbers 20 to 21 of lot L2609A, printed on" in again.err
    assert not (tmp_path / "more.pdf").exists()
    done = shop.must(*labels, "--from", 20, "--to", 30, "--reprint", "--json").json
    assert (done["labels"], done["path"]) == (11, str(tmp_path / "more.pdf"))
    shop.must(*labels, "--from", 31, "--stock", "roll-50x30")
    store = open_store(data=shop.data)
    with store.read() as session:
        query = "SELECT stock, labels, reprint, first, last FROM print_run JOIN print_range ON run_id = id"
        runs = [tuple(row) for row in session.execute(text(query + " ORDER BY id"))]
    store.close()
    assert runs == [("a4-21", 21, 0, 1, 21), ("a4-21", 11, 1, 20, 30), ("roll-50x30", 30, 0, 31, 60)]
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["more.pdf"]


def test_a_withdrawn_key_prints_and_issues_no_more_and_a_new_one_does(shop: Any, tmp_path: Path) -> None:
    shop.must("key", "withdraw", "htx-vi-du", 1, "--reason", "mất máy", "--json")
    assert shop("labels", GTIN, LOT, "--from", 40, "--out", tmp_path).code == 4
    issue = ("issue", GTIN, "L2610A", "--made", "2026-10-01", "--count", 10)
    assert shop(*issue).code == 4
    assert shop.must("key", "add", "htx-vi-du", "--json").json["key"] == 2
    shop.must(*issue)
    listed = shop.must("key", "list").out
    assert "withdrawn from position" in listed
    assert "active" in listed


def test_a_backup_comes_back_elsewhere_and_answers_there(
    shop: Any, page: Image.Image, tmp_path: Path, make_cli: Callable[..., Any]
) -> None:
    file = tmp_path / "kept.zip"
    kept = shop.must("backup", file, "--with-kek", "--json").json
    assert (kept["path"], kept["kek"]) == (str(file), True)
    elsewhere = make_cli(tmp_path / "elsewhere")
    back = elsewhere.must("restore", file, "--json").json
    assert (back["rows"], back["files"], back["realm"]) == (kept["rows"], kept["files"], "ocop.example/tag")
    assert answer(elsewhere, link_of(page, 12)) == "code_issued"
    assert elsewhere.must("ledger", "check", "--json").json["findings"] == []
    refused = elsewhere("issue", GTIN, "L2611A", "--made", "2026-11-01", "--count", 5)
    assert refused.code == 4
    assert "verifies only" in refused.err
    assert elsewhere("labels", GTIN, LOT, "--from", 40, "--out", tmp_path).code == 4
    assert elsewhere.must("key", "add", "htx-vi-du", "--json").json["key"] == 1 + 256
    elsewhere.must("issue", GTIN, "L2611A", "--made", "2026-11-01", "--count", 5)


def test_init_makes_a_store_once_and_says_where_the_secret_is(
    tmp_path: Path, make_cli: Callable[..., Any]
) -> None:
    new = make_cli(tmp_path / "new")
    said = new.must("init", "--json").json
    assert said["realm"] == "id.ocop.example/tag"
    assert Path(said["kek"]).stat().st_mode & 0o777 == 0o600
    again = new("init")
    assert again.code == 4
    assert "expected no store at" in again.err
    assert new.must("upgrade").out == "the schema is current; nothing to do\n"
    told = new.must("upgrade", "--json").json
    assert (told["upgraded"], told["chip_master"], told["store"]) == (False, True, said["store"])


def test_the_sheets_are_listed_for_a_script_as_for_a_person(make_cli: Any, tmp_path: Path) -> None:
    new = make_cli(tmp_path / "new")
    listed = [json.loads(line) for line in new.must("stocks", "--json").out.splitlines()]
    assert [one["name"] for one in listed] == [
        line.split()[0] for line in new.must("stocks").out.splitlines()
    ]
    assert all(one["title"] for one in listed)


def test_labels_are_not_printed_for_an_address_that_nobody_reaches(shop: Any, tmp_path: Path) -> None:
    said = shop("labels", GTIN, LOT, "--from", 40, "--out", tmp_path, OCOP_PUBLIC_URL="http://127.0.0.1:8000")
    assert said.code == 3
    assert "set OCOP_PUBLIC_URL first" in said.err
