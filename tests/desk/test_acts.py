"""What people do from the command line, on both databases: done, signed, refused with an exit code of 1."""

import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from config.settings import TERRITORIES
from config.territory import load_territory
from desk.night_page import write_night_page
from store.engine import transaction
from store.schema import appointments, cases, journal, pauses, questions, reviews, signals
from tasks.night import night
from tests.county import County
from tests.desk.conftest import DAY, Jalon
from tests.store.acts import a_question, a_review, an_appointment, row_of
from tracks.vocabulary import QuestionKind

DOUBS = load_territory(TERRITORIES / "doubs")
BY = ("--by", "Oyku Demir")


def test_an_outcome_is_noted_under_either_form_of_the_id(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    first, second = (an_appointment(engine, at_the_county, days=days) for days in (-2, -3))
    assert jalon("outcome", f"a{first}", "seen", *BY).exit_code == 0
    noted = jalon("outcome", second, "noshow", "--qualify", "unexplained", "--reason", "autre", *BY)
    assert noted.stdout == f"Noté : rendez-vous a{second}, absence, inexpliquée (par Oyku Demir).\n"
    assert row_of(engine, appointments, first).status == "seen"
    assert row_of(engine, appointments, second).qualified_by == "Oyku Demir"


def test_an_impossible_outcome_exits_1_and_writes_nothing(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    ahead = an_appointment(engine, at_the_county, days=2)
    refused = jalon("outcome", ahead, "noshow", *BY)
    assert refused.exit_code == 1
    assert "pas encore eu lieu" in refused.stderr
    assert refused.stdout == ""
    assert row_of(engine, appointments, ahead).status == "planned"
    assert jalon("outcome", "a999", "seen", *BY).exit_code == 1
    assert jalon("outcome", ahead, "revoked", *BY).exit_code == 0


def test_a_change_of_track(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    case = f"c{at_the_county.case}"
    needs = jalon("track", "change", case, "suivi_emploi", "--from", "2026-11-23", *BY)
    assert (needs.exit_code, "--activity" in needs.stderr) == (1, True)
    words = ("--activity", "emploi", "--started", "2026-11-16", *BY)
    done = jalon("track", "change", "0250001", "suivi_emploi", "--from", "2026-11-23", *words)
    assert done.exit_code == 0
    assert "Suivi dans l'emploi" in done.stdout
    with transaction(engine) as connection:
        rows = connection.execute(select(cases).order_by(cases.c.id)).all()
    assert [(row.track, row.left_on) for row in rows] == [
        ("objectif_emploi", date(2026, 11, 23)),
        ("suivi_emploi", None),
    ]


def test_an_unknown_track_or_case_is_refused(jalon: Jalon, at_the_county: County) -> None:
    words = ("--from", "2026-11-23", *BY)
    for case, track in ((f"c{at_the_county.case}", "objectif_lune"), ("c999", "objectif_competences")):
        refused = jalon("track", "change", case, track, *words)
        assert refused.exit_code == 1
        assert refused.stderr


def test_a_review_is_listed_shown_assigned_and_decided(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    review = a_review(engine, at_the_county)
    listed = jalon("review", "list", "--json")
    row = json.loads(listed.stdout)
    assert (row["review_id"], row["case_id"], row["status"]) == (f"r{review}", f"c{at_the_county.case}", "draft")
    assert "1 revue." in listed.stderr
    shown = json.loads(jalon("review", "show", review, "--json").stdout)
    assert [piece["note"] for piece in shown["pieces"]] == ["Absence n° 1", "Absence n° 2"]
    assert jalon("review", "assign", f"r{review}", "--to", "Hélène Marchal", "--submit", *BY).exit_code == 0
    reasons = ("--reasons", "La personne a expliqué ses absences.")
    assert jalon("review", "decide", review, "--outcome", "no_action", *reasons, *BY).exit_code == 0
    row = row_of(engine, reviews, review)
    assert (row.status, row.decided_by) == ("decided", "Oyku Demir")
    again = jalon("review", "decide", review, "--outcome", "warning", *reasons, *BY)
    assert (again.exit_code, "déjà décidée" in again.stderr) == (1, True)
    assert jalon("review", "list").stdout == "0 revue.\n"
    assert "sans suite" in jalon("review", "list", "--all").stdout
    assert "par Oyku Demir" in jalon("review", "show", review).stdout


def test_a_decision_wants_a_name_and_reasons(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    review = a_review(engine, at_the_county)
    decide = ("review", "decide", review, "--outcome", "no_action")
    assert jalon(*decide, *BY).exit_code == 2
    assert jalon(*decide, "--reasons", "Motifs.").exit_code == 2
    wrong = jalon("review", "decide", review, "--outcome", "mended", "--reasons", "Motifs.", *BY)
    assert (wrong.exit_code, "Issues possibles" in wrong.stderr) == (1, True)
    assert row_of(engine, reviews, review).outcome is None


def test_a_review_of_nobody_is_refused(jalon: Jalon, at_the_county: County) -> None:
    assert jalon("review", "show", "r999").exit_code == 1


def test_a_pause_is_added_and_ended(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    case = f"c{at_the_county.case}"
    add = ("pause", "add", case, "--from", "2026-11-23", "--reason", "demande de la personne", *BY)
    assert jalon(*add).exit_code == 0
    assert jalon(*add).exit_code == 1
    assert jalon("pause", "end", case, "--on", "2026-11-30", *BY).exit_code == 0
    with transaction(engine) as connection:
        assert connection.execute(select(pauses)).one().last_day == date(2026, 11, 30)


def test_a_signal(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    case = f"c{at_the_county.case}"
    signal = ("signal", case, "--from", "employer", "--kind", "alert", "--on", "2026-11-20", *BY)
    assert jalon(*signal).stdout == "Noté : alerte (l'employeur), le 20 novembre 2026.\n"
    assert jalon(*signal).stdout.startswith("Déjà noté")
    assert jalon("signal", case, "--from", "person", "--kind", "reply", "--on", "2026-11-24", *BY).exit_code == 1
    with transaction(engine) as connection:
        assert connection.execute(select(signals)).one().said_by == "Oyku Demir"


def test_an_appointment_is_confirmed_moved_and_called_off(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    planned = an_appointment(engine, at_the_county, days=3)
    assert jalon("appointment", "confirm", f"a{planned}", *BY).exit_code == 0
    moved = jalon("appointment", "move", f"a{planned}", "--to", "2026-12-01T10:00+01:00", *BY)
    assert "mardi 1ᵉʳ décembre à 10\u202fh" in moved.stdout
    new = row_of(engine, appointments, planned).superseded_by
    assert jalon("appointment", "cancel", f"a{new}", *BY).exit_code == 0
    assert jalon("appointment", "cancel", f"a{new}", *BY).exit_code == 1
    assert row_of(engine, appointments, new).status == "revoked"


def test_questions_are_listed_and_answered(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    asked = a_question(engine, at_the_county, QuestionKind.CALL, 3)
    listed = json.loads(jalon("question", "list", "--referent", "oyku@example.org", "--json").stdout)
    assert (listed["question_id"], listed["kind"], listed["referent"]) == (f"q{asked}", "call", "oyku@example.org")
    assert "appeler la personne" in jalon("question", "list").stdout
    assert jalon("question", "answer", f"q{asked}", *BY).exit_code == 0
    assert row_of(engine, questions, asked).closed_by == "person:Oyku Demir"
    assert jalon("question", "list").stdout == "0 question ouverte.\n"


def test_every_act_leaves_a_line_and_the_journal_stays_whole(
    jalon: Jalon, engine: Engine, at_the_county: County
) -> None:
    past = an_appointment(engine, at_the_county, days=-2)
    jalon("outcome", past, "noshow", *BY)
    jalon("outcome", past, "noshow", "--qualify", "unexplained", *BY)
    whole = jalon("audit", "verify", "--json")
    assert json.loads(whole.stdout) == {"whole": True, "lines": 2, "chains": 1, "first_bad": None}
    assert whole.exit_code == 0


def test_a_cut_journal_exits_1_and_names_the_line(jalon: Jalon, engine: Engine, at_the_county: County) -> None:
    past = an_appointment(engine, at_the_county, days=-2)
    jalon("outcome", past, "noshow", *BY)
    jalon("outcome", past, "noshow", "--qualify", "unexplained", *BY)
    with transaction(engine) as connection:
        connection.execute(journal.delete().where(journal.c.seq == 2))
    broken = jalon("audit", "verify")
    assert broken.exit_code == 1
    assert "chaîne desk, ligne 2" in broken.stdout


def test_the_hours_of_a_person_are_said_once_and_the_night_keeps_to_them(
    jalon: Jalon, engine: Engine, at_the_county: County
) -> None:
    case = f"c{at_the_county.case}"
    assert jalon("hours", "show", case).stdout == f"{case} : aucune heure n'est exclue ni préférée.\n"
    words = ("--impossible", "lun, mar, jeu-ven matin", "--wished", "jeu 14:00-15:00")
    done = jalon("hours", "set", case, *words, *BY)
    assert "impossible le lundi, le mardi, le jeudi matin et le vendredi matin ; préféré le jeudi" in done.stdout
    assert night(engine, DOUBS, "objectif_emploi", on=DAY, apply=True).written["appointment"] == 1
    with transaction(engine) as connection:
        (planned,) = connection.execute(select(appointments)).all()
        (line,) = connection.scalars(select(journal.c.subject).where(journal.c.kind == "hours")).all()
    starts = planned.starts_at.astimezone(ZoneInfo("Europe/Paris"))
    assert (starts.isoweekday(), f"{starts:%H:%M}") == (4, "14:00")
    assert line == f"person:{at_the_county.person}"
    wrong = jalon("hours", "set", case, "--impossible", "mer soir", *BY)
    assert (wrong.exit_code, "« mer soir »" in wrong.stderr) == (1, True)
    assert jalon("hours", "set", case, *BY).exit_code == 2
    assert jalon("hours", "set", case, "--impossible", "", *BY).stdout.endswith("préféré le jeudi de 14:00 à 15:00.\n")


def test_the_page_of_a_night_with_one_appointment_is_written(
    jalon: Jalon, engine: Engine, at_the_county: County, tmp_path: Path
) -> None:
    night(engine, DOUBS, "objectif_emploi", on=DAY, apply=True)
    with transaction(engine) as connection:
        page = write_night_page(connection, DOUBS, on=DAY, folder=tmp_path)
    assert "<svg" in page.read_text("utf-8")
