"""Importing a list in the office: bring it, say what its columns are, check it, write it.

GET  /office/import                  the list, as a file or pasted
POST /office/import                  keeps it for this person, at most a day
GET  /office/import/{draft}          what each column is, as it seems; what holds for the whole list
POST /office/import/{draft}          keeps that, goes on to
GET  /office/import/{draft}/check    every problem by line; nothing is written
POST /office/import/{draft}/write    all or nothing, only what was seen
"""

import secrets
from datetime import timedelta

from ocop.trace.api.rooms.office_common import page_number, pager, scope_of
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Go, Page, Visit
from ocop.trace.importing import MAX_LINES, ImportRefused, Wanted, carry_out, rehearse
from ocop.trace.importing_lines import ERROR, MONTHS, Problem
from ocop.trace.importing_plan import Plan
from ocop.trace.pages.rooms.base import FieldState
from ocop.trace.pages.rooms.import_views import (
    Column,
    ImportCheckView,
    ImportColumnsView,
    ImportListView,
    Told,
)
from ocop.trace.registry import tables
from ocop.trace.registry.errors import Conflict, Unknown
from ocop.trace.registry.ledger_store import By
from ocop.trace.rights import Right
from ocop.trace.sheets.columns import FIELDS, body
from ocop.trace.sheets.encodings import CONVERTERS
from ocop.trace.sheets.grid import MAX_BYTES, MAX_COLUMNS, BadSheet, Sheet
from ocop.trace.sheets.reading import read_pasted, read_sheet
from ocop.trace.text import civil_date, format_number
from sqlmodel import Session, col, delete, or_

HERE = "/office/import"
KEPT = timedelta(days=1)
SAID_ONCE = (
    "province",
    "group",
    "stars",
    "decision_no",
    "decision_date",
    "authority",
    "valid_from",
    "valid_to",
)
MAX_PASTED = 1024 * 1024
"""Bytes of a pasted table: some 4,000 lines. A longer one comes as a file."""
TOLD = 100
"""So many problems stand on one page of the check."""
MOST = 200


def _steps(visit: Visit) -> tuple[str, ...]:
    return tuple(visit.say(f"import.step.{name}") for name in ("list", "columns", "check"))


def bring(visit: Visit, state: FieldState | None = None) -> Answer:
    """Where a list is brought."""
    base = visit.base_view(visit.say("import.title"))
    lines = format_number(MAX_LINES, visit.lang)
    view = ImportListView(base, _steps(visit), lines, MAX_PASTED, state or FieldState())
    return Page(view, 422 if state else 200)


def keep(visit: Visit) -> Answer:
    """Keep the list that was brought, and what its columns seem to be."""
    upload, pasted = visit.form.file("file"), visit.form.one("paste")
    if upload is None and not pasted.strip():
        return bring(visit, FieldState(problems={"file": visit.say("import.nothing")}))
    name, content = (upload.name, upload.content) if upload is not None else ("", pasted.encode())
    try:
        wanted = Wanted.suggested(_read(name, content, pasted=upload is None))
    except BadSheet as error:
        field = "file" if upload is not None else "paste"
        problem = {field: visit.say(f"import.sheet.{error.id}")}
        return bring(visit, FieldState({"paste": pasted}, problem))
    old = or_(
        col(tables.ImportDraft.person_id) == visit.actor.person_id,
        col(tables.ImportDraft.created_at) < visit.now - KEPT,
    )
    visit.session.execute(delete(tables.ImportDraft).where(old))
    draft = tables.ImportDraft(
        name=secrets.token_urlsafe(16),
        person_id=visit.actor.person_id,
        title="".join(letter for letter in name if letter.isprintable())[:MOST],
        pasted=upload is None,
        content=content,
        header_line=wanted.header_line,
        mapping={str(column): field for column, field in wanted.mapping.items()},
        created_at=visit.now,
    )
    visit.session.add(draft)
    visit.note("list.bring", draft.title)
    return Go(f"{HERE}/{draft.name}")


def columns(visit: Visit) -> Answer:
    """What each column is, and what holds for the whole list."""
    draft = _draft(visit)
    sheet = _read(draft.title, draft.content, pasted=draft.pasted)
    header = next((line for line in sheet.lines if line.number == draft.header_line), None)
    below = body(sheet, draft.header_line)
    width = max(len(line.cells) for line in sheet.lines)
    shown = []
    for column in range(width):
        example = next(
            (str(one.cells[column]) for one in below if len(one.cells) > column and one.cells[column] != ""),
            "",
        )
        name = str(header.cells[column]) if header and len(header.cells) > column else ""
        shown.append(Column(column + 1, name[:80], example[:80], draft.mapping.get(str(column), "")))
    options = tuple((field, visit.say(f"import.field.{field}")) for field in FIELDS)
    view = ImportColumnsView(
        visit.base_view(visit.say("import.columns")),
        _steps(visit),
        draft.name,
        tuple(shown),
        (("", visit.say("import.ignore")), *options),
        tuple((name, visit.say(f"import.field.{name}"), draft.defaults.get(name, "")) for name in SAID_ONCE),
        draft.defaults.get("months") == str(MONTHS),
        sheet.encoding.upper() if sheet.encoding in CONVERTERS else "",
        not draft.header_line,
    )
    return Page(view)


def choose(visit: Visit) -> Answer:
    """Keep what the officer says of the columns."""
    draft = _draft(visit)
    chosen = {column: visit.form.one(f"column-{column + 1}") for column in range(MAX_COLUMNS)}
    draft.mapping = {str(column): field for column, field in chosen.items() if field in FIELDS}
    draft.defaults = {
        name: visit.form.one(f"set-{name}").strip()[:MOST]
        for name in (*SAID_ONCE, "months")
        if visit.form.one(f"set-{name}").strip()
    }
    visit.session.add(draft)
    visit.note("list.columns", draft.title)
    return Go(f"{HERE}/{draft.name}/check")


def check(visit: Visit) -> Answer:
    """Every problem by line; nothing is written."""
    draft = _draft(visit)
    return _checked(visit, draft, rehearse(visit.session, _wanted(visit, draft), civil_date(visit.now)))


def write(visit: Visit) -> Answer:
    """Write what was seen, all or nothing."""
    try:
        with visit.begin() as session:
            draft = _draft(visit, session)
            by = By(visit.actor.name, visit.now)
            plan = carry_out(session, _wanted(visit, draft), by, seal=visit.form.one("seal") or "-")
            visit.note("list.write", f"{draft.title} {plan.counts['certificates']}".strip(), session=session)
            session.delete(draft)
    except (ImportRefused, Conflict):
        # Everything was taken back; what the register says now decides.
        with visit.begin() as session:
            draft = _draft(visit, session)
            now = rehearse(session, _wanted(visit, draft), civil_date(visit.now))
            return _checked(visit, draft, now, changed=True)
    counts = {name: plan.counts[name] for name in ("producers", "products", "certificates", "waiting")}
    return Go(HERE, "import.done", counts)


def _checked(visit: Visit, draft: tables.ImportDraft, plan: Plan, *, changed: bool = False) -> Page:
    errors = plan.errors
    told = (*errors, *(problem for problem in plan.problems if problem.level != ERROR))
    pages = max(1, -(-len(told) // TOLD))
    number = min(page_number(visit), pages)
    shown = told[(number - 1) * TOLD : number * TOLD]
    here = f"{HERE}/{draft.name}/check"
    counts = {name: format_number(count, visit.lang) for name, count in plan.counts.items()}
    view = ImportCheckView(
        visit.base_view(visit.say("import.result")),
        _steps(visit),
        draft.name,
        visit.say("import.counts", **counts),
        len(errors),
        len(told) - len(errors),
        tuple(_told(visit, problem) for problem in shown if problem.level == ERROR),
        tuple(_told(visit, problem) for problem in shown if problem.level != ERROR),
        visit.say("import.page", page=number, of=pages) if pages > 1 else "",
        pager(visit, here, number, len(told), TOLD),
        number == 1,
        plan.seal,
        changed,
    )
    return Page(view, 409 if changed else 200)


def _told(visit: Visit, problem: Problem) -> Told:
    field = visit.say(f"import.field.{problem.field}")
    where = "import.where" if problem.line else "import.where.file"
    what = visit.say(f"import.problem.{problem.id}", expected=problem.expected, got=problem.got)
    return Told(visit.say(where, line=problem.line, field=field), what)


def _wanted(visit: Visit, draft: tables.ImportDraft) -> Wanted:
    sheet = _read(draft.title, draft.content, pasted=draft.pasted)
    mapping = {int(column): field for column, field in draft.mapping.items()}
    return Wanted(
        sheet, draft.header_line, mapping, draft.defaults, scope_of(visit, Right.IMPORT_RUN).province
    )


def _read(name: str, content: bytes, *, pasted: bool) -> Sheet:
    if pasted:
        return read_pasted(content.decode("utf-8"))
    return read_sheet(name, content)


def _draft(visit: Visit, session: Session | None = None) -> tables.ImportDraft:
    """The list that this person brought. Raises Unknown, also for another person's."""
    name = visit.params["draft"]
    row = (session or visit.session).get(tables.ImportDraft, name) if name.isascii() else None
    if row is None or row.person_id != visit.actor.person_id or row.created_at < visit.now - KEPT:
        raise Unknown("list", name[:40], "bring it again")
    return row


ROUTES: tuple[Route, ...] = (
    Route("GET", HERE, Right.IMPORT_RUN, bring),
    Route("POST", HERE, Right.IMPORT_RUN, keep, max_body=MAX_BYTES + 100_000, max_field=MAX_PASTED),
    Route("GET", f"{HERE}/{{draft}}", Right.IMPORT_RUN, columns),
    Route("POST", f"{HERE}/{{draft}}", Right.IMPORT_RUN, choose),
    Route("GET", f"{HERE}/{{draft}}/check", Right.IMPORT_RUN, check),
    Route("POST", f"{HERE}/{{draft}}/write", Right.IMPORT_RUN, write, commits=True),
)
