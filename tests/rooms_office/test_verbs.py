"""What an office decides, on both databases."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ocop.trace import (
    certifying,
    certifying_acts,
    certifying_calendar,
    certifying_figures,
    certifying_lists,
    certifying_reports,
    certifying_stories,
    withdrawing,
)
from ocop.trace.certifying import Line, NotYours, Officer, Paper, Scope
from ocop.trace.certifying_likeness import Samples
from ocop.trace.facts import CertificateState
from ocop.trace.issuing import IssueRequest, issue
from ocop.trace.keeping import backup, restore
from ocop.trace.registry import feedback, tables
from ocop.trace.registry.documents import document_file, keep_document, read_document
from ocop.trace.registry.errors import BadValue, Conflict, StoreBroken, StoreBusy, Unknown
from ocop.trace.registry.products import load
from ocop.trace.registry.quotas import Holder, QuotaSpent, set_quota, standing
from ocop.trace.registry.store import open_store, read_meta
from ocop.trace.signing.entries import Why
from ocop.trace.verdict_ids import StarAnswer
from ocop.trace.verdict_stars import product_stars
from ocop.trace.withdrawing import Held, NothingToDo
from sqlalchemy import func, select
from sqlmodel import col

NOW = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)
TODAY = date(2026, 11, 23)
TEA, LEAF, HAMMOCK = "09521234543213", "P/4VTR0QB4", "09521234543220"
ISSUER = "van-phong-ntm"
HA = Officer("chị Hà", "Chi cục Phát triển nông thôn Thái Nguyên", Scope("19"))
AN = Officer("anh An", "Chi cục Phát triển nông thôn Nghệ An", Scope("40"))
BO = Officer("bác Bình", "Văn phòng Điều phối Trung ương", Scope())
PAPER = Paper("2361/QĐ-BNNMT", date(2025, 6, 26), "Bộ Nông nghiệp và Môi trường")
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\nstartxref\n9\n%%EOF\n"


def line(number: int, province: str = "19", **changes: Any) -> Line:
    values = {"producer": "HTX Hương Vân Trà", "product": "Trà Hương Vân", "stars": 5}
    values |= {"valid_from": date(2025, 6, 26), "valid_to": date(2028, 6, 25)} | changes
    return Line(number, province, **values)


def in_force(office: Any, key: str, to: date, **changes: Any) -> int:
    """A certificate of a product; returns its id."""
    paper = Paper(f"{to}/{key}", to - timedelta(days=1000), "UBND tỉnh Thái Nguyên")
    wanted = line(1, valid_from=paper.signed_on, valid_to=to, stars=4, key=key, **changes)
    if key == HAMMOCK:
        wanted = replace(wanted, province_code="40")
    with office.store.begin() as session:
        certifying.enter_decision(session, BO, paper, [wanted], NOW)
        query = select(func.max(col(tables.Certificate.id)))
        return int(session.scalar(query) or 0)


def answer(office: Any, key: str, day: date = TODAY) -> StarAnswer:
    with office.store.read() as session:
        known = session.get(tables.ProductKey, key)
        return product_stars(load(session, [known.product_id], on=day)[0].product, day).answer


def scan(serial: int, at: datetime) -> tables.Scan:
    """A counted scan of the tea."""
    return tables.Scan(key=TEA, lot="L1", serial=serial, at=at, code="code_issued", stars="expired", channel="print",
                       lang="vi", browser="chrome")  # fmt: skip


class TestDecisions:
    def test_lines_of_another_province_wait_for_its_office(self, office: Any) -> None:
        lines = [line(12, key=TEA), line(13, "40", producer="Tổ hợp tác Bến Mây", product="Võng gai Bến Mây")]
        with office.store.begin() as session:
            entered = certifying.enter_decision(session, HA, PAPER, lines, NOW)
        assert (entered.entered, entered.waiting) == (1, 1)
        assert answer(office, TEA) is StarAnswer.VALID
        assert answer(office, HAMMOCK) is StarAnswer.NONE
        with office.store.begin() as session:
            waiting = session.scalars(
                select(tables.DecisionLine).where(col(tables.DecisionLine.line) == 13)
            ).one()
            with pytest.raises(NotYours):
                certifying.claim_line(session, HA, waiting.id or 0, HAMMOCK, NOW)
            certificate = certifying.claim_line(session, AN, waiting.id or 0, HAMMOCK, NOW)
            assert certificate.line == 13
            with pytest.raises(Conflict, match="anh An"):
                certifying.claim_line(session, AN, waiting.id or 0, HAMMOCK, NOW)
        assert answer(office, HAMMOCK) is StarAnswer.VALID

    def test_an_officer_cannot_enter_another_provinces_line_with_a_key_of_it(self, office: Any) -> None:
        with pytest.raises(NotYours), office.store.begin() as session:
            certifying.enter_decision(session, HA, PAPER, [line(13, "40", key=HAMMOCK)], NOW)
        with office.store.read() as session:
            assert session.scalar(select(func.count()).select_from(tables.Decision)) == 0

    def test_a_product_of_another_province_is_not_the_one_on_the_line(self, office: Any) -> None:
        with pytest.raises(BadValue, match="province 19"), office.store.begin() as session:
            certifying.enter_decision(session, BO, PAPER, [line(1, key=HAMMOCK)], NOW)

    def test_the_same_decision_twice_is_one_and_other_words_of_a_line_are_refused(self, office: Any) -> None:
        for officer in (HA, AN):
            with office.store.begin() as session:
                certifying.enter_decision(session, officer, PAPER, [line(12)], NOW)
        with office.store.read() as session:
            assert session.scalar(select(func.count()).select_from(tables.Decision)) == 1
            assert session.scalar(select(func.count()).select_from(tables.DecisionLine)) == 1
        with pytest.raises(Conflict, match="stars"), office.store.begin() as session:
            certifying.enter_decision(session, AN, PAPER, [line(12, stars=4)], NOW)

    @pytest.mark.parametrize("changes", [{"stars": 2}, {"valid_to": date(2020, 1, 1)}, {"product": " "}],
                             ids=["two stars", "ends before it begins", "no name"])  # fmt: skip
    def test_a_line_that_no_paper_can_say_is_refused(self, office: Any, changes: dict[str, Any]) -> None:
        with pytest.raises(BadValue), office.store.begin() as session:
            certifying.enter_decision(session, HA, PAPER, [line(1, **changes)], NOW)

    def test_a_refused_line_keeps_its_reason_and_waits_no_more(self, office: Any) -> None:
        with office.store.begin() as session:
            certifying.enter_decision(session, HA, PAPER, [line(12)], NOW)
            row = session.scalars(select(tables.DecisionLine)).one()
            certifying.refuse_line(session, HA, row.id or 0, "cơ sở đã giải thể", NOW)
        with pytest.raises(Conflict), office.store.begin() as session:
            certifying.claim_line(session, HA, 1, TEA, NOW)

    def test_a_certificate_is_withdrawn_and_restored_and_every_page_sees_it(self, office: Any) -> None:
        id_ = in_force(office, TEA, date(2028, 1, 1))
        with office.store.read() as session:
            before = read_meta(session).facts_version
        with office.store.begin() as session:
            certifying.close_certificate(
                session, HA, id_, CertificateState.WITHDRAWN, "ngừng sản xuất", TODAY
            )
        assert answer(office, TEA) is StarAnswer.WITHDRAWN
        with office.store.begin() as session:
            certifying.close_certificate(session, HA, id_, CertificateState.IN_FORCE, "nhầm", TODAY)
            assert read_meta(session).facts_version >= before + 2
        assert answer(office, TEA) is StarAnswer.VALID

    def test_another_provinces_certificate_is_not_closed(self, office: Any) -> None:
        id_ = in_force(office, TEA, date(2028, 1, 1))
        with pytest.raises(NotYours), office.store.begin() as session:
            certifying.close_certificate(session, AN, id_, CertificateState.WITHDRAWN, "nhầm tỉnh", TODAY)

    def test_a_dossier_is_handed_in_between_the_first_day_and_today(self, office: Any) -> None:
        id_ = in_force(office, TEA, date(2026, 12, 1))
        with office.store.begin() as session:
            certifying.resubmitted(session, HA, id_, TODAY, TODAY)
            with pytest.raises(BadValue):
                certifying.resubmitted(session, HA, id_, TODAY + timedelta(days=1), TODAY)

    def test_the_right_maker_and_the_wrong_product_is_named(self, office: Any) -> None:
        with office.store.begin() as session:
            certifying.name_other_certified(session, HA, TEA, "Trà nõn tôm")
        with office.store.read() as session:
            known = session.get(tables.ProductKey, TEA)
            product = load(session, [known.product_id], on=TODAY)[0].product
        assert product.other_certified == "Trà nõn tôm"


class TestDocuments:
    def test_a_decision_keeps_its_pdf_under_the_digest_of_its_content(self, office: Any) -> None:
        document = keep_document(office.store.data, PDF)
        with office.store.begin() as session:
            entered = certifying.enter_decision(session, HA, PAPER, [line(1)], NOW)
            for _ in range(2):
                certifying.attach(session, HA, entered.decision_id, document, NOW)
            assert session.scalar(select(func.count()).select_from(tables.DecisionDocument)) == 1
        assert read_document(office.store.data, document.name) == PDF

    @pytest.mark.parametrize(
        "content",
        [b"", b"<html>%PDF-1.4 startxref %%EOF", b"%PDF-1.4\nhalf", b"PK\x03\x04" + PDF, b"%PDF-9.9\n" + PDF[9:],
         PDF + b"x" * 2000],
        ids=["empty", "page", "half", "zip in front", "no such version", "something behind"],
    )  # fmt: skip
    def test_what_is_no_whole_pdf_is_refused_and_leaves_nothing(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(BadValue, match="document: expected"):
            keep_document(tmp_path, content)
        assert list(tmp_path.iterdir()) == []

    def test_a_document_that_was_changed_on_disk_is_not_given_out(self, tmp_path: Path) -> None:
        document = keep_document(tmp_path, PDF)
        document_file(tmp_path, document.name).write_bytes(PDF + b" ")
        with pytest.raises(StoreBroken):
            read_document(tmp_path, document.name)

    @pytest.mark.parametrize("name", ["../kek", "A" * 64, "0" * 63, ""])
    def test_a_name_that_is_no_digest_names_no_file(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(Unknown):
            read_document(tmp_path, name)

    def test_a_backup_carries_documents_and_the_offices_rows(
        self, sqlite_office: Any, tmp_path: Path
    ) -> None:
        document = keep_document(sqlite_office.store.data, PDF)
        with sqlite_office.store.begin() as session:
            entered = certifying.enter_decision(session, HA, PAPER, [line(1), line(2, "40")], NOW)
            certifying.attach(session, HA, entered.decision_id, document, NOW)
            set_quota(session, Holder.PRODUCER, 1, from_year=2026, codes=5, by="chị Hà", at=NOW)
        backup(sqlite_office.store, tmp_path / "b.zip", NOW)
        target = open_store("", data=tmp_path / "restored")
        restore(target, tmp_path / "b.zip", NOW)
        assert read_document(target.data, document.name) == PDF
        with target.read() as session:
            assert session.scalar(select(func.count()).select_from(tables.DecisionLine)) == 2
            assert session.scalars(select(tables.DecisionDocument)).one().name == document.name
            assert session.scalars(select(tables.Quota)).one().codes == 5
        target.close()


class TestCalendar:
    def test_who_ends_soon_is_listed_first_to_last_with_the_step_and_what_was_told(self, office: Any) -> None:
        soon, later = (
            in_force(office, TEA, TODAY + timedelta(days=20)),
            in_force(office, LEAF, TODAY + timedelta(days=80)),
        )
        in_force(office, HAMMOCK, TODAY + timedelta(days=5))
        with office.store.begin() as session:
            certifying_calendar.tell(session, soon, 30, way="zalo", by="chị Hà", at=NOW)
            with pytest.raises(Conflict, match="chị Hà"):
                certifying_calendar.tell(session, soon, 30, way="letter", by="anh An", at=NOW)
        with office.store.read() as session:
            found = certifying_calendar.due(session, Scope("19"), TODAY)
            assert [(one.certificate_id, one.days_left, one.step, one.open) for one in found] == [
                (soon, 20, 30, False),
                (later, 80, 90, True),
            ]
            assert [one.key for one in certifying_calendar.due(session, Scope("40"), TODAY)] == [HAMMOCK]
            assert certifying_calendar.due(session, Scope("19", "00001"), TODAY) == []

    def test_a_renewed_or_closed_certificate_is_no_ones_worry(self, office: Any) -> None:
        in_force(office, TEA, TODAY + timedelta(days=20))
        in_force(office, TEA, TODAY + timedelta(days=900))
        closed = in_force(office, LEAF, TODAY + timedelta(days=20))
        with office.store.begin() as session:
            certifying.close_certificate(session, HA, closed, CertificateState.SUSPENDED, "đang xem", TODAY)
        with office.store.read() as session:
            assert certifying_calendar.due(session, Scope(), TODAY) == []

    def test_a_star_that_ended_and_is_still_scanned_is_listed_until_it_is_renewed(self, office: Any) -> None:
        in_force(office, TEA, TODAY - timedelta(days=1))
        with office.store.begin() as session:
            for hours in (1, 2, 24 * 40):
                session.add(scan(1, NOW - timedelta(hours=hours)))
        with office.store.read() as session:
            (found,) = certifying_calendar.still_scanned(session, Scope("19"), NOW, TODAY)
            assert (found.key, found.scans) == (TEA, 2)
            assert certifying_calendar.still_scanned(session, Scope("40"), NOW, TODAY) == []
        in_force(office, TEA, TODAY + timedelta(days=900))
        with office.store.read() as session:
            assert certifying_calendar.still_scanned(session, Scope("19"), NOW, TODAY) == []


class TestStories:
    def test_a_checked_story_stays_up_while_its_edit_waits(self, office: Any) -> None:
        story = office.story
        first = office.tell(TEA, story)
        with office.store.begin() as session:
            certifying_stories.check(session, HA, first, TODAY, NOW)
        second = office.tell(TEA, replace(story, lead="Sửa: " + story.lead))
        with office.store.read() as session:
            (waiting,) = certifying_stories.unread(session, Scope("19"))
            assert (waiting.story_id, waiting.edited, waiting.revision) == (second, True, 2)
            known = session.get(tables.ProductKey, TEA)
            shown = load(session, [known.product_id])[0].product.stories["vi"]
            assert (shown.lead, shown.checked_by) == (story.lead, HA.office)
            reading = certifying_stories.open_story(session, Scope("19"), first, Samples())
            assert [(read.outcome, read.reader, read.office) for read in reading.readings] == [
                ("checked", "chị Hà", HA.office)
            ]
        with pytest.raises(Conflict, match="newest"), office.store.begin() as session:
            certifying_stories.check(session, HA, first, TODAY, NOW)

    def test_another_provinces_story_is_neither_seen_nor_checked(self, office: Any) -> None:
        story = office.tell(TEA, office.story)
        with office.store.begin() as session:
            assert certifying_stories.unread(session, AN.scope) == []
            with pytest.raises(Unknown):
                certifying_stories.open_story(session, AN.scope, story, Samples())
            with pytest.raises(NotYours):
                certifying_stories.check(session, AN, story, TODAY, NOW)

    def test_a_copy_is_measured_and_a_claim_is_named_with_its_part(self, office: Any) -> None:
        original = office.tell(TEA, office.story)
        text = office.story
        copied = replace(text, title="Võng", answers=(*text.answers[:4], "Nằm võng này chữa bệnh đau lưng."))
        story = office.tell(HAMMOCK, copied)
        with office.store.read() as session:
            reading = certifying_stories.open_story(session, Scope("40"), story, Samples())
        (copy,) = reading.copies
        assert (copy.story_id, copy.key, copy.same_maker) == (original, TEA, False)
        assert 70 <= copy.percent < 100
        assert [(part.name, part.flags[0].claim.phrase) for part in reading.parts if part.flags] == [
            ("answer-5", "chữa bệnh")
        ]

    def test_a_story_that_is_sent_back_stays_as_it_is_and_says_so(self, office: Any) -> None:
        story = office.tell(TEA, office.story)
        with office.store.begin() as session:
            with pytest.raises(BadValue):
                certifying_stories.send_back(session, HA, story, " ", NOW)
            certifying_stories.send_back(session, HA, story, "Xin viết rõ hơn.", NOW)
        with office.store.read() as session:
            (waiting,) = certifying_stories.unread(session, HA.scope)
            assert waiting.returned


class TestActs:
    def test_a_held_batch_leaves_the_sale_and_its_maker_cannot_open_it(self, office: Any) -> None:
        office.issue("L1")
        with office.store.begin() as session:
            withdrawing.release(session, TEA, "L1", office.by())
        with office.store.begin() as session:
            certifying_acts.hold_batch(session, TEA, "L1", Why.QUALITY, office.by(), office.state())
        assert office.state().batch(TEA, "L1").release_position is None
        with pytest.raises(Held, match="chị Hà"), office.store.begin() as session:
            withdrawing.release(session, TEA, "L1", office.by())
        with office.store.begin() as session:
            assert certifying_acts.lift_hold(session, TEA, "L1", office.by())
        assert office.state().batch(TEA, "L1").release_position is not None

    def test_a_batch_not_yet_on_sale_is_held_too_and_stays_off_when_let_go(self, office: Any) -> None:
        office.issue("L1")
        with office.store.begin() as session:
            certifying_acts.hold_batch(session, TEA, "L1", Why.OFFICE_HOLD, office.by())
            with pytest.raises(NothingToDo):
                certifying_acts.hold_batch(session, TEA, "L1", Why.OFFICE_HOLD, office.by())
        with office.store.begin() as session:
            assert not certifying_acts.lift_hold(session, TEA, "L1", office.by())
            with pytest.raises(NothingToDo):
                certifying_acts.lift_hold(session, TEA, "L1", office.by())

    def test_a_product_is_held_with_all_its_batches(self, office: Any) -> None:
        for lot in ("L1", "L2"):
            office.issue(lot)
        office.issue("L3", key=LEAF)
        with office.store.begin() as session:
            withdrawing.release(session, TEA, "L1", office.by())
            assert certifying_acts.hold_product(session, TEA, Why.SAFETY, office.by()) == ("L1", "L2")
            with pytest.raises(NothingToDo):
                certifying_acts.hold_product(session, TEA, Why.SAFETY, office.by())
            assert certifying_acts.held(session, LEAF, "L3") is None

    def test_a_preview_counts_codes_chips_pages_and_scans_and_changes_nothing(self, office: Any) -> None:
        office.issue("L1", count=10)
        with office.store.begin() as session:
            withdrawing.withdraw(session, TEA, "L1", Why.LABELS_LOST, office.by(), [(9, 10)])
            for number, state in ((1, "live"), (5, "reserved"), (6, "void")):
                ended = NOW if state == "void" else None
                session.add(tables.Chip(uid=bytes([4, number, 0, 0, 0, 0, 1]), key=TEA, lot="L1", number=number,
                                        type="ntag215", carrier="static", state=state, bound_at=NOW,
                                        ended_at=ended))  # fmt: skip
            for serial in (1, 2):
                session.add(scan(serial, NOW))
        state = office.state()
        with office.store.read() as session:
            whole = certifying_acts.preview_batch(session, state, TEA, "L1", NOW)
            some = certifying_acts.preview_batch(session, state, TEA, "L1", NOW, [(1, 3)])
            product = certifying_acts.preview_product(session, state, TEA, NOW)
        assert whole == certifying_acts.Touched(batches=1, codes=10, already=2, chips=2, pages=11, scans=2)
        assert some == certifying_acts.Touched(batches=1, codes=3, already=0, chips=1, pages=3, scans=2)
        assert product.pages == 12
        assert office.state().size == state.size

    def test_what_stands_can_be_taken_back_by_its_position(self, office: Any) -> None:
        office.issue("L1")
        with office.store.begin() as session:
            withdrawing.recall(session, TEA, "L1", Why.SAFETY, office.by("có mốc"))
        with office.store.read() as session:
            (act,) = certifying_acts.standing_acts(session, office.state(), TEA, "L1")
        assert (act.kind, act.why, act.reason) == ("recall", "safety", "có mốc")
        with office.store.begin() as session:
            withdrawing.undo(session, act.position, Why.MISTAKE, office.by())
        with office.store.read() as session:
            assert certifying_acts.standing_acts(session, office.state(), TEA, "L1") == []


class TestQuotas:
    def test_fifty_who_want_the_last_unit_are_one_winner(self, office: Any) -> None:
        office.issue("L0", count=9)
        with office.store.begin() as session:
            set_quota(session, Holder.PRODUCER, 1, from_year=2026, codes=10, by="chị Hà", at=NOW)
        results: list[str] = []
        start = threading.Barrier(50)

        def want(number: int) -> None:
            request = IssueRequest(f"r{number}", TEA, f"Q{number}", made=TODAY, count=1)
            start.wait()
            for _ in range(20):
                try:
                    issue(office.store.begin, office.keystore, request, "chị Hoa", NOW)
                    results.append("won")
                except QuotaSpent as error:
                    results.append(f"left {error.left}")
                except StoreBusy:
                    continue
                return

        threads = [threading.Thread(target=want, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == ["left 0"] * 49 + ["won"]
        with office.store.read() as session:
            assert standing(session, Holder.PRODUCER, 1, 2026).used == 10

    def test_the_issuer_and_the_producer_each_have_their_own(self, office: Any) -> None:
        with office.store.begin() as session:
            issuer = session.scalars(select(tables.Issuer)).one()
            set_quota(session, Holder.ISSUER, issuer.id or 0, from_year=2026, codes=15, by="chị Hà", at=NOW)
        office.issue("L1", count=10)
        with pytest.raises(QuotaSpent, match="5 more codes of Văn phòng NTM"):
            office.issue("L2", count=6, key=HAMMOCK)
        office.issue("L2", count=5, key=HAMMOCK)

    def test_a_year_begins_at_midnight_in_viet_nam(self, office: Any) -> None:
        with office.store.begin() as session:
            set_quota(session, Holder.PRODUCER, 1, from_year=2026, codes=10, by="chị Hà", at=NOW)
        office.issue("L1", now=datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC))
        with pytest.raises(QuotaSpent):
            office.issue("L2", now=datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC))
        office.issue("L2", now=datetime(2026, 12, 31, 17, 0, tzinfo=UTC))

    def test_withdrawn_codes_count_and_the_same_request_again_is_no_second_batch(self, office: Any) -> None:
        with office.store.begin() as session:
            set_quota(session, Holder.PRODUCER, 1, from_year=2026, codes=10, by="chị Hà", at=NOW)
        office.issue("L1")
        assert not office.issue("L1").created
        with office.store.begin() as session:
            withdrawing.withdraw(session, TEA, "L1", Why.LABELS_LOST, office.by())
        with pytest.raises(QuotaSpent):
            office.issue("L2", count=1)

    def test_a_later_year_may_lift_the_limit(self, office: Any) -> None:
        with office.store.begin() as session:
            set_quota(session, Holder.PRODUCER, 1, from_year=2026, codes=1, by="chị Hà", at=NOW)
            set_quota(session, Holder.PRODUCER, 1, from_year=2027, codes=None, by="chị Hà", at=NOW)
            assert standing(session, Holder.PRODUCER, 1, 2028).left is None
            for codes, year in ((-1, 2026), (5, 1999), (10**10, 2026)):
                with pytest.raises(BadValue):
                    set_quota(session, Holder.PRODUCER, 1, from_year=year, codes=codes, by="x", at=NOW)
            with pytest.raises(Unknown):
                set_quota(session, Holder.ISSUER, 99, from_year=2026, codes=1, by="x", at=NOW)


class TestReports:
    def test_a_report_is_taken_answered_and_closed_and_its_contact_goes(self, office: Any) -> None:
        given = feedback.ReportGiven(
            TEA, "not_alike", "vi", lot="L1", serial=3, words="Nắp khác", contact="0912"
        )
        with office.store.begin() as session:
            number = feedback.add_report(session, given, NOW)
            feedback.add_report(session, feedback.ReportGiven("09521234543299", "other", "vi"), NOW)
        with office.store.begin() as session:
            assert [one.number for one in certifying_reports.cases(session, HA.scope)] == [number]
            assert len(certifying_reports.cases(session, BO.scope)) == 2
            assert certifying_reports.cases(session, AN.scope) == []
            with pytest.raises(NotYours):
                certifying_reports.take(session, AN, number, NOW)
            certifying_reports.take(session, HA, number, NOW)
            with pytest.raises(Conflict, match="chị Hà"):
                certifying_reports.take(session, HA, number, NOW)
            certifying_reports.answer(session, HA, number, "Đã hỏi cơ sở.", NOW)
            certifying_reports.close(session, HA, number, "Đổi nắp", NOW)
        with office.store.begin() as session:
            case = certifying_reports.case(session, HA.scope, number)
            assert (case.state, case.contact, case.product) == ("closed", "", "Trà Hương Vân")
            assert [step.state for step in case.steps] == ["closed", "answered", "working"]
            assert certifying_reports.cases(session, HA.scope) == []
            with pytest.raises(Conflict):
                certifying_reports.answer(session, HA, number, "lần nữa", NOW)


class TestFiguresAndLists:
    def test_a_product_counts_once_with_its_best_star_while_it_holds_it(self, office: Any) -> None:
        in_force(office, TEA, date(2026, 11, 1))
        in_force(office, TEA, date(2028, 11, 1))
        closed = in_force(office, LEAF, date(2028, 1, 1))
        with office.store.begin() as session:
            certifying.close_certificate(
                session, HA, closed, CertificateState.WITHDRAWN, "x", date(2026, 11, 10)
            )
        with office.store.read() as session:
            months = certifying_figures.over_time(session, Scope("19"), until=TODAY, months=3)
            assert [(month.day, month.products) for month in months] == [
                (date(2026, 9, 30), 2),
                (date(2026, 10, 31), 2),
                (TODAY, 1),
            ]
            rows = certifying_figures.by_province(session, Scope(), TODAY)
            assert [(row.name, row.stars[4], row.producers, row.products) for row in rows] == [
                ("tỉnh Nghệ An", 0, 1, 1),
                ("tỉnh Thái Nguyên", 1, 1, 2),
            ]

    def test_the_legal_lists_have_every_item_and_no_phone(self, office: Any) -> None:
        office.issue("L1", count=10)
        with office.store.read() as session:
            (row,) = certifying_lists.legal_rows(session, Scope("19"), "https://id.ocop.example")
            assert list(certifying_lists.legal_rows(session, Scope("40"), "https://id.ocop.example")) == []
        a, b = row.named("A"), row.named("B")
        assert a["Mã truy xuất nguồn gốc"] == "https://id.ocop.example/01/09521234543213/10/L1"
        assert a["Số sê-ri (nếu có)"] == "000001 đến 000010"
        assert b["Xuất xứ"] == "Việt Nam"
        assert len(row.of("A")) == len(certifying_lists.columns("A")) == 11
        assert len(row.of("B")) == len(certifying_lists.columns("B")) == 9
        assert "Thương hiệu, nhãn hiệu (nếu có)" not in a
        assert "0912" not in str(row)
        with pytest.raises(BadValue):
            certifying_lists.columns("C")
