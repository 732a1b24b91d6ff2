"""The living contract, on both databases: what was signed stays, and every day has one version in force."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from store import contracts, in_force, signing
from store.acts import Act
from store.engine import transaction
from store.schema import commitments, contract_texts, questions, reciprocity_offers
from store.schema import contracts as versions
from tests.county import County, a_county, add
from tests.store.acts import ACT, TODAY, a_question, row_of
from tracks.errors import JalonError
from tracks.vocabulary import Clause, ContractKind, Party, QuestionKind

BOTH = (
    contracts.Promise(party=Party.PERSON, what="Honorer les rendez-vous individuels", clause=Clause.INDIVIDUAL),
    contracts.Promise(party=Party.PERSON, what="Faire les actions prescrites", clause=Clause.ACTIONS),
    contracts.Promise(party=Party.SERVICE, what="Proposer les rendez-vous au rythme du parcours"),
)
ENOUGH = signing.Interviews(held=2, wanted=2)
IMPORTED = {
    "kind": "cer",
    "signed_on": date(2026, 6, 10),
    "starts_on": date(2026, 6, 10),
    "ends_on": date(2027, 6, 9),
    "clauses": "individual collective",
}


def on(day: date) -> Act:
    return Act(territory="doubs", by=ACT.by, at=ACT.at + (day - TODAY), on=day)


def a_draft(connection: Connection, case: int, *, day: date = TODAY, days: int = 180, **changes: Any) -> int:
    text: dict[str, Any] = {
        "kind": ContractKind.ENGAGEMENT,
        "starts_on": day,
        "ends_on": day + timedelta(days=days),
        "weekly_hours": 15,
    }
    return contracts.draft(connection, on(day), case=case, text=contracts.Draft(**text | changes), usual=BOTH)


def prepare(connection: Connection, case: int, *, day: date = TODAY) -> None:
    signing.diagnose(connection, on(day), case=case, day=day)
    contracts.offer(connection, on(day), case=case, accepted=None)
    signing.propose(connection, on(day), case=case, interviews=ENOUGH)


def sign(connection: Connection, case: int, *, day: date = TODAY) -> int:
    assert signing.sign(connection, on(day), case=case, party=Party.PERSON, day=day) is None
    version = signing.sign(connection, on(day), case=case, party=Party.SERVICE, day=day)
    assert version is not None
    return version


def a_version(connection: Connection, case: int, *, day: date = TODAY, **changes: Any) -> int:
    a_draft(connection, case, day=day, **changes)
    prepare(connection, case, day=day)
    return sign(connection, case, day=day)


def amended(connection: Connection, case: int, *, day: date) -> int:
    contracts.amend(connection, on(day), case=case, starts_on=day)
    signing.propose(connection, on(day), case=case, interviews=ENOUGH)
    return sign(connection, case, day=day)


def holds(connection: Connection, case: int, day: date) -> int | None:
    found = in_force.contract_on(connection, territory="doubs", case=case, day=day)
    return found["id"] if found else None


def test_both_sign_and_only_then_it_binds(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        a_draft(connection, county.case)
        prepare(connection, county.case)
        assert signing.sign(connection, ACT, case=county.case, party=Party.PERSON, day=TODAY) is None
        assert holds(connection, county.case, TODAY) is None
        version = signing.sign(connection, ACT, case=county.case, party=Party.SERVICE, day=TODAY)
        assert holds(connection, county.case, TODAY) == version
        assert holds(connection, county.case, TODAY - timedelta(days=1)) is None
    row = row_of(engine, versions, version)
    assert (row.clauses, row.created_by, row.reciprocity_offered) == ("individual actions", "person:Oyku Demir", True)


def test_an_amendment_leaves_what_was_in_force_before(engine: Engine, county: County) -> None:
    later = TODAY + timedelta(days=30)
    with transaction(engine) as connection:
        first = a_version(connection, county.case)
        before = connection.execute(select(versions).where(versions.c.id == first)).one()
        contracts.amend(connection, on(later), case=county.case, starts_on=later)
        contracts.take_on(
            connection,
            on(later),
            case=county.case,
            promise=contracts.Promise(party=Party.PERSON, what="Venir aux ateliers", clause=Clause.COLLECTIVE),
        )
        signing.propose(connection, on(later), case=county.case, interviews=ENOUGH)
        second = sign(connection, county.case, day=later)
        days = [TODAY, later - timedelta(days=1), later]
        assert [holds(connection, county.case, day) for day in days] == [first, first, second]
        after = connection.execute(select(versions).where(versions.c.id == first)).one()
        assert {k: v for k, v in after._mapping.items() if k != "held_until"} == {
            k: v for k, v in before._mapping.items() if k != "held_until"
        }
        assert [row["amends_id"] for row in in_force.versions(connection, territory="doubs", case=county.case)] == [
            None,
            first,
        ]
    assert row_of(engine, versions, second).clauses == "individual collective actions"


def test_an_imported_contract_is_amended_with_its_duties(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        old = add(connection, versions, person_id=county.person, **IMPORTED)
        contracts.amend(connection, ACT, case=county.case, starts_on=TODAY)
        with pytest.raises(JalonError, match="deux parties"):  # an export says nothing of the service's side
            signing.propose(connection, ACT, case=county.case, interviews=ENOUGH)
        contracts.take_on(connection, ACT, case=county.case, promise=BOTH[2])
        signing.propose(connection, ACT, case=county.case, interviews=ENOUGH)
        new = sign(connection, county.case)
        assert [holds(connection, county.case, day) for day in (TODAY - timedelta(days=1), TODAY)] == [old, new]
    assert row_of(engine, versions, new).clauses == "individual collective"


def test_a_new_contract_takes_the_place_of_the_old_and_is_no_longer_asked_for(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        old = add(connection, versions, person_id=county.person, **IMPORTED)
    asked = a_question(engine, county, QuestionKind.RENEW_CONTRACT, old)
    with transaction(engine) as connection:
        new = a_version(connection, county.case, days=30)
        long_after = TODAY + timedelta(days=31)
        assert holds(connection, county.case, TODAY) == new
        assert holds(connection, county.case, long_after) is None, "the old one does not come back"
    assert row_of(engine, questions, asked).closed_by == "person:Oyku Demir"


@pytest.mark.parametrize(
    ("missing", "says"),
    [("diagnosis", "diagnostic"), ("interviews", "1 entretien honoré"), ("reciprocity", "facultative")],
)
def test_a_first_contract_waits_for_its_steps(engine: Engine, county: County, missing: str, says: str) -> None:
    few = signing.Interviews(held=1, wanted=2)
    with transaction(engine) as connection:
        a_draft(connection, county.case)
        if missing != "diagnosis":
            signing.diagnose(connection, ACT, case=county.case, day=TODAY)
        if missing != "reciprocity":
            contracts.offer(connection, ACT, case=county.case, accepted=False)
        with pytest.raises(JalonError, match=says):
            signing.propose(connection, ACT, case=county.case, interviews=few if missing == "interviews" else ENOUGH)


def test_a_refused_reciprocity_is_signed_like_an_accepted_one(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        a_draft(connection, county.case)
        signing.diagnose(connection, ACT, case=county.case, day=TODAY)
        contracts.offer(connection, ACT, case=county.case, accepted=None)
        contracts.offer(connection, ACT, case=county.case, accepted=False)
        signing.propose(connection, ACT, case=county.case, interviews=ENOUGH)
        version = sign(connection, county.case)
    row = row_of(engine, versions, version)
    assert (row.reciprocity_accepted, row.clauses) == (False, "individual actions")
    assert not {"reason", "reasons", "motif"} & set(reciprocity_offers.columns.keys())


def test_a_proposed_text_changes_no_more(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        text = a_draft(connection, county.case)
        prepare(connection, county.case)
        (first, *_) = in_force.commitments_of(connection, territory="doubs", text=text)
        for act in (
            lambda: contracts.take_on(connection, ACT, case=county.case, promise=BOTH[0]),
            lambda: contracts.rewrite(connection, ACT, case=county.case, weekly_hours=20),
            lambda: contracts.drop(connection, ACT, commitment=first["id"]),
        ):
            with pytest.raises(JalonError, match="déjà proposé"):
                act()
        signing.withdraw(connection, ACT, case=county.case)
        assert holds(connection, county.case, TODAY) is None
        assert a_draft(connection, county.case) > text


def test_one_text_at_a_time_and_one_version_a_day(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        a_draft(connection, county.case)
        with pytest.raises(JalonError, match="déjà en cours"):
            a_draft(connection, county.case)
        prepare(connection, county.case)
        sign(connection, county.case)
        with pytest.raises(JalonError, match="commence déjà"):
            contracts.amend(connection, ACT, case=county.case, starts_on=TODAY)


def test_a_text_is_not_signed_before_it_is_proposed_nor_tomorrow_nor_twice(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        a_draft(connection, county.case)
        for day, says in ((TODAY, "Seul un texte proposé"),):
            with pytest.raises(JalonError, match=says):
                signing.sign(connection, ACT, case=county.case, party=Party.PERSON, day=day)
        prepare(connection, county.case)
        for day, says in ((TODAY + timedelta(days=1), "pas encore"), (TODAY - timedelta(days=1), "pas avant")):
            with pytest.raises(JalonError, match=says):
                signing.sign(connection, ACT, case=county.case, party=Party.PERSON, day=day)
        signing.sign(connection, ACT, case=county.case, party=Party.PERSON, day=TODAY)
        with pytest.raises(JalonError, match="déjà signé"):
            signing.sign(connection, ACT, case=county.case, party=Party.PERSON, day=TODAY)


def test_a_commitment_is_kept_once_by_somebody_who_saw_it(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        text = a_draft(connection, county.case)
        kept = in_force.commitments_of(connection, territory="doubs", text=text)[2]["id"]
        with pytest.raises(JalonError, match="pas encore signé"):
            signing.done(connection, ACT, commitment=kept, day=TODAY, proof=False)
        prepare(connection, county.case)
        sign(connection, county.case)
        signing.done(connection, ACT, commitment=kept, day=TODAY, proof=True)
        with pytest.raises(JalonError, match="déjà tenu"):
            signing.done(connection, ACT, commitment=kept, day=TODAY, proof=True)
    row = row_of(engine, commitments, kept)
    assert (row.done_on, row.seen_by, row.proof_seen) == (TODAY, "Oyku Demir", True)


def test_a_contract_ends_early_but_never_after_the_fact(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        version = a_version(connection, county.case)
        with pytest.raises(JalonError, match="après coup"):
            signing.end(connection, on(TODAY + timedelta(days=3)), case=county.case, day=TODAY)
        signing.end(connection, ACT, case=county.case, day=TODAY + timedelta(days=5))
        held = [holds(connection, county.case, TODAY + timedelta(days=n)) for n in (5, 6)]
    assert held == [version, None]


def test_another_county_sees_nothing(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        a_version(connection, county.case)
        assert in_force.contract_on(connection, territory="jura", case=county.case, day=TODAY) is None
        assert in_force.versions(connection, territory="jura", case=county.case) == []
        other = a_county(connection, territory="jura")
        with pytest.raises(JalonError, match="introuvable"):
            a_draft(connection, other.case)


def test_a_text_signed_by_one_alone_is_refused_by_the_database(engine: Engine, county: County) -> None:
    with transaction(engine) as connection:
        text = a_draft(connection, county.case)
    with pytest.raises(Exception, match="signed_by_both"), transaction(engine) as connection:
        connection.execute(contract_texts.update().where(contract_texts.c.id == text).values(status="signed"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_no_amendment_ever_changes_what_was_in_force_before_it(sqlite_engine: Engine, gaps: list[int]) -> None:
    with transaction(sqlite_engine, apply=False) as connection:
        case = a_county(connection).case
        a_version(connection, case, days=400)
        day, answers = TODAY, {}
        for gap in gaps:
            answers |= {d: holds(connection, case, d) for d in (day, day + timedelta(days=gap - 1))}
            day += timedelta(days=gap)
            amended(connection, case, day=day)
            assert {d: holds(connection, case, d) for d in answers} == answers
