"""Every route × role × own or another's thing, as `matrix.txt` says it; a new route needs its line there.

    .venv/bin/python tests/rooms/test_matrix.py > tests/rooms/matrix.txt      # then read the difference

A cell has two signs: for the thing of one's own maker, commune and province, then for another's. `+` may, `-` sees
that it is there but may not (403), `.` not found (404).
"""

from pathlib import Path

import pytest
from ocop.trace.api.rooms.routes import Route, nowhere
from ocop.trace.api.rooms.table import ROUTES
from ocop.trace.registry import tables
from ocop.trace.rights import HELPER, NOWHERE, TABLE, Actor, Grant, Right, Role, Where, may, sees

FILE = Path(__file__).with_name("matrix.txt")
OWN, OTHER = Where(1, "40", "17357"), Where(2, "19", "05443")
GRANTS = {
    Role.OPERATOR: Grant(Role.OPERATOR),
    Role.NATIONAL: Grant(Role.NATIONAL),
    Role.PROVINCE: Grant(Role.PROVINCE, province="40"),
    Role.COMMUNE: Grant(Role.COMMUNE, commune="17357"),
    Role.PRODUCER: Grant(Role.PRODUCER, 1),
    Role.INSPECTOR: Grant(Role.INSPECTOR, province="40"),
    Role.STATION: Grant(Role.STATION, 1, commune="17357"),
}


def sign(actor: Actor, right: Right, where: Where) -> str:
    if may(actor, right, where).allowed:
        return "+"
    elsewhere = may(actor, right, where).reason == "elsewhere"
    return "." if elsewhere and not sees(actor, right, where) else "-"


def line(route: Route) -> str:
    name = f"{route.method:4} {route.path:58}"
    if route.right is None:
        return f"{name} open to everybody"
    places = (NOWHERE, NOWHERE) if route.where is nowhere else (OWN, OTHER)
    actors = [Actor(7, "x", (grant,)) for grant in GRANTS.values()]
    helper = Actor(7, "x", (GRANTS[Role.COMMUNE],), helping=1)
    cells = ["".join(sign(actor, route.right, where) for where in places) for actor in (*actors, helper)]
    proof = " proof" if route.step_up else ""
    return f"{name} {route.right:17} {'  '.join(cells)}{proof}"


def matrix() -> str:
    heads = "op  na  pr  co  ma  in  st  he"
    head = f"{'route':63} {'right':17} {heads}"
    return "\n".join([head, *sorted(map(line, ROUTES), key=lambda each: (each[5:], each[:4]))]) + "\n"


def test_the_matrix_is_the_one_that_a_person_has_read():
    assert matrix() == FILE.read_text("utf-8")


def test_every_route_stands_once_and_has_a_handler_of_its_method():
    seen = [(route.method, route.path) for route in ROUTES]
    assert len(seen) == len(set(seen))
    assert {route.method for route in ROUTES} == {"GET", "POST"}
    first = {route.segments[0] for route in ROUTES}
    assert first <= {"door", "me", "studio", "office", "help"}


def test_only_doors_and_help_are_open_to_everybody_and_the_print_shop_by_its_secret():
    opened = {route.path for route in ROUTES if route.right is None}
    assert {path for path in opened if path.split("/")[1] not in {"door", "help"}} == {
        "/studio/shop/{secret}"
    }


def test_no_role_has_every_right_and_every_right_has_a_role():
    given = frozenset().union(*TABLE.values())
    assert given == frozenset(Right)
    assert all(rights != frozenset(Right) for rights in TABLE.values())


def test_helping_never_issues_releases_consents_or_invites():
    dear = {Right.BATCH_ISSUE, Right.BATCH_RELEASE, Right.CONSENT_KEEP, Right.PEOPLE_INVITE, Right.ACT}
    assert not HELPER & dear
    assert TABLE[Role.PRODUCER] > HELPER


def test_helping_reaches_only_the_maker_who_is_helped():
    officer = Actor(7, "x", (GRANTS[Role.PROVINCE], GRANTS[Role.PRODUCER]), helping=2)
    assert may(officer, Right.STORY_EDIT, OTHER).allowed
    assert not may(officer, Right.STORY_EDIT, OWN).allowed
    assert may(officer, Right.CERTIFICATE_EDIT, OWN).reason == "only_helping"


def test_a_person_without_a_role_may_nothing_but_keep_their_own_account():
    for right in Right:
        for where in (OWN, NOWHERE):
            assert may(Actor(7, "x"), right, where).allowed is (right is Right.OWN), (
                "one's own account stays one's own"
            )
    assert not any(may(None, right).allowed for right in Right)


def path_of(route: Route, slug: str, key: str) -> str:
    path = route.path.replace("{key}", key).replace("{lot}", "L1").replace("{producer}", slug)
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


def product(room, producer: int, key: str) -> None:
    with room.store.begin() as session:
        row = tables.Product(producer_id=producer, key=key, group_no=1)
        session.add(row)
        session.flush()
        session.add(tables.ProductKey(key=key, product_id=row.id, since=room.now))


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_what_the_matrix_refuses_is_refused_over_http(room, role):
    own, other = room.producer("own"), room.producer("other", "19", "05443")
    product(room, own, "09521234543213")
    product(room, other, "P/4VTR0QB4")
    client = room.person(role, producer=own if role is Role.PRODUCER else None)
    if role is Role.STATION:
        with room.store.begin() as session:
            session.connection().exec_driver_sql(f"UPDATE role_grant SET producer_id = {own}")
    for route in ROUTES:
        if route.right is None:
            continue
        places = [("own", "09521234543213", OWN), ("other", "P-4VTR0QB4", OTHER)]
        for slug, key, where in places:
            expected = sign(
                Actor(7, "x", (GRANTS[role],)), route.right, NOWHERE if route.where is nowhere else where
            )
            if expected == "+":
                continue
            path = path_of(route, slug, key)
            got = client.get(path) if route.method == "GET" else client.post(path)
            allowed = {404} if expected == "." or "{lot}" in route.path else {403, 404}
            assert got.status in ({403, 404} if "{" in route.path and expected == "-" else allowed), (
                route.method, path, expected, got.status,
            )  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_who_is_not_signed_in_gets_past_any_door(room, method):
    client = room.client()
    for route in ROUTES:
        if route.right is None or route.method != method:
            continue
        path = path_of(route, "own", "09521234543213")
        got = client.get(path) if method == "GET" else client.post(path)
        if method == "GET":
            assert (got.status, got.location.partition("?")[0]) == (303, "/door"), path
        else:
            assert got.status == 403, path


def test_every_form_refuses_what_does_not_come_from_our_page(room):
    """Each POST route × {no secret, another's secret, a foreign origin, an opaque one}."""
    maker, other = room.person("producer"), room.person("producer")
    foreign = {"origin": "https://evil.example"}
    for route in ROUTES:
        if route.method != "POST":
            continue
        path = path_of(route, "own", "09521234543213")
        kind = {"content-type": "application/x-www-form-urlencoded"}
        sent = (
            ({}, ""),
            ({}, other.secret()),
            (foreign, maker.secret()),
            ({"origin": "null"}, maker.secret()),
        )
        for headers, secret in sent:
            got = maker.ask("POST", path, {**kind, **headers}, f"csrf={secret}".encode())
            assert got.status == 403, (path, headers, secret)


if __name__ == "__main__":
    print(matrix(), end="")
