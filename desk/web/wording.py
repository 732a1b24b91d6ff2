"""The French of answers: what a person chooses among, and what their referent reads of it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from store.standing import Booked
from tracks import french
from tracks.calendar import Calendar
from tracks.vocabulary import Channel

# What the person chooses → its code, and what the referent reads. Never a health detail (R22).
REASONS: Mapping[str, tuple[str, str, str]] = {
    "travail": ("Un travail, une formation ou un entretien", "legitimate_work", "travail, formation ou entretien"),
    "enfant": ("La garde d’un enfant", "legitimate_logistics", "garde d'enfant"),
    "transport": ("Le transport", "legitimate_logistics", "transport"),
    "personnel": ("La santé ou un autre empêchement personnel", "legitimate_personal", "empêchement personnel"),
    "autre": ("Une autre raison, ou je préfère ne pas le dire", "other", "autre raison"),
}
HALVES: Mapping[str, str] = {"matin": "matin", "apres": "après-midi"}
HALF_DAYS: Mapping[str, str] = {
    f"{number}-{half}": f"{day} {said}"
    for number, day in enumerate(french.DAYS[:5], start=1)
    for half, said in HALVES.items()
}
NEWS: Mapping[str, tuple[str, str]] = {
    "bien": ("Tout va bien", "Dit que tout va bien."),
    "appel": ("J’aimerais qu’on m’appelle", "Souhaite qu'on l'appelle."),
}
CONTACTS: Mapping[str, str] = {
    "mobile": "numéro de mobile",
    "landline": "numéro de téléphone fixe",
    "email": "adresse électronique",
    "address": "adresse postale",
}
BY_CHANNEL: Mapping[Channel, str] = {Channel.SMS: "SMS", Channel.EMAIL: "courriels"}


def moment(starts_at: datetime, calendar: Calendar) -> str:
    """« mardi 8 décembre à 10 h »."""
    local = calendar.wall_clock(starts_at)
    return f"{french.weekday_date(local.date())} à {french.clock(local.time())}"


def not_coming(booked: Booked, calendar: Calendar, reason: str) -> str:
    when = moment(booked.starts_at, calendar)
    return f"Ne peut pas venir {when} ({REASONS[reason][2]}) : un autre moment est à fixer."


def another_time(booked: Booked, calendar: Calendar, wishes: Collection[str]) -> str:
    when = moment(booked.starts_at, calendar)
    better = french.listed(HALF_DAYS[word] for word in wishes)
    return f"Voudrait un autre moment que {when}" + (f", de préférence {better}." if better else ".")


def explanation(booked: Booked, calendar: Calendar, reason: str) -> str:
    return f"Dit ce qui s'est passé {moment(booked.starts_at, calendar)} : {REASONS[reason][2]}."


def contact(fields: Collection[str]) -> str:
    said = french.listed(label for name, label in CONTACTS.items() if name in fields)
    return f"Donne ses nouvelles coordonnées ({said}), déjà en usage : à vérifier à la prochaine rencontre."


def stop(channel: Channel) -> str:
    return f"Ne veut plus recevoir de {BY_CHANNEL[channel]} : voir ensemble comment lui écrire."
