"""From a due message to its words: the values of its names, each cleaned, and the text filled once.

A value is data: no brace, line break or invisible character of it ever becomes part of the text's form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from config import sms
from config.messages import LONGEST, MOST_SEGMENTS
from config.territory import Territory
from store.due import Due, Meeting
from store.facts import Facts, Missed
from tasks.digest_text import Digest
from tasks.links import MASK, address
from tasks.mail_page import page
from tasks.wording import cleaned, first_and_initial, phone, spaced
from tracks import french
from tracks.errors import JalonError
from tracks.vocabulary import Channel, Clause, ContractKind, RecipientKind

LONG = 200
SUBJECT_LENGTH = 150

ENGAGEMENTS: Mapping[Clause, str] = {
    Clause.INDIVIDUAL: "honorer les rendez-vous individuels",
    Clause.COLLECTIVE: "participer aux rendez-vous collectifs",
    Clause.ACTIONS: "mettre en œuvre les actions prescrites",
    Clause.CONTACT_DETAILS: "signaler tout changement de coordonnées",
}
CONTRACTS: Mapping[ContractKind, str] = {
    ContractKind.ENGAGEMENT: "votre contrat d'engagement",
    ContractKind.CER: "votre contrat d'engagements réciproques",
    ContractKind.PPAE: "votre projet personnalisé d'accès à l'emploi",
}


class UnwritableError(JalonError):
    """A message that lacks what its text needs; it is not sent."""


@dataclass(frozen=True, slots=True)
class Written:
    """`segments`: how many SMS it makes; None for the other channels. `html`: the same text as a page, by e-mail."""

    subject: str
    body: str
    segments: int | None = None
    html: str = ""
    token: str | None = field(default=None, repr=False)

    @property
    def kept(self) -> str:
        """What the outbox keeps as evidence of what left: all but the token, with which anybody could answer."""
        kept = f"Objet : {self.subject}\n\n{self.body}" if self.subject else self.body
        return kept.replace(self.token, MASK) if self.token else kept


def written(due: Due, territory: Territory, *, today: date, digest: Digest | None = None) -> Written:
    """The message as it leaves on the local day `today`. UnwritableError: a fact that its text needs is not there."""
    easy, large = (due.person.easy_french, due.person.large_print) if due.person else (False, False)
    text = territory.messages.of(due.template, due.channel, easy=easy)
    if text is not None and due.token is None:
        text = text.without("lien")
    if text is None:
        raise UnwritableError(f"Message {due.id} : « {due.template} » ne part jamais par {due.channel}.")
    values = digest_values(due, territory, digest) if digest else person_values(due, territory, today)
    try:
        subject, body = text.fill(values)
    except KeyError as missing:
        raise UnwritableError(f"Message {due.id} : rien à écrire à la place de {missing}.") from None
    if due.channel is Channel.SMS:
        return replace(sms_of(body), token=due.token)
    title = spaced(subject)[:SUBJECT_LENGTH]
    html = ""
    if due.channel is Channel.EMAIL:
        html = page(text, values, subject=title, sender=territory.sender, large=large)
    return Written(title, spaced(body), html=html, token=due.token)


def sms_of(body: str) -> Written:
    """In the alphabet of SMS; a name that no SMS can hold is dropped rather than paid with a third segment."""
    text = sms.plain(body)
    if sms.segments(text) > MOST_SEGMENTS:
        text = sms.only_plain(body)
    return Written("", text, sms.segments(text))


def person_values(due: Due, territory: Territory, today: date) -> dict[str, str]:
    """Every name that a text to a person may use; those whose fact is missing are left out."""
    person = due.person
    if person is None:
        raise UnwritableError(f"Message {due.id} : la personne n'est plus là.")
    values = {
        "prenom": person.first_name,
        "expediteur": territory.sender,
        "referent": f"{territory.sender}.",
        "interlocuteur": territory.sender,
        "telephone": territory.sender_email,
        "date": french.full_date(today),
    }
    if contact := due.referent:
        site = territory.sites.get(contact.site)
        values |= {
            "referent": first_and_initial(contact.first_name, contact.last_name),
            "interlocuteur": f"{contact.first_name} {contact.last_name}",
            "lieu": site.label if site else contact.site,
        }
        if contact.phone:
            values["telephone"] = phone(contact.phone)
    if due.meeting:
        values |= meeting_values(announced(due, due.meeting), due.channel, territory, today)
    if milestone := due.details.get("milestone"):
        values["depuis"] = str(milestone)
    limits = LONGEST if due.channel is Channel.SMS else {}
    values = {name: cleaned(value, limits.get(name, LONG)) for name, value in values.items()}
    lines = (f"{person.first_name} {person.last_name}", person.address, person.postcode_city)
    values["destinataire"] = "\n".join(line for line in (cleaned(line or "", LONG) for line in lines) if line)
    values |= way_to_answer(due, territory, values["telephone"])
    return values | (invitation_values(due, due.facts, territory, today) if due.facts else {})


def way_to_answer(due: Due, territory: Territory, telephone: str) -> dict[str, str]:
    """`lien`: the page; `repondre`: the page or the telephone, whole, since an address that is cut leads nowhere."""
    link = address(due, territory)
    if link is None:
        return {"repondre": telephone}
    has_phone = due.referent is not None and due.referent.phone
    return {"lien": link, "repondre": f"{link} ou {telephone}" if has_phone else link}


def meeting_values(meeting: Meeting, channel: Channel, territory: Territory, today: date) -> dict[str, str]:
    local = territory.calendar.wall_clock(meeting.starts_at)
    day = local.date()
    short = channel is Channel.SMS
    named = f"{french.DAYS[day.weekday()]} {french.ordinal(day.day)} {french.MONTHS_SHORT[day.month - 1]}"
    said = named if short else french.weekday_date(day)
    lead = {0: "aujourd'hui", 1: "demain"}.get((day - today).days, "le")
    return {
        "jour": said,
        "quand": f"{lead} {said}",
        "heure": f"{local:%H}h{local:%M}" if short else french.clock(time(local.hour, local.minute)),
        "lieu": where(meeting, territory, with_address=not short),
    }


def announced(due: Due, meeting: Meeting) -> Meeting:
    """The appointment as the person knows it: one that is called off may have moved without their hearing of it."""
    told = due.details.get("starts_at")
    return replace(meeting, starts_at=datetime.fromisoformat(told)) if told else meeting


def where(meeting: Meeting, territory: Territory, *, with_address: bool) -> str:
    if meeting.by_phone:
        return "par téléphone (nous vous appelons)"
    return place_of(meeting.place, territory, with_address=with_address)


def place_of(place: str, territory: Territory, *, with_address: bool) -> str:
    """« CMS de Planoise », as the territory says it."""
    site = territory.sites.get(place)
    if site is None:
        return place
    return f"{site.label}, {site.address}" if with_address and site.address else site.label


def invitation_values(due: Due, facts: Facts, territory: Territory, today: date) -> dict[str, str]:
    """The formal letter's own: what was written, what happened on which days, until when the person can answer."""
    clauses = sorted({missed.clause for missed in facts.missed}, key=list(Clause).index)
    days = int(due.details["delay_days"])
    return {
        "contrat": f"{CONTRACTS[facts.contract]} signé le {french.full_date(facts.signed_on)}",
        "engagements": french.listed(ENGAGEMENTS[clause] for clause in clauses),
        "faits": "\n".join(fact(missed, territory) for missed in facts.missed),
        "delai": str(days),
        "au_moins_jusqu_au": french.weekday_date(territory.calendar.deadline(today, days=days)),
    }


def fact(missed: Missed, territory: Territory) -> str:
    """« – jeudi 3 septembre 2026 à 10 h, vous n'étiez pas au rendez-vous prévu ; », without any gender."""
    day = f"– {french.weekday_date(missed.day)} {missed.day.year}"
    if missed.starts_at is None:
        return f"{day} : « {ENGAGEMENTS[missed.clause]} » n'a pas été suivi."
    at = french.clock(territory.calendar.wall_clock(missed.starts_at).time())
    said = (
        "nous n'avons pas pu vous joindre pour l'appel prévu" if missed.by_phone else "vous n'étiez pas au rendez-vous"
    )
    return f"{day} à {at} : {said}."


def digest_values(due: Due, territory: Territory, digest: Digest) -> dict[str, str]:
    if due.recipient_kind is RecipientKind.COORDINATOR:
        name = territory.coordinators[due.recipient_id].name
    else:
        name = due.referent.first_name if due.referent else ""
    who = french.listed(coordinator.name for coordinator in territory.coordinators)
    return {"titre": digest.title, "contenu": digest.text, "prenom": cleaned(name, LONG), "coordination": who}
