"""Cases and facts: the words of the exports, natural keys, and what people said in Jalon, which no import undoes."""

from datetime import UTC, date, datetime

import pytest

from store.acts import Act
from store.changes import TrackChange, change_track, end_pause
from store.engine import transaction
from store.moves import move
from store.outcomes import Said, say
from store.schema import appointments, cases, contracts, leaves, letters, pauses, prescribed_actions, sessions
from tests.intake.files import COURRIER, ON, PARCOURS, REFERENT, RENDEZ_VOUS, USAGER, Intakes, csv_text
from tracks.calendar import Calendar
from tracks.vocabulary import AppointmentStatus, Qualification

DOUBS = Calendar("25", "Europe/Paris")
ACT = Act(territory="doubs", by="Marie-Ange Faivre", at=datetime(2026, 11, 23, 8, tzinfo=UTC), on=ON)
AHEAD = {"Date": "08/12/2026", "Statut": "à venir", "Convocation envoyée le": "", "Preuve d'envoi": ""}


def outcome_of(intakes: Intakes, *, number: int = 0) -> tuple[str, str | None, str | None, str | None]:
    row = intakes.stored(appointments)[number]
    return row["status"], row["qualification"], row["qualified_by"], row["reason"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"Statut": "honoré"}, ("seen", None, None, None)),
        ({"Statut": "absent"}, ("noshow", None, None, None)),
        ({"Statut": "absent", "Qualification": "inexpliquée"}, ("noshow", "unexplained", "import", None)),
        ({"Statut": "absent", "Qualification": "non recevable"}, ("noshow", "inadmissible", "import", None)),
        ({"Statut": "absent", "Qualification": "recevable"}, ("noshow", "admissible", "import", None)),
        ({"Statut": "excusé", "Motif": "santé"}, ("excused", "admissible", "import", "legitimate_personal")),
        ({"Statut": "excusé", "Motif": "transport"}, ("excused", "admissible", "import", "legitimate_logistics")),
        ({"Statut": "excusé", "Motif": "garde d’enfant"}, ("excused", "admissible", "import", "legitimate_logistics")),
        ({"Statut": "excusé", "Motif": "entretien d'embauche"}, ("excused", "admissible", "import", "legitimate_work")),
        ({"Statut": "excusé", "Motif": "chimiothérapie"}, ("excused", "admissible", "import", None)),
        ({"Statut": "annulé service"}, ("revoked", None, None, None)),
        ({"Statut": ""}, ("unknown", None, None, None)),
        ({"Statut": "à venir"}, ("unknown", None, None, None)),
        ({"Statut": "à venir", "Date": "23/11/2026"}, ("planned", None, None, None)),
        ({"Statut": "", "Date": "08/12/2026"}, ("planned", None, None, None)),
        ({"Statut": "annulé service", "Date": "08/12/2026"}, ("revoked", None, None, None)),
    ],
)
def test_the_words_of_an_outcome(followed: Intakes, cells: dict[str, str], expected: tuple[str, ...]) -> None:
    assert followed.rows(RENDEZ_VOUS | cells).created == 1
    assert outcome_of(followed) == expected


def test_a_word_of_health_is_stored_nowhere(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS | {"Statut": "excusé", "Motif": "chimiothérapie"})
    pause = {
        "N° CAF": "6112883",
        "Role": "",
        "Du": "03/11/2026",
        "Au": "",
        "Motif": "Hospitalisation longue",
        "Décidé par": "M. F.",
    }
    followed.rows(pause)
    followed.rows({"Courriel": "oyku@example.org", "Du": "30/11/2026", "Au": "04/12/2026", "Motif": "Maladie"})
    assert followed.one(pauses)["reason"] == followed.one(leaves)["reason"] == "raison personnelle"
    stored = str(followed.everything()).casefold()
    assert not any(word in stored for word in ("chimio", "hospital", "maladie"))


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"Date": "08/12/2026"}, "Statut"),
        ({"Date": "08/12/2026", "Statut": "absent"}, "Statut"),
        ({"Qualification": "inexpliquée"}, "Qualification"),
        ({"Statut": "excusé", "Qualification": "non recevable"}, "Qualification"),
        ({"Statut": "venu"}, "Statut"),
        ({"Heure": "9"}, "Heure"),
        ({"Durée (min)": ""}, "Durée (min)"),
        ({"Durée (min)": "0"}, "Durée (min)"),
        ({"Nature": "secret"}, "Nature"),
        ({"Courriel du référent": "x@example.org"}, "Courriel du référent"),
        ({"Preuve d'envoi": "pigeon"}, "Preuve d'envoi"),
        ({"N° CAF": "9"}, "N° CAF"),
        ({"Role": "CJT"}, "Role"),
        ({"Date": "00/01/1900"}, "Date"),
    ],
)
def test_a_flawed_appointment_is_refused(quick: Intakes, cells: dict[str, str], column: str) -> None:
    for row in (REFERENT, USAGER, PARCOURS):
        quick.rows(row)
    assert quick.rows(RENDEZ_VOUS | cells).refused == 1
    (refusal,) = quick.remarks("rendez_vous")
    assert refusal["colonne"] == column
    assert quick.stored(appointments) == []


def test_an_appointment_keeps_its_local_hour_and_its_summons(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS, RENDEZ_VOUS | {"Date": "20/10/2026"})
    winter, summer = followed.stored(appointments)
    assert winter["starts_at"] == datetime(2026, 11, 9, 8, 30, tzinfo=UTC)
    assert winter["ends_at"] == datetime(2026, 11, 9, 9, 15, tzinfo=UTC)
    assert summer["starts_at"] == datetime(2026, 10, 20, 7, 30, tzinfo=UTC)
    assert winter["key"] == f"import:{winter['case_id']}:2026-11-09T08:30+0000"
    assert (winter["notice_channel"], winter["notice_proof"], winter["created_by"]) == ("email", "delivered", "import")


@pytest.mark.parametrize(
    ("word", "channel", "proof"),
    [
        ("courriel délivré", "email", "delivered"),
        ("sms délivré", "sms", "delivered"),
        ("courriel en erreur", "email", "failed"),
        ("lettre postée", "letter", "posted"),
        ("", None, "none"),
    ],
)
def test_the_words_of_a_summons(quick: Intakes, word: str, channel: str | None, proof: str) -> None:
    for row in (REFERENT, USAGER, PARCOURS):
        quick.rows(row)
    quick.rows(RENDEZ_VOUS | {"Preuve d'envoi": word})
    row = quick.one(appointments)
    assert (row["notice_channel"], row["notice_proof"]) == (channel, proof)


def test_a_summons_still_to_leave_proves_nothing_yet(followed: Intakes) -> None:
    later = RENDEZ_VOUS | AHEAD | {"Convocation envoyée le": "26/11/2026", "Preuve d'envoi": "courriel délivré"}
    assert followed.rows(later).warnings == 1
    row = followed.one(appointments)
    assert (row["notice_sent_on"], row["notice_proof"]) == (date(2026, 11, 26), "none")
    assert followed.rows(later, on=date(2026, 11, 27)).updated == 1
    assert followed.one(appointments)["notice_proof"] == "delivered"


def test_what_was_planned_then_happened(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS | AHEAD)
    later = date(2026, 12, 9)
    assert followed.rows(RENDEZ_VOUS | AHEAD, on=later).unchanged == 1
    assert followed.rows(RENDEZ_VOUS | AHEAD | {"Statut": "absent"}, on=later).updated == 1
    assert outcome_of(followed) == ("noshow", None, None, None)
    said = {"Statut": "absent", "Qualification": "inexpliquée"}
    assert followed.rows(RENDEZ_VOUS | AHEAD | said, on=later).updated == 1
    assert followed.rows(RENDEZ_VOUS | AHEAD | {"Statut": "absent"}, on=later).unchanged == 1
    assert outcome_of(followed)[1] == "unexplained"
    assert followed.rows(RENDEZ_VOUS | AHEAD | {"Statut": "honoré"}, on=later).updated == 1
    assert outcome_of(followed) == ("seen", None, None, None)
    assert followed.rows(RENDEZ_VOUS | AHEAD | {"Statut": ""}, on=later).unchanged == 1


def test_a_cancellation_taken_back_by_the_county_is_taken_back(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS | AHEAD | {"Statut": "excusé", "Motif": "transport"})
    assert followed.rows(RENDEZ_VOUS | AHEAD | {"Statut": ""}).unchanged == 1
    assert followed.rows(RENDEZ_VOUS | AHEAD).updated == 1
    assert outcome_of(followed) == ("planned", None, None, None)
    followed.rows(RENDEZ_VOUS | AHEAD | {"Statut": "annulé service"})
    assert followed.rows(RENDEZ_VOUS | AHEAD, on=date(2026, 12, 9)).unchanged == 1
    with transaction(followed.engine) as connection:
        revoked = Said(status=AppointmentStatus.REVOKED, reason="service")
        say(connection, ACT, appointment=followed.one(appointments)["id"], said=revoked)
    assert followed.rows(RENDEZ_VOUS | AHEAD).unchanged == 1
    assert outcome_of(followed)[0] == "revoked"


@pytest.mark.parametrize(
    "county", [{"Statut": ""}, {"Statut": "absent"}, {"Statut": "honoré"}, {"Statut": "annulé service"}]
)
def test_an_import_never_undoes_what_a_person_said_in_jalon(followed: Intakes, county: dict[str, str]) -> None:
    followed.rows(RENDEZ_VOUS | {"Statut": ""})
    with transaction(followed.engine) as connection:
        row = followed.stored(appointments)[0]
        said = Said(status=AppointmentStatus.EXCUSED, reason="deuil")
        say(connection, ACT, appointment=row["id"], said=said)
    report = followed.rows(RENDEZ_VOUS | county)
    assert outcome_of(followed) == ("excused", None, None, "legitimate_personal")
    assert (report.updated, report.unchanged, report.warnings) == (0, 1, 1 if county["Statut"] else 0)


def test_an_import_never_undoes_a_qualification(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS | {"Statut": "absent"})
    with transaction(followed.engine) as connection:
        said = Said(status=AppointmentStatus.NOSHOW, qualification=Qualification.ADMISSIBLE)
        say(connection, ACT, appointment=followed.stored(appointments)[0]["id"], said=said)
    report = followed.rows(RENDEZ_VOUS | {"Statut": "absent", "Qualification": "inexpliquée"})
    assert report.warnings == 1
    assert outcome_of(followed)[1:3] == ("admissible", "Marie-Ange Faivre")


def test_an_appointment_moved_in_jalon_is_not_created_again(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS | AHEAD)
    with transaction(followed.engine) as connection:
        old = followed.stored(appointments)[0]["id"]
        move(connection, ACT, appointment=old, to=datetime(2026, 12, 10, 9, tzinfo=UTC), calendar=DOUBS)
    before = followed.stored(appointments)
    assert followed.rows(RENDEZ_VOUS | AHEAD).unchanged == 1
    assert followed.rows(RENDEZ_VOUS | AHEAD | {"Date": "10/12/2026", "Heure": "10:00"}).unchanged == 1
    assert followed.rows(RENDEZ_VOUS | AHEAD | {"Statut": "excusé", "Motif": "transport"}).warnings == 1
    assert followed.stored(appointments) == before


def test_an_outcome_goes_to_the_appointment_that_stands(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS | AHEAD)
    first = followed.one(appointments)
    with transaction(followed.engine) as connection:
        away = move(connection, ACT, appointment=first["id"], to=datetime(2026, 12, 10, 9, tzinfo=UTC), calendar=DOUBS)
        move(connection, ACT, appointment=away, to=first["starts_at"], calendar=DOUBS)
    report = followed.rows(RENDEZ_VOUS | AHEAD | {"Statut": "honoré"}, on=date(2026, 12, 9))
    assert (report.updated, report.warnings) == (1, 0)
    assert [row["status"] for row in followed.stored(appointments)] == ["revoked", "revoked", "seen"]


def test_an_appointment_of_jalon_takes_the_outcome_and_nothing_else(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS | AHEAD)
    ours = appointments.update().values(
        created_by="run:1", notice_by_jalon=True, notice_sent_on=ON, notice_proof="posted"
    )
    with transaction(followed.engine) as connection:
        connection.execute(ours)
    before = followed.one(appointments)
    said = {"Statut": "absent", "Lieu": "Audincourt", "Convocation envoyée le": "01/12/2026"}
    assert followed.rows(RENDEZ_VOUS | AHEAD | said, on=date(2026, 12, 9)).updated == 1
    assert followed.one(appointments) == before | {"status": "noshow"}


def test_the_summons_that_jalon_sent_is_kept(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS | AHEAD)
    with transaction(followed.engine) as connection:
        sent = {"notice_by_jalon": True, "notice_sent_on": ON, "notice_channel": "sms", "notice_proof": "delivered"}
        connection.execute(appointments.update().values(sent))
    theirs = {"Convocation envoyée le": "20/11/2026", "Preuve d'envoi": "courriel en erreur", "Lieu": "Audincourt"}
    assert followed.rows(RENDEZ_VOUS | AHEAD | theirs).updated == 1
    row = followed.one(appointments)
    assert {name: row[name] for name in sent} == sent
    assert row["place"] == "Audincourt"


def test_an_appointment_that_followed_a_change_of_track_is_not_created_again(followed: Intakes) -> None:
    followed.rows(RENDEZ_VOUS | AHEAD)
    with transaction(followed.engine) as connection:
        change = TrackChange(track="suivi_emploi", from_day=ON, activity="emploi", started_on=ON)
        change_track(connection, ACT, case=followed.one(cases)["id"], change=change)
    before = followed.everything()
    assert followed.rows(PARCOURS).unchanged == 1
    assert followed.rows(RENDEZ_VOUS | AHEAD).unchanged == 1
    assert followed.everything() == before


def test_an_appointment_goes_to_the_track_open_that_day(followed: Intakes) -> None:
    left = PARCOURS | {"Date de sortie": "01/11/2026", "Motif de sortie": "réorientation"}
    second = PARCOURS | {"Parcours": "Objectif compétences", "Date d'entrée": "01/11/2026"}
    assert (followed.rows(left).updated, followed.rows(second).created) == (1, 1)
    first_case, second_case = (row["id"] for row in followed.stored(cases))
    days = ("01/09/2026", "15/10/2026", "01/11/2026", "09/11/2026")
    followed.rows(*(RENDEZ_VOUS | {"Date": day} for day in days))
    assert [row["case_id"] for row in followed.stored(appointments)] == [
        first_case,
        first_case,
        second_case,
        second_case,
    ]


def test_a_track_is_never_open_twice(followed: Intakes) -> None:
    again = PARCOURS | {"Date d'entrée": "01/11/2026"}
    assert followed.rows(again).refused == 1
    left = PARCOURS | {"Date de sortie": "20/10/2026"}
    report = followed.rows(again, left)
    assert (report.created, report.updated, report.refused) == (1, 1, 0)
    other = PARCOURS | {"Parcours": "Objectif compétences", "Date d'entrée": "05/11/2026"}
    assert followed.rows(other).created == 1
    assert [row["left_on"] for row in followed.stored(cases)] == [date(2026, 10, 20), None, None]


def test_a_file_number_of_two_people_needs_the_role(followed: Intakes) -> None:
    assert followed.rows(RENDEZ_VOUS | {"Role": ""}).created == 1
    followed.rows(USAGER | {"Role": "CJT", "Prénom bénéficiaire": "Karim"})
    assert followed.rows(RENDEZ_VOUS | {"Role": ""}).refused == 1
    followed.rows(PARCOURS | {"Role": "CJT"})
    assert followed.rows(RENDEZ_VOUS | {"Role": "CJT"}).created == 1
    first, second = followed.stored(appointments)
    assert first["case_id"] != second["case_id"]


def test_a_blank_role_is_not_the_partner_s_when_the_applicant_is_unknown(quick: Intakes) -> None:
    quick.rows(REFERENT)
    quick.rows(USAGER | {"Role": "CJT"})
    assert quick.rows(PARCOURS | {"Role": ""}).refused == 1


def test_contracts_name_their_commitments(followed: Intakes) -> None:
    row = {
        "N° CAF": "6112883",
        "Role": "DEM",
        "Type": "Contrat d'engagement",
        "Date de signature": "13/11/2026",
        "Date de début": "13/11/2026",
        "Date de fin": "08/11/2027",
        "Heures hebdomadaires": "15",
        "Réciprocité proposée": "Oui",
        "Réciprocité acceptée": "",
        "Engagements": "changement de coordonnées|rendez-vous individuels",
    }
    report = followed.rows(
        row,
        row | {"Type": "CER", "Date de fin": "12/11/2026"},
        row | {"Type": "CER", "Engagements": "obéir"},
        row | {"Type": "CER", "Date de signature": "24/11/2026"},
    )
    assert (report.created, report.refused) == (1, 3)
    stored = followed.one(contracts)
    assert (stored["kind"], stored["clauses"], stored["weekly_hours"]) == (
        "engagement",
        "individual contact_details",
        15,
    )
    assert (stored["reciprocity_offered"], stored["reciprocity_accepted"]) == (True, None)


def test_a_version_signed_in_jalon_is_kept_as_it_was_signed(followed: Intakes) -> None:
    person = followed.one(cases)["person_id"]
    ours = {
        "kind": "engagement",
        "signed_on": date(2026, 11, 13),
        "starts_on": date(2026, 11, 13),
        "ends_on": date(2027, 5, 12),
        "clauses": "individual",
        "created_by": "person:Oyku Demir",
    }
    with transaction(followed.engine) as connection:
        connection.execute(contracts.insert().values(territory="doubs", person_id=person, **ours))
    row = {
        "N° CAF": "6112883",
        "Role": "DEM",
        "Type": "Contrat d'engagement",
        "Date de signature": "13/11/2026",
        "Date de début": "13/11/2026",
        "Date de fin": "08/11/2027",
        "Engagements": "actions prescrites",
    }
    report = followed.rows(row)
    assert (report.unchanged, report.warnings) == (1, 1)
    assert followed.one(contracts).items() >= ours.items()


def test_the_date_certaine_of_a_letter_arrives_later(followed: Intakes) -> None:
    assert followed.rows(COURRIER).created == 1
    assert followed.rows(COURRIER | {"Reçu le": "27/10/2026"}).updated == 1
    assert followed.rows(COURRIER).unchanged == 1
    row = followed.one(letters)
    assert (row["kind"], row["received_on"], row["delay_days"]) == ("invitation_to_regularise", date(2026, 10, 27), 15)
    flawed = ({"Reçu le": "25/10/2026"}, {"Reçu le": "24/11/2026"}, {"Envoyé le": "24/11/2026"}, {"Délai (jours)": ""})
    assert followed.rows(*(COURRIER | cells for cells in flawed)).refused == 4


def test_a_letter_that_jalon_wrote_only_gets_its_day_of_receipt(followed: Intakes) -> None:
    person = followed.one(cases)["person_id"]
    ours = {"kind": "invitation_to_regularise", "sent_on": date(2026, 10, 26), "channel": "letter", "delay_days": 20}
    with transaction(followed.engine) as connection:
        connection.execute(letters.insert().values(territory="doubs", person_id=person, message_key="k", **ours))
    assert followed.rows(COURRIER | {"Reçu le": "27/10/2026"}).updated == 1
    row = followed.one(letters)
    assert {name: row[name] for name in ours} == ours
    assert row["received_on"] == date(2026, 10, 27)


def test_actions_and_pauses(followed: Intakes) -> None:
    action = {
        "N° CAF": "6112883",
        "Role": "DEM",
        "Action": "Mettre à jour son CV",
        "Prescrite le": "15/10/2026",
        "Échéance": "06/11/2026",
        "Réalisée le": "",
        "Justificatif vu": "",
    }
    assert followed.rows(action).created == 1
    done = action | {"Réalisée le": "03/11/2026", "Justificatif vu": "Non"}
    assert (followed.rows(done).updated, followed.rows(action).unchanged) == (1, 1)
    row = followed.one(prescribed_actions)
    assert (row["done_on"], row["proof_seen"]) == (date(2026, 11, 3), False)
    assert followed.rows(action | {"Échéance": "14/10/2026"}, action | {"Réalisée le": "24/11/2026"}).refused == 2
    pause = {
        "N° CAF": "6112883",
        "Role": "DEM",
        "Du": "03/11/2026",
        "Au": "",
        "Motif": "demande",
        "Décidé par": "M. F.",
    }
    assert followed.rows(pause).created == 1
    with transaction(followed.engine) as connection:
        end_pause(connection, ACT, case=followed.one(cases)["id"], last_day=date(2026, 11, 20))
    assert followed.rows(pause).unchanged == 1
    assert followed.one(pauses)["last_day"] == date(2026, 11, 20)


def test_collective_appointments_find_their_session_whichever_comes_first(followed: Intakes) -> None:
    collective = RENDEZ_VOUS | AHEAD | {"Nature": "collectif", "Objet": "Atelier CV"}
    session = {
        "Session": "S1",
        "Objet": "Atelier CV",
        "Date": "08/12/2026",
        "Heure": "09:30",
        "Durée (min)": "90",
        "Lieu": "Montbéliard",
        "Courriel du référent": "oyku@example.org",
        "Places": "8",
        "Minimum": "4",
    }
    other = session | {"Session": "S2", "Lieu": "Audincourt"}
    followed.rows(collective)
    assert followed.one(appointments)["session_id"] is None
    followed.rows(other, session)
    followed.rows(USAGER | {"N° CAF": "7"})
    followed.rows(PARCOURS | {"N° CAF": "7"})
    followed.rows(collective | {"N° CAF": "7"})
    ours = next(row["id"] for row in followed.stored(sessions) if row["ref"] == "S1")
    assert [row["session_id"] for row in followed.stored(appointments)] == [ours, ours]
    assert followed.rows(collective).unchanged == 1


def test_two_territories_never_see_each_other(followed: Intakes) -> None:
    assert followed.rows(REFERENT, territory="jura").created == 1
    before = followed.everything()
    for row in (PARCOURS, RENDEZ_VOUS):
        assert followed.rows(row, territory="jura").refused == 1
    assert followed.rows(USAGER | {"Adresse": "ailleurs"}, territory="jura").created == 1
    assert followed.everything()["cases"] == before["cases"]
    assert followed.everything()["persons"][0] == before["persons"][0]
    assert followed.rows(PARCOURS, territory="jura").created == 1


def test_an_empty_export_of_pauses_is_no_accident(followed: Intakes) -> None:
    header = csv_text([{"N° CAF": "", "Role": "", "Du": "", "Au": "", "Motif": "", "Décidé par": ""}]).splitlines()[0]
    report = followed.raw(header.encode())
    assert (report.kind, report.readable, report.read) == ("pauses", True, 0)
    assert not followed.raw(csv_text([USAGER]).splitlines()[0].encode()).readable
