"""A person's file: what is going on, the contract, why each thing was done or not. Each opening is noted."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from desk import words
from desk.explain import DONE, GROUPS, MARKS, Reason, case_seen, reasons_of, source_of
from desk.web.staff.doors import FILES, Visitor, number, shown, staff_page
from desk.web.staff.timeline import ahead, timeline
from desk.web.staff.today import OUTCOMES
from store import in_force
from store.history import read_history
from store.person_file import PersonFile, read_head, read_person_file
from store.reads import note_read
from tracks.vocabulary import AppointmentStatus, Clause

PATH = "/personnes/c{id:int}"
SAID = {
    "note": "C’est noté.",
    "pause": "Suivi automatique en pause : plus rien ne part ni ne se décide tout seul pour cette personne.",
    "reprise": "La pause est terminée au jour dit.",
    "coordonnees": "Coordonnées enregistrées ; les précédentes sont gardées et peuvent être remises.",
    "memes": "Ce sont déjà ces coordonnées : rien n’a changé.",
    "remises": "Les coordonnées d’avant sont remises.",
    "referent": "Le dossier change de référent ; la personne est prévenue si elle peut l’être.",
}
DUTY = {
    Clause.INDIVIDUAL: "rendez-vous individuels",
    Clause.COLLECTIVE: "rendez-vous collectifs",
    Clause.ACTIONS: "actions prescrites",
    Clause.CONTACT_DETAILS: "changements de coordonnées",
}


def routes() -> list[BaseRoute]:
    return [
        shown(PATH, show, roles=FILES),
        shown(f"{PATH}/contrat", show_contract, roles=FILES),
        shown(f"{PATH}/pourquoi", show_why, roles=FILES),
    ]


def opened(visitor: Visitor, case: int, page: str) -> None:
    """Write that this account opens this page, before anything is shown. OutOfSightError: not theirs."""
    with visitor.office.noting() as connection:
        note_read(connection, visitor.scope, case=case, page=page, at=visitor.at)


def about(visitor: Visitor, head: Any) -> dict[str, Any]:
    """What the top of every page of a file says."""
    tracks = visitor.office.territory.tracks
    return {
        "head": head,
        "path": f"/personnes/c{head['id']}",
        "title": tracks[head["track"]].title if head["track"] in tracks else head["track"],
        "words": words,
    }


def show(visitor: Visitor, request: Request) -> Response:
    case = number(request)
    opened(visitor, case, "dossier")
    with visitor.office.reading() as connection:
        file = read_person_file(connection, visitor.scope, case=case)
    territory = visitor.office.territory
    return staff_page(
        visitor,
        "person.html",
        said=SAID.get(request.query_params.get("dit", ""), ""),
        past=timeline(file, territory, at=visitor.at),
        ahead=ahead(file, territory, at=visitor.at),
        file=file,
        pause=running_pause(visitor, file),
        to_say=[row for row in file.appointments if is_to_say(visitor, row)][:5],
        outcomes=OUTCOMES,
        contract=binding(visitor, file),
        **about(visitor, file.head),
    )


def running_pause(visitor: Visitor, file: PersonFile) -> Any:
    """The pause of today, or the next one; None."""
    live = [row for row in file.pauses if row["last_day"] is None or row["last_day"] >= visitor.on]
    return min(live, key=lambda row: row["first_day"]) if live else None


def binding(visitor: Visitor, file: PersonFile) -> Any:
    """The version in force today, as `in_force.contract_on` chooses it; None."""
    live = [
        row
        for row in file.contracts
        if max(row["signed_on"], row["starts_on"]) <= visitor.on
        and all(row[last] is None or row[last] >= visitor.on for last in ("ends_on", "held_until"))
    ]
    return max(live, key=lambda row: (row["signed_on"], row["created_by"] != "import", row["id"])) if live else None


def is_to_say(visitor: Visitor, row: Any) -> bool:
    """A past appointment whose outcome can be written or corrected."""
    return row["superseded_by"] is None and row["starts_at"] <= visitor.at and row["status"] in list(AppointmentStatus)


def show_contract(visitor: Visitor, request: Request) -> Response:
    case, territory = number(request), visitor.office.territory.slug
    opened(visitor, case, "contrat")
    with visitor.office.reading() as connection:
        head = read_head(connection, visitor.scope, case=case)
        versions = in_force.versions(connection, territory=territory, case=case)
        binds = in_force.contract_on(connection, territory=territory, case=case, day=visitor.on)
        text = in_force.text_of(connection, territory=territory, contract=binds["id"]) if binds else None
        draft = in_force.open_text(connection, territory=territory, case=case)
        taken = in_force.commitments_of(connection, territory=territory, text=text["id"]) if text else []
        drafted = in_force.commitments_of(connection, territory=territory, text=draft["id"]) if draft else []
        actions = in_force.actions_of(connection, territory=territory, case=case)
    duties = [DUTY[Clause(word)] for word in binds["clauses"].split()] if binds else []
    return staff_page(
        visitor,
        "contract.html",
        versions=versions,
        binds=binds,
        text=text,
        taken=taken,
        draft=draft,
        drafted=drafted,
        actions=actions,
        duties=duties,
        **about(visitor, head),
    )


def show_why(visitor: Visitor, request: Request) -> Response:
    """`jalon explain`, as a page: what tonight's rules say of this case, and on what."""
    from tracks.rules.preconditions import conditions
    from tracks.tonight import Tonight

    case, territory = number(request), visitor.office.territory
    opened(visitor, case, "pourquoi")
    with visitor.office.reading() as connection:
        head = read_head(connection, visitor.scope, case=case)
        history = read_history(connection, territory=territory.slug, case=case)
        found = case_seen(connection, territory, history, visitor.on)
    policies = territory.policies(head["track"])
    reasons = [] if found is None else reasons_of(found, policies, visitor.on)
    eleven = () if found is None else conditions(Tonight(found, policies, visitor.on))
    return staff_page(
        visitor,
        "why.html",
        groups=list(grouped(reasons)),
        eleven=eleven,
        marks=MARKS,
        is_open=found is not None,
        asked=[row for row in history.questions if row["closed_on"] is None],
        checks=[row for row in history.checks if row["closed_on"] is None],
        source_of=source_of,
        **about(visitor, head),
    )


def grouped(reasons: list[Reason]) -> Iterator[tuple[str, list[Reason]]]:
    for group in GROUPS:
        if here := [reason for reason in reasons if reason.group == group]:
            yield ("Fait ou proposé aujourd’hui" if group == DONE else group), here
