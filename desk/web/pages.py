"""Pages as HTML: one environment of Jinja, one style sheet, and the pages that say no."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from desk.web import wording
from desk.web.staff import next_steps
from tasks.wording import phone
from tracks import french

STYLE = "/jalon.css"

# Status → title, what happened, what to do next. No cause: it would help nobody but a stranger.
REFUSALS: dict[int, tuple[str, str, str]] = {
    400: ("Demande non comprise", "Cette page n’a pas pu lire votre réponse.", "Revenez en arrière et réessayez."),
    403: ("Réponse non enregistrée", "Cette page a été ouverte il y a longtemps.", "Rouvrez le lien du message."),
    404: (
        "Ce lien ne mène à rien",
        "Il a pu être recopié avec une faute, ou il n’est plus valable.",
        "Rouvrez le lien dans le message que vous avez reçu.",
    ),
    410: (
        "Ce lien n’est plus valable",
        "Il a servi le temps prévu. Rien n’a été changé.",
        "Ouvrez le lien d’un message plus récent.",
    ),
    405: ("Demande non prévue", "Cette page ne s’utilise pas ainsi.", "Rouvrez le lien du message."),
    413: ("Réponse trop longue", "Votre réponse n’a pas été enregistrée.", "Revenez en arrière et raccourcissez-la."),
    415: ("Demande non comprise", "Cette page n’a pas pu lire votre réponse.", "Revenez en arrière et réessayez."),
    429: ("Trop de demandes à la fois", "Nous protégeons ce service.", "Attendez une minute, puis réessayez."),
    500: ("Un problème de notre côté", "Votre réponse n’a pas été enregistrée.", "Réessayez dans quelques minutes."),
    503: ("Service en pause", "Votre réponse n’a pas été enregistrée.", "Réessayez dans quelques minutes."),
}


@cache
def environment() -> Environment:
    """Templates are read once, escaped everywhere; a name that is missing is an error, not a blank."""
    made = Environment(
        loader=FunctionLoader(lambda name: resource(f"templates/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["style"] = STYLE
    made.filters |= {"moment": wording.moment, "suite": next_steps.told}
    made.filters |= {"jour": french.full_date, "jour_semaine": weekday, "telephone": phone, "phrase": french.sentence}
    return made


def weekday(day: date) -> str:
    """« mardi 8 décembre 2026 »."""
    return f"{french.weekday_date(day)} {day.year}"


def resource(name: str) -> str:
    return (files("desk.web") / name).read_text(encoding="utf-8")


def page(name: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(environment().get_template(name).render(**values), status_code=status)


def refusal(request: Request, status: int) -> Response:
    """The page of an error: nothing in it comes from the request."""
    title, happened, next_step = REFUSALS.get(status, REFUSALS[500])
    answer = page("refusal.html", status=status, title=title, happened=happened, next_step=next_step)
    if status == 429:
        answer.headers["Retry-After"] = "60"
    return answer
