"""A sign that somebody puts things right, whatever the state of their review: the referent and the county's service are
told the same working day (R10; CASF L.262-37, R.262-68-1)."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from store import schema as s
from store.acts import Act, found
from store.changes import add_signal
from store.procedure import Doing, Rules, make
from store.sets import insert_new
from tracks import keys
from tracks.calendar import Calendar
from tracks.french import long_date
from tracks.review import Role, Step
from tracks.vocabulary import (
    Channel,
    MessageStatus,
    QuestionKind,
    RecipientKind,
    SignalKind,
    SignalSource,
    Template,
)

MORNING = time(8)
USEFUL = timedelta(days=5)


def note_compliance(
    connection: Connection, act: Act, *, review: int, role: Role, what: str, day: date, rules: Rules, coordinators: int
) -> datetime:
    """Note it in the file, ask that it be taken into account, tell the staff; when they are told, aware.

    `coordinators`: how many the territory has. JalonError as `store.procedure.make`: a closed review, a day to come.
    """
    row = found(connection, act, table=s.reviews, id=review, what=f"Revue r{review}")
    doing = Doing(step=Step.COMPLIED, role=role, on=day, details={"note": what})
    make(connection, act, review=review, doing=doing, rules=rules)
    add_signal(connection, act, case=row["case_id"], source=SignalSource.PERSON, kind=SignalKind.COMPLIANCE, day=day)
    case = found(connection, act, table=s.cases, id=row["case_id"], what="Dossier")
    due_at = told_at(rules.policies.calendar, act)
    ask(connection, act, review=review, case=case, day=day, version=rules.policies.track.ref(act.on))
    readers = [(RecipientKind.COORDINATOR, rank) for rank in range(coordinators)]
    readers += [(RecipientKind.REFERENT, case["referent_id"])] if case["referent_id"] else []
    rows = [told(act, review, kind, id_, due_at, rules.policies.calendar) for kind, id_ in readers]
    insert_new(connection, s.messages, rows)
    return due_at


def told_at(calendar: Calendar, act: Act) -> datetime:
    """Now on a working day, else the morning of the next one."""
    if calendar.is_working(act.on):
        return act.at
    return calendar.local(calendar.next_working(act.on), MORNING)


def ask(connection: Connection, act: Act, *, review: int, case: Any, day: date, version: str) -> None:
    """The question that the night would ask (`signs_during_review`), under its own key: asked once."""
    row = {
        "territory": act.territory,
        "case_id": case["id"],
        "referent_id": case["referent_id"],
        "kind": QuestionKind.QUALIFY.value,
        "subject_id": None,
        "asked_on": act.on,
        "coordinator_from": act.on,
        "why": "Depuis l'ouverture de la revue, la personne est venue ou s'est mise en règle le "
        f"{long_date(day)} : à prendre en compte sans attendre.",
        "policy_version": version,
        "key": keys.question(QuestionKind.QUALIFY, case["id"], f"sign:{review}:{day.isoformat()}"),
    }
    insert_new(connection, s.questions, [row])


def told(act: Act, review: int, kind: RecipientKind, id_: int, due_at: datetime, calendar: Calendar) -> dict[str, Any]:
    """The reader's message of that day, once more a review: it says what is open when it leaves, this sign included."""
    referent = kind is RecipientKind.REFERENT
    day = calendar.day_of(due_at)
    return {
        "territory": act.territory,
        "recipient_kind": kind.value,
        "recipient_id": id_,
        "channel": Channel.STAFF.value,
        "template": (Template.REFERENT_DIGEST if referent else Template.COORDINATOR_DIGEST).value,
        "due_at": due_at,
        "useful_until": due_at + USEFUL,
        "status": MessageStatus.PENDING.value,
        "details": {},
        "planned_on": day,
        "key": f"{keys.digest(kind.value, id_, day)}:r{review}",
    }
