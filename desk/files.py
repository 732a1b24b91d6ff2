"""`jalon track`, `pause`, `appointment`, `question`: what people change in a file."""

from datetime import date, datetime
from typing import Annotated, Literal

import typer

from desk import ids, words
from desk.options import AsJson, By, CaseArgument, FromDay, OnDay, a_day, an_instant, some_words
from desk.terminal import emit, say
from desk.usage import Commands
from tracks import french

track = Commands(help="Change une personne de parcours.")
pause = Commands(help="Met en pause le suivi automatique d'une personne.")
appointment = Commands(help="Confirme, déplace ou annule un rendez-vous à venir.")
question = Commands(help="Ce que la nuit demande aux référents.")

AppointmentArgument = Annotated[str, typer.Argument(metavar="RENDEZ-VOUS", help="Numéro du rendez-vous (a12).")]


@track.callback()
@pause.callback()
@appointment.callback()
@question.callback()
def _group() -> None:
    """Keeps each group a group, however few commands it has."""


@track.command("change")
def change(
    case: CaseArgument,
    to: Annotated[str, typer.Argument(metavar="PARCOURS", help="Le nouveau parcours, par exemple suivi_emploi.")],
    from_day: FromDay,
    by: By,
    activity: Annotated[
        Literal["emploi", "formation"] | None, typer.Option("--activity", help="Ce que la personne reprend.")
    ] = None,
    started: Annotated[
        date | None, typer.Option("--started", metavar="JOUR", parser=a_day, help="Premier jour de l'activité.")
    ] = None,
) -> None:
    """Clôt le dossier et ouvre le suivant : reprise, rechute, réorientation. Les rendez-vous prévus suivent."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.changes import TrackChange, change_track

    with open_desk() as desk:
        follows_up = desk.territory.policies(to).at(from_day).follow_up is not None
        wanted = TrackChange(track=to, from_day=from_day, follows_up=follows_up, activity=activity, started_on=started)
        with desk.writing() as connection:
            old = case_id(connection, desk, case)
            new = change_track(connection, desk.act(by), case=old, change=wanted)
        title = desk.territory.tracks[to].title
        say(f"Fait : dossier c{old} clos le {french.full_date(from_day)}, dossier c{new} ouvert, {title} (par {by}).")


@pause.command("add")
def add(
    case: CaseArgument,
    from_day: FromDay,
    reason: Annotated[
        str, typer.Option("--reason", metavar="MOTIF", parser=some_words, help="Ce motif peut être lu par la personne.")
    ],
    by: By,
    to: Annotated[
        date | None, typer.Option("--to", metavar="JOUR", parser=a_day, help="Dernier jour ; sinon, sans terme.")
    ] = None,
) -> None:
    """Suspend tout ce qui est automatique pour une personne, dans tous ses parcours."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.changes import add_pause

    with open_desk() as desk:
        with desk.writing() as connection:
            number = case_id(connection, desk, case)
            add_pause(connection, desk.act(by), case=number, first_day=from_day, last_day=to, reason=reason)
        until = f"jusqu'au {french.full_date(to)}" if to else "jusqu'à nouvel ordre"
        say(f"Noté : pause depuis le {french.full_date(from_day)}, {until} (par {by}). La personne peut lire le motif.")


@pause.command("end")
def end(case: CaseArgument, on: OnDay, by: By) -> None:
    """Termine la pause d'une personne ; JOUR en est le dernier."""
    from desk.finding import case_id
    from desk.opening import open_desk
    from store.changes import end_pause

    with open_desk() as desk:
        with desk.writing() as connection:
            end_pause(connection, desk.act(by), case=case_id(connection, desk, case), last_day=on)
        say(f"Noté : dernier jour de pause, le {french.full_date(on)} (par {by}).")


@appointment.command("confirm")
def confirm(number: AppointmentArgument, by: By) -> None:
    """Dit qu'un rendez-vous douteux tient : il sera annoncé et rappelé."""
    from desk.opening import open_desk
    from store import moves

    appointment_id = ids.read("a", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            moves.confirm(connection, desk.act(by), appointment=appointment_id)
        say(f"Noté : le rendez-vous a{appointment_id} tient (par {by}).")


@appointment.command("move")
def move(
    number: AppointmentArgument,
    to: Annotated[
        datetime, typer.Option("--to", metavar="INSTANT", parser=an_instant, help="Par exemple 2026-12-08T10:00+01:00.")
    ],
    by: By,
    despite: Annotated[
        str | None,
        typer.Option(
            "--despite", metavar="MOTIF", parser=some_words, help="Pourquoi, à une heure qui ne convient pas."
        ),
    ] = None,
) -> None:
    """Déplace un rendez-vous à venir ; la personne est prévenue."""
    from desk.opening import open_desk
    from store import moves

    appointment_id = ids.read("a", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            new = moves.move(
                connection,
                desk.act(by),
                appointment=appointment_id,
                to=to,
                calendar=desk.territory.calendar,
                despite=despite,
            )
        wall = desk.territory.calendar.wall_clock(to)
        when = f"{french.weekday_date(wall.date())} à {french.clock(wall.time())}"
        say(f"Noté : a{appointment_id} devient a{new}, {when} (par {by}). La personne sera prévenue.")


@appointment.command("cancel")
def cancel(number: AppointmentArgument, by: By) -> None:
    """Annule un rendez-vous à venir, du fait du service."""
    from desk.opening import open_desk
    from store import moves

    appointment_id = ids.read("a", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            told = moves.cancel(connection, desk.act(by), appointment=appointment_id)
        noted = f"Noté : rendez-vous a{appointment_id} annulé par le service (par {by})."
        say(f"{noted} {words.TOLD[told]}La nuit en proposera un autre.")


@question.command("list")
def questions(
    referent: Annotated[
        str | None, typer.Option("--referent", metavar="COURRIEL", help="Les questions d'un seul référent.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Les questions ouvertes, les plus anciennes d'abord."""
    from desk.opening import open_desk
    from store.questions import open_questions

    with open_desk() as desk:
        with desk.reading() as connection:
            found = open_questions(connection, territory=desk.slug, referent=referent)
        for row in found:
            subject = row["subject_id"]
            if as_json:
                shown = {"question_id": f"q{row['id']}", "case_id": f"c{row['case_id']}", "kind": row["kind"]}
                emit(shown | {name: row[name] for name in ("subject_id", "asked_on", "referent", "why")})
            else:
                about = f", rendez-vous a{subject}" if row["kind"] in ("outcome", "qualify") and subject else ""
                say(f"q{row['id']}  c{row['case_id']}{about}  {words.said(words.QUESTION, row['kind'])}")
                say(f"     {row['why']}")
        say(f"{french.plural(len(found), 'question ouverte', 'questions ouvertes')}.", as_json=as_json)


@question.command("answer")
def answer(
    number: Annotated[str, typer.Argument(metavar="QUESTION", help="Numéro de la question (q12).")],
    by: By,
    done_on: Annotated[
        date | None, typer.Option("--done-on", metavar="JOUR", parser=a_day, help="Jour où l'action a été faite.")
    ] = None,
    proof: Annotated[bool, typer.Option("--proof-seen", help="Un justificatif a été vu.")] = False,
) -> None:
    """Dit qu'une question est traitée : l'appel est passé, la réponse est lue, l'action est faite."""
    from desk.opening import open_desk
    from store import questions as asked

    question_id = ids.read("q", number)
    with open_desk() as desk:
        with desk.writing() as connection:
            asked.answer(connection, desk.act(by), question=question_id, done_on=done_on, proof=proof)
        say(f"Noté : question q{question_id} traitée (par {by}).")
