"""What a person says through a link: written once, with its effects, and put before their referent."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert, select

from store.acts import Act, record
from store.links import Link
from store.outcomes import Said, say
from store.schema import answers, appointments, cases, questions, signals
from store.sets import insert_new
from store.standing import Booked, read_standing
from tracks import keys
from tracks.errors import JalonError
from tracks.vocabulary import AnswerKind, AppointmentStatus, QuestionKind, SignalKind, SignalSource

BY = "la personne, par son lien"
NOTE = 300  # characters
# What the referent has to read: the others are told in the morning's message, and ask for nothing.
TO_READ = frozenset(AnswerKind) - {AnswerKind.COMING, AnswerKind.CHOSEN}
# A sign that the person answered: nothing goes further against them before it is read (R10, B3).
SIGNS = TO_READ - {AnswerKind.STOP}


class OvertakenError(JalonError):
    """The appointment is no longer what the page said: the person is shown what it is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """`reason`: a code; `wishes`: words of ours; `note`: the person's own; `content`: what tells it from another."""

    kind: AnswerKind
    reason: str | None = None
    wishes: str = ""
    note: str | None = None
    content: str = ""

    @property
    def digest(self) -> str:
        said = json.dumps([self.reason, self.wishes, self.note, self.content], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def give(connection: Connection, act: Act, link: Link, given: Given, *, why: str, coordinator_from: date) -> int | None:
    """Write the answer with what follows from it, in this transaction; its id, None when it was already given.

    `why`: what the referent reads, without a name. OvertakenError: the appointment has changed in between.
    """
    _lock(connection, link)
    standing = read_standing(connection, link)
    refuse_overtaken(given.kind, standing.booked, act)
    about = link.appointment_id if given.kind not in (AnswerKind.CONTACT, AnswerKind.STOP) else None
    row = {
        "territory": act.territory,
        "person_id": link.person_id,
        "case_id": standing.case_id,
        "link_id": link.id,
        "appointment_id": about,
        "kind": given.kind.value,
        "reason": given.reason,
        "wishes": given.wishes,
        "note": given.note,
        "given_at": act.at,
        "key": keys.answer(given.kind, f"a{about}" if about else f"l{link.id}", given.digest),
    }
    new = insert_new(connection, answers, [row])
    if not new:
        return None
    number: int = new[0].id
    if given.kind is AnswerKind.NOT_COMING:
        said = Said(status=AppointmentStatus.EXCUSED, reason=given.reason)
        say(connection, act, appointment=about or 0, said=said)
    put_before_referent(connection, act, row, number, why=why, coordinator_from=coordinator_from)
    subject = f"n{number} {given.kind} c{standing.case_id}" + (f" a{about}" if about else "")
    record(connection, act, kind="answer_given", subject=subject)
    return number


def _lock(connection: Connection, link: Link) -> None:
    """Two answers about one appointment come one after the other."""
    rows = appointments if link.appointment_id else cases
    id_ = link.appointment_id or link.case_id
    connection.execute(select(rows.c.id).where(rows.c.id == id_).with_for_update())


def refuse_overtaken(kind: AnswerKind, booked: Booked | None, act: Act) -> None:
    match kind:
        case AnswerKind.COMING | AnswerKind.NOT_COMING | AnswerKind.ANOTHER_TIME:
            stands = booked is not None and booked.is_ahead(act.at)
        case AnswerKind.EXPLANATION:
            stands = booked is not None and booked.is_to_explain(act.at)
        case _:
            stands = True
    if not stands:
        raise OvertakenError("Ce rendez-vous n'est plus celui que la page montrait.")


def put_before_referent(
    connection: Connection, act: Act, answer: dict[str, object], number: int, *, why: str, coordinator_from: date
) -> None:
    """A question that stays open until somebody has dealt with it; a sign of the person where it is one."""
    kind, case = AnswerKind(str(answer["kind"])), answer["case_id"]
    if kind not in TO_READ:
        return
    subject = f"answer:{number}"
    if kind in SIGNS:
        sign = {
            "territory": act.territory,
            "case_id": case,
            "happened_on": act.on,
            "source": SignalSource.PERSON,
            "kind": SignalKind.REPLY,
            "said_by": act.by,
            "key": keys.reply(number),
        }
        # The night asks the same under the same key: it is asked once.
        subject = f"reply:{connection.execute(insert(signals).values(sign).returning(signals.c.id)).scalar_one()}"
    assert isinstance(case, int)
    referent = connection.scalar(select(cases.c.referent_id).where(cases.c.id == case))
    connection.execute(
        insert(questions).values(
            territory=act.territory,
            case_id=case,
            referent_id=referent,
            kind=QuestionKind.QUALIFY,
            asked_on=act.on,
            coordinator_from=coordinator_from,
            why=why,
            policy_version="",
            key=keys.question(QuestionKind.QUALIFY, case, subject),
        )
    )
