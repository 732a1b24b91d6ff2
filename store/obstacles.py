"""What stands in the person's way, in the county's own codes, and the actions prescribed against it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert, select, update

from store.acts import Act, found, record
from store.schema import cases, obstacles, prescribed_actions
from store.sets import insert_new
from store.signing import refuse_tomorrow
from tracks.errors import JalonError
from tracks.french import full_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """`action` and `against` are slugs of the territory's programme; `label` is what the person reads."""

    action: str
    label: str
    due_on: date
    against: str | None = None


def name(connection: Connection, act: Act, *, case: int, code: str) -> None:
    """An obstacle is there. JalonError when it is already named and not lifted."""
    found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    o = obstacles.c
    same = (o.territory == act.territory, o.case_id == case, o.code == code)
    since = connection.scalar(select(o.named_on).where(*same, o.lifted_on.is_(None)))
    if since is not None:
        raise JalonError(f"Ce frein est déjà noté depuis le {full_date(since)}.")
    row = {"territory": act.territory, "case_id": case, "code": code, "named_on": act.on, "named_by": act.by}
    if not insert_new(connection, obstacles, [row]):  # lifted the same day, and back
        connection.execute(update(obstacles).where(*same, o.named_on == act.on).values(lifted_on=None))
    record(connection, act, kind="obstacle", subject=f"c{case} {code}")


def lift(connection: Connection, act: Act, *, case: int, code: str, day: date) -> None:
    """An obstacle is no longer there. JalonError when it was not noted."""
    refuse_tomorrow(act, day)
    o = obstacles.c
    lifted = connection.execute(
        update(obstacles)
        .where(o.territory == act.territory, o.case_id == case, o.code == code, o.lifted_on.is_(None))
        .values(lifted_on=day)
    )
    if not lifted.rowcount:
        raise JalonError("Ce frein n'est pas noté pour ce dossier : rien à lever.")
    record(connection, act, kind="obstacle_lifted", subject=f"c{case} {code} {day.isoformat()}")


def prescribe(connection: Connection, act: Act, *, case: int, what: Prescription) -> int:
    """An action of the programme, with its due date; its id. JalonError: due before today, or prescribed today."""
    row = found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    if what.due_on < act.on:
        raise JalonError("Une action se prescrit pour un jour à venir : vérifiez --due.")
    p = prescribed_actions.c
    same = select(p.id).where(
        p.territory == act.territory,
        p.person_id == row["person_id"],
        p.label == what.label,
        p.prescribed_on == act.on,
    )
    if connection.scalar(same) is not None:
        raise JalonError("Cette action est déjà prescrite aujourd'hui à cette personne.")
    id_ = connection.execute(
        insert(prescribed_actions)
        .values(
            territory=act.territory,
            person_id=row["person_id"],
            label=what.label,
            prescribed_on=act.on,
            due_on=what.due_on,
            action=what.action,
            obstacle=what.against,
            prescribed_by=act.by,
        )
        .returning(p.id)
    ).scalar_one()
    record(connection, act, kind="action_prescribed", subject=f"c{case} p{id_} {what.action} {what.due_on.isoformat()}")
    return int(id_)
