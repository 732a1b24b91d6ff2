"""Links as messages carry them, sent for real: the token is read where the person reads it."""

import re
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from store.engine import transaction
from tests.messages import rows
from tracks.vocabulary import Channel, Template

LINK = re.compile(r"https://rdv\.example\.org(/r/(\w{22}))")


def sent_link(engine: Engine, folder: Path, *, person: dict[str, Any] | None = None, **message: Any) -> str:
    """A person with an appointment gets a message about it, by the local outbox; the path of its link."""
    starts_at = message.get("starts_at", rows.TUESDAY_8)
    appointment = message.pop("with_appointment", True)
    number = message.pop("number", 1)
    status = message.pop("status", "planned")
    with transaction(engine) as connection:
        referent = rows.a_referent(connection, email=f"oyku{number}@example.org")
        who = rows.a_person(connection, number, **(person or {}))
        case = rows.a_case(connection, who, referent)
        if appointment:
            message["appointment"] = rows.an_appointment(connection, case, referent, starts_at=starts_at, status=status)
        sent = rows.a_message(connection, person=who, case=case, **message)
    assert rows.send(engine, folder).sent == 1
    return link_in(folder, sent)


def link_in(folder: Path, message: int) -> str:
    """The path of the link in what left."""
    (file,) = folder.glob(f"{message}.*")
    found = LINK.search(file.read_bytes().decode("utf-8").replace("=\r\n", "").replace("=3D", "="))
    assert found, "no link in this message"
    return found[1]


def a_check_in(engine: Engine, folder: Path) -> str:
    return sent_link(
        engine, folder, with_appointment=False, template=Template.CHECK_IN, details={"milestone": "un mois"}
    )


def by_mail(engine: Engine, folder: Path) -> str:
    return sent_link(engine, folder, channel=Channel.EMAIL)
