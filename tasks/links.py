"""Which messages carry a link, and how the link is written; without a public address there is none."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from config.messages import LINKS
from config.territory import Territory
from store.due import Due, Read
from store.links import Lives, mint
from store.outbox import Pass
from store.tokens import ALPHABET, LENGTH

PATH = "/r/"
MASK = "•" * 6  # what is kept of a token with the text that left
SAMPLE = ALPHABET[0] * LENGTH


def with_links(connection: Connection, this: Pass, territory: Territory, batch: Read) -> Read:
    """The batch, each message that gives a link with a token of its own, stored hashed in the same transaction."""
    answers = territory.file.answers
    lives = Lives(explain=timedelta(days=answers.explain_days), contact=timedelta(days=answers.contact_days))
    chosen = [due for due in batch.ready if gives_link(due, territory)]
    tokens = mint(connection, chosen, territory=this.territory, at=this.at, lives=lives)
    return replace(batch, ready=tuple(replace(due, token=tokens.get(due.id)) for due in batch.ready))


def with_samples(territory: Territory, dues: Iterable[Due]) -> list[Due]:
    """For a rehearsal: as long as the real ones, and opening nothing."""
    return [replace(due, token=SAMPLE) if gives_link(due, territory) else due for due in dues]


def gives_link(due: Due, territory: Territory) -> bool:
    """Whether the text of this message, to a person, has a place for a link."""
    if not territory.file.answers.url or due.person_id is None or due.case_id is None:
        return False
    name = LINKS.get(due.channel)
    text = territory.messages.of(due.template, due.channel)
    return name is not None and text is not None and text.names(name)


def address(due: Due, territory: Territory) -> str | None:
    """The page that answers this message; None where it carries no link."""
    return f"{territory.file.answers.url}{PATH}{due.token}" if due.token else None
