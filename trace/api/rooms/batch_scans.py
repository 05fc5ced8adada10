"""The studio's room about scans: figures in sentences and small charts, never about a person or a place."""

from ocop.trace.api.rooms.batch_common import allowed, batch_path, lot_of, maker_of
from ocop.trace.api.rooms.routes import Route, where_batch
from ocop.trace.api.rooms.visit import Answer, Page, Visit
from ocop.trace.batching_scans import DAYS, FEW, Odd, Summary, summary
from ocop.trace.facts import Level
from ocop.trace.pages.phrases import LANG_NAMES
from ocop.trace.pages.rooms.batch_views import Chart, OddRow, ScansView
from ocop.trace.rights import Right


def shown(visit: Visit) -> Answer:
    """How one batch is scanned."""
    lot = lot_of(visit, visit.session)
    told = summary(visit.session, lot.key, lot.lot, visit.now)
    path = batch_path(lot.key, lot.lot)
    where = maker_of(visit.session, lot.key)
    items = lot.level is Level.ITEM
    odd = tuple(_odd(visit, one, lot.display) for one in told.odd)
    few = visit.say("scans.few", few=FEW) if told.total and not told.languages else ""
    view = ScansView(
        visit.base_view(visit.say("scans.title", lot=lot.lot)),
        path,
        path,
        _sentences(visit, told),
        _charts(visit, told),
        _thanks(visit, told),
        odd,
        few,
        can_release=items and allowed(visit, Right.LABELS_PRINT, where),
    )
    return Page(view)


def _sentences(visit: Visit, told: Summary) -> tuple[str, ...]:
    if not told.total:
        return (visit.say("scans.none"),)
    found = [visit.say("scans.total", n=told.total)]
    if told.tapped:
        found.append(visit.say("scans.tapped", n=told.tapped))
    found.append(visit.say("scans.recent", n=told.recent, days=DAYS))
    return tuple(found)


def _charts(visit: Visit, told: Summary) -> tuple[Chart, ...]:
    charts = []
    if (best := told.best_day) is not None:
        sentence = visit.say("scans.days.best", day=visit.words.date(best[0]), n=best[1])
        bars = tuple((f"{day:%d/%m}", count) for day, count in told.days)
        charts.append(Chart(visit.say("scans.days", days=DAYS), sentence, bars))
    if (part := told.best_hours) is not None:
        sentence = visit.say("scans.hours.best", start=part[0], end=part[1])
        bars = tuple((f"{start}–{end}h", count) for start, end, count in told.hours)
        charts.append(Chart(visit.say("scans.hours"), sentence, bars))
    if told.languages:
        named = [(_language(lang), count) for lang, count in told.languages]
        sentence = visit.say("scans.languages.most", language=named[0][0])
        if told.others:
            named.append((visit.say("scans.languages.others"), told.others))
        charts.append(Chart(visit.say("scans.languages"), sentence, tuple(named)))
    return tuple(charts)


def _thanks(visit: Visit, told: Summary) -> tuple[str, ...]:
    if not told.thanks:
        return (visit.say("scans.thanks.none"),)
    found = [visit.say("scans.thanks.total", n=told.thanks)]
    if told.thanks_languages:
        listed = ", ".join(f"{_language(lang)}: {count}" for lang, count in told.thanks_languages)
        found.append(visit.say("scans.thanks.languages", listed=listed))
    return tuple(found)


def _odd(visit: Visit, one: Odd, display: tuple[int, ...]) -> OddRow:
    numbers = tuple(number for number in one.numbers if number not in display)
    if one.kind == "often" and numbers:
        listed = ", ".join(str(number) for number in numbers)
        return OddRow(visit.say("scans.odd.often", listed=listed, n=one.scans), numbers)
    return OddRow(visit.say(f"scans.odd.{one.kind}.plain", n=one.scans))


def _language(lang: str) -> str:
    return LANG_NAMES.get(lang, lang)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/studio/products/{key}/batches/{lot}/scans", Right.SCANS_SEE, shown, where_batch),
)
