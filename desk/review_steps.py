"""`jalon review submit`, `examine`, `notify`…: the steps of the procedure, one command each, signed by who makes it."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from desk import ids, words
from desk.options import By, FromDay, a_day, a_name, some_words
from desk.reviews import ReviewArgument, review
from desk.terminal import say
from tracks import french
from tracks.errors import JalonError
from tracks.review import Role, Step
from tracks.vocabulary import Measure, Outcome

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from config.territory import Territory
    from desk.opening import Desk
    from store.procedure import Doing, Rules
    from tracks.standing import Standing

__all__ = ["review"]  # with its steps

Day = Annotated[
    date | None, typer.Option("--on", metavar="JOUR", parser=a_day, help="Le jour du fait ; sinon, aujourd'hui.")
]
Proof = Annotated[
    str,
    typer.Option("--proof", metavar="PREUVE", parser=some_words, help="Accusé de réception, remise contre signature…"),
]
Note = Annotated[
    str, typer.Option("--note", metavar="MOTS", help="Les faits seulement, sans détail de santé : la personne les lit.")
]
Fact = Literal["wrote", "asked_hearing", "asked_file", "assisted", "answered", "heard", "file_given"]
SAID: Mapping[str, str] = {
    "wrote": "observations écrites reçues",
    "asked_hearing": "la personne demande à être entendue",
    "asked_file": "la personne demande son dossier",
    "assisted": "la personne est assistée",
    "answered": "observations lues, et prises en compte",
    "heard": "personne entendue",
    "file_given": "dossier remis à la personne",
}


@review.command("submit")
def submit(number: ReviewArgument, by: By, note: Note = "") -> None:
    """Soumet le projet, une fois travaillé."""
    made(number, by, Step.SUBMIT, details=_noted(note))


@review.command("examine")
def examine(number: ReviewArgument, by: By) -> None:
    """Prend à l'examen une revue soumise."""
    made(number, by, Step.EXAMINE)


@review.command("notify")
def notify(
    number: ReviewArgument,
    measure: Annotated[Measure, typer.Option("--measure", help="La mesure envisagée, dite à la personne.")],
    by: By,
    on: Day = None,
    days: Annotated[int, typer.Option("--days", min=0, max=365, help="Délai laissé, s'il dépasse celui prévu.")] = 0,
    radiation: Annotated[bool, typer.Option("--radiation", help="L'avis dit qu'une radiation sera proposée.")] = False,
    representative: Annotated[
        bool, typer.Option("--representative", help="Adressé au représentant légal, comme la loi le veut.")
    ] = False,
) -> None:
    """Note que l'avis de procédure est parti. Le délai ne court que de sa réception prouvée."""
    served = "representative" if representative else "person"
    details = {"days": days, "radiation": radiation, "served_on": served}
    made(number, by, Step.NOTIFY, on=on, details=details, measure=measure)


@review.command("receipt")
def receipt(number: ReviewArgument, proof: Proof, by: By, on: Day = None) -> None:
    """Note la date certaine à laquelle l'avis a été reçu."""
    made(number, by, Step.RECEIPT, on=on, details={"proof": proof})


@review.command("observations")
def observations(
    number: ReviewArgument,
    fact: Annotated[Fact, typer.Argument(metavar="FAIT", help=f"{', '.join(SAID)}.")],
    by: By,
    on: Day = None,
    who: Annotated[str, typer.Option("--who", metavar="QUI", help="La personne de son choix qui l'assiste.")] = "",
    note: Note = "",
) -> None:
    """Note ce que la personne dit ou demande, et ce qui lui est répondu. Son silence n'est jamais noté."""
    details = _noted(note) | ({"who": who} if who else {})
    made(number, by, Step(fact), on=on, details=details, said=SAID[fact])


@review.command("compliance")
def compliance(
    number: ReviewArgument,
    what: Annotated[str, typer.Option("--what", metavar="MOTS", parser=some_words, help="Ce que la personne a fait.")],
    by: By,
    on: Day = None,
) -> None:
    """Note que la personne se met en règle : le référent et le service en sont avertis le jour ouvré même."""
    from desk.opening import open_desk
    from store.remobilisation import note_compliance

    review_id = ids.read("r", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            due_at = note_compliance(
                connection,
                desk.act(by),
                review=review_id,
                role=role_of(desk, by),
                what=what,
                day=on or desk.today,
                rules=rules_of(desk.territory, row_of(connection, desk, review_id)),
                coordinators=len(desk.territory.coordinators),
            )
        told_on = french.full_date(desk.territory.calendar.day_of(due_at))
        say(f"Noté : la personne se met en règle. Référent et coordinateurs avertis le {told_on} (par {by}).")


@review.command("signs")
def signs(number: ReviewArgument, by: By, note: Note = "") -> None:
    """Note que les venues et démarches de la personne, depuis l'ouverture, ont été prises en compte."""
    made(number, by, Step.READ_SIGNS, details=_noted(note), said="signes de remobilisation pris en compte")


@review.command("criteria")
def criteria(
    number: ReviewArgument,
    examined: Annotated[list[int], typer.Option("--examined", min=1, help="Numéro du critère examiné ; répétable.")],
    by: By,
) -> None:
    """Note quels critères de la loi ont été examinés ; rien de leur contenu n'est gardé."""
    made(number, by, Step.CRITERIA, details={"examined": sorted(set(examined))}, said="critères examinés")


@review.command("panel")
def panel(
    number: ReviewArgument,
    by: By,
    session: Annotated[str, typer.Option("--session", metavar="SÉANCE", help="La séance (s3) où elle passe.")] = "",
    recall: Annotated[bool, typer.Option("--recall", help="Retire l'affaire, si l'avis est facultatif.")] = False,
) -> None:
    """Saisit l'équipe pluridisciplinaire : un passage à une séance."""
    from desk.opening import open_desk
    from store.panels import put_on_agenda
    from store.procedure import Doing

    if recall == bool(session):
        raise JalonError("Dites --session suivi de son numéro, ou --recall.")
    if recall:
        made(number, by, Step.RECALL)
        return
    review_id, session_id = ids.read("r", number), ids.read("s", session)
    with open_desk() as desk:
        with desk.writing() as connection:
            slot = put_on_agenda(connection, desk.act(by), session=session_id, review=review_id)
            details = {"session": session_id, "slot": slot}
            doing = Doing(step=Step.PANEL, role=role_of(desk, by), details=details)
            make(connection, desk, by, row_of(connection, desk, review_id), doing)
        say(f"Noté : revue r{review_id}, passage n° {slot} de la séance s{session_id} (par {by}).")


@review.command("told")
def told(number: ReviewArgument, proof: Proof, by: By, on: Day = None) -> None:
    """Note que la personne a été prévenue de la séance, où elle peut s'exprimer."""
    made(number, by, Step.TOLD, on=on, details={"proof": proof}, said="personne prévenue de la séance")


@review.command("opinion")
def opinion(
    number: ReviewArgument,
    given: Annotated[
        Literal["favorable", "défavorable", "autre"], typer.Option("--opinion", help="À la mesure envisagée.")
    ],
    reasons: Annotated[
        str, typer.Option("--reasons", metavar="MOTIFS", parser=some_words, help="Lus par la personne.")
    ],
    by: By,
    on: Day = None,
) -> None:
    """Note l'avis de l'équipe pluridisciplinaire. Il ne décide rien : un décideur décide ensuite."""
    details = {"opinion": given, "note": reasons}
    made(number, by, Step.OPINION, on=on, details=details, said=f"avis {given}")


@review.command("notified")
def notified(number: ReviewArgument, proof: Proof, by: By, on: Day = None) -> None:
    """Note la date certaine à laquelle la décision a été notifiée : le délai de recours court de ce jour."""
    made(number, by, Step.NOTIFIED, on=on, details={"proof": proof})


@review.command("appeal")
def appeal(
    number: ReviewArgument,
    by: By,
    on: Day = None,
    kind: Annotated[
        Literal["rapo", "gracieux", "contentieux"], typer.Option("--kind", help="La sorte de recours.")
    ] = "rapo",
    answered: Annotated[
        Literal["maintenue", "modifiée", "retirée"] | None,
        typer.Option("--answered", help="La suite donnée au recours : la décision est…"),
    ] = None,
    note: Note = "",
) -> None:
    """Note un recours de la personne, puis la réponse qui lui est faite."""
    step = Step.APPEAL_ANSWERED if answered else Step.APPEAL
    details = _noted(note) | ({"answer": answered} if answered else {"kind": kind})
    made(number, by, step, on=on, details=details)


@review.command("close")
def close(number: ReviewArgument, by: By) -> None:
    """Clôt une revue : décidée et notifiée, ses recours épuisés."""
    made(number, by, Step.CLOSE)


@review.command("withdraw")
def withdraw(
    number: ReviewArgument,
    reasons: Annotated[
        str, typer.Option("--reasons", metavar="MOTIFS", parser=some_words, help="Lus par la personne.")
    ],
    by: By,
) -> None:
    """Abandonne la procédure, ou retire la décision déjà prise (CRPA L.243-4)."""
    from desk.opening import open_desk
    from store.procedure import Doing

    review_id = ids.read("r", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            row = row_of(connection, desk, review_id)
            outcome = Outcome.NO_ACTION if row["outcome"] is None else None
            doing = Doing(
                step=Step.WITHDRAW, role=role_of(desk, by), outcome=outcome, reasons=reasons, details={"note": reasons}
            )
            make(connection, desk, by, row, doing)
        say(f"Noté : revue r{review_id} close, {'sans suite' if outcome else 'décision retirée'} (par {by}).")


@review.command("representative")
def representative(
    number: ReviewArgument,
    name: Annotated[str, typer.Option("--name", metavar="NOM", parser=a_name, help="Le représentant légal.")],
    kind: Annotated[
        Literal["tutelle", "curatelle", "habilitation", "parent"], typer.Option("--kind", help="À quel titre.")
    ],
    address: Annotated[str, typer.Option("--address", metavar="ADRESSE", parser=some_words, help="Où lui écrire.")],
    from_day: FromDay,
    by: By,
) -> None:
    """Note le représentant légal d'une personne protégée ou mineure : l'avis lui est adressé."""
    from desk.opening import open_desk
    from store.representatives import add_representative

    review_id = ids.read("r", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            add_representative(
                connection, desk.act(by), review=review_id, name=name, kind=kind, address=address, first_day=from_day
            )
        say(f"Noté : {name}, {kind}, depuis le {french.full_date(from_day)} (par {by}).")


def made(
    number: str,
    by: str,
    step: Step,
    *,
    on: date | None = None,
    details: Mapping[str, Any] | None = None,
    measure: Measure | None = None,
    said: str = "",
) -> None:
    """Make one step and say it, with where the review now stands."""
    from desk.opening import open_desk
    from store.procedure import Doing

    review_id = ids.read("r", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            row = row_of(connection, desk, review_id)
            doing = Doing(step=step, role=role_of(desk, by), on=on, details=details or {}, measure=measure)
            make(connection, desk, by, row, doing)
        with desk.reading() as connection:
            now = standing(connection, desk, row_of(connection, desk, review_id))
        what = f"{said} ; " if said else ""
        say(f"Noté : {what}revue r{review_id} {words.REVIEW_STATUS[now.status]}{dated(now)} (par {by}).")


def make(connection: "Connection", desk: "Desk", by: str, row: "RowMapping", doing: "Doing") -> None:
    from store import procedure

    procedure.make(connection, desk.act(by), review=row["id"], doing=doing, rules=rules_of(desk.territory, row))


def standing(connection: "Connection", desk: "Desk", row: "RowMapping") -> "Standing":
    from store.procedure import read_standing

    return read_standing(connection, desk.act("-"), review=row, rules=rules_of(desk.territory, row))


def row_of(connection: "Connection", desk: "Desk", review_id: int) -> "RowMapping":
    from store import acts
    from store.schema import reviews

    return acts.found(connection, desk.act("-"), table=reviews, id=review_id, what=f"Revue r{review_id}")


def rules_of(territory: "Territory", row: "RowMapping") -> "Rules":
    from store.procedure import Rules

    return Rules(procedure=territory.procedure, policies=territory.policies(row["track"]))


def role_of(desk: "Desk", by: str) -> Role:
    coordinators = [coordinator.name for coordinator in desk.territory.coordinators]
    return desk.territory.procedure.role_of(by, coordinators=coordinators, on=desk.today)


def dated(now: "Standing") -> str:
    """Until when what is now open lasts."""
    if now.status == "observations_open":
        until = now.observations_until
        if until is None:
            return ", délai en attente d'une réception prouvée"
        return "" if until == date.max else f" jusqu'au {french.full_date(until)}"
    if now.status == "notified" and now.appeal_until:
        return f", recours possible jusqu'au {french.full_date(now.appeal_until)}"
    return ""


def _noted(note: str) -> dict[str, Any]:
    return {"note": note.strip()} if note.strip() else {}
