"""A duty of the contract not kept, as somebody saw it: tied to the clause of that day, explained, qualified."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, close_questions, found, record
from store.in_force import contract_on, open_text
from store.outcomes import REASONS
from store.schema import breaches, cases, questions, referents
from store.sets import insert_new
from store.signing import refuse_tomorrow
from tracks import keys
from tracks.errors import JalonError
from tracks.french import full_date
from tracks.vocabulary import Clause, Qualification, QuestionKind, Refusal, TextStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """What the person said of it, as a code; `on` is the day on which they said it."""

    reason: str
    on: date

    @property
    def code(self) -> str:
        """JalonError for a word of no list."""
        code = REASONS.get(self.reason.strip().casefold())
        if code is None:
            codes = ", ".join(sorted(set(REASONS.values())))
            raise JalonError(f"Motif inconnu. Attendu : {codes}. Aucun détail, de santé en particulier, n'est gardé.")
        return code


def allege(connection: Connection, act: Act, *, case: int, duty: Clause | Refusal, day: date) -> int:
    """Note that a duty was not kept on `day`; its id, the same if it is noted already.

    JalonError: an appointment (noted on itself), a day to come, a duty that the contract of that day does not have,
    a refusal of a contract that nobody had proposed.
    """
    found(connection, act, table=cases, id=case, what=f"Dossier c{case}")
    refuse_tomorrow(act, day)
    if duty in (Clause.INDIVIDUAL, Clause.COLLECTIVE):
        raise JalonError("Une absence se note sur son rendez-vous : jalon outcome RENDEZ-VOUS noshow --by NOM.")
    tied = (
        _refused(connection, act, case, day) if isinstance(duty, Refusal) else _clause(connection, act, case, day, duty)
    )
    key = keys.breach(case, duty, day)
    row: dict[str, Any] = {"territory": act.territory, "case_id": case, "clause": duty, "happened_on": day, "key": key}
    row["circuit"] = _circuit(connection, act, case)
    new = insert_new(connection, breaches, [row | tied | {"said_by": act.by}])
    if new:
        record(connection, act, kind="breach", subject=f"c{case} b{new[0].id} {duty} {day.isoformat()}")
        return int(new[0].id)
    known = select(breaches.c.id).where(breaches.c.territory == act.territory, breaches.c.key == key)
    return int(connection.execute(known).scalar_one())


def _clause(connection: Connection, act: Act, case: int, day: date, duty: Clause) -> dict[str, int]:
    """The version in force that day, kept as evidence (CE 4 Dec. 2019 n° 418975)."""
    version = contract_on(connection, territory=act.territory, case=case, day=day)
    if version is None:
        raise JalonError(f"Aucun contrat n'était en vigueur le {full_date(day)} : ce n'est pas un manquement.")
    if duty not in version["clauses"].split():
        raise JalonError(f"Le contrat en vigueur le {full_date(day)} ne prévoyait pas ce devoir : pas de manquement.")
    return {"contract_id": version["id"]}


def _refused(connection: Connection, act: Act, case: int, day: date) -> dict[str, int]:
    """The text that the person did not sign. Without one, the lateness is the service's."""
    text = open_text(connection, territory=act.territory, case=case)
    if text is None or text["status"] != TextStatus.PROPOSED or text["proposed_on"] > day:
        raise JalonError(
            f"Aucun texte n'était proposé à la personne le {full_date(day)} : un contrat qui n'a pas été proposé ne se "
            "refuse pas ; le retard est celui du service."
        )
    return {"text_id": text["id"]}


def qualify(connection: Connection, act: Act, *, breach: int, said: Qualification) -> RowMapping:
    """What the referent says of it, by name. The row as it was. JalonError: withdrawn."""
    row = standing(connection, act, breach)
    connection.execute(update(breaches).where(breaches.c.id == breach).values(qualification=said, qualified_by=act.by))
    _close_question(connection, act, row)
    record(connection, act, kind="breach_qualified", subject=f"b{breach} {said}")
    return row


def excuse(connection: Connection, act: Act, *, breach: int, said: Excuse) -> RowMapping:
    """The person has explained: whatever was said before is to be said again. The row as it was.

    JalonError: withdrawn, a day to come, an unknown reason.
    """
    row = standing(connection, act, breach)
    refuse_tomorrow(act, said.on)
    news: dict[str, Any] = {"reason": said.code, "excused_on": said.on, "qualification": None, "qualified_by": None}
    connection.execute(update(breaches).where(breaches.c.id == breach).values(news))
    record(connection, act, kind="breach_excuse", subject=f"b{breach} {said.code} {said.on.isoformat()}")
    return row


def withdraw(connection: Connection, act: Act, *, breach: int) -> None:
    """It was noted by mistake, or is not held any more; the row stays, and counts for nothing."""
    row = standing(connection, act, breach)
    connection.execute(update(breaches).where(breaches.c.id == breach).values(withdrawn_on=act.on, withdrawn_by=act.by))
    _close_question(connection, act, row)
    record(connection, act, kind="breach_withdrawn", subject=f"b{breach}")


def standing(connection: Connection, act: Act, breach: int) -> RowMapping:
    """The breach, unless it was withdrawn. JalonError when it was, or is unknown."""
    row = found(connection, act, table=breaches, id=breach, what=f"Manquement b{breach}")
    if row["withdrawn_on"] is not None:
        raise JalonError(f"Le manquement b{breach} est retiré depuis le {full_date(row['withdrawn_on'])}.")
    return row


def listed(connection: Connection, *, territory: str, case: int) -> list[RowMapping]:
    """All that was noted for this case, withdrawn too, oldest first."""
    b = breaches.c
    found_ = select(breaches).where(b.territory == territory, b.case_id == case).order_by(b.happened_on, b.id)
    return list(connection.execute(found_).mappings())


def referent_of(connection: Connection, *, territory: str, case: int) -> str | None:
    """« Öykü Demir », who qualifies; None while the case has no referent."""
    c, r = cases.c, referents.c
    row = connection.execute(
        select(r.first_name, r.last_name)
        .join(cases, c.referent_id == r.id)
        .where(c.territory == territory, c.id == case)
    ).first()
    return f"{row.first_name} {row.last_name}" if row else None


def _circuit(connection: Connection, act: Act, case: int) -> str | None:
    """Whose procedure it is, as the fact is noted (R6.11)."""
    found_ = select(referents.c.circuit).join(cases, cases.c.referent_id == referents.c.id)
    return connection.scalar(found_.where(cases.c.territory == act.territory, cases.c.id == case))


def _close_question(connection: Connection, act: Act, row: RowMapping) -> None:
    key = keys.question(QuestionKind.QUALIFY, row["case_id"], f"breach:{row['id']}")
    close_questions(connection, act, questions.c.key == key)
