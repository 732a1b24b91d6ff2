"""What a referent's morning message says, read for all of its readers at once in a handful of queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from sqlalchemy import Connection

from store.ahead import Ahead, Days, read_ahead
from store.received import Received, read_received
from store.waiting import Asked, File, read_asked, read_files
from tracks.calendar import Calendar

STAFF_READS_FROM = time(7)  # local: what was answered since that hour of the last working day is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    answers: Sequence[Received] = ()
    asked: Sequence[Asked] = ()
    files: Sequence[File] = ()
    agenda: Ahead = field(default_factory=Ahead)

    def is_empty(self) -> bool:
        agenda = self.agenda
        return not (self.answers or self.asked or self.files or agenda.doubtful or agenda.new or agenda.tomorrow)


def read_mornings(
    connection: Connection, *, territory: str, today: date, referents: Collection[int], calendar: Calendar
) -> dict[int, Morning]:
    """referent → their morning of the local day `today`, for every one of `referents`."""
    if not referents:
        return {}
    asked = read_asked(connection, territory=territory, today=today, referents=referents, calendar=calendar)
    since = calendar.local(Days.of(today, calendar).before, STAFF_READS_FROM)
    answers = read_received(connection, territory=territory, since=since, referents=referents)
    files = read_files(connection, territory=territory, referents=referents)
    ahead = read_ahead(connection, territory=territory, today=today, referents=referents, calendar=calendar)
    return {
        id_: Morning(answers=answers[id_], asked=asked[id_], files=files[id_], agenda=ahead[id_]) for id_ in referents
    }
