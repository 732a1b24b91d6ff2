"""The morning's messages to the staff, in French: what waits for a referent, what the coordinators should see."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from store.mornings import Asked, Days, File, Morning, Session, Visit
from store.overview import Card, Left, Opened, Overview
from tasks.wording import cleaned, first_and_initial
from tracks import french
from tracks.calendar import Calendar
from tracks.vocabulary import QuestionKind, ReviewKind

LONG = 60
ON_ONE_LINE = 3  # more items than that are a list
LEFT: Mapping[QuestionKind, tuple[str, str]] = {
    QuestionKind.OUTCOME: ("rendez-vous sans suite connue", "rendez-vous sans suite connue"),
    QuestionKind.QUALIFY: ("absence ou réponse à examiner", "absences ou réponses à examiner"),
    QuestionKind.CALL: ("appel à passer", "appels à passer"),
    QuestionKind.VISIT: ("visite à faire", "visites à faire"),
    QuestionKind.FOLLOW_UP: ("personne à rappeler", "personnes à rappeler"),
    QuestionKind.ACTION: ("action à confirmer", "actions à confirmer"),
    QuestionKind.RENEW_CONTRACT: ("contrat à renouveler", "contrats à renouveler"),
    QuestionKind.TRACK_CHANGE: ("changement de parcours à valider", "changements de parcours à valider"),
}


@dataclass(frozen=True, slots=True)
class Digest:
    title: str
    text: str


def for_referent(morning: Morning, *, today: date, calendar: Calendar) -> Digest:
    """« Lundi 23 novembre. 4 choses vous attendent. », then one section a kind, nothing for the empty ones."""
    sections = [
        *(_questions(kind, morning.asked, calendar) for kind in TO_DO),
        _section(
            "Ces rendez-vous ne peuvent pas se tenir, à confirmer ou à déplacer :",
            [f"{_who(visit)}, {_moment(visit.starts_at, calendar)}" for visit in morning.doubtful],
        ),
        _section("Dossiers à préparer :", _files(morning.files, ReviewKind.COMPLIANCE)),
        _section(
            "À regarder avec la coordination, sans aucune mesure :", _files(morning.files, ReviewKind.FOLLOW_UP_RISK)
        ),
        _section(
            f"Nouveau dans votre agenda, {len(morning.new)} rendez-vous :",
            [f"{_moment(visit.starts_at, calendar)} {_who(visit)}" for visit in morning.new],
        ),
        _section(f"{_next_day(today, calendar)} :", [_slot(item, calendar) for item in morning.tomorrow]),
    ]
    waiting = len(morning.asked) + len(morning.doubtful) + len(morning.files)
    return _digest(today, _waiting(waiting), sections)


def for_coordinator(overview: Overview, *, today: date, calendar: Calendar, titles: Mapping[str, str]) -> Digest:
    """Counts first; what is new since the last message in full, what was there already in one line."""
    since = Days.of(today, calendar).since
    by_kind = {kind: [r for r in overview.reviews if r.kind is kind] for kind in ReviewKind}
    drafts, risks, findings = (
        by_kind[kind] for kind in (ReviewKind.COMPLIANCE, ReviewKind.FOLLOW_UP_RISK, ReviewKind.SERVICE)
    )
    left = sum(item.count for item in overview.left)
    counted = [
        french.plural(len(drafts) + len(risks), "dossier"),
        french.plural(len(findings), "constat"),
        french.plural(left, "question restée sans réponse", "questions restées sans réponse"),
    ]
    there = [words for words, n in zip(counted, (len(drafts) + len(risks), len(findings), left), strict=True) if n]
    sections = [
        _opened("Dossiers, à préparer par les référents :", drafts, since, lambda r: _file(r, titles)),
        _opened("À regarder, sans aucune mesure possible :", risks, since, lambda r: _file(r, titles)),
        _opened("Constats du service :", findings, since, lambda r: _finding(r, titles)),
        _section("Laissé sans réponse :", _left(overview.left)),
        _section("Pour information, la procédure relève de France Travail :", _cards(overview.cards)),
    ]
    return _digest(today, f"{french.listed(there)} vous attendent" if there else "Pour information", sections)


def _digest(today: date, says: str, sections: Iterable[str]) -> Digest:
    day = french.weekday_date(today).capitalize()
    text = "\n\n".join([f"{day}. {says}.", *(section for section in sections if section)])
    return Digest(f"{day} : {says[0].lower()}{says[1:]}", text)


def _waiting(count: int) -> str:
    if count == 0:
        return "Rien à traiter, voici votre agenda"
    return "Une chose vous attend" if count == 1 else f"{count} choses vous attendent"


def _section(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    if len(items) <= ON_ONE_LINE:
        return f"{title} {' · '.join(items)}"
    return "\n".join([title, *(f"– {item}" for item in items)])


TO_DO: Mapping[str, str] = {
    "outcome": "À dire : que s'est-il passé ?",
    "qualify": "À qualifier :",
    "reply": "À lire :",
    "call": "À appeler :",
    "visit": "À aller voir :",
    "follow_up": "À rappeler, pour savoir si tout va bien :",
    "action": "Actions, faites ? justificatif vu ?",
    "renew_contract": "Contrats à renouveler :",
    "track_change": "Changements de parcours proposés, à valider :",
}


def _questions(kind: str, asked: Sequence[Asked], calendar: Calendar) -> str:
    items = [_item(question, calendar) for question in asked if _kind(question) == kind]
    return _section(TO_DO[kind], items)


def _kind(question: Asked) -> str:
    is_reply = question.kind is QuestionKind.QUALIFY and not question.about
    return "reply" if is_reply else question.kind.value


def _item(question: Asked, calendar: Calendar) -> str:
    who = _who(question)
    day = _day(calendar.day_of(question.starts_at)) if question.starts_at else ""
    match _kind(question):
        case "outcome" if question.starts_at:
            return f"{who}, {_moment(question.starts_at, calendar)}"
        case "qualify" if day and question.written_on:
            return f"absence de {who} du {day} ; sans réponse à notre message du {_day(question.written_on)}"
        case "qualify" if day:
            return f"absence de {who} du {day} ; à reprendre avec la personne"
        case "follow_up" if day:
            return f"{who}, contact manqué du {day}"
        case "action" if question.label and question.until:
            return f"{question.label} ({who}, échéance du {_day(question.until)})"
        case "renew_contract" if question.until:
            return f"{who}, fin le {_day(question.until)}"
        case _:
            return f"{who} – {question.why}"


def _files(files: Sequence[File], kind: ReviewKind) -> list[str]:
    return [
        f"{_who(file)}, revue n° {file.id}" + (f", avant le {_day(file.deadline_on)}" if file.deadline_on else "")
        for file in files
        if file.kind is kind
    ]


def _slot(item: Visit | Session, calendar: Calendar) -> str:
    at = french.clock(calendar.wall_clock(item.starts_at).time())
    if isinstance(item, Visit):
        return f"{at} {_who(item)}" + (" (par téléphone)" if item.by_phone else "")
    subject = item.subject[:1].lower() + item.subject[1:]
    return f"{at} {subject} ({french.plural(item.expected, 'inscrit') if item.expected else 'aucun inscrit'})"


def _next_day(today: date, calendar: Calendar) -> str:
    day = Days.of(today, calendar).next
    return "Demain" if day == today + timedelta(days=1) else french.weekday_date(day).capitalize()


def _opened(title: str, reviews: Sequence[Opened], since: date, says: Callable[[Opened], str]) -> str:
    """The new ones in full; one line for those that were there before."""
    new = [says(review) for review in reviews if review.opened_on >= since]
    old = [review.opened_on for review in reviews if review.opened_on < since]
    if old:
        new.append(f"et {french.plural(len(old), 'déjà ouvert', 'déjà ouverts')}, depuis le {_day(min(old))}")
    return _section(title, new)


def _file(review: Opened, titles: Mapping[str, str]) -> str:
    parts = [f"revue n° {review.id}, {titles.get(review.track, review.track)}"]
    parts += [_named(review.person)] if review.person else []
    parts += [f"avec {_named(review.referent)}"] if review.referent else []
    parts += [f"avant le {_day(review.deadline_on)}"] if review.deadline_on else []
    return ", ".join(parts)


def _finding(review: Opened, titles: Mapping[str, str]) -> str:
    who = _named(review.referent) if review.referent else "sans référent"
    return f"n° {review.id}, {titles.get(review.track, review.track)}, {who} : {review.reason}"


def _left(left: Sequence[Left]) -> list[str]:
    by_referent: defaultdict[str, list[Left]] = defaultdict(list)
    for item in left:
        by_referent[_named(item.referent) if item.referent else "sans référent"].append(item)
    return [
        f"{who} : {french.listed(french.plural(item.count, *LEFT[item.kind]) for item in items)}"
        f" (depuis le {_day(min(item.oldest for item in items))})"
        for who, items in by_referent.items()
    ]


def _cards(cards: Sequence[Card]) -> list[str]:
    return [
        ", ".join(
            [
                _named(card.person),
                *([f"avec {_named(card.referent)}"] if card.referent else []),
                f"depuis le {_day(card.since)}",
            ]
        )
        for card in cards
    ]


def _who(about: Asked | Visit | File) -> str:
    return _named((about.first_name, about.last_name))


def _named(name: tuple[str, str]) -> str:
    return first_and_initial(*(cleaned(part, LONG) for part in name))


def _moment(starts_at: datetime, calendar: Calendar) -> str:
    """« ven. 20 nov. 10 h »"""
    local = calendar.wall_clock(starts_at)
    return f"{french.short_date(local.date())} {french.clock(local.time())}"


def _day(day: date) -> str:
    """« 9 nov. »"""
    return french.short_date(day).partition(" ")[2]
