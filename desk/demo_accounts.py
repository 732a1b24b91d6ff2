"""The accounts of the example county: one a role, one password for all, made here and kept in JALON_HOME."""

import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from desk import words
from tracks.vocabulary import DeskRole

if TYPE_CHECKING:
    from desk.opening import Desk

PEOPLE: Mapping[DeskRole, str] = {
    DeskRole.REFERENT: "referent.agent1@example.org",  # of every example
    DeskRole.COORDINATOR: "coordination@example.org",
    DeskRole.REVIEWER: "instruction@example.org",
    DeskRole.DECIDER: "decision@example.org",
    DeskRole.AUDITOR: "audit@example.org",
    DeskRole.ADMINISTRATOR: "administration@example.org",
}


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
        follows = referent_named(connection, territory=desk.slug, email=PEOPLE[DeskRole.REFERENT])
        names = names_of(desk) | {DeskRole.REFERENT: f"{follows.first_name} {follows.last_name}"}
        for role, email in PEOPLE.items():
            referent = follows.id if role is DeskRole.REFERENT else None
            new = accounts.NewAccount(email=email, name=names[role], role=role, referent=referent)
            accounts.set_password(connection, act, account=accounts.add(connection, act, new), password_hash=hashed)
    write_accounts(file_of(desk.settings.home, desk.slug), password)


def names_of(desk: "Desk") -> dict[DeskRole, str]:
    """The people whom the territory's files name where they do: who decides there may sign here."""
    people, today = desk.territory.procedure, desk.today
    coordinators = [coordinator.name for coordinator in desk.territory.coordinators]
    reviewers = [reviewer.name for reviewer in people.reviewer]
    deciders = [decider.name for decider in people.decider if decider.signs_on(today)]
    return {
        DeskRole.COORDINATOR: (*coordinators, "Hélène Marchal")[0],
        DeskRole.REVIEWER: (*reviewers, "Claire Martin")[0],
        DeskRole.DECIDER: (*deciders, "Antoine Girod")[0],
        DeskRole.AUDITOR: "Sylvie Perrin",
        DeskRole.ADMINISTRATOR: "Karim Haddad",
    }


def file_of(home: Path, territory: str) -> Path:
    """One for each territory of an installation: their passwords differ."""
    return home / f"comptes-exemple-{territory}.txt"


def write_accounts(file: Path, password: str) -> None:
    """For the account that runs Jalon alone."""
    lines = [
        f"Comptes d'exemple, mot de passe {password} :",
        *(f"  {email} ({words.DESK_ROLE[role]})" for role, email in PEOPLE.items()),
    ]
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


def read_accounts(home: Path, territory: str) -> Iterator[str]:
    """What to say of them; nothing where there is no example."""
    file = file_of(home, territory)
    if file.is_file():
        yield from file.read_text(encoding="utf-8").splitlines()
