"""Every unique key, made from ids, ISO dates and enum values, never from formatted text.

A key names a duty, not an attempt: running a night twice, or late, meets the same key and does nothing more.
"""

from datetime import date, datetime

from tracks.vocabulary import (
    AnswerKind,
    AppointmentKind,
    Channel,
    Clause,
    QuestionKind,
    Refusal,
    SignalKind,
    SignalSource,
    Template,
)


def appointment(case: int, kind: AppointmentKind, number: int) -> str:
    """`number`: how many of that kind have already ended or been revoked for the case, so that one can be replaced."""
    return f"case:{case}:{kind}:{number}"


def imported_appointment(case: int, starts_at: datetime) -> str:
    """The natural key of a county's export: person, date, hour."""
    return f"import:{case}:{starts_at:%Y-%m-%dT%H:%M%z}"


def convocation(appointment_id: int, starts_at: datetime) -> str:
    return f"{Template.CONVOCATION}:{appointment_id}:{starts_at:%Y-%m-%dT%H:%M%z}"


def reminder(appointment_id: int, starts_at: datetime, days_before: int) -> str:
    """A moved appointment has another `starts_at`, so it gets its reminders anew."""
    return f"{Template.REMINDER}:{appointment_id}:{starts_at:%Y-%m-%dT%H:%M%z}:{days_before}"


def reason_request(appointment_id: int) -> str:
    return f"{Template.REASON_REQUEST}:{appointment_id}"


def check_in(case: int, milestone: str) -> str:
    return f"{Template.CHECK_IN}:{case}:{milestone}"


def farewell(case: int) -> str:
    return f"{Template.FAREWELL}:{case}"


def moved(appointment_id: int, starts_at: datetime) -> str:
    return f"{Template.APPOINTMENT_MOVED}:{appointment_id}:{starts_at:%Y-%m-%dT%H:%M%z}"


def cancelled(appointment_id: int) -> str:
    return f"{Template.APPOINTMENT_CANCELLED}:{appointment_id}"


def referent_changed(case: int, referent: int, day: date) -> str:
    return f"{Template.REFERENT_CHANGED}:{case}:{referent}:{day.isoformat()}"


def same_hour(appointment_id: int, referent: int, starts_at: datetime) -> str:
    """The appointment stands, with somebody else."""
    return f"{Template.REFERENT_CHANGED}:{appointment_id}:{referent}:{starts_at:%Y-%m-%dT%H:%M%z}"


def invitation(case: int, last_fact: date) -> str:
    """One invitation for one run of facts: a new one only after another absence or breach."""
    return f"{Template.INVITATION_TO_REGULARISE}:{case}:{last_fact.isoformat()}"


def instead(key: str, channel: Channel) -> str:
    """Of the message that goes by `channel` because the one of `key` did not arrive: once a channel, however long the
    chain."""
    return f"{original(key)}>{channel}"


def original(key: str) -> str:
    return key.partition(">")[0]


def question(kind: QuestionKind, case: int, subject: int | str) -> str:
    return f"ask:{kind}:{case}:{subject}"


def digest(recipient: str, recipient_id: int, day: date) -> str:
    return f"digest:{recipient}:{recipient_id}:{day.isoformat()}"


def breach(case: int, clause: Clause | Refusal, day: date) -> str:
    return f"breach:{case}:{clause}:{day.isoformat()}"


def signal(case: int, source: SignalSource, kind: SignalKind, day: date) -> str:
    return f"signal:{case}:{source}:{kind}:{day.isoformat()}"


def answer(kind: AnswerKind, subject: str, content: str) -> str:
    """`subject`: `a12`, the appointment, or `l5`, the link; `content`: a digest of what is said, so that the same thing
    said twice is one answer."""
    return f"answer:{kind}:{subject}:{content}"


def reply(answer_id: int) -> str:
    """The sign in the file that a person answered: one an answer, several on one day if need be."""
    return f"signal:answer:{answer_id}"


def finding(cause: str, referent: int | None, clock: str) -> str:
    """The subject of a service finding: one per cause, referent and clock while it is open."""
    return f"{cause}|{referent or 0}|{clock}"
