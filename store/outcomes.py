"""What happened at an appointment, as somebody says it; and the qualification of an absence, by a named person."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, answered, found, record
from store.announcements import Told, announce_end
from store.schema import appointments, messages
from tracks.errors import JalonError
from tracks.vocabulary import AppointmentStatus, MessageStatus, Qualification, QuestionKind

SAID = (AppointmentStatus.SEEN, AppointmentStatus.EXCUSED, AppointmentStatus.REVOKED, AppointmentStatus.NOSHOW)
AHEAD = (AppointmentStatus.EXCUSED, AppointmentStatus.REVOKED)  # the only ones that can be said beforehand
QUALIFIED = (AppointmentStatus.EXCUSED, AppointmentStatus.NOSHOW)

# Codes, never a health detail (R22); the words of the exports lead to them.
REASONS: dict[str, str] = {
    "legitimate_personal": "legitimate_personal",
    "santé": "legitimate_personal",
    "deuil": "legitimate_personal",
    "legitimate_logistics": "legitimate_logistics",
    "transport": "legitimate_logistics",
    "garde d'enfant": "legitimate_logistics",
    "legitimate_work": "legitimate_work",
    "entretien d'embauche": "legitimate_work",
    "notice_not_received": "notice_not_received",
    "convocation non reçue": "notice_not_received",
    "service": "service",
    "other": "other",
    "autre": "other",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of an appointment; JalonError where a word does not go with another."""

    status: AppointmentStatus
    reason: str | None = None
    qualification: Qualification | None = None

    def __post_init__(self) -> None:
        if self.status not in SAID:
            raise JalonError(f"« {self.status} » ne se dit pas d'un rendez-vous. Attendu : {', '.join(SAID)}.")
        if self.qualification and self.status not in QUALIFIED:
            raise JalonError("Seule une absence se qualifie : --qualify ne va qu'avec noshow ou excused.")
        if self.reason and self.reason.strip().casefold() not in REASONS:
            codes = ", ".join(sorted(set(REASONS.values())))
            raise JalonError(f"Motif inconnu. Attendu : {codes}. Aucun détail, de santé en particulier, n'est gardé.")

    @property
    def code(self) -> str | None:
        return REASONS[self.reason.strip().casefold()] if self.reason else None


def say(connection: Connection, act: Act, *, appointment: int, said: Said) -> Told:
    """Write what happened, close the questions it answers, void what was still to be sent, and say of one that was
    still to come that it will not take place.

    Said again, an outcome keeps the reason and the qualification that it does not mention.
    JalonError: unknown or replaced appointment, or an outcome said before the appointment took place.
    """
    row = found(connection, act, table=appointments, id=appointment, what=f"Rendez-vous a{appointment}")
    _refuse_impossible(row, act, said)
    news: dict[str, str | date | None] = {"status": said.status, "status_by": act.by}
    if said.reason or said.status != row["status"]:
        news |= {"reason": said.code}
    if said.qualification or said.status != row["status"]:
        news |= {"qualification": said.qualification, "qualified_by": act.by if said.qualification else None}
    accepted = said.status is AppointmentStatus.EXCUSED or said.qualification is Qualification.ADMISSIBLE
    if accepted or said.qualification or said.status != row["status"]:
        news |= {"excused_on": act.on if accepted else None}
    connection.execute(update(appointments).where(appointments.c.id == appointment).values(news))
    if said.status is not AppointmentStatus.NOSHOW:
        void_messages(connection, act, appointment=appointment)
    _close_what_it_answers(connection, act, row, said)
    words = [f"a{appointment}", f"{row['status']}>{said.status}", said.qualification or "", said.code or ""]
    record(connection, act, kind="outcome", subject=" ".join(word for word in words if word))
    return announce_end(connection, act, row, said.status)


def void_messages(connection: Connection, act: Act, *, appointment: int) -> None:
    """What was still to be sent about an appointment that is over or off is not sent any more."""
    connection.execute(
        update(messages)
        .where(
            messages.c.territory == act.territory,
            messages.c.appointment_id == appointment,
            messages.c.status.in_((MessageStatus.PENDING, MessageStatus.HELD)),
        )
        .values(status=MessageStatus.VOID)
    )


def _refuse_impossible(row: RowMapping, act: Act, said: Said) -> None:
    if row["superseded_by"] is not None:
        raise JalonError(
            f"Le rendez-vous a{row['id']} a été remplacé par a{row['superseded_by']} : notez la suite de celui-ci."
        )
    if row["starts_at"] > act.at and said.status not in AHEAD:
        raise JalonError(
            f"Le rendez-vous a{row['id']} n'a pas encore eu lieu. Avant son heure, seuls excused et revoked se notent."
        )


def _close_what_it_answers(connection: Connection, act: Act, row: RowMapping, said: Said) -> None:
    case, appointment = row["case_id"], row["id"]
    answered(connection, act, kind=QuestionKind.OUTCOME, case=case, subject=appointment)
    if said.qualification or said.status is not AppointmentStatus.NOSHOW:
        answered(connection, act, kind=QuestionKind.QUALIFY, case=case, subject=appointment)
        answered(connection, act, kind=QuestionKind.FOLLOW_UP, case=case, subject=appointment)
