"""Every message of the rooms is used somewhere, and every message that is asked for is there, in both languages.

A message is used when its id stands in code or a template, whole or as a family: `f"role.{role}"` in code and
`"role." ~ role` in a template use every id that begins so.
"""

import ast
import re
from pathlib import Path

import pytest
from ocop.trace import api, pages
from ocop.trace.pages.phrases import DOMAINS, phrases, read_catalogue

TRACE = Path(api.__file__).parent.parent
TEMPLATES = Path(pages.__file__).parent / "templates"
ROOM_DOMAINS = sorted(set(DOMAINS) - {"scan", "site"})
ID = re.compile(r"[a-z_]+(?:\.[a-z0-9_]+)+")
ASKED = re.compile(r"""\bsay\(\s*["']([a-z_]+(?:\.[a-z0-9_]+)+)["']\s*[,)]""")


def families(tree):
    """The f-strings of a file as patterns of ids, those that begin or end in a fixed part with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
            fixed = "".join(part for part in parts if part)
            # `f"{one}.{two}"` is any id there is: a family has letters of its own.
            if "." in fixed and re.fullmatch(r"[a-z0-9_.]*[a-z][a-z0-9_.]*", fixed):
                yield re.compile(
                    "".join("[a-z0-9_.]+" if part is None else re.escape(part) for part in parts)
                )


@pytest.fixture(scope="module")
def used():
    """(ids that stand somewhere, patterns of families, ids asked for by `say`)."""
    names, patterns, asked = set(), [], set()
    for path in TRACE.rglob("*.py"):
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        names |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ID.fullmatch(node.value)
        }
        patterns += families(tree)
        asked |= set(ASKED.findall(text))
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        names |= {name for name in re.findall(r"""["']([a-z0-9_.]+)["']""", text) if ID.fullmatch(name)}
        patterns += [
            re.compile(re.escape(stem) + "[a-z0-9_.]+")
            for stem in re.findall(r"""["']([a-z_]+\.[a-z0-9_.]*)["']\s*~""", text)
        ]
        asked |= set(ASKED.findall(text))
    return names, patterns, asked


@pytest.mark.parametrize("domain", ROOM_DOMAINS)
def test_no_message_of_a_room_is_unused(used, domain):
    names, patterns, _ = used
    known = {message.id for message in read_catalogue("vi", domain) if message.id}
    left = {name for name in known - names if not any(pattern.fullmatch(name) for pattern in patterns)}
    assert left == set()


def test_no_message_that_is_asked_for_is_missing(used):
    assert {name for name in used[2] if name not in phrases("vi")} == set()


def test_no_id_stands_in_two_domains():
    seen = {}
    for domain in DOMAINS:
        for message in read_catalogue("vi", domain):
            if message.id:
                name = message.id if isinstance(message.id, str) else message.id[0]
                assert seen.setdefault(name, domain) == domain, name
