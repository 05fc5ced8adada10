"""Which way to a reader a name means, and whose reason is told when there is none."""

from types import SimpleNamespace
from typing import Any

import pytest
from ocop.hardware import readers
from ocop.hardware.reader import NoReader, ReaderError, ReaderGone, ReaderTaken


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Says what each way answers (a reader's name, or an error) and remembers what it was asked."""

    def put(**answers: Any) -> list[tuple[str, str]]:
        asked: list[tuple[str, str]] = []

        def module(path: str) -> Any:
            way = {"pcsc": "pcsc", "usb": "nfcpy"}[path.rpartition(".")[2]]

            def open_reader(name: str, lang: str) -> Any:
                asked.append((way, name))
                if isinstance(answers.get(way), Exception):
                    raise answers[way]
                return f"{way} reader"

            if answers.get(way) is ImportError:
                raise ImportError(f"{way}: libpcsclite.so.1: cannot open shared object file")
            return SimpleNamespace(open_reader=open_reader, reader_names=lambda lang: ["one"])

        monkeypatch.setattr(readers, "import_module", module)
        return asked

    return put


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("auto", ("pcsc", "")),
        ("ACR1252 picc", ("pcsc", "ACR1252 picc")),
        ("usb", ("nfcpy", "usb")),
        ("usb:001:005", ("nfcpy", "usb:001:005")),
        ("udp:127.0.0.1:54321", ("nfcpy", "udp:127.0.0.1:54321")),
        ("tty:USB0", ("nfcpy", "tty:USB0")),
        ("com:3:pn532", ("nfcpy", "com:3:pn532")),
    ],
)
def test_a_name_means_one_way_and_no_other_is_asked(ways: Any, name: str, asked: tuple[str, str]) -> None:
    heard = ways()
    assert readers.open_reader(name, "vi") == f"{asked[0]} reader"
    assert heard == [asked]


def test_without_a_reader_on_pcsc_the_first_that_nfcpy_drives_is_taken(ways: Any) -> None:
    heard = ways(pcsc=NoReader("none"))
    assert readers.open_reader("auto", "vi") == "nfcpy reader"
    assert heard == [("pcsc", ""), ("nfcpy", "usb")]


@pytest.mark.parametrize(
    ("pcsc", "nfcpy", "told"),
    [
        (NoReader("no service"), NoReader("nothing on usb"), "no service"),
        (NoReader("no service"), ReaderTaken("held by the kernel"), "held by the kernel"),
        (ReaderTaken("held"), NoReader("nothing on usb"), "held"),
        (ReaderGone("stopped"), "a reader", "stopped"),
    ],
    ids=["none anywhere", "on usb, but held", "held", "stopped"],
)
def test_of_two_ways_the_reason_is_told_that_helps(ways: Any, pcsc: Any, nfcpy: Any, told: str) -> None:
    ways(pcsc=pcsc, nfcpy=nfcpy)
    with pytest.raises(ReaderError, match=f"^{told}$"):
        readers.open_reader("auto", "vi")


@pytest.mark.parametrize(
    ("name", "way", "windows", "hint"),
    [
        ("ACR122", "pcsc", False, "make pcsc"),
        ("ACR122", "pcsc", True, "chạy: pip install pyscard"),
        ("usb", "nfcpy", False, "ocop-trace[station]"),
        ("usb", "nfcpy", True, "ocop-trace[station]"),
    ],
)
def test_a_library_that_is_not_there_or_can_not_be_loaded_is_named_with_what_installs_it(
    ways: Any, name: str, way: str, windows: bool, hint: str
) -> None:
    ways(**{way: ImportError})
    with pytest.raises(NoReader) as caught:
        readers.open_reader(name, "vi", windows)
    assert hint in caught.value.hint
    assert [hint in one.problem.hint for one in readers.list_readers("vi", windows) if one.way == way] == [
        True
    ]
