"""What the doors show: signing in, an invitation, the proof again, one's own account, people, the log (floor 1)."""

from dataclasses import dataclass

from ocop.trace.pages.rooms.base import EMPTY, FieldState, RoomBase


@dataclass(frozen=True, slots=True)
class SignInView:
    """Sign in by passkey or by number and passphrase. `next`: where to go on."""

    base: RoomBase
    next: str
    passkeys: bool
    state: FieldState = EMPTY


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form on its way through a proof: where it goes, its fields, and both as one `text`."""

    action: str
    fields: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class AgainView:
    """Prove once more to be it, before something dear; `kept` is the form that waits for it."""

    base: RoomBase
    next: str
    passkeys: bool
    state: FieldState = EMPTY
    kept: KeptForm | None = None


@dataclass(frozen=True, slots=True)
class KeptView:
    """The form that waited can be sent on; `lead` says why it did. `door`: where to sign in before, in another tab."""

    base: RoomBase
    form: KeptForm
    lead: str
    door: str = ""


@dataclass(frozen=True, slots=True)
class InviteView:
    """An open invitation. `in_app`: the app whose browser this is ("Zalo"); `link`: the address to open elsewhere."""

    base: RoomBase
    action: str
    name: str
    role: str
    place: str
    inviter: str
    phone: str
    in_app: str
    link: str
    recovers: bool
    signed_in: bool
    state: FieldState = EMPTY


@dataclass(frozen=True, slots=True)
class WelcomeView:
    """Shown once after an invitation or a new passphrase: what to write down."""

    base: RoomBase
    made: str
    codes: tuple[str, ...]
    phone: str
    passkeys: bool
    go_on: str


@dataclass(frozen=True, slots=True)
class CardDoorView:
    """Come in with the printed card, and choose a new passphrase."""

    base: RoomBase
    state: FieldState = EMPTY


@dataclass(frozen=True, slots=True)
class Browser:
    """One signed-in browser."""

    id: int
    name: str
    since: str
    seen: str
    this: bool


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of a person."""

    id: int
    name: str
    since: str
    used: str


@dataclass(frozen=True, slots=True)
class Helper:
    """One consent to help: who helps whom until when."""

    id: int
    name: str
    maker: str
    agreed_by: str
    proof: str
    until: str
    standing: bool


@dataclass(frozen=True, slots=True)
class MeView:
    """One's own account."""

    base: RoomBase
    phone: str
    roles: tuple[str, ...]
    browsers: tuple[Browser, ...]
    passkeys: tuple[Passkey, ...]
    can_passkey: bool
    codes_left: int
    helping: tuple[Helper, ...]
    helpers: tuple[Helper, ...]
    maker: bool
    officer: bool


@dataclass(frozen=True, slots=True)
class SecretView:
    """Change the passphrase."""

    base: RoomBase
    state: FieldState = EMPTY


@dataclass(frozen=True, slots=True)
class HelpersView:
    """Who helps a maker, and what they did; with a form to let somebody help. `officer`: enters a paper for herself."""

    base: RoomBase
    makers: tuple[tuple[str, str], ...]
    helpers: tuple[Helper, ...]
    done: tuple[tuple[str, str, str, str], ...]
    state: FieldState = EMPTY
    officer: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One person in the office's list."""

    id: int
    name: str
    phone: str
    roles: str


@dataclass(frozen=True, slots=True)
class Pending:
    """One open invitation."""

    id: int
    name: str
    role: str
    until: str
    by: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One recovery that waits for a second person."""

    id: int
    name: str
    reason: str
    by: str
    mine: bool


@dataclass(frozen=True, slots=True)
class PeopleView:
    """Who works here, who is invited, whose way back waits.

    `find`: the lists are long, so they can be searched for the words `wanted`; `missed` says that nothing has them.
    """

    base: RoomBase
    members: tuple[Member, ...]
    pending: tuple[Pending, ...]
    recoveries: tuple[Asked, ...]
    roles: tuple[tuple[str, str], ...]
    producers: tuple[tuple[str, str], ...]
    communes: tuple[tuple[str, str], ...]
    provinces: tuple[tuple[str, str], ...]
    can_recover: bool
    state: FieldState = EMPTY
    find: bool = False
    wanted: str = ""
    missed: str = ""


@dataclass(frozen=True, slots=True)
class LinkView:
    """A new link: the address, its QR, a text for Zalo. Shown once."""

    base: RoomBase
    name: str
    link: str
    qr: str
    text: str
    until: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log in words."""

    position: int
    at: str
    actor: str
    what: str
    about: str
    why: str
    helping: bool


@dataclass(frozen=True, slots=True)
class AuditView:
    """The log, newest first."""

    base: RoomBase
    lines: tuple[LogLine, ...]
    older: str
    sound: str
    problem: str


TEMPLATES: dict[type, str] = {
    SignInView: "rooms/sign_in.html",
    AgainView: "rooms/again.html",
    KeptView: "rooms/kept.html",
    InviteView: "rooms/invite.html",
    WelcomeView: "rooms/welcome.html",
    CardDoorView: "rooms/card_door.html",
    MeView: "rooms/me.html",
    SecretView: "rooms/secret.html",
    HelpersView: "rooms/helpers.html",
    PeopleView: "rooms/people.html",
    LinkView: "rooms/link.html",
    AuditView: "rooms/audit.html",
}
