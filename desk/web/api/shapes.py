"""What goes in and out of the API, as its OpenAPI says it."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Cell = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Heading = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00]+$")]
Word = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
MOST_ROWS = 2000


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Rows(Shape):
    """Les lignes d'un export, chacune sous les en-têtes mêmes de votre fichier. Toutes ont les mêmes en-têtes."""

    rows: Annotated[list[dict[Heading, Cell]], Field(min_length=1, max_length=MOST_ROWS)]


class Remark(Shape):
    line: str
    column: str
    severity: str
    reason: str


class Imported(Shape):
    """Les nombres de `jalon import --json`, et chaque remarque. Une ligne refusée n'empêche pas les autres d'entrer."""

    kind: str
    read: int
    created: int
    updated: int
    unchanged: int
    refused: int
    warnings: int
    message: str
    remarks: list[Remark]


class OutcomeSaid(Shape):
    """Ce qui s'est passé. Une absence ne se qualifie pas ici : c'est l'acte d'une personne nommée."""

    status: Literal["seen", "excused", "revoked", "noshow"]
    reason: Word | None = None


class Noted(Shape):
    appointment_id: str
    status: str
    told: str = Field(description="will_be : la personne sera prévenue ; by_no_channel : personne ne peut la prévenir.")


class Event(Shape):
    message_id: Annotated[Word, Field(min_length=1)]
    status: Literal["delivered", "permanent", "temporary", "accepted", "sent"]
    at: datetime | None = None
    event_id: Word | None = None


class Events(Shape):
    events: Annotated[list[Event], Field(min_length=1, max_length=1000)]


class TakenIn(Shape):
    new: int
    known: int
    unmatched: int
    moved: int
    ignored: int
    refused: int


class Appointment(Shape):
    appointment_id: str
    case_id: str
    beneficiary_ref: str = Field(description="Le numéro de dossier du Département, avec -CJT pour le partenaire.")
    track: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    status: str
    qualification: str | None
    superseded_by: str | None


class Appointments(Shape):
    appointments: list[Appointment]
    next_after: int | None = Field(description="À donner en `after` pour la suite ; null à la fin.")


class Review(Shape):
    review_id: str
    case_id: str | None
    track: str | None
    kind: str
    status: str
    opened_on: date
    deadline_on: date | None
    outcome: str | None
    policy_version: str


class Reviews(Shape):
    reviews: list[Review]
    next_after: int | None


class Pass(Shape):
    track: str
    done_on: date | None
    status: str


class Status(Shape):
    on: date
    passes: list[Pass]
    messages_overdue: int
    messages_held: int
    messages_unknown: int
    reviews_late: int


class Refusal(Shape):
    detail: str
