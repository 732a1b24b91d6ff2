"""The edge of every command: its settings, territory, database and clock, resolved once and passed down."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine

from config.settings import Settings
from config.territory import Territory, load_territory
from store import journal
from store.acts import Act
from store.engine import open_engine, reading, transaction
from store.migrate import refuse_unknown
from tracks.tonight import NIGHT_HOUR


@dataclass(frozen=True)
class Desk:
    """One installation, one county. `now` is aware, read once."""

    settings: Settings
    now: datetime

    @cached_property
    def territory(self) -> Territory:
        return load_territory(self.settings.territory_folder)

    @cached_property
    def engine(self) -> Engine:
        """The database, at the schema of this code. JalonError when `jalon init` has not prepared it."""
        engine = open_engine(self.settings.database)
        with ExitStack() as unless_refused:
            unless_refused.callback(engine.dispose)
            refuse_unknown(engine)
            unless_refused.pop_all()
        return engine

    @property
    def slug(self) -> str:
        return self.territory.slug

    @property
    def today(self) -> date:
        """The civil day of the territory."""
        return self.territory.calendar.day_of(self.now)

    @property
    def heads_file(self) -> Path:
        return self.settings.heads_file

    def at(self, on: date | None) -> datetime:
        """The instant that `--on` stands for: that day at 05:00 local; now without it."""
        return self.now if on is None else self.territory.calendar.local(on, NIGHT_HOUR)

    def act(self, by: str) -> Act:
        return Act(territory=self.slug, by=by, at=self.now, on=self.today)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction; once it is in, the heads of the journal are noted outside the database."""
        with transaction(self.engine) as connection:
            yield connection
        self.note_heads()

    def note_heads(self) -> None:
        with reading(self.engine) as connection:
            journal.note_heads(connection, territory=self.slug, file=self.heads_file)


@contextmanager
def open_desk() -> Iterator[Desk]:
    """The desk of this command, its clock read now; its database is closed at the end."""
    desk = Desk(settings=Settings(), now=datetime.now(tz=UTC))
    try:
        yield desk
    finally:
        if "engine" in vars(desk):
            desk.engine.dispose()
