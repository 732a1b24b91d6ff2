"""The coordinators' morning message: files, the service's findings, what referents left, other circuits."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from store.ahead import Days
from store.overview import Card, Left, Opened, Overview
from tasks.digest_text import Clock, Digest, digest, named, section
from tracks import french
from tracks.calendar import Calendar
from tracks.vocabulary import QuestionKind, ReviewKind

LEFT: Mapping[QuestionKind, tuple[str, str]] = {
    QuestionKind.OUTCOME: ("rendez-vous sans suite connue", "rendez-vous sans suite connue"),
    QuestionKind.QUALIFY: ("absence ou réponse à examiner", "absences ou réponses à examiner"),
    QuestionKind.CALL: ("appel à passer", "appels à passer"),
    QuestionKind.VISIT: ("visite à faire", "visites à faire"),
    QuestionKind.FOLLOW_UP: ("personne à rappeler", "personnes à rappeler"),
    QuestionKind.ACTION: ("action à confirmer", "actions à confirmer"),
    QuestionKind.RENEW_CONTRACT: ("contrat à renouveler", "contrats à renouveler"),
    QuestionKind.CONTACT: ("adresse ou numéro à vérifier", "adresses ou numéros à vérifier"),
    QuestionKind.TRACK_CHANGE: ("changement de parcours à valider", "changements de parcours à valider"),
}
NOBODY = "sans référent"


def for_coordinator(overview: Overview, *, today: date, calendar: Calendar, titles: Mapping[str, str]) -> Digest:
    """Counts first; what is new since the last message in full, what was there already in one line.

    `titles`: slug of a track → its title.
    """
    clock, since = Clock(today, calendar), Days.of(today, calendar).since
    of = {kind: [review for review in overview.reviews if review.kind is kind] for kind in ReviewKind}
    drafts, risks, findings = of[ReviewKind.COMPLIANCE], of[ReviewKind.FOLLOW_UP_RISK], of[ReviewKind.SERVICE]
    counts = {
        ("dossier", "dossiers"): len(drafts) + len(risks),
        ("constat", "constats"): len(findings),
        ("question restée sans réponse", "questions restées sans réponse"): sum(item.count for item in overview.left),
        ("message retenu", "messages retenus"): overview.held,
    }
    there = [french.plural(count, *words) for words, count in counts.items() if count]
    verb = "vous attend" if sum(counts.values()) == 1 else "vous attendent"
    held = ["à lire par deux personnes avant tout envoi (« jalon status » dit lesquels)"] if overview.held else []
    sections = [
        section("Envois retenus, plus nombreux que d’habitude :", held),
        _files("Dossiers, à préparer par les référents :", drafts, since, clock, titles),
        _files("À regarder, sans aucune mesure possible :", risks, since, clock, titles),
        _findings(findings, since, clock, titles),
        section("Laissé sans réponse :", _left(overview.left, clock)),
        section("Pour information, la procédure relève de France Travail :", _cards(overview.cards, clock)),
    ]
    return digest(today, f"{french.listed(there)} {verb}" if there else "Pour information", sections)


def _files(title: str, reviews: Sequence[Opened], since: date, clock: Clock, titles: Mapping[str, str]) -> str:
    new = [_file(review, clock, titles) for review in reviews if review.opened_on >= since]
    return section(title, [*new, *_older(reviews, since, clock)])


def _file(review: Opened, clock: Clock, titles: Mapping[str, str]) -> str:
    parts = [f"r{review.id}", titles.get(review.track, review.track)]
    parts += [named(*review.person)] if review.person else []
    parts += [f"avec {named(*review.referent)}"] if review.referent else []
    parts += [f"avant le {clock.day(review.deadline_on)}"] if review.deadline_on else []
    return ", ".join(parts)


def _findings(findings: Sequence[Opened], since: date, clock: Clock, titles: Mapping[str, str]) -> str:
    """One paragraph a referent and track, one line a finding."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for finding in findings:
        if finding.opened_on >= since:
            who = named(*finding.referent) if finding.referent else NOBODY
            line = f"– {finding.reason.removesuffix('.')} (r{finding.id})."
            groups[f"{who}, {titles.get(finding.track, finding.track)}"].append(line)
    parts = ["\n".join([head, *lines]) for head, lines in sorted(groups.items())]
    parts += [f"{line.removesuffix('.')}." for line in _older(findings, since, clock)]
    return "\n\n".join(["Constats du service :", *parts]) if parts else ""


def _older(reviews: Sequence[Opened], since: date, clock: Clock) -> list[str]:
    """« 3 déjà ouverts, depuis le 2 nov. », or nothing."""
    before = [review.opened_on for review in reviews if review.opened_on < since]
    if not before:
        return []
    return [f"{french.plural(len(before), 'déjà ouvert', 'déjà ouverts')}, depuis le {clock.day(min(before))}"]


def _left(left: Sequence[Left], clock: Clock) -> list[str]:
    groups: defaultdict[str, list[Left]] = defaultdict(list)
    for item in left:
        groups[named(*item.referent) if item.referent else NOBODY].append(item)
    return [
        f"{who}, {french.listed(french.plural(item.count, *LEFT[item.kind]) for item in items)}"
        f", depuis le {clock.day(min(item.oldest for item in items))}"
        for who, items in groups.items()
    ]


def _cards(cards: Sequence[Card], clock: Clock) -> list[str]:
    return [
        named(*card.person)
        + (f", avec {named(*card.referent)}" if card.referent else "")
        + f", depuis le {clock.day(card.since)}"
        for card in cards
    ]
