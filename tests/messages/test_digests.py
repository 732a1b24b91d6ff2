"""The morning's messages to the staff: one a day, in the words of the voice, with nobody's full name."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from store import schema as s
from store.digests import plan_digests
from store.engine import transaction
from tasks.dispatch import DispatchCounts
from tests.county import add
from tests.messages.rows import MONDAY, a_case, a_message, a_person, a_referent, an_appointment, counting, rows, send
from tracks import keys
from tracks.vocabulary import Channel, QuestionKind, Template

SEVEN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # 7 h
FRIDAY_10 = datetime(2026, 11, 20, 9, tzinfo=UTC)
NUMBERS: Iterator[int] = iter(range(1000))


def someone(connection: Connection, referent: int | None, first: str, last: str, **case: Any) -> int:
    person = a_person(connection, next(NUMBERS), first_name=first, last_name=last)
    return a_case(connection, person, referent, **case)


def ask(connection: Connection, case: int, kind: QuestionKind, subject: int | None, why: str, **changes: Any) -> int:
    row = {
        "case_id": case,
        "kind": kind,
        "subject_id": subject,
        "asked_on": MONDAY,
        "coordinator_from": date(2026, 11, 26),
        "why": why,
        "policy_version": "v",
        "key": keys.question(kind, case, subject or f"x{next(NUMBERS)}"),
    }
    return add(connection, s.questions, **row | changes)


def a_review(connection: Connection, kind: str, case: int | None, **changes: Any) -> int:
    row = {
        "case_id": case,
        "track": "objectif_emploi",
        "kind": kind,
        "subject": f"case:{case}:{next(NUMBERS)}",
        "opened_on": MONDAY,
        "status": "draft" if kind == "compliance" else "open",
        "reason": "Deux absences inexpliquées.",
        "rule": "r",
        "inputs": {},
        "policy_version": "v",
        "legal_reference": "",
        "deadline_on": date(2026, 12, 8),
    }
    return add(connection, s.reviews, **row | changes)


def plan(connection: Connection, day: date = MONDAY, coordinators: int = 1) -> int:
    return plan_digests(
        connection,
        territory="doubs",
        day=day,
        due_at=SEVEN + (day - MONDAY),
        useful_until=SEVEN + (day - MONDAY) + timedelta(hours=12),
        run_id=None,
        coordinators=coordinators,
    )


def morning(engine: Engine, outbox: Path, at: datetime = SEVEN) -> DispatchCounts:
    return send(engine, outbox, at=at)


def mail(outbox: Path, to: str) -> tuple[str, str]:
    """The subject and the text of the one message to `to`, with plain spaces."""
    found = [message_from_bytes(path.read_bytes(), policy=default) for path in outbox.glob("*.eml")]
    (message,) = [message for message in found if message["To"] == to]
    plain = message.get_content().replace("\u202f", " ").replace("\u00a0", " ").replace("\r\n", "\n")
    return str(message["Subject"]).replace("\u00a0", " "), plain.rstrip("\n")


def a_full_morning(connection: Connection) -> int:
    """Everything that may wait for a referent, once."""
    referent = a_referent(connection)
    for first, last, hour in (("Inès", "Bernard", 9), ("Théo", "Martin", 13)):
        case = someone(connection, referent, first, last)
        held = an_appointment(connection, case, referent, starts_at=FRIDAY_10.replace(hour=hour), created_by="import")
        ask(connection, case, QuestionKind.OUTCOME, held, "Rendez-vous du 20 novembre : pas encore noté.")
    karim = someone(connection, referent, "Karim", "Diallo")
    missed = {"status": "noshow", "created_by": "import"}
    absence = an_appointment(connection, karim, referent, starts_at=datetime(2026, 11, 9, 9, tzinfo=UTC), **missed)
    written = {"template": Template.REASON_REQUEST, "channel": Channel.SMS, "appointment": absence}
    sent = {"status": "sent", "sent_at": datetime(2026, 11, 16, 9, tzinfo=UTC)}
    a_message(connection, person=1, case=karim, **written, **sent)
    ask(connection, karim, QuestionKind.QUALIFY, absence, "Absence du 9 novembre à qualifier.")
    ask(connection, karim, QuestionKind.QUALIFY, None, "La personne a répondu le 22 novembre : à lire.")
    nadia = someone(connection, referent, "Nadia", "Roux")
    why = "Appeler la personne avant toute lettre : absences inexpliquées des 3 septembre et 12 octobre."
    ask(connection, nadia, QuestionKind.CALL, 1, why)
    action = {"label": "Faire trois candidatures", "prescribed_on": MONDAY, "due_on": date(2025, 12, 11)}
    ask(connection, nadia, QuestionKind.ACTION, add(connection, s.prescribed_actions, person_id=1, **action), "x")
    signed = date(2026, 5, 4)
    contract = {"kind": "engagement", "signed_on": signed, "starts_on": signed, "ends_on": date(2026, 12, 15)}
    renewed = add(connection, s.contracts, person_id=1, clauses="individual", **contract)
    ask(connection, nadia, QuestionKind.RENEW_CONTRACT, renewed, "x")
    ask(connection, nadia, QuestionKind.TRACK_CHANGE, None, "Reprise d'un emploi le 16 novembre : suivi dans l'emploi.")
    a_review(connection, "compliance", karim, id=18)
    a_review(connection, "follow_up_risk", nadia, id=19, deadline_on=None)
    for day, first, last in ((1, "Chloé", "Girard"), (4, "Marc", "Tissot")):
        case = someone(connection, referent, first, last)
        an_appointment(connection, case, referent, starts_at=datetime(2026, 12, day, 8, tzinfo=UTC))
    tomorrow = datetime(2026, 11, 24, 8, tzinfo=UTC)
    case = someone(connection, referent, "Léa", "Petit")
    an_appointment(connection, case, referent, starts_at=tomorrow, created_by="import", by_phone=True)
    for number in range(6):
        case = someone(connection, referent, f"Inscrit{number}", "X")
        group = {"kind": "collective", "subject": "Atelier CV", "created_by": "import", "key": f"s{number}"}
        an_appointment(connection, case, referent, starts_at=tomorrow.replace(hour=13), **group)
    session = {"ref": "S1", "subject": "Forum", "starts_at": tomorrow.replace(hour=15), "place": "Morteau"}
    add(connection, s.sessions, referent_id=referent, ends_at=tomorrow.replace(hour=16), **session)
    return referent


EXPECTED = """\
Lundi 23 novembre. 10 choses vous attendent.

À dire : que s'est-il passé ? Inès B., ven. 20 nov. 10 h · Théo M., ven. 20 nov. 14 h

À qualifier : absence de Karim D. du 9 nov. ; sans réponse à notre message du 16 nov.

À lire : Karim D. – La personne a répondu le 22 novembre : à lire

À appeler, avant toute lettre : Nadia R., absences inexpliquées des 3 septembre et 12 octobre

Actions à confirmer, faites ? justificatif vu ? Faire trois candidatures (Nadia R., échéance du 11 déc. 2025)

Contrats à renouveler : Nadia R., fin le 15 déc.

Changements de parcours proposés, à valider : Nadia R. – Reprise d'un emploi le 16 novembre : suivi dans l'emploi

Dossiers à préparer : Karim D., revue r18, avant le 8 déc.

À regarder avec la coordination, sans aucune mesure : Nadia R., revue r19

Nouveau dans votre agenda, 2 rendez-vous : mar. 1ᵉʳ déc. 9 h Chloé G. · ven. 4 déc. 9 h Marc T.

Demain : 9 h Léa P. (par téléphone) · 14 h atelier CV (6 inscrits) · 16 h forum (aucun inscrit)

Vos réponses sont notées par la coordination : Hélène Marchal. Jalon vous écrit une fois par jour au plus."""


def test_the_referent_reads_their_whole_morning_in_one_message(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        a_full_morning(connection)
        assert plan(connection) == 2
    assert morning(engine, tmp_path).sent == 2
    subject, text = mail(tmp_path, "oyku@example.org")
    assert subject == "Lundi 23 novembre : 10 choses vous attendent"
    assert text == EXPECTED


def test_it_is_planned_once_for_all_tracks_and_read_again_when_it_leaves(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        referent = a_referent(connection)
        first = someone(connection, referent, "Inès", "Bernard")
        ask(connection, first, QuestionKind.FOLLOW_UP, None, "Contact manqué.")
        assert plan(connection) == 1
        second = someone(connection, referent, "Théo", "Martin", track="suivi_emploi")
        ask(connection, second, QuestionKind.FOLLOW_UP, None, "Contact manqué aussi.")
        assert plan(connection) == 0
    assert morning(engine, tmp_path).sent == 1
    subject, text = mail(tmp_path, "oyku@example.org")
    assert subject == "Lundi 23 novembre : 2 choses vous attendent"
    assert "Inès B. – Contact manqué · Théo M. – Contact manqué aussi" in text


def test_one_thing_is_said_in_the_singular_and_none_without_alarm(sqlite_engine: Engine, tmp_path: Path) -> None:
    with transaction(sqlite_engine) as connection:
        one, none = a_referent(connection), a_referent(connection, email="yann@example.org")
        ask(connection, someone(connection, one, "Inès", "Bernard"), QuestionKind.CALL, None, "Appeler.")
        case = someone(connection, none, "Théo", "Martin")
        an_appointment(connection, case, none, starts_at=datetime(2026, 11, 24, 8, tzinfo=UTC), created_by="import")
        plan(connection)
    morning(sqlite_engine, tmp_path)
    assert mail(tmp_path, "oyku@example.org")[0] == "Lundi 23 novembre : une chose vous attend"
    subject, text = mail(tmp_path, "yann@example.org")
    assert subject == "Lundi 23 novembre : rien à traiter, voici votre agenda"
    assert "\n\nDemain : 9 h Théo M.\n\n" in text


def test_nobody_is_written_to_for_nothing(sqlite_engine: Engine, tmp_path: Path) -> None:
    with transaction(sqlite_engine) as connection:
        referent = a_referent(connection)
        case = someone(connection, referent, "Inès", "Bernard")
        ask(connection, case, QuestionKind.CALL, None, "Appeler.", closed_on=MONDAY)
        assert plan(connection) == 0


def test_a_morning_that_has_emptied_since_is_not_sent(sqlite_engine: Engine, tmp_path: Path) -> None:
    with transaction(sqlite_engine) as connection:
        referent = a_referent(connection)
        ask(connection, someone(connection, referent, "Inès", "Bernard"), QuestionKind.CALL, None, "Appeler.")
        plan(connection)
        connection.execute(update(s.questions).values(closed_on=MONDAY))
    assert morning(sqlite_engine, tmp_path).void == 1
    (row,) = rows(sqlite_engine).values()
    assert (row["status"], row["not_sent_because"]) == ("void", "nothing_to_say")


def test_what_cannot_stand_is_shown_and_what_is_confirmed_is_not(sqlite_engine: Engine, tmp_path: Path) -> None:
    with transaction(sqlite_engine) as connection:
        referent = a_referent(connection)  # works on days 1 2 4 5
        wednesday = datetime(2026, 11, 25, 9, tzinfo=UTC)
        for first, last, by in (("Inès", "Bernard", None), ("Théo", "Martin", "Öykü Demir")):
            case = someone(connection, referent, first, last)
            an_appointment(
                connection, case, referent, starts_at=wednesday, created_by="import", confirmed_by=by, key=first
            )
            wednesday += timedelta(hours=2)
        plan(connection)
    morning(sqlite_engine, tmp_path)
    text = mail(tmp_path, "oyku@example.org")[1]
    assert "Ne peuvent pas se tenir, à confirmer ou à déplacer : mer. 25 nov. 10 h Inès B." in text
    assert "Théo" not in text


def test_many_new_appointments_are_one_line_a_day(sqlite_engine: Engine, tmp_path: Path) -> None:
    with transaction(sqlite_engine) as connection:
        referent = a_referent(connection)
        for number, first in enumerate(("Ana", "Ben", "Cléo", "Dan")):
            case = someone(connection, referent, first, "X")
            starts_at = datetime(2026, 12, 1 + number // 2 * 3, 8 + number, tzinfo=UTC)
            an_appointment(connection, case, referent, starts_at=starts_at)
        plan(connection)
    morning(sqlite_engine, tmp_path)
    assert (
        "rendez-vous :\n– mar. 1ᵉʳ déc. : 9 h Ana X., 10 h Ben X.\n– ven. 4 déc. : 11 h Cléo X., 12 h Dan X.\n"
        in (mail(tmp_path, "oyku@example.org")[1])
    )


def test_before_a_weekend_the_next_day_has_its_name(sqlite_engine: Engine, tmp_path: Path) -> None:
    friday = date(2026, 11, 27)
    with transaction(sqlite_engine) as connection:
        referent = a_referent(connection)
        case = someone(connection, referent, "Inès", "Bernard")
        starts_at = datetime(2026, 11, 30, 8, tzinfo=UTC)
        an_appointment(connection, case, referent, starts_at=starts_at, created_by="import")
        plan(connection, friday)
    morning(sqlite_engine, tmp_path, SEVEN + timedelta(days=4))
    assert "\n\nLundi 30 novembre : 9 h Inès B.\n" in mail(tmp_path, "oyku@example.org")[1]


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        (datetime(2026, 11, 23, 5, 59, tzinfo=UTC), 0),
        (SEVEN, 1),
        (datetime(2026, 11, 28, 9, tzinfo=UTC), 0),  # samedi
        (datetime(2026, 12, 25, 9, tzinfo=UTC), 0),
    ],
)
def test_the_staff_are_written_to_from_seven_on_working_days(
    sqlite_engine: Engine, tmp_path: Path, at: datetime, sent: int
) -> None:
    with transaction(sqlite_engine) as connection:
        referent = a_referent(connection)
        ask(connection, someone(connection, referent, "Inès", "Bernard"), QuestionKind.CALL, None, "Appeler.")
        plan(connection)
        connection.execute(update(s.messages).values(due_at=SEVEN - timedelta(days=9), useful_until=at + timedelta(1)))
    assert morning(sqlite_engine, tmp_path, at).sent == sent


OVERVIEW = """\
Lundi 23 novembre. 4 dossiers, 3 constats et 3 questions restées sans réponse vous attendent.

Dossiers, à préparer par les référents : r1, Objectif emploi, Karim D., avec Öykü D., avant le 8 déc. \
· 2 déjà ouverts, depuis le 2 nov.

À regarder, sans aucune mesure possible : r4, Suivi dans l'emploi, Nadia R., avant le 8 déc.

Constats du service :

Öykü D., Objectif emploi
– 23 personnes ne peuvent pas être reçues dans leur délai par ce référent : aucun créneau libre (r5).
– 13 personnes ont un contrat expiré, à renouveler (r6).

1 déjà ouvert, depuis le 16 nov.

Laissé sans réponse : Öykü D., 1 action à confirmer et 2 rendez-vous sans suite connue, depuis le 9 nov.

Pour information, la procédure relève de France Travail : Fatima H., avec Öykü D., depuis le 23 nov.

Pour lire un dossier et ses pièces : jalon review show, suivi de son numéro. \
Jalon ne décide rien : chaque suite est la vôtre."""


def test_the_coordinators_read_files_findings_and_what_was_left(engine: Engine, tmp_path: Path) -> None:
    with transaction(engine) as connection:
        referent = a_referent(connection)
        karim = someone(connection, referent, "Karim", "Diallo")
        nadia = someone(connection, None, "Nadia", "Roux", track="suivi_emploi")
        fatima = someone(connection, referent, "Fatima", "Henry")
        a_review(connection, "compliance", karim)
        for day in (2, 9):
            a_review(connection, "compliance", fatima, opened_on=date(2026, 11, day))
        a_review(connection, "follow_up_risk", nadia, track="suivi_emploi")
        late = "23 personnes ne peuvent pas être reçues dans leur délai par ce référent : aucun créneau libre."
        for reason, day in ((late, 23), ("13 personnes ont un contrat expiré, à renouveler.", 23), ("Ancien.", 16)):
            a_review(connection, "service", None, referent_id=referent, reason=reason, opened_on=date(2026, 11, day))
        for kind, day, left in (
            (QuestionKind.OUTCOME, 16, 19),
            (QuestionKind.OUTCOME, 9, 12),
            (QuestionKind.ACTION, 16, 23),
            (QuestionKind.CALL, 20, 24),  # not yet for the coordinators
        ):
            asked, shown = date(2026, 11, day), date(2026, 11, left)
            ask(connection, karim, kind, None, "x", asked_on=asked, coordinator_from=shown)
        check = {"precondition": "other_circuit", "since": MONDAY, "why": "x", "policy_version": "v"}
        add(connection, s.checks, case_id=fatima, **check)
        assert plan(connection, coordinators=1) == 2
    assert morning(engine, tmp_path).sent == 2
    subject, text = mail(tmp_path, "coordination@example.org")
    assert subject == "Lundi 23 novembre : 4 dossiers, 3 constats et 3 questions restées sans réponse vous attendent"
    assert text == OVERVIEW


def test_no_digest_holds_a_whole_name(sqlite_engine: Engine, tmp_path: Path) -> None:
    with transaction(sqlite_engine) as connection:
        a_full_morning(connection)
        plan(connection)
        names = set(connection.scalars(select(s.persons.c.last_name))) - {"X"}
    morning(sqlite_engine, tmp_path)
    sent = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.eml"))
    assert names and [name for name in names if name in sent] == []


def test_a_hostile_name_stays_on_its_line(sqlite_engine: Engine, tmp_path: Path) -> None:
    with transaction(sqlite_engine) as connection:
        referent = a_referent(connection)
        case = someone(connection, referent, "Inès\r\nBcc: x@y\r\n{titre}", "\u202eBernard")
        ask(connection, case, QuestionKind.FOLLOW_UP, None, "Contact manqué.")
        plan(connection)
    assert morning(sqlite_engine, tmp_path).sent == 1
    assert "Inès Bcc: x@y {titre} B. – Contact manqué" in mail(tmp_path, "oyku@example.org")[1].replace("  ", " ")


def test_all_mornings_are_read_in_the_same_few_queries(sqlite_engine: Engine, tmp_path: Path) -> None:
    counted = counting(sqlite_engine)
    seen = []
    for number in (1, 15):
        with transaction(sqlite_engine) as connection:
            for n in range(number):
                referent = a_referent(connection, email=f"r{number}-{n}@example.org")
                case = someone(connection, referent, "Inès", "Bernard")
                ask(connection, case, QuestionKind.CALL, None, "Appeler.", referent_id=referent)
            counted.clear()
            assert plan(connection, MONDAY + timedelta(days=len(seen))) >= number
            planned = len(counted)
        counted.clear()
        morning(sqlite_engine, tmp_path, SEVEN + timedelta(days=len(seen)))
        seen.append((planned, len(counted)))
    assert seen[0] == seen[1]
