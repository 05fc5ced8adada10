"""How alike two stories are, and what in a story needs a second look (floor 3, pure).

**Likeness** of a story to another: the share of its shingles that stand in the other, in whole percent. A shingle
is four folded words in a row (`text.fold`: lower case, without marks), so spelling, case and the place of tones
don't hide a copy. It is asked of the new story: a short copy out of a long text is 100 % alike, the long text to
the short one less. A story of fewer than 20 shingles is not measured: two short texts are alike by chance.

    "Giống 78 % với …"       likeness(a, b) == 78: of 100 runs of four words in a, 78 stand in b

`Samples` holds every fourth shingle by its CRC-32, some 400 bytes a story: enough to find candidates among thousands
without reading all; what is shown is always the exact measure.

**Flags** come from `registry/data/claims.csv`, a dated list of phrases: `health` (claims to cure, to prevent, to have
an effect on the body) and `title` (ranks, awards, superlatives that need a paper). A phrase is met syllable by
syllable, whatever the place of its tone, in the text as typed; a sentence typed without any mark is compared
without. A flag is a hint for a person who reads, never a refusal.
"""

import csv
import heapq
import re
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

from ocop.trace.text import fold, sort_key

WORDS = 4
FEWEST = 20
SAMPLED = 4
SHOWN_FROM = 30
CANDIDATES = 8
_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…]+[\"”’)]*|\n|$)")

Shingles = frozenset[str]


@dataclass(frozen=True, slots=True)
class Claim:
    """One phrase of the list: `kind` health or title, `why` a code that the pages have words for."""

    kind: str
    lang: str
    phrase: str
    why: str


class Flag(NamedTuple):
    """A phrase that was met, and the sentence around it; `start` and `end` cut the phrase out of the sentence."""

    claim: Claim
    sentence: str
    start: int
    end: int


class Alike(NamedTuple):
    """Another story and how much of this one stands in it, 1..100."""

    name: int
    percent: int


def shingles(text: str) -> Shingles:
    """The runs of four folded words of a text."""
    found = _WORD.findall(fold(text))
    return frozenset(" ".join(found[start : start + WORDS]) for start in range(len(found) - WORDS + 1))


def likeness(text: str, other: str) -> int:
    """How many of 100 shingles of `text` stand in `other`, rounded down; 0 for a text too short to say."""
    return _percent(shingles(text), shingles(other))


class Samples:
    """What is remembered of thousands of stories, to find the few worth comparing; kept by whoever serves.

    A revision of a story never changes its words, so a name is learned once. Threads may share it.
    """

    def __init__(self) -> None:
        self._known: dict[int, array[int]] = {}

    def missing(self, names: Iterable[int]) -> list[int]:
        """Those of `names` that have to be learned."""
        return [name for name in names if name not in self._known]

    def learn(self, name: int, text: str) -> None:
        """Remember a story."""
        self._known[name] = array("I", sorted(_sample(shingles(text))))

    def near(self, text: str, names: Iterable[int], *, most: int = CANDIDATES) -> list[int]:
        """The learned stories among `names` with most in common with `text`, the most first.

        Of a text so short that its sample says little, those without anything in common too.
        """
        wanted = shingles(text)
        if len(wanted) < FEWEST:
            return []
        rough = _sample(wanted)
        scored = []
        for name in names:
            common = len(rough.intersection(self._known.get(name, ())))
            if common or len(rough) < 4:
                scored.append((common, -name))
        return [-name for _, name in heapq.nlargest(most, scored)]


def most_alike(text: str, others: Iterable[tuple[int, str]], *, most: int = 3) -> tuple[Alike, ...]:
    """Those of `others` (name, text) that hold at least 30 % of `text`, the most alike first."""
    wanted = shingles(text)
    exact = [Alike(name, _percent(wanted, shingles(other))) for name, other in others]
    alike = sorted(
        (one for one in exact if one.percent >= SHOWN_FROM), key=lambda one: (-one.percent, one.name)
    )
    return tuple(alike[:most])


def flags(text: str, lang: str) -> tuple[Flag, ...]:
    """Every phrase of the list for `lang` that the text uses, in the order of the text."""
    found = []
    for match in _SENTENCE.finditer(text):
        raw = match[0]
        sentence = raw.strip()
        found += _in_sentence(sentence, lang) if sentence else []
    return tuple(found)


@cache
def claims() -> tuple[Claim, ...]:
    """The list that ships with this version."""
    return read_claims(resources.files("ocop.trace.registry").joinpath("data/claims.csv").read_text("utf-8"))


@cache
def claims_day() -> str:
    """The day of the list, as its first line says: `2026-11-23`."""
    text = resources.files("ocop.trace.registry").joinpath("data/claims.csv").read_text("utf-8")
    found = re.search(r"as of (\d{4}-\d\d-\d\d)", text)
    return found[1] if found else ""


def read_claims(text: str) -> tuple[Claim, ...]:
    """Parse the list: `#` lines are comments, then a header line."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(Claim(row["kind"], row["lang"], row["phrase"], row["why"]) for row in csv.DictReader(lines))


def _in_sentence(sentence: str, lang: str) -> list[Flag]:
    spans = [(match.start(), match.end()) for match in _WORD.finditer(sentence)]
    bare = fold(sentence) == " ".join(sentence.casefold().split())
    typed = [_key(sentence[start:end], bare=bare) for start, end in spans]
    found = []
    for claim, phrase in _phrases(lang, bare=bare):
        for place in range(len(typed) - len(phrase) + 1):
            if typed[place : place + len(phrase)] == list(phrase):
                found.append(Flag(claim, sentence, spans[place][0], spans[place + len(phrase) - 1][1]))
    return sorted(found, key=lambda flag: (flag.start, flag.end))


@cache
def _phrases(lang: str, *, bare: bool) -> tuple[tuple[Claim, Sequence[object]], ...]:
    base = lang.partition("-")[0]
    return tuple(
        (claim, tuple(_key(word, bare=bare) for word in _WORD.findall(claim.phrase)))
        for claim in claims()
        if claim.lang == base
    )


def _key(word: str, *, bare: bool) -> object:
    """What two spellings of one syllable have in common; without marks when `bare`."""
    return fold(word) if bare else sort_key(word)


def _percent(wanted: Shingles, other: Shingles) -> int:
    if len(wanted) < FEWEST:
        return 0
    return 100 * len(wanted & other) // len(wanted)


def _sample(found: Shingles) -> frozenset[int]:
    numbers = (zlib.crc32(shingle.encode()) for shingle in found)
    return frozenset(number for number in numbers if number % SAMPLED == 0)
