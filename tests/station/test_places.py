"""Where the token may come from and go to, and that a spoilt file is never passed over."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ocop.hardware.places import NotSetUp, Places

KEPT = {"url": "https://a.example", "token": "1.abc"}


def keep(folder: Path, said: Any, mode: int = 0o600) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "station.json").write_text(said if isinstance(said, str) else json.dumps(said))
    (folder / "station.json").chmod(mode)


def places(tmp_path: Path, folder: Path | None = None, **environ: str) -> Places:
    return Places.find({"OCOP_DATA": str(tmp_path), **environ}, folder)


@pytest.mark.parametrize(
    "url", ["https://a.example.evil", "https://a.example:444", "https://a.example@evil.vn", "https://b.example", "http://10.0.0.1"]
)  # fmt: skip
def test_the_files_token_goes_to_its_own_server_only(tmp_path: Path, url: str) -> None:
    keep(tmp_path, KEPT)
    with pytest.raises(NotSetUp, match="no token"):
        places(tmp_path).line({}, url, "")
    with pytest.raises(NotSetUp, match="no token"):
        places(tmp_path).line({"OCOP_SERVER": url}, "", "")
    assert places(tmp_path).line({}, "https://a.example/", "").token == "1.abc"


def test_the_stations_own_folder_comes_before_that_of_the_data(tmp_path: Path) -> None:
    keep(tmp_path, KEPT)
    keep(tmp_path / "station", {**KEPT, "token": "2.own"})
    keep(tmp_path / "named", {**KEPT, "token": "3.named"})
    keep(tmp_path / "hand", {**KEPT, "token": "4.hand"})
    named = {"OCOP_STATION_FOLDER": str(tmp_path / "named")}
    assert [
        found.line({}, "", "").token
        for found in (
            places(tmp_path),
            places(tmp_path, **named),
            places(tmp_path, tmp_path / "hand", **named),
        )
    ] == ["2.own", "3.named", "4.hand"]


@pytest.mark.parametrize("spoilt", ["{", "[]", ""])
def test_a_spoilt_file_is_told_and_not_passed_over(tmp_path: Path, spoilt: str) -> None:
    keep(tmp_path, KEPT)
    keep(tmp_path / "station", spoilt)
    with pytest.raises(NotSetUp) as caught:
        places(tmp_path).line({}, "", "")
    assert str(tmp_path / "station" / "station.json") in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://", "https:///x", "//a.example", "a.example", "file:///x", "ws://10.0.0.1"]
)
def test_an_address_has_a_scheme_that_we_speak_and_a_host(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotSetUp, match="expected an address such as"):
        places(tmp_path).line({}, url, "1.abc")


@pytest.mark.parametrize("token", ["1.a\nX-Evil: 1", "1.a b", "1.a\tb", "1.ạ"])
def test_a_token_that_would_break_out_of_its_header_is_none(tmp_path: Path, token: str) -> None:
    with pytest.raises(NotSetUp) as caught:
        places(tmp_path).line({}, "https://a.example", token)
    assert token not in str(caught.value)
    assert places(tmp_path).line({}, "https://a.example", "1.abc\n").token == "1.abc"


def test_a_line_that_is_shown_shows_no_token(tmp_path: Path) -> None:
    keep(tmp_path, KEPT)
    assert "1.abc" not in repr(places(tmp_path).line({}, "", ""))


@pytest.mark.skipif(os.name != "posix", reason="the rights of a file are told otherwise there")
def test_an_open_file_is_warned_of_when_its_token_is_used(tmp_path: Path) -> None:
    for mode in (0o620, 0o602, 0o610, 0o601):
        keep(tmp_path, KEPT, mode)
        assert places(tmp_path).line({}, "", "").open_file == tmp_path / "station.json", oct(mode)
    assert places(tmp_path).line({"OCOP_STATION_TOKEN": "2.b"}, "", "").open_file is None
    assert places(tmp_path).line({}, "", "2.b").url == "https://a.example"
