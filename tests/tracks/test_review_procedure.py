"""The procedure of a review, walked whole: nothing adverse without people, a proved notice and a full delay (B1)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, combinations
from typing import Any

import pytest

from config.settings import TERRITORIES
from config.territory import Territory, load_territory
from tracks import review as table
from tracks.calendar import Calendar
from tracks.case import Pause
from tracks.panel import Session
from tracks.review import ADVERSE, TRANSITIONS, Need, Role, Step, Transition
from tracks.standing import Done, Standing, missing
from tracks.vocabulary import OUTCOMES, Circuit, Measure, Outcome, ReviewKind, ReviewStatus

DOUBS = load_territory(TERRITORIES / "doubs")
TRACKS = [slug for slug, track in DOUBS.tracks.items() if any(version.review for version in track.version)]
OPENED = date(2026, 11, 23)
S = ReviewStatus
EVERY_CRITERION = {"examined": [1, 2, 3, 4]}


def a_standing(*steps: Done, on: date = date(2027, 3, 1), territory: Territory = DOUBS, **values: Any) -> Standing:
    status = values.pop("status", S.OBSERVATIONS_OPEN)
    return Standing(
        on=on,
        status=status,
        outcome=values.pop("outcome", None),
        steps=steps,
        procedure=territory.procedure.at(on),
        calendar=values.pop("calendar", territory.calendar),
        floor_days=10,
        **values,
    )


def notice(on: date = date(2026, 12, 1), measure: Measure = Measure.SUSPENSION, **details: Any) -> Done:
    return Done(step=Step.NOTIFY, on=on, details={"measure": measure.value, **details})


def done(step: Step, on: date, **details: Any) -> Done:
    return Done(step=step, on=on, details=details)


# --- the table, whatever the facts


def paths(to: Transition) -> Iterator[tuple[Transition, ...]]:
    """Every way, without a loop, from the machine's draft to a row of the table."""

    def before(status: ReviewStatus, seen: frozenset[ReviewStatus]) -> Iterator[tuple[Transition, ...]]:
        if status is S.DRAFT:
            yield tuple(t for t in TRANSITIONS if t.step is Step.OPEN)
            return
        for t in TRANSITIONS:
            if t.target is status:
                for source in set(t.sources) - seen:
                    yield from ((*way, t) for way in before(source, seen | {status}))

    for source in to.sources:
        yield from ((*way, to) for way in before(source, frozenset()))


ADVERSE_ROWS = [t for t in TRANSITIONS if t.decision is table.Kind.ADVERSE]


def test_the_machine_opens_a_draft_and_nothing_else() -> None:
    assert [(t.step, t.target) for t in TRANSITIONS if Role.MACHINE in t.roles] == [(Step.OPEN, S.DRAFT)]


def test_every_path_to_something_adverse_goes_through_people_a_notice_and_a_decider() -> None:
    found = [way for row in ADVERSE_ROWS for way in paths(row)]
    assert len(found) >= 2, "the walk found no path: it proves nothing"
    for way in found:
        steps = [t.step for t in way]
        assert steps[:4] == [Step.OPEN, Step.SUBMIT, Step.EXAMINE, Step.NOTIFY]
        assert way[-1].roles == (Role.DECIDER,)
        assert all(Role.MACHINE not in t.roles for t in way[1:])


def test_only_a_decision_reaches_decided_and_only_one_row_decides_against_somebody() -> None:
    assert {t.step for t in TRANSITIONS if t.target is S.DECIDED} == {Step.DECIDE}
    assert len(ADVERSE_ROWS) == 1
    wanted = {Need.RECEIPT_PROVED, Need.DELAY_OVER, Need.REPLIES_HANDLED, Need.OPINION_GIVEN, Need.CRITERIA_EXAMINED}
    assert wanted <= set(ADVERSE_ROWS[0].needs)


def test_every_status_is_reached_and_none_is_a_dead_end() -> None:
    of_compliance = set(ReviewStatus) - {S.OPEN, S.ASSIGNED}
    assert {t.target for t in TRANSITIONS if t.target} == of_compliance
    left = {status for t in TRANSITIONS if t.target for status in t.sources}
    assert of_compliance - left == {S.CLOSED}


def test_no_two_rows_answer_the_same_step_from_the_same_state() -> None:
    for step in Step:
        for outcome in (None, *OUTCOMES[ReviewKind.COMPLIANCE]):
            for status in ReviewStatus:
                rows = [t for t in table.rows(step, outcome=outcome) if status in t.sources]
                assert len(rows) <= 1 or outcome is None, (step, status, rows)


# --- the table with the facts: every combination, in every shipped track

FACTS: dict[str, Done] = {
    "notice": notice(),
    "receipt": done(Step.RECEIPT, date(2026, 12, 3), proof="AR"),
    "criteria": done(Step.CRITERIA, date(2027, 1, 5), **EVERY_CRITERION),
    "wrote": done(Step.WROTE, date(2026, 12, 10)),
    "answered": done(Step.ANSWERED, date(2026, 12, 12)),
    "opinion": done(Step.OPINION, date(2027, 1, 10)),
}
STATES: dict[str, dict[str, Any]] = {
    "as it should be": {},
    "the delay runs": {"on": date(2026, 12, 10)},
    "a piece fell": {"weakened": ("l'absence du 3 septembre 2026 est recevable",)},
    "the person came": {"signs": (date(2026, 12, 20),)},
    "not under duties": {"under_duties": False},
    "moratorium": {"escalation_enabled": False},
    "France Travail": {"circuit": Circuit.FRANCE_TRAVAIL},
    "a pause without end": {"pauses": (Pause(first_day=date(2026, 12, 5), last_day=None),)},
}


def subsets(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    listed = list(names)
    return chain.from_iterable(combinations(listed, size) for size in range(len(listed) + 1))


@pytest.mark.parametrize("track", TRACKS)
@pytest.mark.parametrize("measure", list(Measure))
def test_no_combination_of_facts_lets_something_adverse_through_without_all_of_its_proof(
    track: str, measure: Measure
) -> None:
    """The machine's own verdict against one written here apart, over 64 histories × 8 situations × every status."""
    assert DOUBS.policies(track).track.slug == track
    allowed = refused = 0
    for kept in subsets(FACTS):
        for situation, values in STATES.items():
            for status in S:
                steps = [replace(FACTS[name]) for name in FACTS if name in kept]
                steps = [notice(measure=measure) if done.step is Step.NOTIFY else done for done in steps]
                at = a_standing(*steps, **{"status": status, **values})
                row = table.row_from(Step.DECIDE, status, outcome=Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM)
                may = row is not None and not any(missing(need, at, measure=measure) for need in row.needs)
                assert may == proved(set(kept), situation, status, measure), (kept, situation, status)
                allowed, refused = allowed + may, refused + (not may)
    assert allowed, "nothing was ever allowed: the walk proves nothing"
    assert refused > 100 * allowed


def proved(facts: set[str], situation: str, status: ReviewStatus, measure: Measure) -> bool:
    """What the law wants, said another way than the code says it."""
    if situation != "as it should be" or not {"notice", "receipt", "criteria"} <= facts:
        return False
    if "wrote" in facts and "answered" not in facts:
        return False
    match status:
        case S.OBSERVATIONS_OPEN:
            return "opinion" in facts or measure is not Measure.SUPPRESSION
        case S.EP_PENDING:
            return "opinion" in facts
        case _:
            return False


def test_a_favourable_outcome_never_waits() -> None:
    for outcome in set(OUTCOMES[ReviewKind.COMPLIANCE]) - set(ADVERSE):
        for status in table.OPEN_STATUSES:
            row = table.row_from(Step.DECIDE, status, outcome=outcome)
            assert row is not None
            assert row.needs == ()


# --- the observation window


@pytest.mark.parametrize(
    ("received_on", "until", "why"),
    [
        (date(2026, 12, 1), date(2026, 12, 17), "a Thursday, worked"),
        (date(2026, 12, 3), date(2026, 12, 21), "the 19th is a Saturday"),
        (date(2026, 12, 9), date(2026, 12, 28), "the 25th is a holiday, a Friday"),
        (date(2027, 3, 13), date(2027, 3, 30), "the hour changes on the 28th, Easter Monday is the 29th"),
        (date(2026, 10, 16), date(2026, 11, 2), "the hour changes on 25 October, 1 November is a Sunday and a holiday"),
    ],
)
def test_the_window_counts_whole_days_from_the_proved_receipt(received_on: date, until: date, why: str) -> None:
    at = a_standing(notice(received_on - timedelta(days=2)), done(Step.RECEIPT, received_on))
    assert at.observations_until == until, why
    assert missing(Need.DELAY_OVER, replace(at, on=until))
    assert missing(Need.DELAY_OVER, replace(at, on=until + timedelta(days=1))) is None


def test_the_holidays_of_the_place_move_the_last_day() -> None:
    """Good Friday, 26 March 2027, is worked in the Doubs and is a holiday in the Bas-Rhin."""
    steps = (notice(date(2027, 3, 8)), done(Step.RECEIPT, date(2027, 3, 10)))
    doubs = a_standing(*steps, calendar=Calendar("25", "Europe/Paris"))
    alsace = a_standing(*steps, calendar=Calendar("67", "Europe/Paris"))
    assert doubs.observations_until == date(2027, 3, 26)
    assert alsace.observations_until == date(2027, 3, 30)


def test_without_a_proved_receipt_no_delay_ever_ends() -> None:
    at = a_standing(notice(), on=date(2029, 1, 1))
    assert at.observations_until is None
    assert "pas de date de réception prouvée" in str(missing(Need.RECEIPT_PROVED, at))
    assert missing(Need.DELAY_OVER, at)


def test_the_delay_is_never_shorter_than_the_county_and_the_law_say() -> None:
    receipt = done(Step.RECEIPT, date(2026, 12, 3))
    assert a_standing(notice(days=5), receipt).observation_days == 15
    assert a_standing(notice(days=30), receipt).observation_days == 30


def test_a_pause_makes_the_delay_begin_again() -> None:
    pause = Pause(first_day=date(2026, 12, 10), last_day=date(2026, 12, 31))
    at = a_standing(notice(), done(Step.RECEIPT, date(2026, 12, 3)), pauses=(pause,))
    assert at.observations_until == DOUBS.calendar.deadline(date(2026, 12, 31), days=15)


def test_a_new_notice_gives_a_whole_new_delay() -> None:
    """A graver measure than the one announced wants a new notice (E20): the old receipt does not serve it."""
    first = (notice(), done(Step.RECEIPT, date(2026, 12, 3)), done(Step.CRITERIA, date(2026, 12, 4), **EVERY_CRITERION))
    at = a_standing(*first, notice(date(2027, 1, 5), Measure.SUPPRESSION))
    assert missing(Need.RECEIPT_PROVED, at)
    assert missing(Need.CRITERIA_EXAMINED, at)
    assert missing(Need.NOT_GRAVER, a_standing(*first), measure=Measure.SUPPRESSION)
    assert missing(Need.NOT_GRAVER, at, measure=Measure.SUPPRESSION) is None


@pytest.mark.parametrize(
    ("said", "answer"),
    [(Step.WROTE, Step.ANSWERED), (Step.ASKED_HEARING, Step.HEARD), (Step.ASKED_FILE, Step.FILE_GIVEN)],
)
def test_what_the_person_says_stops_everything_until_somebody_takes_care_of_it(said: Step, answer: Step) -> None:
    start = (notice(), done(Step.RECEIPT, date(2026, 12, 3)), done(said, date(2026, 12, 8)))
    assert missing(Need.REPLIES_HANDLED, a_standing(*start))
    others = {Step.ANSWERED, Step.HEARD, Step.FILE_GIVEN} - {answer}
    for other in others:
        assert missing(Need.REPLIES_HANDLED, a_standing(*start, done(other, date(2026, 12, 9))))
    handled = (*start, done(answer, date(2026, 12, 9)))
    assert missing(Need.REPLIES_HANDLED, a_standing(*handled)) is None
    assert missing(Need.REPLIES_HANDLED, a_standing(*handled, done(said, date(2026, 12, 15))))


def test_a_protected_adult_is_served_through_their_representative() -> None:
    at = a_standing(protected="la personne est protégée (tutelle)", status=S.UNDER_REVIEW)
    assert missing(Need.REPRESENTATIVE_SERVED, at)
    assert missing(Need.REPRESENTATIVE_SERVED, at, served=True) is None


def test_a_sign_of_the_person_is_read_before_anything_goes_on() -> None:
    came = (date(2026, 12, 20),)
    assert missing(Need.SIGNS_READ, a_standing(notice(), signs=came))
    assert missing(Need.SIGNS_READ, a_standing(notice(), done(Step.READ_SIGNS, date(2026, 12, 20)), signs=came)) is None
    assert missing(Need.SIGNS_READ, a_standing(notice(), done(Step.READ_SIGNS, date(2026, 12, 19)), signs=came))


def test_a_notice_of_another_session_does_not_serve() -> None:
    held = Session(id=2, day=date(2027, 2, 2), present=frozenset())
    first = (notice(), done(Step.PANEL, date(2026, 12, 20)), done(Step.TOLD, date(2026, 12, 21)))
    assert missing(Need.TOLD_OF_SESSION, a_standing(*first, session=held)) is None
    put_off = (*first, done(Step.PANEL, date(2027, 1, 13)))
    assert "n'a pas été prévenue" in str(missing(Need.TOLD_OF_SESSION, a_standing(*put_off, session=held)))


# --- after the decision


def test_an_adverse_decision_is_closed_once_the_appeal_is_over() -> None:
    adverse: dict[str, Any] = {"status": S.NOTIFIED, "outcome": Outcome.SANCTION_PROPOSED_OUTSIDE_SYSTEM}
    told = done(Step.NOTIFIED, date(2027, 1, 31), proof="AR")
    at = a_standing(notice(), told, **adverse)
    assert at.appeal_until == date(2027, 4, 1)
    assert missing(Need.APPEAL_OVER, replace(at, on=date(2027, 4, 1)))
    assert missing(Need.APPEAL_OVER, replace(at, on=date(2027, 4, 2))) is None
    assert missing(Need.APPEAL_OVER, a_standing(notice(), **adverse)), "without a proved date no appeal period runs"


def test_an_appeal_is_answered_or_the_silence_of_the_authority_ends_it() -> None:
    at = a_standing(done(Step.APPEAL, date(2027, 1, 10), kind="rapo"), status=S.APPEAL_OPEN, on=date(2027, 3, 10))
    assert missing(Need.APPEAL_ENDED, at)
    assert missing(Need.APPEAL_ENDED, replace(at, on=date(2027, 3, 11))) is None
    answered = (*at.steps, done(Step.APPEAL_ANSWERED, date(2027, 2, 1), answer="retirée"))
    assert missing(Need.APPEAL_ENDED, replace(at, steps=answered)) is None
