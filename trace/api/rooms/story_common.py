"""What the studio's handlers of stories share: who writes, uploads, problems in the reader's words."""

from ocop.trace.api.rooms.forms import Upload
from ocop.trace.api.rooms.routes import Params, key_in_path, product_key, where_product
from ocop.trace.api.rooms.visit import Visit
from ocop.trace.facts import Photo
from ocop.trace.registry.errors import BadPicture, BadSound, BadValue, NoEncoder, RegistryError
from ocop.trace.registry.ledger_store import By as LedgerBy
from ocop.trace.registry.media import Pictures, kept_bytes
from ocop.trace.registry.uploads import MOST_BYTES, MOST_FILES, WINDOW, note_upload, room_left
from ocop.trace.registry.voice import Clip, keep_voice
from ocop.trace.rights import Right, may
from ocop.trace.storytelling import By
from sqlmodel import Session

UPLOADS = 32 * 1024 * 1024
"""Several pictures of a phone in one form, for browsers without script; with it they come one by one."""
TOO_MANY = f"expected at most {MOST_FILES} files in {WINDOW.days} days, got more; send the rest later"
GROUPS = ("1", "2", "3", "4", "5", "6")


def by(visit: Visit) -> By:
    """Who writes now; a helper is named with the maker in mind."""
    name = visit.actor.name
    return By(visit.say("tell.by.helper", name=name) if visit.actor.helping is not None else name, visit.now)


def ledger_by(visit: Visit) -> LedgerBy:
    """The same for an act of the register."""
    return LedgerBy(visit.actor.name, visit.now)


def key_of(visit: Visit) -> str:
    """The key of the product in this path."""
    return product_key(visit.params["key"])


def product_path(key: str) -> str:
    """The studio's page of a product."""
    return f"/studio/products/{key_in_path(key)}"


def owner(session: Session, params: Params) -> int | None:
    """The maker of the product in this path."""
    return where_product(session, params).producer_id


def allowed(visit: Visit, session: Session, right: Right) -> bool:
    """Whether this person may do `right` to the product in this path."""
    return may(visit.actor, right, where_product(session, visit.params)).allowed


def taken(visit: Visit, upload: Upload) -> Photo:
    """A picture taken in; it holds no transaction while it is decoded. Raises BadPicture, StoreError."""
    data = visit.service.settings.data
    if not _room_left(visit):
        raise BadPicture(TOO_MANY, "quota")
    with Pictures(data) as pictures:
        photo = pictures.keep(upload.content)
    _note_upload(visit, photo.name, kept_bytes(data, photo.name))
    return photo


def heard(visit: Visit, upload: Upload) -> Clip:
    """A clip taken in, likewise. Raises BadSound, NoEncoder, StoreError."""
    if not _room_left(visit):
        raise BadSound(TOO_MANY, "quota")
    clip = keep_voice(visit.service.settings.data, upload.content)
    _note_upload(visit, clip.name, clip.size)
    return clip


def _room_left(visit: Visit) -> bool:
    with visit.service.store.read() as session:
        return room_left(session, owner(session, visit.params) or 0, visit.now)


def _note_upload(visit: Visit, name: str, size: int) -> None:
    """In a transaction of its own: the files are on the disk, whatever becomes of the form they came with."""
    with visit.begin() as session:
        note_upload(session, owner(session, visit.params) or 0, name, size, visit.now)


def web_picture(photo: Photo | None, least: int = 0) -> str:
    """The path of a picture's smallest file at least that wide, else of its largest; empty without a picture."""
    if photo is None or not photo.sizes:
        return ""
    widths = sorted(width for width, _ in photo.sizes)
    return f"/media/{photo.name}-{next((one for one in widths if one >= least), widths[-1])}.jpg"


def problem(visit: Visit, error: RegistryError) -> str:
    """What is wrong, in the reader's words. Errors of the store are not this function's business: they are raised."""
    if isinstance(error, BadPicture | BadSound) and error.why == "quota":
        return visit.say(
            "tell.upload.quota", days=WINDOW.days, files=MOST_FILES, size=MOST_BYTES // 1_000_000
        )
    if isinstance(error, BadPicture):
        return visit.say(f"tell.picture.{error.why}")
    if isinstance(error, BadSound):
        return visit.say(f"tell.sound.{error.why}")
    if isinstance(error, NoEncoder):
        return visit.say("tell.voice.unable")
    if not isinstance(error, BadValue):
        raise error
    if error.what in {"gtin", "group", "item", "standards"}:
        return visit.say(f"tell.wrong.{error.what}")
    if error.what.startswith("sign-"):
        return visit.say("tell.wrong.sign")
    if error.expected.startswith("at most"):
        return visit.say("tell.wrong.long", most=error.expected.split()[2])
    return visit.say("tell.wrong.needed" if error.expected == "some text" else "tell.wrong.value")
