"""Commands about issuers' keys. Private keys live in the keystore; the ledger knows the public halves."""

from typing import Annotated

import typer
from ocop.trace import issuing_keys, withdrawing
from ocop.trace.cli_common import Actor, Because, Json, Reason, by, confirm, desk, give, open_keys, say
from ocop.trace.registry import ledger_store
from ocop.trace.signing.entries import Why

key = typer.Typer(no_args_is_help=True, help="The keys that sign codes, by issuer and number.")
Issuer = Annotated[str, typer.Argument(help="The issuer's code, such as htx-huong-van-tra.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(key, name="key")


@key.command("add")
def add(issuer: Issuer, actor: Actor = "", json_: Json = False) -> None:
    """Make the issuer's next key; it signs the batches issued from now on."""
    with desk() as at:
        made = issuing_keys.add_key(at.store.begin, open_keys(at.settings), issuer, by(actor))
    if json_:
        give(
            {
                "issuer": made.issuer,
                "key": made.number,
                "public": made.public.hex(),
                "position": made.position,
            }
        )
    else:
        say(f"key {made.number} of {made.issuer} is in use (ledger position {made.position})")


@key.command("list")
def list_(json_: Json = False) -> None:
    """Every key with its state: active, retired or withdrawn."""
    with desk() as at, at.store.read() as session:
        state = ledger_store.replay(session)
    for record in state.every_key():
        name = "withdrawn" if record.withdrawn else "active" if record.active else "retired"
        if json_:
            give(
                {
                    "issuer": record.issuer,
                    "key": record.number,
                    "state": name,
                    "cutoff": record.cutoff,
                    "public": record.verifier.public.hex(),
                    "position": record.position,
                    "batches": len(state.batches_of_key(record.issuer, record.number)),
                }
            )
        else:
            cut = f" from position {record.cutoff} on" if record.cutoff is not None else ""
            say(f"{record.issuer:30} {record.number:>5}  {name}{cut}  {record.verifier.public.hex()}")


@key.command("withdraw")
def withdraw(
    issuer: Issuer,
    number: Annotated[int, typer.Argument(help="The key's number.")],
    reason: Reason,
    why: Because = Why.KEY_LOST,
    cutoff: Annotated[
        int | None,
        typer.Option(
            help="Batches entered at this ledger position or later lose their credit; those to come by default."
        ),
    ] = None,
    actor: Actor = "",
    yes: Yes = False,
    json_: Json = False,
) -> None:
    """Take a key's credit away from a ledger position on. It is never given back."""
    with desk() as at:
        with at.store.read() as session:
            preview = withdrawing.preview_key(ledger_store.replay(session), issuer, number, cutoff)
        if not json_:
            say(f"{preview.codes_lost:,} codes of {len(preview.lost)} batches lose their credit;")
            say(f"{preview.codes_kept:,} codes of {len(preview.kept)} batches keep it")
        confirm("withdraw the key?", yes)
        with at.store.begin() as session:
            done = withdrawing.withdraw_key(session, issuer, number, why, by(actor, reason), cutoff)
    if json_:
        give({"position": done.position, "codes_lost": preview.codes_lost, "codes_kept": preview.codes_kept})
    else:
        say(f"key {number} of {issuer} is withdrawn (ledger position {done.position})")
