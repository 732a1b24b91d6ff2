"""A referent's morning message: what waits for them, what is new, who comes next; first name and initial only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from store.ahead import Days, Session, Visit
from store.mornings import Morning
from store.received import Received
from store.waiting import Asked, File
from tasks.wording import cleaned, first_and_initial
from tracks import french
from tracks.calendar import Calendar
from tracks.vocabulary import AnswerKind, QuestionKind, ReviewKind

LONG = 60
ON_ONE_LINE = 3  # more items than that are a list


@dataclass(frozen=True, slots=True)
class Digest:
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Clock:
    """How days and hours are said this morning."""

    today: date
    calendar: Calendar

    def day(self, day: date) -> str:
        """« 9 nov. », with its year when it is another than this one."""
        said = french.short_date(day).partition(" ")[2]
        return said if day.year == self.today.year else f"{said} {day.year}"

    def hour(self, at: datetime) -> str:
        return french.clock(self.calendar.wall_clock(at).time())

    def moment(self, at: datetime) -> str:
        """« ven. 20 nov. 10 h »"""
        return f"{french.short_date(self.calendar.day_of(at))} {self.hour(at)}"


# In the order in which they are read; `reply` is a QUALIFY about no absence.
TO_DO: Mapping[str, str] = {
    "outcome": "À dire : que s'est-il passé ?",
    "qualify": "À qualifier :",
    "reply": "À lire :",
    "call": "À appeler, avant toute lettre :",
    "visit": "À aller voir, avant toute lettre :",
    "follow_up": "À rappeler, pour savoir si tout va bien :",
    "action": "Actions à confirmer, faites ? justificatif vu ?",
    "renew_contract": "Contrats à renouveler :",
    "contact": "Coordonnées à vérifier :",
    "track_change": "Changements de parcours proposés, à valider :",
}


def for_referent(morning: Morning, *, today: date, calendar: Calendar) -> Digest:
    """« Lundi 23 novembre. 4 choses vous attendent. », then one section a kind, nothing for the empty ones."""
    clock = Clock(today, calendar)
    waiting = len(morning.asked) + len(morning.agenda.doubtful) + len(morning.files)
    sections = [
        section("Réponses reçues :", [_received(answer, clock) for answer in morning.answers]),
        *(
            section(title, [_question(asked, clock) for asked in morning.asked if _kind(asked) == kind])
            for kind, title in TO_DO.items()
        ),
        _visits("Ne peuvent pas se tenir, à confirmer ou à déplacer :", morning.agenda.doubtful, clock),
        section("Dossiers à préparer :", _files(morning.files, ReviewKind.COMPLIANCE, clock)),
        section(
            "À regarder avec la coordination, sans aucune mesure :",
            _files(morning.files, ReviewKind.FOLLOW_UP_RISK, clock),
        ),
        _visits(f"Nouveau dans votre agenda, {len(morning.agenda.new)} rendez-vous :", morning.agenda.new, clock),
        section(f"{_next_day(clock)} :", [_slot(item, clock) for item in morning.agenda.tomorrow], most=8),
    ]
    return digest(today, _waiting(waiting), sections)


def digest(today: date, says: str, sections: Iterable[str]) -> Digest:
    """« Lundi 23 novembre. … », and the sections that say something; the same words are the subject."""
    day = french.weekday_date(today).capitalize()
    text = "\n\n".join([f"{day}. {says}.", *(part for part in sections if part)])
    return Digest(f"{day} : {says[0].lower()}{says[1:]}", text)


def section(title: str, items: Sequence[str], *, most: int = ON_ONE_LINE) -> str:
    """The items on the title's line, or a list when they are more than `most`."""
    if not items:
        return ""
    if len(items) <= most:
        return f"{title} {' · '.join(items)}"
    return "\n".join([title, *(f"– {item}" for item in items)])


def named(first: str, last: str) -> str:
    """« Inès B. », whatever the name holds."""
    return first_and_initial(cleaned(first, LONG), cleaned(last, LONG))


SAYS: Mapping[AnswerKind, str] = {
    AnswerKind.COMING: "vient",
    AnswerKind.NOT_COMING: "ne peut pas venir",
    AnswerKind.ANOTHER_TIME: "voudrait un autre moment que",
    AnswerKind.CHOSEN: "a choisi un autre moment que",
    AnswerKind.EXPLANATION: "dit ce qui s'est passé",
    AnswerKind.NEWS: "donne de ses nouvelles",
    AnswerKind.CONTACT: "a de nouvelles coordonnées",
    AnswerKind.STOP: "ne veut plus de messages par ce moyen",
}
NOTE = 300


def _received(answer: Received, clock: Clock) -> str:
    """« Inès B. ne peut pas venir mar. 8 déc. 10 h ; « Je suis libre le mercredi. » »"""
    about = f" {clock.moment(answer.starts_at)}" if answer.starts_at else ""
    words = f" ; « {cleaned(answer.note, NOTE)} »" if answer.note else ""
    return f"{named(answer.first_name, answer.last_name)} {SAYS[answer.kind]}{about}{words}"


def _waiting(count: int) -> str:
    if count == 0:
        return "Rien à traiter, voici votre agenda"
    return "Une chose vous attend" if count == 1 else f"{count} choses vous attendent"


def _kind(question: Asked) -> str:
    is_reply = question.kind is QuestionKind.QUALIFY and not question.about
    return "reply" if is_reply else question.kind.value


def _question(question: Asked, clock: Clock) -> str:
    who = named(question.first_name, question.last_name)
    day = clock.day(clock.calendar.day_of(question.starts_at)) if question.starts_at else ""
    match _kind(question):
        case "outcome" if question.starts_at:
            return f"{who}, {clock.moment(question.starts_at)}"
        case "qualify" if day and question.replied:
            return f"absence de {who} du {day} ; la personne a répondu"
        case "qualify" if day and question.written_on:
            return f"absence de {who} du {day} ; sans réponse à notre message du {clock.day(question.written_on)}"
        case "qualify" if day:
            return f"absence de {who} du {day} ; à reprendre avec la personne"
        case "follow_up" if day:
            return f"{who}, contact manqué du {day}"
        case "action" if question.label and question.until:
            return f"{question.label} ({who}, échéance du {clock.day(question.until)})"
        case "renew_contract" if question.until:
            return f"{who}, fin le {clock.day(question.until)}"
        case "call" | "visit" | "contact":
            return f"{who}, {(question.why.partition(' : ')[2] or question.why).removesuffix('.')}"
        case _:
            return f"{who} – {question.why.removesuffix('.')}"


def _files(files: Sequence[File], kind: ReviewKind, clock: Clock) -> list[str]:
    return [
        f"{named(file.first_name, file.last_name)}, revue r{file.id}"
        + (f", avant le {clock.day(file.deadline_on)}" if file.deadline_on else "")
        for file in files
        if file.kind is kind
    ]


def _visits(title: str, visits: Sequence[Visit], clock: Clock) -> str:
    """A few appointments in a row; many, one line a day."""
    if len(visits) <= ON_ONE_LINE:
        return section(title, [f"{clock.moment(v.starts_at)} {named(v.first_name, v.last_name)}" for v in visits])
    days: defaultdict[date, list[str]] = defaultdict(list)
    for visit in visits:
        days[clock.calendar.day_of(visit.starts_at)].append(_slot(visit, clock))
    return "\n".join([title, *(f"– {french.short_date(day)} : {', '.join(slots)}" for day, slots in days.items())])


def _slot(item: Visit | Session, clock: Clock) -> str:
    at = clock.hour(item.starts_at)
    if isinstance(item, Visit):
        return f"{at} {named(item.first_name, item.last_name)}" + (" (par téléphone)" if item.by_phone else "")
    subject = item.subject[:1].lower() + item.subject[1:]
    return f"{at} {subject} ({french.plural(item.expected, 'inscrit') if item.expected else 'aucun inscrit'})"


def _next_day(clock: Clock) -> str:
    day = Days.of(clock.today, clock.calendar).next
    return "Demain" if day == clock.today + timedelta(days=1) else french.weekday_date(day).capitalize()
