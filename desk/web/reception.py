"""What every page needs, opened once: the database, the county's files, and what time it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from config.channels import Channels
from config.territory import Territory
from store import journal
from store.acts import Act
from store.engine import reading, transaction


@dataclass(frozen=True, kw_only=True)
class Reception:
    """`clock` gives the aware instant of a request; `heads_file` is where the heads of the journal are noted;
    `channels` says which of them may tell us what became of a message."""

    engine: Engine
    territory: Territory
    clock: Callable[[], datetime]
    heads_file: Path
    channels: Channels = field(default_factory=Channels)

    def act(self, by: str, at: datetime) -> Act:
        return Act(territory=self.territory.slug, by=by, at=at, on=self.territory.calendar.day_of(at))

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
            journal.note_heads(connection, territory=self.territory.slug, file=self.heads_file)

    @contextmanager
    def noting(self) -> Iterator[Connection]:
        """One transaction of what leaves no line in the journal: who is there, who read what."""
        with transaction(self.engine) as connection:
            yield connection
