"""*Personnes*: find somebody among those that I follow."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk.web.staff.doors import FILES, Visitor, shown, staff_page
from store.people_found import SHOWN, find_people


def routes() -> list[BaseRoute]:
    return [shown("/personnes", show, roles=FILES)]


def show(visitor: Visitor, request: Request) -> Response:
    said, closed = request.query_params.get("q", "")[:80].strip(), request.query_params.get("clos") == "oui"
    with visitor.office.reading() as connection:
        rows, total = find_people(connection, visitor.scope, said=said, closed=closed)
    titles = {slug: track.title for slug, track in visitor.office.territory.tracks.items()}
    return staff_page(
        visitor, "people.html", rows=rows, total=total, said=said, closed=closed, titles=titles, most=SHOWN
    )
