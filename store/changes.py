"""What a named person changes in a file: its track, a pause, a sign from somebody."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, close_questions, found, record
from store.dated import note_duties
from store.schema import appointments, cases, checks, messages, pauses, questions, signals
from store.sets import insert_new
from tracks import keys
from tracks.errors import JalonError
from tracks.french import full_date
from tracks.vocabulary import (
    AppointmentStatus,
    MessageStatus,
    QuestionKind,
    SignalKind,
    SignalSource,
)

# Asked about a past appointment: still to be answered after the change of track.
ABOUT_THE_PAST = (QuestionKind.OUTCOME, QuestionKind.QUALIFY)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackChange:
    """`activity` (emploi, formation) and `started_on` go together; `follows_up`: the track counts its months from it.

    Where they are not given, a follow-up takes what the old case says of the return to work.
    """

    track: str
    from_day: date
    follows_up: bool = False
    activity: str | None = None
    started_on: date | None = None

    def __post_init__(self) -> None:
        if (self.activity is None) != (self.started_on is None):
            raise JalonError("--activity et --started vont ensemble : quelle activité, et depuis quel jour.")


def change_track(connection: Connection, act: Act, *, case: int, change: TrackChange) -> int:
    """Close the case, open the next with the same referent, take what is planned along; the id of the next.

    JalonError: unknown, closed or same track, a day before the entry. That the track exists is the caller's to check.
    """
    old = found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    _refuse_change(old, change)
    connection.execute(
        update(cases)
        .where(cases.c.id == case)
        .values(left_on=change.from_day, exit_reason=f"change:{change.track}", next_step=None)
    )
    new = _open_next(connection, old, change)
    _take_along(connection, act, old=case, new=new, from_day=change.from_day)
    note_duties(connection, territory=act.territory, on=act.on)
    close_questions(connection, act, questions.c.case_id == case, questions.c.kind.not_in(ABOUT_THE_PAST))
    connection.execute(
        update(checks).where(checks.c.case_id == case, checks.c.closed_on.is_(None)).values(closed_on=act.on)
    )
    record(connection, act, kind="track_change", subject=f"c{case}>c{new} {change.track} {change.from_day.isoformat()}")
    return new


def _refuse_change(old: RowMapping, change: TrackChange) -> None:
    name = f"Dossier c{old['id']}"
    if old["left_on"] is not None:
        raise JalonError(
            f"{name} : déjà clos le {full_date(old['left_on'])}. Changez le dossier ouvert de la personne."
        )
    if old["track"] == change.track:
        raise JalonError(f"{name} : la personne suit déjà le parcours {change.track}.")
    if change.from_day < old["entered_on"]:
        raise JalonError(f"{name} : le changement ne peut précéder l'entrée du {full_date(old['entered_on'])}.")


def _open_next(connection: Connection, old: RowMapping, change: TrackChange) -> int:
    again = connection.scalar(
        select(cases.c.id).where(
            cases.c.territory == old["territory"],
            cases.c.person_id == old["person_id"],
            cases.c.track == change.track,
            or_(cases.c.left_on.is_(None), cases.c.entered_on == change.from_day),
        )
    )
    if again:
        raise JalonError(f"La personne a déjà le dossier c{again} dans le parcours {change.track}.")
    kept = ("territory", "person_id", "referent_id", "under_duties")
    opened: int = connection.execute(
        insert(cases)
        .values(
            {name: old[name] for name in kept}
            | {"track": change.track, "entered_on": change.from_day}
            | _activity(old, change)
        )
        .returning(cases.c.id)
    ).scalar_one()
    return opened


def _activity(old: RowMapping, change: TrackChange) -> dict[str, object]:
    if change.activity:
        return {"activity_kind": change.activity, "activity_started_on": change.started_on}
    if not change.follows_up:
        return {}
    if old["activity_started_on"] is None:
        raise JalonError(f"Le parcours {change.track} suit une activité : dites laquelle (--activity, --started).")
    return {name: old[name] for name in ("activity_kind", "activity_started_on", "activity_with")}


def _take_along(connection: Connection, act: Act, *, old: int, new: int, from_day: date) -> None:
    """What is planned from that day on follows the person, with its messages: nothing is sent twice, nothing is lost.

    A change noted ahead leaves what comes before it, and its reminders, where they are.
    """
    a = appointments.c
    planned = (a.territory == act.territory, a.case_id == old, a.status == AppointmentStatus.PLANNED)
    leaves_at = max(act.at, datetime.combine(from_day, time.min, UTC))  # nobody is received around midnight
    ahead = (*planned, a.starts_at > leaves_at)
    moved = select(a.id).where(*ahead)
    connection.execute(update(messages).where(messages.c.appointment_id.in_(moved)).values(case_id=new))
    connection.execute(update(appointments).where(*ahead).values(case_id=new))
    before = select(a.id).where(*planned, a.starts_at > act.at)
    connection.execute(
        update(messages)
        .where(
            messages.c.case_id == old,
            messages.c.status.in_((MessageStatus.PENDING, MessageStatus.HELD)),
            or_(messages.c.appointment_id.is_(None), messages.c.appointment_id.not_in(before)),
        )
        .values(status=MessageStatus.VOID)
    )


def add_pause(
    connection: Connection, act: Act, *, case: int, first_day: date, last_day: date | None, reason: str
) -> None:
    """Nothing automatic happens for this person, in any track, on these days. JalonError: days that overlap a pause."""
    row = found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    if last_day is not None and last_day < first_day:
        raise JalonError("La pause finit avant de commencer : --to doit suivre --from.")
    if not reason.strip():
        raise JalonError("Une pause a un motif : --reason. La personne peut le lire ; aucun détail de santé.")
    overlap = connection.scalar(
        select(pauses.c.first_day).where(
            pauses.c.territory == act.territory,
            pauses.c.person_id == row["person_id"],
            or_(pauses.c.last_day.is_(None), pauses.c.last_day >= first_day),
            *([pauses.c.first_day <= last_day] if last_day else []),
        )
    )
    if overlap:
        raise JalonError(f"Une pause depuis le {full_date(overlap)} couvre déjà ces jours. Terminez-la d'abord.")
    connection.execute(
        insert(pauses).values(
            territory=act.territory,
            person_id=row["person_id"],
            first_day=first_day,
            last_day=last_day,
            reason=reason.strip(),
            decided_by=act.by,
        )
    )
    until = last_day.isoformat() if last_day else "open"
    record(connection, act, kind="pause", subject=f"c{case} {first_day.isoformat()}..{until}")


def end_pause(connection: Connection, act: Act, *, case: int, last_day: date) -> None:
    """`last_day` is the last day of the pause. JalonError when none covers it."""
    row = found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    ended = connection.execute(
        update(pauses)
        .where(
            pauses.c.territory == act.territory,
            pauses.c.person_id == row["person_id"],
            pauses.c.first_day <= last_day,
            or_(pauses.c.last_day.is_(None), pauses.c.last_day > last_day),
        )
        .values(last_day=last_day)
    )
    if not ended.rowcount:
        raise JalonError(f"Dossier c{case} : aucune pause ne court après le {full_date(last_day)}.")
    record(connection, act, kind="pause_end", subject=f"c{case} {last_day.isoformat()}")


def add_signal(
    connection: Connection, act: Act, *, case: int, source: SignalSource, kind: SignalKind, day: date
) -> bool:
    """A reply, a sign of putting things right, an alert. False when it was already noted for that day."""
    found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    _refuse_tomorrow(act, day)
    key = keys.signal(case, source, kind, day)
    row = {"territory": act.territory, "case_id": case, "happened_on": day, "said_by": act.by, "key": key}
    if not insert_new(connection, signals, [row | {"source": source, "kind": kind}]):
        return False
    record(connection, act, kind="signal", subject=f"c{case} {source} {kind} {day.isoformat()}")
    return True


def _refuse_tomorrow(act: Act, day: date) -> None:
    if day > act.on:
        raise JalonError(f"Le {full_date(day)} n'est pas encore passé : seul un fait se note.")
