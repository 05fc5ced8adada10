"""The textbook version of the scan page: a sync route, an ORM read, a render, an ORM insert, one commit.

It shows the same page for the same link out of tables of its own, the way a framework's tutorial would do it.
"""

import os
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from ocop.trace.facts import BatchFacts
from ocop.trace.pages.phrases import phrases
from ocop.trace.pages.render import Renderer
from ocop.trace.pages.story_page import story_view
from ocop.trace.pages.views import item_values
from ocop.trace.signing.evidence import Signature
from ocop.trace.signing.keys import Verifier
from ocop.trace.signing.token import message, read_token
from ocop.trace.verdict import Evidence, judge
from sqlalchemy import LargeBinary
from sqlmodel import Field, Session, SQLModel, create_engine, select


class BatchRow(SQLModel, table=True):
    """A batch as one row, its facts beside it."""

    __tablename__ = "textbook_batch"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(index=True)
    lot: str = Field(index=True)
    public: bytes = Field(sa_type=LargeBinary)
    facts: bytes = Field(sa_type=LargeBinary)


class ScanRow(SQLModel, table=True):
    """A scan."""

    __tablename__ = "textbook_scan"
    id: int | None = Field(default=None, primary_key=True)
    key: str
    lot: str
    serial: str
    at: datetime
    code: str


def engine_of(folder: Path) -> Any:
    """SQLite as tutorials open it, in WAL mode like ours."""
    engine = create_engine(f"sqlite:///{folder / 'textbook.db'}", connect_args={"check_same_thread": False})
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    return engine


def fill(folder: Path, rows: list[tuple[str, str, bytes, BatchFacts]]) -> None:
    """Make the tables and put the batches in."""
    engine = engine_of(folder)
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        for key, lot, public, facts in rows:
            session.add(BatchRow(key=key, lot=lot, public=public, facts=pickle.dumps(facts)))
        session.commit()
    engine.dispose()


def create() -> FastAPI:
    """The application; TEXTBOOK_FOLDER and TEXTBOOK_REALM say where and who."""
    app = FastAPI()
    engine = engine_of(Path(os.environ["TEXTBOOK_FOLDER"]))
    realm, origin = os.environ["TEXTBOOK_REALM"], os.environ["TEXTBOOK_ORIGIN"]
    renderer = Renderer()

    @app.get("/story/{scheme}/{key}/10/{lot}/21/{serial}")
    def story(scheme: str, key: str, lot: str, serial: str, s: str) -> Response:
        now = datetime.now(UTC)
        name = key if scheme == "01" else f"P/{key}"
        with Session(engine) as session:
            row = session.exec(select(BatchRow).where(BatchRow.key == name, BatchRow.lot == lot)).one()
            facts: BatchFacts = pickle.loads(row.facts)
            token = read_token(s)
            signed = message(realm, token.carrier, token.key_number, name, lot, serial)
            holds = Verifier(row.public).holds(token.signature, signed)
            evidence = Evidence(
                Signature.HOLDS if holds else Signature.FALSE,
                token.carrier,
                serial,
                key_number=token.key_number,
            )
            verdict = judge(evidence, facts.product, facts.batch, now)
            values = item_values(
                phrases("vi"), verdict, path=f"/{scheme}/{key}/10/{lot}/21/{serial}", query=f"s={s}"
            )
            body = renderer.page(story_view(facts, verdict, "vi", origin, values))
            session.add(ScanRow(key=name, lot=lot, serial=serial, at=now, code=verdict.code.value))
            session.commit()
        return Response(body, media_type="text/html")

    return app
