"""The brake: a template or a channel that would send far more than it may, or ever does, is held whole."""

from collections.abc import Sequence
from statistics import median

from sqlalchemy import Connection

from config.channels import Channels
from config.territory import Brake
from store.holds import Volume, hold, kept_today, usual, volumes
from store.outbox import Pass
from tracks.vocabulary import Channel, Template


def brake(connection: Connection, this: Pass, limits: Brake, channels: Channels) -> None:
    """Hold what goes over its ceiling today, templates first, then what is left of each channel."""
    day = volumes(connection, this)
    kept = kept_today(connection, this) if day else {}
    held: set[Template] = set()
    for template in dict.fromkeys(volume.template for volume in day if volume.due):
        counted = total([volume for volume in day if volume.template is template]) + kept.get(template, 0)
        ceiling = ceiling_of(connection, this, limits, template, counted)
        if counted > ceiling:
            hold(connection, this, template, counted=counted, ceiling=ceiling)
            held.add(template)
    for channel in Channel:
        ceiling_of_day = channels.of(channel).daily_ceiling
        of_channel = [volume for volume in day if volume.channel is channel and volume.template not in held]
        counted = total(of_channel) + kept.get(channel, 0)
        to_send = any(volume.due for volume in of_channel)
        if to_send and ceiling_of_day is not None and counted > ceiling_of_day:
            hold(connection, this, channel, counted=counted, ceiling=ceiling_of_day)


def ceiling_of(connection: Connection, this: Pass, limits: Brake, template: Template, counted: int) -> int:
    """The county's own figure, or what the last days teach; history is read only where it may matter."""
    if template in limits.ceilings:
        return limits.ceilings[template]
    if counted <= limits.floor:
        return limits.floor
    return learned(usual(connection, this, template, days=limits.over_days), limits)


def learned(days: Sequence[int], limits: Brake) -> int:
    """A few times the median of the days known; the figure for beginnings while too few are."""
    if len(days) < limits.from_days:
        return limits.at_first
    return max(limits.floor, int(limits.times_usual * median(days)))


def total(volumes: Sequence[Volume]) -> int:
    return sum(volume.due + volume.sent for volume in volumes)
