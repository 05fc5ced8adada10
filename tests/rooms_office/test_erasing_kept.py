"""Words that officers typed and that stay as a record: the name in them is found, and shown with the reason."""

from ocop.trace import erasing_finding, erasing_kept, withdrawing
from ocop.trace.certifying import Scope
from ocop.trace.registry import tables
from ocop.trace.registry.ledger_store import By
from ocop.trace.signing.entries import Why
from sqlalchemy import select

KEY, NAME = "09521234543213", "Nguyễn Thị Hoa"


def test_words_of_officers_are_found_in_every_place_of_the_reach_on_every_database(office):
    now = office.by().at
    said = f"Bà {NAME} báo"
    by = By("chị Hà", now, said, "Gọi 0912 345 678")
    office.tell(KEY)
    office.issue()
    with office.store.begin() as session:
        withdrawing.release(session, KEY, "L1", by)
        withdrawing.withdraw(session, KEY, "L1", Why.LABELS_LOST, by, [(3, 4), (6, 7)])
        withdrawing.recall(session, KEY, "L1", Why.SAFETY, by)
        lot = session.scalars(select(tables.Batch)).one()
        story = session.scalars(select(tables.Story)).one()
        session.add(tables.BatchHold(batch_id=lot.id, why="safety", reason=said, held_by="Hà", held_at=now))
        session.add(tables.StoryReading(story_id=story.id, outcome="returned", words=said, office="VP",
                                        reader="Hà", at=now))  # fmt: skip
        session.add_all(
            tables.HandOver(
                product_id=story.product_id, from_id=1, to_id=2, reason=said, done_by="Hà", at=now
            )
            for _ in range(2)
        )
        asked = tables.DataRequest(mark=bytes(32), kind="delete", name="Ba", words="x", lang="vi", filed_at=now,
                                   province_code="19")  # fmt: skip
        session.add(asked)
        session.flush()
        session.add(
            tables.DataRequestStep(request_id=asked.id, state="answered", words=said, officer="Hà", at=now)
        )
        session.flush()
        wanted = erasing_finding.wanted_of(NAME, "", now)
        kinds = [one.kind for one in erasing_kept.kept(session, Scope("19"), wanted)]
        assert kinds == ["recall", "withdraw", "hold", "returned", "handover", "answer"]
        assert erasing_kept.kept(session, Scope("40"), wanted) == []
        by_number = erasing_kept.kept(session, Scope(), erasing_finding.wanted_of("", "0912345678", now))
        assert [one.kind for one in by_number] == ["recall", "withdraw"]
