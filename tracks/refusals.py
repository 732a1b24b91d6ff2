"""Why an hour cannot be given to somebody: every reason at once, in French, for whoever chooses it by hand."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from tracks import french
from tracks.agenda import Agenda, Span, Weekly, opening, taken_by_day, weekly
from tracks.calendar import SUNDAY, Calendar

MINUTE = timedelta(minutes=1)
EARLIEST, LATEST = time(7), time(21)  # where nobody's hours are known


def why_not(span: Span, agenda: Agenda | None, impossible: tuple[Weekly, ...], calendar: Calendar) -> tuple[str, ...]:
    """The reasons against `span` (aware): of the day, of the referent, of the person. `agenda` None: nobody's.

    What Jalon itself has planned is not looked at: whoever writes refuses an overlap by its number.
    """
    day = calendar.day_of(span[0])
    return (*_of_the_day(day, agenda, calendar), *_of_the_hour(span, day, agenda, impossible, calendar))


def _of_the_day(day: date, agenda: Agenda | None, calendar: Calendar) -> Iterator[str]:
    said = french.weekday_date(day)
    if calendar.is_holiday(day):
        yield f"le {said} est férié"
    elif agenda is None and day.isoweekday() == SUNDAY:
        yield f"le {said} est un dimanche"
    if agenda is None:
        return
    if any(first <= day <= last for first, last in agenda.leaves):
        yield f"le référent est absent le {said}"
    if day.isoweekday() not in agenda.working_days:
        yield f"le référent ne travaille pas le {french.DAYS[day.weekday()]}"


def _of_the_hour(
    span: Span, day: date, agenda: Agenda | None, impossible: tuple[Weekly, ...], calendar: Calendar
) -> Iterator[str]:
    midnight = calendar.local(day, time.min)
    first, last = (span[0] - midnight) // MINUTE, -((midnight - span[1]) // MINUTE)
    wanted = (1 << last) - (1 << first)
    if agenda is None:
        wall = calendar.wall_clock(span[0]).time(), calendar.wall_clock(span[1]).time()
        if wall[0] < EARLIEST or wall[1] > LATEST or wall[1] < wall[0]:
            yield f"personne n'est reçu avant {french.clock(EARLIEST)} ni après {french.clock(LATEST)}"
    elif (hours := opening(agenda, day, calendar)) and wanted & ~hours:
        yield f"le référent reçoit {_said(hours, midnight, calendar)}"
    if agenda and wanted & taken_by_day(agenda.sessions, calendar).get(day, 0):
        yield "le référent anime alors une séance collective"
    if agenda and wanted & taken_by_day(agenda.elsewhere, calendar).get(day, 0):
        yield "le référent est pris, d'après son propre agenda"
    if wanted & weekly(impossible, day, calendar):
        yield "la personne ne peut jamais venir à cette heure"


def _said(hours: int, midnight: datetime, calendar: Calendar) -> str:
    """« de 9 h à 12 h et de 13 h 30 à 17 h »."""
    edges = hours ^ (hours << 1)
    minutes = [n for n in range(edges.bit_length()) if edges >> n & 1]
    clocks = [french.clock(calendar.wall_clock(midnight + n * MINUTE).time()) for n in minutes]
    return french.listed(f"de {start} à {end}" for start, end in zip(clocks[::2], clocks[1::2], strict=True))
