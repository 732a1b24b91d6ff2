"""Only one night of a territory places and writes at a time: the lease it holds, and renews as it goes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from store import passes
from store.engine import Database, transaction
from tracks.errors import JalonError

MINUTES = 5  # without a sign of life: so long does a night that was killed keep the others waiting
WAIT_SECONDS = 20 * 60  # after an outage all the late nights start at once, and go one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """`clock`: the real time; nothing is ever decided with it."""

    engine: Database
    territory: str
    holder: str
    clock: Callable[[], datetime]

    def take(self, connection: Connection) -> bool:
        return passes.take_lease(
            connection,
            territory=self.territory,
            name="night",
            holder=self.holder,
            now=self.clock(),
            minutes=MINUTES,
        )

    def renew(self, connection: Connection) -> None:
        """In the transaction of what is written under it: JalonError, and nothing is, when another night has it."""
        if not self.take(connection):
            raise JalonError(
                "Cette nuit est restée trop longtemps sans avancer, une autre a pris sa place. Relancez-la : ce qui "
                "est écrit ne le sera pas deux fois."
            )

    def renew_now(self) -> None:
        with transaction(self.engine) as connection:
            self.renew(connection)


@contextmanager
def held(lease: Lease) -> Iterator[None]:
    """Wait for the nights before this one, then hold the lease to the end. JalonError after WAIT_SECONDS."""
    give_up = time.monotonic() + WAIT_SECONDS
    while not taken(lease):
        if time.monotonic() > give_up:
            raise JalonError(
                "Une autre nuit de ce territoire est en cours depuis trop longtemps : deux nuits ne placent jamais "
                "en même temps. Attendez sa fin, puis relancez celle-ci."
            )
        time.sleep(0.5)
    try:
        yield
    finally:
        with transaction(lease.engine) as connection:
            passes.release_lease(connection, territory=lease.territory, name="night", holder=lease.holder)


def taken(lease: Lease) -> bool:
    with transaction(lease.engine) as connection:
        return lease.take(connection)
