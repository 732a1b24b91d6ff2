"""What a line of each export about facts becomes: contracts, actions, letters, pauses, appointments, sessions."""

from datetime import date

from config.columns import Proof, plain
from store.intake import Record
from store.outcomes import AHEAD
from tasks.intake_rows import Doubt, Known, RefusedLineError, Row, overlaid
from tasks.intake_values import BadCellError
from tracks import keys
from tracks.vocabulary import AppointmentStatus, Clause, NoticeProof, Qualification

IMPORT = "import"
SAID = ("status", "reason", "qualification", "qualified_by")
# What the county says when nobody has yet said what happened: it never takes the place of what happened.
UNSAID = (AppointmentStatus.PLANNED, AppointmentStatus.UNKNOWN)
PAST_ONLY = (AppointmentStatus.SEEN, AppointmentStatus.NOSHOW)


def contract(row: Row, known: Known) -> Record:
    starts, ends = row.need_day("starts_on"), row.day("ends_on")
    row.ordered(starts, "ends_on", ends)
    return {
        "person_id": row.person(known),
        "kind": row.need_word("kind", row.words.contract),
        "signed_on": row.need_fact("signed_on"),
        "starts_on": starts,
        "ends_on": ends,
        "weekly_hours": row.whole("weekly_hours", most=60),
        "reciprocity_offered": row.word("reciprocity_offered", row.words.yes_no),
        "reciprocity_accepted": row.word("reciprocity_accepted", row.words.yes_no),
        "clauses": row.get("clauses", lambda text: _clauses(text, row)),
    }


def merged_contract(old: Record, new: Record, doubt: Doubt) -> Record:
    """A version that was signed in Jalon is what the person has in hand: no export rewrites it."""
    if old["created_by"] == IMPORT:
        return overlaid(old, new, doubt)
    if any(old[name] != value for name, value in new.items() if value is not None):
        doubt("signed_on", "une version signée dans Jalon commence ce jour-là : elle est gardée")
    return old


def _clauses(text: str, row: Row) -> str:
    """The commitments that the contract names, separated by « | », as words of Clause."""
    found = [row.words.clause.get(plain(part)) for part in text.split("|") if part.strip()]
    if None in found:
        raise BadCellError("engagement inconnu : corrigez-le, ou ajoutez-le à columns.toml")
    return " ".join(clause for clause in Clause if clause in found)


def action(row: Row, known: Known) -> Record:
    prescribed, due, done = row.need_fact("prescribed_on"), row.need_day("due_on"), row.fact("done_on")
    row.ordered(prescribed, "due_on", due)
    return {
        "person_id": row.person(known),
        "label": row.need_text("label", 160),
        "prescribed_on": prescribed,
        "due_on": due,
        "done_on": done,
        "proof_seen": row.word("proof_seen", row.words.yes_no),
    }


def letter(row: Row, known: Known) -> Record:
    """A letter and, once it is known, the day it was received: its « date certaine »."""
    sent, received = row.need_fact("sent_on"), row.fact("received_on")
    row.ordered(sent, "received_on", received)
    delay = row.whole("delay_days", least=1, most=180)
    if delay is None:
        raise RefusedLineError("delay_days", "case vide")
    return {
        "person_id": row.person(known),
        "kind": row.need_word("kind", row.words.letter),
        "sent_on": sent,
        "channel": row.need_text("channel", 40),
        "received_on": received,
        "delay_days": delay,
    }


def merged_letter(old: Record, new: Record, doubt: Doubt) -> Record:
    """Of a letter that Jalon wrote, the county only adds the day of receipt."""
    if old["message_key"] is None:
        return overlaid(old, new, doubt)
    return overlaid(old, {"received_on": new["received_on"]}, doubt)


def pause(row: Row, known: Known) -> Record:
    first, last = row.need_day("first_day"), row.day("last_day")
    row.ordered(first, "last_day", last)
    return {
        "person_id": row.person(known),
        "first_day": first,
        "last_day": last,
        "reason": row.discreet("reason", 120),
        "decided_by": row.need_text("decided_by", 120),
    }


def session(row: Row, known: Known) -> Record:
    starts_at, ends_at = row.span()
    return {
        "ref": row.need_text("ref", 40),
        "subject": row.need_text("subject", 120),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "place": row.need_text("place", 120),
        "referent_id": row.need_referent(known),
        "seats": row.whole("seats", most=1_000),
        "minimum": row.whole("minimum", most=1_000),
    }


def appointment(row: Row, known: Known) -> Record:
    """Natural key: person, day, hour. The case is the one open that day."""
    person = row.person(known)
    starts_at, ends_at = row.span()
    day = row.need_day("day")
    case = known.case_on(person, day)
    if case is None:
        raise RefusedLineError("file_number", "aucun parcours pour cette personne : importez d'abord les parcours")
    place = row.need_text("place", 120)
    return {
        "person_id": person,
        "case_id": case,
        "referent_id": row.referent(known),
        "kind": row.need_word("nature", row.words.nature),
        "subject": row.need_text("subject", 120),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "place": place,
        "by_phone": plain(place) in map(plain, row.columns.phone_places),
        **_said(row, day),
        **_notice(row),
        "created_by": IMPORT,
        "known_on": row.on,
        "key": keys.imported_appointment(case, starts_at),
    }


def _said(row: Row, day: date) -> Record:
    """What the county says happened. A blank in the past is unknown, never an absence (R5)."""
    status = row.word("status", row.words.status)
    qualification = row.word("qualification", row.words.qualification)
    still_on = status is AppointmentStatus.PLANNED and day >= row.on
    if status is None or status in UNSAID:
        status = AppointmentStatus.UNKNOWN if day < row.on else AppointmentStatus.PLANNED
    if status in PAST_ONLY and day > row.on:
        raise RefusedLineError("status", "ce rendez-vous n'a pas encore eu lieu")
    if status is AppointmentStatus.EXCUSED:
        if qualification not in (None, Qualification.ADMISSIBLE):
            raise RefusedLineError("qualification", "une absence excusée est recevable : dites laquelle des deux")
        qualification = Qualification.ADMISSIBLE
    elif qualification and status is not AppointmentStatus.NOSHOW:
        raise RefusedLineError("qualification", "seule une absence se qualifie")
    return {
        "status": status,
        "reason": _reason_code(row),
        "qualification": qualification,
        "qualified_by": IMPORT if qualification else None,
        "still_on": still_on or None,
    }


def _reason_code(row: Row) -> str | None:
    """Only the code is kept; a word that has none is not stored, it could say something of the person's health."""
    text = row.cells.get("reason")
    code = row.words.reason.get(plain(text)) if text else None
    if text and code is None:
        row.doubt("reason", "motif sans code dans columns.toml : non enregistré")
    return code


def _notice(row: Row) -> Record:
    """The county's own summons. One dated after the import is still to leave: its proof is not one yet."""
    sent_on = row.day("notice_sent_on")
    found = row.word("notice_proof", row.words.notice)
    if sent_on and sent_on > row.on:
        row.doubt("notice_sent_on", "convocation datée après l'import : sa preuve n'est pas encore retenue")
        found = Proof(proof=NoticeProof.NONE, channel=found.channel if found else None)
    return {
        "notice_sent_on": sent_on,
        "notice_channel": found and found.channel,
        "notice_proof": found and found.proof,
    }


def merged_appointment(old: Record, new: Record, doubt: Doubt) -> Record:
    """The county's line over ours: nothing that people said in Jalon is undone, no blank erases an outcome."""
    left = {*SAID, "still_on"}
    if old["notice_by_jalon"]:
        left |= {name for name in new if name.startswith("notice_")}
    facts = {name: value for name, value in new.items() if name not in left} if old["created_by"] == IMPORT else {}
    return overlaid(old, facts, doubt) | _merged_outcome(old, new, doubt)


def _merged_outcome(old: Record, new: Record, doubt: Doubt) -> Record:
    said = {name: new[name] for name in SAID}
    in_jalon = old["status_by"] is not None or old["superseded_by"] is not None
    if new["status"] in UNSAID:
        called_off = old["status"] in AHEAD and not in_jalon
        return said if new["still_on"] and called_off else {}
    if in_jalon:
        if said["status"] != old["status"] or said["qualification"] not in (None, old["qualification"]):
            doubt("status", "une personne l'a noté autrement, ou déplacé, dans Jalon : c'est gardé")
        return {}
    if new["status"] == old["status"]:
        return {name: value for name, value in said.items() if value is not None}
    return said
