"""From a text to a version that binds: diagnosis, proposal, both signatures; what was kept of it; its early end."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from store.acts import Act, answered, found, record
from store.contracts import draft_of, offer_of, refuse_same_day, text_to_write
from store.in_force import commitments_of, contract_on, last_day, open_text
from store.schema import cases, commitments, contract_texts, contracts, prescribed_actions
from tracks.errors import JalonError
from tracks.french import full_date, plural
from tracks.vocabulary import Clause, Party, QuestionKind, TextStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Interviews:
    """How many the person came to since the orientation, and how many the track wants before a first contract."""

    held: int
    wanted: int


def diagnose(connection: Connection, act: Act, *, case: int, day: date) -> None:
    """The needs were looked at with the person that day. JalonError: no draft, or a day to come."""
    text = draft_of(connection, act, case)
    refuse_tomorrow(act, day)
    connection.execute(
        update(contract_texts).where(contract_texts.c.id == text["id"]).values(diagnosed_on=day, diagnosed_by=act.by)
    )
    record(connection, act, kind="contract_diagnosis", subject=f"c{case} t{text['id']} {day.isoformat()}")


def propose(connection: Connection, act: Act, *, case: int, interviews: Interviews) -> int:
    """Hand the text to the person; it changes no more. Its id.

    JalonError: no diagnosis, too few interviews, reciprocity not offered, or a text that binds one party only.
    """
    text = draft_of(connection, act, case)
    amends = text["amends_id"] is not None
    if not amends and text["diagnosed_on"] is None:
        raise JalonError("Le diagnostic vient avant le contrat : jalon contract diagnose DOSSIER --on JOUR --by NOM.")
    if not amends and interviews.held < interviews.wanted:
        raise JalonError(
            f"{plural(interviews.held, 'entretien honoré', 'entretiens honorés')} depuis l'orientation, "
            f"{interviews.wanted} attendus avant de contractualiser (choix du parcours). "
            "Le délai légal continue de courir ; son dépassement est un retard du service, jamais de la personne."
        )
    if not amends and offer_of(connection, territory=act.territory, text=text["id"]) is None:
        raise JalonError(
            "L'activité de réciprocité se propose à chaque premier contrat et renouvellement, et reste facultative : "
            "jalon contract offer-reciprocity DOSSIER --by NOM."
        )
    parties = {row["party"] for row in commitments_of(connection, territory=act.territory, text=text["id"])}
    if parties != set(Party):
        raise JalonError("Un contrat engage les deux parties : écrivez au moins un engagement de chacune.")
    connection.execute(
        update(contract_texts)
        .where(contract_texts.c.id == text["id"])
        .values(status=TextStatus.PROPOSED, proposed_on=act.on, proposed_by=act.by)
    )
    record(connection, act, kind="contract_proposed", subject=f"c{case} t{text['id']}")
    return int(text["id"])


def withdraw(connection: Connection, act: Act, *, case: int) -> int:
    """Put the open text away; nothing that is in force changes. Its id."""
    text = text_to_write(connection, act, case)
    connection.execute(
        update(contract_texts).where(contract_texts.c.id == text["id"]).values(status=TextStatus.WITHDRAWN)
    )
    record(connection, act, kind="contract_withdrawn", subject=f"c{case} t{text['id']}")
    return int(text["id"])


def sign(connection: Connection, act: Act, *, case: int, party: Party, day: date) -> int | None:
    """One party has signed on `day`. Once both have, the text is a version that binds: its id, else None.

    JalonError: nothing proposed, signed already, or a day to come or before the proposal.
    """
    text = text_to_write(connection, act, case)
    if text["status"] != TextStatus.PROPOSED:
        raise JalonError("Seul un texte proposé à la personne se signe : jalon contract propose DOSSIER --by NOM.")
    refuse_tomorrow(act, day)
    if day < text["proposed_on"]:
        raise JalonError(f"Le texte a été proposé le {full_date(text['proposed_on'])} : il ne se signe pas avant.")
    if text[f"{party}_signed_on"] is not None:
        raise JalonError("Cette partie a déjà signé ce texte.")
    news: dict[str, object] = {f"{party}_signed_on": day}
    if party is Party.SERVICE:
        news["service_signed_by"] = act.by
    connection.execute(update(contract_texts).where(contract_texts.c.id == text["id"]).values(news))
    record(connection, act, kind="contract_signed", subject=f"c{case} t{text['id']} {party} {day.isoformat()}")
    other = text["service_signed_on"] if party is Party.PERSON else text["person_signed_on"]
    return _bind(connection, act, text, signed_on=max(day, other)) if other else None


def _bind(connection: Connection, act: Act, text: RowMapping, *, signed_on: date) -> int:
    """The version, in place of whatever was in force from its first day on. Earlier days keep what they had."""
    case = found(connection, act, table=cases, id=text["case_id"], what="Dossier")
    person, starts_on = case["person_id"], max(text["starts_on"], signed_on)
    refuse_same_day(connection, act, person=person, kind=text["kind"], starts_on=starts_on)
    _give_way(connection, act, person=person, day=starts_on, case=text["case_id"])
    taken_on = commitments_of(connection, territory=act.territory, text=text["id"])
    duties = {row["clause"] for row in taken_on if row["party"] == Party.PERSON and row["clause"]}
    offered = offer_of(connection, territory=act.territory, text=text["id"])
    version = int(
        connection.execute(
            insert(contracts)
            .values(
                territory=act.territory,
                person_id=person,
                kind=text["kind"],
                signed_on=signed_on,
                starts_on=starts_on,
                ends_on=text["ends_on"],
                weekly_hours=text["weekly_hours"],
                reciprocity_offered=offered is not None if text["amends_id"] is None else None,
                reciprocity_accepted=offered["accepted"] if offered else None,
                clauses=" ".join(clause for clause in Clause if clause in duties),
                created_by=f"person:{act.by}",
            )
            .returning(contracts.c.id)
        ).scalar_one()
    )
    connection.execute(
        update(contract_texts)
        .where(contract_texts.c.id == text["id"])
        .values(status=TextStatus.SIGNED, contract_id=version)
    )
    record(connection, act, kind="contract_binds", subject=f"c{text['case_id']} t{text['id']}>k{version}")
    return version


def _give_way(connection: Connection, act: Act, *, person: int, day: date, case: int) -> None:
    """Versions that would hold on `day` hold until the eve; their renewal is no longer asked for."""
    c, ends = contracts.c, last_day()
    theirs = (c.territory == act.territory, c.person_id == person, c.starts_on < day, or_(ends.is_(None), ends >= day))
    for version in connection.scalars(select(c.id).where(*theirs)).all():
        answered(connection, act, kind=QuestionKind.RENEW_CONTRACT, case=case, subject=version)
    connection.execute(update(contracts).where(*theirs).values(held_until=day - timedelta(days=1)))


def end(connection: Connection, act: Act, *, case: int, day: date) -> None:
    """The version in force holds until `day` included, and no longer. JalonError: none is in force."""
    version = contract_on(connection, territory=act.territory, case=case, day=day)
    if version is None:
        raise JalonError(f"Dossier c{case} : aucun contrat en vigueur le {full_date(day)}.")
    if day < act.on:
        raise JalonError("Un contrat ne se termine pas après coup : ce qui était en vigueur hier l'est resté.")
    connection.execute(update(contracts).where(contracts.c.id == version["id"]).values(held_until=day))
    record(connection, act, kind="contract_ended", subject=f"c{case} k{version['id']} {day.isoformat()}")


def done(connection: Connection, act: Act, *, commitment: int, day: date, proof: bool) -> None:
    """Somebody saw that a commitment was kept. JalonError: in a draft, kept already, or a day to come."""
    row = found(connection, act, table=commitments, id=commitment, what=f"Engagement e{commitment}")
    text = found(connection, act, table=contract_texts, id=row["text_id"], what="Texte")
    if text["status"] != TextStatus.SIGNED:
        raise JalonError(f"L'engagement e{commitment} n'est pas encore signé : il ne lie personne.")
    refuse_tomorrow(act, day)
    if row["done_on"] is not None:
        raise JalonError(f"L'engagement e{commitment} est déjà tenu depuis le {full_date(row['done_on'])}.")
    kept = {"done_on": day, "seen_by": act.by, "proof_seen": proof}
    connection.execute(update(commitments).where(commitments.c.id == commitment).values(kept))
    _also_in_draft(connection, act, case=text["case_id"], row=row, kept=kept)
    record(connection, act, kind="commitment_kept", subject=f"e{commitment} {row['party']} {day.isoformat()}")


def _also_in_draft(connection: Connection, act: Act, *, case: int, row: RowMapping, kept: dict[str, object]) -> None:
    """An amendment being written says it too."""
    text = open_text(connection, territory=act.territory, case=case)
    if text is not None:
        c = commitments.c
        connection.execute(
            update(commitments)
            .where(c.territory == act.territory, c.text_id == text["id"], c.rank == row["rank"], c.what == row["what"])
            .values(kept)
        )


def action_done(connection: Connection, act: Act, *, action: int, day: date, proof: bool) -> None:
    """A prescribed action is done; the question about it closes. JalonError: done already, or a day to come."""
    row = found(connection, act, table=prescribed_actions, id=action, what=f"Action p{action}")
    refuse_tomorrow(act, day)
    if row["done_on"] is not None:
        raise JalonError(f"L'action p{action} est déjà faite depuis le {full_date(row['done_on'])}.")
    connection.execute(
        update(prescribed_actions)
        .where(prescribed_actions.c.id == action)
        .values(done_on=day, proof_seen=proof, seen_by=act.by)
    )
    theirs = select(cases.c.id).where(cases.c.territory == act.territory, cases.c.person_id == row["person_id"])
    for case in connection.scalars(theirs).all():
        answered(connection, act, kind=QuestionKind.ACTION, case=case, subject=action)
    record(connection, act, kind="action_done", subject=f"p{action} {day.isoformat()}")


def refuse_tomorrow(act: Act, day: date) -> None:
    if day > act.on:
        raise JalonError(f"Le {full_date(day)} n'est pas encore passé : seul un fait se note.")
