"""The accounts of the example county: one a role, one password for all, made here and kept in JALON_HOME."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from desk import words
from tracks.vocabulary import DeskRole

if TYPE_CHECKING:
    from desk.opening import Desk

FILE = "comptes-exemple.txt"
REFERENT = "referent.agent1@example.org"
PEOPLE: tuple[tuple[DeskRole, str, str], ...] = (
    (DeskRole.REFERENT, REFERENT, "Öykü Demir"),
    (DeskRole.COORDINATOR, "coordination@example.org", "Hélène Marchal"),
    (DeskRole.REVIEWER, "instruction@example.org", "Claire Martin"),
    (DeskRole.DECIDER, "decision@example.org", "Antoine Girod"),
    (DeskRole.AUDITOR, "audit@example.org", "Sylvie Perrin"),
    (DeskRole.ADMINISTRATOR, "administration@example.org", "Karim Haddad"),
)


def make_accounts(desk: "Desk") -> None:
    """Once. The password is of this installation: nobody else's example has it."""
    from desk.web.staff.passwords import kept
    from store import accounts
    from store.handover import referent_named

    with desk.writing() as connection:
        if accounts.listed(connection, territory=desk.slug):
            return
        act, password = desk.act("jalon demo"), "-".join(secrets.token_hex(2) for _ in range(4))
        hashed = kept(password)
        for role, email, name in PEOPLE:
            is_referent = role is DeskRole.REFERENT
            referent = referent_named(connection, territory=desk.slug, email=email).id if is_referent else None
            new = accounts.NewAccount(email=email, name=name, role=role, referent=referent)
            accounts.set_password(connection, act, account=accounts.add(connection, act, new), password_hash=hashed)
    write_accounts(desk.settings.home, password)


def write_accounts(home: Path, password: str) -> None:
    """For the account that runs Jalon alone."""
    lines = [
        f"Comptes d'exemple, mot de passe {password} :",
        *(f"  {email} ({words.DESK_ROLE[role]})" for role, email, _ in PEOPLE),
    ]
    handle = os.open(home / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def read_accounts(home: Path) -> Iterator[str]:
    """What to say of them; nothing where there is no example."""
    file = home / FILE
    if file.is_file():
        yield from file.read_text(encoding="utf-8").splitlines()
