"""The statement of accessibility (RGAA): open to all, as the law wants it; what was tested, how, and what was not."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from desk.web.pages import page
from desk.web.staff.doors import note_door
from desk.web.staff.office import Office

PATH = "/accessibilite"


def routes() -> list[BaseRoute]:
    note_door("GET", PATH, ())
    return [Route(PATH, show, methods=["GET"])]


def show(request: Request) -> Response:
    office: Office = request.app.state.reception
    return page("staff/accessibility.html", territory=office.territory, home="/")
