"""What the studio's first page says before the products: batches that wait to be sold, and what buyers gave back."""

from ocop.trace.api.rooms.batch_common import allowed, batch_path, maker_of
from ocop.trace.api.rooms.visit import Visit
from ocop.trace.batching import Lot
from ocop.trace.pages.rooms.story_views import Step
from ocop.trace.registry.feedback import thanks_of
from ocop.trace.rights import Right

SHOWN = 5


def waiting(visit: Visit, lots: list[Lot]) -> tuple[Step, ...]:
    """Batches whose labels are out there while nobody may buy them: the first thing that helps."""
    return tuple(
        Step(
            visit.say("tell.home.wait", name=lot.product, lot=lot.lot, n=lot.printed),
            batch_path(lot.key, lot.lot),
        )
        for lot in lots
        if lot.waits
    )[:SHOWN]


def given(visit: Visit, lots: list[Lot]) -> tuple[Step, ...]:
    """Thanks in all, then the batches that are scanned most; nothing while there is nothing to tell."""
    seen = [lot for lot in lots if allowed(visit, Right.SCANS_SEE, maker_of(visit.session, lot.key))]
    thanked = sum(
        sum(thanks_of(visit.session, key).values()) for key in dict.fromkeys(lot.key for lot in seen)
    )
    most = sorted((lot for lot in seen if lot.scans), key=lambda lot: -lot.scans)[:SHOWN]
    scans = tuple(
        Step(
            visit.say("tell.home.scans", name=lot.product, lot=lot.lot, n=lot.scans),
            f"{batch_path(lot.key, lot.lot)}/scans",
        )
        for lot in most
    )
    return (Step(visit.say("tell.home.thanks", n=thanked), ""), *scans) if thanked else scans
