"""The pieces of a file, told one by one in French: what anybody may read, and what names somebody, kept apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.engine import RowMapping

from config.territory import Territory
from desk import words
from store.dossier import File, Piece
from tracks import french
from tracks.calendar import Calendar
from tracks.review import Role, Step
from tracks.vocabulary import (
    Clause,
    ContractKind,
    NoticeProof,
    ReviewStatus,
    SignalKind,
    SignalSource,
)

CLAUSE: Mapping[str, str] = {
    Clause.INDIVIDUAL: "rendez-vous individuels",
    Clause.COLLECTIVE: "rendez-vous collectifs",
    Clause.ACTIONS: "actions prescrites",
    Clause.CONTACT_DETAILS: "changements de coordonnées",
}
CONTRACT: Mapping[str, str] = {
    ContractKind.ENGAGEMENT: "Contrat d'engagement",
    ContractKind.CER: "Contrat d'engagement réciproque (CER)",
    ContractKind.PPAE: "Projet personnalisé d'accès à l'emploi (PPAE)",
}
PROOF: Mapping[str, str] = {
    NoticeProof.DELIVERED: "remise, le canal en a rendu compte",
    NoticeProof.POSTED: "confiée à la poste",
    NoticeProof.FAILED: "non remise",
    NoticeProof.NONE: "sans preuve de remise",
}
REASON: Mapping[str, str] = {
    "legitimate_personal": "motif personnel légitime",
    "legitimate_logistics": "motif pratique légitime",
    "legitimate_work": "motif d'emploi légitime",
    "notice_not_received": "convocation non reçue",
    "service": "fait du service",
    "other": "autre motif",
}
STEP: Mapping[Step, str] = {
    Step.SUBMIT: "Soumise par le référent",
    Step.EXAMINE: "Prise à l'examen",
    Step.NOTIFY: "Avis de procédure adressé à la personne",
    Step.PANEL: "Équipe pluridisciplinaire saisie",
    Step.RECALL: "Affaire retirée à l'équipe pluridisciplinaire",
    Step.DECIDE: "Décision",
    Step.NOTIFIED: "Décision notifiée",
    Step.APPEAL: "Recours de la personne",
    Step.CLOSE: "Revue close",
    Step.WITHDRAW: "Procédure abandonnée, ou décision retirée",
    Step.RECEIPT: "Avis reçu, date certaine",
    Step.WROTE: "Observations écrites de la personne",
    Step.ASKED_HEARING: "La personne demande à être entendue",
    Step.ASKED_FILE: "La personne demande son dossier",
    Step.ASSISTED: "La personne est assistée",
    Step.ANSWERED: "Observations lues et prises en compte",
    Step.HEARD: "Personne entendue",
    Step.FILE_GIVEN: "Dossier remis à la personne",
    Step.COMPLIED: "La personne se met en règle",
    Step.READ_SIGNS: "Venues et démarches prises en compte",
    Step.CRITERIA: "Critères de la loi examinés",
    Step.TOLD: "Personne prévenue de la séance de l'équipe pluridisciplinaire",
    Step.OPINION: "Avis de l'équipe pluridisciplinaire",
    Step.APPEAL_ANSWERED: "Réponse au recours",
}
ROLE: Mapping[str, str] = {
    Role.REFERENT: "référent",
    Role.COORDINATOR: "coordinateur",
    Role.REVIEWER: "instructeur",
    Role.DECIDER: "décideur",
}
MEASURE: Mapping[str, str] = {
    "warning": "avertissement",
    "suspension": "suspension",
    "suppression": "suppression",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One piece, in French. `said` names nobody; `named` does, and is left out of the panel's variant."""

    day: date
    ref: str
    what: str
    said: str
    named: str = ""
    hash: str = ""


def told(file: File, territory: Territory) -> list[Told]:
    """Every piece but the steps, in the order of their days."""
    tellers: Mapping[str, Callable[[RowMapping, Calendar], Told]] = {
        "appointment": _appointment,
        "message": _message,
        "contract": _contract,
        "letter": _letter,
        "question": _question,
        "check": _check,
        "breach": _breach,
        "signal": _signal,
        "action": _action,
        "pause": _pause,
        "representative": _representative,
    }
    calendar = territory.calendar
    found = [_sealed(tellers[piece.kind](piece.row, calendar), piece) for piece in file.pieces if piece.kind in tellers]
    return sorted(found, key=lambda piece: (piece.day, piece.ref))


def steps(file: File) -> list[Told]:
    """What people did to the review, in order."""
    return [_sealed(_step(piece.row), piece) for piece in file.pieces if piece.kind == "step"]


def proofs(file: File, territory: Territory) -> dict[tuple[str, int], str]:
    """Kind and id → what proves it, for the appointments and the letters."""
    tellers = {"appointment": _appointment, "letter": _letter}
    found = [
        (piece, tellers[piece.kind](piece.row, territory.calendar)) for piece in file.pieces if piece.kind in tellers
    ]
    return {(piece.kind, piece.id): one.said for piece, one in found}


def _sealed(piece_told: Told, piece: Piece) -> Told:
    return replace(piece_told, hash=piece.hash)


def _appointment(row: RowMapping, calendar: Calendar) -> Told:
    wall = calendar.wall_clock(row["starts_at"])
    status = words.said(words.APPOINTMENT, row["status"])
    qualified = f", {words.QUALIFIED[row['qualification']]}" if row["qualification"] else ""
    reason = f" ({words.said(dict(REASON), row['reason'])})" if row["reason"] else ""
    sent = row["notice_sent_on"]
    if sent:
        channel = f" par {words.said(words.CHANNEL, row['notice_channel'])}" if row["notice_channel"] else ""
        ahead = french.plural(max((wall.date() - sent).days, 0), "jour")
        proof = words.said(dict(PROOF), row["notice_proof"])
        notice = f"Convocation du {french.full_date(sent)}{channel}, {ahead} avant ; {proof}."
    else:
        notice = "Aucune convocation connue."
    moved = f" Remplacé par a{row['superseded_by']}." if row["superseded_by"] else ""
    kind = "collectif" if row["kind"] == "collective" else "individuel"
    by = [f"noté par {row['status_by']}" if row["status_by"] else ""]
    by += [f"qualifié par {row['qualified_by']}" if row["qualified_by"] not in (None, "import") else ""]
    where = f"{row['subject']}, {row['place']}"
    return Told(
        day=wall.date(),
        ref=f"a{row['id']}",
        what="Rendez-vous " + kind,
        said=f"{french.full_date(wall.date())} à {french.clock(wall.time())} : {status}{qualified}{reason}. "
        f"{notice}{moved}",
        named=" ; ".join(word for word in (where, *by) if word),
    )


def _message(row: RowMapping, calendar: Calendar) -> Told:
    at: datetime = row["sent_at"] or row["due_at"]
    wall = calendar.wall_clock(at)
    status = words.said(words.MESSAGE, row["status"])
    failure = f" ({words.said(words.FAILURE, row['failure'])})" if row["failure"] else ""
    when = f"le {french.full_date(wall.date())} à {french.clock(wall.time())}"
    said = f"Par {words.said(words.CHANNEL, row['channel'])}, {when} : {status}{failure}."
    if row["body_hash"]:
        said += f" Empreinte du texte : {row['body_hash'][:12]}."
    return Told(
        day=wall.date(),
        ref=f"m{row['id']}",
        what=french.sentence(words.said(words.TEMPLATE, row["template"])),
        said=said,
        named=(row["body"] or "").strip(),
    )


def _contract(row: RowMapping, calendar: Calendar) -> Told:
    until = f" au {french.full_date(row['ends_on'])}" if row["ends_on"] else ", sans terme"
    clauses = french.listed(words.said(dict(CLAUSE), word) for word in row["clauses"].split())
    return Told(
        day=row["signed_on"],
        ref=f"contrat {row['id']}",
        what=words.said(dict(CONTRACT), row["kind"]),
        said=f"Signé le {french.full_date(row['signed_on'])}, du {french.full_date(row['starts_on'])}{until}. "
        f"Engagements de la personne : {clauses or 'aucun'}.",
    )


def _letter(row: RowMapping, calendar: Calendar) -> Told:
    received = row["received_on"]
    proof = (
        f"reçue le {french.full_date(received)} (date certaine), délai jusqu'au "
        f"{french.full_date(calendar.deadline(received, days=row['delay_days']))}"
        if received
        else "sans date de réception prouvée : aucun délai n'a couru"
    )
    return Told(
        day=row["sent_on"],
        ref=f"courrier {row['id']}",
        what=french.sentence(words.said(words.TEMPLATE, row["kind"])),
        said=f"{french.sentence(row['channel'])} envoyée le {french.full_date(row['sent_on'])}, laissant "
        f"{row['delay_days']} jours ; {proof}.",
    )


def _question(row: RowMapping, calendar: Calendar) -> Told:
    closed = f" Répondu ou clos le {french.full_date(row['closed_on'])}." if row["closed_on"] else " Sans réponse."
    by = row["closed_by"] or ""
    return Told(
        day=row["asked_on"],
        ref=f"q{row['id']}",
        what="Demandé au référent",
        said=f"{row['why']}{closed}",
        named="" if not by or by.startswith("run:") else f"répondu par {by.removeprefix('person:')}",
    )


def _check(row: RowMapping, calendar: Calendar) -> Told:
    closed = f" Levée le {french.full_date(row['closed_on'])}." if row["closed_on"] else ""
    return Told(
        day=row["since"],
        ref=f"vérification {row['id']}",
        what=french.sentence(words.said(words.NOT_DONE, f"check:{row['precondition']}")),
        said=f"{row['why']}{closed}",
    )


def _breach(row: RowMapping, calendar: Calendar) -> Told:
    qualified = words.said(words.QUALIFIED, row["qualification"]) if row["qualification"] else "non qualifié"
    return Told(
        day=row["happened_on"],
        ref=f"engagement {row['id']}",
        what="Engagement non tenu",
        said=f"{french.sentence(words.said(dict(CLAUSE), row['clause']))}, {qualified}.",
        named=f"noté par {row['said_by']}",
    )


def _signal(row: RowMapping, calendar: Calendar) -> Told:
    source = words.said(words.SOURCE, SignalSource(row["source"]))
    return Told(
        day=row["happened_on"],
        ref=f"signe {row['id']}",
        what=french.sentence(words.said(words.SIGNAL, SignalKind(row["kind"]))),
        said=f"De : {source}.",
        named=f"noté par {row['said_by']}",
    )


def _action(row: RowMapping, calendar: Calendar) -> Told:
    done = f"faite le {french.full_date(row['done_on'])}" if row["done_on"] else "pas encore dite faite"
    seen = ", justificatif vu" if row["proof_seen"] else ""
    return Told(
        day=row["prescribed_on"],
        ref=f"action {row['id']}",
        what="Action prescrite",
        said=f"À faire avant le {french.full_date(row['due_on'])} ; {done}{seen}.",
        named=row["label"],
    )


def _pause(row: RowMapping, calendar: Calendar) -> Told:
    until = f"jusqu'au {french.full_date(row['last_day'])}" if row["last_day"] else "sans terme"
    return Told(
        day=row["first_day"],
        ref=f"pause {row['id']}",
        what="Suivi automatique en pause",
        said=f"À partir du {french.full_date(row['first_day'])}, {until}.",
        named=f"{row['reason']} ; décidée par {row['decided_by']}",
    )


def _representative(row: RowMapping, calendar: Calendar) -> Told:
    return Told(
        day=row["first_day"],
        ref=f"représentant {row['id']}",
        what="Représentant légal",
        said=f"{french.sentence(row['kind'])}, depuis le {french.full_date(row['first_day'])}.",
        named=f"{row['name']}, {row['address']}",
    )


def _step(row: RowMapping) -> Told:
    details = row["details"]
    parts = [
        f"mesure : {MEASURE[details['measure']]}" if "measure" in details else "",
        f"issue : {words.said(words.OUTCOME, details['outcome'])}" if "outcome" in details else "",
        "adressé au représentant légal" if details.get("served_on") == "representative" else "",
        "une radiation serait aussi proposée" if details.get("radiation") else "",
        f"critères {french.listed(map(str, details['examined']))}" if "examined" in details else "",
    ]
    named = [details.get(name, "") for name in ("who", "proof", "note", "reasons", "opinion", "answer")]
    after = words.said(words.REVIEW_STATUS, ReviewStatus(row["status"]))
    return Told(
        day=row["on_day"],
        ref=f"étape {row['rank']}",
        what=STEP[Step(row["step"])],
        said=" ; ".join([*(part for part in parts if part), f"par {ROLE.get(row['role'], row['role'])}", after]),
        named=" ; ".join(str(word) for word in (row["made_by"], *named) if word),
    )
