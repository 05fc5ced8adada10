"""What every page of the rooms shows around its own content (floor 1, frozen values).

A view is a frozen dataclass with `base: RoomBase`; its module names its template in a dict `TEMPLATES`, which
`render.py` merges. Words are already in the reader's language; templates say fixed ones with `say("id")`.

Every form carries the hidden field `csrf`; the macro `parts.form_start(action)` puts it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NavItem:
    """One way to another room."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class RoomBase:
    """Frame of a page: `title`, ways to go, who is signed in, whom they help, a notice that is shown once."""

    lang: str
    title: str
    host: str
    csrf: str = field(repr=False)
    path: str = "/"
    nav: tuple[NavItem, ...] = ()
    person: str = ""
    helping: str = ""
    notice: str = ""
    scripts: tuple[str, ...] = ()
    print_only: bool = False


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A page that says what is wrong: in words, and where it helps with what was expected and got (English)."""

    base: RoomBase
    detail: str
    expected: str = ""
    got: str = ""
    hint: str = ""
    back: str = ""
    back_label: str = ""


@dataclass(frozen=True, slots=True)
class FieldState:
    """What stands in a form that is shown again: `values` as typed, `problems` by field in words."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What was typed there."""
        return self.values.get(name, "")

    def problem(self, name: str) -> str:
        """What is wrong there, empty when nothing is."""
        return self.problems.get(name, "")


EMPTY = FieldState()
TEMPLATES: dict[type, str] = {ProblemView: "rooms/problem.html"}
