"""When each channel may write to people: by the clock and the public holidays of the place where they are received."""

from dataclasses import dataclass
from datetime import datetime

from config.channels import Channels
from config.territory import Territory
from tracks.calendar import Calendar
from tracks.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Opening:
    """The channels open at one instant: `of_site` at the sites with a calendar of their own, `elsewhere` all others."""

    elsewhere: frozenset[Channel]
    of_site: tuple[tuple[str, frozenset[Channel]], ...] = ()

    @property
    def channels(self) -> frozenset[Channel]:
        """Those open somewhere."""
        return self.elsewhere.union(*(channels for _, channels in self.of_site))


def open_at(now: datetime, territory: Territory, channels: Channels) -> Opening:
    """`now` is aware. The hours are those of JALON_CHANNELS, read on the wall of each place."""
    return Opening(
        elsewhere=open_in(territory.calendar, now, channels),
        of_site=tuple((name, open_in(own, now, channels)) for name, own in territory.site_calendars.items()),
    )


def open_in(calendar: Calendar, now: datetime, channels: Channels) -> frozenset[Channel]:
    """The channels whose hours `now` falls in there: never a Sunday, a holiday or a night (R18)."""
    local = calendar.wall_clock(now)
    people, staff = calendar.may_be_written_to(local.date()), calendar.is_working(local.date())
    return frozenset(
        channel
        for channel in Channel
        if (staff if channel is Channel.STAFF else people)
        and channels.of(channel).not_before <= local.time() < channels.of(channel).not_after
    )
