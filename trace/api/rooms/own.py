"""One's own data at `/me/data`: take it away, end a role, close the account, see where one's requests stand.

POST /me/data/file           the ZIP of `doors_own`, after a fresh proof
POST /me/roles/{id}/end      end a role; it is gone from every browser at once
POST /me/close               close the account (`doors_leaving`)
"""

from ocop.trace import certifying_requests, doors_leaving, doors_own
from ocop.trace.api.rooms.asking import ASK, FOLLOW, plain, standing
from ocop.trace.api.rooms.door_words import place_of, role_words
from ocop.trace.api.rooms.routes import Route
from ocop.trace.api.rooms.visit import Answer, Download, Go, Visit
from ocop.trace.pages.phrases import phrases
from ocop.trace.pages.rooms.base import EMPTY, FieldState
from ocop.trace.pages.rooms.office_views import Field, OfficeForm, Section
from ocop.trace.registry.errors import Conflict
from ocop.trace.rights import Actor, Grant, Right, Role

HERE = "/me/data"
README = 5


def page(visit: Visit, state: FieldState = EMPTY, state_of: str = "") -> Answer:
    """What may be done with one's own data."""
    take = Section(
        title=visit.say("mydata.take"),
        text=(visit.say("mydata.take.what"),),
        forms=(OfficeForm(f"{HERE}/file", (), visit.say("mydata.take.button")),),
    )
    me = visit.actor.person_id
    asked = [standing(visit, one) for one in certifying_requests.of_person(visit.session, me)]
    ask = Section(
        title=visit.say("request.title"),
        text=(visit.say("request.lead.1"),),
        links=((visit.say("request.send"), ASK), (visit.say("request.follow"), FOLLOW)),
    )
    sections = (take, ask, *asked, _roles(visit), _closing(visit))
    return plain(visit, visit.say("mydata.title"), *sections, state=state, state_of=state_of)


def _roles(visit: Visit) -> Section:
    held = doors_leaving.roles_of(visit.session, visit.actor.person_id)
    named = [
        (row.id, role_words(visit.words, grant, place_of(visit.session, grant)))
        for row in held
        for grant in (Grant(Role(row.role), row.producer_id, row.province, row.commune),)
    ]
    forms = tuple(
        OfficeForm(f"/me/roles/{number}/end", (), visit.say("mydata.role.end", role=role), quiet=True)
        for number, role in named
    )
    why = visit.say("mydata.roles.why" if len(named) > 1 else "mydata.roles.one")
    return Section(title=visit.say("mydata.roles"), text=(why,), forms=forms if len(named) > 1 else ())


def _closing(visit: Visit) -> Section:
    sure = Field("check", "sure", visit.say("mydata.close.sure"), required=True)
    form = OfficeForm("/me/close", (sure,), visit.say("mydata.close"), heading=visit.say("mydata.close"),
                      danger=True, fold=True)  # fmt: skip
    text = (visit.say("mydata.close.goes"), visit.say("mydata.close.stays"))
    return Section(title=visit.say("mydata.close"), text=text, forms=(form,))


def take_away(visit: Visit) -> Answer:
    """Everything that is kept of this person."""
    vi = phrases("vi")
    readme = "\r\n".join(vi.say(f"mydata.readme.{number}") for number in range(1, README + 1)) + "\r\n"
    data = visit.service.settings.data
    content = doors_own.packed(visit.session, data, visit.actor.person_id, visit.now, readme=readme)
    visit.note("data.take", f"#{visit.actor.person_id}")
    return Download(f"du-lieu-cua-toi-{visit.now:%Y-%m-%d}.zip", "application/zip", content)


def end_role(visit: Visit) -> Answer:
    """End one role of one's own."""
    number = visit.number("id")
    try:
        row = doors_leaving.end_role(visit.session, visit.actor.person_id, number, visit.now)
    except Conflict as error:
        return _refused(visit, error, f"/me/roles/{number}/end")
    visit.note("role.end", row.role, for_producer=row.producer_id)
    return Go(HERE, "mydata.role.ended")


def close(visit: Visit) -> Answer:
    """Close the account; every browser of it is out."""
    if visit.form.one("sure") != "1":
        return page(visit, FieldState({}, {"sure": visit.say("mydata.close.need")}), "/me/close")
    me = visit.actor.person_id
    try:
        doors_leaving.close(visit.session, me, visit.now)
    except Conflict as error:
        return _refused(visit, error, "/me/close")
    # The line names a number: the name is what was just erased.
    visit.note("account.close", f"#{me}", actor=Actor(me, doors_leaving.GONE))
    return Go("/door", "mydata.closed", token="")


def _refused(visit: Visit, error: Conflict, action: str) -> Answer:
    sentence = "mydata.wrong.operator" if error.rule == "operator" else "mydata.wrong.last"
    return page(visit, FieldState({}, {"sure": visit.say(sentence)}), action)


ROUTES: tuple[Route, ...] = (
    Route("GET", HERE, Right.OWN, page),
    Route("POST", f"{HERE}/file", Right.OWN, take_away, step_up=True, held=True),
    Route("POST", "/me/roles/{id}/end", Right.OWN, end_role, step_up=True),
    Route("POST", "/me/close", Right.OWN, close, step_up=True, held=True),
)
