"""The file of a review: conditions with their evidence, chronology, and the papers to take away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from config.territory import Territory
from desk import dossier, dossier_pieces, dossier_why
from desk.web.staff.doors import Visitor, number, shown, staff_page
from desk.web.staff.reviews import PATH, REVIEWS, about, opened
from store.acts import Act
from store.dossier import read_file
from store.review_queue import names

KINDS = {"pdf": "application/pdf", "zip": "application/zip"}


def routes() -> list[BaseRoute]:
    return [
        shown(f"{PATH}/dossier", show, roles=REVIEWS),
        shown(f"{PATH}/dossier.pdf", pdf, roles=REVIEWS),
        shown(f"{PATH}/dossier.zip", archive, roles=REVIEWS),
    ]


@dataclass(frozen=True, slots=True)
class AtDesk:
    """What the papers of a review need, for one visitor."""

    visitor: Visitor

    @property
    def territory(self) -> Territory:
        return self.visitor.office.territory

    @property
    def slug(self) -> str:
        return self.territory.slug

    @property
    def now(self) -> datetime:
        return self.visitor.at

    @property
    def today(self) -> date:
        return self.visitor.on

    @property
    def heads_file(self) -> Path:
        return self.visitor.office.heads_file

    def act(self, by: str) -> Act:
        return self.visitor.office.act(by, self.visitor.at)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.visitor.office.reading() as connection:
            yield connection


def show(visitor: Visitor, request: Request) -> Response:
    """Reads the file as the dossier does: a fixed number of queries."""
    review, territory = number(request), visitor.office.territory
    row = opened_of_somebody(visitor, review, "dossier_revue")
    with visitor.office.reading() as connection:
        file = read_file(connection, territory=territory.slug, review=review)
    return staff_page(
        visitor,
        "review_file.html",
        why=dossier_why.explained(file, territory),
        evidence=file.evidence,
        proofs=dossier_pieces.proofs(file, territory),
        timeline=dossier_pieces.told(file, territory),
        steps=dossier_pieces.steps(file),
        named=names(visitor.scope),
        **about(visitor, row),
    )


def opened_of_somebody(visitor: Visitor, review: int, page: str) -> object:
    """HTTPException 404: a finding about the service has no file."""
    row = opened(visitor, review, page)
    if row["case_id"] is None:
        raise HTTPException(404)
    return row


def pdf(visitor: Visitor, request: Request) -> Response:
    return paper(visitor, request, "pdf")


def archive(visitor: Visitor, request: Request) -> Response:
    return paper(visitor, request, "zip")


def paper(visitor: Visitor, request: Request, kind: str) -> Response:
    """The whole dossier; without a name for whoever only studies it, and for anybody who asks it so."""
    review = number(request)
    opened_of_somebody(visitor, review, "dossier_revue")
    redacted = not names(visitor.scope) or request.query_params.get("nom") == "sans"
    files = dossier.composed(AtDesk(visitor), review, redacted=redacted)
    body = dossier.archived(files) if kind == "zip" else files["dossier.pdf"]
    name = f"revue-r{review}{'-sans-nom' if redacted else ''}.{kind}"
    return Response(body, media_type=KINDS[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})
