"""Who comes by a link, and the proof that a form was filled on our page: nothing is believed of the rest."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from desk.web import proofs, wording
from desk.web.reception import Reception
from store.links import Link, find
from store.standing import Standing, read_standing
from store.tokens import LENGTH
from tasks.rendering import place_of
from tasks.wording import first_and_initial, phone
from tracks.policy import Version
from tracks.vocabulary import Purpose

TOKEN = re.compile(rf"[0-9A-Za-z]{{{LENGTH}}}")
AFTER_IT = ".,;:!?)»"  # what a message's sentence, or a hand, leaves behind a link
OLD = 410


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A person on their page, at the instant `at`."""

    reception: Reception
    token: str
    link: Link
    standing: Standing
    at: datetime

    @property
    def path(self) -> str:
        return f"/r/{self.token}"

    def allows(self, purpose: Purpose) -> bool:
        return self.link.allows(purpose, self.at)

    def need(self, purpose: Purpose) -> None:
        """HTTPException 410 when this link does not serve that, or no longer."""
        if not self.allows(purpose):
            raise HTTPException(OLD)

    def proof(self, form: str) -> str:
        """Goes with a form of this page; who does not hold the link cannot write one."""
        return proofs.proof(self.token, form, self.at)

    def shown(self) -> dict[str, Any]:
        """What every page may say: never a family name, a benefit, a track, a file number."""
        standing, territory = self.standing, self.reception.territory
        booked, calendar = standing.booked, territory.calendar
        return {
            "visit": self,
            "sender": territory.sender,
            "referent": first_and_initial(*standing.referent) if standing.referent else None,
            "phone": phone(standing.phone) if standing.phone else None,
            "dial": standing.phone,
            "when": wording.moment(booked.starts_at, calendar) if booked else None,
            "where": place_of(booked.place, territory, with_address=True) if booked and not booked.by_phone else None,
            "moved_to": wording.moment(booked.moved_to, calendar) if booked and booked.moved_to else None,
            "channel": wording.BY_CHANNEL.get(self.link.channel),
            "may_contact": self.allows(Purpose.CONTACT),
        }


def version_of(visit: Visit) -> Version | None:
    """What the county decides about the track of the case, today; None where it has no such track any more."""
    territory = visit.reception.territory
    today = territory.calendar.day_of(visit.at)
    track = territory.tracks.get(visit.standing.track)
    versions = [v for v in track.version if v.valid_from <= today] if track else []
    return versions[-1] if versions else None


def visit_of(request: Request) -> Visit:
    """HTTPException: 404 for a token that nobody was given, 410 for one that no longer opens anything."""
    reception: Reception = request.app.state.reception
    at = reception.clock()
    token = request.path_params["token"].rstrip(AFTER_IT)
    if not TOKEN.fullmatch(token):
        raise HTTPException(404)
    with reception.reading() as connection:
        link = find(connection, territory=reception.territory.slug, token=token)
        if link is None:
            raise HTTPException(404)
        if not link.serves(at):
            raise HTTPException(OLD)
        standing = read_standing(connection, link)
    return Visit(reception=reception, token=token, link=link, standing=standing, at=at)


def check_proof(visit: Visit, form: str, given: str) -> None:
    """HTTPException 403: written elsewhere, for another form, or on a page that was left open too long."""
    proofs.check(visit.token, form, given, at=visit.at)
