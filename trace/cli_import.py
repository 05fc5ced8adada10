"""The command that imports a list of products: `ocop-trace import FILE`."""

from pathlib import Path
from typing import Annotated

import typer
from ocop.trace.cli_common import Actor, Json, Refused, by, desk, give, now, say, warn
from ocop.trace.importing import Wanted, carry_out, rehearse
from ocop.trace.importing_lines import ERROR, Problem
from ocop.trace.importing_plan import Plan
from ocop.trace.pages.phrases import Phrases, phrases
from ocop.trace.sheets.columns import FIELDS, suggest
from ocop.trace.sheets.grid import MAX_BYTES, BadSheet
from ocop.trace.sheets.reading import read_sheet
from ocop.trace.text import civil_date

Assign = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="What the list says nowhere, such as --set province='Nghệ An'; may come often."
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", help="What a column is, counted from 1, such as --column 3=product; may come often."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("import")(import_)


def import_(
    file: Annotated[Path, typer.Argument(help="A list as .xlsx, .csv or text, in any usual encoding.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    sheet: Annotated[str, typer.Option(help="The sheet of a workbook; the first one shown by default.")] = "",
    column: Columns = None,
    set_: Assign = None,
    actor: Actor = "",
    json_: Json = False,
) -> None:
    """Put a list of makers, products and certificates into the register, all or nothing; every problem by line."""
    wanted = _wanted(file, sheet, column or [], set_ or [])
    with desk() as at:
        with at.store.read() as session:
            plan = rehearse(session, wanted, civil_date(now()))
        _tell(plan, quiet=json_)
        if not plan.errors and not dry_run:
            with at.store.begin() as session:
                carry_out(session, wanted, by(actor), seal=plan.seal)
    written = not plan.errors and not dry_run
    if json_:
        problems = [
            {"line": one.line, "field": one.field, "problem": one.id, "level": one.level, "got": one.got}
            for one in plan.problems
        ]
        give({"written": written, **plan.counts, "problems": problems})
    elif not plan.errors:
        say(phrases("en").say("import.counts", **plan.counts))
        say("written" if written else "nothing was written: this was a dry run")
    if plan.errors:
        raise Refused(
            f"expected a list without problems, got {len(plan.errors)}; nothing was written", code=3
        )


def _wanted(file: Path, sheet: str, columns: list[str], values: list[str]) -> Wanted:
    try:
        with file.open("rb") as opened:
            read = read_sheet(file.stem, opened.read(MAX_BYTES + 1), sheet=sheet)
    except BadSheet as error:
        raise Refused(f"{file}: {str(error).partition(chr(10))[0]}", error.hint, code=3) from error
    suggested = Wanted.suggested(read)
    header_line, mapping = suggested.header_line, dict(suggested.mapping)
    if not header_line and columns:
        # Whoever names columns has a line that names them, even if we know few of the names.
        header_line = read.lines[0].number
        mapping = suggest(tuple(str(cell) for cell in read.lines[0].cells))
    for one in columns:
        number, field = _pair("--column", one)
        if not (number.isascii() and number.isdigit() and 0 < int(number) < 1000):
            raise Refused(f"expected a column such as 3=product, got {one!r}", code=3)
        mapping = {at: name for at, name in mapping.items() if name != field} | {int(number) - 1: field}
    defaults = dict(_pair("--set", one) for one in values)
    return Wanted(read, header_line, mapping, defaults)


def _pair(option: str, text: str) -> tuple[str, str]:
    """The two sides of `a=b`, where the one that names a field names one we know."""
    left, _, right = text.partition("=")
    field = right if option == "--column" else left
    known = (*FIELDS, "months")
    if not left or not right or field not in known:
        raise Refused(f"expected {option} with one of {', '.join(known)}, got {text!r}", code=3)
    return left, right


def _tell(plan: Plan, *, quiet: bool) -> None:
    words = phrases("en")
    for problem in plan.problems:
        if not quiet:
            (warn if problem.level == ERROR else say)(sentence(words, problem))


def sentence(words: Phrases, problem: Problem) -> str:
    """A problem in words: where, and what."""
    field = words.say(f"import.field.{problem.field}")
    where = words.say("import.where" if problem.line else "import.where.file", line=problem.line, field=field)
    return f"{where}: {words.say(f'import.problem.{problem.id}', expected=problem.expected, got=problem.got)}"
