"""Small words of the doors: roles and places as people say them, browsers by their names."""

import re

from ocop.trace.pages.phrases import Phrases
from ocop.trace.registry import tables
from ocop.trace.rights import Grant, Role
from sqlalchemy import select
from sqlmodel import Session, col

# Browsers inside another app: links open there, and passkeys don't work. The first that fits names the app.
_IN_APP = (
    ("Zalo", re.compile(r"\bZalo\b", re.I)),
    ("Facebook", re.compile(r"\bFB(?:AN|AV|_IAB)\b|\[FB")),
    ("Messenger", re.compile(r"\bMessengerForiOS|\bOrca-Android")),
    ("TikTok", re.compile(r"\bmusical_ly|BytedanceWebview|\bTikTok", re.I)),
    ("Instagram", re.compile(r"\bInstagram\b")),
)
_BROWSERS = (
    ("Edge", re.compile(r"\bEdgA?(?:iOS)?/")),
    ("Cốc Cốc", re.compile(r"coc_coc", re.I)),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Firefox", re.compile(r"\bFirefox/|\bFxiOS/")),
    ("Chrome", re.compile(r"\bChrom(?:e|ium)/|\bCriOS/|HeadlessChrome")),
    ("Safari", re.compile(r"\bSafari/")),
)
_MACHINES = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def in_app_of(agent: str) -> str:
    """The app whose browser this is, empty for a browser of its own."""
    return next((name for name, mark in _IN_APP if mark.search(agent)), "")


def browser_of(agent: str) -> str:
    """`Chrome, Android`: how a person knows a browser again. Nothing finer is kept."""
    name = in_app_of(agent) or next((name for name, mark in _BROWSERS if mark.search(agent)), "")
    machine = next((shown for mark, shown in _MACHINES if mark in agent), "")
    return ", ".join(part for part in (name, machine) if part) or "?"


def role_words(words: Phrases, grant: Grant, place: str) -> str:
    """`cán bộ xã, xã Giai Xuân`."""
    role = words.say(f"role.{grant.role}")
    return f"{role}, {place}" if place else role


def place_of(session: Session, grant: Grant) -> str:
    """Where a role is held, by name; empty for everywhere."""
    if grant.producer_id is not None:
        row = session.get(tables.Producer, grant.producer_id)
        return row.name if row is not None else ""
    code = grant.commune or grant.province
    return unit_name(session, code) if code and grant.role not in {Role.OPERATOR, Role.NATIONAL} else ""


def unit_name(session: Session, code: str) -> str:
    """The newest name of a province or commune; its code when there is none."""
    query = select(tables.AdminUnit).where(col(tables.AdminUnit.code) == code)
    row = session.scalars(query.order_by(col(tables.AdminUnit.valid_from).desc())).first()
    return row.name if row is not None else code
