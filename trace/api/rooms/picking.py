"""Choosing from long lists without a script: by the Vietnamese alphabet, nothing chosen beforehand, found by words.

makers = alphabetical(pairs)                       # ("12", "Bến Mây"), ("7", "Đồi Chè"): đ follows d
few, found = narrowed(visit.query.get("q", ""), makers, communes)
choices(few[0])                                    # ("", "—") first: who does not choose has chosen nothing
"""

from ocop.trace.text import fold, sort_key

LONG = 40
MAX_WORDS = 8
NONE = ("", "—")
Options = tuple[tuple[str, str], ...]


def alphabetical(options: Options) -> Options:
    """Pairs (value, name) in the order of Vietnamese dictionaries."""
    return tuple(sorted(options, key=lambda one: (sort_key(one[1]), one[0])))


def choices(options: Options) -> Options:
    """With "—" before them, unless there is only one thing to choose."""
    return options if len(options) == 1 else (NONE, *options)


def narrowed(words: str, *lists: Options) -> tuple[tuple[Options, ...], bool]:
    """Each list with only the names that have every word at a word's beginning, marks and case forgiven.

    A list in which nothing is found stays whole; the second value says whether anything was found anywhere.
    """
    wanted = fold(words).split()[:MAX_WORDS]
    if not wanted:
        return lists, True
    few = tuple(
        tuple(one for one in options if all(f" {word}" in f" {fold(one[1])}" for word in wanted))
        for options in lists
    )
    return tuple(part or whole for part, whole in zip(few, lists, strict=True)), any(few)
