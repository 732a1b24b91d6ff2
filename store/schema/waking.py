"""What makes the night read a case: what has touched it since, and by which rules its next day was worked out."""

from sqlalchemy import Boolean, Column, Date, String, Table, false

from store.schema.columns import in_territory, metadata, row_id
from store.types import Key

# A row for each change of what a night reads, written by the database itself (`store.schema.touching`): whoever writes
# cannot forget it. A night turns it into a day on the cases concerned, and takes it away.
touched = Table(
    "touched",
    metadata,
    row_id(),
    in_territory(),
    Column("what", String(8), nullable=False),  # words of Touch
    Column("subject", Key, nullable=False),
    Column("taken", Boolean, nullable=False, server_default=false()),  # by the transaction that is turning it into days
)

# By which rules, calendar and law the days of a track were worked out; another stamp, and every case is read anew.
due_stamps = Table(
    "due_stamps",
    metadata,
    Column("territory", String(64), primary_key=True),
    Column("track", String(64), primary_key=True),
    Column("stamp", String(64), nullable=False),  # empty: under way
    Column("as_of", Date, nullable=False),  # the latest night that worked some out: an earlier one reads everything
)
