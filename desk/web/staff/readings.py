"""*Consultations*: who opened which file, for the auditor."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk import ids, words
from desk.web import wording
from desk.web.staff.doors import Visitor, shown, staff_page
from store import reads
from tracks.errors import JalonError
from tracks.vocabulary import DeskRole

PAGES = {
    "dossier": "le dossier",
    "contrat": "le contrat",
    "pourquoi": "les explications",
    "coordonnees": "les coordonnées",
    "revue": "la revue",
    "dossier_revue": "le dossier de la revue",
}


def routes() -> list[BaseRoute]:
    return [shown("/consultations", show, roles=(DeskRole.AUDITOR,))]


def show(visitor: Visitor, request: Request) -> Response:
    asked = request.query_params.get("dossier", "")[:20].strip()
    try:
        case = ids.read("c", asked) if asked else None
        wrong = ""
    except JalonError as error:
        case, wrong = None, str(error)
    with visitor.office.reading() as connection:
        found, total = reads.latest(connection, visitor.scope, case=case)
    calendar = visitor.office.territory.calendar
    lines = [
        (
            wording.moment(row["at"], calendar),
            row["name"],
            words.DESK_ROLE[DeskRole(row["role"])],
            row["case_id"],
            PAGES[row["page"]],
        )
        for row in found
    ]
    return staff_page(visitor, "reads.html", lines=lines, total=total, asked=asked, wrong=wrong)
