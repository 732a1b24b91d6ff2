"""What `jalon contract show` says: what binds on a day, the text being written, the legal clock, every version."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from desk import words
from desk.contracts import interviews, said_hours
from store import in_force
from store.acts import found
from store.contracts import offer_of
from store.schema import cases
from tracks import french
from tracks.calendar import add_months
from tracks.vocabulary import Clause, Party

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from desk.opening import Desk

DUTY: dict[str, str] = {
    Clause.INDIVIDUAL: "rendez-vous individuels",
    Clause.COLLECTIVE: "rendez-vous collectifs",
    Clause.ACTIONS: "actions prescrites",
    Clause.CONTACT_DETAILS: "changements de coordonnées",
}


def page(connection: "Connection", desk: "Desk", *, case: int, day: date) -> Iterator[str]:
    """The whole, in French, for staff."""
    yield f"Dossier c{case}, au {french.full_date(day)}"
    yield from _binding(connection, desk, case, day)
    yield from _text(connection, desk, case)
    yield from _clock(connection, desk, case)
    yield from _obstacles(connection, desk, case)
    yield from _actions(connection, desk, case)
    yield from _history(connection, desk, case)


def _binding(connection: "Connection", desk: "Desk", case: int, day: date) -> Iterator[str]:
    version = in_force.contract_on(connection, territory=desk.slug, case=case, day=day)
    if version is None:
        yield "\nAucun contrat en vigueur ce jour-là."
        return
    yield f"\nEn vigueur ce jour-là : {words.CONTRACT[version['kind']]}, {_span(version)}"
    duties = [DUTY[clause] for clause in version["clauses"].split()]
    yield f"  Devoirs écrits : {', '.join(duties) if duties else 'aucun'}"
    text = in_force.text_of(connection, territory=desk.slug, contract=version["id"])
    if text is None:
        yield "  Repris d'un export du Département : ses engagements détaillés ne sont pas dans Jalon."
        return
    yield from _content(connection, desk, text)


def _text(connection: "Connection", desk: "Desk", case: int) -> Iterator[str]:
    text = in_force.open_text(connection, territory=desk.slug, case=case)
    if text is None:
        return
    what = "Avenant" if text["amends_id"] else f"{words.CONTRACT[text['kind']].capitalize()}"
    yield f"\nTexte en cours (t{text['id']}) : {words.TEXT[text['status']]}"
    yield f"  {what} du {french.full_date(text['starts_on'])} au {french.full_date(text['ends_on'])}"
    for party, column in ((Party.PERSON, "person_signed_on"), (Party.SERVICE, "service_signed_on")):
        if text[column]:
            yield f"  Signé par {words.PARTY[party]} le {french.full_date(text[column])}"
    yield from _content(connection, desk, text)
    if text["amends_id"] is None:
        held = interviews(connection, desk, case)
        yield f"  Entretiens honorés avant contrat : {held.held} sur {held.wanted} attendus (choix du parcours)"
        told = text["diagnosed_on"]
        yield f"  Diagnostic : {french.full_date(told) if told else 'à faire'}"
        offered = offer_of(connection, territory=desk.slug, text=text["id"])
        yield f"  Activité de réciprocité : {_offered(offered)}"


def _offered(offer: "RowMapping | None") -> str:
    if offer is None:
        return "à proposer (facultative)"
    answer = {True: "acceptée", False: "déclinée, sans conséquence", None: "réponse à venir"}[offer["accepted"]]
    return f"proposée le {french.full_date(offer['offered_on'])}, {answer}"


def _content(connection: "Connection", desk: "Desk", text: "RowMapping") -> Iterator[str]:
    yield f"  {french.sentence(said_hours(text['weekly_hours'], text['hours_basis']))}"
    if text["statement"]:
        yield f"  La personne dit : « {text['statement']} »"
    taken_on = in_force.commitments_of(connection, territory=desk.slug, text=text["id"])
    for party in Party:
        yield f"  {french.sentence(words.PARTY[party])} s'engage à :"
        yield from (f"    e{row['id']}  {_commitment(row)}" for row in taken_on if row["party"] == party)


def _commitment(row: "RowMapping") -> str:
    due = f", avant le {french.full_date(row['due_on'])}" if row["due_on"] else ""
    return f"{row['what']}{due}{_kept(row)}"


def _kept(row: "RowMapping") -> str:
    if row["done_on"] is None:
        return ""
    proof = ", justificatif vu" if row["proof_seen"] else ""
    seen = f", vu par {row['seen_by']}" if row["seen_by"] else ""
    return f" ; fait le {french.full_date(row['done_on'])}{seen}{proof}"


def _clock(connection: "Connection", desk: "Desk", case: int) -> Iterator[str]:
    """The month that the law leaves to sign; its lateness is the service's."""
    row = found(connection, desk.act("jalon"), table=cases, id=case, what=f"Dossier c{case}")
    policy = desk.territory.policies(row["track"]).at(desk.today).contract
    since = row["notified_on"] or row["entered_on"]
    signed = [
        version["signed_on"]
        for version in in_force.versions(connection, territory=desk.slug, case=case)
        if version["signed_on"] >= since
    ]
    if policy is None or not row["under_duties"]:
        return
    limit = desk.territory.calendar.next_working(add_months(since, policy.sign_within_months))
    if signed:
        yield f"\nSigné le {french.full_date(min(signed))} ; à signer avant le {french.full_date(limit)}."
    elif desk.today > limit:
        yield (
            f"\nÀ signer avant le {french.full_date(limit)} ({policy.source}) : le service est en retard, "
            "la personne n'y est pour rien."
        )
    else:
        yield f"\nÀ signer avant le {french.full_date(limit)} ({policy.source})."


def _obstacles(connection: "Connection", desk: "Desk", case: int) -> Iterator[str]:
    rows = in_force.obstacles_of(connection, territory=desk.slug, case=case)
    if rows:
        yield "\nFreins"
    for row in rows:
        lifted = f" ; levé le {french.full_date(row['lifted_on'])}" if row["lifted_on"] else ""
        title = desk.territory.programme.titled(row["code"])
        yield f"  {title}, noté le {french.full_date(row['named_on'])}{lifted}"


def _actions(connection: "Connection", desk: "Desk", case: int) -> Iterator[str]:
    rows = in_force.actions_of(connection, territory=desk.slug, case=case)
    if rows:
        yield "\nActions prescrites"
    for row in rows:
        against = f" ({desk.territory.programme.titled(row['obstacle'])})" if row["obstacle"] else ""
        yield f"  p{row['id']}  {row['label']}{against}, avant le {french.full_date(row['due_on'])}{_kept(row)}"


def _history(connection: "Connection", desk: "Desk", case: int) -> Iterator[str]:
    rows = in_force.versions(connection, territory=desk.slug, case=case)
    if rows:
        yield "\nVersions signées"
    for row in rows:
        what = "avenant" if row["amends_id"] else words.CONTRACT[row["kind"]]
        came = "" if row["text_id"] else " (repris d'un export)"
        cut = f", remplacé ou terminé le {french.full_date(row['held_until'])}" if row["held_until"] else ""
        yield f"  k{row['id']}  {what}, {_span(row)}{cut}{came}"


def _span(version: "RowMapping") -> str:
    ends = f" au {french.full_date(version['ends_on'])}" if version["ends_on"] else ""
    signed, starts = french.full_date(version["signed_on"]), french.full_date(version["starts_on"])
    return f"signé le {signed}, du {starts}{ends}"


def as_dict(connection: "Connection", desk: "Desk", *, case: int, day: date) -> dict[str, Any]:
    """The same for a machine."""
    version = in_force.contract_on(connection, territory=desk.slug, case=case, day=day)
    text = in_force.open_text(connection, territory=desk.slug, case=case)
    signed = version and in_force.text_of(connection, territory=desk.slug, contract=version["id"])
    return {
        "case_id": f"c{case}",
        "on": day,
        "in_force": version and _picked(version, VERSION) | {"commitments": _listed(connection, desk, signed)},
        "text": text and _picked(text, TEXT) | {"commitments": _listed(connection, desk, text)},
        "versions": [_picked(row, VERSION) for row in in_force.versions(connection, territory=desk.slug, case=case)],
    }


VERSION = ("id", "kind", "signed_on", "starts_on", "ends_on", "held_until", "weekly_hours", "clauses", "created_by")
TEXT = ("id", "kind", "status", "starts_on", "ends_on", "weekly_hours", "hours_basis", "proposed_on")


def _picked(row: "RowMapping", names: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _listed(connection: "Connection", desk: "Desk", text: "RowMapping | None") -> list[dict[str, Any]]:
    names = ("id", "party", "clause", "what", "due_on", "done_on", "seen_by")
    rows = in_force.commitments_of(connection, territory=desk.slug, text=text["id"]) if text else []
    return [_picked(row, names) for row in rows]
