"""The timeline of a file: everything planned, sent, received, asked and decided, the latest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from config.territory import Territory
from desk import words
from desk.explain import closed_because
from desk.web.staff.today import ANSWERS
from store.person_file import PersonFile
from tracks import french
from tracks.calendar import Calendar
from tracks.vocabulary import AnswerKind, AppointmentStatus

BY_JALON = "run:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`sort`: an aware instant. `kind` sets it apart on the page; `automatic`: a night did it."""

    sort: datetime
    day: date
    kind: str
    what: str
    more: str = ""
    note: str | None = None
    automatic: bool = False


def timeline(file: PersonFile, territory: Territory, *, at: datetime) -> list[Event]:
    """What has happened by the instant `at`; what is to come is `ahead`."""
    events = [event for event in _events(file, territory, at) if event.sort <= at]
    return sorted(events, key=lambda event: event.sort, reverse=True)


def ahead(file: PersonFile, territory: Territory, *, at: datetime) -> list[Event]:
    """The soonest first."""
    events = [event for event in _events(file, territory, at) if event.sort > at]
    return sorted(events, key=lambda event: event.sort)


def _events(file: PersonFile, territory: Territory, at: datetime) -> Iterator[Event]:
    yield from _appointments(file, territory.calendar, at)
    yield from _messages(file, territory.calendar)
    yield from _answers(file, territory.calendar)
    yield from _days(file, territory)


def _appointments(file: PersonFile, calendar: Calendar, at: datetime) -> Iterator[Event]:
    for row in file.appointments:
        unknown = row["starts_at"] <= at and row["status"] == AppointmentStatus.PLANNED
        status = words.APPOINTMENT[AppointmentStatus.UNKNOWN if unknown else row["status"]]
        if row["superseded_by"] is not None:
            status = f"remplacé par a{row['superseded_by']}"
        qualified = f", {words.QUALIFIED[row['qualification']]}" if row["qualification"] else ""
        where = "par téléphone" if row["by_phone"] else row["place"]
        said = f", noté par {row['status_by']}" if row["status_by"] else ""
        yield Event(
            sort=row["starts_at"],
            day=calendar.day_of(row["starts_at"]),
            kind="rendez-vous",
            what=f"{row['subject']} à {french.clock(calendar.wall_clock(row['starts_at']).time())}, {where}",
            more=f"{french.sentence(status)}{qualified}{said}.",
            automatic=row["created_by"].startswith(BY_JALON),
        )


def _messages(file: PersonFile, calendar: Calendar) -> Iterator[Event]:
    for row in file.messages:
        when = row["sent_at"] or row["due_at"]
        channel = words.said(words.CHANNEL, row["channel"])
        because = words.said(words.NOT_SENT, row["not_sent_because"]) or words.said(words.FAILURE, row["failure"])
        status = words.said(words.MESSAGE, row["status"])
        yield Event(
            sort=when,
            day=calendar.day_of(when),
            kind="message",
            what=f"{french.sentence(words.said(words.TEMPLATE, row['template']))}, par {channel}",
            more=f"{french.sentence(status)}{f' ({because})' if because else ''}.",
            note=row["body"],
            automatic=True,
        )


def _answers(file: PersonFile, calendar: Calendar) -> Iterator[Event]:
    for row in file.answers:
        yield Event(
            sort=row["given_at"],
            day=calendar.day_of(row["given_at"]),
            kind="réponse",
            what=ANSWERS[AnswerKind(row["kind"])],
            more=f"À {french.clock(calendar.wall_clock(row['given_at']).time())}, par son lien.",
            note=row["note"],
        )


def _days(file: PersonFile, territory: Territory) -> Iterator[Event]:
    """What bears a day and no hour: it comes before the hours of its day."""
    calendar = territory.calendar

    def event(day: date, kind: str, what: str, more: str = "", *, automatic: bool = False) -> Event:
        return Event(sort=calendar.local(day, time.min), day=day, kind=kind, what=what, more=more, automatic=automatic)

    for row in file.questions:
        by = (row["closed_by"] or "").removeprefix("person:")
        end = f"Close le {french.full_date(row['closed_on'])}{f' par {by}' if by else ''}." if row["closed_on"] else ""
        asked = french.sentence(words.said(words.QUESTION, row["kind"]))
        yield event(row["asked_on"], "question", asked, f"{row['why']} {end or 'Ouverte.'}", automatic=True)
    for row in file.reviews:
        status = words.said(words.OUTCOME, row["outcome"]) or words.said(words.REVIEW_STATUS, row["status"])
        what = f"{french.sentence(words.REVIEW[row['kind']])} r{row['id']}, {status}"
        yield event(row["opened_on"], "revue", what, row["reason"], automatic=True)
    for row in file.contracts:
        ends = f" jusqu’au {french.full_date(row['ends_on'])}" if row["ends_on"] else ""
        kind = french.sentence(words.said(words.CONTRACT, row["kind"]))
        what = f"{kind}, depuis le {french.full_date(row['starts_on'])}{ends}"
        yield event(row["signed_on"], "contrat", what, "Signé.")
    for row in file.pauses:
        ends = f"jusqu’au {french.full_date(row['last_day'])}" if row["last_day"] else "sans terme"
        yield event(
            row["first_day"],
            "pause",
            f"Suivi automatique en pause, {ends} : {row['reason']}",
            f"Par {row['decided_by']}.",
        )
    head = file.head
    title = territory.tracks[head["track"]].title if head["track"] in territory.tracks else head["track"]
    yield event(head["entered_on"], "parcours", f"Entrée dans le parcours : {title}")
    if head["left_on"] is not None:
        yield event(head["left_on"], "parcours", f"Dossier clos : {closed_because(territory, head['exit_reason'])}")
