"""Everything that is kept of one person, as one ZIP to take away (floor 3).

    content = packed(session, data_folder, person_id, now, readme="…")

    README.txt                 what is in it, in Vietnamese
    data.json                  see below, UTF-8
    photos/<name>.jpg          pictures that the person's makers sent or show, as they stand on the page
    voices/<name>.m4a          their recordings

`data.json`, version 1, every moment in UTC as `2026-11-24T03:00:00+00:00` or null:

    {"format": "ocop-trace/own-data", "version": 1, "made_at": …,
     "person": {"number", "name", "phone", "language", "created_at"},
     "roles": [{"role", "producer", "province", "commune", "given_by", "given_at", "ended_at"}],
     "browsers": [{"name", "made_at", "seen_at", "ended_at"}], "passkeys": [{"name", "created_at", "used_at"}],
     "help": [{"producer", "agreed_by", "proof", "given_at", "until", "ended_at"}],
     "requests": [{"number", "kind", "name", "contact", "words", "filed_at", "closed_at", "outcome"}],
     "log": [{"position", "at", "what", "about", "why"}],          the newest 5,000 lines of what this person did
     "makers": [{"number", "name", "phone", "website", "visit", "consents": [{"item", "person", "proof", …}],
                 "stories": [{"product", "language", "revision", "title", "lead", "answers", "teller", …}]}],
     "files": ["photos/…"], "left_out": ["photos/…"]}

Secrets are no data about a person and are not in it. Files stop at 200 and at 24 MB; what did not fit is named in
`left_out` and can be asked for.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from ocop.trace.registry import tables
from ocop.trace.registry.media import media_file, print_file
from ocop.trace.registry.voice import voice_file
from ocop.trace.rights import Role
from sqlalchemy import select
from sqlmodel import Session, col

LINES = 5_000
MOST_FILES, MOST_BYTES = 200, 24_000_000
WIDTHS = (1200, 720, 360)


def packed(session: Session, data: Path, person_id: int, now: datetime, *, readme: str) -> bytes:
    """The bytes of the ZIP."""
    said = own_data(session, person_id, now)
    files, left_out = _fitting(session, data, [maker["number"] for maker in said["makers"]])
    said |= {"files": [name for name, _ in files], "left_out": left_out}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme)
        archive.writestr("data.json", json.dumps(said, ensure_ascii=False, indent=1))
        for name, path in files:
            # Pictures and recordings are packed already.
            archive.write(path, name, zipfile.ZIP_STORED)
    return out.getvalue()


def own_data(session: Session, person_id: int, now: datetime) -> dict[str, Any]:
    """What `data.json` says, without its files."""
    person = session.get_one(tables.Person, person_id)
    grants = _rows(session, tables.RoleGrant, person_id)
    makers = {row.producer_id for row in grants if row.role == Role.PRODUCER and row.ended_at is None}
    return {
        "format": "ocop-trace/own-data",
        "version": 1,
        "made_at": _at(now),
        "person": {"number": person_id, "name": person.name, "phone": person.phone, "language": person.lang,
                   "created_at": _at(person.created_at)},
        "roles": [_named(row, "role", "province", "commune", "given_by", "given_at", "ended_at")
                  | {"producer": _maker_name(session, row.producer_id)} for row in grants],
        "browsers": [_named(row, "made_at", "seen_at", "ended_at") | {"name": row.browser}
                     for row in _rows(session, tables.RoomSession, person_id)],
        "passkeys": [_named(row, "name", "created_at", "used_at")
                     for row in _rows(session, tables.Credential, person_id)],
        "help": [_named(row, "agreed_by", "proof", "given_at", "until", "ended_at")
                 | {"producer": _maker_name(session, row.producer_id)}
                 for row in _rows(session, tables.HelpConsent, person_id)],
        "requests": [_named(row, "kind", "name", "contact", "words", "filed_at", "closed_at", "outcome")
                     | {"number": row.id} for row in _rows(session, tables.DataRequest, person_id)],
        "log": [_named(row, "position", "at", "what", "about", "why") for row in _log(session, person_id)],
        "makers": [_maker(session, number) for number in sorted(one for one in makers if one is not None)],
    }  # fmt: skip


def _rows(session: Session, table: Any, person_id: int) -> list[Any]:
    query = select(table).where(col(table.person_id) == person_id).order_by(col(table.id))
    return list(session.scalars(query))


def _log(session: Session, person_id: int) -> list[tables.AuditEntry]:
    entry = tables.AuditEntry
    query = select(entry).where(col(entry.actor_id) == person_id)
    return list(session.scalars(query.order_by(col(entry.position).desc()).limit(LINES)))


def _named(row: Any, *fields: str) -> dict[str, Any]:
    values = {field: getattr(row, field) for field in fields}
    return {name: _at(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _maker_name(session: Session, number: int | None) -> str | None:
    row = session.get(tables.Producer, number) if number is not None else None
    return None if row is None else row.name


def _maker(session: Session, number: int) -> dict[str, Any]:
    row = session.get_one(tables.Producer, number)
    consents = select(tables.Consent).where(col(tables.Consent.producer_id) == number)
    told = (
        select(tables.Story, col(tables.Product.key))
        .join(tables.Product, col(tables.Product.id) == col(tables.Story.product_id))
        .where(col(tables.Product.producer_id) == number)
        .order_by(col(tables.Story.id))
    )
    fields = ("revision", "title", "lead", "answers", "land", "teller", "transcript", "state")
    return {
        "number": number,
        **_named(row, "name", "phone", "website", "visit"),
        "consents": [
            _named(one, "item", "person", "proof", "given_at", "withdrawn_at")
            for one in session.scalars(consents.order_by(col(tables.Consent.id)))
        ],
        "stories": [
            {"product": key, "language": story.lang, **_named(story, *fields)}
            for story, key in session.execute(told)
        ],
    }


def _fitting(session: Session, data: Path, makers: list[int]) -> tuple[list[tuple[str, Path]], list[str]]:
    """The files that fit, with their names in the ZIP; the names of those that don't."""
    files: list[tuple[str, Path]] = []
    left_out: list[str] = []
    size = 0
    for name, path in files_of(session, data, makers):
        size += path.stat().st_size
        if size > MOST_BYTES or len(files) >= MOST_FILES:
            left_out.append(name)
            size -= path.stat().st_size
        else:
            files.append((name, path))
    return files, left_out


def files_of(
    session: Session, data: Path, makers: list[int], *, largest: bool = False
) -> Iterator[tuple[str, Path]]:
    """Pictures and recordings that makers sent or show, each with its name in the ZIP; `largest`: as for print."""
    for name in sorted(_names(session, makers)):
        sizes = [media_file(data, name, width, "jpg") for width in WIDTHS]
        picture = next(
            (path for path in (*[print_file(data, name)] * largest, *sizes) if path.exists()), None
        )
        if picture is not None:
            yield f"photos/{name}.jpg", picture
        elif (clip := voice_file(data, name)).exists():
            yield f"voices/{name}.m4a", clip


def _names(session: Session, makers: list[int]) -> set[str]:
    story, product = tables.Story, tables.Product
    own = select(col(product.id)).where(col(product.producer_id).in_(makers))
    told = select(col(story.id)).where(col(story.product_id).in_(own))
    queries = (
        select(col(tables.Upload.name)).where(col(tables.Upload.producer_id).in_(makers)),
        select(col(product.photo)).where(col(product.producer_id).in_(makers)),
        select(col(tables.RecognitionSign.photo)).where(col(tables.RecognitionSign.product_id).in_(own)),
        select(col(tables.Batch.photo)).where(col(tables.Batch.producer_id).in_(makers)),
        select(col(story.portrait)).where(col(story.product_id).in_(own)),
        select(col(story.voice)).where(col(story.product_id).in_(own)),
        select(col(tables.StoryStep.photo)).where(col(tables.StoryStep.story_id).in_(told)),
    )
    return {name for query in queries for name in session.scalars(query) if name}
