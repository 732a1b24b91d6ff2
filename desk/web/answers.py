"""The pages behind the links of messages. Opening one changes nothing, whoever opens it; a form does, once."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from desk.web import wording
from desk.web.choices import choose, shown
from desk.web.forms import Form, new_contact, read_form
from desk.web.pages import page
from desk.web.visits import Visit, check_proof, version_of, visit_of
from store import answers, declarations
from store.answers import BY, Given, OvertakenError
from store.standing import Booked
from tracks.calendar import Calendar
from tracks.vocabulary import AnswerKind, Channel, Purpose

Said = Callable[[Visit, Form], Given | None]
PREFIX = "/r/{token}"
LEFT_WORKING_DAYS = 3  # where the track says nothing: an answer is taken all the same


def routes() -> list[BaseRoute]:
    return [
        Route(PREFIX, show_home, methods=["GET"]),
        *both("venir", coming, purpose=Purpose.APPOINTMENT, template=None),
        *both("empechement", not_coming, purpose=Purpose.APPOINTMENT, template="not_coming.html"),
        *both("autre-moment", another_time, purpose=Purpose.APPOINTMENT, template="another_time.html", also=shown),
        *both("choisir", choose, purpose=Purpose.APPOINTMENT, template="another_time.html", also=shown),
        *both("expliquer", explain, purpose=Purpose.APPOINTMENT, template="explain.html"),
        *both("nouvelles", news, purpose=Purpose.NEWS, template="news.html"),
        *both("coordonnees", contact, purpose=Purpose.CONTACT, template="contact.html"),
        *both("ne-plus-ecrire", stop, purpose=Purpose.CONTACT, template="stop.html"),
    ]


def both(
    name: str,
    write: Callable[[Visit, Form], None],
    *,
    purpose: Purpose,
    template: str | None,
    also: Callable[[Visit], dict[str, Any]] = lambda visit: {},
) -> list[BaseRoute]:
    """GET shows the form `name`, with what `also` reads; POST writes what it says and shows the page as it then is."""

    def render(visit: Visit, form: Form) -> Response:
        values = {"form": form, "name": name, "proof": visit.proof(name)} | CHOICES | visit.shown() | also(visit)
        return page(str(template), status=422 if form.mistakes else 200, **values)

    def show(request: Request) -> Response:
        visit = visit_of(request)
        visit.need(purpose)
        return render(visit, Form()) if is_open(name, visit) else back_to(visit)

    def receive(request: Request, form: Form) -> Response:
        visit = visit_of(request)
        visit.need(purpose)
        check_proof(visit, name, form.given.get("proof", ("",))[0])
        try:
            write(visit, form)
        except OvertakenError:
            return back_to(visit)  # where what has changed is said
        return render(visit, form) if form.mistakes else back_to(visit, done=name)

    path = f"{PREFIX}/{name}"
    shown = [Route(path, show, methods=["GET"])] if template else []
    return [*shown, Route(path, posted(receive), methods=["POST"])]


def posted(receive: Callable[[Request, Form], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Read the form, then work outside the event loop."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(receive, request, await read_form(request))

    return endpoint


FORMS: dict[AnswerKind, str] = {
    AnswerKind.COMING: "venir",
    AnswerKind.NOT_COMING: "empechement",
    AnswerKind.ANOTHER_TIME: "autre-moment",
    AnswerKind.CHOSEN: "choisir",
    AnswerKind.EXPLANATION: "expliquer",
    AnswerKind.NEWS: "nouvelles",
    AnswerKind.CONTACT: "coordonnees",
    AnswerKind.STOP: "ne-plus-ecrire",
}
CHOICES: dict[str, Any] = {
    "reason_options": [(value, said[0]) for value, said in wording.REASONS.items()],
    "half_days": wording.HALF_DAYS,
    "news_options": [(value, said[0]) for value, said in wording.NEWS.items()],
}


def show_home(request: Request) -> Response:
    """The page of the link: what it is for, as things stand."""
    visit = visit_of(request)
    if visit.allows(Purpose.NEWS):
        template = "news_home.html"
    elif visit.allows(Purpose.APPOINTMENT):
        booked = visit.standing.booked
        assert booked is not None
        template = "appointment.html" if booked.is_ahead(visit.at) else "past.html"
    else:
        template = "contact_home.html"
    booked = visit.standing.booked
    values: dict[str, Any] = {
        "proof": visit.proof("venir"),
        "done": done_of(request, visit),
        "booked": booked,
        "ahead": booked is not None and booked.is_ahead(visit.at),
        "to_explain": booked is not None and booked.is_to_explain(visit.at),
    }
    return page(template, **values, **visit.shown())


def done_of(request: Request, visit: Visit) -> str:
    """What to thank for: the form just filled, else the last answer. Empty when nothing was said yet."""
    named = request.query_params.get("fait", "")
    if named in FORMS.values():
        return named
    return FORMS[visit.standing.said[-1]] if visit.standing.said else ""


def back_to(visit: Visit, *, done: str = "") -> Response:
    """`done`: the form just filled, so that its page thanks for it."""
    return RedirectResponse(visit.path + (f"?fait={done}" if done else ""), status_code=303)


def is_open(name: str, visit: Visit) -> bool:
    """Whether that form still has an object."""
    booked = visit.standing.booked
    if name in ("empechement", "autre-moment", "choisir"):
        return booked is not None and booked.is_ahead(visit.at)
    if name == "expliquer":
        return booked is not None and booked.is_to_explain(visit.at)
    return True


def coming(visit: Visit, form: Form) -> None:
    """Said again after something else, it counts again."""
    others = sum(kind is not AnswerKind.COMING for kind in visit.standing.said)
    give(visit, form, Given(kind=AnswerKind.COMING, content=str(others)), why="")


def not_coming(visit: Visit, form: Form) -> None:
    reason, note = reason_of(form), form.note()
    if not form.mistakes:
        given = Given(kind=AnswerKind.NOT_COMING, reason=wording.REASONS[reason][1], note=note)
        give(visit, form, given, why=wording.not_coming(appointment_of(visit), calendar_of(visit), reason))


def another_time(visit: Visit, form: Form) -> None:
    wishes, note = form.several("moment", wording.HALF_DAYS), form.note()
    given = Given(kind=AnswerKind.ANOTHER_TIME, wishes=" ".join(wishes), note=note)
    give(visit, form, given, why=wording.another_time(appointment_of(visit), calendar_of(visit), wishes))


def explain(visit: Visit, form: Form) -> None:
    reason, note = reason_of(form), form.note()
    if not form.mistakes:
        given = Given(kind=AnswerKind.EXPLANATION, reason=wording.REASONS[reason][1], note=note)
        give(visit, form, given, why=wording.explanation(appointment_of(visit), calendar_of(visit), reason))


def news(visit: Visit, form: Form) -> None:
    said = form.choice("nouvelles", wording.NEWS, missing="Choisissez une des deux réponses.")
    note = form.note()
    if not form.mistakes:
        give(visit, form, Given(kind=AnswerKind.NEWS, wishes=said, note=note), why=wording.NEWS[said][1])


def contact(visit: Visit, form: Form) -> None:
    new = new_contact(form, visit.reception.territory.departement)
    if form.mistakes:
        return
    with visit.reception.writing() as connection:
        declarations.declare(
            connection,
            visit.reception.act(BY, visit.at),
            visit.link,
            new,
            why=wording.contact(new),
            coordinator_from=coordinator_from(visit),
        )


def stop(visit: Visit, form: Form) -> None:
    channel = visit.link.channel
    given = Given(kind=AnswerKind.STOP, wishes=channel.value)
    act = visit.reception.act(BY, visit.at)
    with visit.reception.writing() as connection:
        refused = declarations.refuse(connection, act, person=visit.link.person_id, channel=Channel(channel))
        if refused:
            answers.give(
                connection,
                act,
                visit.link,
                given,
                why=wording.stop(channel),
                coordinator_from=coordinator_from(visit),
            )


def give(visit: Visit, form: Form, given: Given, *, why: str) -> None:
    if form.mistakes:
        return
    with visit.reception.writing() as connection:
        act = visit.reception.act(BY, visit.at)
        answers.give(connection, act, visit.link, given, why=why, coordinator_from=coordinator_from(visit))


def reason_of(form: Form) -> str:
    return form.choice("motif", wording.REASONS, missing="Choisissez une réponse : la dernière ne dit rien de vous.")


def appointment_of(visit: Visit) -> Booked:
    """HTTPException 410: a link of no appointment."""
    if visit.standing.booked is None:
        raise HTTPException(410)
    return visit.standing.booked


def calendar_of(visit: Visit) -> Calendar:
    return visit.reception.territory.calendar


def coordinator_from(visit: Visit) -> date:
    """The day from which the coordinator is told too: that of the track for what a referent leaves."""
    territory = visit.reception.territory
    today = territory.calendar.day_of(visit.at)
    version = version_of(visit)
    wait = version.outcomes.ask_coordinator_after_working_days if version else LEFT_WORKING_DAYS
    return territory.calendar.add_working_days(today, wait)
