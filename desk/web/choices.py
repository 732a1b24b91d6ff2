"""Another hour for an appointment, chosen by the person among those that the service can really give."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from desk.web import wording
from desk.web.forms import Form
from desk.web.visits import Visit, version_of
from store import choosing
from store.answers import BY
from store.choosing import TakenError, Terms

HOUR = re.compile(r"\d{8}T\d{4}Z")
WRITTEN = "%Y%m%dT%H%MZ"
TAKEN = "Ce moment vient d’être pris. Choisissez-en un autre : d’ici là, votre rendez-vous reste prévu."


def shown(visit: Visit) -> dict[str, Any]:
    """The hours to choose among, with their words; none where the track has no rhythm, or the county offers none."""
    terms = terms_of(visit)
    hours: tuple[datetime, ...] = ()
    if terms is not None:
        with visit.reception.reading() as connection:
            hours = choosing.read_openings(connection, visit.link, terms, at=visit.at)
    calendar = visit.reception.territory.calendar
    return {"slots": [(hour.strftime(WRITTEN), wording.moment(hour, calendar).capitalize()) for hour in hours]}


def choose(visit: Visit, form: Form) -> None:
    """OvertakenError: the appointment is no longer the one that the page showed. Taken by another: said in the form."""
    terms, to = terms_of(visit), hour_of(form)
    if terms is None or to is None:
        form.mistakes["creneau"] = "Choisissez un des moments proposés."
        return
    try:
        with visit.reception.writing() as connection:
            choosing.choose(connection, visit.reception.act(BY, visit.at), visit.link, terms, to=to)
    except TakenError:
        form.mistakes["creneau"] = TAKEN


def hour_of(form: Form) -> datetime | None:
    """The instant (UTC) that was ticked; None for anything that we would not have written."""
    (said, *more) = form.given.get("creneau", ("",))
    if more or not HOUR.fullmatch(said):
        return None
    try:
        return datetime.strptime(said, WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return None


def terms_of(visit: Visit) -> Terms | None:
    """As a night would count them: from the next day on which people may be written to, with the track's notice."""
    version, territory = version_of(visit), visit.reception.territory
    if version is None or version.rhythm is None or not territory.file.answers.moves:
        return None
    day = territory.calendar.day_of(visit.at)
    while not territory.calendar.may_be_written_to(day):
        day += timedelta(days=1)
    return Terms(
        earliest=day + timedelta(days=version.rhythm.notice_days.of(visit.link.channel)),
        window_days=version.rhythm.window_days,
        moves=territory.file.answers.moves,
        calendar=territory.calendar,
    )
