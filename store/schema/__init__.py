"""The tables. Every row belongs to a territory, in every unique key: counties never see each other.

Days are `Date` (local civil dates of the territory); instants are `Instant` (UTC). Words of a closed list are
stored as their text; the lists are in `tracks.vocabulary`.
"""

from store.schema import touching  # the triggers come with the tables
from store.schema.accompaniment import appointments, letters, sessions, signals
from store.schema.answers import answers, declarations, links
from store.schema.calendars import busy_times, calendars, feeds
from store.schema.columns import metadata
from store.schema.contracts import (
    breaches,
    commitments,
    contract_texts,
    contracts,
    obstacles,
    prescribed_actions,
    reciprocity_offers,
)
from store.schema.night import journal, launches, leases, runs
from store.schema.people import cases, circuit_history, duty_history, leaves, pauses, persons, referents
from store.schema.receiving import receipts
from store.schema.reviewing import (
    checks,
    panel_items,
    panel_members,
    panel_sessions,
    questions,
    representatives,
    review_evidence,
    review_steps,
    reviews,
)
from store.schema.sending import circuits, holds, letter_batches, messages, stops
from store.schema.staff import accounts, api_tokens, invitations, reads, sign_ins
from store.schema.waking import due_stamps, touched

__all__ = [
    "accounts",
    "answers",
    "api_tokens",
    "appointments",
    "breaches",
    "busy_times",
    "calendars",
    "cases",
    "checks",
    "circuit_history",
    "circuits",
    "commitments",
    "contract_texts",
    "contracts",
    "declarations",
    "due_stamps",
    "duty_history",
    "feeds",
    "holds",
    "invitations",
    "journal",
    "launches",
    "leases",
    "leaves",
    "letter_batches",
    "letters",
    "links",
    "messages",
    "metadata",
    "obstacles",
    "panel_items",
    "panel_members",
    "panel_sessions",
    "pauses",
    "persons",
    "prescribed_actions",
    "questions",
    "reads",
    "receipts",
    "reciprocity_offers",
    "referents",
    "representatives",
    "review_evidence",
    "review_steps",
    "reviews",
    "runs",
    "sessions",
    "sign_ins",
    "signals",
    "stops",
    "touched",
    "touching",
]
