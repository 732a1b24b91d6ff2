"""The kinds of export: for each, the table it feeds, what names one of its rows, how a line becomes one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Table

from store import schema as s
from store.intake import Record
from tasks import intake_facts as facts
from tasks import intake_people as people
from tasks.intake_rows import Doubt, Known, Row, overlaid
from tracks.vocabulary import NoticeProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`key`: the columns that name a row. `by`: the one by which the stored rows are read back. `defaults`: what a
    blank means when the row is created. `may_be_empty`: a county may have none, so a header alone is no accident."""

    table: Table
    key: tuple[str, ...]
    by: str
    build: Callable[[Row, Known], Record]
    merge: Callable[[Record, Record, Doubt], Record] = overlaid
    defaults: Mapping[str, object] = field(default_factory=dict)
    may_be_empty: bool = False


PERSON = Kind(
    table=s.persons,
    key=("file_number", "role"),
    by="file_number",
    build=people.person,
    merge=people.merged_person,
    defaults={"email_to_check": False},
)

KINDS: dict[str, Kind] = {
    "referents": Kind(table=s.referents, key=("email",), by="email", build=people.referent),
    "absences": Kind(
        table=s.leaves,
        key=("referent_id", "first_day", "last_day"),
        by="referent_id",
        build=people.leave,
        may_be_empty=True,
    ),
    "usagers": PERSON,
    "contacts": Kind(table=s.persons, key=PERSON.key, by=PERSON.by, build=people.contact),
    "parcours": Kind(table=s.cases, key=("person_id", "track", "entered_on"), by="person_id", build=people.case),
    "contrats": Kind(
        table=s.contracts,
        key=("person_id", "kind", "starts_on"),
        by="person_id",
        build=facts.contract,
        merge=facts.merged_contract,
        defaults={"clauses": ""},
    ),
    "actions": Kind(
        table=s.prescribed_actions,
        key=("person_id", "label", "prescribed_on"),
        by="person_id",
        build=facts.action,
        may_be_empty=True,
    ),
    "courriers": Kind(
        table=s.letters,
        key=("person_id", "kind", "sent_on"),
        by="person_id",
        build=facts.letter,
        merge=facts.merged_letter,
        may_be_empty=True,
    ),
    "pauses": Kind(
        table=s.pauses,
        key=("person_id", "first_day"),
        by="person_id",
        build=facts.pause,
        defaults={"reason": "sans motif noté"},
        may_be_empty=True,
    ),
    "rendez_vous": Kind(
        table=s.appointments,
        key=("person_id", "starts_at"),
        by="person_id",
        build=facts.appointment,
        merge=facts.merged_appointment,
        defaults={"notice_proof": NoticeProof.NONE},
    ),
    "sessions": Kind(table=s.sessions, key=("ref",), by="ref", build=facts.session, may_be_empty=True),
}
