"""A compliance review goes through its procedure: on both databases, each step signed, sealed, or refused in words."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import IntegrityError

from config.settings import TERRITORIES
from config.territory import load_territory
from store import journal, procedure
from store.acts import Act
from store.engine import transaction
from store.panels import Member, add_member, add_session, note_present, put_on_agenda
from store.procedure import Doing, Rules
from store.remobilisation import note_compliance
from store.representatives import add_representative
from store.reviews import Decision
from store.schema import appointments, cases, messages, persons, questions, referents, review_steps, reviews, signals
from store.schema import journal as lines
from tests.county import County, add
from tests.store.acts import TODAY, a_review, an_appointment, row_of
from tracks.errors import JalonError
from tracks.panel import silent_since
from tracks.review import Role, Step
from tracks.vocabulary import Measure, Outcome

DOUBS = load_territory(TERRITORIES / "doubs")
RULES = Rules(procedure=DOUBS.procedure, policies=DOUBS.policies("objectif_emploi"))
SENT, RECEIVED = date(2026, 11, 27), date(2026, 12, 1)
HELD = date(2027, 1, 12)
OVER = date(2026, 12, 18)  # the day after the fifteen whole days that follow the receipt


def act_on(day: date, by: str = "Hélène Marchal") -> Act:
    return Act(territory="doubs", by=by, at=datetime.combine(day, time(9), UTC), on=day)


def make(engine: Engine, review: int, step: Step, day: date, *, role: Role = Role.COORDINATOR, **doing: Any) -> str:
    with transaction(engine) as connection:
        what = Doing(step=step, role=role, **doing)
        return procedure.make(connection, act_on(day), review=review, doing=what, rules=RULES)


def decide(
    engine: Engine,
    review: int,
    outcome: Outcome,
    day: date = OVER,
    *,
    role: Role = Role.DECIDER,
    measure: Measure | None = None,
    reasons: str = "Deux absences sans motif, observations entendues le 10 décembre.",
) -> str:
    decision = Decision(outcome=outcome, reasons=reasons)
    with transaction(engine) as connection:
        return procedure.decide(
            connection, act_on(day), review=review, decision=decision, role=role, rules=RULES, measure=measure
        )


def notify(engine: Engine, review: int, day: date = SENT, measure: Measure = Measure.SUSPENSION, **said: Any) -> str:
    details = {"served_on": "person", "days": 0} | said
    return make(engine, review, Step.NOTIFY, day, measure=measure, details=details)


def heard(engine: Engine, county: County, measure: Measure = Measure.SUSPENSION) -> int:
    """A review whose notice was received, whose delay is over and whose criteria were examined."""
    review = a_review(engine, county)
    make(engine, review, Step.SUBMIT, TODAY, role=Role.REFERENT)
    make(engine, review, Step.EXAMINE, TODAY)
    notify(engine, review, measure=measure)
    make(engine, review, Step.RECEIPT, RECEIVED, details={"proof": "AR 1A 123"})
    make(engine, review, Step.CRITERIA, RECEIVED, details={"examined": [1, 2, 3, 4]})
    return review


def refused(engine: Engine, review: int, *words: str, **decision: Any) -> None:
    before = row_of(engine, reviews, review)
    outcome = decision.pop("outcome", Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM)
    with pytest.raises(JalonError) as said:
        decide(engine, review, outcome, **decision)
    for word in words:
        assert word in str(said.value)
    assert row_of(engine, reviews, review) == before


def test_the_whole_procedure_leads_to_a_signed_decision(engine: Engine, county: County) -> None:
    review = heard(engine, county)
    assert decide(engine, review, Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM) == "decided"
    row = row_of(engine, reviews, review)
    assert (row.status, row.decided_by) == ("decided", "Hélène Marchal")
    with transaction(engine) as connection:
        made = procedure.steps_of(connection, territory="doubs", review=review)
    assert [step["step"] for step in made] == ["submit", "examine", "notify", "receipt", "criteria", "decide"]
    assert made[-1]["details"]["measure"] == "suspension"


@pytest.mark.parametrize("outcome", [Outcome.WARNING, Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM])
def test_nothing_adverse_is_decided_before_the_person_was_told(
    engine: Engine, county: County, outcome: Outcome
) -> None:
    review = a_review(engine, county)
    refused(engine, review, "encore un projet", outcome=outcome)
    make(engine, review, Step.SUBMIT, TODAY, role=Role.REFERENT)
    refused(engine, review, "soumise par le référent", outcome=outcome)
    make(engine, review, Step.EXAMINE, TODAY)
    refused(engine, review, "à l'examen", outcome=outcome)
    notify(engine, review)
    refused(engine, review, "pas de date de réception prouvée", outcome=outcome)


def test_the_whole_delay_is_left_to_the_person(engine: Engine, county: County) -> None:
    review = heard(engine, county)
    refused(engine, review, "jusqu'au 17 décembre 2026", day=date(2026, 12, 17))
    assert decide(engine, review, Outcome.WARNING, date(2026, 12, 18)) == "decided"


def test_all_that_is_missing_is_said_at_once(engine: Engine, county: County) -> None:
    review = a_review(engine, county)
    make(engine, review, Step.SUBMIT, TODAY, role=Role.REFERENT)
    make(engine, review, Step.EXAMINE, TODAY)
    notify(engine, review)
    refused(engine, review, "pas de date de réception prouvée", "n'a pas commencé", "à examiner d'abord")


@pytest.mark.parametrize("role", [Role.REFERENT, Role.COORDINATOR, Role.REVIEWER])
def test_only_who_may_sign_decides_against_somebody(engine: Engine, county: County, role: Role) -> None:
    refused(engine, heard(engine, county), "délégation de signature", role=role)


@pytest.mark.parametrize(
    "outcome", [Outcome.NO_ACTION, Outcome.EXTRA_TIME, Outcome.CONTRACT_REVISION, Outcome.REORIENTATION]
)
def test_what_is_in_the_person_s_favour_never_waits(engine: Engine, county: County, outcome: Outcome) -> None:
    review = a_review(engine, county)
    assert decide(engine, review, outcome, TODAY, role=Role.REFERENT) == "decided"


def test_a_suppression_waits_for_the_panel(engine: Engine, county: County) -> None:
    review = heard(engine, county, Measure.SUPPRESSION)
    refused(engine, review, "obligatoire pour une suppression")
    session = a_session(engine)
    with transaction(engine) as connection:
        assert put_on_agenda(connection, act_on(OVER), session=session, review=review) == 1
    make(engine, review, Step.PANEL, OVER)
    refused(engine, review, "obligatoire pour une suppression", day=OVER + timedelta(days=90))
    with pytest.raises(JalonError) as said:
        make(engine, review, Step.OPINION, OVER)
    for word in ("n'a lieu que le 12 janvier 2027", "sans quorum, il manque : Présidence", "n'a pas été prévenue"):
        assert word in str(said.value)
    make(engine, review, Step.TOLD, date(2026, 12, 28))
    come(engine, session, "presidence", "departement", "social")
    with pytest.raises(JalonError, match="Représentant des bénéficiaires"):
        make(engine, review, Step.OPINION, HELD)
    come(engine, session, "beneficiaires")
    make(engine, review, Step.OPINION, HELD, details={"opinion": "favorable"})
    assert decide(engine, review, Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM, HELD) == "decided"


def a_session(engine: Engine, day: date = HELD, slots: int = 12) -> int:
    starts_at = datetime.combine(day, time(8), UTC)
    with transaction(engine) as connection:
        return add_session(connection, act_on(TODAY), starts_at=starts_at, place="CMS", slots=slots)


def come(engine: Engine, session: int, *seats: str, day: date = HELD) -> None:
    rules = DOUBS.procedure.at(HELD).panel
    with transaction(engine) as connection:
        for seat in seats:
            who = Member(name=f"Élu {seat}", seat=seat)
            add_member(connection, act_on(TODAY), session=session, member=who, panel=rules)
            note_present(connection, act_on(day), session=session, name=f"ÉLU {seat}")


def test_a_person_told_too_late_is_heard_at_another_session(engine: Engine, county: County) -> None:
    review = heard(engine, county, Measure.SUPPRESSION)
    first, second = a_session(engine), a_session(engine, HELD + timedelta(days=21))
    for session, day in ((first, OVER), (second, HELD)):
        with transaction(engine) as connection:
            put_on_agenda(connection, act_on(day), session=session, review=review)
        make(engine, review, Step.PANEL, day)
        make(engine, review, Step.TOLD, day if session == second else date(2027, 1, 8))
        held = HELD if session == first else HELD + timedelta(days=21)
        come(engine, session, "presidence", "departement", "social", "beneficiaires", day=held)
        if session == first:
            with pytest.raises(JalonError, match="trop tard pour la séance du 12 janvier 2027"):
                make(engine, review, Step.OPINION, HELD)
    assert make(engine, review, Step.OPINION, HELD + timedelta(days=21)) == "ep_pending"


def test_an_agenda_has_its_slots_and_no_review_twice(engine: Engine, county: County) -> None:
    review, session = a_review(engine, county), a_session(engine, slots=1)
    with transaction(engine) as connection:
        put_on_agenda(connection, act_on(OVER), session=session, review=review)
        with pytest.raises(JalonError, match="complète"):
            put_on_agenda(connection, act_on(OVER), session=session, review=review)
        with pytest.raises(JalonError, match="est passée"):
            put_on_agenda(connection, act_on(HELD), session=session, review=review)


def test_an_unknown_function_or_an_absent_member_is_refused(engine: Engine, county: County) -> None:
    session, rules = a_session(engine), DOUBS.procedure.at(HELD).panel
    who = Member(name="Jean Exemple", seat="maire")
    with transaction(engine) as connection:
        with pytest.raises(JalonError, match="n'est pas une fonction"):
            add_member(connection, act_on(TODAY), session=session, member=who, panel=rules)
        with pytest.raises(JalonError, match="n'est pas membre"):
            note_present(connection, act_on(HELD), session=session, name="Jean Exemple")


def test_an_optional_referral_is_taken_back_a_compulsory_one_is_not(engine: Engine, county: County) -> None:
    review = heard(engine, county)
    make(engine, review, Step.PANEL, OVER)
    refused(engine, review, "attendez son avis")
    assert make(engine, review, Step.RECALL, OVER) == "observations_open"
    assert decide(engine, review, Outcome.WARNING) == "decided"
    again = heard_of(engine, county, Measure.SUPPRESSION)
    make(engine, again, Step.PANEL, OVER)
    with pytest.raises(JalonError, match="obligatoire"):
        make(engine, again, Step.RECALL, OVER)


def test_silence_of_the_panel_is_flagged_after_a_month_and_deemed_nothing() -> None:
    assert silent_since(OVER, on=OVER + timedelta(days=30), after_days=30) is None
    assert silent_since(OVER, on=OVER + timedelta(days=31), after_days=30) == 31
    assert silent_since(None, on=OVER, after_days=30) is None


def test_nothing_graver_than_announced(engine: Engine, county: County) -> None:
    review = heard(engine, county)
    refused(engine, review, "nouvel avis", measure=Measure.SUPPRESSION)
    warned = heard_of_a_warning(engine, county)
    refused(engine, warned, "nouvel avis")


def heard_of_a_warning(engine: Engine, county: County) -> int:
    return heard_of(engine, county, Measure.WARNING)


def heard_of(engine: Engine, county: County, measure: Measure) -> int:
    with transaction(engine) as connection:
        connection.execute(update(reviews).values(subject="another"))
    return heard(engine, county, measure)


@pytest.mark.parametrize(
    ("step", "answer", "word"),
    [
        (Step.WROTE, Step.ANSWERED, "observations écrites"),
        (Step.ASKED_HEARING, Step.HEARD, "entendue"),
        (Step.ASKED_FILE, Step.FILE_GIVEN, "son dossier"),
    ],
)
def test_a_reply_stops_the_decision_until_somebody_takes_care_of_it(
    engine: Engine, county: County, step: Step, answer: Step, word: str
) -> None:
    review = heard(engine, county)
    make(engine, review, step, date(2026, 12, 10))
    refused(engine, review, word)
    make(engine, review, answer, date(2026, 12, 14))
    assert decide(engine, review, Outcome.WARNING) == "decided"


def test_a_piece_that_fell_since_stops_the_decision(engine: Engine, county: County) -> None:
    absence = an_appointment(engine, county, days=-60, status="noshow")
    review = heard(engine, county)  # its pieces are the appointments 1 and 2
    with transaction(engine) as connection:
        values = {"qualification": "admissible", "qualified_by": "Oyku Demir"}
        connection.execute(update(appointments).where(appointments.c.id == absence).values(values))
    refused(engine, review, "l'absence du 24 septembre 2026 est recevable")


def test_who_came_since_is_taken_into_account_first(engine: Engine, county: County) -> None:
    review = heard(engine, county)
    with transaction(engine) as connection:
        sign = {"case_id": county.case, "source": "person", "kind": "compliance", "said_by": "Oyku Demir"}
        add(connection, signals, **sign, happened_on=date(2026, 12, 9), key="s1")
    refused(engine, review, "9 décembre 2026")
    make(engine, review, Step.READ_SIGNS, date(2026, 12, 15))
    assert decide(engine, review, Outcome.WARNING) == "decided"


@pytest.mark.parametrize(
    ("table", "values", "word"),
    [
        (cases, {"under_duties": False}, "droits et devoirs"),
        (referents, {"circuit": "A"}, "France Travail"),
        (persons, {"birth_date": date(2009, 5, 1)}, "mineure"),
    ],
)
def test_a_notice_is_refused_where_the_procedure_is_not_ours_to_lead(
    engine: Engine, county: County, table: Any, values: Mapping[str, Any], word: str
) -> None:
    review = a_review(engine, county)
    make(engine, review, Step.SUBMIT, TODAY, role=Role.REFERENT)
    make(engine, review, Step.EXAMINE, TODAY)
    with transaction(engine) as connection:
        connection.execute(update(table).values(values))
    with pytest.raises(JalonError, match=word):
        notify(engine, review)


def test_a_protected_adult_is_told_through_their_representative(engine: Engine, county: County) -> None:
    review = a_review(engine, county)
    make(engine, review, Step.SUBMIT, TODAY, role=Role.REFERENT)
    make(engine, review, Step.EXAMINE, TODAY)
    who = {"name": "UDAF du Doubs", "kind": "tutelle", "address": "1 rue d'Exemple"}
    with transaction(engine) as connection:
        add_representative(connection, act_on(TODAY), review=review, first_day=TODAY, **who)
    with pytest.raises(JalonError, match="représentant légal"):
        notify(engine, review)
    assert notify(engine, review, served_on="representative") == "observations_open"


def test_a_decision_is_notified_appealed_and_closed(engine: Engine, county: County) -> None:
    review = heard(engine, county)
    decide(engine, review, Outcome.WARNING)
    with pytest.raises(JalonError, match="notifiez-lui"):
        make(engine, review, Step.CLOSE, OVER)
    make(engine, review, Step.NOTIFIED, date(2026, 12, 22), details={"proof": "AR"})
    with pytest.raises(JalonError, match="23 février 2027"):
        make(engine, review, Step.CLOSE, date(2027, 2, 23))
    make(engine, review, Step.APPEAL, date(2027, 1, 20), details={"kind": "rapo"})
    with pytest.raises(JalonError, match="attend sa réponse"):
        make(engine, review, Step.CLOSE, date(2027, 2, 24))
    make(engine, review, Step.APPEAL_ANSWERED, date(2027, 2, 25), role=Role.DECIDER, details={"answer": "retirée"})
    assert make(engine, review, Step.CLOSE, date(2027, 2, 26)) == "closed"


def test_a_procedure_is_dropped_and_a_decision_withdrawn(engine: Engine, county: County) -> None:
    review = a_review(engine, county)
    dropped = {"outcome": Outcome.NO_ACTION, "reasons": "La personne a repris le suivi."}
    assert make(engine, review, Step.WITHDRAW, TODAY, role=Role.REFERENT, **dropped) == "closed"
    assert row_of(engine, reviews, review).outcome == "no_action"
    again = heard_of_a_warning(engine, county)
    decide(engine, again, Outcome.WARNING)
    with pytest.raises(JalonError, match="délégation"):
        make(engine, again, Step.WITHDRAW, OVER)
    assert make(engine, again, Step.WITHDRAW, OVER, role=Role.DECIDER) == "closed"


def test_a_fact_of_tomorrow_or_of_before_the_file_is_refused(engine: Engine, county: County) -> None:
    review = a_review(engine, county)
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=1)):
        with pytest.raises(JalonError, match=r"pas encore passé|n'est ouverte que depuis"):
            make(engine, review, Step.SUBMIT, TODAY, on=day)


def test_each_step_is_sealed_in_the_journal_without_a_name(engine: Engine, county: County) -> None:
    review = heard(engine, county)
    with transaction(engine) as connection:
        made = procedure.steps_of(connection, territory="doubs", review=review)
        subjects = list(connection.scalars(select(lines.c.subject).order_by(lines.c.seq)))
        assert journal.verify(connection, territory="doubs").first_bad is None
    assert [subject.split()[-1] for subject in subjects] == [procedure.sealed(step) for step in made]
    assert not [subject for subject in subjects if "Marchal" in subject or "AR 1A" in subject]


def test_words_changed_afterwards_no_longer_fit_their_seal(engine: Engine, county: County) -> None:
    review = heard(engine, county)
    with transaction(engine) as connection:
        connection.execute(update(review_steps).where(review_steps.c.step == "receipt").values(on_day=SENT))
        made = procedure.steps_of(connection, territory="doubs", review=review)
        subjects = list(connection.scalars(select(lines.c.subject).order_by(lines.c.seq)))
    fits = [subject.endswith(procedure.sealed(step)) for subject, step in zip(subjects, made, strict=True)]
    assert fits == [True, True, True, False, True]


def test_two_people_at_once_do_not_make_the_same_step(engine: Engine, county: County) -> None:
    heard(engine, county)
    copied = "territory, review_id, rank, step, status, made_by, role, at, on_day, details"
    again = text(f"INSERT INTO review_steps ({copied}) SELECT {copied} FROM review_steps WHERE rank = 1")
    for statement in (again, update(review_steps).values(made_by="  ")):
        with pytest.raises(IntegrityError), transaction(engine) as connection:
            connection.execute(statement)
    with transaction(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(review_steps)) == 5


def test_who_puts_things_right_is_told_of_the_same_working_day(engine: Engine, county: County) -> None:
    review = heard(engine, county)
    friday, saturday = date(2026, 12, 11), date(2026, 12, 12)
    for day in (friday, friday, saturday):
        with transaction(engine) as connection:
            note_compliance(
                connection,
                act_on(day),
                review=review,
                role=Role.REFERENT,
                what="Contrat repris",
                day=day,
                rules=RULES,
                coordinators=1,
            )
    with transaction(engine) as connection:
        told = connection.execute(
            select(messages.c.recipient_kind, messages.c.planned_on).order_by(messages.c.planned_on, messages.c.id)
        ).all()
        asked = connection.scalars(select(questions.c.why).where(questions.c.closed_on.is_(None))).all()
    monday = date(2026, 12, 14)
    assert [tuple(row) for row in told] == [
        ("coordinator", friday),
        ("referent", friday),
        ("coordinator", monday),
        ("referent", monday),
    ]
    assert len(asked) == 2
    assert "11 décembre" in asked[0]
    refused(engine, review, "11 décembre 2026 et 12 décembre 2026")
    make(engine, review, Step.READ_SIGNS, date(2026, 12, 15))
    with transaction(engine) as connection:
        assert not connection.scalars(select(questions.c.id).where(questions.c.closed_on.is_(None))).all()
    assert decide(engine, review, Outcome.WARNING) == "decided"
