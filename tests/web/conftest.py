"""The pages as a phone meets them: a real server on loopback, over a county on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from config.channels import Channels
from config.territory import Territory
from desk.web.app import create_app
from desk.web.reception import Reception
from desk.web.server import in_background, listen
from tests.messages.rows import AT, doubs
from tests.web.links import sent_link


class Clock:
    """What time the pages are told it is."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@contextmanager
def served(
    engine: Engine,
    folder: Path,
    *,
    clock: Callable[[], datetime],
    territory: Territory | None = None,
    channels: Channels | None = None,
) -> Iterator[str]:
    """The pages over `engine` until the block ends; their address."""
    reception = Reception(
        engine=engine,
        territory=territory or doubs(),
        clock=clock,
        heads_file=folder / "journal-heads.jsonl",
        channels=channels or Channels(),
    )
    with listen("127.0.0.1", 0) as listener, in_background(create_app(reception), listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def clock() -> Clock:
    return Clock(AT)


@pytest.fixture
def address(engine: Engine, tmp_path: Path, clock: Clock) -> Iterator[str]:
    with served(engine, tmp_path, clock=clock) as address:
        yield address


@pytest.fixture
def path(engine: Engine, outbox: Path) -> str:
    """The link of a person who has an appointment."""
    return sent_link(engine, outbox)


@pytest.fixture
def phone(address: str) -> Iterator[httpx.Client]:
    """A browser without a memory."""
    with httpx.Client(base_url=address, trust_env=False) as client:
        yield client
