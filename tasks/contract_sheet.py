"""The contract as a PDF to sign: the words of its text, of the person first, then of both parties."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from config.territory import Territory
from store import in_force
from tasks.printing import printed
from tasks.wording import cleaned, phone
from tracks import french
from tracks.errors import JalonError
from tracks.legal import Key
from tracks.vocabulary import ContractKind, HoursBasis, Party, TextStatus

LONG = 2_000
TITLES: Mapping[ContractKind, str] = {
    ContractKind.ENGAGEMENT: "Contrat d'engagement",
    ContractKind.CER: "Contrat d'engagements réciproques",
    ContractKind.PPAE: "Projet personnalisé d'accès à l'emploi",
}
RIGHTS = (
    "Je peux me faire aider gratuitement, pour le discuter et le signer, par la personne de mon choix.",
    "Je peux demander à le modifier dès que ma situation change : mon référent écrit alors un avenant avec moi.",
    "Si je ne peux pas venir à un rendez-vous, je le dis, avant ou après : mon motif est entendu.",
    "Avant sa fin, mon référent me propose de le renouveler ; un retard du service n'est jamais le mien.",
    "Je garde un exemplaire signé. Je peux lire tout ce qui est écrit à mon sujet, et le faire corriger.",
)


def contract_pdf(
    connection: Connection, territory: Territory, *, case: int, at: datetime, large: bool = False
) -> bytes:
    """The text being written or signed; else the one in force. JalonError when there is neither."""
    text = in_force.open_text(connection, territory=territory.slug, case=case)
    if text is None:
        day = territory.calendar.day_of(at)
        version = in_force.contract_on(connection, territory=territory.slug, case=case, day=day)
        text = version and in_force.text_of(connection, territory=territory.slug, contract=version["id"])
    if text is None:
        raise JalonError(f"Dossier c{case} : aucun texte à imprimer. Écrivez-le : jalon contract draft.")
    return printed("contract", sheet(connection, territory, text=text, large=large), at=at)


def sheet(connection: Connection, territory: Territory, *, text: RowMapping, large: bool) -> dict[str, Any]:
    """What `contract.typ` is filled with."""
    who = in_force.signers(connection, territory=territory.slug, case=text["case_id"])
    taken_on = in_force.commitments_of(connection, territory=territory.slug, text=text["id"])
    obstacles = in_force.obstacles_of(connection, territory=territory.slug, case=text["case_id"])
    actions = in_force.actions_of(connection, territory=territory.slug, case=text["case_id"])
    title = TITLES[ContractKind(text["kind"])]
    named = " ".join(cleaned(who[name], 120) for name in ("civility", "first_name", "last_name") if who[name])
    return {
        "letterhead": _letterhead(territory, who),
        "large": large,
        "title": f"Avenant au {title[0].lower()}{title[1:]}" if text["amends_id"] else title,
        "draft": text["status"] == TextStatus.DRAFT,
        "person": named,
        "starts_on": french.full_date(text["starts_on"]),
        "ends_on": french.full_date(text["ends_on"]),
        "amends": "Il remplace, à compter de ce jour, le texte en vigueur ; ce qui précède reste inchangé."
        if text["amends_id"]
        else "",
        "statement": cleaned(text["statement"], LONG) if text["statement"] else "",
        "obstacles": [territory.programme.titled(row["code"]).lower() for row in obstacles if not row["lifted_on"]],
        "person_takes": _taken(row for row in taken_on if row["party"] == Party.PERSON),
        "service_takes": _taken(row for row in taken_on if row["party"] == Party.SERVICE),
        "actions": [_action(territory, row) for row in actions if row["done_on"] is None],
        "hours": _hours(territory, text),
        "rights": [*RIGHTS, *_data_rights(territory)],
        "person_signed": _signed(text["person_signed_on"], ""),
        "service_signed": _signed(text["service_signed_on"], text["service_signed_by"] or ""),
        "european": territory.programme.funded(who["track"]),
        "reciprocity": text["amends_id"] is None,
        "activities": [
            {"title": activity.title, "shows": ", ".join(activity.shows).lower()}
            for activity in territory.programme.reciprocity
        ],
    }


def _letterhead(territory: Territory, who: RowMapping) -> dict[str, str]:
    name = f"{who['referent_first_name']} {who['referent_last_name']}" if who["referent_last_name"] else ""
    site = territory.sites.get(who["site"] or "")
    place = f", {site.label}" if site else ""
    return {
        "sender": territory.sender,
        "referent": f"Votre référent : {cleaned(name, 200)}{place}" if name else "Référent à désigner",
        "phone": phone(who["referent_phone"]) if who["referent_phone"] else "",
    }


def _taken(rows: Iterable[RowMapping]) -> list[dict[str, str]]:
    return [
        {
            "what": cleaned(row["what"], 240),
            "before": french.full_date(row["due_on"]) if row["due_on"] else "",
            "kept": f"fait le {french.full_date(row['done_on'])}" if row["done_on"] else "",
        }
        for row in rows
    ]


def _action(territory: Territory, row: RowMapping) -> dict[str, str]:
    known = next((action for action in territory.programme.action if action.slug == row["action"]), None)
    return {
        "what": cleaned(row["label"], 160),
        "against": territory.programme.titled(row["obstacle"]) or "—",
        "by": known.by if known else "—",
        "before": french.full_date(row["due_on"]),
    }


def _hours(territory: Territory, text: RowMapping) -> str:
    law = territory.legal.at(Key.WEEKLY_HOURS, text["starts_on"])
    match HoursBasis(text["hours_basis"]):
        case HoursBasis.EXEMPT:
            return f"Aucune durée d'activité ne m'est demandée, à ma demande ({law.source})."
        case HoursBasis.ADJUSTED:
            return (
                f"{text['weekly_hours']} heures par semaine, durée adaptée à ma situation "
                f"({law.value} heures en droit commun ; {law.source}). Ce sont des démarches, des ateliers, des soins, "
                "de la formation : pas un travail."
            )
        case HoursBasis.FULL:
            return (
                f"{text['weekly_hours']} heures par semaine ({law.source}). Ce sont des démarches, des ateliers, des "
                "soins, de la formation : pas un travail. Elles s'adaptent à ma situation ; je peux le demander."
            )


def _data_rights(territory: Territory) -> tuple[str, ...]:
    return (
        "Mes données servent à cet accompagnement et à lui seul. Pour y accéder, les corriger ou s'opposer : "
        f"{territory.sender_email}.",
    )


def _signed(day: Any, by: str) -> str:
    if day is None:
        return "Date et signature :"
    return f"Signé le {french.full_date(day)}" + (f", {cleaned(by, 120)}" if by else "")
