"""What the night asks of people: listed, and closed by whoever answers."""

from datetime import date

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, close_questions, found, record
from store.schema import prescribed_actions, questions, referents
from tracks.errors import JalonError
from tracks.vocabulary import QuestionKind


def open_questions(connection: Connection, *, territory: str, referent: str | None = None) -> list[RowMapping]:
    """The open questions, oldest first; `referent` is an e-mail."""
    statement = (
        select(questions, referents.c.email.label("referent"))
        .outerjoin(referents, referents.c.id == questions.c.referent_id)
        .where(questions.c.territory == territory, questions.c.closed_on.is_(None))
        .order_by(questions.c.asked_on, questions.c.id)
    )
    if referent:
        statement = statement.where(referents.c.email == referent)
    return list(connection.execute(statement).mappings())


def answer(
    connection: Connection, act: Act, *, question: int, done_on: date | None = None, proof: bool = False
) -> None:
    """Close a question that somebody has dealt with; for an action, the day it was done and whether a proof was seen.

    JalonError: already closed, or a question that only an outcome answers.
    """
    row = found(connection, act, table=questions, id=question, what=f"Question q{question}")
    if row["closed_on"] is not None:
        raise JalonError(f"La question q{question} est déjà close.")
    about_appointment = row["kind"] in (QuestionKind.OUTCOME, QuestionKind.QUALIFY) and row["subject_id"]
    if about_appointment:
        raise JalonError(
            f"La question q{question} se ferme en notant la suite du rendez-vous : "
            f"jalon outcome a{row['subject_id']} … --by NOM."
        )
    if done_on and row["kind"] != QuestionKind.ACTION:
        raise JalonError("--done-on ne va qu'avec une action prescrite.")
    if done_on and done_on > act.on:
        raise JalonError("Une action faite l'est au plus tard aujourd'hui : vérifiez --done-on.")
    if done_on:
        connection.execute(
            update(prescribed_actions)
            .where(prescribed_actions.c.id == row["subject_id"], prescribed_actions.c.territory == act.territory)
            .values(done_on=done_on, proof_seen=proof)
        )
    close_questions(connection, act, questions.c.id == question)
    record(connection, act, kind="answer", subject=f"q{question} {row['kind']}")
