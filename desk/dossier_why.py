"""Why a review was opened, as the person may be told: rule, parameters, data, steps (CRPA R.311-3-1-2)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy.engine import RowMapping

from config.territory import Territory
from desk import words
from store.dossier import File, Household
from tracks import french
from tracks.calendar import add_months
from tracks.legal import Confidence, Key
from tracks.policy import Do, TrackPolicy, Version
from tracks.standing import Standing
from tracks.vocabulary import ReviewKind

SURE: Mapping[str, str] = {
    Confidence.READ: "texte lu",
    Confidence.SECOND_HAND: "source secondaire",
    Confidence.MEMORY: "de mémoire, à vérifier",
    Confidence.LOCAL_CHOICE: "choix local",
    Confidence.ASSUMPTION: "hypothèse à confirmer",
}
MEASURE: Mapping[str, str] = {"suspension": "Suspension", "suppression": "Suppression"}


def sourced(source: str, confidence: Confidence) -> str:
    """The source, and how sure of it one is, where it does not say so itself."""
    sure = SURE[confidence]
    return source if sure in source else f"{source} ({sure})"


def version_label(track: TrackPolicy, ref: str) -> str:
    """« Objectif emploi, règles en vigueur depuis le 1ᵉʳ janvier 2024 »."""
    day = date.fromisoformat(ref.partition("@")[2])
    return f"{track.title}, règles en vigueur depuis le {french.full_date(day)}"


def explained(file: File, territory: Territory) -> dict[str, object]:
    row = file.review
    track = territory.tracks[row["track"]]
    version = track.at(row["opened_on"])
    return {
        "version": version_label(track, row["policy_version"]),
        "source": version.source or track.source,
        "reference": row["legal_reference"],
        "parameters": [list(found) for found in parameters(version, territory, row["opened_on"])],
        "conditions": [list(found) for found in conditions(file, version, territory)],
        "degree": (
            "Un programme a réuni ces faits et vérifié ces conditions ; il a ouvert un projet de revue, remis au "
            "référent. Il n'a rien décidé et ne propose aucune mesure. Toute suite est prise par une personne nommée, "
            "qui examine la situation. Aucune donnée de santé, aucun score et aucun apprentissage n'y contribuent."
        ),
    }


def parameters(version: Version, territory: Territory, on: date) -> Iterator[tuple[str, str, str]]:
    """Each number that the rule used, as it was on the day the review opened, with where it comes from."""
    review = version.review
    if review:
        source = sourced(review.source, review.confidence)
        yield "Absences ou manquements comptés", f"au moins {review.absences}", source
        yield "Dans une durée de", f"{review.within_months} mois", source
        yield "Une venue efface ce qui la précède", "oui" if review.reset_on_seen else "non", source
        counted = french.listed(words.QUALIFIED[q] for q in review.qualifications)
        yield "Comptent les absences qualifiées", counted, source
        yield "Lettre postée comptée reçue après", f"{review.letter_posted_days} jours", source
    if version.rhythm:
        days = version.rhythm.notice_days
        told = f"SMS {days.sms} jours, courriel {days.email} jours, lettre {days.letter} jours"
        rhythm = version.rhythm
        yield "Convocation envoyée au moins", told, sourced(rhythm.source or version.source, rhythm.confidence)
    invitation = version.rung(Do.INVITE_TO_REGULARISE)
    if invitation:
        yield (
            "Délai de l'invitation à régulariser",
            f"{invitation.wait_days} jours",
            invitation.because or "choix local",
        )
    floor = territory.legal.at(Key.OBSERVATIONS, on)
    yield "Jamais moins de", f"{floor.value} jours", sourced(floor.source, floor.confidence)


def conditions(file: File, version: Version, territory: Territory) -> Iterator[tuple[str, str]]:
    """Each condition that was proved before the review opened, with what proves it (R6)."""
    if file.review["kind"] != ReviewKind.COMPLIANCE:
        return
    counted = {piece["subject_id"] for piece in file.evidence if piece["kind"] == "appointment"}
    absences = [row for row in file.of("appointment") if row["id"] in counted]
    days = [territory.calendar.day_of(row["starts_at"]) for row in absences]
    contracts = {piece["subject_id"] for piece in file.evidence if piece["kind"] == "contract"}
    signed = [french.full_date(row["signed_on"]) for row in file.of("contract") if row["id"] in contracts]
    letters = {piece["subject_id"] for piece in file.evidence if piece["kind"] == "letter"}
    yield "Contrat en vigueur le jour de chaque fait", f"contrat signé le {french.listed(signed)}"
    yield "Devoir écrit dans ce contrat", "vérifié pour chaque fait, par la clause en vigueur ce jour-là"
    yield (
        "Convocation partie à temps, et arrivée",
        " ; ".join(_summons(row, day) for row, day in zip(absences, days, strict=True)) or "sans objet",
    )
    qualified = [
        f"{french.long_date(day)} : {words.said(words.QUALIFIED, row['qualification'])}"
        for row, day in zip(absences, days, strict=True)
    ]
    yield "Absence qualifiée par une personne", " ; ".join(qualified) or "sans objet"
    yield (
        "Aucune venue ni démarche depuis",
        f"aucune entre les faits et le {french.full_date(file.review['opened_on'])}",
    )
    if version.review:
        yield (
            "Seuil atteint dans la durée",
            f"{len(file.evidence) - len(contracts) - len(letters)} faits ; seuil {version.review.absences} en "
            f"{version.review.within_months} mois",
        )
    for row in file.of("letter"):
        if row["id"] in letters and row["received_on"]:
            yield (
                "Invitation à régulariser, délai échu",
                f"reçue le {french.full_date(row['received_on'])}, {row['delay_days']} jours",
            )
    yield "Aucune autre revue ouverte", "vérifié"
    yield "Le service a tenu sa part", "rendez-vous proposé dans le délai du parcours, aucune suite inconnue"
    yield "Ni pause, ni exemption, ni moratoire", "vérifié le jour de l'ouverture"
    yield "Procédure du Département", "référent hors France Travail, personne soumise aux droits et devoirs"


def _summons(row: RowMapping, day: date) -> str:
    from desk.dossier_pieces import PROOF

    if not row["notice_sent_on"]:
        return f"{french.long_date(day)} : aucune"
    ahead = french.plural((day - row["notice_sent_on"]).days, "jour")
    return f"{french.long_date(day)} : {ahead} avant, {words.said(dict(PROOF), row['notice_proof'])}"


def bounds(at: Standing, household: Household) -> Iterator[str]:
    """What the law allows, for whoever decides outside Jalon: no amount is computed here (R12)."""
    for bound in at.procedure.bound:
        rank = "premier manquement" if bound.rank == 1 else "persistance ou réitération"
        yield (
            f"{MEASURE.get(bound.measure, bound.measure)}, {rank} : au moins {bound.percent_min} %, de "
            f"{bound.months_min} à {bound.months_max} mois ({bound.source})."
        )
    cap = f"{at.procedure.household_cap_percent} % au plus ({at.procedure.household_cap_source})"
    here = " : c'est le cas de ce foyer" if household.members > 1 else ""
    yield f"Foyer de plusieurs personnes, ou majoration : {cap}{here}."
    yield "Toujours « peut décider » : rien n'est automatique ; l'avertissement ou l'absence de suite restent ouverts."


def household_of(household: Household) -> str:
    people = french.plural(household.members, "personne suivie", "personnes suivies")
    other = f" ; l'autre membre a sa propre revue, r{household.other_review}" if household.other_review else ""
    return f"{people}{other}"


def repetition(file: File, earlier: list[Any], territory: Territory, *, on: date) -> list[str]:
    """The counter of repeated breaches, with its inputs; it decides nothing alone (R11)."""
    window = territory.legal.at(Key.REPETITION, on)
    since = add_months(on, -window.value)
    oriented_on = file.head["notified_on"] or file.head["entered_on"]
    counted = [row for row in earlier if row["notified_on"] >= max(since, oriented_on)]
    lines = [
        f"Fenêtre : {window.value} mois depuis la notification d'une décision précédente, soit depuis le "
        f"{french.full_date(since)} ; une nouvelle orientation la remet à zéro (ici, le "
        f"{french.full_date(oriented_on)}).",
        f"Décisions comptées : {len(counted)}. Source : {sourced(window.source, window.confidence)}.",
        "Les absences n'entrent jamais dans ce compte ; il ne suffit jamais à lui seul.",
    ]
    return lines + [
        f"r{row['id']}, notifiée le {french.full_date(row['notified_on'])}"
        + ("" if row in counted else " : hors de la fenêtre, ou avant la dernière orientation")
        for row in earlier
    ]
