"""The tables. Every row belongs to a territory, in every unique key: counties never see each other.

Days are `Date` (local civil dates of the territory); instants are `Instant` (UTC). Words of a closed list are
stored as their text; the lists are in `tracks.vocabulary`.
"""

from store.schema.accompaniment import appointments, breaches, contracts, letters, prescribed_actions, sessions, signals
from store.schema.columns import metadata
from store.schema.night import journal, leases, runs
from store.schema.people import cases, leaves, pauses, persons, referents
from store.schema.reviewing import checks, questions, representatives, review_evidence, review_steps, reviews
from store.schema.sending import holds, messages, stops

__all__ = [
    "appointments",
    "breaches",
    "cases",
    "checks",
    "contracts",
    "holds",
    "journal",
    "leases",
    "leaves",
    "letters",
    "messages",
    "metadata",
    "pauses",
    "persons",
    "prescribed_actions",
    "questions",
    "referents",
    "representatives",
    "review_evidence",
    "review_steps",
    "reviews",
    "runs",
    "sessions",
    "signals",
    "stops",
]
