"""`python -m bench.samples NAME…`: writes `examples/NAME/`, a small fictional county on its own tracks.

Drawn from the territory's own tracks, places and roles, with a fixed seed: the same files give the same people. Names,
numbers (06 39 98 …) and addresses (example.org) are fictional. The Doubs keeps the example that it was given.
"""

import csv
import io
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from config.settings import PROJECT, TERRITORIES
from config.territory import Territory, load_territory
from tracks.policy import TrackPolicy, Version

DAY = date(2026, 11, 23)
PEOPLE = 200
FIRST = (
    "Inès Karim Léa Théo Fatou Yanis Maëlle Hugo Nadia Loïc Chloé Driss Élise Marius Sonia Gaël Aminata Paul Zoé "
    "Rémi Jeanne Bilal Océane Luc Aïcha Noé Camille Sacha Rose Malik"
)
LAST = (
    "Aubry Benali Carlier Deschamps Estève Ferrand Gillet Hamon Ibert Jolivet Kowal Lacroix Mercier Naudin Oudin "
    "Perrot Quentin Rolland Sarda Tissot Urbain Vasseur Wagner Yvon Zeller"
)
FIRST_NAMES, LAST_NAMES = FIRST.split(), LAST.split()
STREETS = ("rue de la Gare", "rue des Lilas", "place du Marché", "avenue des Tilleuls", "chemin du Moulin")
BODIES = {"referent_solidarite": "CCAS", "conseiller_droit_commun": "France Travail"}  # of the others: the Département
CLOCKS = ("09:00", "09:45", "10:30", "11:15", "13:30", "14:15", "15:00", "15:45", "16:15")
A_CASELOAD = 60  # where the territory says nothing of it
YES, NO = "Oui", "Non"
HEADERS = {
    "referents": "Courriel Prénom Nom Fonction Organisme Site Téléphone Capacité Jours_travaillés Début Fin Pause",
    "absences_referents": "Courriel Du Au Motif",
    "usagers": "Civilité Prénom_bénéficiaire Nom_bénéficiaire Adresses_Mails N°_Téléphones Date_de_Naissance Adresse "
    "CP_Ville N°_CAF ID_Iodas Référent Role Canal_préféré",
    "parcours": "N°_CAF Role Parcours Date_d'entrée Date_de_notification_d'orientation Courriel_du_référent "
    "Soumis_aux_droits_et_devoirs Date_de_sortie Motif_de_sortie Date_de_reprise_d'activité Type_d'activité "
    "Employeur_ou_organisme",
    "contrats": "N°_CAF Role Type Date_de_signature Date_de_début Date_de_fin Heures_hebdomadaires "
    "Réciprocité_proposée Réciprocité_acceptée Engagements",
    "rendez_vous": "N°_CAF Role Date Heure Durée_(min) Nature Objet Lieu Courriel_du_référent Statut Motif "
    "Qualification Convocation_envoyée_le Preuve_d'envoi",
    "actions": "N°_CAF Role Action Prescrite_le Échéance Réalisée_le Justificatif_vu",
    "courriers": "N°_CAF Role Type Envoyé_le Canal Reçu_le Délai_(jours)",
    "pauses": "N°_CAF Role Du Au Motif Décidé_par",
    "sessions": "Session Objet Date Heure Durée_(min) Lieu Courriel_du_référent Places Minimum",
}
CLAUSES = "rendez-vous individuels|rendez-vous collectifs|actions prescrites|changement de coordonnées"


@dataclass(frozen=True, slots=True)
class Referent:
    email: str
    role: str
    site: str
    taken: set[tuple[date, str]] = field(default_factory=set)


@dataclass(slots=True)
class Sample:
    """A county being written: its territory, its dice, the rows of each file."""

    territory: Territory
    dice: random.Random
    rows: dict[str, list[Sequence[object]]] = field(default_factory=lambda: {kind: [] for kind in HEADERS})

    def add(self, kind: str, *cells: object) -> None:
        self.rows[kind].append(cells)

    def hour(self, referent: Referent, day: date) -> str:
        """A free hour of that day; a busy day of a small example has one."""
        free = [clock for clock in CLOCKS if (day, clock) not in referent.taken]
        clock = self.dice.choice(free or CLOCKS)
        referent.taken.add((day, clock))
        return clock


def sample(territory: Territory, *, people: int = PEOPLE, seed: int = 20261123) -> dict[str, str]:
    """File name → its text: what the county would export on `DAY`."""
    county = Sample(territory, random.Random(f"{seed}:{territory.slug}"))
    followed = list(territory.tracks.values())
    referents = list(add_referents(county, people, followed))
    add_sessions(county, referents)
    for number in range(people):
        add_person(county, number, followed[number % len(followed)], referents)
    add_flaws(county)
    return {f"{kind}.csv": text_of(kind, rows) for kind, rows in county.rows.items()}


def add_referents(county: Sample, people: int, followed: Sequence[TrackPolicy]) -> Iterator[Referent]:
    """Enough of each role for those it will accompany, spread over the places."""
    roles = {role.slug: role for role in county.territory.file.role}
    wanted: dict[str, int] = dict.fromkeys((role_of(track.at(DAY)) for track in followed), 0)
    for number in range(people):
        wanted[role_of(followed[number % len(followed)].at(DAY))] += 1
    places = [site.name for site in county.territory.file.site]
    for slug, count in wanted.items():
        capacity = roles[slug].caseload or A_CASELOAD
        for _ in range(max(2, -(-count // capacity))):
            n = len(county.rows["referents"]) + 1
            body = BODIES.get(slug, county.territory.sender)
            referent = Referent(f"referent.agent{n}@example.org", slug, places[n % len(places)])
            first, last = FIRST_NAMES[-n], LAST_NAMES[-n]
            phone = f"03 53 01 20 {n:02}"
            days, hours = "lun,mar,mer,jeu,ven", ("09:00", "17:00", "12:00-13:30")
            county.add(
                "referents",
                *(referent.email, first, last, roles[slug].title, body, referent.site, phone, capacity, days, *hours),
            )
            yield referent
    away = DAY + timedelta(days=14)
    county.add(
        "absences_referents", "referent.agent1@example.org", said(away), said(away + timedelta(days=4)), "congés"
    )


def role_of(version: Version) -> str:
    return version.stages[0].with_roles[0]


def add_sessions(county: Sample, referents: Sequence[Referent]) -> None:
    for n, referent in enumerate(referents[:4], start=1):
        day = DAY + timedelta(days=7 + n)
        referent.taken.update((day, clock) for clock in CLOCKS if clock >= "13:30")
        county.add(
            "sessions", f"S{n:03}", "Action collective", said(day), "14:00", 90, referent.site, referent.email, 12, 4
        )


def add_person(county: Sample, number: int, track: TrackPolicy, referents: Sequence[Referent]) -> None:
    """One person and all that the county knows of them. Two in each track live the whole ladder to a review."""
    dice, version = county.dice, track.at(DAY)
    file_number = str(4_000_000 + 7 * number)
    mine = [referent for referent in referents if referent.role == role_of(version)]
    referent = mine[number // len(county.territory.tracks) % len(mine)]
    first, last = dice.choice(FIRST_NAMES), dice.choice(LAST_NAMES)
    new = number % 11 == 3 and not version.follow_up
    entered = worked(county, DAY - timedelta(days=dice.randrange(3, 15) if new else dice.randrange(60, 400)))
    if version.follow_up:
        entered = worked(county, DAY - timedelta(days=dice.randrange(10, 170)))
    reachable = number % 23 != 5
    county.add(
        "usagers",
        dice.choice(("Madame", "Monsieur")),
        first,
        last,
        f"personne{number + 1}@example.org" if reachable and number % 5 else "",
        f"06 39 98 {number // 100:02} {number % 100:02}" if reachable else "",
        said(date(1962 + number % 42, 1 + number % 12, 1 + number % 28)),
        f"{1 + number % 90} {dice.choice(STREETS)}",
        f"{county.territory.departement}000 {referent.site.split(' de ')[-1]}",
        file_number,
        f"SOC{number:05}",
        referent.email,
        "DEM",
        dice.choice(("", "", "SMS", "Courriel")) if reachable and number % 5 else "",
    )
    county.add(
        "parcours",
        *(file_number, "DEM", track.title, said(entered), said(entered - timedelta(days=dice.randrange(1, 10)))),
        *(referent.email, NO if number % 41 == 7 else YES, "", ""),
        *(
            (said(entered), dice.choice(("emploi", "formation")), "Atelier d'Exemple")
            if version.follow_up
            else ("",) * 3
        ),
    )
    if not new:
        add_contract(county, number, file_number, entered)
        add_actions(county, number, file_number, entered)
    story = "review" if version.review and number // len(county.territory.tracks) in (2, 5) and not new else ""
    add_appointments(county, number, file_number, version, entered, referent, story)
    if story:
        sent = DAY - timedelta(days=24)
        county.add(
            "courriers",
            *(file_number, "DEM", "invitation à régulariser", said(sent), "lettre recommandée"),
            *(said(sent + timedelta(days=1)), 15),
        )
    if number % 61 == 9:
        county.add(
            "pauses", file_number, "DEM", said(DAY - timedelta(days=10)), "", "demande de la personne", "Alix Exemple"
        )


def add_contract(county: Sample, number: int, file_number: str, entered: date) -> None:
    """Mostly signed in the month; some late, some not yet, some about to end."""
    if number % 17 == 4:
        return
    signed = worked(county, entered + timedelta(days=50 if number % 13 == 6 else county.dice.randrange(8, 28)))
    if signed > DAY:
        return
    ends = DAY + timedelta(days=15) if number % 19 == 8 else signed + timedelta(days=365)
    old = entered.year < 2025
    accepted = county.dice.random() < 0.3
    county.add(
        "contrats",
        *(file_number, "DEM", "CER" if old else "Contrat d'engagement", said(signed), said(signed), said(ends), 15),
        *(YES, YES if accepted else NO, CLAUSES),
    )


def add_actions(county: Sample, number: int, file_number: str, entered: date) -> None:
    if number % 3 == 1:
        return
    action = county.dice.choice(county.territory.programme.action)
    asked = worked(county, max(entered, DAY - timedelta(days=county.dice.randrange(20, 90))))
    due = asked + timedelta(days=action.due_days)
    done = said(due - timedelta(days=3)) if number % 2 and due < DAY else ""
    county.add("actions", file_number, "DEM", action.title, said(asked), said(due), done, YES if done else "")


def add_appointments(
    county: Sample, number: int, file_number: str, version: Version, entered: date, referent: Referent, story: str
) -> None:
    dice = county.dice
    step = version.rhythm.every_days.target if version.rhythm else 30
    first_seen = worked(county, entered + timedelta(days=6))
    days = [first_seen]
    while days[-1] + timedelta(days=step) < DAY - timedelta(days=1):
        days.append(worked(county, days[-1] + timedelta(days=step)))
    days = [day for day in days if day < DAY][-6:]
    if story:
        days = [worked(county, DAY - timedelta(days=ago)) for ago in (120, 75, 45, 30)]
    for n, day in enumerate(days):
        wanted = version.individual(first=day == first_seen, months=(day - entered).days // 31)
        absent = (story and n) or (not story and dice.random() < 0.14)
        status = "absent" if absent else dice.choices(("honoré", "excusé", "annulé service"), (88, 8, 4))[0]
        last = day == days[-1] and not story
        if last and number % 29 == 2:
            status = ""
        qualified = "inexpliquée" if story and n else ""
        if absent and not story and not last:
            qualified = dice.choice(("recevable", "inexpliquée"))
        excuse = dice.choice(("transport", "garde d'enfant", "entretien d'embauche")) if status == "excusé" else ""
        put_appointment(county, file_number, day, wanted.subject, wanted.minutes, referent, status, excuse, qualified)
    if not story and number % 3 == 0 and version.rhythm:
        day = worked(county, DAY + timedelta(days=dice.randrange(2, 20)))
        while day - DAY in (timedelta(days=n) for n in range(14, 19)):  # the leave of the first of them
            day = worked(county, day + timedelta(days=5))
        wanted = version.individual(first=not days, months=(day - entered).days // 31)
        put_appointment(county, file_number, day, wanted.subject, wanted.minutes, referent, "à venir", "", "")


def put_appointment(
    county: Sample,
    file_number: str,
    day: date,
    subject: str,
    minutes: int,
    referent: Referent,
    status: str,
    excuse: str,
    qualified: str,
) -> None:
    told = min(day, DAY) - timedelta(days=12 if day < DAY else 2)
    proof = county.dice.choices(("sms délivré", "courriel délivré", "lettre postée", "sms en erreur"), (50, 35, 10, 5))[
        0
    ]
    if qualified == "inexpliquée":
        proof = "courriel délivré"
    clock = county.hour(referent, day)
    county.add(
        "rendez_vous",
        *(file_number, "DEM", said(day), clock, minutes, "individuel", subject, referent.site, referent.email),
        *(status, excuse, qualified, said(told), proof),
    )


def add_flaws(county: Sample) -> None:
    """As in real life: two rows that cannot be taken in."""
    referent = "referent.agent1@example.org"
    county.add("usagers", "Madame", "Lou", "Exemple", "", "", "31/02/1990", "", "", "4999001", "", referent, "DEM", "")
    county.add("parcours", "4999002", "DEM", "Parcours inconnu", said(DAY), "", referent, YES, *("",) * 5)


def worked(county: Sample, day: date) -> date:
    return county.territory.calendar.next_working(day)


def said(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def text_of(kind: str, rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(title.replace("_", " ") for title in HEADERS[kind].split())
    writer.writerows(rows)
    return out.getvalue()


def write(name: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in sample(load_territory(TERRITORIES / name)).items():
        (folder / file).write_text(text, encoding="utf-8-sig")


if __name__ == "__main__":
    for named in sys.argv[1:]:
        write(named, PROJECT / "examples" / named)
