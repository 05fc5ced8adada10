"""The catalogues are complete, agree with each other and with the pages, and never promise what nobody can."""

import re
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocop.trace.pages import answers, site_pages
from ocop.trace.pages.phrases import (
    DOMAINS,
    LANGS,
    PhraseError,
    Words,
    clock,
    negotiate,
    phrases,
    places,
    plain,
    read_catalogue,
)

PAGES = Path(answers.__file__).parent
CATALOGUES = [(domain, lang) for domain, langs in DOMAINS.items() for lang in langs]

# "Never" of the design: what no scan can know, what accuses, what a reader can't use.
FORBIDDEN = (
    "hàng thật", "chính hãng", "chữ ký", "khoá", "khóa", "đã xác thực", "nfc", "blockchain", "hàng giả", "genuine",
    "authentic", "counterfeit", "fake", "signature", "正品", "真品", "假货", "假貨", "区块链", "정품", "가짜", "위조",
    "本物", "正規品", "偽物", "подлин", "поддел", "блокчейн", "authentique", "contrefa", "faux",
)  # fmt: skip


def messages(domain, lang):
    found = {}
    for message in read_catalogue(lang, domain):
        if message.id:
            name = message.id if isinstance(message.id, str) else message.id[0]
            found[name] = (message.string,) if isinstance(message.string, str) else message.string
    return found


@pytest.mark.parametrize(("domain", "lang"), CATALOGUES)
def test_a_catalogue_has_every_message_of_the_original_in_its_order(domain, lang):
    assert list(messages(domain, lang)) == list(messages(domain, "vi"))


@pytest.mark.parametrize(("domain", "lang"), CATALOGUES)
def test_every_form_is_filled_with_the_places_of_the_original(domain, lang):
    original = messages(domain, "vi")
    for name, forms in messages(domain, lang).items():
        for form in forms:
            assert form.strip(), name
            assert places(form) == places(original[name][0]), name


@pytest.mark.parametrize(("domain", "lang"), CATALOGUES)
def test_no_message_promises_or_accuses(domain, lang):
    for name, forms in messages(domain, lang).items():
        for form in forms:
            for word in FORBIDDEN:
                assert word not in form.lower(), f"{name}: {word}"


@pytest.mark.parametrize(("domain", "lang"), CATALOGUES)
def test_messages_are_composed_unicode_without_stray_space(domain, lang):
    for name, forms in messages(domain, lang).items():
        for form in forms:
            assert form == unicodedata.normalize("NFC", form).strip(), name
            assert "  " not in form, name


def test_machine_drafts_are_flagged_and_only_those():
    drafts = {
        lang for domain, lang in CATALOGUES if any(m.fuzzy for m in read_catalogue(lang, domain) if m.id)
    }
    assert drafts == set(LANGS) - {"vi", "en"}
    assert [lang for lang in LANGS if phrases(lang).draft] == [lang for lang in LANGS if lang in drafts]


def used_names():
    """Every id named in code and templates; families (`code.{answer}.title`) are spelled out by their ids."""
    found = set()
    for path in [*PAGES.glob("*.py"), *(PAGES / "templates").glob("*.html")]:
        if not path.name.startswith("labels"):
            found |= set(re.findall(r"""["'`]((?:[a-z_]+\.)+[a-z0-9_]+)["'`]""", path.read_text("utf-8")))
    families = {
        f"code.{code}.{part}"
        for code, look in answers.LOOKS.items()
        for part in ("title", "detail")
        if look and f"code.{code}.{part}" in phrases("vi")
    }
    families |= {f"code.cannot_say.{reason}" for reason in answers.CANNOT_SAY_REASONS}
    families |= {f"code.withdrawn.{part}" for part in ("item", "title")}
    families |= {f"thing.{kind}{net}" for kind in ("item", "batch") for net in ("", ".no_net")}
    families |= {f"stars.{answer}" for answer in answers.StarAnswer}
    families |= {f"story.question.{number}" for number in range(1, 6)}
    families |= {f"legal.{kind}" for kind in ("mst", "gln", "ma_htx", "khac")}
    families |= {f"group.{group}" for group in site_pages.GROUPS}
    families |= {f"report.kind.{kind}" for kind in site_pages.REPORT_KINDS}
    families |= {f"message.{status}{part}" for status in site_pages.MESSAGES for part in ("", ".detail")}
    families |= {f"about.{part}.{piece}" for part in site_pages.ABOUT_PARTS for piece in ("heading", "body")}
    families |= {f"catalogue.{name}" for name in ("province", "group", "stars")}
    families |= {f"follow.state.{state}" for state in site_pages.FOLLOW_STATES}
    return found | families


def test_no_message_is_unused_and_none_is_missing():
    known = set(messages("scan", "vi")) | set(messages("site", "vi"))
    used = used_names()
    roots = {name.partition(".")[0] for name in known}
    named = {name for name in used if name.partition(".")[0] in roots and not name.endswith((".html", ".py"))}
    assert known - used == set()
    assert named - known == set()


def test_a_message_needs_its_values_and_its_name():
    with pytest.raises(PhraseError, match=r"expected a value for \{maker\}"):
        phrases("vi").say("code.code_issued.title")
    with pytest.raises(PhraseError, match=r"expected a message of the vi catalogue, got 'no\.such'"):
        phrases("vi").say("no.such")
    with pytest.raises(PhraseError, match="expected a whole number n"):
        phrases("ru").say("story.listen", n="5")
    with pytest.raises(PhraseError, match="expected one of vi, en"):
        phrases("tlh")


def test_values_keep_their_language_and_are_never_read_as_places():
    text = phrases("ko").text("code.code_issued.title", maker=Words("HTX {number}", "vi"))
    assert Words("HTX {number}", "vi") in text
    assert "HTX {number}" in plain(text)


@pytest.mark.parametrize(
    ("n", "said"), [(1, "1 секунда"), (3, "3 секунды"), (42, "42 секунды"), (45, "45 секунд")]
)
def test_plurals_follow_the_language(n, said):
    assert phrases("ru").say("story.listen", n=n).endswith(said)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("vi", "05/03/2027"),
        ("en", "5 Mar 2027"),
        ("zh-Hans", "2027年3月5日"),
        ("ko", "2027년 3월 5일"),
        ("zh-Hant", "2027年3月5日"),
        ("ja", "2027年3月5日"),
        ("ru", "05.03.2027"),
        ("fr", "05/03/2027"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(lang, said):
    assert phrases(lang).date(date(2027, 3, 5)) == said


def test_times_are_those_of_viet_nam():
    late = datetime(2026, 12, 31, 17, 5, tzinfo=UTC)
    assert phrases("vi").moment(late) == "00:05, 01/01/2027"
    assert phrases("vi").day_of(late) == "01/01/2027"
    assert clock(late) == "00:05"


@pytest.mark.parametrize(
    ("header", "chosen", "lang"),
    [
        ("", None, "vi"),
        ("*", None, "vi"),
        ("de", None, "en"),
        ("de, *;q=0.5", None, "en"),
        ("en-GB,en;q=0.9", None, "en"),
        ("en;q=0.5, fr;q=0.9", None, "fr"),
        ("fr;q=0, en;q=0.1", None, "en"),
        ("vi;q=0", None, "vi"),
        ("zh-CN,zh;q=0.9", None, "zh-Hans"),
        ("zh-TW", None, "zh-Hant"),
        ("zh-Hant-HK", None, "zh-Hant"),
        ("zh-hk", None, "zh-Hant"),
        ("ZH", None, "zh-Hans"),
        ("ja-JP-x-private", None, "ja"),
        ("fr;q=2, ko;q=0.1", None, "ko"),
        ("fr;q=0.1234, ko;q=0.1", None, "ko"),
        ("fr;level=1, ko;q=0.1", None, "ko"),
        ("fr;q=nan, ko;q=0.1", None, "ko"),
        ("\u202e, ру", None, "vi"),
        ("en", "ru", "ru"),
        ("en", "RU", "ru"),
        ("en", "zh-TW", "zh-Hant"),
        ("fr", "tlh", "fr"),
        ("fr", "", "fr"),
        ("x," * 5000 + "fr", None, "en"),
    ],
)
def test_a_reader_gets_the_language_they_ask_for(header, chosen, lang):
    assert negotiate(header, chosen) == lang


@given(st.text(max_size=200), st.none() | st.text(max_size=40))
def test_whatever_is_sent_a_language_of_ours_is_chosen(header, chosen):
    assert negotiate(header, chosen) in LANGS
