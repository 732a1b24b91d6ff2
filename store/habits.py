"""What is known of how appointments went: one query, for a simulation."""

from datetime import date

from sqlalchemy import Connection, select

from store.schema import appointments
from tracks.calendar import Calendar
from tracks.habits import SAID, Habits, Happened, habits_of
from tracks.vocabulary import AppointmentStatus, Channel, Qualification


def read_habits(connection: Connection, *, territory: str, on: date, calendar: Calendar) -> Habits:
    """From the appointments before `on` whose outcome somebody said."""
    a = appointments.c
    rows = connection.execute(
        select(a.starts_at, a.status, a.qualification, a.notice_channel, a.notice_sent_on, a.known_on).where(
            a.territory == territory, a.status.in_(SAID), a.superseded_by.is_(None)
        )
    )
    found = []
    for row in rows:
        day = calendar.day_of(row.starts_at)
        if day < on:
            found.append(
                Happened(
                    channel=Channel(row.notice_channel) if row.notice_channel else None,
                    notice=(day - (row.notice_sent_on or row.known_on)).days,
                    status=AppointmentStatus(row.status),
                    qualification=Qualification(row.qualification) if row.qualification else None,
                )
            )
    return habits_of(found)
