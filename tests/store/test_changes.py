"""A track changed, a pause, a sign, a breach: done by somebody, once, with what is planned taken along."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, func, select

from store import changes
from store.changes import TrackChange
from store.engine import transaction
from store.schema import appointments, cases, checks, messages, pauses, questions, signals
from tests.county import County, add
from tests.store.acts import ACT, TODAY, a_message, a_question, an_appointment, row_of
from tracks.errors import JalonError
from tracks.vocabulary import QuestionKind, SignalKind, SignalSource

TO_WORK = TrackChange(
    track="suivi_emploi", from_day=TODAY, follows_up=True, activity="emploi", started_on=date(2026, 11, 16)
)


def change(engine: Engine, case: int, wanted: TrackChange = TO_WORK) -> int:
    with transaction(engine) as connection:
        return changes.change_track(connection, ACT, case=case, change=wanted)


def test_the_old_case_closes_and_the_next_opens_with_the_same_referent(engine: Engine, county: County) -> None:
    new = change(engine, county.case)
    before, after = row_of(engine, cases, county.case), row_of(engine, cases, new)
    assert (before.left_on, before.exit_reason) == (TODAY, "change:suivi_emploi")
    assert (after.track, after.entered_on, after.left_on) == ("suivi_emploi", TODAY, None)
    assert (after.person_id, after.referent_id, after.under_duties) == (county.person, county.referent, True)
    assert (after.activity_kind, after.activity_started_on) == ("emploi", date(2026, 11, 16))


def test_what_is_planned_follows_with_its_messages_and_the_past_stays(engine: Engine, county: County) -> None:
    ahead, past = an_appointment(engine, county, days=5), an_appointment(engine, county, days=-5)
    reminder = a_message(engine, county, appointment=ahead)
    other = a_message(engine, county, template="check_in", key="check_in:1")
    new = change(engine, county.case)
    assert row_of(engine, appointments, ahead).case_id == new
    assert row_of(engine, appointments, past).case_id == county.case
    assert (row_of(engine, messages, reminder).case_id, row_of(engine, messages, reminder).status) == (new, "pending")
    assert row_of(engine, messages, other).status == "void"


def test_a_change_noted_ahead_leaves_what_comes_before_it(engine: Engine, county: County) -> None:
    before, after = an_appointment(engine, county, days=5), an_appointment(engine, county, days=9)
    reminder = a_message(engine, county, appointment=before)
    wanted = TrackChange(track="objectif_competences", from_day=TODAY + timedelta(days=8))
    new = change(engine, county.case, wanted)
    assert (row_of(engine, appointments, before).case_id, row_of(engine, appointments, after).case_id) == (
        county.case,
        new,
    )
    assert (row_of(engine, messages, reminder).case_id, row_of(engine, messages, reminder).status) == (
        county.case,
        "pending",
    )


def test_questions_about_the_past_stay_open_and_the_others_close(engine: Engine, county: County) -> None:
    past = an_appointment(engine, county, days=-5)
    about_past = a_question(engine, county, QuestionKind.OUTCOME, past)
    proposal = a_question(engine, county, QuestionKind.TRACK_CHANGE, None)
    with transaction(engine) as connection:
        check = add(
            connection,
            checks,
            case_id=county.case,
            precondition="no_contract",
            since=TODAY,
            why="…",
            policy_version="objectif_emploi@2024-01-01",
        )
    change(engine, county.case)
    assert row_of(engine, questions, about_past).closed_on is None
    assert row_of(engine, questions, proposal).closed_on == TODAY
    assert row_of(engine, checks, check).closed_on == TODAY


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (TrackChange(track="objectif_emploi", from_day=TODAY), "suit déjà"),
        (TrackChange(track="objectif_competences", from_day=date(2026, 5, 31)), "ne peut précéder"),
        (TrackChange(track="suivi_emploi", from_day=TODAY, follows_up=True), "--activity"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    engine: Engine, county: County, wanted: TrackChange, says: str
) -> None:
    with pytest.raises(JalonError, match=says):
        change(engine, county.case, wanted)
    assert row_of(engine, cases, county.case).left_on is None


def test_a_closed_case_does_not_change(engine: Engine, county: County) -> None:
    change(engine, county.case)
    with pytest.raises(JalonError, match="déjà clos"):
        change(engine, county.case)


def test_a_relapse_goes_back_without_its_activity(engine: Engine, county: County) -> None:
    follow_up = change(engine, county.case)
    back = change(engine, follow_up, TrackChange(track="objectif_emploi", from_day=TODAY + timedelta(days=30)))
    assert row_of(engine, cases, back).activity_started_on is None


def test_a_follow_up_takes_the_activity_that_the_export_gave(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        known = cases.update().where(cases.c.id == county.case)
        connection.execute(known.values(activity_kind="formation", activity_started_on=date(2026, 11, 2)))
    new = change(engine, county.case, TrackChange(track="suivi_emploi", from_day=TODAY, follows_up=True))
    row = row_of(engine, cases, new)
    assert (row.activity_kind, row.activity_started_on) == ("formation", date(2026, 11, 2))


def test_an_activity_without_its_day_is_refused() -> None:
    with pytest.raises(JalonError, match="vont ensemble"):
        TrackChange(track="suivi_emploi", from_day=TODAY, activity="emploi")


def pause(engine: Engine, county: County, first: date, last: date | None, reason: str = "demande") -> None:
    with transaction(engine) as connection:
        changes.add_pause(connection, ACT, case=county.case, first_day=first, last_day=last, reason=reason)


def test_a_pause_is_signed_and_ends_when_somebody_says_so(engine: Engine, county: County) -> None:
    pause(engine, county, TODAY, None)
    with transaction(engine) as connection:
        changes.end_pause(connection, ACT, case=county.case, last_day=TODAY + timedelta(days=9))
        row = connection.execute(select(pauses)).one()
    assert (row.first_day, row.last_day, row.decided_by) == (TODAY, TODAY + timedelta(days=9), "Oyku Demir")


def test_two_pauses_never_overlap(engine: Engine, county: County) -> None:
    pause(engine, county, TODAY, TODAY + timedelta(days=9))
    with pytest.raises(JalonError, match="couvre déjà"):
        pause(engine, county, TODAY + timedelta(days=9), None)
    pause(engine, county, TODAY + timedelta(days=10), None)


@pytest.mark.parametrize(("last", "reason"), [(TODAY - timedelta(days=1), "demande"), (None, "  ")])
def test_a_pause_backwards_or_without_reason_is_refused(
    engine: Engine, county: County, last: date | None, reason: str
) -> None:
    with pytest.raises(JalonError):
        pause(engine, county, TODAY, last, reason)


def test_no_pause_to_end_is_said(engine: Engine, county: County) -> None:
    with transaction(engine) as connection, pytest.raises(JalonError, match="aucune pause"):
        changes.end_pause(connection, ACT, case=county.case, last_day=TODAY)


def test_a_signal_is_noted_once_a_day(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        noted = [
            changes.add_signal(
                connection, ACT, case=county.case, source=SignalSource.PERSON, kind=SignalKind.REPLY, day=TODAY
            )
            for _ in range(2)
        ]
        count = connection.scalar(select(func.count()).select_from(signals))
    assert (noted, count) == ([True, False], 1)


def test_tomorrow_is_not_a_fact(engine: Engine, county: County) -> None:
    tomorrow = TODAY + timedelta(days=1)
    with transaction(engine) as connection, pytest.raises(JalonError, match="pas encore"):
        changes.add_signal(
            connection, ACT, case=county.case, source=SignalSource.EMPLOYER, kind=SignalKind.ALERT, day=tomorrow
        )
