"""Backup and restore carry people and the log; what was open then is shut after."""

import sqlite3
from contextlib import closing

import pytest
from ocop.trace import auditing, doors_sessions
from ocop.trace.keeping import backup, restore
from ocop.trace.registry.store import open_store
from ocop.trace.registry.tables_people import (
    AuditEntry,
    Credential,
    HelpConsent,
    Invitation,
    Person,
    RecoveryCode,
    RoleGrant,
    RoomSession,
)
from sqlalchemy import func, select

REALM = "ocop.example/tag"


def test_people_and_the_log_come_back_and_every_session_and_open_link_has_ended(rooms, tmp_path):
    room = rooms()
    office, maker = room.person("province"), room.person("producer")
    office.post("/office/people", {"name": "Tư", "role": "commune", "commune": "17357"})
    maker.post("/me/card")
    kept = tmp_path / "kept.zip"
    backup(room.store, kept, room.now, kek=room.data / "kek")
    back = open_store("", data=tmp_path / "back")
    restore(back, kept, room.now, realm=REALM)
    with room.store.read() as before, back.read() as after:
        for table in (
            Person,
            RoleGrant,
            Credential,
            RecoveryCode,
            Invitation,
            RoomSession,
            HelpConsent,
            AuditEntry,
        ):
            count = select(func.count()).select_from(table)
            assert before.execute(count).scalar_one() == after.execute(count).scalar_one(), table
        assert auditing.check(after) == auditing.check(before)
        assert auditing.check(after).lines >= 2
        for client in (office, maker):
            assert doors_sessions.find(after, client.cookies["__Host-ocop"], room.now) is None
        assert after.execute(select(func.count()).where(Invitation.ended_at.is_(None))).scalar_one() == 0
    with back.begin() as session:
        auditing.note(session, None, "story.save", "sau khi phục hồi", at=room.now)
    with back.read() as session:
        assert auditing.check(session).wrong is None
    back.close()


@pytest.mark.parametrize("table", ["room_session", "tried", "ceremony"])
def test_a_database_without_a_table_says_so_and_shows_nothing_of_ours(rooms, table):
    room = rooms()
    client = room.person("province")
    with closing(sqlite3.connect(room.data / "ocop.db")) as connection:
        connection.execute(f"DROP TABLE {table}")
        connection.commit()
    target = {"room_session": "/me", "tried": "/door", "ceremony": "/door/passkey/options"}[table]
    got = (
        client.get(target) if table == "room_session" else room.client().post(target, {"phone": "0912345678"})
    )
    assert got.status == 503
    assert "no such table" not in got.text
