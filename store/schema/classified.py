"""What every column holds, so that erasing a person forgets none. A column that is not here fails a test.

TECHNICAL: ids, keys, statuses of the machine. CONTACT: how to reach somebody; erased first. IDENTITY: who it is.
NARRATIVE: words about somebody. FACT: days, codes, counts, which name nobody once the identity is gone. STAFF: names of
the staff. JOURNAL: ids and digests only, never erased.
"""

from enum import StrEnum

from sqlalchemy import Column


class Holds(StrEnum):
    TECHNICAL = "technical"
    CONTACT = "contact"
    IDENTITY = "identity"
    NARRATIVE = "narrative"
    FACT = "fact"
    STAFF = "staff"
    JOURNAL = "journal"


T, C, WHO, N, F, S, J = Holds
EVERYWHERE = {"id": T, "territory": T, "key": T}

CLASSES: dict[str, dict[Holds, str]] = {
    "persons": {
        C: "email mobile landline address postcode_city preferred_channel",
        WHO: "file_number civility first_name last_name birth_date social_ref",
        N: "hours_impossible hours_wished",
        F: "easy_french large_print role email_to_check refused_channels known_on archived_on erased_on",
    },
    "referents": {
        S: "email first_name last_name phone",
        F: "role body circuit site capacity working_days day_starts day_ends break_starts break_ends",
    },
    "calendars": {
        T: "referent_id kind tried_at read_at trouble skipped",
        S: "source secret added_by",
        F: "added_on",
    },
    "busy_times": {T: "calendar_id referent_id", F: "starts_at ends_at"},
    "feeds": {T: "referent_id token_hash made_at revoked_at", S: "made_by revoked_by"},
    "leaves": {T: "referent_id", S: "reason", F: "first_day last_day"},
    "cases": {
        T: "person_id referent_id next_due_on",
        WHO: "activity_with",
        N: "exit_reason next_step",
        F: "track entered_on notified_on left_on under_duties activity_kind activity_started_on",
    },
    "touched": {T: "what subject taken"},
    "due_stamps": {T: "track stamp as_of"},
    "pauses": {T: "person_id", N: "reason", S: "decided_by", F: "first_day last_day"},
    "contracts": {
        T: "person_id",
        S: "created_by",
        F: "kind signed_on starts_on ends_on weekly_hours reciprocity_offered reciprocity_accepted clauses held_until",
    },
    "contract_texts": {
        T: "case_id number amends_id contract_id",
        N: "statement",
        S: "drafted_by diagnosed_by proposed_by service_signed_by",
        F: "kind status starts_on ends_on weekly_hours hours_basis drafted_on diagnosed_on proposed_on "
        "person_signed_on service_signed_on",
    },
    "commitments": {T: "text_id rank", N: "what", S: "seen_by", F: "party clause due_on done_on proof_seen"},
    "obstacles": {T: "case_id", S: "named_by", F: "code named_on lifted_on"},
    "reciprocity_offers": {T: "text_id", S: "offered_by", F: "offered_on accepted"},
    "sessions": {T: "ref referent_id", F: "subject starts_at ends_at place seats minimum"},
    "appointments": {
        T: "case_id referent_id session_id superseded_by first_id moves",
        N: "despite",
        S: "status_by qualified_by created_by confirmed_by",
        F: "kind subject starts_at ends_at place by_phone status qualification reason excused_on known_on "
        "notice_sent_on notice_channel notice_proof notice_by_jalon",
    },
    "prescribed_actions": {
        T: "person_id action obstacle",
        N: "label",
        S: "prescribed_by seen_by",
        F: "prescribed_on due_on done_on proof_seen",
    },
    "breaches": {
        T: "case_id contract_id text_id",
        S: "said_by qualified_by withdrawn_by",
        F: "clause happened_on qualification circuit reason excused_on withdrawn_on",
    },
    "duty_history": {T: "case_id", F: "since under_duties"},
    "circuit_history": {T: "referent_id", F: "since circuit"},
    "letters": {T: "person_id message_key", F: "kind sent_on channel received_on delay_days"},
    "signals": {T: "case_id", S: "said_by", F: "happened_on source kind"},
    "questions": {
        T: "case_id referent_id subject_id policy_version",
        N: "why",
        S: "closed_by",
        F: "kind asked_on coordinator_from closed_on",
    },
    "checks": {T: "case_id policy_version", N: "why", F: "precondition since closed_on"},
    "reviews": {
        T: "case_id referent_id subject rule policy_version legal_reference",
        N: "reason reasons",
        S: "assigned_to decided_by",
        F: "track kind opened_on status inputs deadline_on outcome decided_at",
    },
    "review_steps": {T: "review_id rank role", N: "details", S: "made_by", F: "step status at on_day"},
    "panel_sessions": {T: "slots", S: "created_by", F: "starts_at place"},
    "panel_members": {T: "session_id", S: "name substitutes", F: "seat present"},
    "panel_items": {T: "session_id review_id slot"},
    "representatives": {
        T: "person_id",
        C: "address",
        WHO: "name",
        S: "said_by",
        F: "kind first_day last_day",
    },
    "review_evidence": {T: "review_id subject_id", N: "note", F: "kind"},
    "messages": {
        T: "case_id recipient_kind recipient_id lease_until lease_by appointment_id run_id hold_id attempts body_hash "
        "provider_ref batch_id",
        N: "body",
        F: "channel template due_at useful_until status failure not_sent_because sent_at segments details planned_on "
        "handed_over_at followed_at doubts",
    },
    "links": {T: "person_id case_id message_id appointment_id token_hash made_at answer_until contact_until"},
    "answers": {T: "person_id case_id link_id appointment_id", N: "note", F: "kind reason wishes given_at"},
    "declarations": {
        T: "person_id answer_id",
        C: "old_value new_value",
        S: "said_by undone_by",
        F: "field declared_on undone_on",
    },
    "letter_batches": {T: "first_message", S: "posted_by", F: "made_at letters printed_at posted_on"},
    "holds": {T: "scope ceiling counted", S: "agreed_by released_by", F: "held_at agreed_at released_at"},
    "stops": {T: "track channel", S: "reason stopped_by resumed_by", F: "stopped_at resumed_at"},
    "circuits": {T: "channel", F: "failures opened_at probe_at"},
    "receipts": {T: "channel event reference message_id", F: "kind at received_at applied_at"},
    "runs": {
        T: "track on_day scheduled_for started_at finished_at status counts versions",
        J: "journal_heads",
    },
    "accounts": {
        T: "referent_id password_hash issuer subject failures locked_until created_at disabled_at",
        S: "email name created_by",
        F: "role",
    },
    "api_tokens": {
        T: "name referent_id token_hash made_at until used_at revoked_at",
        S: "made_by",
        F: "role",
    },
    "invitations": {T: "account_id token_hash made_at until used_at"},
    "sign_ins": {T: "account_id token_hash made_at seen_at ended_at"},
    "reads": {T: "account_id person_id case_id", F: "page at"},
    "launches": {
        T: "track on_day apply status busy after_id run_id flow_run seen_at cases cases_read counts why finished_at",
        S: "asked_by",
        F: "asked_at",
    },
    "leases": {T: "name holder until"},
    "journal": {J: "chain seq at actor kind subject policy_version hash previous_hash"},
}

WORDS = {
    table: {word: holds for holds, words in found.items() for word in words.split()} for table, found in CLASSES.items()
}


def holds(column: "Column[object]") -> Holds | None:
    """What a column holds; None when nobody has said so."""
    return WORDS.get(column.table.name, {}).get(column.name) or EVERYWHERE.get(column.name)
