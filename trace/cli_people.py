"""Commands about people: the first ones of an office are let in here, and the log is checked."""

import secrets
from typing import Annotated

import typer
from ocop.trace import auditing, doors_invitations, doors_people
from ocop.trace.cli_common import Actor, Json, Refused, by, desk, give, login, say, warn
from ocop.trace.doors_invitations import Wanted
from ocop.trace.registry import tables
from ocop.trace.rights import Grant, Role
from ocop.trace.tags import qr
from sqlalchemy import select
from sqlmodel import Session, col

audit = typer.Typer(no_args_is_help=True, help="The log of what people did.")

Seen = Annotated[
    str, typer.Option("--seen", help="POSITION:DIGEST of an earlier check; the log must still hold it.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(invite)
    audit.command("check")(audit_check)
    app.add_typer(audit, name="audit")


def invite(
    name: Annotated[str, typer.Argument(help="Name of the person, as on their papers.")],
    role: Annotated[Role, typer.Argument(help="What they will be.")] = Role.OPERATOR,
    phone: Annotated[
        str, typer.Option("--phone", help="Their number; they enter it themselves by default.")
    ] = "",
    province: Annotated[
        str, typer.Option("--province", help="Two digits; for province offices, inspectors.")
    ] = "",
    commune: Annotated[str, typer.Option("--commune", help="Five digits; for commune officers.")] = "",
    producer: Annotated[str, typer.Option("--producer", help="Slug; for makers and stations.")] = "",
    actor: Actor = "",
    json_: Json = False,
) -> None:
    """Make a one-time link that lets somebody in, with its QR. It lives for a week and is shown this once."""
    with desk() as at:
        fresh, acts = secrets.token_bytes(32), by(actor)
        with at.store.begin() as session:
            grant = _grant(session, role, province, commune, producer)
            wanted = Wanted(name, phone, grant)
            token = doors_invitations.invite(session, wanted, by=acts.actor, now=acts.at, fresh=fresh)
            auditing.note(
                session, None, "person.invite", f"{name} ({role})", "", grant.producer_id, at=acts.at,
                name=actor or login(),
            )  # fmt: skip
        link = f"{at.settings.public_url}/door/i/{token}"
    if json_:
        give(
            {
                "link": link,
                "name": name,
                "role": str(role),
                "until": (acts.at + doors_invitations.LIVES).isoformat(),
            }
        )
        return
    say(link)
    say(qr.terminal(qr.matrix(qr.segments(link))))
    warn(f"this link lets {name} in once, within a week; whoever has it can use it")


def _grant(session: Session, role: Role, province: str, commune: str, producer: str) -> Grant:
    number = None
    if producer:
        number = session.scalars(
            select(col(tables.Producer.id)).where(col(tables.Producer.slug) == producer)
        ).first()
        if number is None:
            raise Refused(f"expected a known producer, got {producer!r}", "see `ocop-trace register`", 3)
    for what, code in (("province", province), ("commune", commune)):
        if (
            code
            and session.scalars(select(tables.AdminUnit).where(col(tables.AdminUnit.code) == code)).first()
            is None
        ):
            raise Refused(f"expected the code of a {what}, got {code!r}", "such as 40 or 17357", 3)
    grant = Grant(role, number, province or None, commune or None)
    if role is Role.INSPECTOR and not doors_people.where_of(session, grant).province:
        raise Refused("expected a province for an inspector, got none", "use --province", 3)
    return grant


def audit_check(seen: Seen = "", json_: Json = False) -> None:
    """Read the whole log and name the first line that was changed, lost or put in. Exit code 1 when there is one."""
    earlier = _seen(seen) if seen else None
    with desk() as at, at.store.read() as session:
        done = auditing.check(session, earlier)
    if json_:
        give({"lines": done.lines, "digest": done.digest.hex(), "wrong": done.wrong, "problem": done.problem})
    elif done.wrong is None:
        say(
            f"{done.lines} lines, in order; keep this for a later check: {done.lines - 1}:{done.digest.hex()}"
        )
    else:
        say(f"the log is not in order: {done.problem}")
    if done.wrong is not None:
        raise typer.Exit(1)


def _seen(text: str) -> tuple[int, bytes]:
    position, _, digest = text.partition(":")
    try:
        return int(position), bytes.fromhex(digest)
    except ValueError:
        raise Refused(f"expected POSITION:DIGEST as `audit check` printed it, got {text!r}", code=3) from None
