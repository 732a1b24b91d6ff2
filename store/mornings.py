"""What a referent's morning message says, read for all of its readers at once in a handful of queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from store.ahead import Ahead, read_ahead
from store.waiting import Asked, File, read_asked, read_files
from tracks.calendar import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    asked: Sequence[Asked] = ()
    files: Sequence[File] = ()
    agenda: Ahead = field(default_factory=Ahead)

    def is_empty(self) -> bool:
        agenda = self.agenda
        return not (self.asked or self.files or agenda.doubtful or agenda.new or agenda.tomorrow)


def read_mornings(
    connection: Connection, *, territory: str, today: date, referents: Collection[int], calendar: Calendar
) -> dict[int, Morning]:
    """referent → their morning of the local day `today`, for every one of `referents`."""
    if not referents:
        return {}
    asked = read_asked(connection, territory=territory, today=today, referents=referents, calendar=calendar)
    files = read_files(connection, territory=territory, referents=referents)
    ahead = read_ahead(connection, territory=territory, today=today, referents=referents, calendar=calendar)
    return {id_: Morning(asked=asked[id_], files=files[id_], agenda=ahead[id_]) for id_ in referents}
