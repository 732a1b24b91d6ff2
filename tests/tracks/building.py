"""One builder of cases for the tests of the rules: a person followed in the Doubs; a test adds what it is about.

The default lives the first story: two unexplained absences, all proved, and an invitation whose delay is over.
"""

from dataclasses import replace
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from config.reading import read_toml
from config.settings import TERRITORIES
from tracks.actions import Action
from tracks.calendar import Calendar
from tracks.case import Appointment, Case, Contract, Invitation, Notice
from tracks.legal import LegalValues
from tracks.policy import TrackPolicy, Version
from tracks.tonight import Policies
from tracks.vocabulary import (
    AppointmentKind,
    AppointmentStatus,
    Channel,
    Clause,
    ContractKind,
    NoticeProof,
    Qualification,
)

DOUBS = TERRITORIES / "doubs"
MODEL = TERRITORIES / "modele"
CALENDAR = Calendar("25", "Europe/Paris")
MONDAY = date(2026, 11, 23)


@cache
def policies_of(track: str, folder: Path = DOUBS) -> Policies:
    """The real policies of a track of the Doubs; neither its messages nor its columns are needed."""
    policy = read_toml(folder / "tracks" / f"{track}.toml", TrackPolicy)
    law = read_toml(MODEL / "legal.toml", LegalValues)  # no shipped county adds to it
    legal = law.narrowed(CALENDAR.departement)
    return Policies(track=policy, legal=legal, calendar=CALENDAR)


def with_version(track: str, **changes: Any) -> Policies:
    """The track's policies, its only version changed; `review={...}` and the like change keys inside it."""
    policies = policies_of(track)
    (version,) = policies.track.version
    plain = version.model_dump()
    for key, value in changes.items():
        plain[key] = {**plain[key], **value} if isinstance(value, dict) else value
    changed = policies.track.model_copy(update={"version": (Version.model_validate(plain),)})
    return replace(policies, track=changed, _frames={})


def at(day: date, hour: int = 10) -> datetime:
    """An instant (UTC), from an hour on the wall in the Doubs."""
    return CALENDAR.local(day, time(hour))


def an_appointment(id: int, day: date, status: str, **changes: Any) -> Appointment:
    """Told by e-mail two weeks before, delivered; known to Jalon from that day on."""
    told_on = date.fromordinal(day.toordinal() - 14)
    values: dict[str, Any] = {
        "kind": AppointmentKind.INDIVIDUAL,
        "starts_at": at(day),
        "notice": Notice(sent_on=told_on, channel=Channel.EMAIL, proof=NoticeProof.DELIVERED),
        "known_on": told_on,
    }
    return Appointment(id=id, day=day, status=AppointmentStatus(status), **(values | changes))


def an_absence(id: int, day: date, qualification: str | None = "unexplained", **changes: Any) -> Appointment:
    said = Qualification(qualification) if qualification else None
    return an_appointment(id, day, "noshow", qualification=said, **changes)


def a_contract(**changes: Any) -> Contract:
    values: dict[str, Any] = {
        "id": 1,
        "kind": ContractKind.ENGAGEMENT,
        "signed_on": date(2026, 2, 11),
        "starts_on": date(2026, 2, 11),
        "ends_on": date(2027, 2, 21),
        "clauses": frozenset(Clause),
    }
    return Contract(**(values | changes))


def an_invitation(**changes: Any) -> Invitation:
    values: dict[str, Any] = {
        "id": 1,
        "sent_on": date(2026, 10, 26),
        "received_on": date(2026, 10, 27),
        "delay_days": 15,
    }
    return Invitation(**(values | changes))


def a_case(**overrides: Any) -> Case:
    values: dict[str, Any] = {
        "id": 1,
        "track": "objectif_emploi",
        "entered_on": date(2026, 1, 27),
        "notified_on": date(2026, 1, 22),
        "referent": 7,
        "channels": (Channel.SMS, Channel.EMAIL, Channel.LETTER),
        "appointments": (
            an_appointment(1, date(2026, 9, 18), "seen"),
            an_absence(2, date(2026, 10, 2)),
            an_absence(3, date(2026, 10, 16)),
            an_appointment(4, date(2026, 11, 27), "planned"),
        ),
        "contracts": (a_contract(),),
        "invitations": (an_invitation(),),
    }
    return Case(**(values | overrides))


def of_kind(actions: tuple[Action, ...], kind: type[Any]) -> list[Any]:
    return [action for action in actions if isinstance(action, kind)]
