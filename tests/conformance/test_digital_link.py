"""Every case of `digital-link/cases.json`: verdict, elements and canonical form."""

import json
from pathlib import Path

import pytest
from ocop.trace.gs1.digital_link import LinkError, parse_uri

TOLERATED = "strip the slash"


@pytest.fixture(scope="module")
def cases(conformance: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((conformance / "digital-link/cases.json").read_text("utf-8"))
    return found


def judged(uri: str) -> tuple[bool, dict[str, str], str | None]:
    try:
        link = parse_uri(uri)
    except LinkError:
        return False, {}, None
    return True, link.elements, link.canonical


def expected(case: dict[str, object]) -> tuple[object, object, object]:
    return case["valid"], case["elements"], case["canonical"]


def test_every_uncontested_case_has_its_verdict_its_elements_and_its_canonical_form(
    cases: list[dict[str, object]],
) -> None:
    plain = [case for case in cases if case["valid"] is not None and "contested" not in case]
    wrong = {
        str(case["uri"]): (case["why"], judged(str(case["uri"])))
        for case in plain
        if judged(str(case["uri"])) != expected(case)
    }
    assert len(plain) > 100
    assert wrong == {}


def test_contested_cases_follow_the_resolvers_hint(cases: list[dict[str, object]]) -> None:
    for case in (c for c in cases if "contested" in c):
        uri, hint = str(case["uri"]), str(case["resolver_hint"])
        if hint.startswith(TOLERATED):
            assert judged(uri) == judged(uri.rstrip("/")), uri
            assert judged(uri)[0], uri
        elif hint.startswith("400"):
            assert not judged(uri)[0], uri


def test_compressed_links_are_refused_and_their_expanded_form_is_read(
    cases: list[dict[str, object]],
) -> None:
    for case in (c for c in cases if c["valid"] is None):
        with pytest.raises(LinkError) as caught:
            parse_uri(str(case["uri"]))
        assert caught.value.code in ("compressed", "no_key"), case["uri"]
        assert judged(str(case["decompressed"]))[0], case["decompressed"]
